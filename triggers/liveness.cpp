// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/liveness.h"

#include <algorithm>

namespace earshot::triggers {

namespace {

/// A coarse timer may come up to 5 % early; a ping then goes out rather than a second timer.
qint64 tolerance(int interval)
{
    return interval / 20;
}

} // namespace

void Liveness::start(Limits limits, qint64 now)
{
    m_limits = limits;
    m_pongAllowance = limits.pongTimeout;
    m_lastBytesAt = now;
    m_lastPingAt = now;
}

qint64 Liveness::heardAt() const
{
    return std::max(m_awaitedSince, m_lastBytesAt);
}

QByteArray Liveness::ping(qint64 now)
{
    if (!m_awaitingPong) {
        m_awaitingPong = true;
        m_awaitedSince = now;
    }
    m_lastPingAt = now;
    return QByteArray::number(++m_pingNumber);
}

void Liveness::probe(int timeout, qint64 now)
{
    m_pongAllowance = m_limits.pongTimeout > 0 ? std::min(timeout, m_limits.pongTimeout) : timeout;
    m_awaitingPong = true;
    m_awaitedSince = now;
    m_suspected = false;
}

std::optional<qint64> Liveness::pong(const QByteArray &payload, qint64 now)
{
    if (!m_awaitingPong || payload != QByteArray::number(m_pingNumber)) {
        return std::nullopt;
    }
    m_awaitingPong = false;
    m_pongAllowance = m_limits.pongTimeout;
    return now - m_lastPingAt;
}

Liveness::Verdict Liveness::judge(qint64 now)
{
    if (m_lastBytesAt > m_awaitedSince) {
        m_pongAllowance = m_limits.pongTimeout; // the probe was answered, if not by a pong
    }
    const bool pongMissing
        = m_awaitingPong && m_pongAllowance > 0 && now - heardAt() >= m_pongAllowance;
    const bool idle = m_limits.idleTimeout > 0 && now - m_lastBytesAt >= m_limits.idleTimeout;
    if (pongMissing || idle) {
        if (!m_suspected) {
            m_suspected = true;
            return Verdict::LookAgain;
        }
        return pongMissing ? Verdict::PongMissing : Verdict::Idle;
    }
    if (m_limits.pingInterval > 0
        && now - m_lastPingAt >= m_limits.pingInterval - tolerance(m_limits.pingInterval)) {
        return Verdict::SendPing;
    }
    return Verdict::Alive;
}

std::optional<qint64> Liveness::nextLook() const
{
    std::optional<qint64> next;
    const auto consider = [&next](qint64 at) { next = next ? std::min(*next, at) : at; };
    if (m_limits.pingInterval > 0) {
        consider(m_lastPingAt + m_limits.pingInterval);
    }
    if (m_awaitingPong && m_pongAllowance > 0) {
        consider(heardAt() + m_pongAllowance);
    }
    if (m_limits.idleTimeout > 0) {
        consider(m_lastBytesAt + m_limits.idleTimeout);
    }
    return next;
}

} // namespace earshot::triggers
