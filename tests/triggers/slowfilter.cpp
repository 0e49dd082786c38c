// SPDX-License-Identifier: GPL-3.0-or-later
#include "slowfilter.h"

#include <QList>
#include <QLocale>
#include <QPair>
#include <QString>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>

namespace slow {

namespace {

/// Skim checks the grammar only. Read also refuses what has no value: a lone surrogate, a number
/// beyond a double, more than 127 containers inside each other.
enum class Mode { Skim, Read };

struct Json
{
    enum class Type { Null, Bool, Unsigned, Negative, Real, String, Array, Object };
    Type type = Type::Null;
    bool boolean = false;
    quint64 natural = 0;
    qint64 negative = 0;
    double real = 0;
    QByteArray string;
    QList<Json> items;
    QList<QPair<QByteArray, Json>> members; ///< keys unique; last value at the first place

    [[nodiscard]] const Json *member(const QByteArray &key) const
    {
        for (const auto &[name, value] : members) {
            if (name == key) {
                return &value;
            }
        }
        return nullptr;
    }
};

class Parser
{
public:
    Parser(const QByteArray &text, Mode mode)
        : m_text(text)
        , m_mode(mode)
    { }

    void space()
    {
        while (m_at < m_text.size() && QByteArray(" \t\r\n").contains(m_text[m_at])) {
            ++m_at;
        }
    }
    [[nodiscard]] bool take(char c)
    {
        if (m_at < m_text.size() && m_text[m_at] == c) {
            ++m_at;
            return true;
        }
        return false;
    }
    [[nodiscard]] bool atEnd() const { return m_at == m_text.size(); }
    [[nodiscard]] qsizetype position() const { return m_at; }

    [[nodiscard]] bool value(Json &out, int depth = 0)
    {
        space();
        if (atEnd()) {
            return false;
        }
        switch (m_text[m_at]) {
        case '{':
            return object(out, depth + 1);
        case '[':
            return array(out, depth + 1);
        case '"':
            out.type = Json::Type::String;
            return string(out.string, m_mode);
        case 't':
            out.type = Json::Type::Bool;
            out.boolean = true;
            return word("true");
        case 'f':
            out.type = Json::Type::Bool;
            return word("false");
        case 'n':
            return word("null");
        default:
            return number(out);
        }
    }

    [[nodiscard]] bool string(QByteArray &out, Mode mode)
    {
        if (!take('"')) {
            return false;
        }
        std::u16string pending; // escapes in a row, for pairs of surrogates
        const auto flush = [&] {
            for (size_t i = 0; i < pending.size(); ++i) {
                const char16_t unit = pending[i];
                const bool high = unit >= 0xD800 && unit < 0xDC00;
                const bool low = unit >= 0xDC00 && unit < 0xE000;
                const bool paired = high && i + 1 < pending.size() && pending[i + 1] >= 0xDC00
                    && pending[i + 1] < 0xE000;
                if ((low || (high && !paired)) && mode == Mode::Read) {
                    return false;
                }
                out += QString::fromUtf16(pending.data() + i, paired ? 2 : 1).toUtf8();
                i += paired ? 1 : 0;
            }
            pending.clear();
            return true;
        };
        while (m_at < m_text.size()) {
            const char c = m_text[m_at++];
            if (c == '\\') {
                if (atEnd()) {
                    return false;
                }
                const char kind = m_text[m_at++];
                if (kind == 'u') {
                    bool valid = false;
                    const QByteArray digits = m_text.mid(m_at, 4);
                    const bool onlyHex = std::all_of(digits.begin(), digits.end(),
                        [](char d) { return QByteArray("0123456789abcdefABCDEF").contains(d); });
                    const uint unit = digits.toUInt(&valid, 16);
                    if (digits.size() != 4 || !onlyHex || !valid) {
                        return false;
                    }
                    pending.push_back(static_cast<char16_t>(unit));
                    m_at += 4;
                    continue;
                }
                if (!flush()) {
                    return false;
                }
                static const std::map<char, char> kEscapes{{'"', '"'}, {'\\', '\\'}, {'/', '/'},
                    {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}};
                const auto escape = kEscapes.find(kind);
                if (escape == kEscapes.end()) {
                    return false;
                }
                out += escape->second;
                continue;
            }
            if (!flush()) {
                return false;
            }
            if (c == '"') {
                return true;
            }
            if (static_cast<unsigned char>(c) < 0x20) {
                return false;
            }
            out += c;
        }
        return false;
    }

private:
    [[nodiscard]] bool word(const QByteArray &text)
    {
        if (m_text.mid(m_at, text.size()) != text) {
            return false;
        }
        m_at += text.size();
        return true;
    }

