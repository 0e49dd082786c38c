// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/serviceevents.h"
#include "model/clock.h"
#include "model/run.h"
#include "model/storage/runjournal.h"
#include "model/triggerconfig.h"
#include "runner/runexecutor.h"
#include "triggers/runnableinvoker.h"

#include <QHash>
#include <QJsonObject>
#include <QObject>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

namespace earshot::service {

/// What the runs of one trigger (or of one manual request) have in common.
struct RunPlan
{
    qint64 triggerId = 0;
    QString triggerPath; ///< empty for manual runs
    QString runnablePath;
    bool isFlow = false; ///< its runs fail, saying that flows cannot be run
    QString username;
    QString configuredUrl; ///< for the preprocessor's event
    runner::PoolId pool = 0;
    std::optional<RetryConfig> retry;
    QString errorHandlerPath; ///< the trigger's own; empty = the workspace's, if any
    QJsonObject errorHandlerArgs;
    bool durable = true;
};

class RunCoordinator;
class RunFollowers;

/// A run between acceptance and its final record.
struct ActiveRun
{
    enum class Stage {
        Waiting, ///< in its trigger's queue
        Committing, ///< its dispatch mark is being made durable
        Fetching, ///< its body is being read back
        Submitted, ///< with the runner
        Started,
        BetweenAttempts,
        HandlingError,
    };

    RunId id = 0;
    std::shared_ptr<const RunPlan> plan;
    RunPurpose purpose = RunPurpose::Message;
    Stage stage = Stage::Waiting;
    bool recorded = false; ///< the journal has (or will have) a row of it
    bool binary = false;
    bool bodyInStorage = false; ///< `message` was left to the database
    bool cancelRequested = false;
    bool wantsEvent = true; ///< hand the event to a preprocessor, if there is one
    int attempts = 0;
    quint64 connection = 0;
    qint64 receivedAtUs = 0;
    qint64 startedAtUs = 0;
    qint64 size = 0; ///< of the message, bytes
    QByteArray message;
    bool hasMessage = true;
    QByteArray args; ///< JSON object text, references substituted: may hold secrets, never recorded
    QByteArray recordedArgs; ///< as a person wrote them
    QByteArray key;
    QString cancelReason;
    QString cancelBy;
    std::unique_ptr<TimerHandle> retryTimer;
    /// Set for runs nobody owns (invocations, manual): told the final outcome.
    std::function<void(const RunOutcome &)> done;
};

/// Who a message run belongs to.
class RunOwner
{
public:
    RunOwner() = default;
    virtual ~RunOwner() = default;
    Q_DISABLE_COPY_MOVE(RunOwner)

