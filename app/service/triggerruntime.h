// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/pendingreplies.h"
#include "app/service/runcoordinator.h"
#include "app/service/runqueue.h"
#include "app/service/serviceevents.h"
#include "triggers/triggersession.h"

#include <QList>

#include <functional>
#include <memory>

namespace earshot::service {

struct TriggerCounters
{
    triggers::SessionCounters session;
    quint64 succeeded = 0;
    quint64 failed = 0;
    quint64 dropped = 0;
    quint64 replies = 0;
    quint64 lostReplies = 0;
    qint64 queued = 0;
    qint64 running = 0;
    qint64 queuedBytes = 0;
};

/// What the owner of a trigger has to do because of what happened to it. Event-loop thread.
class TriggerHost
{
public:
    TriggerHost() = default;
    virtual ~TriggerHost() = default;
    Q_DISABLE_COPY_MOVE(TriggerHost)

    /// The trigger is to be stored with this mode and error. `error` empty = none.
    virtual void modeChangeNeeded(const QString &triggerPath, TriggerMode mode, const Error &error)
        = 0;
};

/// One enabled or suspended trigger at work: its session, its queue, its pool of processes, and
/// what becomes of each message. Owned by the service (or by `listen`).
class TriggerRuntime final : public QObject, public triggers::SessionObserver, public RunOwner
{
    Q_OBJECT
public:
    struct Collaborators
    {
        RunCoordinator &coordinator;
        runner::RunExecutor &executor;
        ServiceEvents &events;
        TriggerHost &host;
        triggers::SessionEnvironment session;
        Clock &clock;
        PendingReplies *replies = nullptr; ///< where dry ones go; null = everything is sent
    };

    /// A reply awaits its run for at most this long, as on Windmill (TIMEOUT_WAIT_RESULT).
    static constexpr qint64 kReplyLimitMs = 600'000;
    /// Alerts about drops are told at most this often.
    static constexpr qint64 kAlertIntervalMs = 10'000;

    TriggerRuntime(qint64 triggerId, TriggerConfig config, Collaborators collaborators);
    ~TriggerRuntime() override;
    Q_DISABLE_COPY_MOVE(TriggerRuntime)

    void start();
    /// Takes back runs that waited when the service ended. Before start().
    void adopt(const QList<RunRecord> &records);
    /// Suspended runs a person released: queued like new ones.
    void release(const QList<RunRecord> &records);
    /// Waiting runs are cancelled with this reason, running ones go on.
    void cancelWaiting(const QString &reason, const QString &by);
    /// Takes over what waits in the runtime of the same trigger that this one replaces.
    void inheritWaiting(TriggerRuntime &previous);
    /// Disconnects; what waits is still run. `drained` is called (later) once nothing is left.
    void drain(std::function<void()> drained);
    /// Nothing that waits is started until release() or a new runtime: too many runs failed.
    void setPaused(bool paused);

    /// From now on one worker serves the runs that listens for a debugger on `port`, without a time
    /// limit; 0 = as configured again. Runs that are under way end where they are.
    void setDebugPort(quint16 port);
    /// A reply that was held back goes out now, on whatever connection there is.
    [[nodiscard]] Result<void> sendHeldBack(RunId run, const QByteArray &text, bool binary);
    [[nodiscard]] quint16 debugPort() const { return m_debugPort; }

    [[nodiscard]] triggers::TriggerSession &session() { return *m_session; }
    [[nodiscard]] const triggers::TriggerSession &session() const { return *m_session; }
    [[nodiscard]] const TriggerConfig &config() const { return m_config; }
    [[nodiscard]] qint64 triggerId() const { return m_plan->triggerId; }
    [[nodiscard]] TriggerCounters counters() const;
    /// Runs recorded as suspended by this runtime.
    [[nodiscard]] quint64 suspendedCount() const { return m_recordedSuspended; }
    /// Microseconds since 1970 UTC; 0 = none yet. Only while messages are watched.
    [[nodiscard]] qint64 lastMessageAtUs() const { return m_lastMessageAtUs; }
    void setBaseCounters(const TriggerCounters &counters) { m_base = counters; }
    /// Runs (waiting or with the runner) that still belong here.
    [[nodiscard]] bool hasOpenRuns() const { return m_openRuns > 0; }

    // triggers::SessionObserver
    RunId messageAccepted(QByteArray message, bool binary, quint64 connection) override;
    void messageSeen(
        const QByteArray &message, bool binary, triggers::MessageFate fate, RunId run) override;
    void messageSent(const QByteArray &message, bool binary, triggers::OutgoingKind kind) override;
    void statusChanged(const triggers::SessionStatus &status) override;
    void connectionOpened(const triggers::HandshakeInfo &info) override;
    void pongReceived(qint64 roundTripMs) override;
    void connectionClosed(const triggers::CloseInfo &info) override;
    void sessionStopped(const Error &error) override;
    void runnableFailed(const RunnableRef &runnable, const RunOutcome &outcome) override;

    // RunOwner
    void runSubmitted(ActiveRun &run) override;
    void runSent(ActiveRun &run, const QByteArray &message, bool binary) override;
    [[nodiscard]] ReplyReport runSettled(ActiveRun &run, const RunOutcome &outcome) override;
    void runReturned(ActiveRun &run) override;
    void capacityAvailable() override;

private:
    [[nodiscard]] QByteArray keyOf(const QByteArray &message, bool binary) const;
    [[nodiscard]] bool admit(ActiveRun &run);
    void pump();
    void noteDropped(quint64 count);
    void checkDrained();
    [[nodiscard]] runner::PoolSpec poolSpec() const;
    void holdBack(const ActiveRun &run, const QByteArray &text, bool binary, bool duringRun);
    void countFailure(const RunOutcome &outcome);
    [[nodiscard]] int freeCapacity() const;

    TriggerConfig m_config;
    Collaborators m_with;
    std::shared_ptr<RunPlan> m_plan;
    RunQueue m_queue;
    std::unique_ptr<triggers::TriggerSession> m_session;
    TriggerCounters m_base;
    TriggerCounters m_own;
    int m_committing = 0; ///< dispatched, not yet with the runner
    qint64 m_openRuns = 0;
    int m_failuresInARow = 0;
    quint64 m_recordedSuspended = 0;
    quint64 m_droppedSinceAlert = 0;
    qint64 m_lastDropAlertMs = 0;
    qint64 m_lastMessageAtUs = 0;
    RunId m_sendingFor = 0; ///< the run whose message is being sent
    quint16 m_debugPort = 0;
    bool m_suspended = false;
    bool m_paused = false;
    std::function<void()> m_drained;
    bool m_pumping = false;
};

} // namespace earshot::service
