// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/triggersession.h"

#include "triggers/connectsetup.h"
#include "triggers/replytext.h"

#include <QCoreApplication>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::triggers {

namespace {

/// The message in memory of its own size.
QByteArray kept(const QByteArray &message)
{
    return message.capacity() <= 2 * message.size() + 64
        ? message
        : QByteArray(message.constData(), message.size());
}

QString seconds(qint64 milliseconds)
{
    return milliseconds % 1000 == 0
        ? QString::number(milliseconds / 1000)
        : QString::number(static_cast<double>(milliseconds) / 1000, 'f', 1);
}

} // namespace

QString toString(SessionPhase phase)
{
    switch (phase) {
    case SessionPhase::Off:
        return u"off"_s;
    case SessionPhase::ResolvingUrl:
        return u"resolving_url"_s;
    case SessionPhase::Connecting:
        return u"connecting"_s;
    case SessionPhase::SendingInitialMessages:
        return u"sending_initial_messages"_s;
    case SessionPhase::Ready:
        return u"ready"_s;
    case SessionPhase::Waiting:
        return u"waiting"_s;
    case SessionPhase::Stopped:
        return u"stopped"_s;
    }
    return {};
}

QString toString(OutgoingKind kind)
{
    switch (kind) {
    case OutgoingKind::Initial:
        return u"initial"_s;
    case OutgoingKind::Heartbeat:
        return u"heartbeat"_s;
    case OutgoingKind::Reply:
        return u"reply"_s;
    case OutgoingKind::Script:
        return u"script"_s;
    case OutgoingKind::User:
        return u"user"_s;
    }
    return {};
}

TriggerSession::TriggerSession(
    TriggerConfig config, SessionEnvironment environment, SessionObserver &observer)
    : m_config(std::move(config))
    , m_environment(std::move(environment))
    , m_observer(observer)
    , m_policy(m_config.reconnectPolicy, m_environment.uniform)
{
    if (auto compiled = FilterProgram::compile(m_config.filtersJson, m_config.filterLogic)) {
        m_filter = std::move(compiled).value();
    } else {
        m_filterError = compiled.error();
    }
    if (m_config.heartbeat) {
        m_heartbeat.emplace(m_config.heartbeat->message, m_config.heartbeat->stateField);
    }
}

TriggerSession::~TriggerSession()
{
    dropConnection();
}

void TriggerSession::start()
{
    if (m_status.phase == SessionPhase::Off || m_status.phase == SessionPhase::Stopped) {
        m_policy.reset();
        begin();
    }
}

void TriggerSession::stop()
{
    WebSocketConnection *leaving
        = m_connectionSerial != 0 ? std::exchange(m_connection, nullptr) : nullptr;
    dropConnection();
    m_retryTimer.reset();
    m_status = {};
    if (leaving == nullptr) {
        QMetaObject::invokeMethod(this, &TriggerSession::connectionGone, Qt::QueuedConnection);
        return;
    }
    leaving->disconnect(this);
    // It outlives the session if it has to: it deletes itself once it is closed.
    leaving->setParent(QCoreApplication::instance());
    connect(leaving, &WebSocketConnection::closed, leaving, &QObject::deleteLater);
    connect(leaving, &WebSocketConnection::closed, this, &TriggerSession::connectionGone);
    leaving->close();
}

void TriggerSession::reconnect()
{
    if (m_connectionSerial != 0) {
        m_connection->close(); // closed() follows and decides
    }
}

void TriggerSession::setInitialAttemptLimit(int attempts)
{
    m_policy.setInitialAttemptLimit(attempts);
}

void TriggerSession::checkNow()
{
    if (m_status.phase == SessionPhase::Waiting && !m_heldOff) {
        m_policy.reset();
        begin();
    } else if (m_connection != nullptr && m_status.phase == SessionPhase::Ready) {
        m_connection->probe();
    }
}

void TriggerSession::holdOff(const QString &reason)
{
    if (m_heldOff || m_status.phase == SessionPhase::Off
        || m_status.phase == SessionPhase::Stopped) {
        return;
    }
    m_heldOff = true;
    dropConnection();
    m_retryTimer.reset();
    setPhase(SessionPhase::Waiting, reason);
}

void TriggerSession::resumeAccepting()
{
    if (std::exchange(m_heldOff, false)) {
        begin();
    }
}

void TriggerSession::setPhase(SessionPhase phase, const QString &text)
{
    m_status.phase = phase;
    m_status.text = m_environment.mask ? m_environment.mask(text) : text;
    if (phase != SessionPhase::Waiting) {
        m_status.nextAttemptAtMs = 0;
    }
    m_status.phaseSinceUs = m_environment.clock.wallMicros();
    m_observer.statusChanged(m_status);
}

