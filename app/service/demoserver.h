// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QWebSocketServer>

class QWebSocket;

namespace earshot::service {

/// A small shop on loopback that tells its orders to whoever connects: a server to try a trigger
/// with where there is no network.
class DemoServer final : public QObject
{
    Q_OBJECT
public:
    enum class Story {
        Once, ///< to one client, from the beginning to the end
        Endless, ///< to everyone, over and over
    };

    explicit DemoServer(Story story, QObject *parent = nullptr);
    ~DemoServer() override;
    Q_DISABLE_COPY_MOVE(DemoServer)

    /// False when the port (0 = any) is not free.
    [[nodiscard]] bool listen(quint16 port = 0);
    [[nodiscard]] QString url() const;
    /// The port of a URL that an endless story was told at; 0 = it is another server's.
    [[nodiscard]] static quint16 portOf(const QString &url);

signals:
    void sent(const QString &text);
    void answered(const QString &text);
    /// Every message was sent and the last one had time to be answered.
    void finished();

private:
    void greet();

    Story m_story;
    QWebSocketServer m_server;
    int m_clients = 0;
};

} // namespace earshot::service
