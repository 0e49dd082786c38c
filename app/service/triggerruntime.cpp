// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/triggerruntime.h"

#include "model/redaction.h"
#include "triggers/orderkey.h"
#include "triggers/replytext.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

RunQueue::Limits queueLimits(const DeliveryConfig &delivery)
{
    return {.maxCount = delivery.queueLimit,
        .overflow = delivery.overflow,
        .concurrency = delivery.concurrency};
}

qint64 timeoutMs(const TriggerConfig &config)
{
    const auto configured = static_cast<qint64>(config.delivery.timeoutSecs * 1000.0);
    return config.canReturnMessage ? std::min(configured, TriggerRuntime::kReplyLimitMs)
                                   : configured;
}

void add(triggers::SessionCounters &sum, const triggers::SessionCounters &part)
{
    sum.received += part.received;
    sum.receivedBytes += part.receivedBytes;
    sum.matched += part.matched;
    sum.ignoredBinary += part.ignoredBinary;
    sum.sent += part.sent;
    sum.sentBytes += part.sentBytes;
    sum.heartbeats += part.heartbeats;
    sum.connects += part.connects;
    sum.reconnects += part.reconnects;
    sum.oversized += part.oversized;
}

/// As long as a timer goes: a person at a debugger takes their time.
constexpr qint64 kNoTimeLimitMs = std::numeric_limits<int>::max() / 2;

} // namespace

TriggerRuntime::TriggerRuntime(qint64 triggerId, TriggerConfig config, Collaborators collaborators)
    : m_config(std::move(config))
    , m_with(std::move(collaborators))
    , m_plan(std::make_shared<RunPlan>())
    , m_queue(queueLimits(m_config.delivery))
    , m_suspended(m_config.mode == TriggerMode::Suspended)
{
    m_plan->triggerId = triggerId;
    m_plan->triggerPath = m_config.path;
    m_plan->runnablePath = m_config.runnable.path;
    m_plan->isFlow = m_config.runnable.isFlow;
    m_plan->username = "ws-"_L1 + m_config.path;
    m_plan->configuredUrl = m_config.url;
    m_plan->retry = m_config.retry;
    m_plan->errorHandlerPath = m_config.errorHandlerPath;
    m_plan->errorHandlerArgs = m_config.errorHandlerArgs;
    m_plan->durable = m_config.delivery.durable;
    m_plan->pool = m_with.executor.openPool(poolSpec());
    m_with.coordinator.setOwner(m_plan->pool, this);
    m_session = std::make_unique<triggers::TriggerSession>(m_config, m_with.session, *this);
    m_session->setWatched(m_with.events.wantsMessages(m_config.path));
}

TriggerRuntime::~TriggerRuntime()
{
    m_session.reset();
    m_with.coordinator.setOwner(m_plan->pool, nullptr);
    m_with.executor.closePool(m_plan->pool);
}

runner::PoolSpec TriggerRuntime::poolSpec() const
{
    if (m_debugPort != 0) {
        return {.script = m_config.runnable.path,
            .isolation = Isolation::Worker,
            .concurrency = 1,
            .timeoutMs = kNoTimeLimitMs,
            .debugPort = m_debugPort};
    }
    return {.script = m_config.runnable.path,
        .isolation = m_config.delivery.isolation,
        .concurrency = m_config.delivery.concurrency,
        .timeoutMs = timeoutMs(m_config)};
}

void TriggerRuntime::setDebugPort(quint16 port)
{
    m_debugPort = port;
    // Runs look their owner up by the plan's pool, so those of the old one stay ours.
    const runner::PoolId old = std::exchange(m_plan->pool, m_with.executor.openPool(poolSpec()));
    m_with.coordinator.setOwner(m_plan->pool, this);
    m_with.coordinator.setOwner(old, nullptr);
    m_with.executor.closePool(old);
    m_with.executor.prewarm(m_plan->pool);
    pump();
    m_with.events.triggerChanged(m_config.path);
}

