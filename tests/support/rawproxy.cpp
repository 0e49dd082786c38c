// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/rawproxy.h"

#include <QHostAddress>
#include <QTcpServer>
#include <QTcpSocket>
#include <QtEndian>

namespace earshot::testsupport {

namespace {

constexpr const char *kStep
    = "step"; ///< property of a SOCKS5 client: 0 greeting, 1 login, 2 request, 3 done

} // namespace

RawProxy::RawProxy(Protocol protocol, QObject *parent)
    : QObject(parent)
    , m_protocol(protocol)
    , m_server(new QTcpServer(this))
{
    connect(m_server, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket *client = m_server->nextPendingConnection()) {
            onConnection(client);
        }
    });
    if (!m_server->listen(QHostAddress::LocalHost)) {
        qFatal("no port to listen on: %ls", qUtf16Printable(m_server->errorString()));
    }
}

RawProxy::~RawProxy() = default;

quint16 RawProxy::port() const
{
    return m_server->serverPort();
}

void RawProxy::setAnswer(const QByteArray &answer, bool hangUp)
{
    m_answer = answer;
    m_hangUp = hangUp;
}

void RawProxy::setSocksLogin(const QByteArray &user, const QByteArray &password)
{
    m_user = user;
    m_password = password;
}

void RawProxy::onConnection(QTcpSocket *client)
{
    connect(client, &QAbstractSocket::disconnected, client, &QObject::deleteLater);
    client->setProperty(kStep, 0);
    connect(client, &QIODevice::readyRead, this, [this, client] {
        if (m_protocol == Protocol::HttpConnect) {
            onHttp(client);
        } else {
            onSocks(client);
        }
    });
}

void RawProxy::onHttp(QTcpSocket *client)
{
    const QByteArray seen = client->peek(client->bytesAvailable());
    const qsizetype end = seen.indexOf("\r\n\r\n");
    if (client->property(kStep).toInt() != 0 || end < 0) {
        return;
    }
    client->setProperty(kStep, 3);
    const QByteArray head = client->read(end + 4);
    m_requests.append(head);
    if (!m_answer.isNull()) {
        client->write(m_answer);
        if (m_hangUp) {
            client->disconnectFromHost();
        }
        return;
    }
    const QByteArray target = head.split(' ').value(1);
    const qsizetype colon = target.lastIndexOf(':');
    relay(client, target.first(colon), target.sliced(colon + 1).toUShort(),
        "HTTP/1.1 200 Connection established\r\n\r\n");
}

void RawProxy::onSocks(QTcpSocket *client)
{
    const QByteArray seen = client->peek(client->bytesAvailable());
    const auto byte = [&seen](qsizetype i) { return static_cast<unsigned char>(seen[i]); };
    const int step = client->property(kStep).toInt();
    if (step == 0 && seen.size() >= 2 && seen.size() >= 2 + byte(1)) {
        client->read(2 + byte(1));
        client->setProperty(kStep, m_user.isEmpty() ? 2 : 1);
        client->write(m_user.isEmpty() ? QByteArray("\x05\x00", 2) : QByteArray("\x05\x02", 2));
    } else if (step == 1 && seen.size() >= 2 && seen.size() > 2 + byte(1)
        && seen.size() >= 3 + byte(1) + byte(2 + byte(1))) {
        const qsizetype userLength = byte(1);
        const qsizetype passwordLength = byte(2 + userLength);
        const bool ok = seen.sliced(2, userLength) == m_user
            && seen.sliced(3 + userLength, passwordLength) == m_password;
        client->read(3 + userLength + passwordLength);
        client->setProperty(kStep, 2);
        client->write(ok ? QByteArray("\x01\x00", 2) : QByteArray("\x01\x01", 2));
    } else if (step == 2 && seen.size() >= 5) {
        const bool byName = byte(3) == 3;
        const qsizetype length = byName ? byte(4) : byte(3) == 1 ? 4 : 16;
        const qsizetype at = byName ? 5 : 4;
        if (seen.size() < at + length + 2) {
            return;
        }
        QByteArray host = seen.sliced(at, length);
        if (byte(3) == 1) {
            host = QHostAddress(qFromBigEndian<quint32>(host.constData())).toString().toLatin1();
        } else if (byte(3) == 4) {
            host = QHostAddress(reinterpret_cast<const quint8 *>(host.constData()))
                       .toString()
                       .toLatin1();
        }
        const auto port = qFromBigEndian<quint16>(seen.constData() + at + length);
        client->read(at + length + 2);
        client->setProperty(kStep, 3);
        m_requests.append(host + ':' + QByteArray::number(port));
        QByteArray reply = QByteArray("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10);
        reply[1] = static_cast<char>(m_socksReply);
        if (m_socksReply != 0) {
            client->write(reply);
            client->disconnectFromHost();
            return;
        }
        relay(client, host, port, reply);
    }
}

void RawProxy::relay(
    QTcpSocket *client, const QByteArray &host, quint16 port, const QByteArray &success)
{
    auto *server = new QTcpSocket(client);
    connect(server, &QAbstractSocket::connected, client, [client, server, success] {
        client->write(success);
        connect(client, &QIODevice::readyRead, server,
            [client, server] { server->write(client->readAll()); });
        connect(server, &QIODevice::readyRead, client,
            [client, server] { client->write(server->readAll()); });
        server->write(client->readAll());
    });
    connect(
        server, &QAbstractSocket::disconnected, client, [client] { client->disconnectFromHost(); });
    server->connectToHost(QString::fromLatin1(host), port);
}

} // namespace earshot::testsupport
