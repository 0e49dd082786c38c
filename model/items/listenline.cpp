// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/listenline.h"

#include "model/jsontext.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

/// As one word of a POSIX shell.
QString word(const QString &text)
{
    const auto isPlain = [](QChar c) {
        return c.isLetterOrNumber() ? c.unicode() < 128 : u"_-./:=@%+,"_s.contains(c);
    };
    if (!text.isEmpty() && std::all_of(text.cbegin(), text.cend(), isPlain)) {
        return text;
    }
    QString quoted = text;
    quoted.replace(u'\'', u"'\\''"_s);
    return u'\'' + quoted + u'\'';
}

class Writer
{
public:
    Writer(const JsonText &json, const QString &scriptFile)
        : m_json(json)
    {
        const JsonNode *url = json.root().member(u"url");
        m_words = {u"earshot"_s, u"listen"_s, word(url && url->isString() ? url->text : QString()),
            u"--run"_s, word(scriptFile)};
    }

    ListenLine write()
    {
        const JsonNode &root = m_json.root();
        for (size_t i = 0; i < root.keys.size(); ++i) {
            const QString &key = root.keys.at(i).name;
            const JsonNode &value = root.items.at(i);
            if (!value.isNull() && !add(key, value)) {
                m_leftOut += key;
            }
        }
        return {m_words.join(u' '), m_leftOut};
    }

private:
    void option(const QString &name, const QString &value)
    {
        m_words += {u"--"_s + name, word(value)};
    }

    /// False when there is no option for the key.
    bool add(const QString &key, const JsonNode &value)
    {
        if (key == "url"_L1) {
            return value.isString() && !value.text.startsWith(u'$');
        }
        if (key == "script_path"_L1 || key == "mode"_L1 || key == "enabled"_L1) {
            return true;
        }
        if (key == "is_flow"_L1) {
            return !value.boolean;
        }
        if (key == "can_return_message"_L1) {
            if (value.boolean) {
                m_words += u"--reply"_s;
            }
            return true;
        }
        if (key == "can_return_error_result"_L1) {
            if (value.boolean) {
                m_words += u"--reply-errors"_s;
            }
            return true;
        }
        if (key == "filters"_L1 && value.isArray()) {
            for (const JsonNode &filter : value.items) {
                option(u"filter"_s, decodeUtf8(m_json.raw(filter)));
            }
            return true;
        }
        if (key == "filter_logic"_L1) {
            if (value.text != "and"_L1) {
                option(u"filter-logic"_s, value.text);
            }
            return true;
        }
        if (key == "initial_messages"_L1 && value.isArray()) {
            return addInitial(value);
        }
        if (key == "heartbeat"_L1 && value.isObject()) {
            return addHeartbeat(value);
        }
        if (key == "connection"_L1 && value.isObject()) {
            return addConnection(value);
        }
        if (key == "delivery"_L1 && value.isObject()) {
            return addDelivery(value);
        }
        return (value.isArray() || value.isObject()) && value.items.empty();
    }

    bool addInitial(const JsonNode &messages)
    {
        bool all = true;
        for (const JsonNode &message : messages.items) {
            const JsonNode *raw = message.member(u"raw_message");
            all = all && raw && raw->isString();
            if (raw && raw->isString()) {
                option(u"initial"_s, raw->text);
            }
        }
        return all;
    }

    bool addHeartbeat(const JsonNode &heartbeat)
    {
        const JsonNode *interval = heartbeat.member(u"interval_secs");
        const JsonNode *message = heartbeat.member(u"message");
        const JsonNode *field = heartbeat.member(u"state_field");
        if (!interval || !message || !message->isString()) {
            return false;
        }
        option(u"heartbeat"_s, QString(decodeUtf8(m_json.raw(*interval)) + u':' + message->text));
        if (field && field->isString() && !field->text.isEmpty()) {
            option(u"state-field"_s, field->text);
        }
        return true;
    }

    bool addConnection(const JsonNode &connection)
    {
        bool all = true;
        for (size_t i = 0; i < connection.keys.size(); ++i) {
            const QString &key = connection.keys.at(i).name;
            const JsonNode &value = connection.items.at(i);
            if (key == "headers"_L1 && value.isObject()) {
                for (size_t header = 0; header < value.keys.size(); ++header) {
                    option(u"header"_s,
                        QString(
                            value.keys.at(header).name + u": "_s + value.items.at(header).text));
                }
            } else if (key == "subprotocols"_L1 && value.isArray()) {
                for (const JsonNode &name : value.items) {
                    option(u"subprotocol"_s, name.text);
                }
            } else {
                all = false;
            }
        }
        return all;
    }

    bool addDelivery(const JsonNode &delivery)
    {
        bool all = true;
        for (size_t i = 0; i < delivery.keys.size(); ++i) {
            const QString &key = delivery.keys.at(i).name;
            const JsonNode &value = delivery.items.at(i);
            if (key == "isolation"_L1) {
                option(key, value.text);
            } else if (key == "concurrency"_L1) {
                option(key, decodeUtf8(m_json.raw(value)));
            } else {
                all = false;
            }
        }
        return all;
    }

    const JsonText &m_json;
    QStringList m_words;
    QStringList m_leftOut;
};

} // namespace

Result<ListenLine> listenLine(const QString &document, const QString &scriptFile)
{
    const auto json = JsonText::parse(document.toUtf8(), DuplicateKeys::Accept);
    if (!json) {
        return json.error();
    }
    return Writer(*json, scriptFile).write();
}

} // namespace earshot::items
