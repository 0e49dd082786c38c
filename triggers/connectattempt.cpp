// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/connectattempt.h"

#include "triggers/connectrequest.h"
#include "triggers/tlssetup.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::triggers {

QString hostAndPort(const QString &host, quint16 port)
{
    return (host.contains(u':') ? u"[%1]:%2"_s : u"%1:%2"_s).arg(host, QString::number(port));
}

bool ConnectAttempt::usesTls() const
{
    return upgrade.url.scheme() == "wss"_L1;
}

QString ConnectAttempt::proxyAddress() const
{
    return hostAndPort(proxy.hostName(), proxy.port());
}

void ConnectAttempt::describe(CloseContext &context) const
{
    context.target = target;
    context.tls = usesTls();
    if (proxy.type() == QNetworkProxy::HttpProxy) {
        context.httpProxy = proxyAddress();
    } else if (proxy.type() == QNetworkProxy::Socks5Proxy) {
        context.socksProxy = proxyAddress();
    }
}

Result<ConnectAttempt> prepareAttempt(const ConnectRequest &request)
{
    ConnectAttempt attempt;
    auto upgrade = buildUpgradeRequest(request);
    if (!upgrade) {
        return upgrade.error();
    }
    attempt.upgrade = *std::move(upgrade);
    const QUrl &url = attempt.upgrade.url;
    attempt.target
        = hostAndPort(url.host(), static_cast<quint16>(url.port(attempt.usesTls() ? 443 : 80)));
    attempt.proxy = chooseProxy(request.proxy, url, request.environment);
    if (attempt.usesTls()) {
        auto configuration = tlsConfiguration(request.tls);
        if (!configuration) {
            return configuration.error();
        }
        auto pins = parsePins(request.tls.pinSha256);
        if (!pins) {
            return pins.error();
        }
        attempt.tls = *std::move(configuration);
        attempt.pins = *std::move(pins);
    }
    attempt.liveness = {.pingInterval = request.pingIntervalMs,
        .pongTimeout = request.pongTimeoutMs,
        .idleTimeout = request.idleTimeoutMs};
    attempt.stallTimeoutMs = std::max(request.stallTimeoutMs, 1);
    attempt.blockPrivate = request.blockPrivate;
    return attempt;
}

} // namespace earshot::triggers
