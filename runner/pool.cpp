// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/pool.h"

#include "runner/limits.h"
#include "runner/logging.h"
#include "runner/outcomes.h"
#include "runner/runnercontext.h"

#include <QFile>

#include <algorithm>
#include <limits>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr qint64 kVeryFastRunMicros = 200;
constexpr int kShortPrefetch = 8;
constexpr qint64 kReplenishDelayMs = 20;
/// Room is left on the request's line for everything else.
constexpr qint64 kMaxArgumentBytes = limits::kMaxRequestLineBytes - qint64(128) * 1024;

RunOutcome endedBeforeStart(RunStatus status, QByteArray result, qint64 nowUs)
{
    RunOutcome outcome;
    outcome.status = status;
    outcome.result = std::move(result);
    outcome.finishedAtUs = nowUs;
    return outcome;
}

} // namespace

Pool::Pool(RunnerContext &context, PoolId id, PoolSpec spec)
    : m_context(context)
    , m_id(id)
    , m_spec(std::move(spec))
{ }

Pool::~Pool() = default;

bool Pool::isWorkerMode() const
{
    return m_spec.isolation == Isolation::Worker
        && (!m_target || (!m_target->isExecutable() && m_target->runtime->worker));
}

int Pool::concurrency() const
{
    if (m_spec.concurrency > 0) {
        return m_spec.concurrency;
    }
    return isWorkerMode() ? 1 : std::numeric_limits<int>::max();
}

int Pool::runningCount() const
{
    int count = static_cast<int>(m_direct.size());
    for (const auto &member : m_members) {
        if (member->role != Role::Standby) {
            ++count;
        }
    }
    return count;
}

int Pool::window(const DriverSession &session) const
{
    if (!session.isOpen()
        || (session.inFlight() > 0 && session.inFlightBytes() >= limits::kMaxPrefetchBytes)) {
        return 0;
    }
    // A run that takes long gains nothing from prefetch, and those behind it could not be cancelled
    // or given to another worker.
    const qint64 mean = session.meanRunMicros();
    if (mean < 0 || mean > limits::kPrefetchRunMicros) {
        return 1;
    }
    return mean > kVeryFastRunMicros ? kShortPrefetch : limits::kMaxPrefetchRuns;
}

int Pool::capacity() const
{
    int free = 0;
    if (isWorkerMode()) {
        int live = 0;
        for (const auto &member : m_members) {
            ++live;
            if (member->role == Role::Worker) {
                free += std::max(window(*member->session) - member->session->inFlight(), 0);
            }
        }
        if (m_restartAtMs == 0) {
            free += std::max(concurrency() - live, 0);
        }
    } else {
        free = std::min(concurrency() - runningCount(), m_context.freeSlots());
    }
    free -= waiting();
    if (free <= 0 || m_closed) {
        m_starved = true;
        return 0;
    }
    return free;
}

void Pool::announceCapacity()
{
    if (m_starved && !m_closed && capacity() > 0) {
        m_starved = false;
        if (m_context.observer != nullptr) {
            m_context.observer->capacityAvailable(m_id);
        }
    }
}

void Pool::submit(RunJob job)
{
    if (job.args.size() > kMaxArgumentBytes) {
        m_context.reportLater(job.id,
            endedBeforeStart(RunStatus::FailedToStart,
                outcomes::executionError(
                    u"the arguments have %1 bytes, more than the limit of %2"_s.arg(
                        QString::number(job.args.size()), QString::number(kMaxArgumentBytes)),
                    job.stepId),
                m_context.clock.wallMicros()));
        return;
    }
    m_waiting.push_back(std::move(job));
    pump();
    (void)capacity(); // remembers that it is used up
}

void Pool::pump()
{
    if (m_pumping) {
        return;
    }
    m_pumping = true;
    while (!m_waiting.empty() && prepare()) {
        const bool handed = m_target->isExecutable() ? runExecutable()
            : isWorkerMode()                         ? dispatchToWorker()
                                                     : dispatchToProcess();
        if (!handed) {
            break;
        }
    }
    m_pumping = false;
}

bool Pool::dispatchToWorker()
{
    Member *member = freeWorker();
    if (member == nullptr) {
        return false;
    }
    RunJob job = std::move(m_waiting.front());
    m_waiting.pop_front();
    hand(*member, std::move(job));
    if (!m_flushQueued) {
        // One write for everything that is submitted in this turn of the loop.
        m_flushQueued = true;
        m_context.later([&context = m_context, id = m_id] {
            if (Pool *pool = context.pool(id)) {
                pool->flush();
            }
        });
    }
    return true;
}

