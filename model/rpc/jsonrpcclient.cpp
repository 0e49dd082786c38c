// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/jsonrpcclient.h"

#include "model/rpc/methods.h"

#include <QTimer>

#include <algorithm>
#include <variant>

using namespace Qt::StringLiterals;

namespace earshot::rpc {

namespace {

/// What the socket's error means to a person at the command line.
Error describe(const QString &path, QLocalSocket::LocalSocketError error, const QString &text)
{
    if (error == QLocalSocket::ServerNotFoundError
        || error == QLocalSocket::ConnectionRefusedError) {
        return {ErrorCode::Unavailable, u"no service is listening on %1"_s.arg(path),
            u"start it with `earshot serve`"_s};
    }
    if (error == QLocalSocket::SocketAccessError) {
        return {ErrorCode::PermissionDenied, u"no access to the socket %1"_s.arg(path), QString()};
    }
    return {
        ErrorCode::Unavailable, u"the connection to %1 failed: %2"_s.arg(path, text), QString()};
}

} // namespace

JsonRpcClient::JsonRpcClient(Clock &clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
{ }

JsonRpcClient::~JsonRpcClient()
{
    if (m_socket) {
        m_socket->disconnect(this);
    }
}

void JsonRpcClient::open(const QString &socketPath, const QString &clientName, Reconnect reconnect)
{
    close();
    m_path = socketPath;
    m_name = clientName;
    m_reconnect = reconnect;
    m_retryMs = kFirstRetryMs;
    connectNow();
}

void JsonRpcClient::close()
{
    m_reconnect = Reconnect::Never;
    m_retry.reset();
    if (m_socket) {
        m_socket->disconnect(this);
        // What was written is still delivered; the socket goes when it is done.
        m_socket->disconnectFromServer();
        m_socket->deleteLater();
        m_socket = nullptr;
    }
    m_state = State::Disconnected;
    failAll({ErrorCode::Cancelled, u"the connection to the service was closed"_s, QString()});
}

void JsonRpcClient::connectNow()
{
    m_retry.reset();
    m_lines = LineSplitter();
    m_state = State::Connecting;
    m_socket = new QLocalSocket(this);
    connect(m_socket, &QLocalSocket::connected, this, &JsonRpcClient::onConnected);
    connect(m_socket, &QLocalSocket::readyRead, this, &JsonRpcClient::onReadyRead);
    // A refused connect reports an error, an end of the connection both: onFailed() runs once,
    // queued so that open() returns before anything is said.
    connect(
        m_socket, &QLocalSocket::errorOccurred, this,
        [this, socket = m_socket](QLocalSocket::LocalSocketError error) {
            if (socket == m_socket) {
                onReadyRead();
                onFailed(error == QLocalSocket::PeerClosedError
                        ? Error{ErrorCode::Unavailable, u"the service ended the connection"_s,
                            QString()}
                        : describe(m_path, error, socket->errorString()));
            }
        },
        Qt::QueuedConnection);
    m_socket->connectToServer(m_path);
}

void JsonRpcClient::onConnected()
{
    m_state = State::Greeting;
    const qint64 id = enqueue(
        QString::fromLatin1(ServiceHello::kName),
        toJson(ServiceHello::Params{.api = kApiVersion, .client = m_name}), this,
        [this](const Result<QJsonObject> &result) { onHello(result); }, 5'000);
    const auto call = m_calls.value(id);
    m_socket->write(call->line);
    call->line.clear();
}

void JsonRpcClient::onHello(const Result<QJsonObject> &result)
{
    if (m_state != State::Greeting) {
        return;
    }
    auto info = result ? fromJson<ServiceInfo>(*result) : Result<ServiceInfo>(result.error());
    if (!info) {
        onFailed(info.error());
        return;
    }
    m_info = *std::move(info);
    m_state = State::Ready;
    m_retryMs = kFirstRetryMs;
    QList<qint64> waiting;
    for (auto it = m_calls.cbegin(); it != m_calls.cend(); ++it) {
        if (!it.value()->line.isEmpty()) {
            waiting.append(it.key());
        }
    }
    std::sort(waiting.begin(), waiting.end());
    for (const qint64 id : std::as_const(waiting)) {
        const auto call = m_calls.value(id);
        m_socket->write(std::exchange(call->line, {}));
    }
    emit ready(m_info);
}

void JsonRpcClient::onReadyRead()
{
    const QPointer<QLocalSocket> socket = m_socket;
    if (!socket) {
        return;
    }
    if (socket->isOpen()) {
        m_lines.append(socket->readAll());
    }
    // A callback may close the client, or open another connection.
    while (socket && socket == m_socket) {
        const auto line = m_lines.next();
        if (!line) {
            break;
        }
        const auto answer = parseAnswer(*line);
        if (!answer) {
            onFailed(answer.error());
            return;
        }
        if (const auto *push = std::get_if<JsonRpcNotification>(&*answer)) {
            emit notified(push->method, push->params);
            continue;
        }
        const auto &response = std::get<JsonRpcResponse>(*answer);
        if (response.id.isNull() && !response.result) {
            onFailed(response.result.error());
            return;
        }
        resolve(response.id.toInteger(), response.result);
    }
    if (m_lines.isOverflown()) {
        onFailed(
            {ErrorCode::LimitExceeded, u"the service sent a line that is too long"_s, QString()});
    }
}

void JsonRpcClient::onFailed(const Error &error)
{
    if (!m_socket) {
        return;
    }
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket->deleteLater();
    m_socket = nullptr;
    m_state = State::Disconnected;
    failAll(error);
    if (m_reconnect == Reconnect::Always && !m_socket) {
        m_retry = m_clock.after(m_retryMs, [this] { connectNow(); });
        m_retryMs = std::min(m_retryMs * 2, kLastRetryMs);
    }
    emit lost(error);
}

qint64 JsonRpcClient::enqueue(const QString &method, const QJsonObject &params, QObject *context,
    Callback callback, qint64 deadlineMs)
{
    const qint64 id = m_nextId++;
    auto call = std::make_shared<Call>();
    call->context = context;
    call->callback = std::move(callback);
    call->line = requestLine(id, method, params);
    call->deadline = m_clock.after(deadlineMs, [this, id, method] {
        resolve(id,
            Error{ErrorCode::Timeout, u"the service did not answer %1 in time"_s.arg(method),
                QString()});
    });
    m_calls.insert(id, std::move(call));
    return id;
}

void JsonRpcClient::call(const QString &method, const QJsonObject &params, QObject *context,
    Callback callback, qint64 deadlineMs)
{
    const qint64 id = enqueue(method, params, context, std::move(callback), deadlineMs);
    const auto call = m_calls.value(id);
    if (call->line.size() - 1 > kMaxLineBytes) {
        const Error error{ErrorCode::LimitExceeded,
            u"the request %1 is %2 bytes long, at most %3 are accepted"_s.arg(method)
                .arg(call->line.size())
                .arg(kMaxLineBytes),
            QString()};
        QTimer::singleShot(0, this, [this, id, error] { resolve(id, error); });
        call->line.clear();
    } else if (m_state == State::Ready) {
        m_socket->write(std::exchange(call->line, {}));
    } else if (m_state == State::Disconnected) {
        const Error error{ErrorCode::Unavailable, u"not connected to a service"_s,
            u"start it with `earshot serve`"_s};
        QTimer::singleShot(0, this, [this, id, error] { resolve(id, error); });
        call->line.clear();
    }
}

void JsonRpcClient::resolve(qint64 id, const Result<QJsonObject> &result)
{
    // Late answers (after the deadline) find nothing and are dropped.
    const auto call = m_calls.take(id);
    if (call && call->context) {
        call->callback(result);
    }
}

void JsonRpcClient::failAll(const Error &error)
{
    auto calls = std::exchange(m_calls, {});
    QList<qint64> ids = calls.keys();
    std::sort(ids.begin(), ids.end());
    for (const qint64 id : std::as_const(ids)) {
        const auto call = calls.value(id);
        if (call->context && call->context != this) {
            call->callback(error);
        }
    }
}

} // namespace earshot::rpc
