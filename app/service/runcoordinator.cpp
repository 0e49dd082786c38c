// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/runcoordinator.h"

#include "app/service/outcomes.h"
#include "app/service/runfollowers.h"

#include <QJsonDocument>
#include <QPointer>
#include <QUuid>
#include <QtEndian>

#include <array>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

QString flowRefusal(const QString &path)
{
    return u"flows cannot be run by this version of Earshot: %1"_s.arg(path);
}

/// A run whose owner is gone cancels nothing but itself.
class CoordinatorInvocation final : public triggers::PendingInvocation
{
public:
    CoordinatorInvocation(RunCoordinator &coordinator, RunId id)
        : m_coordinator(&coordinator)
        , m_id(id)
    { }
    ~CoordinatorInvocation() override
    {
        if (m_coordinator.isNull()) {
            return;
        }
        if (ActiveRun *run = m_coordinator->find(m_id)) {
            run->done = nullptr;
            m_coordinator->cancel(m_id, u"no longer needed"_s, u"earshot"_s);
        }
    }
    Q_DISABLE_COPY_MOVE(CoordinatorInvocation)

private:
    QPointer<RunCoordinator> m_coordinator;
    RunId m_id;
};

} // namespace

RunCoordinator::RunCoordinator(Collaborators collaborators)
    : m_with(std::move(collaborators))
{
    m_with.executor.setObserver(this);
    connect(&m_with.journal, &storage::RunJournal::committed, this, &RunCoordinator::onCommitted);
}

RunCoordinator::~RunCoordinator()
{
    m_with.executor.setObserver(nullptr);
}

void RunCoordinator::setOwner(runner::PoolId pool, RunOwner *owner)
{
    if (owner != nullptr) {
        m_owners.insert(pool, owner);
    } else {
        m_owners.remove(pool);
    }
}

RunOwner *RunCoordinator::ownerOf(const ActiveRun &run) const
{
    return run.purpose == RunPurpose::Message && run.plan ? m_owners.value(run.plan->pool)
                                                          : nullptr;
}

ActiveRun &RunCoordinator::create(std::shared_ptr<const RunPlan> plan, RunPurpose purpose)
{
    auto run = std::make_unique<ActiveRun>();
    run->id = m_with.journal.takeId();
    run->plan = std::move(plan);
    run->purpose = purpose;
    run->receivedAtUs = m_with.clock.wallMicros();
    ActiveRun &reference = *run;
    m_runs.emplace(run->id, std::move(run));
    return reference;
}

ActiveRun &RunCoordinator::adopt(std::shared_ptr<const RunPlan> plan, const RunRecord &record)
{
    auto run = std::make_unique<ActiveRun>();
    run->id = record.id;
    run->plan = std::move(plan);
    run->purpose = record.purpose;
    run->recorded = true;
    run->binary = record.binary;
    run->receivedAtUs = record.receivedAtUs;
    run->message = record.message;
    run->args = record.args;
    run->recordedArgs = record.args;
    run->hasMessage = record.args.isEmpty();
    run->size = record.messageSize;
    run->bodyInStorage = run->hasMessage && record.message.size() != record.messageSize;
    if (!run->bodyInStorage) {
        m_waitingBytesInMemory += run->message.size();
    }
    ActiveRun &reference = *run;
    m_runs.emplace(record.id, std::move(run));
    return reference;
}

storage::NewRun RunCoordinator::newRun(
    const ActiveRun &run, RunStatus status, bool dispatched) const
{
    return {.id = run.id,
        .triggerId = run.plan->triggerId,
        .status = status,
        .purpose = run.purpose,
        .dispatched = dispatched,
        .binary = run.binary,
        .runnablePath = run.plan->runnablePath,
        .message = run.message,
        .args = run.recordedArgs,
        .eventUrl = run.plan->configuredUrl,
        .receivedAtUs = run.receivedAtUs};
}

void RunCoordinator::recordQueued(ActiveRun &run)
{
    run.stage = ActiveRun::Stage::Waiting;
    run.recorded = run.plan->durable;
    if (run.recorded) {
        m_with.journal.append(newRun(run, RunStatus::Queued, false));
        if (m_with.bodies != nullptr
            && m_waitingBytesInMemory + run.message.size() > kMaxWaitingBytesInMemory) {
            run.message = {};
            run.bodyInStorage = true;
        }
    }
    m_waitingBytesInMemory += run.message.size();
    if (m_with.events.wantsRunProgress()) {
        notify(run, RunStatus::Queued, nullptr, nullptr);
    }
}

