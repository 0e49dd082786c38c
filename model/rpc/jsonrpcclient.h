// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/result.h"
#include "model/rpc/jsonrpcmessage.h"
#include "model/rpc/types.h"

#include <QHash>
#include <QJsonObject>
#include <QLocalSocket>
#include <QObject>
#include <QPointer>

#include <functional>
#include <memory>

namespace earshot::rpc {

/// The other end of JsonRpcServer: says hello, keeps calls with their deadlines, connects again.
/// Event-loop thread.
class JsonRpcClient final : public QObject
{
    Q_OBJECT
public:
    using Callback = std::function<void(const Result<QJsonObject> &)>;
    static constexpr qint64 kDefaultDeadlineMs = 30'000;
    /// First and longest wait between attempts to connect.
    static constexpr qint64 kFirstRetryMs = 100;
    static constexpr qint64 kLastRetryMs = 2'000;

    enum class State { Disconnected, Connecting, Greeting, Ready };
    Q_ENUM(State)
    enum class Reconnect { Never, Always };

    explicit JsonRpcClient(Clock &clock, QObject *parent = nullptr);
    ~JsonRpcClient() override;
    Q_DISABLE_COPY_MOVE(JsonRpcClient)

    /// `clientName` is what the service logs. One attempt, or attempts for ever.
    void open(const QString &socketPath, const QString &clientName, Reconnect reconnect);
    /// Pending calls fail with Cancelled; no reconnecting.
    void close();

    [[nodiscard]] State state() const noexcept { return m_state; }
    [[nodiscard]] const ServiceInfo &serviceInfo() const noexcept { return m_info; }

    /// Calls while connecting wait for the hello. The callback runs once, later, never from within
    /// this function, and not at all once `context` is gone.
    void call(const QString &method, const QJsonObject &params, QObject *context, Callback callback,
        qint64 deadlineMs = kDefaultDeadlineMs);

signals:
    void ready(const earshot::rpc::ServiceInfo &info);
    /// The connection ended or could not be made; with Reconnect::Always another attempt follows.
    void lost(const earshot::Error &error);
    void notified(const QString &method, const QJsonObject &params);

private:
    struct Call
    {
        QPointer<QObject> context;
        Callback callback;
        QByteArray line; ///< kept until it was sent
        std::unique_ptr<TimerHandle> deadline;
    };

    void connectNow();
    void onConnected();
    void onReadyRead();
    void onFailed(const Error &error);
    void onHello(const Result<QJsonObject> &result);
    void resolve(qint64 id, const Result<QJsonObject> &result);
    void failAll(const Error &error);
    qint64 enqueue(const QString &method, const QJsonObject &params, QObject *context,
        Callback callback, qint64 deadlineMs);

    Clock &m_clock;
    QString m_path;
    QString m_name;
    Reconnect m_reconnect = Reconnect::Never;
    State m_state = State::Disconnected;
    ServiceInfo m_info;
    LineSplitter m_lines;
    QHash<qint64, std::shared_ptr<Call>> m_calls;
    qint64 m_nextId = 1;
    qint64 m_retryMs = kFirstRetryMs;
    std::unique_ptr<TimerHandle> m_retry;
    QLocalSocket *m_socket = nullptr; ///< child, one per attempt
};

} // namespace earshot::rpc