void TriggerRuntime::holdBack(
    const ActiveRun &run, const QByteArray &text, bool binary, bool duringRun)
{
    const bool dropped = m_with.replies->add({.trigger = m_config.path,
        .run = run.id,
        .text = text,
        .binary = binary,
        .duringRun = duringRun,
        .atUs = m_with.clock.wallMicros()});
    if (dropped) {
        m_with.events.alert(m_config.path,
            u"more than %1 dry replies wait; the oldest was dropped"_s.arg(
                PendingReplies::kMaxPerTrigger));
    }
    m_with.events.triggerChanged(m_config.path);
}

Result<void> TriggerRuntime::sendHeldBack(RunId run, const QByteArray &text, bool binary)
{
    m_sendingFor = run;
    auto sent = m_session->send(text, binary, triggers::OutgoingKind::Reply);
    m_sendingFor = 0;
    return sent;
}

void TriggerRuntime::start()
{
    if (!m_suspended && !m_plan->isFlow) {
        m_with.executor.prewarm(m_plan->pool);
    }
    m_session->start();
    pump();
}

void TriggerRuntime::adopt(const QList<RunRecord> &records)
{
    for (const RunRecord &record : records) {
        ActiveRun &run = m_with.coordinator.adopt(m_plan, record);
        run.key = keyOf(record.message, record.binary);
        ++m_openRuns;
        if (admit(run)) {
            run.stage = ActiveRun::Stage::Waiting;
        }
    }
}

void TriggerRuntime::release(const QList<RunRecord> &records)
{
    m_paused = false;
    adopt(records);
    pump();
}

QByteArray TriggerRuntime::keyOf(const QByteArray &message, bool binary) const
{
    return m_config.delivery.orderBy.isEmpty() || binary
        ? QByteArray()
        : triggers::orderKey(message, m_config.delivery.orderBy);
}

int TriggerRuntime::freeCapacity() const
{
    return m_with.executor.capacity(m_plan->pool) - m_committing;
}

RunId TriggerRuntime::messageAccepted(QByteArray message, bool binary, quint64 connection)
{
    ActiveRun &run = m_with.coordinator.create(m_plan, RunPurpose::Message);
    run.binary = binary;
    run.connection = connection;
    run.size = message.size();
    run.message = std::move(message);
    const RunId id = run.id;
    if (m_suspended) {
        ++m_recordedSuspended;
        m_with.coordinator.recordSuspended(run);
        return id;
    }
    run.key = keyOf(run.message, binary);
    ++m_openRuns;
    const bool atOnce = m_queue.canStartAtOnce(run.key) && freeCapacity() > 0;
    if (!admit(run)) {
        return 0;
    }
    if (atOnce && m_queue.takeNext() == id) {
        ++m_committing;
        m_with.coordinator.dispatch(run);
    } else {
        m_with.coordinator.recordQueued(run);
    }
    return id;
}

bool TriggerRuntime::admit(ActiveRun &run)
{
    const auto result = m_queue.admit({.id = run.id, .bytes = run.size, .key = run.key});
    switch (result.admission) {
    case RunQueue::Admission::Accepted:
        return true;
    case RunQueue::Admission::MakeRoom:
        for (const RunId id : result.dropped) {
            if (ActiveRun *dropped = m_with.coordinator.find(id)) {
                m_with.coordinator.settleUnstarted(*dropped, RunStatus::Cancelled, u"Dropped"_s,
                    u"dropped from the full queue (%1 messages) to make room for a newer one"_s.arg(
                        m_queue.limits().maxCount));
            }
        }
        noteDropped(result.dropped.size());
        return true;
    case RunQueue::Admission::Refused:
    case RunQueue::Admission::Stop:
        break;
    }
    --m_openRuns;
    if (run.recorded) {
        // A released or recovered run stays on record as what it is.
        m_with.coordinator.settleUnstarted(run, RunStatus::Cancelled, u"Dropped"_s,
            u"dropped: the queue of the trigger is full"_s);
    } else {
        m_with.coordinator.discard(run);
    }
    noteDropped(1);
    if (result.admission == RunQueue::Admission::Stop) {
        const Error error{.code = ErrorCode::LimitExceeded,
            .message = u"stopped: the queue is full (%1 messages or %2 MiB wait)"_s
                           .arg(m_queue.limits().maxCount)
                           .arg(m_queue.limits().maxBytes / (1024 * 1024)),
            .detail = u"delivery.overflow is \"stop\"; the waiting messages are still run"_s};
        // From within a message: the session must not be torn down on its own call stack.
        QMetaObject::invokeMethod(
            this, [this, error] { sessionStopped(error); }, Qt::QueuedConnection);
    }
    return false;
}

