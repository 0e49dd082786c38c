// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/windmill/jsontoyaml.h"

#include <QHash>
#include <QRegularExpression>
#include <QString>

#include <algorithm>
#include <numeric>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot::windmill {

namespace {

/// Longer keys need the `? key` form: readers look no further than 1024 characters for the colon.
constexpr qsizetype kMaxImplicitKey = 1000;

QString sortName(const QString &key)
{
    static const QHash<QString, QString> names{{u"version"_s, u"aaa"_s}, {u"id"_s, u"aa"_s},
        {u"type"_s, u"ab"_s}, {u"summary"_s, u"ad"_s}, {u"name"_s, u"ae"_s},
        {u"display_name"_s, u"af"_s}, {u"description"_s, u"ag"_s}, {u"value"_s, u"ah"_s},
        {u"content"_s, u"ai"_s}, {u"modules"_s, u"aj"_s}, {u"failure_module"_s, u"ak"_s},
        {u"input_transforms"_s, u"al"_s}, {u"lock"_s, u"az"_s}, {u"locks"_s, u"azz"_s}};
    return names.value(key, key);
}

/// Place of a character in the order of localeCompare: punctuation, digits, letters.
int rank(QChar c)
{
    static const QString punctuation = u"_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"_s;
    constexpr int kDigits = 100;
    constexpr int kOthers = 200;
    if (const qsizetype place = punctuation.indexOf(c); place >= 0) {
        return int(place) + 1;
    }
    return c.isDigit() && c.unicode() < 0x80 ? kDigits + c.digitValue()
                                             : kOthers + c.toLower().unicode();
}

bool matches(const QString &text, const QRegularExpression &pattern)
{
    return pattern.match(text).hasMatch();
}

bool readsAsOtherThanText(const QString &text)
{
    static const QRegularExpression pattern(
        u"^(?:~|[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE|0o[0-7]+|[-+]?[0-9]+|0x[0-9a-fA-F]+"
        "|[-+]?\\.(?:inf|Inf|INF)|\\.nan|\\.NaN|\\.NAN"
        "|[-+]?(?:\\.[0-9]+|[0-9]+(?:\\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)?\\z"_s);
    return matches(text, pattern);
}

bool needsQuotes(const QString &text)
{
    static const QRegularExpression indicators(
        u"^[\\n\\t ,\\[\\]{}#&*!|>'\"%@`]|^[?-]\\z|^[?-][ \\t]|[\\n:][ \\t]|[ \\t]\\n|[\\n\\t ]#"
        "|[\\n\\t :]\\z"_s);
    static const QRegularExpression documentMarker(
        u"^(?:%|---|\\.\\.\\.)"_s, QRegularExpression::MultilineOption);
    return matches(text, indicators) || matches(text, documentMarker) || readsAsOtherThanText(text);
}

bool needsEscapes(const QString &text)
{
    return std::any_of(text.begin(), text.end(), [](QChar c) {
        const char16_t code = c.unicode();
        return (code < 0x20 && code != '\t' && code != '\n') || (code >= 0x7f && code <= 0x9f)
            || code == 0xfeff || code == 0x2028 || code == 0x2029;
    });
}

QByteArray doubleQuoted(const QString &text)
{
    QString out = u"\""_s;
    for (const QChar c : text) {
        const char16_t code = c.unicode();
        if (c == u'"' || c == u'\\') {
            out += u'\\';
            out += c;
        } else if (c == u'\n') {
            out += "\\n"_L1;
        } else if (c == u'\t') {
            out += "\\t"_L1;
        } else if (c == u'\r') {
            out += "\\r"_L1;
        } else if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) {
            out += u"\\x%1"_s.arg(uint(code), 2, 16, QChar(u'0'));
        } else if (code == 0xfeff || code == 0x2028 || code == 0x2029) {
            out += u"\\u%1"_s.arg(uint(code), 4, 16, QChar(u'0'));
        } else {
            out += c;
        }
    }
    out += u'"';
    return out.toUtf8();
}

/// Of a text that has no line break and needs no escapes.
QByteArray quoted(const QString &text)
{
    if (text.contains(u'\'') && !text.contains(u'"')) {
        return doubleQuoted(text);
    }
    QString doubled = text;
    return '\'' + doubled.replace(u'\'', "''"_L1).toUtf8() + '\'';
}

QByteArray oneLine(const QString &text)
{
    if (needsEscapes(text) || text.contains(u'\n')) {
        return doubleQuoted(text);
    }
    return needsQuotes(text) ? quoted(text) : text.toUtf8();
}

class YamlWriter
{
public:
    explicit YamlWriter(const JsonText &document)
        : m_document(document)
    { }