void TriggerSession::begin()
{
    m_retryTimer.reset();
    dropConnection();
    if (m_filterError) {
        // Upstream leaves out what it cannot read, and runs the script on messages nobody asked
        // for.
        stopWith(*m_filterError);
        return;
    }
    if (urlRunnable(m_config.url)) {
        resolveUrl();
        return;
    }
    if (isInvalidDollarUrl(m_config.url)) {
        stopWith(invalidDollarUrl(m_config.url));
        return;
    }
    connectTo(m_config.url);
}

void TriggerSession::resolveUrl()
{
    const RunnableRef runnable = *urlRunnable(m_config.url);
    setPhase(SessionPhase::ResolvingUrl, u"Waiting on runnable to return WebSocket URL..."_s);
    m_pending = m_environment.invoker.invoke({.purpose = RunPurpose::Url,
                                                 .triggerPath = m_config.path,
                                                 .runnable = runnable,
                                                 .args = m_config.urlArgs},
        [this](const RunOutcome &outcome) { urlRunnableFinished(outcome); });
}

void TriggerSession::urlRunnableFinished(const RunOutcome &outcome)
{
    m_pending.reset();
    const RunnableRef runnable = *urlRunnable(m_config.url);
    const auto url = urlFromOutcome(runnable, outcome);
    if (url) {
        connectTo(*url);
        return;
    }
    m_observer.runnableFailed(runnable, outcome);
    // The wording says five tries, upstream makes one: kept, people search for it.
    setback(Setback::RunnableFailed,
        {.code = ErrorCode::Unavailable,
            .message = u"Error getting WebSocket URL from runnable after 5 tries: %1"_s.arg(
                url.error().message),
            .detail = {}},
        {});
}

void TriggerSession::connectTo(const QString &url)
{
    const auto request = buildConnectRequest(m_config, url, m_environment.references);
    if (!request) {
        setback(Setback::PermanentFailure, request.error(), {});
        return;
    }
    setPhase(SessionPhase::Connecting, u"Connecting..."_s);
    m_connection = new WebSocketConnection(this);
    connect(m_connection, &WebSocketConnection::opened, this, &TriggerSession::onOpened);
    connect(m_connection, &WebSocketConnection::textReceived, this, &TriggerSession::onText);
    connect(m_connection, &WebSocketConnection::binaryReceived, this, &TriggerSession::onBinary);
    connect(m_connection, &WebSocketConnection::pongReceived, this,
        [this](qint64 roundTripMs) { m_observer.pongReceived(roundTripMs); });
    connect(m_connection, &WebSocketConnection::closed, this, &TriggerSession::onClosed);
    m_connection->open(*request);
}

void TriggerSession::onOpened(const HandshakeInfo &info)
{
    m_connectionSerial = ++m_lastSerial;
    ++m_counters.connects;
    if (m_counters.connects > 1) {
        ++m_counters.reconnects;
    }
    m_status.subprotocol = info.subprotocol;
    m_status.peer = info.peerAddress;
    m_state.reset();
    m_nextInitial = 0;
    m_observer.connectionOpened(info);
    if (m_config.initialMessages.isEmpty()) {
        becomeReady();
        return;
    }
    setPhase(SessionPhase::SendingInitialMessages, u"Sending initial messages..."_s);
    sendNextInitialMessage();
}

void TriggerSession::sendNextInitialMessage()
{
    while (m_nextInitial < m_config.initialMessages.size()) {
        const InitialMessage &message = m_config.initialMessages.at(m_nextInitial);
        if (message.raw) {
            const auto text = m_environment.references.resolveText(*message.raw);
            if (!text) {
                initialMessageFailed(text.error().message, Setback::PermanentFailure);
                return;
            }
            if (!sendInitial(rawMessageText(text->toUtf8()))) {
                return;
            }
            ++m_nextInitial;
            continue;
        }
        m_pending = m_environment.invoker.invoke({.purpose = RunPurpose::InitialMessage,
                                                     .triggerPath = m_config.path,
                                                     .runnable = message.runnable,
                                                     .args = message.args},
            [this, runnable = message.runnable](const RunOutcome &outcome) {
                m_pending.reset();
                if (outcome.status != RunStatus::Success) {
                    m_observer.runnableFailed(runnable, outcome);
                    initialMessageFailed(
                        u"%1 failed: %2"_s.arg(runnableLabel(runnable), errorText(outcome)),
                        Setback::RunnableFailed);
                } else if (sendInitial(resultText(outcome.result))) {
                    ++m_nextInitial;
                    sendNextInitialMessage();
                }
            });
        return;
    }
    becomeReady();
}

