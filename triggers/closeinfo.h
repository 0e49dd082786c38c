// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractSocket>
#include <QList>
#include <QSslError>
#include <QString>

class QUrl;

namespace earshot::triggers {

struct HandshakeFault;

/// Every way a connection, or the attempt at one, can end.
enum class CloseKind {
    Local, ///< close() or abort() was called
    ServerClose, ///< the server sent a Close frame; `code` and `reason` are its own
    ServerRestart, ///< a Close frame with a code of 1012 to 2999, which the library hides: shown as
                   ///< 1012
    Dropped, ///< the peer went away without a Close frame
    MessageTooLarge, ///< 1009, decided here
    InvalidText, ///< 1007, decided here
    ProtocolError, ///< 1002, decided here
    FrameStalled, ///< a frame began and its rest did not come
    PongTimeout,
    IdleTimeout,
    InvalidRequest, ///< bad URL, header, file or setting: nothing was sent
    PrivateAddress, ///< refused by `block_private`
    ConnectFailed, ///< name not found, refused, unreachable, reset before the upgrade
    ConnectTimeout,
    ProxyFailed,
    CertificateRejected, ///< certificate or pin
    TlsFailed, ///< any other failure of the TLS handshake
    HandshakeRefused, ///< the server answered with an HTTP status that is not 101
    HandshakeInvalid, ///< the answer is not a WebSocket upgrade
    SubprotocolRefused, ///< none of the offered subprotocols was chosen, or one that was not
                        ///< offered
};
[[nodiscard]] QString closeKindName(CloseKind kind);

/// How a connection ended. `message` holds no secret: query values and user info of the URL are
/// masked.
struct CloseInfo
{
    CloseKind kind = CloseKind::Local;
    /// The code people should see: the server's own, or 1006 where there was none.
    int code = 1006;
    QString reason; ///< the server's text, if it gave one
    /// One sentence or two: what happened, with which server, why, what can be done.
    QString message;
    int httpStatus = 0; ///< of a refused handshake, else 0
    bool wasOpen = false;

    /// Whether trying the same again may work (windmill.md 1.3): true for whatever ended an open
    /// connection, for I/O errors, for HTTP 5xx and 429.
    [[nodiscard]] bool isTransient() const;

    friend bool operator==(const CloseInfo &, const CloseInfo &) = default;
};

/// The URL as it may be shown: `***` instead of user info and of every query value, no fragment.
[[nodiscard]] QString maskedUrl(const QUrl &url);

/// What the words of a CloseInfo need to know about an attempt.
struct CloseContext
{
    QString server; ///< masked URL
    QString target; ///< `host:port`, as the proxy is asked for it
    QString httpProxy; ///< `host:port` of the HTTP proxy in use, if any
    QString socksProxy; ///< likewise SOCKS5
    bool tls = false;
    bool wasOpen = false;
};

/// A failure the socket reported; `certificateErrors` as collected from sslErrors.
[[nodiscard]] CloseInfo closeInfoForSocketError(QAbstractSocket::SocketError error,
    const QString &text, const QList<QSslError> &certificateErrors, const CloseContext &context);
[[nodiscard]] CloseInfo closeInfoForHandshake(
    const HandshakeFault &fault, const CloseContext &context);
/// A Close frame of the server, with the code and reason as the library reports them.
[[nodiscard]] CloseInfo closeInfoForServerClose(
    int code, const QString &reason, const CloseContext &context);
/// A fault the library found in what the server sent, with the code and text it closes with.
[[nodiscard]] CloseInfo closeInfoForFrameFault(
    int code, const QString &text, qint64 maxMessageBytes, const CloseContext &context);

} // namespace earshot::triggers
