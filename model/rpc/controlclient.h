// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/jsonrpcclient.h"
#include "model/rpc/methods.h"

#include <QObject>

#include <functional>

namespace earshot::rpc {

using MessageBatch = Batch<MessageRow>;
using RunBatch = Batch<RunRow>;
using TriggerBatch = Batch<TriggerSummary>;

/// The control API with types, for the window and the command line:
///
///     client.call<RunGet>({.id = 41}, this, [this](const Result<RunDetail> &run) { … });
///
/// The callback runs once on the event loop, unless `context` is gone by then.
class ControlClient final : public QObject
{
    Q_OBJECT
public:
    explicit ControlClient(Clock &clock, QObject *parent = nullptr);
    ~ControlClient() override;
    Q_DISABLE_COPY_MOVE(ControlClient)

    void open(const QString &socketPath, const QString &clientName,
        JsonRpcClient::Reconnect reconnect = JsonRpcClient::Reconnect::Never);
    void close();
    [[nodiscard]] bool isReady() const noexcept;
    [[nodiscard]] const ServiceInfo &serviceInfo() const noexcept;

    template <typename Method>
    void call(const typename Method::Params &params, QObject *context,
        std::function<void(const Result<typename Method::Result> &)> callback,
        qint64 deadlineMs = JsonRpcClient::kDefaultDeadlineMs)
    {
        m_client.call(
            QString::fromLatin1(Method::kName), toJson(params), context,
            [callback = std::move(callback)](const Result<QJsonObject> &answer) {
                if (!answer) {
                    callback(answer.error());
                } else {
                    callback(fromJson<typename Method::Result>(*answer));
                }
            },
            deadlineMs);
    }

signals:
    void ready(const earshot::rpc::ServiceInfo &info);
    void lost(const earshot::Error &error);
    void messagesArrived(const earshot::rpc::MessageBatch &batch);
    void runsChanged(const earshot::rpc::RunBatch &batch);
    void triggersChanged(const earshot::rpc::TriggerBatch &batch);
    void runnableChanged(const earshot::rpc::RunnableChange &change);
    void runOutputArrived(const earshot::rpc::RunOutput &output);
    void noticeArrived(const earshot::rpc::Notice &notice);
    /// The service ends; lost() follows.
    void stopping();

private:
    void onNotified(const QString &method, const QJsonObject &params);

    JsonRpcClient m_client;
};

} // namespace earshot::rpc