    virtual void runSubmitted(ActiveRun &run) = 0;
    virtual void runSent(ActiveRun &run, const QByteArray &message, bool binary) = 0;
    /// The run has its final outcome. Returns what was sent because of it.
    struct ReplyReport
    {
        std::optional<QByteArray> reply;
        QString error;
    };
    [[nodiscard]] virtual ReplyReport runSettled(ActiveRun &run, const RunOutcome &outcome) = 0;
    /// Given back by a worker that died: waits again.
    virtual void runReturned(ActiveRun &run) = 0;
    virtual void capacityAvailable() = 0;
};

/// Evaluates `retry_if`; implemented over the expression helper.
class ExpressionEvaluator
{
public:
    ExpressionEvaluator() = default;
    virtual ~ExpressionEvaluator() = default;
    Q_DISABLE_COPY_MOVE(ExpressionEvaluator)
    virtual void evaluatePredicate(const QString &expression, const QByteArray &resultJson,
        std::function<void(Result<bool>)> done)
        = 0;
};

/// Reads runs' messages back from the database.
class BodySource
{
public:
    BodySource() = default;
    virtual ~BodySource() = default;
    Q_DISABLE_COPY_MOVE(BodySource)
    using Bodies = QList<Result<QByteArray>>; ///< in the order of the ids
    virtual void readMessages(
        const QList<RunId> &ids, std::function<void(const Result<Bodies> &)> done)
        = 0;
};

/// Settings of a profile that runs depend on.
struct RunSettings
{
    QString workspaceId = QStringLiteral("local");
    QString workspaceErrorHandler; ///< script path; empty = none
    QJsonObject workspaceErrorHandlerArgs;
    QString email = QStringLiteral("local@earshot");
};

/// Takes every run from acceptance to its final record: journal first, then the runner, then
/// retries, error handler, reply, record. Event-loop thread. Owned by the service (or by `listen`).
class RunCoordinator final : public QObject,
                             public runner::RunObserver,
                             public triggers::RunnableInvoker
{
    Q_OBJECT
public:
    struct Collaborators
    {
        Clock &clock;
        storage::RunJournal &journal;
        runner::RunExecutor &executor;
        const triggers::ReferenceResolver &references;
        ServiceEvents &events;
        ExpressionEvaluator *expressions = nullptr;
        BodySource *bodies = nullptr;
        std::function<double()> uniform;
        quint64 profileSalt = 0; ///< first half of every `WM_JOB_ID` of this profile
        /// Masks secrets in what is recorded and shown; none = nothing to mask.
        std::function<void(RunOutcome &)> redact;
        /// Row of a trigger, 0 for a path that is not saved; none = nothing is saved here.
        std::function<qint64(const QString &)> triggerIdOf;
    };

    /// Waiting message bodies above this are left to the database and read back when their turn
    /// comes.
    static constexpr qint64 kMaxWaitingBytesInMemory = qint64(64) * 1024 * 1024;

    static constexpr qint64 kHandlerTimeoutMs = 300'000;

    explicit RunCoordinator(Collaborators collaborators);
    ~RunCoordinator() override;
    Q_DISABLE_COPY_MOVE(RunCoordinator)

    void setSettings(RunSettings settings) { m_settings = std::move(settings); }
    [[nodiscard]] const RunSettings &settings() const { return m_settings; }
    /// Told what followed runs write and how they end; null = nobody.
    void setFollowers(RunFollowers *followers) { m_followers = followers; }
    /// Runs of pool `pool` belong to `owner` from now on; null = forget.
    void setOwner(runner::PoolId pool, RunOwner *owner);

    /// A run that exists only in memory so far. Its id is taken here.
    ActiveRun &create(std::shared_ptr<const RunPlan> plan, RunPurpose purpose);
    /// A run the journal already has (recovered or resumed).
    ActiveRun &adopt(std::shared_ptr<const RunPlan> plan, const RunRecord &record);
    /// Records it as waiting.
    void recordQueued(ActiveRun &run);
    /// Records it as suspended and forgets it.
    void recordSuspended(ActiveRun &run);
    /// Makes the dispatch durable, then hands the run to the runner.
    void dispatch(ActiveRun &run);
    /// Forgets a run that was created but refused by its queue; nothing is recorded.
    void discard(ActiveRun &run);
    /// Ends a run that has not started, with this status and `{"error":…}` text.
    void settleUnstarted(
        ActiveRun &run, RunStatus status, const QString &name, const QString &message);
    void cancel(RunId id, const QString &reason, const QString &by);
    void cancelAll(const QString &reason, const QString &by);

    [[nodiscard]] ActiveRun *find(RunId id);
    template <typename Visit>
    void forEach(Visit visit) const
    {
        for (const auto &[id, run] : m_runs) {
            visit(*run);
        }
    }
    [[nodiscard]] RunStatus liveStatus(const ActiveRun &run) const;
    [[nodiscard]] qsizetype activeCount() const { return static_cast<qsizetype>(m_runs.size()); }
    [[nodiscard]] QString jobId(RunId id) const;

    [[nodiscard]] std::unique_ptr<triggers::PendingInvocation> invoke(
        triggers::Invocation invocation, std::function<void(const RunOutcome &)> done) override;
    /// One run outside any trigger; `run` was made by create() with a manual plan.
    void startManual(ActiveRun &run, std::function<void(const RunOutcome &)> done);
    /// A pool for one-off runs of a script, shared by equal scripts.
    [[nodiscard]] runner::PoolId oneOffPool(const QString &script, qint64 timeoutMs);
    /// Runs the trigger's error handler, else the workspace's, without anything depending on it.
    /// For failed messages without an own handler and for what failed outside a message (URL,
    /// initial).
    void reportFailure(const RunPlan &plan, RunId id, const RunOutcome &outcome);

    // runner::RunObserver
    void runStarted(RunId id, qint64 startedAtUs) override;
    void runSent(RunId id, const QByteArray &message, bool binary) override;
    void runWrote(RunId id, runner::RunStream stream, QByteArrayView bytes) override;
    void runFinished(RunId id, RunOutcome outcome) override;
    void runReturned(RunId id) override;
    void capacityAvailable(runner::PoolId pool) override;

private:
    struct HandlerArgs
    {
        QByteArray resolved;
        QByteArray recorded; ///< references as written
    };
    struct Awaiting
    {
        storage::RunJournal::Ticket ticket = 0;
        RunId id = 0;
    };

    void onCommitted(quint64 throughTicket);
    void submit(ActiveRun &run);
    void fetch();
    void fetched(RunId id, const Result<QByteArray> &body);
    void submitNow(ActiveRun &run);
    void attemptFailed(ActiveRun &run, RunOutcome outcome);
    void retryOrHandle(RunId id, RunOutcome outcome, bool retryAllowed);
    void runErrorHandler(ActiveRun &run, RunOutcome outcome);
    [[nodiscard]] ActiveRun &createHandler(
        const RunPlan &failed, const QString &handlerPath, const HandlerArgs &args);
    void settle(ActiveRun &run, const RunOutcome &outcome);
    void notify(const ActiveRun &run, RunStatus status, const RunOutcome *outcome,
        const RunOwner::ReplyReport *report);
    [[nodiscard]] RunOwner *ownerOf(const ActiveRun &run) const;
    [[nodiscard]] storage::NewRun newRun(
        const ActiveRun &run, RunStatus status, bool dispatched) const;
    [[nodiscard]] Result<HandlerArgs> handlerArgs(const RunPlan &plan, RunId id, qint64 startedAtUs,
        const RunOutcome &outcome, const QJsonObject &extra) const;

    Collaborators m_with;
    RunSettings m_settings;
    RunFollowers *m_followers = nullptr;
    std::unordered_map<RunId, std::unique_ptr<ActiveRun>> m_runs;
    std::deque<Awaiting> m_awaiting;
    QList<RunId> m_toFetch; ///< of this turn of the event loop
    QHash<runner::PoolId, RunOwner *> m_owners;
    QHash<QString, runner::PoolId> m_oneOffPools;
    qint64 m_waitingBytesInMemory = 0;
};

} // namespace earshot::service
