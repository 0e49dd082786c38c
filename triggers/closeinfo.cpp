// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/closeinfo.h"

#include "triggers/handshakeerror.h"

#include <QUrl>
#include <QUrlQuery>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::triggers {

namespace {

/// Servers may put a whole page into a reason phrase or a close reason.
constexpr qsizetype kMaxForeignText = 200;

QString foreignText(const QString &text)
{
    QString printable = text.left(kMaxForeignText);
    for (QChar &c : printable) {
        if (!c.isPrint()) {
            c = u' ';
        }
    }
    return text.size() > kMaxForeignText ? printable + u'…' : printable;
}

CloseInfo make(CloseKind kind, const CloseContext &context, const QString &message, int code = 1006)
{
    return CloseInfo{.kind = kind,
        .code = code,
        .reason = {},
        .message = message,
        .httpStatus = 0,
        .wasOpen = context.wasOpen};
}

QString withoutFinalStop(const QString &text)
{
    return text.endsWith(u'.') ? text.chopped(1) : text;
}

/// The library keeps the proxy's status line to itself, but gives some statuses an error of their
/// own.
QString proxyVerdict(QAbstractSocket::SocketError error)
{
    switch (error) {
    case QAbstractSocket::ProxyAuthenticationRequiredError:
        return u"HTTP/1.1 407 Proxy Authentication Required"_s;
    case QAbstractSocket::SocketAccessError:
        return u"HTTP/1.1 403 Forbidden"_s;
    case QAbstractSocket::HostNotFoundError:
        return u"HTTP/1.1 404 Not Found"_s;
    case QAbstractSocket::ConnectionRefusedError:
        return u"HTTP/1.1 503 Service Unavailable"_s;
    default:
        return u"its answer was not 200"_s;
    }
}

CloseInfo closeInfoForHttpProxy(
    QAbstractSocket::SocketError error, const QString &text, const CloseContext &context)
{
    QString message;
    switch (error) {
    case QAbstractSocket::ProxyConnectionRefusedError:
        message = u"HTTP proxy %1 refused the connection. Is it running there?"_s.arg(
            context.httpProxy);
        break;
    case QAbstractSocket::ProxyNotFoundError:
        message = u"HTTP proxy %1 was not found: no such host name."_s.arg(context.httpProxy);
        break;
    case QAbstractSocket::ProxyConnectionClosedError:
        message = u"HTTP proxy closed connection before sending CONNECT response (%1)"_s.arg(
            context.httpProxy);
        break;
    case QAbstractSocket::ProxyConnectionTimeoutError:
        message = u"HTTP proxy %1 did not answer in time."_s.arg(context.httpProxy);
        break;
    case QAbstractSocket::ProxyAuthenticationRequiredError:
    case QAbstractSocket::SocketAccessError:
    case QAbstractSocket::HostNotFoundError:
    case QAbstractSocket::ConnectionRefusedError:
    case QAbstractSocket::ProxyProtocolError:
        message
            = u"HTTP proxy CONNECT to %1 rejected: %2"_s.arg(context.target, proxyVerdict(error));
        break;
    default:
        message = u"Connection to %1 through HTTP proxy %2 failed: %3."_s.arg(
            context.server, context.httpProxy, withoutFinalStop(text));
    }
    return make(CloseKind::ProxyFailed, context, message);
}

QString connectFailure(
    QAbstractSocket::SocketError error, const QString &text, const CloseContext &context)
{
    switch (error) {
    case QAbstractSocket::HostNotFoundError:
        return u"%1 was not found: its host name does not resolve. Check the URL and the network."_s
            .arg(context.server);
    case QAbstractSocket::ConnectionRefusedError:
        return u"%1 refused the connection (connection refused). Is the server running, and is the port right?"_s
            .arg(context.server);
    case QAbstractSocket::RemoteHostClosedError:
        return u"%1 closed the connection before it answered the WebSocket upgrade."_s.arg(
            context.server);
    case QAbstractSocket::SocketTimeoutError:
        return u"%1 could not be reached: the connection timed out."_s.arg(context.server);
    case QAbstractSocket::NetworkError:
        return u"%1 could not be reached: %2."_s.arg(context.server, withoutFinalStop(text));
    default:
        return u"Connection to %1 failed: %2."_s.arg(context.server, withoutFinalStop(text));
    }
}

bool isTlsError(QAbstractSocket::SocketError error)
{
    return error == QAbstractSocket::SslHandshakeFailedError
        || error == QAbstractSocket::SslInternalError
        || error == QAbstractSocket::SslInvalidUserDataError;
}

bool isProxyError(QAbstractSocket::SocketError error)
{
    return error == QAbstractSocket::ProxyAuthenticationRequiredError
        || error == QAbstractSocket::ProxyConnectionRefusedError
        || error == QAbstractSocket::ProxyConnectionClosedError
        || error == QAbstractSocket::ProxyConnectionTimeoutError
        || error == QAbstractSocket::ProxyNotFoundError
        || error == QAbstractSocket::ProxyProtocolError;
}

QString httpAdvice(int status)
{
    switch (status) {
    case 400:
        return u" The server did not accept the request: check path, headers and subprotocols."_s;
    case 401:
        return u" The server wants a login: check the token or the Authorization header."_s;
    case 403:
        return u" The server does not allow it: check the token, the origin and the permissions."_s;
    case 404:
        return u" There is no such path on the server: check the URL."_s;
    case 426:
        return u" The server wants another protocol or version."_s;
    case 429:
        return u" Too many connections: it is tried again later."_s;
    default:
        break;
    }
    if (status >= 300 && status < 400) {
        return u" The server redirects; WebSocket connections do not follow. Put the new address into the URL."_s;
    }
    if (status >= 200 && status < 300) {
        return u" The server answered as to a web page: this address is not a WebSocket endpoint."_s;
    }
    return status >= 500 ? u" The server has a problem: it is tried again later."_s : QString();
}

} // namespace

