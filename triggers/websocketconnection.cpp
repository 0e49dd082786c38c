// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/websocketconnection.h"

#include "triggers/connectattempt.h"
#include "triggers/handshakeerror.h"
#include "triggers/privateaddress.h"
#include "triggers/tlssetup.h"

#include <QHostInfo>
#include <QMetaMethod>
#include <QNetworkRequest>
#include <QSslCipher>
#include <QSslSocket>
#include <QStringDecoder>
#include <QStringEncoder>
#include <QTimer>
#include <QTimerEvent>
#include <QWebSocket>
#include <QWebSocketHandshakeOptions>

#include <algorithm>
#include <limits>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot::triggers {

namespace {

/// A small text is put into a buffer that the next one uses again, unless somebody still has it:
/// most messages are looked at and forgotten. A large one gets bytes of its own, without the three
/// bytes of room for each character that QString::toUtf8() leaves.
QByteArray lentUtf8(const QString &text)
{
    constexpr qsizetype kSmall = qsizetype(64) * 1024;
    constexpr qsizetype kRoom = 3 * kSmall + 16;
    if (text.size() > kSmall) {
        QByteArray utf8 = text.toUtf8();
        utf8.squeeze();
        return utf8;
    }
    static thread_local QByteArray buffer;
    if (buffer.isDetached() && buffer.capacity() >= kRoom) {
        buffer.resize(kRoom);
    } else {
        buffer = QByteArray(kRoom, Qt::Uninitialized);
    }
    QStringEncoder encoder(QStringConverter::Utf8, QStringConverter::Flag::Stateless);
    char *const start = buffer.data();
    buffer.resize(encoder.appendToBuffer(start, text) - start);
    return buffer;
}

/// Timers of seconds may be moved so that 1,000 connections wake the process together.
Qt::TimerType timerTypeFor(qint64 milliseconds)
{
    if (milliseconds >= 20'000) {
        return Qt::VeryCoarseTimer;
    }
    return milliseconds >= 2'000 ? Qt::CoarseTimer : Qt::PreciseTimer;
}

Error notOpen()
{
    return Error{
        .code = ErrorCode::Unavailable, .message = u"The connection is not open"_s, .detail = {}};
}

} // namespace

WebSocketConnection::WebSocketConnection(QObject *parent)
    : QObject(parent)
{ }

WebSocketConnection::~WebSocketConnection()
{
    if (m_socket != nullptr) {
        m_socket->disconnect(this);
        if (m_inner) {
            m_inner->disconnect(this);
        }
        m_socket->abort();
    }
}

void WebSocketConnection::open(const ConnectRequest &request)
{
    Q_ASSERT(m_state == State::New);
    m_clock.start();
    m_state = State::Resolving;
    m_server = request.url.isValid() ? maskedUrl(request.url) : u"the URL"_s;
    m_maxMessageBytes
        = std::clamp<qint64>(request.maxMessageBytes, 1, std::numeric_limits<int>::max() - 1);
    m_maxOutgoingBytes = request.maxOutgoingBytes;
    m_connectDeadline = std::max(request.connectTimeoutMs, 1);
    m_closeTimeout = request.closeTimeoutMs;
    auto attempt = prepareAttempt(request);
    if (!attempt) {
        // Later, so that closed() is never emitted from within open().
        QMetaObject::invokeMethod(
            this, [this, error = attempt.error()] { fail(error); }, Qt::QueuedConnection);
        return;
    }
    m_attempt = std::make_unique<ConnectAttempt>(*std::move(attempt));
    armTimer();
    if (!m_attempt->blockPrivate) {
        startSocket();
        return;
    }
    QHostInfo::lookupHost(m_attempt->upgrade.url.host(), this, &WebSocketConnection::onResolved);
}

void WebSocketConnection::onResolved(const QHostInfo &host)
{
    if (m_state != State::Resolving) {
        return;
    }
    if (host.error() != QHostInfo::NoError || host.addresses().isEmpty()) {
        finish(closeInfoForSocketError(
            QAbstractSocket::HostNotFoundError, host.errorString(), {}, context()));
        return;
    }
    const auto addresses = host.addresses();
    if (std::any_of(addresses.begin(), addresses.end(), isPrivateAddress)) {
        refusePrivateAddress();
        return;
    }
    startSocket();
}

