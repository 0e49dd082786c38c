// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/triggerextensions.h"

#include "model/triggerkeys.h"

#include <QSet>
#include <QUrl>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

using Where = MemberReader::Where;
using Zero = MemberReader::Zero;

constexpr int kMaxCount = std::numeric_limits<int>::max();
/// QWebSocket counts a message's bytes in an int.
constexpr qint64 kLargestMessageLimit = qint64(1) * 1024 * 1024 * 1024;
constexpr qint64 kLargestQueueLimit = 100'000'000;

/// A token of RFC 9110, which names of headers and subprotocols are.
bool isToken(QStringView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](QChar c) {
        return c.unicode() > 0x20 && c.unicode() < 0x7f && !u"\"(),/:;<=>?@[\\]{}"_s.contains(c);
    });
}

bool isHeaderValue(QStringView text)
{
    return std::none_of(text.begin(), text.end(),
        [](QChar c) { return (c.unicode() < 0x20 && c != u'\t') || c.unicode() == 0x7f; });
}

/// Why a person may not set this header, or an empty string.
QString reservedHeader(QStringView name)
{
    if (name.compare("Sec-WebSocket-Protocol"_L1, Qt::CaseInsensitive) == 0) {
        return u"use connection.subprotocols"_s;
    }
    const bool handshake = name.startsWith("Sec-WebSocket-"_L1, Qt::CaseInsensitive)
        || name.compare("Upgrade"_L1, Qt::CaseInsensitive) == 0
        || name.compare("Connection"_L1, Qt::CaseInsensitive) == 0;
    return handshake ? u"the WebSocket handshake sets it"_s : QString();
}

void readHeader(MemberReader &reader, const JsonNode &node, const QString &name,
    QList<QPair<QString, QString>> &headers)
{
    const QString field = u"connection.headers.%1"_s.arg(name);
    if (!node.isString()) {
        reader.secretMismatch(node, field, u"a string or an array of strings"_s);
    } else if (!isHeaderValue(node.text)) {
        reader.fail(node, u"%1 must not hold line breaks or control characters"_s.arg(field));
    } else {
        headers.append({name, node.text});
    }
}

void readHeaders(
    MemberReader &reader, const Where &connection, QList<QPair<QString, QString>> &target)
{
    const JsonNode *node = connection.object.member(u"headers");
    if (!node) {
        return;
    }
    if (!node->isObject()) {
        reader.secretMismatch(*node, u"connection.headers"_s, u"an object of strings"_s);
        return;
    }
    QList<QPair<QString, QString>> headers;
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        const QString &name = node->keys[i].name;
        const JsonNode &value = node->items[i];
        if (!isToken(name)) {
            reader.fail(value,
                u"connection.headers: \"%1\" is not a header name; letters, digits and "
                "!#$%&'*+-.^_`|~ are allowed"_s.arg(name));
        } else if (const QString reason = reservedHeader(name); !reason.isEmpty()) {
            reader.fail(value, u"connection.headers must not set %1: %2"_s.arg(name, reason));
        } else if (value.isArray()) {
            for (const JsonNode &item : value.items) {
                readHeader(reader, item, name, headers);
            }
        } else {
            readHeader(reader, value, name, headers);
        }
    }
    target = headers;
}

void readSubprotocols(MemberReader &reader, const Where &connection, QStringList &target)
{
    QStringList protocols;
    reader.readStrings(connection, "subprotocols"_L1, protocols);
    const JsonNode *node = connection.object.member(u"subprotocols");
    for (qsizetype i = 0; i < protocols.size(); ++i) {
        const JsonNode &item = node->items[std::size_t(i)];
        const QString field = u"connection.subprotocols[%1]"_s.arg(i);
        if (!isToken(protocols.at(i))) {
            reader.mismatch(item, field, u"a name without spaces or any of \"(),/:;<=>?@[\\]{}"_s);
        } else if (protocols.indexOf(protocols.at(i)) < i) {
            reader.fail(item, u"%1 names \"%2\" a second time"_s.arg(field, protocols.at(i)));
        }
    }
    target = protocols;
}