QString closeKindName(CloseKind kind)
{
    switch (kind) {
    case CloseKind::Local:
        return u"local"_s;
    case CloseKind::ServerClose:
        return u"server_close"_s;
    case CloseKind::ServerRestart:
        return u"server_restart"_s;
    case CloseKind::Dropped:
        return u"dropped"_s;
    case CloseKind::MessageTooLarge:
        return u"message_too_large"_s;
    case CloseKind::InvalidText:
        return u"invalid_text"_s;
    case CloseKind::ProtocolError:
        return u"protocol_error"_s;
    case CloseKind::FrameStalled:
        return u"frame_stalled"_s;
    case CloseKind::PongTimeout:
        return u"pong_timeout"_s;
    case CloseKind::IdleTimeout:
        return u"idle_timeout"_s;
    case CloseKind::InvalidRequest:
        return u"invalid_request"_s;
    case CloseKind::PrivateAddress:
        return u"private_address"_s;
    case CloseKind::ConnectFailed:
        return u"connect_failed"_s;
    case CloseKind::ConnectTimeout:
        return u"connect_timeout"_s;
    case CloseKind::ProxyFailed:
        return u"proxy_failed"_s;
    case CloseKind::CertificateRejected:
        return u"certificate_rejected"_s;
    case CloseKind::TlsFailed:
        return u"tls_failed"_s;
    case CloseKind::HandshakeRefused:
        return u"handshake_refused"_s;
    case CloseKind::HandshakeInvalid:
        return u"handshake_invalid"_s;
    case CloseKind::SubprotocolRefused:
        return u"subprotocol_refused"_s;
    }
    return {};
}

bool CloseInfo::isTransient() const
{
    switch (kind) {
    case CloseKind::Local:
        return false;
    case CloseKind::HandshakeRefused:
        return httpStatus == 429 || httpStatus >= 500;
    case CloseKind::InvalidRequest:
    case CloseKind::PrivateAddress:
    case CloseKind::CertificateRejected:
    case CloseKind::TlsFailed:
    case CloseKind::HandshakeInvalid:
    case CloseKind::SubprotocolRefused:
        return wasOpen;
    default:
        return true;
    }
}