void WebSocketConnection::refusePrivateAddress()
{
    finish(localInfo(CloseKind::PrivateAddress,
        u"%1: URL targets/resolves to a private/internal IP address, which connection.block_private forbids."_s
            .arg(m_server)));
}

void WebSocketConnection::startSocket()
{
    m_state = State::Connecting;
    const UpgradeRequest &upgrade = m_attempt->upgrade;
    m_socket = new QWebSocket(upgrade.origin, QWebSocketProtocol::VersionLatest, this);
    const auto limit = static_cast<quint64>(m_maxMessageBytes);
    m_socket->setMaxAllowedIncomingMessageSize(limit);
    m_socket->setMaxAllowedIncomingFrameSize(limit);
    // One frame per message: not every server puts fragments together.
    m_socket->setOutgoingFrameSize(QWebSocket::maxOutgoingFrameSize());
    m_socket->setProxy(m_attempt->proxy);
    if (m_attempt->usesTls()) {
        m_socket->setSslConfiguration(m_attempt->tls);
    }
    connectSocketSignals();
    hookFrameReader();

    QNetworkRequest request(upgrade.url);
    for (const auto &[name, value] : upgrade.headers) {
        request.setRawHeader(name, value);
    }
    QWebSocketHandshakeOptions options;
    options.setSubprotocols(upgrade.subprotocols);
    m_socket->open(request, options);

    // Connected only now: what failed at once is told later, never from within our own open().
    connect(m_socket, &QWebSocket::disconnected, this, &WebSocketConnection::onDisconnected);
    connect(m_socket, qOverload<QAbstractSocket::SocketError>(&QWebSocket::error), this,
        &WebSocketConnection::onSocketError);
    m_inner = m_socket->findChild<QTcpSocket *>(QString(), Qt::FindDirectChildrenOnly);
    if (!m_inner || m_socket->state() == QAbstractSocket::UnconnectedState) {
        const auto error = m_inner ? m_inner->error() : QAbstractSocket::UnknownSocketError;
        QMetaObject::invokeMethod(
            this,
            [this, error] {
                if (m_state == State::Connecting) {
                    onSocketError(error);
                }
            },
            Qt::QueuedConnection);
        return;
    }
    watchInnerSocket();
}

void WebSocketConnection::connectSocketSignals()
{
    connect(m_socket, &QWebSocket::connected, this, &WebSocketConnection::onUpgraded);
    connect(m_socket, &QWebSocket::sslErrors, this, [this](const QList<QSslError> &errors) {
        if (m_attempt) {
            m_attempt->certificateErrors = errors;
        }
    });
    connect(m_socket, &QWebSocket::textMessageReceived, this, &WebSocketConnection::onText);
    connect(m_socket, &QWebSocket::binaryMessageReceived, this, &WebSocketConnection::onBinary);
    connect(m_socket, &QWebSocket::pong, this,
        [this](quint64, const QByteArray &payload) { onPong(payload); });
}

/// QWebSocket tells neither a Close frame of the server from a close of its own, nor does it let
/// the time for the rest of a frame be set. The object that reads its frames, a child of it, does
/// both. Connected before QWebSocket itself connects to it, so that our slots run before its.
void WebSocketConnection::hookFrameReader()
{
    const auto children = m_socket->findChildren<QObject *>(QString(), Qt::FindDirectChildrenOnly);
    const auto reader = std::find_if(children.begin(), children.end(), [](const QObject *child) {
        return qstrcmp(child->metaObject()->className(), "QWebSocketDataProcessor") == 0;
    });
    if (reader == children.end()) {
        return;
    }
    const auto hook = [this, reader](const char *signal, const char *slot) {
        const QMetaObject *from = (*reader)->metaObject();
        const int signalIndex = from->indexOfSignal(signal);
        if (signalIndex >= 0) {
            connect(*reader, from->method(signalIndex), this,
                staticMetaObject.method(staticMetaObject.indexOfSlot(slot)));
        }
    };
    hook("closeReceived(QWebSocketProtocol::CloseCode,QString)", "onServerCloseFrame()");
    hook("errorEncountered(QWebSocketProtocol::CloseCode,QString)", "onFrameFault()");
    if (auto *stallTimer = (*reader)->findChild<QTimer *>(); stallTimer != nullptr) {
        stallTimer->setInterval(m_attempt->stallTimeoutMs);
    }
}