void RunCoordinator::recordSuspended(ActiveRun &run)
{
    m_with.journal.append(newRun(run, RunStatus::Suspended, false));
    notify(run, RunStatus::Suspended, nullptr, nullptr);
    m_runs.erase(run.id);
}

void RunCoordinator::discard(ActiveRun &run)
{
    m_runs.erase(run.id);
}

void RunCoordinator::dispatch(ActiveRun &run)
{
    if (run.recorded && !run.bodyInStorage) {
        m_waitingBytesInMemory -= run.message.size();
    }
    if (!run.plan->durable) {
        submit(run);
        return;
    }
    run.stage = ActiveRun::Stage::Committing;
    const storage::RunJournal::Ticket ticket = run.recorded
        ? m_with.journal.markDispatched(run.plan->triggerId, run.id)
        : m_with.journal.append(newRun(run, RunStatus::Queued, true));
    run.recorded = true;
    m_awaiting.push_back({.ticket = ticket, .id = run.id});
}

void RunCoordinator::onCommitted(quint64 throughTicket)
{
    while (!m_awaiting.empty() && m_awaiting.front().ticket <= throughTicket) {
        const RunId id = m_awaiting.front().id;
        m_awaiting.pop_front();
        if (ActiveRun *run = find(id)) {
            if (run->cancelRequested) {
                settle(*run, cancelledOutcome(run->cancelReason, run->cancelBy));
            } else {
                submit(*run);
            }
        }
    }
}

void RunCoordinator::submit(ActiveRun &run)
{
    if (!run.bodyInStorage || m_with.bodies == nullptr) {
        submitNow(run);
        return;
    }
    run.stage = ActiveRun::Stage::Fetching;
    m_toFetch.append(run.id);
    if (m_toFetch.size() == 1) {
        QMetaObject::invokeMethod(this, &RunCoordinator::fetch, Qt::QueuedConnection);
    }
}

/// All that one turn wants is one question to the reader.
void RunCoordinator::fetch()
{
    const QList<RunId> ids = std::exchange(m_toFetch, {});
    m_with.bodies->readMessages(ids, [this, ids](const Result<BodySource::Bodies> &bodies) {
        for (qsizetype i = 0; i < ids.size(); ++i) {
            fetched(ids.at(i), bodies ? bodies->at(i) : Result<QByteArray>(bodies.error()));
        }
    });
}

void RunCoordinator::fetched(RunId id, const Result<QByteArray> &body)
{
    ActiveRun *found = find(id);
    if (found == nullptr) {
        return;
    }
    if (found->cancelRequested) {
        settle(*found, cancelledOutcome(found->cancelReason, found->cancelBy));
    } else if (!body) {
        settle(*found,
            errorOutcome(RunStatus::Failure, u"StorageError"_s,
                u"the message of this run could not be read back: %1"_s.arg(body.error().message)));
    } else {
        found->message = *body;
        found->bodyInStorage = false;
        submitNow(*found);
    }
}

void RunCoordinator::submitNow(ActiveRun &run)
{
    run.stage = ActiveRun::Stage::Submitted;
    ++run.attempts;
    const RunPlan &plan = *run.plan;
    runner::RunJob job{.id = run.id, .jobId = jobId(run.id), .username = plan.username};
    if (run.hasMessage) {
        job.message = run.binary ? run.message.toBase64() : run.message;
    }
    job.args = run.args;
    if (run.wantsEvent && run.hasMessage) {
        job.event = runner::RunJob::Event{
            .url = plan.configuredUrl, .triggerPath = plan.triggerPath, .binary = run.binary};
    }
    const runner::PoolId pool = plan.pool;
    if (RunOwner *owner = ownerOf(run)) {
        owner->runSubmitted(run);
    }
    if (plan.isFlow) {
        // Not from within this call, as the executor does it.
        QMetaObject::invokeMethod(
            this,
            [this, id = run.id] {
                if (ActiveRun *refused = find(id)) {
                    settleUnstarted(*refused, RunStatus::FailedToStart, u"ExecutionErr"_s,
                        flowRefusal(refused->plan->runnablePath));
                }
            },
            Qt::QueuedConnection);
        return;
    }
    m_with.executor.submit(pool, std::move(job));
}

void RunCoordinator::settleUnstarted(
    ActiveRun &run, RunStatus status, const QString &name, const QString &message)
{
    settle(run, errorOutcome(status, name, message));
}