void TriggerRuntime::noteDropped(quint64 count)
{
    m_own.dropped += count;
    m_droppedSinceAlert += count;
    const qint64 now = m_with.clock.monotonicMs();
    if (m_lastDropAlertMs == 0 || now - m_lastDropAlertMs >= kAlertIntervalMs) {
        m_lastDropAlertMs = now;
        m_with.events.alert(m_config.path,
            u"%1 messages dropped: the queue is full (limit %2)"_s.arg(m_droppedSinceAlert)
                .arg(m_queue.limits().maxCount));
        m_droppedSinceAlert = 0;
    }
}

void TriggerRuntime::pump()
{
    if (m_pumping || m_paused) {
        return;
    }
    m_pumping = true;
    while (freeCapacity() > 0) {
        const auto next = m_queue.takeNext();
        if (!next) {
            break;
        }
        if (ActiveRun *run = m_with.coordinator.find(*next)) {
            ++m_committing;
            m_with.coordinator.dispatch(*run);
        } else {
            m_queue.finished(*next);
        }
    }
    m_pumping = false;
}

void TriggerRuntime::capacityAvailable()
{
    pump();
}

void TriggerRuntime::runSubmitted(ActiveRun &run)
{
    if (run.attempts == 1) {
        --m_committing;
    }
}

void TriggerRuntime::runReturned(ActiveRun &run)
{
    m_queue.putBack({{.id = run.id, .bytes = run.size, .key = run.key}});
    // The others that come back in this turn take their places first.
    QMetaObject::invokeMethod(
        this, [this] { pump(); }, Qt::QueuedConnection);
}

void TriggerRuntime::runSent(ActiveRun &run, const QByteArray &message, bool binary)
{
    if (m_with.replies != nullptr && m_with.replies->isDry(m_config.path)) {
        holdBack(run, message, binary, true);
        return;
    }
    const bool sameConnection = run.connection != 0 && run.connection == m_session->connection();
    m_sendingFor = run.id;
    const auto sent = sameConnection
        ? m_session->send(message, binary, triggers::OutgoingKind::Script)
        : Result<void>(Error{.code = ErrorCode::Unavailable,
            .message = u"the connection the message came from is closed"_s,
            .detail = {}});
    m_sendingFor = 0;
    if (!sent) {
        ++m_own.lostReplies;
        m_with.events.alert(m_config.path,
            u"a message sent by run %1 was not delivered: %2"_s.arg(run.id).arg(
                sent.error().message));
    }
}