void Pool::flush()
{
    m_flushQueued = false;
    for (const auto &member : m_members) {
        if (!member->session->isOver()) {
            member->session->flush();
        }
    }
}

Pool::Member *Pool::freeWorker()
{
    Member *best = nullptr;
    for (const auto &member : m_members) {
        if (member->role == Role::Worker && member->session->inFlight() < window(*member->session)
            && (best == nullptr || member->session->inFlight() < best->session->inFlight())) {
            best = member.get();
        }
    }
    const bool mayStart = static_cast<int>(m_members.size()) < concurrency() && m_restartAtMs == 0;
    if (mayStart && (best == nullptr || best->session->inFlight() > 0)) {
        if (Member *started = startMember(Role::Worker)) {
            return started;
        }
        return m_waiting.empty() ? nullptr : best;
    }
    return best;
}

bool Pool::dispatchToProcess()
{
    if (runningCount() >= concurrency() || m_context.freeSlots() <= 0) {
        return false;
    }
    Member *member = readyStandby();
    if (member == nullptr) {
        member = startMember(Role::Busy);
        if (member == nullptr) {
            return !m_waiting.empty();
        }
    }
    member->role = Role::Busy;
    member->holdsSlot = true;
    m_context.takeSlot();
    RunJob job = std::move(m_waiting.front());
    m_waiting.pop_front();
    hand(*member, std::move(job));
    scheduleReplenish(kReplenishDelayMs);
    return true;
}

bool Pool::runExecutable()
{
    if (runningCount() >= concurrency() || m_context.freeSlots() <= 0) {
        return false;
    }
    RunJob job = std::move(m_waiting.front());
    m_waiting.pop_front();
    auto directory = m_context.newDirectory();
    if (!directory) {
        m_context.reportLater(job.id,
            endedBeforeStart(RunStatus::FailedToStart,
                outcomes::failedToStart(directory.error(), job.stepId),
                m_context.clock.wallMicros()));
        return true;
    }
    ChildSpec spec;
    spec.program = QFile::encodeName(m_target->file);
    spec.environment
        = m_context.environment.forProcess(m_spec.script, job, m_context.clock.wallMicros());
    spec.workingDirectory = directory->path();
    spec.channels = ChildSpec::Channels::Executable;
    auto run = ExecutableRun::start(
        m_context.clock, spec, m_context.sessionSettings(m_spec, m_target->program), job, *this);
    if (!run) {
        m_context.reportLater(job.id,
            endedBeforeStart(RunStatus::FailedToStart,
                outcomes::failedToStart(run.error(), job.stepId), m_context.clock.wallMicros()));
        return true;
    }
    m_context.groupStarted((*run)->group());
    m_context.takeSlot();
    m_direct.push_back(std::make_unique<Direct>(
        Direct{.run = std::move(run).value(), .directory = std::move(directory).value()}));
    m_context.later(
        [&context = m_context, id = m_id, runId = job.id, at = m_context.clock.wallMicros()] {
            if (context.pool(id) != nullptr && context.observer != nullptr) {
                context.observer->runStarted(runId, at);
            }
        });
    return true;
}

ChildSpec Pool::childSpec(const JobDirectory &directory) const
{
    ChildSpec spec;
    spec.program = QFile::encodeName(m_target->interpreter);
    QStringList argv = m_target->runtime->argv;
    if (m_spec.debugPort != 0 && !m_target->runtime->debugArgv.isEmpty()) {
        argv = m_target->runtime->debugArgv;
        argv.replaceInStrings(u"{port}"_s, QString::number(m_spec.debugPort));
    }
    spec.arguments = m_target->runtime->arguments(argv, m_target->file);
    spec.environment = m_environment;
    spec.workingDirectory = directory.path();
    spec.wide = isWorkerMode();
    return spec;
}