    [[nodiscard]] bool digits()
    {
        const qsizetype begin = m_at;
        while (!atEnd() && m_text[m_at] >= '0' && m_text[m_at] <= '9') {
            ++m_at;
        }
        return m_at > begin;
    }

    [[nodiscard]] bool number(Json &out)
    {
        const qsizetype begin = m_at;
        const bool minus = take('-');
        if (!take('0') && !digits()) {
            return false;
        }
        if (m_text.mid(begin + (minus ? 1 : 0), 1) == "0" && !atEnd() && m_text[m_at] >= '0'
            && m_text[m_at] <= '9') {
            return false;
        }
        bool integer = true;
        if (take('.')) {
            integer = false;
            if (!digits()) {
                return false;
            }
        }
        if (take('e') || take('E')) {
            integer = false;
            if (!take('+')) {
                static_cast<void>(take('-'));
            }
            if (!digits()) {
                return false;
            }
        }
        const QByteArray text = m_text.mid(begin, m_at - begin);
        if (integer) {
            errno = 0;
            out.natural = std::strtoull(text.constData(), nullptr, 10);
            if (!minus && errno == 0) {
                out.type = Json::Type::Unsigned;
                return true;
            }
            errno = 0;
            out.negative = std::strtoll(text.constData(), nullptr, 10);
            if (minus && errno == 0 && out.negative < 0) {
                out.type = Json::Type::Negative;
                return true;
            }
        }
        out.type = Json::Type::Real;
        out.real = std::strtod(text.constData(), nullptr);
        return m_mode == Mode::Skim || std::isfinite(out.real);
    }

    [[nodiscard]] bool array(Json &out, int depth)
    {
        out.type = Json::Type::Array;
        if (m_mode == Mode::Read && depth > 127) {
            return false;
        }
        ++m_at;
        space();
        if (take(']')) {
            return true;
        }
        do {
            Json item;
            if (!value(item, depth)) {
                return false;
            }
            out.items.append(item);
            space();
        } while (take(','));
        return take(']');
    }

    [[nodiscard]] bool object(Json &out, int depth)
    {
        out.type = Json::Type::Object;
        if (m_mode == Mode::Read && depth > 127) {
            return false;
        }
        ++m_at;
        space();
        if (take('}')) {
            return true;
        }
        do {
            QByteArray key;
            Json item;
            space();
            if (!string(key, m_mode)) {
                return false;
            }
            space();
            if (!take(':') || !value(item, depth)) {
                return false;
            }
            const auto known = std::find_if(out.members.begin(), out.members.end(),
                [&](const auto &member) { return member.first == key; });
            if (known != out.members.end()) {
                known->second = item;
            } else {
                out.members.append({key, item});
            }
            space();
        } while (take(','));
        return take('}');
    }