RunOwner::ReplyReport TriggerRuntime::runSettled(ActiveRun &run, const RunOutcome &outcome)
{
    --m_openRuns;
    switch (run.stage) {
    case ActiveRun::Stage::Waiting:
        m_queue.remove(run.id);
        break;
    case ActiveRun::Stage::Committing:
    case ActiveRun::Stage::Fetching:
        --m_committing;
        m_queue.finished(run.id);
        break;
    default:
        m_queue.finished(run.id);
    }
    const bool success = outcome.status == RunStatus::Success;
    if (success) {
        ++m_own.succeeded;
        m_failuresInARow = 0;
    } else if (outcome.status != RunStatus::Cancelled) {
        ++m_own.failed;
        countFailure(outcome);
    }
    ReplyReport report;
    const bool dry = m_with.replies != nullptr && m_with.replies->isDry(m_config.path);
    const bool answers = m_config.canReturnMessage && (dry || !m_suspended)
        && outcome.status != RunStatus::Cancelled;
    if (answers && (dry || run.connection != 0)) {
        const auto text = triggers::replyText(outcome.result, success,
            {.canReturnMessage = m_config.canReturnMessage,
                .canReturnErrorResult = m_config.canReturnErrorResult});
        if (text && dry) {
            holdBack(run, *text, false, false);
            report.error = u"held back: the replies of this trigger are dry"_s;
        } else if (text) {
            m_sendingFor = run.id;
            const auto sent = m_session->sendReply(run.connection, *text);
            m_sendingFor = 0;
            if (sent) {
                ++m_own.replies;
                report.reply = *text;
            } else {
                ++m_own.lostReplies;
                report.error = sent.error().message;
                m_with.events.alert(m_config.path, report.error);
            }
        }
    }
    if (m_queue.waitingCount() > 0) {
        pump();
    }
    checkDrained();
    return report;
}

void TriggerRuntime::countFailure(const RunOutcome &outcome)
{
    ++m_failuresInARow;
    const int limit = m_config.delivery.pauseAfterFailures;
    if (limit <= 0 || m_failuresInARow < limit || m_suspended) {
        return;
    }
    m_suspended = true;
    m_paused = true;
    const Error error{.code = ErrorCode::LimitExceeded,
        .message
        = u"suspended after %1 failed runs in a row; messages wait for `resume`"_s.arg(limit),
        .detail = QString::fromUtf8(outcome.result.left(512))};
    QMetaObject::invokeMethod(
        this,
        [this, error] {
            m_with.host.modeChangeNeeded(m_config.path, TriggerMode::Suspended, error);
        },
        Qt::QueuedConnection);
}

void TriggerRuntime::cancelWaiting(const QString &reason, const QString &by)
{
    for (const RunId id : m_queue.waitingIds()) {
        m_with.coordinator.cancel(id, reason, by);
    }
}

void TriggerRuntime::inheritWaiting(TriggerRuntime &previous)
{
    for (const RunId id : previous.m_queue.waitingIds()) {
        ActiveRun *run = m_with.coordinator.find(id);
        if (run == nullptr || !previous.m_queue.remove(id)) {
            continue;
        }
        --previous.m_openRuns;
        run->plan = m_plan;
        run->connection = 0; // the connection it came from goes with the previous one
        ++m_openRuns;
        (void)admit(*run);
    }
}

void TriggerRuntime::drain(std::function<void()> drained)
{
    m_drained = std::move(drained);
    m_session->stop();
    checkDrained();
}

void TriggerRuntime::checkDrained()
{
    if (m_drained && m_openRuns == 0) {
        // Never from within a call of one of its runs.
        QMetaObject::invokeMethod(this, std::exchange(m_drained, {}), Qt::QueuedConnection);
    }
}

void TriggerRuntime::setPaused(bool paused)
{
    m_paused = paused;
    pump();
}

TriggerCounters TriggerRuntime::counters() const
{
    TriggerCounters sum = m_base;
    add(sum.session, m_session->counters());
    sum.succeeded += m_own.succeeded;
    sum.failed += m_own.failed;
    sum.dropped += m_own.dropped;
    sum.replies += m_own.replies;
    sum.lostReplies += m_own.lostReplies;
    sum.queued = m_queue.waitingCount() + m_committing;
    sum.running = m_queue.runningCount() - m_committing;
    sum.queuedBytes = m_queue.waitingBytes();
    return sum;
}

void TriggerRuntime::messageSeen(
    const QByteArray &message, bool binary, triggers::MessageFate fate, RunId run)
{
    m_lastMessageAtUs = m_with.clock.wallMicros();
    m_with.events.messageSeen({.triggerPath = m_config.path,
        .message = message,
        .atUs = m_lastMessageAtUs,
        .binary = binary,
        .incoming = true,
        .fate = fate,
        .run = run});
}

