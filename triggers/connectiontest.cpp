// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/connectiontest.h"

#include "triggers/connectsetup.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::triggers {

ConnectionTest::ConnectionTest(TriggerConfig config, SessionEnvironment environment,
    std::function<void(const ConnectionTestReport &)> done, QObject *parent)
    : QObject(parent)
    , m_config(std::move(config))
    , m_environment(std::move(environment))
    , m_done(std::move(done))
{ }

void ConnectionTest::start(int limitMs)
{
    m_limitMs = limitMs;
    m_stageSinceMs = m_environment.clock.monotonicMs();
    m_limit = m_environment.clock.after(limitMs, [this] {
        finish(u"Timeout connecting to service after %1 seconds"_s.arg(m_limitMs / 1000));
    });
    if (isInvalidDollarUrl(m_config.url)) {
        finish(invalidDollarUrl(m_config.url).message);
        return;
    }
    const auto runnable = urlRunnable(m_config.url);
    if (!runnable) {
        connectTo(m_config.url);
        return;
    }
    m_pending = m_environment.invoker.invoke({.purpose = RunPurpose::Url,
                                                 .triggerPath = m_config.path,
                                                 .runnable = *runnable,
                                                 .args = m_config.urlArgs},
        [this, runnable](const RunOutcome &outcome) {
            m_pending.reset();
            const auto url = urlFromOutcome(*runnable, outcome);
            endStage(u"resolve_url"_s, url.has_value(), runnableLabel(*runnable));
            if (url) {
                connectTo(*url);
            } else {
                finish(u"Error getting WebSocket URL from runnable after 5 tries: %1"_s.arg(
                    url.error().message));
            }
        });
}

void ConnectionTest::connectTo(const QString &url)
{
    auto request = buildConnectRequest(m_config, url, m_environment.references);
    if (!request) {
        finish(request.error().message);
        return;
    }
    // Not longer than the trigger itself would wait.
    request->connectTimeoutMs = std::min(request->connectTimeoutMs, m_limitMs);
    m_stageSinceMs = m_environment.clock.monotonicMs();
    m_connection = new WebSocketConnection(this);
    connect(m_connection, &WebSocketConnection::stageReached, this, [this](ConnectStage stage) {
        switch (stage) {
        case ConnectStage::Resolved:
            endStage(u"dns"_s, true, {});
            break;
        case ConnectStage::TcpConnected:
            endStage(u"connect"_s, true, {});
            break;
        case ConnectStage::TlsEstablished:
            endStage(u"tls"_s, true, {});
            break;
        case ConnectStage::Upgraded:
            break; // opened() knows more
        }
    });
    connect(m_connection, &WebSocketConnection::opened, this, [this](const HandshakeInfo &info) {
        QString detail = info.peerAddress;
        if (!info.subprotocol.isEmpty()) {
            detail += u", subprotocol %1"_s.arg(info.subprotocol);
        }
        if (!info.tlsProtocol.isEmpty()) {
            detail += u", %1 %2"_s.arg(info.tlsProtocol, info.tlsCipher);
        }
        endStage(u"handshake"_s, true, detail);
        finish({});
    });
    connect(m_connection, &WebSocketConnection::closed, this,
        [this, timeoutMs = request->connectTimeoutMs](const CloseInfo &info) {
            if (info.kind == CloseKind::ConnectTimeout) {
                finish(u"Timeout connecting to service after %1 seconds"_s.arg(timeoutMs / 1000.0));
            } else {
                finish(u"Error connecting to WebSocket: %1"_s.arg(info.message));
            }
        });
    m_connection->open(*request);
}

void ConnectionTest::endStage(const QString &name, bool ok, const QString &detail)
{
    const qint64 now = m_environment.clock.monotonicMs();
    m_report.stages.append({.name = name,
        .ok = ok,
        .milliseconds = static_cast<double>(now - m_stageSinceMs),
        .detail = m_environment.mask ? m_environment.mask(detail) : detail});
    m_stageSinceMs = now;
}

void ConnectionTest::finish(const QString &error)
{
    if (!m_done) {
        return;
    }
    m_limit.reset();
    m_pending.reset();
    if (m_connection != nullptr) {
        m_connection->disconnect(this);
        m_connection->close();
    }
    m_report.ok = error.isEmpty();
    m_report.error = m_environment.mask ? m_environment.mask(error) : error;
    std::exchange(m_done, {})(m_report);
    deleteLater();
}

} // namespace earshot::triggers