void RunCoordinator::cancel(RunId id, const QString &reason, const QString &by)
{
    ActiveRun *run = find(id);
    if (run == nullptr || run->cancelRequested) {
        return;
    }
    run->cancelRequested = true;
    run->cancelReason = reason;
    run->cancelBy = by;
    switch (run->stage) {
    case ActiveRun::Stage::Committing:
    case ActiveRun::Stage::Fetching:
        return; // settled when the answer comes
    case ActiveRun::Stage::Submitted:
    case ActiveRun::Stage::Started:
        m_with.executor.cancel(id, reason, by);
        return;
    case ActiveRun::Stage::Waiting:
    case ActiveRun::Stage::BetweenAttempts:
    case ActiveRun::Stage::HandlingError:
        settle(*run, cancelledOutcome(reason, by));
        return;
    }
}

void RunCoordinator::cancelAll(const QString &reason, const QString &by)
{
    std::vector<RunId> ids;
    ids.reserve(m_runs.size());
    for (const auto &[id, run] : m_runs) {
        ids.push_back(id);
    }
    for (const RunId id : ids) {
        cancel(id, reason, by);
    }
}

ActiveRun *RunCoordinator::find(RunId id)
{
    const auto found = m_runs.find(id);
    return found == m_runs.end() ? nullptr : found->second.get();
}

RunStatus RunCoordinator::liveStatus(const ActiveRun &run) const
{
    return run.stage == ActiveRun::Stage::Waiting || run.stage == ActiveRun::Stage::Committing
            || run.stage == ActiveRun::Stage::Fetching
        ? RunStatus::Queued
        : RunStatus::Running;
}

QString RunCoordinator::jobId(RunId id) const
{
    // A uuid that needs no randomness per run and can be traced back to the run.
    std::array<uchar, 16> bytes{};
    qToBigEndian(m_with.profileSalt, bytes.data());
    qToBigEndian(static_cast<quint64>(id), bytes.data() + 8);
    bytes[6] = static_cast<uchar>((bytes[6] & 0x0F) | 0x80); // version 8: vendor-defined
    bytes[8] = static_cast<uchar>((bytes[8] & 0x3F) | 0x80);
    return QUuid::fromRfc4122(
        QByteArrayView(reinterpret_cast<const char *>(bytes.data()), std::ssize(bytes)))
        .toString(QUuid::WithoutBraces);
}

void RunCoordinator::runStarted(RunId id, qint64 startedAtUs)
{
    if (ActiveRun *run = find(id)) {
        run->stage = ActiveRun::Stage::Started;
        if (run->startedAtUs == 0) {
            run->startedAtUs = startedAtUs;
        }
        if (m_with.events.wantsRunProgress()) {
            notify(*run, RunStatus::Running, nullptr, nullptr);
        }
    }
}

void RunCoordinator::runSent(RunId id, const QByteArray &message, bool binary)
{
    if (ActiveRun *run = find(id)) {
        if (RunOwner *owner = ownerOf(*run)) {
            owner->runSent(*run, message, binary);
        }
    }
}

void RunCoordinator::runWrote(RunId id, runner::RunStream stream, QByteArrayView bytes)
{
    if (m_followers != nullptr) {
        m_followers->wrote(id, stream, bytes);
    }
}

void RunCoordinator::runReturned(RunId id)
{
    ActiveRun *run = find(id);
    if (run == nullptr) {
        return;
    }
    --run->attempts;
    run->stage = ActiveRun::Stage::Waiting;
    if (run->cancelRequested) {
        settle(*run, cancelledOutcome(run->cancelReason, run->cancelBy));
        return;
    }
    if (run->plan->durable && run->recorded) {
        m_with.journal.markQueued(run->plan->triggerId, id);
        m_waitingBytesInMemory += run->message.size();
    }
    if (RunOwner *owner = ownerOf(*run)) {
        owner->runReturned(*run);
    } else {
        dispatch(*run);
    }
}

void RunCoordinator::capacityAvailable(runner::PoolId pool)
{
    if (RunOwner *owner = m_owners.value(pool)) {
        owner->capacityAvailable();
    }
}

void RunCoordinator::runFinished(RunId id, RunOutcome outcome)
{
    ActiveRun *run = find(id);
    if (run == nullptr) {
        return;
    }
    if (run->startedAtUs != 0 && outcome.startedAtUs == 0) {
        outcome.startedAtUs = run->startedAtUs;
    }
    if (outcome.status == RunStatus::Success || outcome.status == RunStatus::Cancelled) {
        settle(*run, outcome);
        return;
    }
    attemptFailed(*run, std::move(outcome));
}