QString maskedUrl(const QUrl &url)
{
    QUrl shown = url.adjusted(QUrl::RemoveFragment | QUrl::RemoveUserInfo);
    QString text;
    if (shown.hasQuery()) {
        const QString query = shown.query(QUrl::FullyEncoded);
        QStringList items;
        for (const QStringView item : QStringView(query).tokenize(u'&')) {
            const qsizetype equals = item.indexOf(u'=');
            // A key without a value may itself be the token.
            items += equals < 0 ? u"***"_s : item.first(equals).toString() + u"=***"_s;
        }
        shown.setQuery(QString());
        text = shown.toString(QUrl::FullyEncoded) + u'?' + items.join(u'&');
    } else {
        text = shown.toString(QUrl::FullyEncoded);
    }
    if (!url.userInfo().isEmpty()) {
        const qsizetype host = text.indexOf("://"_L1);
        text.insert(host < 0 ? 0 : host + 3, "***@"_L1);
    }
    return text;
}

CloseInfo closeInfoForSocketError(QAbstractSocket::SocketError error, const QString &text,
    const QList<QSslError> &certificateErrors, const CloseContext &context)
{
    if (context.wasOpen) {
        QString why = u"without a Close frame"_s;
        if (error != QAbstractSocket::RemoteHostClosedError && !text.isEmpty()) {
            why += u" (%1)"_s.arg(withoutFinalStop(text));
        }
        return make(CloseKind::Dropped, context,
            u"The connection to %1 was dropped %2: the server, or something in between, went away."_s
                .arg(context.server, why));
    }
    if (!certificateErrors.isEmpty()) {
        return make(CloseKind::CertificateRejected, context,
            u"The certificate of %1 was rejected: %2. Nothing was sent. If you trust the server, put its authority's certificate into connection.tls.ca_file."_s
                .arg(context.server,
                    withoutFinalStop(certificateErrors.constFirst().errorString())));
    }
    if (isTlsError(error)) {
        return make(CloseKind::TlsFailed, context,
            u"The TLS handshake with %1 failed: %2. Check that the port speaks TLS and whether it wants a client certificate."_s
                .arg(context.server, withoutFinalStop(text)));
    }
    if (!context.httpProxy.isEmpty()
        && (isProxyError(error) || error == QAbstractSocket::SocketAccessError
            || error == QAbstractSocket::HostNotFoundError
            || error == QAbstractSocket::ConnectionRefusedError)) {
        return closeInfoForHttpProxy(error, text, context);
    }
    if (!context.socksProxy.isEmpty()
        && (isProxyError(error) || error == QAbstractSocket::ConnectionRefusedError
            || error == QAbstractSocket::HostNotFoundError || error == QAbstractSocket::NetworkError
            || error == QAbstractSocket::SocketAccessError)) {
        return make(CloseKind::ProxyFailed, context,
            u"SOCKS5 proxy %1 could not connect to %2: %3."_s.arg(
                context.socksProxy, context.target, withoutFinalStop(text)));
    }
    return make(CloseKind::ConnectFailed, context, connectFailure(error, text, context));
}