bool TriggerSession::sendInitial(const QByteArray &text)
{
    const auto sent = m_connection->sendText(text);
    if (!sent) {
        initialMessageFailed(sent.error().message, Setback::TransientFailure);
        return false;
    }
    noteSent(text, false, OutgoingKind::Initial);
    return true;
}

void TriggerSession::initialMessageFailed(const QString &why, Setback kind)
{
    dropConnection();
    // Upstream disables the trigger whatever the reason was.
    const bool windmill = m_config.reconnectPolicy == ReconnectPolicyKind::Windmill;
    setback(windmill ? Setback::PermanentFailure : kind,
        {.code = ErrorCode::Unavailable,
            .message = u"Error sending initial messages: %1"_s.arg(why),
            .detail = {}},
        {});
}

void TriggerSession::becomeReady()
{
    const qint64 now = m_environment.clock.monotonicMs();
    m_policy.noteReady(now);
    m_status.attempt = 0;
    setPhase(SessionPhase::Ready, {});
    if (m_config.heartbeat) {
        m_nextBeatMs = now + qint64(m_config.heartbeat->intervalSecs) * 1000;
        m_beatTimer = m_environment.clock.after(m_nextBeatMs - now, [this] { beat(); });
    }
    const auto held = std::exchange(m_held, {});
    m_heldBytes = 0;
    const quint64 serial = m_connectionSerial;
    for (const HeldMessage &message : held) {
        if (m_connectionSerial != serial) {
            return;
        }
        handle(message.data, message.binary);
    }
}

void TriggerSession::beat()
{
    const QByteArray text = m_heartbeat->render(m_state);
    if (m_connection->sendText(text)) {
        ++m_counters.heartbeats;
        noteSent(text, false, OutgoingKind::Heartbeat);
    }
    const qint64 interval = qint64(m_config.heartbeat->intervalSecs) * 1000;
    const qint64 now = m_environment.clock.monotonicMs();
    // Beats missed in a stall are not made up for: a burst is what rate limits punish.
    m_nextBeatMs += interval;
    if (m_nextBeatMs <= now) {
        m_nextBeatMs = now + interval;
    }
    m_beatTimer = m_environment.clock.after(m_nextBeatMs - now, [this] { beat(); });
}

void TriggerSession::onText(const QByteArray &utf8)
{
    ++m_counters.received;
    m_counters.receivedBytes += static_cast<quint64>(utf8.size());
    if (m_status.phase == SessionPhase::Ready || hold(utf8, false)) {
        if (m_status.phase == SessionPhase::Ready) {
            handle(utf8, false);
        }
    }
}

void TriggerSession::onBinary(const QByteArray &data)
{
    ++m_counters.received;
    m_counters.receivedBytes += static_cast<quint64>(data.size());
    if (m_config.delivery.binary == BinaryHandling::Ignore) {
        ++m_counters.ignoredBinary;
        if (m_watched) {
            m_observer.messageSeen(data, true, MessageFate::Ignored, 0);
        }
        return;
    }
    if (m_status.phase == SessionPhase::Ready) {
        handle(data, true);
    } else {
        (void)hold(data, true);
    }
}

bool TriggerSession::hold(const QByteArray &message, bool binary)
{
    if (m_connection == nullptr) {
        return false;
    }
    m_heldBytes += message.size();
    if (std::ssize(m_held) >= kMaxHeldMessages || m_heldBytes > kMaxHeldBytes) {
        dropConnection();
        setback(Setback::ClosedAfterReady,
            {.code = ErrorCode::LimitExceeded,
                .message
                = u"more than %1 messages or %2 MiB arrived while the initial messages were being sent"_s
                      .arg(kMaxHeldMessages)
                      .arg(kMaxHeldBytes / (1024 * 1024)),
                .detail = {}},
            {});
        return false;
    }
    m_held.push_back({.data = kept(message), .binary = binary});
    return true;
}

void TriggerSession::handle(const QByteArray &message, bool binary)
{
    // Binary data has no fields: only no filter, or none_of, lets it through.
    m_view.reset(binary ? QByteArrayView() : QByteArrayView(message));
    if (!binary && m_heartbeat && m_heartbeat->stateCapture()) {
        if (auto state = m_heartbeat->stateCapture()->capture(m_view)) {
            m_state = std::move(state);
        }
    }
    const bool matched = m_filter.matches(m_view);
    if (matched) {
        ++m_counters.matched;
    }
    if (!m_watched) {
        if (matched) {
            m_observer.messageAccepted(kept(message), binary, m_connectionSerial);
        }
        return;
    }
    MessageFate fate = MessageFate::Filtered;
    RunId run = 0;
    if (matched) {
        run = m_observer.messageAccepted(kept(message), binary, m_connectionSerial);
        fate = run != 0 ? MessageFate::Accepted : MessageFate::Dropped;
    }
    m_observer.messageSeen(message, binary, fate, run);
}

