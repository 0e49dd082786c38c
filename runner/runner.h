// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "runner/runexecutor.h"
#include "runner/runtimeregistry.h"

#include <QHash>
#include <QString>

#include <functional>
#include <memory>

namespace earshot::runner {

struct RunnerOptions
{
    QString workspaceDirectory; ///< empty: only absolute file names run
    QString configDirectory; ///< own `runtimes/` and `drivers/`; empty = none
    QString resourceDirectory; ///< empty = resourceDir()
    QString
        jobsDirectory; ///< fresh folders of runs are made here; empty = below the temporary folder
    QString stateDirectory; ///< the record of process groups; empty = none is kept
    QString helperProgram; ///< `earshot`, for the guard; empty = no guard
    QString workspaceId = QStringLiteral("local");
    QString baseUrl = QStringLiteral("http://localhost");
    QString email = QStringLiteral("user@localhost");
    QHash<QString, QString> interpreters; ///< runtime id → program
    QStringList searchPaths; ///< for interpreters, before PATH
    int maxProcesses = 0; ///< running at once over all pools; 0 = 4 × cores
    int maxIdleProcesses = 0; ///< standbys and idle workers; 0 = limits::kMaxIdleProcesses
    qint64 memoryLimitBytes = 0; ///< of one process group; 0 = none
    qint64 maxResultBytes = 0; ///< 0 = limits::kMaxResultBytes
    qint64 termGraceMs = 0; ///< 0 = limits::kTermGraceMs, and so on
    qint64 drainMs = 0;
    qint64 exitGraceMs = 0;
    qint64 standbyIdleMs = 0;
};

class RunnerContext;

/// The executor of scripts on this machine: processes, workers, runtimes. One per service or
/// command; event-loop thread only. Destroying it kills what still runs.
class Runner final : public RunExecutor
{
public:
    Runner(Clock &clock, RunnerOptions options);
    ~Runner() override;

    void setObserver(RunObserver *observer) override;
    [[nodiscard]] PoolId openPool(const PoolSpec &spec) override;
    void closePool(PoolId pool) override;
    void prewarm(PoolId pool) override;
    [[nodiscard]] int capacity(PoolId pool) const override;
    void submit(PoolId pool, RunJob job) override;
    void cancel(RunId id, const QString &reason, const QString &by) override;
    void panic() override;

    /// Runtimes and interpreters, for `doctor` and the settings.
    [[nodiscard]] RuntimeRegistry &registry();
    /// Whether a script can run here, and if not, what to do about it.
    [[nodiscard]] Result<QString> describe(const QString &script) const;

    /// The runtime and interpreter that would run a file of this name in the workspace.
    [[nodiscard]] Result<QString> runtimeFor(const QString &fileName) const;
    /// The script's signature as its driver prints it; empty where there is none. Asks the driver,
    /// so `done` is called later.
    void signature(const QString &script, std::function<void(const Result<QByteArray> &)> done);

    /// Tells the observer what the run writes, from now to its end. Before it is submitted.
    void follow(RunId id);

    struct DebugSupport
    {
        QString runtime;
        QString address; ///< with `{port}`
        QString launch; ///< a launch.json, with `{port}`
    };
    /// Whether and how a worker of the script can be debugged; `done` may be called at once.
    void debugSupport(
        const QString &script, const std::function<void(const Result<DebugSupport> &)> &done);

    struct Statistics
    {
        int running = 0; ///< processes in a run
        int idle = 0; ///< standbys and idle workers
        int waiting = 0; ///< runs in the executor's own line
        int limit = 0;
    };
    [[nodiscard]] Statistics statistics() const;
    /// Process groups alive now, for tests and `doctor`.
    [[nodiscard]] QList<qint64> processGroups() const;

    /// The guard's process, 0 while there is none.
    [[nodiscard]] qint64 guardPid() const;

private:
    std::unique_ptr<RunnerContext> m_context;
};

} // namespace earshot::runner