void WebSocketConnection::watchInnerSocket()
{
    connect(m_inner, &QAbstractSocket::hostFound, this, &WebSocketConnection::onHostFound);
    connect(m_inner, &QAbstractSocket::connected, this, &WebSocketConnection::onInnerConnected);
    connect(m_inner, &QIODevice::readyRead, this, &WebSocketConnection::onBytes);
    if (auto *tls = qobject_cast<QSslSocket *>(m_inner)) {
        connect(tls, &QSslSocket::encrypted, this, &WebSocketConnection::onEncrypted);
    }
    // An address, a name known from a moment ago and a server on the same machine need not wait.
    const QAbstractSocket::SocketState state = m_inner->state();
    if (state == QAbstractSocket::ConnectingState || state == QAbstractSocket::ConnectedState) {
        onHostFound();
    }
    if (state == QAbstractSocket::ConnectedState) {
        onInnerConnected();
    }
}

void WebSocketConnection::onHostFound()
{
    if (m_state == State::Connecting && !m_attempt->usesProxy()) {
        m_attempt->reached = u"the TCP connection is being made"_s;
        emit stageReached(ConnectStage::Resolved, m_clock.elapsed());
    }
}

void WebSocketConnection::onInnerConnected()
{
    if (m_state != State::Connecting) {
        return;
    }
    // A name may resolve to something else the second time; nothing has been written yet.
    if (m_attempt->blockPrivate && !m_attempt->usesProxy()
        && isPrivateAddress(m_inner->peerAddress())) {
        refusePrivateAddress();
        return;
    }
    m_attempt->reached = m_attempt->usesTls()
        ? u"connected, but the TLS handshake did not end"_s
        : u"connected, but the server did not answer the upgrade"_s;
    emit stageReached(ConnectStage::TcpConnected, m_clock.elapsed());
}

void WebSocketConnection::onEncrypted()
{
    if (m_state != State::Connecting) {
        return;
    }
    // The upgrade request waits in the socket's buffer until this returns: a wrong server gets none
    // of it.
    const auto *tls = qobject_cast<QSslSocket *>(m_inner.data());
    if (!m_attempt->pins.isEmpty()) {
        const QByteArray digest = publicKeyDigest(tls->peerCertificate());
        if (!m_attempt->pins.contains(digest)) {
            finish(localInfo(CloseKind::CertificateRejected,
                u"The public key of %1 (sha256//%2) is not one of connection.tls.pin_sha256. Nothing was sent."_s
                    .arg(m_server, QString::fromLatin1(digest.toBase64()))));
            return;
        }
    }
    m_attempt->reached = u"TLS is up, but the server did not answer the upgrade"_s;
    emit stageReached(ConnectStage::TlsEstablished, m_clock.elapsed());
}

void WebSocketConnection::onBytes()
{
    m_liveness.noteBytes(m_clock.elapsed());
    if (m_state == State::Connecting) {
        inspectHandshake();
    }
}

/// Runs after QWebSocket has looked at the bytes: what is left in the buffer is an answer without
/// its end. QWebSocket would wait for ever for the end of something that is no HTTP, and would
/// buffer anything that has no line break.
void WebSocketConnection::inspectHandshake()
{
    const QByteArray start = m_inner->peek(16);
    if (!start.isEmpty()
        && !start.startsWith(
            QByteArrayLiteral("HTTP/").first(std::min<qsizetype>(5, start.size())))) {
        finish(closeInfoForHandshake(
            {.kind = HandshakeFault::Kind::NotHttp, .detail = QString::fromLatin1(start)},
            context()));
        return;
    }
    if (m_inner->bytesAvailable() > kMaxHandshakeBytes) {
        finish(closeInfoForHandshake(
            {.kind = HandshakeFault::Kind::HeadersTooLarge, .detail = {}}, context()));
        return;
    }
}

