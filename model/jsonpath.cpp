// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsonpath.h"

#include "model/jsontext.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

bool isSpace(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool isWord(QStringView key)
{
    return !key.isEmpty() && !key.at(0).isDigit()
        && std::all_of(key.begin(), key.end(),
            [](QChar c) { return c.isLetterOrNumber() || c == u'_' || c == u'-'; });
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

Error badPath(const QString &why)
{
    return {.code = ErrorCode::InvalidArgument, .message = why, .detail = {}};
}

} // namespace

qsizetype skipJsonSpace(QByteArrayView json, qsizetype at)
{
    while (at < json.size() && isSpace(json.at(at))) {
        ++at;
    }
    return at;
}

qsizetype skipJsonString(QByteArrayView json, qsizetype at)
{
    ++at;
    while (at < json.size() && json.at(at) != '"') {
        at += json.at(at) == '\\' ? 2 : 1;
    }
    return std::min(at, json.size()) + 1;
}

qsizetype skipJsonValue(QByteArrayView json, qsizetype at)
{
    qint64 depth = 0;
    while (at < json.size()) {
        const char c = json.at(at);
        if (c == '"') {
            at = skipJsonString(json, at);
        } else if (c == '{' || c == '[') {
            ++depth;
            ++at;
        } else if (c == '}' || c == ']') {
            if (--depth < 0) {
                return at;
            }
            ++at;
        } else if (depth == 0 && (c == ',' || c == ':' || isSpace(c))) {
            return at;
        } else {
            ++at;
            continue; // within a number or a word
        }
        if (depth == 0) {
            return std::min(at, json.size());
        }
    }
    return json.size();
}

QString jsonScalarText(QByteArrayView raw)
{
    if (raw.isEmpty() || raw.front() != '"') {
        return decodeUtf8(raw);
    }
    raw = raw.sliced(1);
    QString out;
    qsizetype from = 0;
    qsizetype at = 0;
    while (at < raw.size() && raw.at(at) != '"') {
        if (raw.at(at) != '\\') {
            ++at;
            continue;
        }
        out += decodeUtf8(raw.sliced(from, at - from));
        if (at + 1 >= raw.size()) {
            return out;
        }
        const char c = raw.at(at + 1);
        at += 2;
        switch (c) {
        case 'n':
            out += u'\n';
            break;
        case 't':
            out += u'\t';
            break;
        case 'r':
            out += u'\r';
            break;
        case 'b':
            out += u'\b';
            break;
        case 'f':
            out += u'\f';
            break;
        case 'u': {
            int code = 0;
            int digits = 0;
            while (digits < 4 && at < raw.size() && hexDigit(raw.at(at)) >= 0) {
                code = code * 16 + hexDigit(raw.at(at++));
                ++digits;
            }
            out += QChar(digits == 4 ? static_cast<char16_t>(code) : u'\ufffd');
            break;
        }
        default:
            out += QLatin1Char(c);
        }
        from = at;
    }
    at = std::min(at, raw.size());
    return out + decodeUtf8(raw.sliced(from, at - from));
}

Result<JsonPath> JsonPath::parse(QStringView text)
{
    JsonPath path;
    qsizetype at = text.startsWith(u'$') ? 1 : 0;
    bool first = at == 0;
    while (at < text.size()) {
        if (text.at(at) == u'[') {
            const bool quoted
                = at + 1 < text.size() && (text.at(at + 1) == u'"' || text.at(at + 1) == u'\'');
            if (quoted) {
                const QChar quote = text.at(at + 1);
                QString key;
                qsizetype i = at + 2;
                for (; i < text.size() && text.at(i) != quote; ++i) {
                    if (text.at(i) == u'\\' && i + 1 < text.size()) {
                        ++i;
                    }
                    key += text.at(i);
                }
                if (i + 1 >= text.size() || text.at(i + 1) != u']') {
                    return badPath(u"close the brackets: $[\"key\"]"_s);
                }
                path.m_steps.push_back({.key = key.isNull() ? u""_s : key});
                at = i + 2;
            } else {
                const qsizetype end = text.indexOf(u']', at);
                bool ok = false;
                const qsizetype index
                    = end < 0 ? -1 : text.sliced(at + 1, end - at - 1).toLongLong(&ok);
                if (!ok || index < 0) {
                    return badPath(u"an index is a number from 0 on: $.items[0]"_s);
                }
                path.m_steps.push_back({.index = index});
                at = end + 1;
            }
        } else {
            if (text.at(at) == u'.') {
                ++at;
            } else if (!first) {
                return badPath(u"a path looks like $.data.items[0].id"_s);
            }
            qsizetype end = at;
            while (end < text.size() && text.at(end) != u'.' && text.at(end) != u'[') {
                ++end;
            }
            if (end == at) {
                return badPath(u"a name is missing in the path; write $.data.id"_s);
            }
            path.m_steps.push_back({.key = text.sliced(at, end - at).toString()});
            at = end;
        }
        first = false;
    }
    for (Step &step : path.m_steps) {
        if (!step.key.isNull()) {
            const QByteArray literal = toJsonString(step.key);
            step.rawKey = literal.sliced(1, literal.size() - 2);
        }
    }
    return path;
}

std::optional<JsonPathValue> JsonPath::find(QByteArrayView json) const
{
    qsizetype at = skipJsonSpace(json, 0);
    for (const Step &step : m_steps) {
        const bool byKey = !step.key.isNull();
        if (at >= json.size() || json.at(at) != (byKey ? '{' : '[')) {
            return std::nullopt;
        }
        at = skipJsonSpace(json, at + 1);
        qsizetype index = 0;
        std::optional<qsizetype> found;
        while (at < json.size() && json.at(at) != '}' && json.at(at) != ']') {
            if (byKey) {
                if (json.at(at) != '"') {
                    return std::nullopt;
                }
                const qsizetype end = skipJsonString(json, at);
                if (end > json.size()) {
                    return std::nullopt;
                }
                const QByteArrayView key = json.sliced(at + 1, end - at - 2);
                const bool same = key == step.rawKey
                    || (key.contains('\\')
                        && jsonScalarText(json.sliced(at, end - at)) == step.key);
                at = skipJsonSpace(json, end);
                if (at >= json.size() || json.at(at) != ':') {
                    return std::nullopt;
                }
                at = skipJsonSpace(json, at + 1);
                if (same) {
                    found = at;
                    break;
                }
            } else if (index == step.index) {
                found = at;
                break;
            }
            const qsizetype next = skipJsonValue(json, at);
            if (next == at) {
                return std::nullopt; // not JSON: `{"a":}`, `[,]`
            }
            at = skipJsonSpace(json, next);
            if (at < json.size() && json.at(at) == ',') {
                at = skipJsonSpace(json, at + 1);
                ++index;
            }
        }
        if (!found) {
            return std::nullopt;
        }
        at = *found;
    }
    if (at >= json.size()) {
        return std::nullopt;
    }
    const qsizetype end = skipJsonValue(json, at);
    if (end == at) {
        return std::nullopt;
    }
    const QByteArrayView raw = json.sliced(at, end - at);
    // A number or word that reaches the end may go on; a string, list or object says so itself.
    const char last = raw.back();
    const bool closed = (raw.front() == '"' && raw.size() > 1 && last == '"'
                            && skipJsonString(json, at) <= json.size())
        || ((raw.front() == '{' || raw.front() == '[') && (last == '}' || last == ']'));
    return JsonPathValue{.raw = raw, .cut = !closed && end == json.size() && !m_steps.empty()};
}

QString JsonPath::child(const QString &path, const QString &key)
{
    if (isWord(key)) {
        return QString(path + u'.' + key);
    }
    QString escaped = key;
    escaped.replace(u'\\', u"\\\\"_s).replace(u'"', u"\\\""_s);
    return QString(path + u"[\"" + escaped + u"\"]");
}

QString JsonPath::child(const QString &path, qsizetype index)
{
    return QString(path + u'[' + QString::number(index) + u']');
}

QString JsonPath::text() const
{
    QString out = u"$"_s;
    for (const Step &step : m_steps) {
        out = step.key.isNull() ? child(out, step.index) : child(out, step.key);
    }
    return out;
}

} // namespace earshot