    QByteArray write()
    {
        const JsonNode &root = m_document.root();
        value(root, 0, Place::Start);
        if (!m_out.endsWith('\n')) {
            m_out += '\n';
        }
        return m_out;
    }

private:
    /// What stands before a value on its line.
    enum class Place { Start, AfterKey, AfterDash };

    void indent(int columns) { m_out += QByteArray(columns, ' '); }

    void value(const JsonNode &node, int column, Place place)
    {
        const bool isCollection = (node.isObject() || node.isArray()) && !node.items.empty();
        if (!isCollection) {
            m_out += place == Place::Start ? "" : " ";
            scalar(node, column);
            m_out += '\n';
            return;
        }
        if (place == Place::AfterKey) {
            m_out += '\n';
            indent(column);
        } else if (place == Place::AfterDash) {
            m_out += ' ';
        }
        if (node.isObject()) {
            object(node, column);
        } else {
            array(node, column);
        }
    }

    void scalar(const JsonNode &node, int column)
    {
        switch (node.kind) {
        case JsonKind::String:
            string(node.text, column);
            break;
        case JsonKind::Array:
            m_out += "[]";
            break;
        case JsonKind::Object:
            m_out += "{}";
            break;
        default:
            m_out += m_document.raw(node);
        }
    }

    /// The first line is where the caller stands; `column` is that of the members.
    void object(const JsonNode &node, int column)
    {
        std::vector<std::size_t> order(node.keys.size());
        std::iota(order.begin(), order.end(), std::size_t(0));
        std::stable_sort(order.begin(), order.end(), [&node](std::size_t left, std::size_t right) {
            return keyLessThan(node.keys[left].name, node.keys[right].name);
        });
        bool first = true;
        for (const std::size_t i : order) {
            if (!std::exchange(first, false)) {
                indent(column);
            }
            const QByteArray key = oneLine(node.keys[i].name);
            if (key.size() > kMaxImplicitKey) {
                m_out += "? " + key + '\n';
                indent(column);
                m_out += ':';
            } else {
                m_out += key + ':';
            }
            value(node.items[i], column + 2, Place::AfterKey);
        }
    }

    void array(const JsonNode &node, int column)
    {
        bool first = true;
        for (const JsonNode &item : node.items) {
            if (!std::exchange(first, false)) {
                indent(column);
            }
            m_out += '-';
            value(item, column + 2, Place::AfterDash);
        }
    }

    void string(const QString &text, int column)
    {
        static const QRegularExpression blankEnd(u"\\n[\\t ]+\\z"_s);
        if (!text.contains(u'\n') || needsEscapes(text) || matches(text, blankEnd)) {
            m_out += oneLine(text);
            return;
        }
        // A text that starts with a blank would be taken for deeper indentation: say how deep.
        const qsizetype firstText = std::find_if(text.begin(), text.end(), [](QChar c) {
            return c != u'\n';
        }) - text.begin();
        const bool startsBlank = firstText < text.size()
            && (text.at(firstText) == u' ' || text.at(firstText) == u'\t');
        qsizetype breaks = 0;
        while (breaks < text.size() && text.at(text.size() - 1 - breaks) == u'\n') {
            ++breaks;
        }
        const int blockColumn = std::max(column, 2);
        m_out += '|';
        if (startsBlank || firstText == text.size()) {
            m_out += '2';
        }
        if (breaks == 0) {
            m_out += '-';
        } else if (breaks > 1 || firstText == text.size()) {
            m_out += '+';
        }
        const QStringView lines = QStringView(text).chopped(breaks > 0 ? 1 : 0);
        for (const QStringView line : lines.split(u'\n')) {
            m_out += '\n';
            if (!line.isEmpty()) {
                indent(blockColumn);
                m_out += line.toUtf8();
            }
        }
    }

    const JsonText &m_document;
    QByteArray m_out;
};

} // namespace

QByteArray jsonToYaml(const JsonText &document)
{
    return YamlWriter(document).write();
}

bool keyLessThan(const QString &left, const QString &right)
{
    const QString a = sortName(left);
    const QString b = sortName(right);
    const qsizetype common = std::min(a.size(), b.size());
    for (qsizetype i = 0; i < common; ++i) {
        const int difference = rank(a.at(i)) - rank(b.at(i));
        if (difference != 0) {
            return difference < 0;
        }
    }
    if (a.size() != b.size()) {
        return a.size() < b.size();
    }
    // Lower case first.
    for (qsizetype i = 0; i < common; ++i) {
        if (a.at(i) != b.at(i)) {
            return a.at(i).isLower();
        }
    }
    return false;
}

} // namespace earshot::windmill