void WebSocketConnection::onUpgraded()
{
    if (m_state != State::Connecting) {
        return;
    }
    const QStringList offered = m_attempt->upgrade.subprotocols;
    HandshakeInfo info;
    info.subprotocol = m_socket->subprotocol();
    info.elapsedMs = m_clock.elapsed();
    if (!offered.isEmpty() && info.subprotocol.isEmpty()) {
        finish(closeInfoForHandshake(
            {.kind = HandshakeFault::Kind::SubprotocolMissing, .detail = offered.join(", "_L1)},
            context()));
        return;
    }
    if (m_inner && !m_inner->peerAddress().isNull()) {
        info.peerAddress = hostAndPort(m_inner->peerAddress().toString(), m_inner->peerPort());
    }
    if (const auto *tls = qobject_cast<QSslSocket *>(m_inner.data())) {
        const QSslCipher cipher = tls->sessionCipher();
        info.tlsProtocol = cipher.protocolString();
        info.tlsCipher = cipher.name();
    }
    if (m_attempt->usesProxy()) {
        info.peerAddress = u"%1 via proxy"_s.arg(m_attempt->proxyAddress());
    }
    m_liveness.start(m_attempt->liveness, info.elapsedMs);
    forgetConnecting();
    m_state = State::Open;
    m_wasOpen = true;
    armTimer();
    emit stageReached(ConnectStage::Upgraded, info.elapsedMs);
    if (m_state == State::Open) {
        emit opened(info);
    }
}

/// An idle connection keeps nothing it needed only for connecting.
void WebSocketConnection::forgetConnecting()
{
    m_attempt.reset();
    if (!m_inner) {
        return;
    }
    m_inner->disconnect(this);
    connect(m_inner, &QIODevice::readyRead, this, &WebSocketConnection::onBytes);
    if (m_inner->bytesAvailable() == 0 && qobject_cast<QSslSocket *>(m_inner) == nullptr) {
        // The socket keeps the 16 KiB block the upgrade was read into until somebody reads exactly
        // the whole content of it.
        m_inner->ungetChar('\0');
        (void)m_inner->read(1);
    }
}

void WebSocketConnection::onText(const QString &text)
{
    if (m_state == State::Open) {
        emit textReceived(lentUtf8(text));
    }
}

void WebSocketConnection::onBinary(const QByteArray &data)
{
    if (m_state == State::Open) {
        emit binaryReceived(data);
    }
}

void WebSocketConnection::onPong(const QByteArray &payload)
{
    if (m_state != State::Open) {
        return;
    }
    // Pongs nobody asked for are allowed and mean nothing.
    if (const auto roundTrip = m_liveness.pong(payload, m_clock.elapsed())) {
        emit pongReceived(*roundTrip);
    }
}

void WebSocketConnection::onServerCloseFrame()
{
    if (m_state == State::Open) {
        m_serverClosed = true;
        startClosing();
    }
}

void WebSocketConnection::onFrameFault()
{
    if (m_state == State::Open) {
        m_frameFault = true;
        startClosing();
    }
}

void WebSocketConnection::onSocketError(QAbstractSocket::SocketError error)
{
    if (m_state == State::Closing) {
        onDisconnected();
        return;
    }
    if (m_state == State::Connecting && !m_inner) {
        // Refused before anything was tried: the library's own check of the URL.
        finish(localInfo(CloseKind::InvalidRequest,
            u"%1 cannot be opened: %2"_s.arg(m_server, m_socket->errorString())));
        return;
    }
    const bool fromSocket = m_inner->error() != QAbstractSocket::UnknownSocketError;
    if (m_state == State::Connecting && !fromSocket) {
        finish(closeInfoForHandshake(parseHandshakeError(m_socket->errorString()), context()));
        return;
    }
    finish(closeInfoForSocketError(error, m_socket->errorString(),
        m_attempt ? m_attempt->certificateErrors : QList<QSslError>(), context()));
}

