// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/connectsetup.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::triggers {

namespace {

constexpr auto kScriptPrefix = "$script:"_L1;
constexpr auto kFlowPrefix = "$flow:"_L1;

int milliseconds(double seconds)
{
    return static_cast<int>(std::min(seconds * 1000.0, 2e9));
}

} // namespace

std::optional<RunnableRef> urlRunnable(const QString &url)
{
    if (url.startsWith(kScriptPrefix)) {
        return RunnableRef{.path = url.sliced(kScriptPrefix.size()), .isFlow = false};
    }
    if (url.startsWith(kFlowPrefix)) {
        return RunnableRef{.path = url.sliced(kFlowPrefix.size()), .isFlow = true};
    }
    return std::nullopt;
}

bool isInvalidDollarUrl(const QString &url)
{
    return url.startsWith(u'$') && !url.startsWith("$var:"_L1) && !url.startsWith("$res:"_L1)
        && !urlRunnable(url);
}

Error invalidDollarUrl(const QString &url)
{
    return {.code = ErrorCode::InvalidArgument,
        .message = u"Invalid WebSocket runnable path: %1"_s.arg(url),
        .detail = {}};
}

QString runnableLabel(const RunnableRef &runnable)
{
    return (runnable.isFlow ? u"Flow %1"_s : u"Script %1"_s).arg(runnable.path);
}

QString errorText(const RunOutcome &outcome)
{
    const QJsonObject error
        = QJsonDocument::fromJson(outcome.result).object().value("error"_L1).toObject();
    const QString name = error.value("name"_L1).toString();
    const QString message = error.value("message"_L1).toString();
    if (name.isEmpty() && message.isEmpty()) {
        return QString::fromUtf8(outcome.result.left(512));
    }
    return name.isEmpty() ? message : u"%1: %2"_s.arg(name, message);
}

Result<QString> urlFromOutcome(const RunnableRef &runnable, const RunOutcome &outcome)
{
    if (outcome.status != RunStatus::Success) {
        return Error{.code = ErrorCode::Unavailable,
            .message = u"%1 failed: %2"_s.arg(runnableLabel(runnable), errorText(outcome)),
            .detail = {}};
    }
    // QJsonDocument takes only objects and arrays.
    const QJsonValue value = QJsonDocument::fromJson("[" + outcome.result + "]").array().at(0);
    if (!value.isString()) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"%1 did not return a string"_s.arg(runnableLabel(runnable)),
            .detail = {}};
    }
    return value.toString();
}

Result<ConnectRequest> buildConnectRequest(
    const TriggerConfig &config, const QString &url, const ReferenceResolver &references)
{
    const auto resolvedUrl = references.resolveText(url);
    if (!resolvedUrl) {
        return resolvedUrl.error();
    }
    const ConnectionConfig &connection = config.connection;
    ConnectRequest request;
    request.url = QUrl(resolvedUrl->trimmed(), QUrl::StrictMode);
    for (const auto &[name, value] : connection.headers) {
        const auto resolved = references.resolveText(value);
        if (!resolved) {
            return resolved.error();
        }
        request.headers.append({name.toUtf8(), resolved->toUtf8()});
    }
    const auto proxy = ProxySetting::fromText(connection.proxy);
    if (!proxy) {
        return proxy.error();
    }
    request.proxy = *proxy;
    request.environment = QProcessEnvironment::systemEnvironment();
    request.subprotocols = connection.subprotocols;
    request.origin = connection.origin.toUtf8();
    request.tls = connection.tls;
    request.connectTimeoutMs = milliseconds(connection.connectTimeoutSecs);
    request.maxMessageBytes = connection.maxMessageBytes;
    request.pingIntervalMs = milliseconds(connection.pingIntervalSecs);
    request.pongTimeoutMs = milliseconds(connection.pongTimeoutSecs);
    request.idleTimeoutMs = milliseconds(connection.idleTimeoutSecs);
    request.blockPrivate = connection.blockPrivate;
    return request;
}

} // namespace earshot::triggers