Pool::Member *Pool::startMember(Role role)
{
    const auto fail = [this, role](const Error &error) -> Member * {
        if (role != Role::Standby && !m_waiting.empty()) {
            const RunJob &job = m_waiting.front();
            m_context.reportLater(job.id,
                endedBeforeStart(RunStatus::FailedToStart,
                    outcomes::failedToStart(error, job.stepId), m_context.clock.wallMicros()));
            m_waiting.pop_front();
        }
        return nullptr;
    };
    auto directory = m_context.newDirectory();
    if (!directory) {
        return fail(directory.error());
    }
    if (m_signature.isEmpty()) {
        m_signature = m_context.signatures.find(m_signatureKey);
    }
    SessionSettings settings = m_context.sessionSettings(m_spec, m_target->program);
    settings.serial = role == Role::Worker;
    auto session
        = DriverSession::start(m_context.clock, childSpec(*directory), std::move(settings), *this);
    if (!session) {
        return fail(session.error());
    }
    auto member = std::make_unique<Member>();
    member->session = std::move(session).value();
    member->directory = std::move(directory).value();
    member->role = role;
    member->idleSinceMs = m_context.clock.monotonicMs();
    m_context.groupStarted(member->session->group());
    if (role != Role::Busy) {
        member->session->load(m_signature);
        member->sentSignature = !m_signature.isEmpty();
        member->session->flush();
    }
    m_members.push_back(std::move(member));
    return m_members.back().get();
}

void Pool::hand(Member &member, RunJob job)
{
    const QByteArray environment
        = m_context.environment.forRun(job, m_context.clock.wallMicros(), member.sentUser);
    QByteArrayView signature;
    if (!member.sentSignature && !m_signature.isEmpty()) {
        signature = m_signature;
        member.sentSignature = true;
    }
    member.session->run(job, environment, signature);
}

Pool::Member *Pool::readyStandby()
{
    Member *best = nullptr;
    for (const auto &member : m_members) {
        if (member->role == Role::Standby && member->session->isOpen()
            && (best == nullptr || (member->session->isLoaded() && !best->session->isLoaded()))) {
            best = member.get();
        }
    }
    return best;
}

void Pool::scheduleReplenish(qint64 delayMs)
{
    if (!m_spec.prefersStandby || m_closed || m_standbyBroken) {
        return;
    }
    // Not at once: starting a process would hold up the run that was just handed out.
    m_replenishTimer = m_context.clock.after(delayMs, [this] { replenish(); });
}

void Pool::replenish()
{
    if (m_closed || m_standbyBroken || isWorkerMode() || readyStandby() != nullptr || !prepare()
        || m_target->isExecutable() || !m_target->runtime->standby) {
        return;
    }
    (void)startMember(Role::Standby);
    armIdleTimer();
}

void Pool::prewarm()
{
    if (!prepare() || m_target->isExecutable()) {
        return;
    }
    if (!isWorkerMode()) {
        replenish();
        return;
    }
    if (m_members.empty() && m_restartAtMs == 0) {
        (void)startMember(Role::Worker);
    }
}

Pool::Member *Pool::memberOf(const DriverSession &session)
{
    for (const auto &member : m_members) {
        if (member->session.get() == &session) {
            return member.get();
        }
    }
    return nullptr;
}

void Pool::sessionLoaded(DriverSession &session, bool failed)
{
    Member *member = memberOf(session);
    if (member == nullptr) {
        return;
    }
    m_standbyBroken = m_standbyBroken || failed;
    member->idleSinceMs = m_context.clock.monotonicMs();
    if (member->role == Role::Standby || session.inFlight() == 0) {
        member->residentBytes = residentBytes(session.group().pgid);
        m_context.later([&context = m_context] { context.boundIdle(); });
    }
}

void Pool::sessionRunStarted(RunId id, qint64 startedAtUs)
{
    if (m_context.observer != nullptr) {
        m_context.observer->runStarted(id, startedAtUs);
    }
}

void Pool::sessionRunSent(RunId id, const QByteArray &message, bool binary)
{
    if (m_context.observer != nullptr) {
        m_context.observer->runSent(id, message, binary);
    }
}

void Pool::sessionRunWrote(RunId id, RunStream stream, QByteArrayView bytes)
{
    if (m_context.observer != nullptr && m_context.followed.contains(id)) {
        m_context.observer->runWrote(id, stream, bytes);
    }
}

void Pool::sessionRunFinished(DriverSession &session, RunId id, RunOutcome outcome)
{
    m_context.followed.remove(id);
    if (outcome.status == RunStatus::Success || outcome.status == RunStatus::Failure) {
        m_backoffMs = session.isOver() ? m_backoffMs : 0;
    }
    if (Member *member = memberOf(session)) {
        member->idleSinceMs = session.idleSinceMs();
    }
    if (m_cancelling) {
        m_context.reportLater(id, std::move(outcome));
    } else if (m_context.observer != nullptr) {
        m_context.observer->runFinished(id, std::move(outcome));
    }
}

void Pool::sessionRunReturned(DriverSession &session, RunId id)
{
    Q_UNUSED(session)
    if (m_context.observer != nullptr) {
        m_context.observer->runReturned(id);
    }
}

