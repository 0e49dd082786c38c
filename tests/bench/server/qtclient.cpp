// SPDX-License-Identifier: GPL-3.0-or-later
// The bare QWebSocket client that received-message rates are compared with: it counts, and answers
// nothing.
#include <QCoreApplication>
#include <QUrl>
#include <QWebSocket>

#include <cstdio>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc != 2) {
        std::fputs("usage: bench_qtclient URL\n", stderr);
        return 2;
    }
    QWebSocket socket;
    quint64 count = 0;
    QObject::connect(&socket, &QWebSocket::textMessageReceived, &socket,
        [&count](const QString &message) { count += message.isEmpty() ? 0 : 1; });
    QObject::connect(&socket, &QWebSocket::disconnected, &application, [&count] {
        std::printf("%llu\n", static_cast<unsigned long long>(count));
        QCoreApplication::quit();
    });
    socket.open(QUrl(QString::fromLocal8Bit(argv[1])));
    return QCoreApplication::exec();
}
