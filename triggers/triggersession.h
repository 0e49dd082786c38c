// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/triggerconfig.h"
#include "triggers/filterprogram.h"
#include "triggers/heartbeattemplate.h"
#include "triggers/messageview.h"
#include "triggers/reconnectpolicy.h"
#include "triggers/runnableinvoker.h"
#include "triggers/websocketconnection.h"

#include <QObject>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace earshot::triggers {

enum class SessionPhase {
    Off,
    ResolvingUrl,
    Connecting,
    SendingInitialMessages,
    Ready,
    Waiting, ///< for the next attempt
    Stopped, ///< gave up; `error` says why
};
[[nodiscard]] QString toString(SessionPhase phase);

struct SessionStatus
{
    SessionPhase phase = SessionPhase::Off;
    /// One sentence for people, Windmill's where Windmill has one; empty while healthy.
    QString text;
    int attempt = 0;
    qint64 nextAttemptAtMs = 0; ///< on the session's clock, while waiting
    qint64 phaseSinceUs = 0; ///< wall clock, microseconds
    QString subprotocol;
    QString peer;
};

struct SessionCounters
{
    quint64 received = 0; ///< text and binary messages
    quint64 receivedBytes = 0;
    quint64 matched = 0;
    quint64 ignoredBinary = 0;
    quint64 sent = 0;
    quint64 sentBytes = 0;
    quint64 heartbeats = 0;
    quint64 connects = 0; ///< successful handshakes
    quint64 reconnects = 0; ///< connects after the first
    quint64 oversized = 0; ///< connections closed because a message was too large
};

/// Why a message was sent.
enum class OutgoingKind { Initial, Heartbeat, Reply, Script, User };
[[nodiscard]] QString toString(OutgoingKind kind);

/// What became of an incoming message.
enum class MessageFate {
    Accepted,
    Filtered, ///< the filters did not match
    Ignored, ///< binary, and the trigger ignores binary messages
    Dropped, ///< accepted by the filters, refused by the queue
};

class TriggerSession;

/// Hears what a session hears. A virtual interface and not signals, because messageAccepted() runs
/// once per message. Event-loop thread.
class SessionObserver
{
public:
    SessionObserver() = default;
    virtual ~SessionObserver() = default;
    Q_DISABLE_COPY_MOVE(SessionObserver)

    /// A message passed the filters. `connection` names the connection it came from (for replies).
    /// Returns the run made of it; 0 = dropped.
    virtual RunId messageAccepted(QByteArray message, bool binary, quint64 connection) = 0;
    /// Every message, after messageAccepted(), only while TriggerSession::setWatched(true).
    virtual void messageSeen(const QByteArray &message, bool binary, MessageFate fate, RunId run)
        = 0;
    virtual void messageSent(const QByteArray &message, bool binary, OutgoingKind kind) = 0;
    virtual void statusChanged(const SessionStatus &status) = 0;
    /// The handshake is done; initial messages come next.
    virtual void connectionOpened(const HandshakeInfo &info) { Q_UNUSED(info) }
    /// The server answered a ping.
    virtual void pongReceived(qint64 roundTripMs) { Q_UNUSED(roundTripMs) }
    /// A connection that was open has ended.
    virtual void connectionClosed(const CloseInfo &info) = 0;
    /// The session gave up: the trigger is to be disabled with this error.
    virtual void sessionStopped(const Error &error) = 0;
    /// A runnable for the URL or an initial message failed (for the error handler).
    virtual void runnableFailed(const RunnableRef &runnable, const RunOutcome &outcome) = 0;
};

/// What a session needs from outside; everything outlives it.
struct SessionEnvironment
{
    Clock &clock;
    RunnableInvoker &invoker;
    const ReferenceResolver &references;
    std::function<double()> uniform; ///< [0, 1)
    /// Masks secrets in texts for people.
    std::function<QString(const QString &)> mask;
};

