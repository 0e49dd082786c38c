// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/runnercontext.h"

#include "runner/limits.h"
#include "runner/pool.h"
#include "runner/resourcedir.h"

#include <QDir>
#include <QStandardPaths>
#include <QThread>

#include <algorithm>
#include <utility>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr qint64 kMemoryCheckMs = 500;
constexpr qsizetype kMaxWatchedFolders = 1'000;

template <typename Value>
void setDefault(Value &value, Value fallback)
{
    if (value == Value{}) {
        value = std::move(fallback);
    }
}

RunnerOptions withDefaults(RunnerOptions options)
{
    setDefault(options.resourceDirectory, resourceDir());
    setDefault(
        options.maxProcesses, limits::kProcessesPerCore * std::max(QThread::idealThreadCount(), 1));
    setDefault(options.maxIdleProcesses, int(limits::kMaxIdleProcesses));
    setDefault(options.maxResultBytes, qint64(limits::kMaxResultBytes));
    setDefault(options.termGraceMs, qint64(limits::kTermGraceMs));
    setDefault(options.drainMs, qint64(limits::kDrainMs));
    setDefault(options.exitGraceMs, qint64(limits::kExitGraceMs));
    setDefault(options.standbyIdleMs, qint64(limits::kStandbyIdleMs));
    if (options.jobsDirectory.isEmpty()) {
        options.jobsDirectory = QDir::tempPath() + u"/earshot-"_s + QString::number(::getuid());
    }
    if (!options.workspaceDirectory.isEmpty()) {
        options.workspaceDirectory = QDir(options.workspaceDirectory).absolutePath();
    }
    return options;
}

RuntimeRegistry::Options registryOptions(const RunnerOptions &options)
{
    RuntimeRegistry::Options registry;
    registry.resourceDirectories = {options.resourceDirectory};
    if (!options.configDirectory.isEmpty()) {
        registry.resourceDirectories.append(options.configDirectory);
    }
    registry.interpreters = options.interpreters;
    registry.searchPaths = options.searchPaths;
    return registry;
}

} // namespace

RunnerContext::RunnerContext(Clock &clockToUse, RunnerOptions givenOptions)
    : clock(clockToUse)
    , options(withDefaults(std::move(givenOptions)))
    , registry(registryOptions(options))
    , resolver(options.workspaceDirectory, registry)
    , environment(RunEnvironment::Identity{.workspace = options.workspaceId,
          .baseUrl = options.baseUrl,
          .email = options.email,
          .user = QStringLiteral("user")})
    , m_guard(options.helperProgram,
          options.stateDirectory.isEmpty() ? QString()
                                           : QString(options.stateDirectory + u"/process-groups"_s))
    , m_slotLimit(options.maxProcesses)
{
    ChildProcess::holdLowDescriptors();
    QDir().mkpath(options.jobsDirectory);
    QFile::setPermissions(
        options.jobsDirectory, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    connect(&registry, &RuntimeRegistry::interpreterResolved, this, [this] {
        for (const auto &[id, candidate] : m_pools) {
            candidate->interpreterChanged();
        }
    });
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this](const QString &folder) {
        for (const PoolId id : m_folders.keys(folder)) {
            if (Pool *changed = pool(id)) {
                changed->filesChanged();
            }
        }
    });
}

RunnerContext::~RunnerContext()
{
    observer = nullptr;
    m_pools.clear();
}

PoolId RunnerContext::openPool(const PoolSpec &spec)
{
    const PoolId id = m_nextPool++;
    m_pools.emplace(id, std::make_unique<Pool>(*this, id, spec));
    return id;
}

Pool *RunnerContext::pool(PoolId id) const
{
    const auto it = m_pools.find(id);
    return it == m_pools.end() ? nullptr : it->second.get();
}

void RunnerContext::removePool(PoolId id)
{
    const auto it = m_pools.find(id);
    if (it != m_pools.end()) {
        m_buriedPools.push_back(std::move(it->second));
        m_pools.erase(it);
        const QString folder = m_folders.take(id);
        if (!folder.isEmpty() && m_folders.key(folder) == 0) {
            m_watcher.removePath(folder);
        }
        emptyGraveyardLater();
    }
}

void RunnerContext::takeSlot()
{
    ++m_slotsUsed;
}

void RunnerContext::freeSlot()
{
    --m_slotsUsed;
    if (!m_slotsQueued) {
        m_slotsQueued = true;
        later([this] { slotsChanged(); });
    }
}