void readProxy(MemberReader &reader, const Where &connection, QString &target)
{
    const JsonNode *node = connection.object.member(u"proxy");
    reader.readString(connection, "proxy"_L1, target);
    if (!node || !node->isString() || target == "system"_L1 || target == "none"_L1
        || target.contains("$var:"_L1) || target.contains("$res:"_L1)) {
        return;
    }
    const QUrl url(target, QUrl::StrictMode);
    static const QStringList schemes{u"http"_s, u"https"_s, u"socks5"_s, u"socks5h"_s};
    if (!url.isValid() || url.host().isEmpty() || !schemes.contains(url.scheme())) {
        // A proxy URL may hold a password, so it is not shown.
        reader.fail(*node,
            u"connection.proxy must be \"system\", \"none\" or a URL beginning with http://, "
            "https://, socks5:// or socks5h://"_s);
    }
}

/// Hexadecimal or base64 of 32 bytes, with or without the prefix curl uses.
bool isPin(QStringView text)
{
    const QStringView digest = text.startsWith("sha256//"_L1) ? text.sliced(8) : text;
    const QByteArray latin = digest.toLatin1();
    constexpr qsizetype kDigestBytes = 32;
    if (latin.size() == 2 * kDigestBytes && QByteArray::fromHex(latin).toHex() == latin.toLower()) {
        return true;
    }
    const auto decoded
        = QByteArray::fromBase64Encoding(latin, QByteArray::AbortOnBase64DecodingErrors);
    return decoded && decoded.decoded.size() == kDigestBytes;
}

void readPins(MemberReader &reader, const Where &tls, QStringList &target)
{
    const JsonNode *node = tls.object.member(u"pin_sha256");
    if (!node) {
        return;
    }
    const QString expected = u"the SHA-256 of a public key: 64 hexadecimal digits or base64"_s;
    QStringList pins;
    const auto readPin = [&](const JsonNode &item, const QString &field) {
        if (item.isString() && isPin(item.text)) {
            pins.append(item.text);
        } else {
            reader.mismatch(item, field, expected);
        }
    };
    if (node->isArray()) {
        for (std::size_t i = 0; i < node->items.size(); ++i) {
            readPin(node->items[i], u"connection.tls.pin_sha256[%1]"_s.arg(i));
        }
    } else {
        readPin(*node, u"connection.tls.pin_sha256"_s);
    }
    target = pins;
}

void listInactive(const Where &where, TriggerConfig &config)
{
    for (const JsonNode::Key &key : where.object.keys) {
        const QString name = where.prefix + key.name;
        const QString inner = name + u'.';
        const auto &table = triggerKeyTable();
        const bool active = std::any_of(table.begin(), table.end(), [&](const TriggerKey &known) {
            return known.origin == KeyOrigin::Earshot && known.activity == KeyActivity::Active
                && (known.name == name || known.name.startsWith(inner));
        });
        if (!active) {
            config.inactiveKeys.append(name);
        }
    }
}

void readTls(MemberReader &reader, const Where &connection, TriggerConfig &config)
{
    const JsonNode *node = connection.object.member(u"tls");
    if (!node) {
        return;
    }
    if (!node->isObject()) {
        reader.mismatch(*node, u"connection.tls"_s, u"an object"_s);
        return;
    }
    const Where tls{*node, u"connection.tls."_s};
    reader.readString(tls, "ca_file"_L1, config.connection.tls.caFile);
    reader.readString(tls, "client_cert"_L1, config.connection.tls.clientCert);
    reader.readString(tls, "client_key"_L1, config.connection.tls.clientKey);
    readPins(reader, tls, config.connection.tls.pinSha256);
    if (!config.connection.tls.clientKey.isEmpty() && config.connection.tls.clientCert.isEmpty()) {
        reader.fail(*node, u"connection.tls.client_key needs connection.tls.client_cert"_s);
    }
    listInactive(tls, config);
}

