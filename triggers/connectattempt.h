// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "triggers/closeinfo.h"
#include "triggers/liveness.h"
#include "triggers/upgraderequest.h"

#include <QByteArray>
#include <QList>
#include <QNetworkProxy>
#include <QSslConfiguration>
#include <QSslError>
#include <QString>

namespace earshot::triggers {

struct ConnectRequest;

/// A checked ConnectRequest and what is known while it is carried out; gone once the connection is
/// open.
struct ConnectAttempt
{
    UpgradeRequest upgrade;
    QNetworkProxy proxy{QNetworkProxy::NoProxy};
    QSslConfiguration tls;
    QList<QByteArray> pins; ///< SHA-256 of public keys, 32 bytes each
    QString target; ///< `host:port`
    Liveness::Limits liveness;
    int stallTimeoutMs = 0;
    bool blockPrivate = false;

    QList<QSslError> certificateErrors;
    /// How far it came, for the words of a time-out.
    QString reached = QStringLiteral("the host name is being looked up");

    [[nodiscard]] bool usesTls() const;
    [[nodiscard]] bool usesProxy() const { return proxy.type() != QNetworkProxy::NoProxy; }
    /// `host:port`
    [[nodiscard]] QString proxyAddress() const;
    /// Fills in what the words of a CloseInfo need.
    void describe(CloseContext &context) const;
};

/// Checks everything that can be checked without the network; an Error names what is wrong.
[[nodiscard]] Result<ConnectAttempt> prepareAttempt(const ConnectRequest &request);

/// `host:port`, with brackets around an IPv6 address.
[[nodiscard]] QString hostAndPort(const QString &host, quint16 port);

} // namespace earshot::triggers