void WebSocketConnection::onDisconnected()
{
    if (m_serverClosed) {
        finish(closeInfoForServerClose(m_socket->closeCode(), m_socket->closeReason(), context()));
    } else if (m_frameFault) {
        finish(closeInfoForFrameFault(
            m_socket->closeCode(), m_socket->closeReason(), m_maxMessageBytes, context()));
    } else if (m_state == State::Closing) {
        CloseInfo info
            = localInfo(CloseKind::Local, u"The connection to %1 was closed here."_s.arg(m_server));
        info.code = m_socket->closeCode();
        info.reason = m_socket->closeReason();
        finish(info);
    } else if (m_state == State::Connecting) {
        // The error, which says why, follows at once: QWebSocket tells of a refused connect in this
        // order.
        QMetaObject::invokeMethod(
            this,
            [this] {
                if (m_state == State::Connecting) {
                    finish(closeInfoForSocketError(
                        QAbstractSocket::RemoteHostClosedError, {}, {}, context()));
                }
            },
            Qt::QueuedConnection);
    } else {
        finish(closeInfoForSocketError(QAbstractSocket::RemoteHostClosedError, {}, {}, context()));
    }
}

Result<void> WebSocketConnection::checkOutgoing(qsizetype size) const
{
    if (m_state != State::Open) {
        return notOpen();
    }
    const qint64 waiting = m_socket->bytesToWrite();
    if (waiting > 0 && waiting + size > m_maxOutgoingBytes) {
        return Error{.code = ErrorCode::LimitExceeded,
            .message
            = u"%1 does not take messages fast enough: %2 bytes wait to be sent, %3 more would exceed the limit of %4"_s
                  .arg(m_server, QString::number(waiting), QString::number(size),
                      QString::number(m_maxOutgoingBytes)),
            .detail = {}};
    }
    return {};
}

Result<void> WebSocketConnection::sendText(const QByteArray &utf8)
{
    if (const auto allowed = checkOutgoing(utf8.size()); !allowed) {
        return allowed.error();
    }
    QStringDecoder decoder(QStringDecoder::Utf8,
        QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    const QString text = decoder(utf8);
    if (decoder.hasError()) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"A text message has to be valid UTF-8"_s,
            .detail = {}};
    }
    const bool sent = m_socket->sendTextMessage(text) == utf8.size();
    flushSoon();
    return sent && m_state == State::Open ? Result<void>() : notOpen();
}

Result<void> WebSocketConnection::sendBinary(const QByteArray &data)
{
    if (const auto allowed = checkOutgoing(data.size()); !allowed) {
        return allowed.error();
    }
    const bool sent = m_socket->sendBinaryMessage(data) == data.size();
    flushSoon();
    return sent && m_state == State::Open ? Result<void>() : notOpen();
}

/// All that one turn of the event loop sends is one write, and that comes before anything else the
/// turn left for later; a round through the event loop to ask whether the socket takes it would
/// not.
void WebSocketConnection::flushSoon()
{
    if (std::exchange(m_isFlushPosted, true)) {
        return;
    }
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_isFlushPosted = false;
            if (m_inner != nullptr && m_state == State::Open) {
                m_inner->flush();
            }
        },
        Qt::QueuedConnection);
}

void WebSocketConnection::close(int code, const QString &reason)
{
    if (m_state == State::Open) {
        startClosing();
        const bool allowed = code == 1000 || code == 1001 || (code >= 3000 && code <= 4999);
        // At most 123 bytes, and never half a character.
        QString text = reason;
        while (text.toUtf8().size() > 123) {
            text.chop(text.back().isLowSurrogate() ? 2 : 1);
        }
        m_socket->close(static_cast<QWebSocketProtocol::CloseCode>(allowed ? code : 1000), text);
    } else if (m_state != State::Closing) {
        abort();
    }
}

void WebSocketConnection::abort()
{
    if (m_state == State::New) {
        m_state = State::Closed;
        return;
    }
    finish(localInfo(CloseKind::Local, u"The connection to %1 was closed here."_s.arg(m_server)));
}

qint64 WebSocketConnection::bytesToWrite() const
{
    return m_socket == nullptr ? 0 : m_socket->bytesToWrite();
}

void WebSocketConnection::probe(int timeoutMs)
{
    if (m_state != State::Open) {
        return;
    }
    const qint64 now = m_clock.elapsed();
    m_liveness.probe(timeoutMs, now);
    m_socket->ping(m_liveness.ping(now));
    armTimer();
}