void readConnection(MemberReader &reader, const Where &where, TriggerConfig &config)
{
    ConnectionConfig &connection = config.connection;
    readHeaders(reader, where, connection.headers);
    readSubprotocols(reader, where, connection.subprotocols);
    reader.readString(where, "origin"_L1, connection.origin);
    if (!isHeaderValue(connection.origin)) {
        reader.fail(*where.object.member(u"origin"),
            u"connection.origin must not hold line breaks or control characters"_s);
    }
    readProxy(reader, where, connection.proxy);
    readTls(reader, where, config);
    reader.readSeconds(
        where, "connect_timeout_secs"_L1, Zero::Refused, connection.connectTimeoutSecs);
    reader.readInteger(
        where, "max_message_bytes"_L1, qint64(1), kLargestMessageLimit, connection.maxMessageBytes);
    reader.readSeconds(where, "ping_interval_secs"_L1, Zero::Allowed, connection.pingIntervalSecs);
    reader.readSeconds(where, "pong_timeout_secs"_L1, Zero::Refused, connection.pongTimeoutSecs);
    reader.readSeconds(where, "idle_timeout_secs"_L1, Zero::Allowed, connection.idleTimeoutSecs);
    reader.readBool(where, "block_private"_L1, connection.blockPrivate);
}

void readDelivery(MemberReader &reader, const Where &where, TriggerConfig &config)
{
    DeliveryConfig &delivery = config.delivery;
    reader.readInteger(where, "concurrency"_L1, 1, kMaxCount, delivery.concurrency);
    reader.readString(where, "order_by"_L1, delivery.orderBy);
    if (!delivery.orderBy.isEmpty() && delivery.orderBy.split(u'.').contains(QString())) {
        reader.fail(*where.object.member(u"order_by"),
            u"delivery.order_by path \"%1\" has an empty segment"_s.arg(delivery.orderBy));
    }
    reader.readInteger(where, "queue_limit"_L1, qint64(1), kLargestQueueLimit, delivery.queueLimit);
    reader.readChoice<Overflow>(where, "overflow"_L1,
        {{"drop_newest", Overflow::DropNewest}, {"drop_oldest", Overflow::DropOldest},
            {"stop", Overflow::Stop}},
        delivery.overflow, {"latest_per_key"});
    reader.readChoice<Isolation>(where, "isolation"_L1,
        {{"process", Isolation::Process}, {"worker", Isolation::Worker}}, delivery.isolation);
    reader.readSeconds(where, "timeout_secs"_L1, Zero::Refused, delivery.timeoutSecs);
    reader.readBool(where, "durable"_L1, delivery.durable);
    reader.readChoice<BinaryHandling>(where, "binary"_L1,
        {{"ignore", BinaryHandling::Ignore}, {"base64", BinaryHandling::Base64}}, delivery.binary,
        {"file"});
    reader.readInteger(where, "pause_after_failures"_L1, 0, kMaxCount, delivery.pauseAfterFailures);
    reader.readBool(where, "repeat_safe"_L1, delivery.repeatSafe);
}

} // namespace

void readExtensions(MemberReader &reader, TriggerConfig &config)
{
    const JsonNode &root = reader.document().root();
    for (std::size_t i = 0; i < root.keys.size(); ++i) {
        const QString &name = root.keys[i].name;
        if (!extensionObjects().contains(name)) {
            continue;
        }
        if (!root.items[i].isObject()) {
            reader.mismatch(root.items[i], name, u"an object"_s);
            continue;
        }
        const Where where{root.items[i], name + u'.'};
        if (name == "connection"_L1) {
            readConnection(reader, where, config);
        } else if (name == "reconnect"_L1) {
            reader.readChoice<ReconnectPolicyKind>(where, "policy"_L1,
                {{"backoff", ReconnectPolicyKind::Backoff},
                    {"windmill", ReconnectPolicyKind::Windmill}},
                config.reconnectPolicy);
        } else if (name == "delivery"_L1) {
            readDelivery(reader, where, config);
        }
        listInactive(where, config);
    }
}

} // namespace earshot
