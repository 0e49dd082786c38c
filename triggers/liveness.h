// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <optional>

namespace earshot::triggers {

/// Decides when an open connection is pinged and when it counts as dead. Pure: the caller has the
/// clock (milliseconds, never jumping back) and the socket.
///
/// Any byte from the server shows that it lives: a pong cannot overtake a large message. A verdict
/// needs two looks, so that an event loop that was held up reads what waits in the socket before it
/// judges.
class Liveness final
{
public:
    enum class Verdict { Alive, SendPing, LookAgain, PongMissing, Idle };

    /// All in milliseconds, 0 = never.
    struct Limits
    {
        int pingInterval = 0;
        int pongTimeout = 0; ///< after a ping, without any byte
        int idleTimeout = 0; ///< without any byte
    };

    void start(Limits limits, qint64 now);
    void noteBytes(qint64 now)
    {
        m_lastBytesAt = now;
        m_suspected = false;
    }

    /// Payload of the ping to send now.
    [[nodiscard]] QByteArray ping(qint64 now);
    /// The next ping has to be answered within `timeout`, whatever the limits say.
    void probe(int timeout, qint64 now);
    /// The round trip if `payload` answers the newest ping.
    [[nodiscard]] std::optional<qint64> pong(const QByteArray &payload, qint64 now);

    /// What is to be done now. LookAgain: come back after the socket was read once more.
    [[nodiscard]] Verdict judge(qint64 now);
    /// When judge() is worth calling next; nothing if never.
    [[nodiscard]] std::optional<qint64> nextLook() const;

    /// How long was waited when judge() gave up.
    [[nodiscard]] int pongAllowance() const { return m_pongAllowance; }
    [[nodiscard]] int idleTimeout() const { return m_limits.idleTimeout; }

private:
    [[nodiscard]] qint64 heardAt() const;

    Limits m_limits;
    int m_pongAllowance = 0; ///< pongTimeout, or a probe's
    quint32 m_pingNumber = 0;
    qint64 m_lastBytesAt = 0;
    qint64 m_lastPingAt = 0;
    qint64 m_awaitedSince = 0; ///< the first ping that has no pong
    bool m_awaitingPong = false;
    bool m_suspected = false;
};

} // namespace earshot::triggers
