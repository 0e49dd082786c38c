// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/triggerconfig.h"
#include "triggers/triggersession.h"

#include <QList>
#include <QObject>

#include <functional>
#include <memory>

namespace earshot::triggers {

struct ConnectionTestStage
{
    QString name; ///< `resolve_url`, `dns`, `connect`, `tls`, `handshake`
    bool ok = true;
    double milliseconds = 0; ///< of this stage alone
    QString detail;
};

struct ConnectionTestReport
{
    bool ok = false;
    QList<ConnectionTestStage> stages;
    QString error; ///< Windmill's texts; empty when all went well
};

/// Connects once and closes again, sending nothing (Windmill's test endpoint, windmill.md 1.14).
/// Deletes itself after `done` was called, which happens within the limit.
class ConnectionTest final : public QObject
{
    Q_OBJECT
public:
    static constexpr int kLimitMs = 30'000;

    ConnectionTest(TriggerConfig config, SessionEnvironment environment,
        std::function<void(const ConnectionTestReport &)> done, QObject *parent = nullptr);

    void start(int limitMs = kLimitMs);

private:
    void connectTo(const QString &url);
    void endStage(const QString &name, bool ok, const QString &detail);
    void finish(const QString &error);

    TriggerConfig m_config;
    SessionEnvironment m_environment;
    std::function<void(const ConnectionTestReport &)> m_done;
    ConnectionTestReport m_report;
    WebSocketConnection *m_connection = nullptr; ///< child
    std::unique_ptr<PendingInvocation> m_pending;
    std::unique_ptr<TimerHandle> m_limit;
    qint64 m_stageSinceMs = 0;
    int m_limitMs = kLimitMs;
};

} // namespace earshot::triggers
