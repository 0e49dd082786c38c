// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringView>

namespace earshot::triggers {

/// Why the server's answer to the upgrade request was refused.
struct HandshakeFault
{
    enum class Kind {
        HttpStatus, ///< an HTTP answer other than 101; `httpStatus`, `detail` = reason phrase
        VersionRefused, ///< the server wants another protocol version; `detail` = which
        HeadersTooLarge,
        NotHttp, ///< `detail` = how the answer began, made printable
        MixedConnectionHeader, ///< `Connection: keep-alive, Upgrade`; `detail` = its value
        NotWebSocket, ///< 101 without proper upgrade headers; `detail` = the library's words
        WrongAcceptKey,
        SubprotocolNotOffered, ///< `detail` = the one the server chose
        SubprotocolMissing, ///< subprotocols were offered, none was chosen; `detail` = the offered
        Unknown, ///< `detail` = the library's words
    };
    Kind kind = Kind::Unknown;
    int httpStatus = 0;
    QString detail;

    friend bool operator==(const HandshakeFault &, const HandshakeFault &) = default;
};

/// Reads QWebSocket::errorString() after a failed handshake: the library reports the HTTP status,
/// and everything else it knows, only there. The one place that knows its wording (Qt 6.4,
/// untranslated: the service loads no translations of Qt).
[[nodiscard]] HandshakeFault parseHandshakeError(QStringView errorString);

} // namespace earshot::triggers
