// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runner/driversession.h"
#include "runner/executablerun.h"
#include "runner/filestamp.h"
#include "runner/jobdirectory.h"
#include "runner/runexecutor.h"
#include "runner/scriptresolver.h"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace earshot::runner {

class RunnerContext;

/// The waiting line and the processes of one script. Process isolation: a process per run, taken
/// from a loaded standby where there is one. Worker isolation: up to `concurrency` processes that
/// serve run after run. Owned by the RunnerContext.
class Pool final : private SessionListener, private ExecutableListener
{
public:
    Pool(RunnerContext &context, PoolId id, PoolSpec spec);
    ~Pool() override;
    Q_DISABLE_COPY_MOVE(Pool)

    [[nodiscard]] int capacity() const;
    void submit(RunJob job);
    /// False when the pool does not have the run.
    bool cancel(RunId id, const QString &reason, const QString &by);
    void prewarm();
    void close();
    void panic();
    /// Hands out what can be handed out; tells the observer about capacity that came back.
    void pump();
    /// Tells the observer when capacity() grew from 0. Never from within submit().
    void announceCapacity();
    /// Something in the script's folder changed: what is loaded may be old.
    void filesChanged();
    /// The program behind a shim is known.
    void interpreterChanged();

    [[nodiscard]] bool isEmpty() const;
    [[nodiscard]] int waiting() const { return static_cast<int>(m_waiting.size()); }
    [[nodiscard]] int idleCount() const;
    /// When the longest idle process became idle; nothing when none is.
    [[nodiscard]] std::optional<qint64> oldestIdleMs() const;
    void endOldestIdle();
    [[nodiscard]] qint64 idleBytes() const;
    void appendGroups(QList<ProcessGroup> &groups) const;
    /// Stops the run whose group is larger than the limit.
    void stopLarge(const QHash<qint64, qint64> &residentBytes, qint64 limit);

private:
    enum class Role { Standby, Busy, Worker, Ending };
    struct Member
    {
        std::unique_ptr<DriverSession> session;
        JobDirectory directory;
        Role role = Role::Busy;
        QString sentUser;
        qint64 idleSinceMs = 0;
        qint64 residentBytes = 0; ///< measured when it was loaded
        bool holdsSlot = false;
        bool sentSignature = false;
    };
    struct Direct
    {
        std::unique_ptr<ExecutableRun> run;
        JobDirectory directory;
    };

    void sessionLoaded(DriverSession &session, bool failed) override;
    void sessionRunStarted(RunId id, qint64 startedAtUs) override;
    void sessionRunSent(RunId id, const QByteArray &message, bool binary) override;
    void sessionRunWrote(RunId id, RunStream stream, QByteArrayView bytes) override;
    void sessionRunFinished(DriverSession &session, RunId id, RunOutcome outcome) override;
    void sessionRunReturned(DriverSession &session, RunId id) override;
    void sessionProgressed(DriverSession &session) override;
    void sessionEnded(DriverSession &session) override;
    void executableFinished(ExecutableRun &run, RunOutcome outcome) override;
    void executableWrote(RunId id, RunStream stream, QByteArrayView bytes) override
    {
        sessionRunWrote(id, stream, bytes);
    }

    /// The target is known and current. Otherwise waiting runs are failed, or it is being found
    /// out.
    bool prepare();
    bool resolve();
    bool refresh();
    void useTarget(ScriptTarget target);
    void failWaiting(const Error &error);
    void retireOld();
    [[nodiscard]] bool isWorkerMode() const;
    [[nodiscard]] int concurrency() const;
    [[nodiscard]] int window(const DriverSession &session) const;
    [[nodiscard]] int runningCount() const;

    bool dispatchToWorker();
    bool dispatchToProcess();
    bool runExecutable();
    Member *startMember(Role role);
    Member *freeWorker();
    Member *readyStandby();
    void replenish();
    void scheduleReplenish(qint64 delayMs);
    void flush();
    static bool isIdle(const Member &member);
    static void endIdle(Member &member);
    void hand(Member &member, RunJob job);
    [[nodiscard]] ChildSpec childSpec(const JobDirectory &directory) const;
    Member *memberOf(const DriverSession &session);
    void armIdleTimer();
    void removeIfDone();

    RunnerContext &m_context;
    const PoolId m_id;
    const PoolSpec m_spec;
    std::deque<RunJob> m_waiting;
    std::vector<std::unique_ptr<Member>> m_members;
    std::vector<std::unique_ptr<Direct>> m_direct;
    std::optional<ScriptTarget> m_target;
    QByteArrayList m_environment;
    QByteArray m_signature; ///< empty while it is not known
    QByteArray m_signatureKey;
    FileStamps m_stamps;
    FileStamps m_folderStamp;
    qint64 m_checkedAtMs = 0;
    qint64 m_restartAtMs = 0; ///< no new worker before; 0 = at once
    qint64 m_backoffMs = 0;
    std::unique_ptr<TimerHandle> m_restartTimer;
    std::unique_ptr<TimerHandle> m_replenishTimer;
    std::unique_ptr<TimerHandle> m_idleTimer;
    bool m_standbyBroken = false; ///< the script does not load: no standby until it changes
    bool m_flushQueued = false;
    bool m_cancelling = false;
    bool m_probing = false;
    bool m_closed = false;
    bool m_pumping = false;
    mutable bool m_starved = false; ///< somebody was told that capacity is 0
};

} // namespace earshot::runner
