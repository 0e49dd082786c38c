// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QList>
#include <QPair>
#include <QString>
#include <QStringList>
#include <QUrl>

namespace earshot::triggers {

struct ConnectRequest;

/// What goes into the upgrade request, checked and brought into the form the network library needs.
struct UpgradeRequest
{
    QUrl url; ///< with a path, without fragment and user info
    QList<QPair<QByteArray, QByteArray>> headers; ///< each name once
    QStringList subprotocols;
    QString origin;
};

/// Checks URL, headers, origin and subprotocols. The library sends headers unchecked (a line break
/// in a value would start a new header), repeats the ones it sets itself, keeps only the last of
/// several values and drops bad subprotocol names: all of that is refused or put right here. User
/// info of the URL becomes an Authorization header unless there is one.
[[nodiscard]] Result<UpgradeRequest> buildUpgradeRequest(const ConnectRequest &request);

} // namespace earshot::triggers
