// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/proxy.h"

#include <QUrl>

#include <optional>

using namespace Qt::StringLiterals;

namespace earshot::triggers {

namespace {

struct ParsedProxy
{
    bool socks = false;
    QString user; ///< as written: Windmill does not undo percent-encoding
    std::optional<QString> password;
    QString host;
    quint16 port = 0;
};

Error proxyError(const QString &why)
{
    // The text may hold a password: it is not repeated.
    return Error{.code = ErrorCode::InvalidArgument,
        .message = u"connection.proxy is not usable: %1"_s.arg(why),
        .detail = u"Write system, none, or a URL such as http://user:password@host:3128 or "
                  u"socks5://host:1080"_s};
}

Result<ParsedProxy> parseProxy(QStringView text)
{
    ParsedProxy proxy;
    proxy.port = 80;
    QStringView rest = text.trimmed();
    if (const qsizetype scheme = rest.indexOf("://"_L1); scheme >= 0) {
        const QString name = rest.first(scheme).toString().toLower();
        rest = rest.sliced(scheme + 3);
        if (name == "socks5"_L1 || name == "socks5h"_L1) {
            proxy.socks = true;
            proxy.port = 1080;
        } else if (name == "https"_L1) {
            proxy.port = 443;
        } else if (name != "http"_L1) {
            return proxyError(u"the scheme %1 is not http, https or socks5"_s.arg(name));
        }
    }
    for (qsizetype i = 0; i < rest.size(); ++i) {
        if (rest[i] == u'/' || rest[i] == u'?' || rest[i] == u'#') {
            rest = rest.first(i);
            break;
        }
    }
    if (const qsizetype at = rest.lastIndexOf(u'@'); at >= 0) {
        const QStringView login = rest.first(at);
        const qsizetype colon = login.indexOf(u':');
        proxy.user = (colon < 0 ? login : login.first(colon)).toString();
        if (colon >= 0) {
            proxy.password = login.sliced(colon + 1).toString();
        }
        rest = rest.sliced(at + 1);
    }
    QStringView port;
    if (rest.startsWith(u'[')) {
        const qsizetype end = rest.indexOf(u']');
        if (end < 0) {
            return proxyError(u"the IPv6 address has no closing bracket"_s);
        }
        proxy.host = rest.sliced(1, end - 1).toString();
        rest = rest.sliced(end + 1);
        if (!rest.isEmpty() && !rest.startsWith(u':')) {
            return proxyError(u"something other than a port follows the address"_s);
        }
        port = rest.isEmpty() ? rest : rest.sliced(1);
    } else {
        const qsizetype colon = rest.indexOf(u':');
        proxy.host = (colon < 0 ? rest : rest.first(colon)).toString();
        port = colon < 0 ? QStringView() : rest.sliced(colon + 1);
    }
    if (proxy.host.isEmpty()) {
        return proxyError(u"it names no host"_s);
    }
    for (const QChar c : std::as_const(proxy.host)) {
        if (c.isSpace() || c.unicode() < 0x20) {
            return proxyError(u"its host name is not one"_s);
        }
    }
    if (!port.isEmpty()) {
        bool ok = false;
        const uint number = port.toUInt(&ok);
        if (!ok || number == 0 || number > 65535) {
            return proxyError(u"its port is not a number from 1 to 65535"_s);
        }
        proxy.port = static_cast<quint16>(number);
    }
    return proxy;
}

QNetworkProxy toNetworkProxy(const ParsedProxy &parsed)
{
    QNetworkProxy proxy(parsed.socks ? QNetworkProxy::Socks5Proxy : QNetworkProxy::HttpProxy,
        parsed.host, parsed.port);
    // The proxy resolves names, so a name only it knows can be reached.
    proxy.setCapabilities(proxy.capabilities() | QNetworkProxy::HostNameLookupCapability);
    if (parsed.user.isEmpty() && !parsed.password) {
        return proxy;
    }
    if (parsed.socks) {
        proxy.setUser(QUrl::fromPercentEncoding(parsed.user.toUtf8()));
        proxy.setPassword(QUrl::fromPercentEncoding(parsed.password.value_or(QString()).toUtf8()));
    } else {
        // As a raw header: the library would send it only after a 407, and would undo
        // percent-encoding.
        const QByteArray login = parsed.password
            ? parsed.user.toUtf8() + ':' + parsed.password->toUtf8()
            : parsed.user.toUtf8();
        proxy.setRawHeader("Proxy-Authorization", "Basic " + login.toBase64());
    }
    return proxy;
}

QStringView normalisedHost(QStringView host)
{
    if (host.startsWith(u'[')) {
        return host;
    }
    if (const qsizetype colon = host.indexOf(u':'); colon >= 0) {
        host = host.first(colon);
    }
    while (host.startsWith(u'.')) {
        host = host.sliced(1);
    }
    while (host.endsWith(u'.')) {
        host.chop(1);
    }
    return host;
}

/// Upper case as Windmill reads it; the lower-case form is what most desktops set.
QString environmentValue(const QProcessEnvironment &environment, const QString &name)
{
    const QString value = environment.value(name).trimmed();
    return value.isEmpty() ? environment.value(name.toLower()).trimmed() : value;
}

} // namespace

Result<ProxySetting> ProxySetting::fromText(const QString &text)
{
    const QString trimmed = text.trimmed();
    if (trimmed.isEmpty() || trimmed.compare("system"_L1, Qt::CaseInsensitive) == 0) {
        return ProxySetting{.mode = Mode::System, .url = {}};
    }
    if (trimmed.compare("none"_L1, Qt::CaseInsensitive) == 0) {
        return ProxySetting{.mode = Mode::None, .url = {}};
    }
    if (const auto parsed = parseProxy(trimmed); !parsed) {
        return parsed.error();
    }
    return ProxySetting{.mode = Mode::Url, .url = trimmed};
}

bool isExemptFromProxy(QStringView noProxy, QStringView host)
{
    const QStringView name = host.contains(u':') ? host : normalisedHost(host);
    for (const QStringView item : noProxy.tokenize(u',')) {
        const QStringView trimmed = item.trimmed();
        if (trimmed == "*"_L1) {
            return true;
        }
        const QStringView entry = normalisedHost(trimmed);
        if (entry.isEmpty()) {
            continue;
        }
        if (name.compare(entry, Qt::CaseInsensitive) == 0) {
            return true;
        }
        if (name.size() > entry.size() && name.endsWith(entry, Qt::CaseInsensitive)
            && name[name.size() - entry.size() - 1] == u'.') {
            return true;
        }
    }
    return false;
}

QNetworkProxy chooseProxy(
    const ProxySetting &setting, const QUrl &target, const QProcessEnvironment &environment)
{
    QString text;
    switch (setting.mode) {
    case ProxySetting::Mode::None:
        return QNetworkProxy(QNetworkProxy::NoProxy);
    case ProxySetting::Mode::Url:
        text = setting.url;
        break;
    case ProxySetting::Mode::System:
        text = environmentValue(
            environment, target.scheme() == "wss"_L1 ? u"HTTPS_PROXY"_s : u"HTTP_PROXY"_s);
        if (text.isEmpty()
            || isExemptFromProxy(environmentValue(environment, u"NO_PROXY"_s), target.host())) {
            return QNetworkProxy(QNetworkProxy::NoProxy);
        }
        break;
    }
    const auto parsed = parseProxy(text);
    return parsed ? toNetworkProxy(*parsed) : QNetworkProxy(QNetworkProxy::NoProxy);
}

} // namespace earshot::triggers
