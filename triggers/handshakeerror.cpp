// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/handshakeerror.h"

using namespace Qt::StringLiterals;

namespace earshot::triggers {

namespace {

/// The part of `text` between the end of `before` and `after` (or the end); empty if absent.
QStringView between(QStringView text, QLatin1StringView before, QLatin1StringView after)
{
    const qsizetype start = text.indexOf(before);
    if (start < 0) {
        return {};
    }
    const QStringView rest = text.sliced(start + before.size());
    const qsizetype end = after.isEmpty() ? -1 : rest.lastIndexOf(after);
    return end < 0 ? rest : rest.first(end);
}

} // namespace

HandshakeFault parseHandshakeError(QStringView errorString)
{
    using Kind = HandshakeFault::Kind;

    if (const QStringView status = between(errorString, "Unhandled http status code: "_L1, {});
        !status.isEmpty()) {
        const qsizetype space = status.indexOf(u' ');
        bool ok = false;
        const int code = (space < 0 ? status : status.first(space)).toInt(&ok);
        if (ok) {
            return {.kind = Kind::HttpStatus,
                .httpStatus = code,
                .detail = between(status, "("_L1, ")."_L1).trimmed().toString()};
        }
    }
    // These words stand for HTTP 400 alone.
    if (errorString.contains("Unknown error condition encountered"_L1)) {
        return {.kind = Kind::HttpStatus, .httpStatus = 400, .detail = u"Bad Request"_s};
    }
    if (const QStringView version
        = between(errorString, "requests a version that we don't support: "_L1, "."_L1);
        !version.isEmpty()) {
        return {.kind = Kind::VersionRefused, .httpStatus = 400, .detail = version.toString()};
    }
    if (errorString.contains("Header is too large"_L1)) {
        return {.kind = Kind::HeadersTooLarge, .detail = {}};
    }
    if (const QStringView protocol = between(errorString,
            "WebSocket server has chosen protocol "_L1, " which has not been requested"_L1);
        !protocol.isEmpty()) {
        return {.kind = Kind::SubprotocolNotOffered, .detail = protocol.toString()};
    }
    if (errorString.contains("Accept-Key received from server"_L1)) {
        return {.kind = Kind::WrongAcceptKey, .detail = {}};
    }
    if (const QStringView parameters
        = between(errorString, "Invalid parameter(s) presented during protocol upgrade: "_L1, {});
        !parameters.isEmpty()) {
        const QStringView connection = between(parameters, "connection: "_L1, {}).trimmed();
        const QStringView upgrade = between(parameters, "upgrade: "_L1, ", connection: "_L1);
        if (connection.contains(u',') && connection.contains("upgrade"_L1, Qt::CaseInsensitive)
            && upgrade.compare("websocket"_L1, Qt::CaseInsensitive) == 0
            && !parameters.contains("Accept-key size: 0,"_L1)) {
            return {.kind = Kind::MixedConnectionHeader, .detail = connection.toString()};
        }
        return {.kind = Kind::NotWebSocket, .detail = parameters.toString()};
    }
    if (errorString.contains("Read handshake request status failed"_L1)
        || errorString.contains("Parsing handshake request header failed"_L1)) {
        return {.kind = Kind::NotHttp, .detail = {}};
    }
    return {.kind = Kind::Unknown, .detail = errorString.toString()};
}

} // namespace earshot::triggers
