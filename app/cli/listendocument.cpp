// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/listendocument.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

Error usageError(const QString &message)
{
    return {.code = ErrorCode::InvalidArgument, .message = message, .detail = {}};
}

QByteArray jsonText(const QJsonValue &value)
{
    const QByteArray wrapped = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
    return wrapped.sliced(1, wrapped.size() - 2);
}

bool isJson(const QByteArray &text)
{
    QJsonParseError problem;
    QJsonDocument::fromJson("[" + text + "]", &problem);
    return problem.error == QJsonParseError::NoError && !text.trimmed().isEmpty();
}

/// JSON text `{"name":value,…}` from texts, so that numbers keep the form they were typed in.
class ObjectText
{
public:
    void add(const QString &name, const QByteArray &json)
    {
        m_text += (m_text.isEmpty() ? "" : ",") + jsonText(name) + ":" + json;
    }
    void add(const QString &name, const QJsonValue &value) { add(name, jsonText(value)); }
    [[nodiscard]] bool isEmpty() const { return m_text.isEmpty(); }
    [[nodiscard]] QByteArray text() const { return "{" + m_text + "}"; }

private:
    QByteArray m_text;
};

Result<QByteArray> heartbeatText(const Arguments &arguments)
{
    const QString text = arguments.value(u"heartbeat"_s);
    const auto colon = text.indexOf(u':');
    bool ok = false;
    const int interval = text.left(std::max<qsizetype>(colon, 0)).toInt(&ok);
    if (colon < 0 || !ok) {
        return usageError(
            u"--heartbeat must be SECS:MESSAGE, such as 30:{\"type\":\"ping\"}, got \"%1\""_s.arg(
                text));
    }
    ObjectText heartbeat;
    heartbeat.add(u"interval_secs"_s, QJsonValue(interval));
    heartbeat.add(u"message"_s, QJsonValue(text.sliced(colon + 1)));
    if (arguments.has(u"state-field"_s)) {
        heartbeat.add(u"state_field"_s, QJsonValue(arguments.value(u"state-field"_s)));
    }
    return heartbeat.text();
}

Result<QByteArray> filtersText(const QStringList &given)
{
    QByteArray list;
    for (const QString &text : given) {
        const auto filter = filterFromText(text);
        if (!filter) {
            return filter.error();
        }
        list += (list.isEmpty() ? "" : ",") + *filter;
    }
    return QByteArray("[" + list + "]");
}

Result<QByteArray> connectionText(const Arguments &arguments)
{
    QJsonObject headers;
    for (const QString &header : arguments.values(u"header"_s)) {
        const auto colon = header.indexOf(u':');
        if (colon <= 0) {
            return usageError(u"--header must be 'Name: value', got \"%1\""_s.arg(header));
        }
        headers.insert(header.left(colon).trimmed(), header.sliced(colon + 1).trimmed());
    }
    ObjectText connection;
    if (!headers.isEmpty()) {
        connection.add(u"headers"_s, QJsonValue(headers));
    }
    if (arguments.has(u"subprotocol"_s)) {
        connection.add(u"subprotocols"_s,
            QJsonValue(QJsonArray::fromStringList(arguments.values(u"subprotocol"_s))));
    }
    return connection.text();
}

Result<QByteArray> deliveryText(const Arguments &arguments)
{
    ObjectText delivery;
    if (arguments.has(u"isolation"_s)) {
        delivery.add(u"isolation"_s, QJsonValue(arguments.value(u"isolation"_s)));
    }
    const auto concurrency = arguments.integer(u"concurrency"_s, 0, 1, 1024);
    if (!concurrency) {
        return concurrency.error();
    }
    if (*concurrency > 0) {
        delivery.add(u"concurrency"_s, QJsonValue(*concurrency));
    }
    return delivery.text();
}

} // namespace

Result<QByteArray> filterFromText(const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    if (bytes.trimmed().startsWith('{')) {
        QJsonParseError problem;
        QJsonDocument::fromJson(bytes, &problem);
        if (problem.error != QJsonParseError::NoError) {
            return usageError(u"--filter is not readable JSON: %1, at byte %2 of %3"_s.arg(
                problem.errorString(), QString::number(problem.offset), text));
        }
        return bytes;
    }
    const auto equals = text.indexOf(u'=');
    if (equals <= 0) {
        return usageError(
            u"--filter must be key=value or a JSON object such as {\"key\":\"type\",\"value\":\"order\"}, got \"%1\""_s
                .arg(text));
    }
    const QByteArray value = text.sliced(equals + 1).toUtf8();
    ObjectText leaf;
    leaf.add(u"key"_s, QJsonValue(text.left(equals)));
    leaf.add(u"value"_s, isJson(value) ? value : jsonText(QString::fromUtf8(value)));
    return leaf.text();
}

Result<TriggerConfig> listenConfig(
    const QString &url, const QString &scriptFile, const Arguments &arguments)
{
    ObjectText document;
    document.add(u"url"_s, QJsonValue(url));
    document.add(u"script_path"_s, QJsonValue(scriptFile));
    document.add(u"is_flow"_s, QJsonValue(false));
    document.add(u"can_return_message"_s,
        QJsonValue(arguments.has(u"reply"_s) || arguments.has(u"reply-errors"_s)));
    document.add(u"can_return_error_result"_s, QJsonValue(arguments.has(u"reply-errors"_s)));
    const auto filters = filtersText(arguments.values(u"filter"_s));
    if (!filters) {
        return filters.error();
    }
    document.add(u"filters"_s, *filters);
    const QString logic = arguments.value(u"filter-logic"_s, u"and"_s);
    if (logic != "and"_L1 && logic != "or"_L1) {
        return usageError(u"--filter-logic must be and or or, got \"%1\""_s.arg(logic));
    }
    document.add(u"filter_logic"_s, QJsonValue(logic));
    QJsonArray initial;
    for (const QString &text : arguments.values(u"initial"_s)) {
        initial.append(QJsonObject{{u"raw_message"_s, text}});
    }
    if (!initial.isEmpty()) {
        document.add(u"initial_messages"_s, QJsonValue(initial));
    }
    if (arguments.has(u"heartbeat"_s)) {
        const auto heartbeat = heartbeatText(arguments);
        if (!heartbeat) {
            return heartbeat.error();
        }
        document.add(u"heartbeat"_s, *heartbeat);
    } else if (arguments.has(u"state-field"_s)) {
        return usageError(u"--state-field needs --heartbeat"_s);
    }
    const auto connection = connectionText(arguments);
    if (!connection) {
        return connection.error();
    }
    document.add(u"connection"_s, *connection);
    const auto delivery = deliveryText(arguments);
    if (!delivery) {
        return delivery.error();
    }
    document.add(u"delivery"_s, *delivery);
    return parseTriggerConfig(u"u/local/listen"_s, document.text());
}

} // namespace earshot::cli
