// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/triggerconfig.h"
#include "triggers/proxy.h"

#include <QByteArray>
#include <QList>
#include <QPair>
#include <QProcessEnvironment>
#include <QString>
#include <QStringList>
#include <QUrl>

namespace earshot::triggers {

/// Everything one connection attempt needs to know.
struct ConnectRequest
{
    QUrl url; ///< `ws` or `wss`
    QList<QPair<QByteArray, QByteArray>> headers;
    QStringList subprotocols; ///< when given, the server has to choose one of them
    QByteArray origin;
    ProxySetting proxy;
    /// Where `system` looks for HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
    QProcessEnvironment environment;
    TlsConfig tls;
    int connectTimeoutMs = 30'000; ///< from open() to the finished upgrade
    qint64 maxMessageBytes = qint64(64) * 1024 * 1024; ///< a larger one closes with 1009
    /// What may wait to be sent; a single message may be larger when nothing waits.
    qint64 maxOutgoingBytes = qint64(16) * 1024 * 1024;
    int pingIntervalMs = 25'000; ///< 0 = no pings
    int pongTimeoutMs = 20'000; ///< after a ping, without any byte from the server
    int idleTimeoutMs = 0; ///< without any byte from the server, pings included; 0 = no watchdog
    int stallTimeoutMs = 20'000; ///< for the rest of a frame that has begun
    int closeTimeoutMs = 3'000; ///< for a closing connection to go away by itself
    bool blockPrivate = false;
};

/// Made when the upgrade succeeded.
struct HandshakeInfo
{
    QString subprotocol;
    QString peerAddress; ///< `address:port` of the server, or of the proxy with `via proxy`
    QString tlsProtocol; ///< `TLSv1.3`; empty for `ws`
    QString tlsCipher;
    qint64 elapsedMs = 0; ///< since open()
};

} // namespace earshot::triggers
