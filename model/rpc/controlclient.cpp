// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/controlclient.h"

namespace earshot::rpc {

ControlClient::ControlClient(Clock &clock, QObject *parent)
    : QObject(parent)
    , m_client(clock)
{
    connect(&m_client, &JsonRpcClient::ready, this, &ControlClient::ready);
    connect(&m_client, &JsonRpcClient::lost, this, &ControlClient::lost);
    connect(&m_client, &JsonRpcClient::notified, this, &ControlClient::onNotified);
}

ControlClient::~ControlClient() = default;

void ControlClient::open(
    const QString &socketPath, const QString &clientName, JsonRpcClient::Reconnect reconnect)
{
    m_client.open(socketPath, clientName, reconnect);
}

void ControlClient::close()
{
    m_client.close();
}

bool ControlClient::isReady() const noexcept
{
    return m_client.state() == JsonRpcClient::State::Ready;
}

const ServiceInfo &ControlClient::serviceInfo() const noexcept
{
    return m_client.serviceInfo();
}

void ControlClient::onNotified(const QString &method, const QJsonObject &params)
{
    // A push we cannot read is from a newer service: the rest of the API still works.
    if (method == QLatin1StringView(kMessageBatch)) {
        if (const auto batch = fromJson<MessageBatch>(params)) {
            emit messagesArrived(*batch);
        }
    } else if (method == QLatin1StringView(kRunBatch)) {
        if (const auto batch = fromJson<RunBatch>(params)) {
            emit runsChanged(*batch);
        }
    } else if (method == QLatin1StringView(kTriggerBatch)) {
        if (const auto batch = fromJson<TriggerBatch>(params)) {
            emit triggersChanged(*batch);
        }
    } else if (method == QLatin1StringView(kRunnableChanged)) {
        if (const auto change = fromJson<RunnableChange>(params)) {
            emit runnableChanged(*change);
        }
    } else if (method == QLatin1StringView(kRunOutput)) {
        if (const auto output = fromJson<RunOutput>(params)) {
            emit runOutputArrived(*output);
        }
    } else if (method == QLatin1StringView(kServiceNotice)) {
        if (const auto notice = fromJson<Notice>(params)) {
            emit noticeArrived(*notice);
        }
    } else if (method == QLatin1StringView(kServiceStopping)) {
        emit stopping();
    }
}

} // namespace earshot::rpc
