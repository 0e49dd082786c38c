// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QTest>

/// A client that speaks bytes, to say what the real one never would.
class RawClient final
{
public:
    explicit RawClient(const QString &path)
    {
        socket.connectToServer(path);
        connected = socket.waitForConnected(5'000);
    }

    void send(const QByteArray &line)
    {
        socket.write(line + '\n');
        socket.flush();
    }

    void hello(int api = 1)
    {
        send(R"({"jsonrpc":"2.0","id":0,"method":"service.hello","params":{"api":)"
            + QByteArray::number(api) + R"(,"client":"test"}})");
    }

    /// The next line as an object; empty when none came or the connection ended.
    QJsonObject next(int milliseconds = 5'000)
    {
        QElapsedTimer timer;
        timer.start();
        while (!socket.canReadLine() && timer.elapsed() < milliseconds
            && (socket.state() == QLocalSocket::ConnectedState || socket.bytesAvailable() > 0)) {
            QTest::qWait(1);
        }
        return QJsonDocument::fromJson(socket.readLine()).object();
    }

    int nextErrorCode()
    {
        return next()
            .value(QLatin1StringView("error"))
            .toObject()
            .value(QLatin1StringView("code"))
            .toInt();
    }

    bool waitForEnd(int milliseconds = 5'000)
    {
        return QTest::qWaitFor(
            [this] { return socket.state() == QLocalSocket::UnconnectedState; }, milliseconds);
    }

    QLocalSocket socket;
    bool connected = false;
};