/// The live side of one enabled or suspended trigger: connects, says hello, listens, beats,
/// connects again. Owned by the service. Messages that pass the filters go to the observer; replies
/// come back through sendReply().
class TriggerSession final : public QObject
{
    Q_OBJECT
public:
    /// What may arrive while initial messages are still being sent.
    static constexpr qsizetype kMaxHeldMessages = 10'000;
    static constexpr qint64 kMaxHeldBytes = qint64(64) * 1024 * 1024;

    TriggerSession(TriggerConfig config, SessionEnvironment environment, SessionObserver &observer);
    ~TriggerSession() override;
    Q_DISABLE_COPY_MOVE(TriggerSession)

    void start();
    /// Says goodbye (Close 1000, what was sent before still goes out); no further call to the
    /// observer follows, connectionGone() does.
    void stop();
    /// Closes the open connection and connects again by the policy; nothing without a connection.
    void reconnect();
    /// `listen`: give up after this many failed attempts if no connection was ever made.
    void setInitialAttemptLimit(int attempts);
    /// The clock jumped or a network came up: connect now, or find out whether the peer is still
    /// there.
    void checkNow();
    /// The service cannot take messages (`reason` for people): closes and waits for
    /// resumeAccepting().
    void holdOff(const QString &reason);
    void resumeAccepting();
    void setWatched(bool watched) { m_watched = watched; }

    [[nodiscard]] const SessionStatus &status() const { return m_status; }
    [[nodiscard]] const SessionCounters &counters() const { return m_counters; }
    [[nodiscard]] const TriggerConfig &config() const { return m_config; }
    [[nodiscard]] const FilterProgram &filter() const { return m_filter; }
    [[nodiscard]] quint64 connection() const { return m_connectionSerial; }

    /// Sends a reply if `connection` is still the open one; the Error's text is Windmill's.
    [[nodiscard]] Result<void> sendReply(quint64 connection, const QByteArray &text);
    /// Sends on whatever connection is open.
    [[nodiscard]] Result<void> send(const QByteArray &message, bool binary, OutgoingKind kind);

signals:
    /// After stop(): the connection, if there was one, has been closed.
    void connectionGone();

private:
    struct HeldMessage
    {
        QByteArray data;
        bool binary = false;
    };

    void setPhase(SessionPhase phase, const QString &text);
    void begin();
    void resolveUrl();
    void urlRunnableFinished(const RunOutcome &outcome);
    void connectTo(const QString &url);
    void onOpened(const HandshakeInfo &info);
    void onClosed(const CloseInfo &info);
    void onText(const QByteArray &utf8);
    void onBinary(const QByteArray &data);
    void handle(const QByteArray &message, bool binary);
    [[nodiscard]] bool hold(const QByteArray &message, bool binary);
    void sendNextInitialMessage();
    [[nodiscard]] bool sendInitial(const QByteArray &text);
    void initialMessageFailed(const QString &why, Setback kind);
    void becomeReady();
    void beat();
    void setback(Setback kind, const Error &error, const QString &closedText);
    void stopWith(const Error &error);
    void dropConnection();
    void noteSent(const QByteArray &message, bool binary, OutgoingKind kind);

    TriggerConfig m_config;
    SessionEnvironment m_environment;
    SessionObserver &m_observer;
    FilterProgram m_filter;
    std::optional<Error> m_filterError;
    std::optional<HeartbeatTemplate> m_heartbeat;
    MessageView m_view; ///< reused for every message
    std::optional<QByteArray> m_state; ///< of the heartbeat; belongs to one connection
    ReconnectPolicy m_policy;
    SessionStatus m_status;
    SessionCounters m_counters;
    WebSocketConnection *m_connection = nullptr; ///< owned: child, deleted later
    std::unique_ptr<PendingInvocation> m_pending;
    std::unique_ptr<TimerHandle> m_retryTimer;
    std::unique_ptr<TimerHandle> m_beatTimer;
    std::vector<HeldMessage> m_held;
    qint64 m_heldBytes = 0;
    qsizetype m_nextInitial = 0;
    quint64 m_connectionSerial = 0; ///< 0 while no connection is open
    quint64 m_lastSerial = 0;
    qint64 m_nextBeatMs = 0;
    bool m_watched = false;
    bool m_heldOff = false;
};

} // namespace earshot::triggers
