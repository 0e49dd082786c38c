// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/rawwebsocketserver.h"
#include "triggers/websocketconnection.h"

#include <QList>
#include <QTest>

namespace earshot {

/// A connection under test that writes down everything it says. Proxy settings of the machine are
/// left out.
struct ConnectionFixture
{
    ConnectionFixture()
    {
        using triggers::WebSocketConnection;
        request.proxy.mode = triggers::ProxySetting::Mode::None;
        QObject::connect(&connection, &WebSocketConnection::opened, &connection,
            [this](const triggers::HandshakeInfo &info) {
                handshake = info;
                ++opens;
            });
        QObject::connect(&connection, &WebSocketConnection::stageReached, &connection,
            [this](triggers::ConnectStage stage, qint64) { stages.append(stage); });
        QObject::connect(&connection, &WebSocketConnection::textReceived, &connection,
            [this](const QByteArray &text) { texts.append(text); });
        QObject::connect(&connection, &WebSocketConnection::binaryReceived, &connection,
            [this](const QByteArray &data) { binaries.append(data); });
        QObject::connect(&connection, &WebSocketConnection::pongReceived, &connection,
            [this](qint64 elapsed) { pongs.append(elapsed); });
        QObject::connect(&connection, &WebSocketConnection::closed, &connection,
            [this](const triggers::CloseInfo &info) { closes.append(info); });
    }
    ~ConnectionFixture() { connection.disconnect(&connection); }
    Q_DISABLE_COPY_MOVE(ConnectionFixture)

    /// Opens `request` and waits until it is open; false if it ended instead.
    [[nodiscard]] bool open()
    {
        connection.open(request);
        const bool settled
            = QTest::qWaitFor([this] { return opens > 0 || !closes.isEmpty(); }, 20'000);
        return settled && opens == 1 && closes.isEmpty();
    }
    [[nodiscard]] bool openTo(
        const testsupport::RawWebSocketServer &server, const QString &path = QStringLiteral("/"))
    {
        request.url = server.url(path);
        return open();
    }
    /// Opens `request` and waits for its end; a default CloseInfo if there was none.
    [[nodiscard]] triggers::CloseInfo openAndFail()
    {
        connection.open(request);
        const bool ended = QTest::qWaitFor([this] { return !closes.isEmpty(); }, 20'000);
        return ended ? closes.constFirst() : triggers::CloseInfo();
    }

    triggers::WebSocketConnection connection;
    triggers::ConnectRequest request;
    triggers::HandshakeInfo handshake;
    int opens = 0;
    QList<triggers::ConnectStage> stages;
    QList<QByteArray> texts;
    QList<QByteArray> binaries;
    QList<qint64> pongs;
    QList<triggers::CloseInfo> closes;
};

} // namespace earshot