CloseInfo closeInfoForHandshake(const HandshakeFault &fault, const CloseContext &context)
{
    using Kind = HandshakeFault::Kind;
    const QString detail = foreignText(fault.detail);
    CloseInfo info = make(CloseKind::HandshakeInvalid, context, {});
    info.httpStatus = fault.httpStatus;
    switch (fault.kind) {
    case Kind::HttpStatus:
        info.kind = CloseKind::HandshakeRefused;
        info.reason = detail;
        info.message = u"%1 refused the WebSocket upgrade: HTTP %2%3.%4"_s.arg(context.server,
            QString::number(fault.httpStatus), detail.isEmpty() ? QString() : u' ' + detail,
            httpAdvice(fault.httpStatus));
        break;
    case Kind::VersionRefused:
        info.kind = CloseKind::HandshakeRefused;
        info.message
            = u"%1 refused the WebSocket upgrade: it speaks protocol version %2, this is version 13."_s
                  .arg(context.server, detail);
        break;
    case Kind::HeadersTooLarge:
        info.message = u"%1 answered the WebSocket upgrade with more than 64 KiB of headers."_s.arg(
            context.server);
        break;
    case Kind::NotHttp:
        info.message = detail.isEmpty()
            ? u"%1 did not answer the WebSocket upgrade with readable HTTP. Check the port."_s.arg(
                context.server)
            : u"%1 did not answer in HTTP: its answer begins with \"%2\". Check the port."_s.arg(
                context.server, detail);
        break;
    case Kind::MixedConnectionHeader:
        info.message
            = u"%1 answered with \"Connection: %2\". That is valid, but the network library takes only \"Connection: Upgrade\": change it on the server or its reverse proxy."_s
                  .arg(context.server, detail);
        break;
    case Kind::NotWebSocket:
        info.message
            = u"%1 agreed to an upgrade, but not to WebSocket (%2)."_s.arg(context.server, detail);
        break;
    case Kind::WrongAcceptKey:
        info.message
            = u"%1 answered with a wrong Sec-WebSocket-Accept: a cache, or something that is no WebSocket server."_s
                  .arg(context.server);
        break;
    case Kind::SubprotocolNotOffered:
        info.kind = CloseKind::SubprotocolRefused;
        info.message
            = u"%1 chose the subprotocol \"%2\", which connection.subprotocols does not offer."_s
                  .arg(context.server, detail);
        break;
    case Kind::SubprotocolMissing:
        info.kind = CloseKind::SubprotocolRefused;
        info.message
            = u"%1 chose none of the offered subprotocols (%2). Check connection.subprotocols."_s
                  .arg(context.server, detail);
        break;
    case Kind::Unknown:
        info.message = u"The WebSocket handshake with %1 failed: %2."_s.arg(
            context.server, withoutFinalStop(detail));
        break;
    }
    return info;
}

CloseInfo closeInfoForServerClose(int code, const QString &reason, const CloseContext &context)
{
    if (code == 1002 && reason.startsWith("Invalid close code"_L1)) {
        return make(CloseKind::ServerRestart, context,
            u"%1 closed the connection with a code from 1012 to 2999, which the network library does not pass on; usually that is a restart (1012) or an overload (1013)."_s
                .arg(context.server),
            1012);
    }
    CloseInfo info = make(CloseKind::ServerClose, context,
        reason.isEmpty()
            ? u"%1 closed the connection with code %2."_s.arg(context.server, QString::number(code))
            : u"%1 closed the connection with code %2: %3"_s.arg(
                context.server, QString::number(code), foreignText(reason)),
        code);
    info.reason = reason;
    return info;
}

CloseInfo closeInfoForFrameFault(
    int code, const QString &text, qint64 maxMessageBytes, const CloseContext &context)
{
    switch (code) {
    case 1001:
        // The code is what the library tells the server; it is no close of the server's.
        return make(CloseKind::FrameStalled, context,
            u"%1 began a frame and did not send the rest of it in time; the connection was closed here."_s
                .arg(context.server));
    case 1007:
        return make(CloseKind::InvalidText, context,
            u"%1 sent a text message that is not valid UTF-8, or a valid one fragmented inside a character, which the network library cannot read; the message was lost and the connection closed with 1007."_s
                .arg(context.server),
            code);
    case 1009:
        return make(CloseKind::MessageTooLarge, context,
            u"%1 sent a message larger than %2 bytes; the connection was closed with 1009. Raise connection.max_message_bytes if that is expected."_s
                .arg(context.server, QString::number(maxMessageBytes)),
            code);
    default:
        return make(CloseKind::ProtocolError, context,
            u"%1 broke the WebSocket protocol (%2); the connection was closed with 1002."_s.arg(
                context.server, withoutFinalStop(text)),
            1002);
    }
}

} // namespace earshot::triggers