void WebSocketConnection::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_timer.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    checkDeadlines();
}

void WebSocketConnection::checkDeadlines()
{
    const qint64 now = m_clock.elapsed();
    switch (m_state) {
    case State::Resolving:
    case State::Connecting:
        if (now >= m_connectDeadline) {
            finish(localInfo(CloseKind::ConnectTimeout,
                u"%1 did not finish connecting within the time limit (%2 s): %3."_s.arg(m_server,
                    QString::number(static_cast<double>(m_connectDeadline) / 1000.0),
                    m_attempt->reached)));
            return;
        }
        break;
    case State::Open:
        checkLiveness();
        return;
    case State::Closing:
        if (now >= m_closeDeadline) {
            m_socket->abort(); // emits disconnected
            return;
        }
        break;
    case State::New:
    case State::Closed:
        return;
    }
    armTimer();
}

void WebSocketConnection::checkLiveness()
{
    const qint64 now = m_clock.elapsed();
    switch (m_liveness.judge(now)) {
    case Liveness::Verdict::PongMissing:
        finish(localInfo(CloseKind::PongTimeout,
            u"%1 did not answer a ping within %2 s: the connection is dead."_s.arg(
                m_server, QString::number(m_liveness.pongAllowance() / 1000.0))));
        return;
    case Liveness::Verdict::Idle:
        finish(localInfo(CloseKind::IdleTimeout,
            u"%1 sent nothing for %2 s (connection.idle_timeout_secs)."_s.arg(
                m_server, QString::number(m_liveness.idleTimeout() / 1000.0))));
        return;
    case Liveness::Verdict::SendPing:
        m_socket->ping(m_liveness.ping(now));
        break;
    case Liveness::Verdict::LookAgain: // the timer comes back at once, after the sockets
    case Liveness::Verdict::Alive:
        break;
    }
    if (m_state == State::Open) {
        armTimer();
    }
}

void WebSocketConnection::armTimer()
{
    qint64 next = std::numeric_limits<qint64>::max();
    switch (m_state) {
    case State::Resolving:
    case State::Connecting:
        next = m_connectDeadline;
        break;
    case State::Open:
        next = m_liveness.nextLook().value_or(next);
        break;
    case State::Closing:
        next = m_closeDeadline;
        break;
    case State::New:
    case State::Closed:
        break;
    }
    if (next == std::numeric_limits<qint64>::max()) {
        m_timer.stop();
        return;
    }
    const qint64 wait
        = std::clamp<qint64>(next - m_clock.elapsed(), 1, std::numeric_limits<int>::max());
    m_timer.start(static_cast<int>(wait), timerTypeFor(wait), this);
}

void WebSocketConnection::startClosing()
{
    m_state = State::Closing;
    m_closeDeadline = m_clock.elapsed() + m_closeTimeout;
    armTimer();
}

CloseContext WebSocketConnection::context() const
{
    CloseContext context;
    context.server = m_server;
    context.wasOpen = m_wasOpen;
    if (m_attempt) {
        m_attempt->describe(context);
    }
    return context;
}

CloseInfo WebSocketConnection::localInfo(CloseKind kind, const QString &message, int code) const
{
    return CloseInfo{.kind = kind,
        .code = code,
        .reason = {},
        .message = message,
        .httpStatus = 0,
        .wasOpen = m_wasOpen};
}

void WebSocketConnection::fail(const Error &error)
{
    finish(localInfo(CloseKind::InvalidRequest,
        error.detail.isEmpty() ? error.message : error.message + u". "_s + error.detail));
}

void WebSocketConnection::finish(const CloseInfo &info)
{
    if (m_state == State::Closed) {
        return;
    }
    m_state = State::Closed;
    m_timer.stop();
    if (m_inner) {
        m_inner->disconnect(this);
    }
    if (m_socket != nullptr) {
        m_socket->disconnect(this);
        m_socket->abort();
        m_socket->deleteLater();
        m_socket = nullptr;
    }
    emit closed(info);
}

} // namespace earshot::triggers
