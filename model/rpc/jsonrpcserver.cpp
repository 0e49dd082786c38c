// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/jsonrpcserver.h"

#include "model/rpc/errorcodes.h"
#include "model/rpc/peercredentials.h"
#include "model/rpc/socketpath.h"

#include <QFile>
#include <QLocalSocket>
#include <QPointer>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::rpc {

struct Responder::State
{
    State(QJsonValue id, quint64 client, Sink lineSink)
        : requestId(std::move(id))
        , clientId(client)
        , sink(std::move(lineSink))
    { }
    Q_DISABLE_COPY_MOVE(State)
    ~State()
    {
        if (sink) {
            sink(errorLine(requestId,
                {ErrorCode::Internal, u"the method ended without an answer"_s, QString()}));
        }
    }

    void send(const QByteArray &line)
    {
        if (const Sink taken = std::exchange(sink, nullptr)) {
            taken(line);
        }
    }

    QJsonValue requestId;
    quint64 clientId;
    Sink sink; ///< empty once answered
};

Responder::Responder(QJsonValue requestId, quint64 clientId, Sink sink)
    : m_state(std::make_shared<State>(std::move(requestId), clientId, std::move(sink)))
{ }

void Responder::finish(const QJsonObject &result) const
{
    const QByteArray line = resultLine(m_state->requestId, result);
    if (line.size() - 1 > kMaxLineBytes) {
        fail({ErrorCode::LimitExceeded,
            u"the answer is %1 bytes long, more than a line may be"_s.arg(line.size()),
            u"ask for a smaller page or read the body in chunks"_s});
        return;
    }
    m_state->send(line);
}

void Responder::fail(const Error &error) const
{
    m_state->send(errorLine(m_state->requestId, error));
}

quint64 Responder::clientId() const
{
    return m_state->clientId;
}

JsonRpcServer::JsonRpcServer(Clock &clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &JsonRpcServer::onNewConnection);
}

JsonRpcServer::~JsonRpcServer()
{
    m_server.close();
    const auto clients = std::exchange(m_clients, {});
    qDeleteAll(clients);
}

void JsonRpcServer::addHandler(const QString &method, Handler handler)
{
    Q_ASSERT(findMethod(method));
    Q_ASSERT(!m_handlers.contains(method));
    m_handlers.insert(method, std::move(handler));
}

Result<void> JsonRpcServer::listen(const QString &socketPath)
{
    if (QFile::encodeName(socketPath).size() > kMaxSocketPathBytes) {
        return Error{ErrorCode::InvalidArgument,
            u"the socket path %1 is longer than %2 bytes"_s.arg(socketPath)
                .arg(kMaxSocketPathBytes),
            u"choose a shorter one with --socket or EARSHOT_SOCKET"_s};
    }
    if (auto prepared = prepareSocketDirectory(socketPath); !prepared) {
        return prepared;
    }
    // The lock goes first: whoever holds it knows that a socket file is a dead one's.
    m_lock = std::make_unique<QLockFile>(socketPath + ".lock"_L1);
    m_lock->setStaleLockTime(0);
    if (!m_lock->tryLock(0)) {
        qint64 pid = 0;
        QString host;
        QString name;
        const bool known = m_lock->getLockInfo(&pid, &host, &name);
        const bool inUse = m_lock->error() == QLockFile::LockFailedError;
        m_lock.reset();
        if (!inUse) {
            return Error{ErrorCode::Io, u"cannot write %1.lock"_s.arg(socketPath), QString()};
        }
        return Error{ErrorCode::Conflict,
            known ? u"the socket %1 belongs to the running process %2"_s.arg(socketPath).arg(pid)
                  : u"the socket %1 belongs to another process"_s.arg(socketPath),
            u"use that service, or choose another socket with --socket"_s};
    }
    QLocalServer::removeServer(socketPath);
    if (!m_server.listen(socketPath)) {
        m_lock.reset();
        return Error{ErrorCode::Io,
            u"cannot listen on %1: %2"_s.arg(socketPath, m_server.errorString()), QString()};
    }
    m_socketPath = socketPath;
    return {};
}