void Pool::sessionProgressed(DriverSession &session)
{
    if (session.inFlight() == 0) {
        const Member *member = memberOf(session);
        if (member != nullptr && member->role == Role::Ending) {
            session.finish();
        }
    }
    pump();
    announceCapacity();
    if (m_closed) {
        removeIfDone();
    }
}

void Pool::sessionEnded(DriverSession &session)
{
    const auto it = std::find_if(m_members.begin(), m_members.end(),
        [&session](const auto &member) { return member->session.get() == &session; });
    if (it == m_members.end()) {
        return;
    }
    const std::unique_ptr<Member> member = std::move(*it);
    m_members.erase(it);
    m_context.groupEnded(session.group());
    if (member->role == Role::Worker && !m_closed) {
        // It was not asked to end. One that keeps dying is not restarted in a circle.
        m_backoffMs = m_backoffMs == 0 ? limits::kRestartBackoffMinMs
                                       : std::min(m_backoffMs * 2, limits::kRestartBackoffMaxMs);
        if (m_backoffMs > limits::kRestartBackoffMinMs) {
            m_restartAtMs = m_context.clock.monotonicMs() + m_backoffMs;
            m_restartTimer = m_context.clock.after(m_backoffMs, [this] {
                m_restartAtMs = 0;
                pump();
                announceCapacity();
            });
        }
    }
    if (member->role == Role::Standby && !session.isLoaded()) {
        m_standbyBroken = true;
    }
    m_context.bury(std::move(member->session));
    if (member->holdsSlot) {
        m_context.freeSlot();
    }
    if (member->role == Role::Busy) {
        scheduleReplenish(0);
    }
    if (m_spec.debugPort != 0 && !m_closed) {
        // Whoever wants to attach must not have to wait for a message.
        m_context.later([&context = m_context, id = m_id] {
            if (Pool *pool = context.pool(id)) {
                pool->prewarm();
            }
        });
    }
    pump();
    announceCapacity();
    removeIfDone();
}

void Pool::executableFinished(ExecutableRun &run, RunOutcome outcome)
{
    const auto it = std::find_if(m_direct.begin(), m_direct.end(),
        [&run](const auto &direct) { return direct->run.get() == &run; });
    if (it == m_direct.end()) {
        return;
    }
    const std::unique_ptr<Direct> direct = std::move(*it);
    m_direct.erase(it);
    m_context.groupEnded(run.group());
    const RunId id = run.id();
    m_context.followed.remove(id);
    m_context.bury(std::move(direct->run));
    m_context.freeSlot();
    if (m_context.observer != nullptr) {
        m_context.observer->runFinished(id, std::move(outcome));
    }
    pump();
    announceCapacity();
    removeIfDone();
}

bool Pool::cancel(RunId id, const QString &reason, const QString &by)
{
    const auto job = std::find_if(m_waiting.begin(), m_waiting.end(),
        [id](const RunJob &waiting) { return waiting.id == id; });
    if (job != m_waiting.end()) {
        m_waiting.erase(job);
        m_context.reportLater(id,
            endedBeforeStart(RunStatus::Cancelled, outcomes::cancelled(reason, by),
                m_context.clock.wallMicros()));
        removeIfDone();
        return true;
    }
    for (const auto &member : m_members) {
        m_cancelling = true;
        const bool held = member->session->cancel(id, reason, by);
        m_cancelling = false;
        if (held) {
            return true;
        }
    }
    for (const auto &direct : m_direct) {
        if (direct->run->id() == id) {
            direct->run->cancel(reason, by);
            return true;
        }
    }
    return false;
}

void Pool::panic()
{
    const qint64 now = m_context.clock.wallMicros();
    for (const RunJob &job : std::exchange(m_waiting, {})) {
        m_context.reportLater(job.id,
            endedBeforeStart(RunStatus::Cancelled,
                outcomes::cancelled(u"everything was stopped"_s, u"earshot"_s), now));
    }
    for (const auto &member : m_members) {
        member->session->kill(DriverSession::StopCause::Panic);
    }
    for (const auto &direct : m_direct) {
        direct->run->kill(DriverSession::StopCause::Panic);
    }
}

bool Pool::isEmpty() const
{
    return m_waiting.empty() && m_members.empty() && m_direct.empty();
}

void Pool::appendGroups(QList<ProcessGroup> &groups) const
{
    for (const auto &member : m_members) {
        groups.append(member->session->group());
    }
    for (const auto &direct : m_direct) {
        groups.append(direct->run->group());
    }
}

} // namespace earshot::runner