void TriggerSession::onClosed(const CloseInfo &info)
{
    const bool wasOpen = m_connectionSerial != 0;
    if (info.kind == CloseKind::MessageTooLarge) {
        ++m_counters.oversized;
    }
    dropConnection();
    if (wasOpen) {
        m_observer.connectionClosed(info);
    }
    const Error error{
        .code = ErrorCode::Unavailable, .message = info.message, .detail = info.reason};
    if (wasOpen) {
        setback(Setback::ClosedAfterReady, error, u"WebSocket closed"_s);
    } else if (info.httpStatus == 401 || info.httpStatus == 403 || info.httpStatus == 404) {
        setback(Setback::RefusedByServer, error, {});
    } else {
        setback(
            info.isTransient() ? Setback::TransientFailure : Setback::PermanentFailure, error, {});
    }
}

void TriggerSession::setback(Setback kind, const Error &error, const QString &closedText)
{
    const ReconnectDecision decision = m_policy.decide(kind, m_environment.clock.monotonicMs());
    m_status.attempt = decision.attempt;
    if (!decision.delayMs) {
        stopWith(error);
        return;
    }
    QString text;
    if (!closedText.isEmpty()) {
        text = m_config.reconnectPolicy == ReconnectPolicyKind::Windmill
            ? closedText
            : u"%1 (%2), retrying in %3s..."_s.arg(
                closedText, error.message, seconds(*decision.delayMs));
    } else if (kind == Setback::TransientFailure || kind == Setback::RefusedByServer) {
        const QString count = decision.attemptsAllowed > 0
            ? u"%1/%2"_s.arg(decision.attempt).arg(decision.attemptsAllowed)
            : QString::number(decision.attempt);
        text = u"Connection attempt %1 failed (%2), retrying in %3s..."_s.arg(
            count, error.message, seconds(*decision.delayMs));
    } else {
        text = u"%1, retrying in %2s..."_s.arg(error.message, seconds(*decision.delayMs));
    }
    m_status.nextAttemptAtMs = m_environment.clock.monotonicMs() + *decision.delayMs;
    m_retryTimer = m_environment.clock.after(*decision.delayMs, [this] { begin(); });
    setPhase(SessionPhase::Waiting, text);
}

void TriggerSession::stopWith(const Error &error)
{
    dropConnection();
    m_retryTimer.reset();
    Error masked = error;
    if (m_environment.mask) {
        masked.message = m_environment.mask(error.message);
        masked.detail = m_environment.mask(error.detail);
    }
    setPhase(SessionPhase::Stopped, masked.message);
    m_observer.sessionStopped(masked);
}

void TriggerSession::dropConnection()
{
    m_connectionSerial = 0;
    m_beatTimer.reset();
    m_pending.reset();
    m_held.clear();
    m_heldBytes = 0;
    m_status.subprotocol.clear();
    m_status.peer.clear();
    if (m_connection != nullptr) {
        m_connection->disconnect(this);
        m_connection->abort();
        // May be called from one of its signals.
        m_connection->deleteLater();
        m_connection = nullptr;
    }
}

Result<void> TriggerSession::sendReply(quint64 connection, const QByteArray &text)
{
    QString why;
    if (connection == 0 || connection != m_connectionSerial) {
        why = u"the connection the message came from is closed"_s;
    } else if (const auto sent = m_connection->sendText(text); !sent) {
        why = sent.error().message;
    } else {
        noteSent(text, false, OutgoingKind::Reply);
        return {};
    }
    const QString url = m_environment.mask ? m_environment.mask(m_config.url) : m_config.url;
    return Error{.code = ErrorCode::Unavailable,
        .message
        = u"Could not send runnable result to WebSocket %1 because of error: %2"_s.arg(url, why),
        .detail = {}};
}

Result<void> TriggerSession::send(const QByteArray &message, bool binary, OutgoingKind kind)
{
    if (m_connectionSerial == 0) {
        return Error{.code = ErrorCode::Unavailable,
            .message = u"%1 is not connected"_s.arg(m_config.path),
            .detail = m_status.text};
    }
    const auto sent = binary ? m_connection->sendBinary(message) : m_connection->sendText(message);
    if (sent) {
        noteSent(message, binary, kind);
    }
    return sent;
}

void TriggerSession::noteSent(const QByteArray &message, bool binary, OutgoingKind kind)
{
    ++m_counters.sent;
    m_counters.sentBytes += static_cast<quint64>(message.size());
    m_observer.messageSent(message, binary, kind);
}

} // namespace earshot::triggers