void JsonRpcServer::close()
{
    m_server.close();
    broadcast(QString::fromLatin1(kServiceStopping), {});
    const auto clients = m_clients.values();
    for (JsonRpcConnection *client : clients) {
        client->close();
    }
    m_lock.reset();
}

void JsonRpcServer::onNewConnection()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection()) {
        const auto uid = peerUserId(socket->socketDescriptor());
        if (!uid || *uid != ::getuid()) {
            socket->abort();
            socket->deleteLater();
            continue;
        }
        if (clientCount() >= m_limits.clients) {
            socket->write(errorLine(QJsonValue::Null,
                {ErrorCode::Unavailable,
                    u"%1 clients are connected already"_s.arg(m_limits.clients), QString()}));
            socket->flush();
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            socket->disconnectFromServer();
            continue;
        }
        auto *connection = new JsonRpcConnection(m_nextClientId++, socket, m_limits, m_clock, this);
        m_clients.insert(connection->id(), connection);
        connect(connection, &JsonRpcConnection::requestReceived, this,
            [this, connection](const JsonRpcRequest &request) { dispatch(connection, request); });
        connect(connection, &JsonRpcConnection::closed, this,
            [this, connection](const QString &reason) {
                m_clients.remove(connection->id());
                connection->deleteLater();
                emit clientClosed(connection->id(), reason);
            });
    }
}

void JsonRpcServer::dispatch(JsonRpcConnection *connection, const JsonRpcRequest &request)
{
    if (request.method == QLatin1StringView(ServiceHello::kName)) {
        greet(connection, request);
        return;
    }
    const auto refuse = [&](int code, const QString &message) {
        connection->answer(faultLine({.id = request.id, .code = code, .message = message}));
    };
    if (!connection->hasGreeted()) {
        refuse(kHelloRequired, u"the first request must be service.hello"_s);
        return;
    }
    const auto handler = m_handlers.constFind(request.method);
    if (handler == m_handlers.constEnd()) {
        if (findMethod(request.method)) {
            connection->answer(errorLine(request.id,
                {ErrorCode::Unsupported, u"%1 is not available here"_s.arg(request.method),
                    QString()}));
            return;
        }
        refuse(kUnknownMethod, u"there is no method `%1`"_s.arg(request.method.left(100)));
        return;
    }
    const QPointer<JsonRpcConnection> alive(connection);
    (*handler)(
        request.params, Responder(request.id, connection->id(), [alive](const QByteArray &line) {
            if (alive) {
                alive->answer(line);
            }
        }));
}

void JsonRpcServer::greet(JsonRpcConnection *connection, const JsonRpcRequest &request)
{
    const auto params = fromJson<ServiceHello::Params>(request.params, FieldRule::Strict);
    if (!params) {
        connection->answer(errorLine(request.id, params.error()));
        return;
    }
    if (params->api != kApiVersion) {
        connection->answer(errorLine(request.id,
            {ErrorCode::Conflict,
                u"the client speaks version %1 of the API, this service (Earshot %2) version %3"_s
                    .arg(params->api)
                    .arg(m_info.version)
                    .arg(kApiVersion),
                u"restart the service, or use a client of the same release"_s}));
        return;
    }
    connection->setGreeted();
    connection->answer(resultLine(request.id, toJson(m_info)));
}

bool JsonRpcServer::push(quint64 clientId, const QByteArray &line)
{
    JsonRpcConnection *connection = m_clients.value(clientId);
    return connection && connection->push(line);
}

void JsonRpcServer::broadcast(const QString &method, const QJsonObject &params)
{
    const QByteArray line = notificationLine(method, params);
    const auto clients = m_clients.values();
    for (JsonRpcConnection *client : clients) {
        if (client->hasGreeted()) {
            client->push(line);
        }
    }
}

void JsonRpcServer::setKeptOpen(quint64 clientId, bool keptOpen)
{
    if (JsonRpcConnection *connection = m_clients.value(clientId)) {
        connection->setKeptOpen(keptOpen);
    }
}

} // namespace earshot::rpc
