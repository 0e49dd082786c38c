// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/demoserver.h"

#include <QTimer>
#include <QWebSocket>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

constexpr int kIntervalMs = 700;

/// What the shop says: orders, and things the filter lets go by.
QStringList story()
{
    return {uR"({"type":"order","id":1,"item":"green tea","quantity":2})"_s,
        uR"({"type":"price","item":"coffee","value":3.2})"_s,
        uR"({"type":"order","id":2,"item":"coffee","quantity":1})"_s,
        uR"({"type":"order","id":3,"item":"cake","quantity":12})"_s,
        uR"({"type":"closing","in_minutes":10})"_s,
        uR"({"type":"order","id":4,"item":"umbrella","quantity":1})"_s};
}

} // namespace

DemoServer::DemoServer(QObject *parent)
    : QObject(parent)
    , m_server(u"Earshot demo"_s, QWebSocketServer::NonSecureMode)
    , m_timer(new QTimer(this))
{
    m_timer->setInterval(kIntervalMs);
    connect(m_timer, &QTimer::timeout, this, &DemoServer::sendNext);
    connect(&m_server, &QWebSocketServer::newConnection, this, &DemoServer::greet);
}

DemoServer::~DemoServer() = default;

bool DemoServer::listen()
{
    return m_server.listen(QHostAddress::LocalHost);
}

QString DemoServer::url() const
{
    return u"ws://127.0.0.1:%1/orders"_s.arg(m_server.serverPort());
}

void DemoServer::greet()
{
    QWebSocket *client = m_server.nextPendingConnection();
    if (m_client != nullptr) {
        client->deleteLater();
        return;
    }
    m_client = client;
    client->setParent(this);
    connect(client, &QWebSocket::textMessageReceived, this, &DemoServer::answered);
    m_timer->start();
    sendNext();
}

void DemoServer::sendNext()
{
    const QStringList messages = story();
    if (m_next < messages.size()) {
        const QString &text = messages.at(m_next++);
        m_client->sendTextMessage(text);
        emit sent(text);
    } else {
        m_timer->stop();
        emit finished();
    }
}

} // namespace earshot::cli
