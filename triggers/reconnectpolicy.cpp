// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/reconnectpolicy.h"

#include <algorithm>
#include <utility>

namespace earshot::triggers {

ReconnectPolicy::ReconnectPolicy(ReconnectPolicyKind kind, std::function<double()> uniform)
    : m_kind(kind)
    , m_uniform(std::move(uniform))
{ }

void ReconnectPolicy::setInitialAttemptLimit(int attempts)
{
    m_initialAttemptLimit = attempts;
}

void ReconnectPolicy::noteReady(qint64 nowMs)
{
    m_readySinceMs = nowMs;
    m_everReady = true;
    m_refusals = 0;
    if (m_kind == ReconnectPolicyKind::Windmill) {
        m_failures = 0;
    }
}

ReconnectDecision ReconnectPolicy::decide(Setback setback, qint64 nowMs)
{
    if (m_readySinceMs && nowMs - *m_readySinceMs >= kStableMs) {
        m_failures = 0;
    }
    m_readySinceMs.reset();
    return m_kind == ReconnectPolicyKind::Backoff ? decideBackoff(setback)
                                                  : decideWindmill(setback);
}

void ReconnectPolicy::reset()
{
    m_failures = 0;
    m_refusals = 0;
}

ReconnectDecision ReconnectPolicy::decideBackoff(Setback setback)
{
    if (setback == Setback::PermanentFailure) {
        return {.delayMs = std::nullopt, .attempt = m_failures + 1};
    }
    if (setback == Setback::RefusedByServer && ++m_refusals > 1) {
        return {.delayMs = std::nullopt, .attempt = m_failures + 1};
    }
    const int step = m_failures;
    m_failures = std::min(m_failures + 1, 1'000'000);
    const bool limited = m_initialAttemptLimit > 0 && !m_everReady;
    if (limited && m_failures >= m_initialAttemptLimit) {
        return {.delayMs = std::nullopt,
            .attempt = m_failures,
            .attemptsAllowed = m_initialAttemptLimit};
    }
    const qint64 ceiling = step >= 6 ? kCapMs : std::min(kCapMs, kBaseMs << step);
    const auto drawn = static_cast<qint64>(m_uniform() * static_cast<double>(ceiling));
    return {.delayMs = std::max(kFloorMs, drawn),
        .attempt = m_failures,
        .attemptsAllowed = limited ? m_initialAttemptLimit : 0};
}

ReconnectDecision ReconnectPolicy::decideWindmill(Setback setback)
{
    switch (setback) {
    case Setback::ClosedAfterReady:
        // The next poll, every 15 s, that finds the last ping older than 15 s.
        m_failures = 0;
        return {.delayMs = 15'000 + static_cast<qint64>(m_uniform() * 15'000.0)};
    case Setback::TransientFailure:
        ++m_failures;
        if (m_failures >= kWindmillAttempts) {
            return {.delayMs = std::nullopt,
                .attempt = m_failures,
                .attemptsAllowed = kWindmillAttempts};
        }
        return {.delayMs = qint64(1000) << m_failures,
            .attempt = m_failures,
            .attemptsAllowed = kWindmillAttempts};
    case Setback::RefusedByServer:
    case Setback::PermanentFailure:
    case Setback::RunnableFailed:
        break;
    }
    return {
        .delayMs = std::nullopt, .attempt = m_failures + 1, .attemptsAllowed = kWindmillAttempts};
}

} // namespace earshot::triggers
