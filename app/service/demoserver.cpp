// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/demoserver.h"

#include <QStringList>
#include <QTimer>
#include <QUrl>
#include <QWebSocket>

#include <memory>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

constexpr int kIntervalMs = 700;
constexpr int kEndlessIntervalMs = 2000;
constexpr int kMaxClients = 16; ///< beyond it connections are refused
constexpr QLatin1StringView kEndlessPath("/earshot-demo");

/// What the shop says: orders, and things a filter lets go by. `%1` is the number of the order.
QStringList story()
{
    return {uR"({"type":"order","id":%1,"item":"green tea","quantity":2})"_s,
        uR"({"type":"price","item":"coffee","value":3.2})"_s,
        uR"({"type":"order","id":%1,"item":"coffee","quantity":1})"_s,
        uR"({"type":"order","id":%1,"item":"cake","quantity":12})"_s,
        uR"({"type":"closing","in_minutes":10})"_s,
        uR"({"type":"order","id":%1,"item":"umbrella","quantity":1})"_s};
}

} // namespace

DemoServer::DemoServer(Story story, QObject *parent)
    : QObject(parent)
    , m_story(story)
    , m_server(u"Earshot demo"_s, QWebSocketServer::NonSecureMode)
{
    connect(&m_server, &QWebSocketServer::newConnection, this, &DemoServer::greet);
}

DemoServer::~DemoServer() = default;

bool DemoServer::listen(quint16 port)
{
    return m_server.listen(QHostAddress::LocalHost, port);
}

QString DemoServer::url() const
{
    return u"ws://127.0.0.1:%1%2"_s.arg(m_server.serverPort())
        .arg(m_story == Story::Endless ? kEndlessPath : "/orders"_L1);
}

quint16 DemoServer::portOf(const QString &url)
{
    const QUrl parsed(url);
    return parsed.host() == "127.0.0.1"_L1 && parsed.path() == kEndlessPath
        ? static_cast<quint16>(parsed.port(0))
        : quint16(0);
}

void DemoServer::greet()
{
    QWebSocket *client = m_server.nextPendingConnection();
    if (m_clients >= (m_story == Story::Once ? 1 : kMaxClients)) {
        client->deleteLater();
        return;
    }
    ++m_clients;
    client->setParent(this);
    connect(client, &QWebSocket::textMessageReceived, this, &DemoServer::answered);
    auto *timer = new QTimer(client);
    timer->setInterval(m_story == Story::Endless ? kEndlessIntervalMs : kIntervalMs);
    struct Told
    {
        qsizetype messages = 0;
        int orders = 0;
    };
    const auto tellNext = [this, client, timer, told = std::make_shared<Told>()] {
        const QStringList messages = story();
        if (told->messages >= messages.size() && m_story == Story::Once) {
            timer->stop();
            emit finished();
            return;
        }
        QString text = messages.at(told->messages++ % messages.size());
        if (text.contains("%1"_L1)) {
            text = text.arg(++told->orders);
        }
        client->sendTextMessage(text);
        emit sent(text);
    };
    connect(timer, &QTimer::timeout, this, tellNext);
    if (m_story == Story::Endless) {
        connect(client, &QWebSocket::disconnected, this, [this, client] {
            --m_clients;
            client->deleteLater();
        });
    } else {
        connect(client, &QWebSocket::disconnected, timer, &QTimer::stop);
    }
    timer->start();
    tellNext();
}

} // namespace earshot::service