void TriggerRuntime::messageSent(
    const QByteArray &message, bool binary, triggers::OutgoingKind kind)
{
    if (m_with.events.wantsMessages(m_config.path)) {
        m_with.events.messageSeen({.triggerPath = m_config.path,
            .message = message,
            .atUs = m_with.clock.wallMicros(),
            .binary = binary,
            .incoming = false,
            .run = m_sendingFor,
            .kind = kind});
    }
}

void TriggerRuntime::statusChanged(const triggers::SessionStatus &status)
{
    const auto tell = [this](SessionEvent event, const QString &text) {
        m_with.events.sessionEvent(m_config.path, event, text);
    };
    switch (status.phase) {
    case triggers::SessionPhase::Off:
        break;
    case triggers::SessionPhase::ResolvingUrl:
        tell(SessionEvent::ResolvingUrl, u"asking %1 for the URL"_s.arg(m_config.url));
        break;
    case triggers::SessionPhase::Connecting:
        tell(SessionEvent::Connecting,
            m_config.url.startsWith(u'$') ? u"connecting"_s
                                          : u"connecting to %1"_s.arg(maskUrl(m_config.url)));
        break;
    case triggers::SessionPhase::SendingInitialMessages:
        tell(SessionEvent::Starting, u"sending initial messages"_s);
        break;
    case triggers::SessionPhase::Ready:
        tell(SessionEvent::Ready, u"ready: connected to %1"_s.arg(status.peer));
        m_with.events.connectionReady(m_config.path, status);
        break;
    case triggers::SessionPhase::Waiting:
        tell(SessionEvent::Waiting, status.text);
        break;
    case triggers::SessionPhase::Stopped:
        tell(SessionEvent::Stopped, u"stopped: %1"_s.arg(status.text));
        break;
    }
    m_with.events.triggerChanged(m_config.path);
}

void TriggerRuntime::connectionOpened(const triggers::HandshakeInfo &info)
{
    QStringList lines{u"open after %1 ms"_s.arg(info.elapsedMs),
        u"URL: %1"_s.arg(maskUrl(m_config.url)), u"Peer: %1"_s.arg(info.peerAddress)};
    lines += info.subprotocol.isEmpty() ? u"Subprotocol: none"_s
                                        : u"Subprotocol: %1"_s.arg(info.subprotocol);
    lines += info.tlsProtocol.isEmpty() ? u"TLS: no, the connection is not encrypted"_s
                                        : u"TLS: %1, %2"_s.arg(info.tlsProtocol, info.tlsCipher);
    m_with.events.sessionEvent(m_config.path, SessionEvent::Open, lines.join(u'\n'));
}

void TriggerRuntime::pongReceived(qint64 roundTripMs)
{
    m_with.events.sessionEvent(
        m_config.path, SessionEvent::Pong, u"pong after %1 ms"_s.arg(roundTripMs));
}

void TriggerRuntime::connectionClosed(const triggers::CloseInfo &info)
{
    m_with.events.connectionClosed(m_config.path, info);
}

void TriggerRuntime::sessionStopped(const Error &error)
{
    m_with.events.alert(m_config.path,
        u"Disabling websocket trigger %1 because of error: %2"_s.arg(m_config.path, error.message));
    QMetaObject::invokeMethod(
        this,
        [this, error] {
            m_with.host.modeChangeNeeded(m_config.path, TriggerMode::Disabled, error);
        },
        Qt::QueuedConnection);
}

void TriggerRuntime::runnableFailed(const RunnableRef &runnable, const RunOutcome &outcome)
{
    RunPlan failed = *m_plan;
    failed.runnablePath = runnable.path;
    m_with.coordinator.reportFailure(failed, 0, outcome);
}

} // namespace earshot::service