void RunCoordinator::settle(ActiveRun &run, const RunOutcome &outcome)
{
    const RunId id = run.id;
    RunOwner::ReplyReport report;
    if (run.stage == ActiveRun::Stage::Waiting && run.recorded) {
        m_waitingBytesInMemory -= run.message.size();
    }
    if (RunOwner *owner = ownerOf(run)) {
        // The reply goes out before the record is written: it never waits for the database.
        report = owner->runSettled(run, outcome);
    }
    RunOutcome shown = outcome;
    if (m_with.redact) {
        m_with.redact(shown);
    }
    storage::FinishedRun finished{.id = id,
        .outcome = shown,
        .attempts = run.attempts,
        .reply = report.reply,
        .replyError = report.error};
    if (run.recorded) {
        m_with.journal.finish(std::move(finished));
    } else {
        m_with.journal.appendFinished(newRun(run, outcome.status, false), std::move(finished));
    }
    notify(run, outcome.status, &shown, &report);
    if (m_followers != nullptr) {
        m_followers->ended(id, outcome.status);
    }
    const auto done = std::move(run.done);
    m_runs.erase(id);
    if (done) {
        done(outcome);
    }
}

void RunCoordinator::notify(const ActiveRun &run, RunStatus status, const RunOutcome *outcome,
    const RunOwner::ReplyReport *report)
{
    m_with.events.runChanged({.id = run.id,
        .status = status,
        .purpose = run.purpose,
        .triggerPath = run.plan->triggerPath,
        .runnablePath = run.plan->runnablePath,
        .message = run.hasMessage ? run.message : run.recordedArgs,
        .binary = run.binary,
        .receivedAtUs = run.receivedAtUs,
        .attempts = run.attempts,
        .outcome = outcome,
        .reply = report != nullptr ? &report->reply : nullptr,
        .replyError = report != nullptr ? &report->error : nullptr});
}

runner::PoolId RunCoordinator::oneOffPool(const QString &script, qint64 timeoutMs)
{
    const QString key = u"%1\n%2"_s.arg(script).arg(timeoutMs);
    if (const auto found = m_oneOffPools.constFind(key); found != m_oneOffPools.cend()) {
        return *found;
    }
    const runner::PoolId pool = m_with.executor.openPool({.script = script,
        .isolation = Isolation::Process,
        .timeoutMs = timeoutMs,
        .prefersStandby = false});
    m_oneOffPools.insert(key, pool);
    return pool;
}

std::unique_ptr<triggers::PendingInvocation> RunCoordinator::invoke(
    triggers::Invocation invocation, std::function<void(const RunOutcome &)> done)
{
    auto plan = std::make_shared<RunPlan>();
    plan->triggerId = m_with.triggerIdOf ? m_with.triggerIdOf(invocation.triggerPath) : 0;
    plan->triggerPath = invocation.triggerPath;
    plan->runnablePath = invocation.runnable.path;
    plan->username = "ws-"_L1 + invocation.triggerPath;
    plan->pool = oneOffPool(invocation.runnable.path, 600'000);
    plan->durable = false; // recorded once it ended: nothing is to be repeated after a crash
    ActiveRun &run = create(plan, invocation.purpose);
    run.hasMessage = false;
    run.done = std::move(done);
    const RunId id = run.id;
    auto pending = std::make_unique<CoordinatorInvocation>(*this, id);
    const auto args = m_with.references.resolveArgs(invocation.args);
    QString refusal;
    if (invocation.runnable.isFlow) {
        refusal = flowRefusal(invocation.runnable.path);
    } else if (!args) {
        refusal = args.error().message;
    }
    if (!refusal.isEmpty()) {
        // Not from within this call: the caller does not hold the pending invocation yet.
        QMetaObject::invokeMethod(
            this,
            [this, id, refusal] {
                if (ActiveRun *refused = find(id)) {
                    settleUnstarted(*refused, RunStatus::Failure, u"ExecutionErr"_s, refusal);
                }
            },
            Qt::QueuedConnection);
        return pending;
    }
    run.args = QJsonDocument(*args).toJson(QJsonDocument::Compact);
    run.recordedArgs = QJsonDocument(invocation.args).toJson(QJsonDocument::Compact);
    dispatch(run);
    return pending;
}

void RunCoordinator::startManual(ActiveRun &run, std::function<void(const RunOutcome &)> done)
{
    run.done = std::move(done);
    dispatch(run);
}

} // namespace earshot::service
