// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>
#include <QWebSocketServer>

#include <memory>

class QTimer;
class QWebSocket;

namespace earshot::cli {

/// A small shop that tells its orders to whoever connects, on loopback; for `earshot demo` only.
class DemoServer final : public QObject
{
    Q_OBJECT
public:
    explicit DemoServer(QObject *parent = nullptr);
    ~DemoServer() override;
    Q_DISABLE_COPY_MOVE(DemoServer)

    /// False when no port is free.
    [[nodiscard]] bool listen();
    [[nodiscard]] QString url() const;

signals:
    void sent(const QString &text);
    void answered(const QString &text);
    /// Every message was sent and the last one had time to be answered.
    void finished();

private:
    void greet();
    void sendNext();

    QWebSocketServer m_server;
    QWebSocket *m_client = nullptr; ///< child
    QTimer *m_timer = nullptr; ///< child
    qsizetype m_next = 0;
};

} // namespace earshot::cli
