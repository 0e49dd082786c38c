// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/upgraderequest.h"

#include "triggers/connectrequest.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::triggers {

namespace {

/// Servers refuse longer request lines and headers themselves; this keeps a runaway script's URL
/// out.
constexpr qsizetype kMaxUrlBytes = 64 * 1024;

Error invalid(const QString &message, const QString &detail = {})
{
    return Error{.code = ErrorCode::InvalidArgument, .message = message, .detail = detail};
}

bool isTokenCharacter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

bool isToken(const QByteArray &text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), isTokenCharacter);
}

bool hasControlCharacter(const QByteArray &text)
{
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7F;
    });
}

Result<QUrl> checkUrl(QUrl url)
{
    if (!url.isValid() || url.isEmpty()) {
        // QUrl repeats the whole URL, secrets included, after "; source was".
        QString why = url.errorString().section("; source was"_L1, 0, 0);
        if (why.isEmpty()) {
            why = u"it is empty"_s;
        }
        return invalid(u"The WebSocket URL is not valid: %1"_s.arg(why));
    }
    url.setScheme(url.scheme().toLower());
    if (url.scheme() != "ws"_L1 && url.scheme() != "wss"_L1) {
        return invalid(url.scheme().isEmpty()
                ? u"The WebSocket URL has to begin with ws:// or wss://"_s
                : u"The WebSocket URL has to begin with ws:// or wss://, not %1:"_s.arg(
                    url.scheme()));
    }
    if (url.host().isEmpty()) {
        return invalid(u"The WebSocket URL names no host"_s);
    }
    if (url.port() == 0) {
        return invalid(u"The WebSocket URL has port 0"_s);
    }
    if (url.toEncoded().size() > kMaxUrlBytes) {
        return invalid(u"The WebSocket URL is longer than 64 KiB"_s);
    }
    if (url.path(QUrl::FullyEncoded).contains("%0D%0A"_L1, Qt::CaseInsensitive)) {
        return invalid(u"The path of the WebSocket URL holds a line break"_s);
    }
    url.setFragment(QString());
    if (url.path().isEmpty()) {
        url.setPath(u"/"_s);
    }
    return url;
}

/// Adds a header, joining values of one name as HTTP does.
void addHeader(
    QList<QPair<QByteArray, QByteArray>> &headers, const QByteArray &name, const QByteArray &value)
{
    const auto same = std::find_if(headers.begin(), headers.end(), [&name](const auto &header) {
        return header.first.compare(name, Qt::CaseInsensitive) == 0;
    });
    if (same == headers.end()) {
        headers.append({name, value.isNull() ? QByteArray("") : value});
    } else {
        same->second += (name.compare("cookie", Qt::CaseInsensitive) == 0 ? "; " : ", ") + value;
    }
}

bool hasHeader(const QList<QPair<QByteArray, QByteArray>> &headers, const char *name)
{
    return std::any_of(headers.begin(), headers.end(), [name](const auto &header) {
        return header.first.compare(name, Qt::CaseInsensitive) == 0;
    });
}

bool isSetByTheHandshake(const QByteArray &name)
{
    for (const char *reserved :
        {"host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version",
            "sec-websocket-extensions", "content-length", "transfer-encoding"}) {
        if (name.compare(reserved, Qt::CaseInsensitive) == 0) {
            return true;
        }
    }
    return false;
}

Result<void> addSubprotocol(QStringList &subprotocols, const QString &name)
{
    if (!isToken(name.toUtf8())) {
        return invalid(
            u"connection.subprotocols: \"%1\" is not a subprotocol name (letters, digits and !#$%&'*+-.^_`|~)"_s
                .arg(name));
    }
    if (!subprotocols.contains(name)) {
        subprotocols.append(name);
    }
    return {};
}

Result<void> takeHeader(UpgradeRequest &upgrade, const QByteArray &name, const QByteArray &value)
{
    const QString shownName = QString::fromUtf8(name);
    if (!isToken(name)) {
        return invalid(u"connection.headers: \"%1\" is not a header name"_s.arg(shownName));
    }
    // The value may be a secret: it is not repeated.
    if (hasControlCharacter(value)) {
        return invalid(
            u"connection.headers: the value of \"%1\" holds a line break or another control character"_s
                .arg(shownName));
    }
    if (isSetByTheHandshake(name)) {
        return invalid(u"connection.headers: \"%1\" is set by the WebSocket handshake itself"_s.arg(
            shownName));
    }
    if (name.compare("origin", Qt::CaseInsensitive) == 0) {
        upgrade.origin = QString::fromLatin1(value.trimmed());
        return {};
    }
    if (name.compare("sec-websocket-protocol", Qt::CaseInsensitive) == 0) {
        const auto names = value.split(',');
        for (const QByteArray &item : names) {
            if (auto added
                = addSubprotocol(upgrade.subprotocols, QString::fromUtf8(item.trimmed()));
                !added) {
                return added;
            }
        }
        return {};
    }
    addHeader(upgrade.headers, name, value.trimmed());
    return {};
}

} // namespace

Result<UpgradeRequest> buildUpgradeRequest(const ConnectRequest &request)
{
    auto url = checkUrl(request.url);
    if (!url) {
        return url.error();
    }
    UpgradeRequest upgrade;
    upgrade.url = *std::move(url);
    for (const QString &name : request.subprotocols) {
        if (const auto added = addSubprotocol(upgrade.subprotocols, name); !added) {
            return added.error();
        }
    }
    for (const auto &[name, value] : request.headers) {
        if (const auto taken = takeHeader(upgrade, name, value); !taken) {
            return taken.error();
        }
    }
    if (!request.origin.isEmpty()) {
        if (hasControlCharacter(request.origin)) {
            return invalid(u"connection.origin holds a line break or another control character"_s);
        }
        upgrade.origin = QString::fromLatin1(request.origin);
    }
    if (!upgrade.url.userInfo().isEmpty()) {
        if (!hasHeader(upgrade.headers, "authorization")) {
            const QByteArray login = (upgrade.url.userName(QUrl::FullyDecoded) + u':'
                + upgrade.url.password(QUrl::FullyDecoded))
                                         .toUtf8();
            addHeader(upgrade.headers, "Authorization", "Basic " + login.toBase64());
        }
        upgrade.url.setUserInfo(QString());
    }
    if (!hasHeader(upgrade.headers, "user-agent")) {
        addHeader(upgrade.headers, "User-Agent", "Earshot/" EARSHOT_VERSION);
    }
    return upgrade;
}

} // namespace earshot::triggers