    const QByteArray m_text;
    Mode m_mode;
    qsizetype m_at = 0;
};

[[nodiscard]] std::optional<Json> read(const QByteArray &text)
{
    Parser parser(text, Mode::Read);
    Json json;
    if (!parser.value(json)) {
        return std::nullopt;
    }
    parser.space();
    return parser.atEnd() ? std::optional(json) : std::nullopt;
}

using Fields = std::map<QByteArray, QByteArray>; ///< key → text of its first value

[[nodiscard]] Fields fieldsOf(const QByteArray &message)
{
    Parser parser(message, Mode::Skim);
    Fields fields;
    parser.space();
    if (!parser.take('{')) {
        return {};
    }
    parser.space();
    if (parser.take('}')) {
        return {};
    }
    do {
        QByteArray key;
        parser.space();
        if (!parser.string(key, Mode::Read)) {
            return {};
        }
        parser.space();
        if (!parser.take(':')) {
            return {};
        }
        parser.space();
        const qsizetype begin = parser.position();
        Json ignored;
        if (!parser.value(ignored)) {
            return {};
        }
        fields.emplace(key, message.mid(begin, parser.position() - begin));
        parser.space();
    } while (parser.take(','));
    return parser.take('}') ? fields : Fields();
}

[[nodiscard]] bool superset(const Json &value, const Json &wanted)
{
    if (value.type != wanted.type) {
        return false;
    }
    switch (wanted.type) {
    case Json::Type::Null:
        return true;
    case Json::Type::Bool:
        return value.boolean == wanted.boolean;
    case Json::Type::Unsigned:
        return value.natural == wanted.natural;
    case Json::Type::Negative:
        return value.negative == wanted.negative;
    case Json::Type::Real:
        return value.real == wanted.real;
    case Json::Type::String:
        return value.string == wanted.string;
    case Json::Type::Array:
        return std::all_of(wanted.items.begin(), wanted.items.end(), [&](const Json &one) {
            return std::any_of(value.items.begin(), value.items.end(),
                [&](const Json &item) { return superset(item, one); });
        });
    case Json::Type::Object:
        return std::all_of(wanted.members.begin(), wanted.members.end(), [&](const auto &one) {
            const Json *const member = value.member(one.first);
            return member != nullptr && superset(*member, one.second);
        });
    }
    return false;
}

[[nodiscard]] bool isEmptyGroup(const Json &entry)
{
    if (entry.members.size() != 1) {
        return false;
    }
    const Json &list = entry.members.front().second;
    return std::all_of(list.items.begin(), list.items.end(), isEmptyGroup);
}

[[nodiscard]] bool passes(const Json &entry, const Fields &fields);

[[nodiscard]] bool combine(const QList<Json> &entries, bool useOr, const Fields &fields)
{
    QList<Json> counting;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(counting),
        [](const Json &entry) { return !isEmptyGroup(entry); });
    const auto pass = [&](const Json &entry) { return passes(entry, fields); };
    return useOr ? std::any_of(counting.begin(), counting.end(), pass)
                 : std::all_of(counting.begin(), counting.end(), pass);
}

[[nodiscard]] bool passes(const Json &entry, const Fields &fields)
{
    if (entry.members.size() == 1) {
        const auto &[name, group] = entry.members.front();
        return combine(group.items, name != "all_of", fields) != (name == "none_of");
    }
    const Json *const key = entry.member("key");
    const QList<QByteArray> path
        = key != nullptr ? QList{key->string} : entry.member("path")->string.split('.');
    const auto field = fields.find(path.front());
    if (field == fields.end()) {
        return false;
    }
    const std::optional<Json> root = read(field->second);
    if (!root.has_value()) {
        return false;
    }
    const Json *value = &*root;
    for (qsizetype i = 1; i < path.size(); ++i) {
        value = value->type == Json::Type::Object ? value->member(path[i]) : nullptr;
        if (value == nullptr) {
            return false;
        }
    }
    return superset(*value, *entry.member("value"));
}

[[nodiscard]] QByteArray written(const QByteArray &string)
{
    QByteArray result = "\"";
    for (const char c : string) {
        const auto code = static_cast<unsigned char>(c);
        static const std::map<char, QByteArray> kEscapes{{'"', "\\\""}, {'\\', "\\\\"},
            {'\b', "\\b"}, {'\f', "\\f"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}};
        const auto escape = kEscapes.find(c);
        if (escape != kEscapes.end()) {
            result += escape->second;
        } else if (code < 0x20) {
            result += "\\u" + QByteArray::number(code, 16).rightJustified(4, '0');
        } else {
            result += c;
        }
    }
    return result + '"';
}

[[nodiscard]] QByteArray written(double real)
{
    const QByteArray plain = QByteArray::number(real, 'f', QLocale::FloatingPointShortest);
    const double size = std::fabs(real);
    if (size == 0 || (size >= 1e-5 && size < 1e16)) {
        const QByteArray text = plain.contains('.') ? plain : plain + ".0";
        return std::signbit(real) && !text.startsWith('-') ? "-" + text : text;
    }
    // Qt writes the exponent with a sign and two digits.
    const QByteArray scientific = QByteArray::number(real, 'e', QLocale::FloatingPointShortest);
    const qsizetype mark = scientific.indexOf('e');
    return scientific.left(mark) + 'e' + QByteArray::number(scientific.mid(mark + 1).toInt());
}

[[nodiscard]] QByteArray written(const Json &json)
{
    QList<QByteArray> parts;
    switch (json.type) {
    case Json::Type::Null:
        return "null";
    case Json::Type::Bool:
        return json.boolean ? "true" : "false";
    case Json::Type::Unsigned:
        return QByteArray::number(json.natural);
    case Json::Type::Negative:
        return QByteArray::number(json.negative);
    case Json::Type::Real:
        return written(json.real);
    case Json::Type::String:
        return written(json.string);
    case Json::Type::Array:
        for (const Json &item : json.items) {
            parts.append(written(item));
        }
        return "[" + parts.join(',') + "]";
    case Json::Type::Object:
        for (const auto &[key, value] : json.members) {
            parts.append(written(key) + ':' + written(value));
        }
        return "{" + parts.join(',') + "}";
    }
    return {};
}

} // namespace

bool matches(const QByteArray &filters, bool useOr, const QByteArray &message)
{
    const Json document = read(filters).value_or(Json());
    if (std::all_of(document.items.begin(), document.items.end(), isEmptyGroup)) {
        return true;
    }
    return combine(document.items, useOr, fieldsOf(message));
}

std::optional<QByteArray> capture(const QByteArray &field, const QByteArray &message)
{
    const std::optional<Json> document = read(message);
    if (!document.has_value() || document->type != Json::Type::Object) {
        return std::nullopt;
    }
    const Json *const value = document->member(field);
    return value != nullptr ? std::optional(written(*value)) : std::nullopt;
}

} // namespace slow