void RunnerContext::slotsChanged()
{
    m_slotsQueued = false;
    // Each pool has its turn: the one after the last that was served goes first.
    std::vector<PoolId> order;
    order.reserve(m_pools.size());
    for (auto it = m_pools.upper_bound(m_lastServed); it != m_pools.end(); ++it) {
        order.push_back(it->first);
    }
    for (auto it = m_pools.begin(); it != m_pools.upper_bound(m_lastServed); ++it) {
        order.push_back(it->first);
    }
    for (const PoolId id : order) {
        if (freeSlots() <= 0) {
            return;
        }
        Pool *candidate = pool(id);
        if (candidate != nullptr) {
            const int before = freeSlots();
            candidate->pump();
            candidate->announceCapacity();
            if (freeSlots() < before) {
                m_lastServed = id;
            }
        }
    }
}

SessionSettings RunnerContext::sessionSettings(const PoolSpec &spec, const QString &program) const
{
    SessionSettings settings;
    settings.program = program;
    settings.timeoutMs = spec.timeoutMs;
    settings.termGraceMs = options.termGraceMs;
    settings.drainMs = options.drainMs;
    settings.exitGraceMs = options.exitGraceMs;
    settings.maxResultBytes = options.maxResultBytes;
    return settings;
}

Result<JobDirectory> RunnerContext::newDirectory() const
{
    auto directory = JobDirectory::create(options.jobsDirectory);
    if (!directory) {
        // The temporary folder may have been cleaned up under a long-running service.
        QDir().mkpath(options.jobsDirectory);
        return JobDirectory::create(options.jobsDirectory);
    }
    return directory;
}

void RunnerContext::later(std::function<void()> action)
{
    QMetaObject::invokeMethod(this, std::move(action), Qt::QueuedConnection);
}

void RunnerContext::reportLater(RunId id, RunOutcome outcome)
{
    later([this, id, outcome = std::move(outcome)]() mutable {
        if (observer != nullptr) {
            observer->runFinished(id, std::move(outcome));
        }
    });
}

void RunnerContext::emptyGraveyardLater()
{
    if (!m_graveyardQueued) {
        m_graveyardQueued = true;
        later([this] { emptyGraveyard(); });
    }
}

void RunnerContext::bury(std::unique_ptr<DriverSession> session)
{
    m_buriedSessions.push_back(std::move(session));
    emptyGraveyardLater();
}

void RunnerContext::bury(std::unique_ptr<ExecutableRun> run)
{
    m_buriedRuns.push_back(std::move(run));
    emptyGraveyardLater();
}

void RunnerContext::emptyGraveyard()
{
    m_graveyardQueued = false;
    m_buriedSessions.clear();
    m_buriedRuns.clear();
    m_buriedPools.clear();
}

void RunnerContext::groupStarted(const ProcessGroup &group)
{
    m_guard.add(group);
    ++m_groupCount;
    if (options.memoryLimitBytes > 0 && !m_memoryTimer) {
        m_memoryTimer = clock.after(kMemoryCheckMs, [this] { checkMemory(); });
    }
}

void RunnerContext::groupEnded(const ProcessGroup &group)
{
    m_guard.remove(group);
    --m_groupCount;
}

void RunnerContext::watch(PoolId id, const QString &folder)
{
    const QString former = m_folders.value(id);
    if (former == folder) {
        return;
    }
    m_folders.insert(id, folder);
    if (!former.isEmpty() && m_folders.key(former) == 0) {
        m_watcher.removePath(former);
    }
    if (m_watcher.directories().size() < kMaxWatchedFolders) {
        m_watcher.addPath(folder);
    }
}

void RunnerContext::checkMemory()
{
    const auto bytes = residentBytesByGroup();
    for (const auto &[id, candidate] : m_pools) {
        candidate->stopLarge(bytes, options.memoryLimitBytes);
    }
    // An idle service does not wake up for it.
    const std::unique_ptr<TimerHandle> current = std::move(m_memoryTimer);
    if (m_groupCount > 0) {
        m_memoryTimer = clock.after(kMemoryCheckMs, [this] { checkMemory(); });
    }
}

void RunnerContext::boundIdle()
{
    int count = 0;
    qint64 bytes = 0;
    for (const auto &[id, candidate] : m_pools) {
        count += candidate->idleCount();
        bytes += candidate->idleBytes();
    }
    while (count > options.maxIdleProcesses || (bytes > limits::kMaxIdleBytes && count > 1)) {
        Pool *oldest = nullptr;
        for (const auto &[id, candidate] : m_pools) {
            const auto since = candidate->oldestIdleMs();
            if (since && (oldest == nullptr || *since < *oldest->oldestIdleMs())) {
                oldest = candidate.get();
            }
        }
        if (oldest == nullptr) {
            return;
        }
        bytes -= oldest->idleBytes();
        oldest->endOldestIdle();
        bytes += oldest->idleBytes();
        --count;
    }
}

} // namespace earshot::runner
