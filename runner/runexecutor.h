// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/run.h"
#include "model/triggerconfig.h"

#include <QByteArray>
#include <QJsonObject>
#include <QString>

#include <optional>

namespace earshot::runner {

/// Runs of one pool share a script and, in worker isolation, its processes.
struct PoolSpec
{
    QString script; ///< workspace path (`f/a/b`) or absolute file name
    Isolation isolation = Isolation::Process;
    int concurrency = 0; ///< 0 = machine limit (process) or 1 worker
    qint64 timeoutMs = 300'000;
    bool prefersStandby = true; ///< keep a loaded process ready (process isolation)
    quint16 debugPort = 0; ///< its worker listens there for a debugger; 0 = none
};

using PoolId = quint64;

/// One execution.
struct RunJob
{
    RunId id = 0;
    /// Text of the message: becomes the argument `msg` (or the event's `msg`).
    std::optional<QByteArray> message;
    QByteArray args; ///< JSON object text of further arguments; empty = none
    struct Event
    {
        QString url;
        QString triggerPath;
        bool binary = false;
    };
    std::optional<Event> event; ///< set when a preprocessor, if there is one, is to be called
    QString entry; ///< empty = `main`
    QString jobId; ///< `WM_JOB_ID`, a uuid
    QString username; ///< `WM_USERNAME`, `ws-{trigger path}` for triggers
    QString stepId;
};

enum class RunStream { Log, PreprocessedArgs };

/// Receives what happens to runs. Called on the event-loop thread, never from within submit().
class RunObserver
{
public:
    RunObserver() = default;
    virtual ~RunObserver() = default;
    Q_DISABLE_COPY_MOVE(RunObserver)

    virtual void runStarted(RunId id, qint64 startedAtUs) = 0;
    /// The script asked for a message to be sent during its run.
    virtual void runSent(RunId id, const QByteArray &message, bool binary) = 0;
    /// What a run that is followed wrote, as it comes.
    virtual void runWrote(RunId id, RunStream stream, QByteArrayView bytes)
    {
        Q_UNUSED(id)
        Q_UNUSED(stream)
        Q_UNUSED(bytes)
    }
    virtual void runFinished(RunId id, RunOutcome outcome) = 0;
    /// The worker holding this job died before it started: it was not executed and may be submitted
    /// again (jobs come back in their order).
    virtual void runReturned(RunId id) = 0;
    /// capacity(pool) grew from 0.
    virtual void capacityAvailable(PoolId pool) = 0;
};

/// Executes scripts. Event-loop thread only.
class RunExecutor
{
public:
    RunExecutor() = default;
    virtual ~RunExecutor() = default;
    Q_DISABLE_COPY_MOVE(RunExecutor)

    virtual void setObserver(RunObserver *observer) = 0;
    /// Pools are cheap; nothing is started before it is needed (or prewarm() is called).
    [[nodiscard]] virtual PoolId openPool(const PoolSpec &spec) = 0;
    /// Jobs of the pool that run go on; its idle processes end.
    virtual void closePool(PoolId pool) = 0;
    /// Loads the script ahead of the first message.
    virtual void prewarm(PoolId pool) = 0;
    /// How many further jobs the pool takes now without its own waiting line growing.
    [[nodiscard]] virtual int capacity(PoolId pool) const = 0;
    /// Beyond capacity() jobs wait in the executor in order.
    virtual void submit(PoolId pool, RunJob job) = 0;
    /// Not started: dropped, finished as Cancelled. Started: the stop ladder. `reason` and `by`
    /// enter the error text. No effect on unknown ids.
    virtual void cancel(RunId id, const QString &reason, const QString &by) = 0;
    /// Kills every process group at once.
    virtual void panic() = 0;
};

} // namespace earshot::runner
