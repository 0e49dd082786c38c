// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/result.h"
#include "model/rpc/jsonrpcconnection.h"
#include "model/rpc/methods.h"

#include <QHash>
#include <QJsonObject>
#include <QLocalServer>
#include <QLockFile>
#include <QObject>

#include <functional>
#include <memory>

namespace earshot::rpc {

/// Answers one request: once, now or later, on the event-loop thread. Copies share the request; a
/// responder that is dropped without an answer answers `internal`. Answers to a client that has
/// left go nowhere.
class Responder
{
public:
    using Sink = std::function<void(const QByteArray &line)>;
    Responder(QJsonValue requestId, quint64 clientId, Sink sink);

    void finish(const QJsonObject &result) const;
    void fail(const Error &error) const;
    [[nodiscard]] quint64 clientId() const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

/// A responder that knows its method's result.
template <typename Method>
class Reply
{
public:
    explicit Reply(Responder responder)
        : m_responder(std::move(responder))
    { }

    void finish(const typename Method::Result &result) const { m_responder.finish(toJson(result)); }
    void fail(const Error &error) const { m_responder.fail(error); }
    void operator()(const Result<typename Method::Result> &result) const
    {
        result ? finish(*result) : fail(result.error());
    }
    [[nodiscard]] quint64 clientId() const { return m_responder.clientId(); }

private:
    Responder m_responder;
};

/// The control socket's server. Knows bytes, clients and the method table; what the methods do is
/// registered by the service. Event-loop thread.
class JsonRpcServer final : public QObject
{
    Q_OBJECT
public:
    explicit JsonRpcServer(Clock &clock, QObject *parent = nullptr);
    ~JsonRpcServer() override;
    Q_DISABLE_COPY_MOVE(JsonRpcServer)

    /// Before listen().
    void setLimits(const ServerLimits &limits) { m_limits = limits; }
    /// What service.hello answers; the server answers it itself.
    void setServiceInfo(const ServiceInfo &info) { m_info = info; }
    [[nodiscard]] const ServiceInfo &serviceInfo() const noexcept { return m_info; }

    /// Registers what a method does. The parameters were checked against the method table.
    template <typename Method, typename Handler>
    void handle(Handler handler)
    {
        addHandler(QString::fromLatin1(Method::kName),
            [handler = std::move(handler)](const QJsonObject &params, const Responder &responder) {
                auto typed = fromJson<typename Method::Params>(params, FieldRule::Strict);
                if (!typed) {
                    responder.fail(typed.error());
                    return;
                }
                handler(*typed, Reply<Method>(responder));
            });
    }
    /// The same for methods that answer at once: `Result<Method::Result>(const Method::Params &)`.
    template <typename Method, typename Handler>
    void answer(Handler handler)
    {
        handle<Method>([handler = std::move(handler)](const typename Method::Params &params,
                           const Reply<Method> &reply) { reply(handler(params)); });
    }

    /// Takes the lock, removes what a dead service left, listens. The socket and its directory are
    /// for this user only.
    [[nodiscard]] Result<void> listen(const QString &socketPath);
    [[nodiscard]] QString socketPath() const { return m_socketPath; }
    /// Says service.stopping, delivers what waits and disconnects everybody.
    void close();

    [[nodiscard]] int clientCount() const { return static_cast<int>(m_clients.size()); }
    /// False when the client has left or is too slow for it.
    bool push(quint64 clientId, const QByteArray &line);
    /// To every client that said hello.
    void broadcast(const QString &method, const QJsonObject &params);
    /// Clients with subscriptions are never idle. Said once for each that begins and each that
    /// ends.
    void setKeptOpen(quint64 clientId, bool keptOpen);

signals:
    void clientClosed(quint64 clientId, const QString &reason);

private:
    using Handler = std::function<void(const QJsonObject &, const Responder &)>;
    void addHandler(const QString &method, Handler handler);
    void onNewConnection();
    void dispatch(JsonRpcConnection *connection, const JsonRpcRequest &request);
    void greet(JsonRpcConnection *connection, const JsonRpcRequest &request);

    Clock &m_clock;
    ServerLimits m_limits;
    ServiceInfo m_info;
    QLocalServer m_server;
    std::unique_ptr<QLockFile> m_lock;
    QString m_socketPath;
    QHash<QString, Handler> m_handlers;
    QHash<quint64, JsonRpcConnection *> m_clients; ///< children
    quint64 m_nextClientId = 1;
};

} // namespace earshot::rpc
