// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QNetworkProxy>
#include <QProcessEnvironment>
#include <QString>
#include <QStringView>

class QUrl;

namespace earshot::triggers {

/// `connection.proxy` of a trigger.
struct ProxySetting
{
    enum class Mode {
        System, ///< HTTPS_PROXY, HTTP_PROXY and NO_PROXY by Windmill's rules
        None,
        Url,
    };
    Mode mode = Mode::System;
    QString url; ///< `[scheme://][user[:password]@]host[:port]`; http, https, socks5, socks5h

    /// `system` (also empty), `none` or a proxy URL.
    [[nodiscard]] static Result<ProxySetting> fromText(const QString &text);

    friend bool operator==(const ProxySetting &, const ProxySetting &) = default;
};

/// The proxy for a connection to `target`, or QNetworkProxy::NoProxy. A proxy from the environment
/// that cannot be read is not used (Windmill's rule); one from a trigger was checked by fromText().
[[nodiscard]] QNetworkProxy chooseProxy(
    const ProxySetting &setting, const QUrl &target, const QProcessEnvironment &environment);

/// Whether a NO_PROXY list covers `host`: `*`, exact names, a domain with its sub-domains; case,
/// leading and trailing dots and `:port` do not matter; no CIDR.
[[nodiscard]] bool isExemptFromProxy(QStringView noProxy, QStringView host);

} // namespace earshot::triggers
