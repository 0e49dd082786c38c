// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QObject>

#include <functional>

class QTcpServer;
class QTcpSocket;

namespace earshot::testsupport {

/// A proxy on 127.0.0.1 that speaks HTTP CONNECT or SOCKS5, relays, remembers what it was asked and
/// can refuse.
class RawProxy final : public QObject
{
    Q_OBJECT
public:
    enum class Protocol { HttpConnect, Socks5 };

    explicit RawProxy(Protocol protocol, QObject *parent = nullptr);
    ~RawProxy() override;
    Q_DISABLE_COPY_MOVE(RawProxy)

    [[nodiscard]] quint16 port() const;
    /// HTTP: sent instead of `200` and a relay; `hangUp` closes after it.
    void setAnswer(const QByteArray &answer, bool hangUp);
    /// SOCKS5: the reply code instead of 0, e.g. 2 = not allowed, 5 = refused.
    void setSocksReply(int code) { m_socksReply = code; }
    /// SOCKS5: ask for user name and password.
    void setSocksLogin(const QByteArray &user, const QByteArray &password);

    /// Heads of the HTTP requests, or `host:port` of SOCKS5 requests, oldest first.
    [[nodiscard]] const QList<QByteArray> &requests() const { return m_requests; }

private:
    void onConnection(QTcpSocket *client);
    void onHttp(QTcpSocket *client);
    void onSocks(QTcpSocket *client);
    void relay(QTcpSocket *client, const QByteArray &host, quint16 port, const QByteArray &success);

    Protocol m_protocol;
    QTcpServer *m_server; ///< child
    QByteArray m_answer;
    bool m_hangUp = false;
    int m_socksReply = 0;
    QByteArray m_user;
    QByteArray m_password;
    QList<QByteArray> m_requests;
};

} // namespace earshot::testsupport
