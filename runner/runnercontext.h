// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runner/driversession.h"
#include "runner/environment.h"
#include "runner/groupguard.h"
#include "runner/jobdirectory.h"
#include "runner/runner.h"
#include "runner/scriptresolver.h"
#include "runner/signaturecache.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QSet>

#include <map>
#include <memory>
#include <vector>

namespace earshot::runner {

class Pool;
class ExecutableRun;

/// What the pools of one Runner share: limits, environment, observer, and the things whose owners
/// may be on the call stack. Event-loop thread only.
class RunnerContext final : public QObject
{
    Q_OBJECT

public:
    RunnerContext(Clock &clock, RunnerOptions options);
    ~RunnerContext() override;

    Clock &clock;
    RunnerOptions options;
    RuntimeRegistry registry;
    ScriptResolver resolver;
    RunEnvironment environment;
    SignatureCache signatures;
    RunObserver *observer = nullptr;
    QSet<RunId> followed; ///< runs whose output somebody looks at

    [[nodiscard]] PoolId openPool(const PoolSpec &spec);
    [[nodiscard]] Pool *pool(PoolId id) const;
    [[nodiscard]] const std::map<PoolId, std::unique_ptr<Pool>> &pools() const { return m_pools; }

    /// Slots for running processes over all pools.
    [[nodiscard]] int freeSlots() const noexcept { return m_slotLimit - m_slotsUsed; }
    [[nodiscard]] GroupGuard &guard() noexcept { return m_guard; }
    [[nodiscard]] int slotLimit() const noexcept { return m_slotLimit; }
    [[nodiscard]] int slotsUsed() const noexcept { return m_slotsUsed; }
    void takeSlot();
    void freeSlot();

    [[nodiscard]] SessionSettings sessionSettings(
        const PoolSpec &spec, const QString &program) const;
    [[nodiscard]] Result<JobDirectory> newDirectory() const;

    /// Reports later, for places the observer must not be called from.
    void reportLater(RunId id, RunOutcome outcome);
    /// Runs `action` from the event loop.
    void later(std::function<void()> action);
    /// Destroys it when nothing of it can be on the call stack any more.
    void bury(std::unique_ptr<DriverSession> session);
    void bury(std::unique_ptr<ExecutableRun> run);
    /// A closed pool without runs goes away.
    void removePool(PoolId id);

    /// Tells the pool when something in the folder changes. A pool has one folder at a time.
    void watch(PoolId id, const QString &folder);

    void groupStarted(const ProcessGroup &group);
    void groupEnded(const ProcessGroup &group);

    /// Ends the longest idle processes where there are too many.
    void boundIdle();

private:
    void checkMemory();
    void slotsChanged();
    void emptyGraveyardLater();
    void emptyGraveyard();

    GroupGuard m_guard; ///< outlives the pools
    std::map<PoolId, std::unique_ptr<Pool>> m_pools;
    QFileSystemWatcher m_watcher;
    QHash<PoolId, QString> m_folders;
    std::unique_ptr<TimerHandle> m_memoryTimer;
    PoolId m_nextPool = 1;
    PoolId m_lastServed = 0; ///< pools take turns when a slot becomes free
    int m_slotLimit = 0;
    int m_slotsUsed = 0;
    int m_groupCount = 0;
    bool m_slotsQueued = false;
    bool m_graveyardQueued = false;
    std::vector<std::unique_ptr<DriverSession>> m_buriedSessions;
    std::vector<std::unique_ptr<ExecutableRun>> m_buriedRuns;
    std::vector<std::unique_ptr<Pool>> m_buriedPools;
};

} // namespace earshot::runner
