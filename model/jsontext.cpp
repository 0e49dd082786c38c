// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsontext.h"

#include <QSet>

#include <algorithm>
#include <optional>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

bool isDigit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

int hexValue(char c) noexcept
{
    if (isDigit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

class Parser
{
public:
    Parser(const QByteArray &json, DuplicateKeys duplicates)
        : m_json(json)
        , m_duplicates(duplicates)
    { }

    std::optional<JsonNode> parse()
    {
        skipSpace();
        JsonNode root;
        if (!value(root, 1)) {
            return std::nullopt;
        }
        skipSpace();
        if (m_at != m_json.size()) {
            fail(u"something follows the end of the document"_s);
            return std::nullopt;
        }
        return root;
    }

    [[nodiscard]] const Error &error() const { return m_error; }

private:
    bool fail(const QString &what, ErrorCode code = ErrorCode::Parse)
    {
        return failAt(m_at, what, code);
    }

    bool failAt(qsizetype offset, const QString &what, ErrorCode code = ErrorCode::Parse)
    {
        m_error
            = {code, u"not valid JSON: %1 (%2)"_s.arg(what, describePosition(m_json, offset)), {}};
        return false;
    }

    [[nodiscard]] char peek() const { return m_at < m_json.size() ? m_json.at(m_at) : '\0'; }
    [[nodiscard]] bool atEnd() const { return m_at >= m_json.size(); }

    void skipSpace()
    {
        while (!atEnd()) {
            const char c = peek();
            if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
                return;
            }
            ++m_at;
        }
    }

    bool value(JsonNode &node, int depth)
    {
        if (depth > kMaxDocumentDepth) {
            return fail(
                u"nested deeper than %1 levels"_s.arg(kMaxDocumentDepth), ErrorCode::LimitExceeded);
        }
        if (++m_values > kMaxDocumentValues) {
            return fail(u"more than %1 values"_s.arg(kMaxDocumentValues), ErrorCode::LimitExceeded);
        }
        node.begin = m_at;
        bool ok = false;
        switch (peek()) {
        case '{':
            ok = object(node, depth);
            break;
        case '[':
            ok = array(node, depth);
            break;
        case '"':
            node.kind = JsonKind::String;
            ok = string(node.text);
            break;
        case 't':
            node.kind = JsonKind::Bool;
            node.boolean = true;
            ok = word("true");
            break;
        case 'f':
            node.kind = JsonKind::Bool;
            ok = word("false");
            break;
        case 'n':
            ok = word("null");
            break;
        default:
            node.kind = JsonKind::Number;
            ok = number();
            break;
        }
        node.end = m_at;
        return ok;
    }

    bool word(QByteArrayView text)
    {
        if (!QByteArrayView(m_json).sliced(m_at).startsWith(text)) {
            return fail(u"a value was expected"_s);
        }
        m_at += text.size();
        return true;
    }

    bool digits()
    {
        if (!isDigit(peek())) {
            return fail(atEnd() ? u"it ends too early"_s : u"a value was expected"_s);
        }
        while (isDigit(peek())) {
            ++m_at;
        }
        return true;
    }

    bool number()
    {
        if (peek() == '-') {
            ++m_at;
        }
        if (peek() == '0') {
            ++m_at;
            if (isDigit(peek())) {
                return fail(u"a number may not begin with 0"_s);
            }
        } else if (!digits()) {
            return false;
        }
        if (peek() == '.') {
            ++m_at;
            if (!digits()) {
                return false;
            }
        }
        if (peek() == 'e' || peek() == 'E') {
            ++m_at;
            if (peek() == '+' || peek() == '-') {
                ++m_at;
            }
            return digits();
        }
        return true;
    }

    bool hexUnit(char16_t &unit)
    {
        if (m_at + 4 > m_json.size()) {
            return fail(u"it ends too early"_s);
        }
        int code = 0;
        for (int i = 0; i < 4; ++i) {
            const int digit = hexValue(m_json.at(m_at + i));
            if (digit < 0) {
                return fail(u"\\u needs four hexadecimal digits"_s);
            }
            code = code * 16 + digit;
        }
        m_at += 4;
        unit = char16_t(code);
        return true;
    }

    bool escape(QString &out)
    {
        const qsizetype start = m_at - 1;
        const char c = peek();
        ++m_at;
        switch (c) {
        case '"':
        case '\\':
        case '/':
            out += QLatin1Char(c);
            return true;
        case 'b':
            out += u'\b';
            return true;
        case 'f':
            out += u'\f';
            return true;
        case 'n':
            out += u'\n';
            return true;
        case 'r':
            out += u'\r';
            return true;
        case 't':
            out += u'\t';
            return true;
        case 'u': {
            char16_t unit = 0;
            if (!hexUnit(unit)) {
                return false;
            }
            if (QChar::isLowSurrogate(unit)) {
                return failAt(start, u"half of a surrogate pair"_s);
            }
            out += QChar(unit);
            if (QChar::isHighSurrogate(unit)) {
                char16_t low = 0;
                if (!QByteArrayView(m_json).sliced(m_at).startsWith("\\u")) {
                    return failAt(start, u"half of a surrogate pair"_s);
                }
                m_at += 2;
                if (!hexUnit(low)) {
                    return false;
                }
                if (!QChar::isLowSurrogate(low)) {
                    return failAt(start, u"half of a surrogate pair"_s);
                }
                out += QChar(low);
            }
            return true;
        }
        default:
            return failAt(start, u"an unknown escape in a string"_s);
        }
    }

    bool string(QString &out)
    {
        const qsizetype start = m_at;
        ++m_at;
        while (true) {
            const qsizetype from = m_at;
            while (!atEnd() && peek() != '"' && peek() != '\\' && uchar(peek()) >= 0x20) {
                ++m_at;
            }
            if (m_at > from) {
                out += decodeUtf8(QByteArrayView(m_json).sliced(from, m_at - from));
            }
            if (atEnd()) {
                return failAt(start, u"a string that does not end"_s);
            }
            if (peek() == '"') {
                ++m_at;
                return true;
            }
            if (peek() != '\\') {
                return fail(u"a control character in a string; write it as \\u00XX"_s);
            }
            ++m_at;
            if (atEnd()) {
                return failAt(start, u"a string that does not end"_s);
            }
            if (!escape(out)) {
                return false;
            }
        }
    }

    bool array(JsonNode &node, int depth)
    {
        node.kind = JsonKind::Array;
        ++m_at;
        skipSpace();
        if (peek() == ']') {
            ++m_at;
            return true;
        }
        while (true) {
            skipSpace();
            if (!value(node.items.emplace_back(), depth + 1)) {
                return false;
            }
            skipSpace();
            if (peek() == ']') {
                ++m_at;
                return true;
            }
            if (peek() != ',') {
                return fail(atEnd() ? u"it ends inside an array"_s : u"',' or ']' was expected"_s);
            }
            ++m_at;
        }
    }

    bool object(JsonNode &node, int depth)
    {
        node.kind = JsonKind::Object;
        ++m_at;
        skipSpace();
        if (peek() == '}') {
            ++m_at;
            return true;
        }
        QSet<QString> seen;
        while (true) {
            skipSpace();
            JsonNode::Key key;
            key.begin = m_at;
            if (peek() != '"') {
                return fail(
                    atEnd() ? u"it ends inside an object"_s : u"a key in quotes was expected"_s);
            }
            if (!string(key.name)) {
                return false;
            }
            key.end = m_at;
            if (m_duplicates == DuplicateKeys::Refuse) {
                if (seen.contains(key.name)) {
                    return failAt(key.begin, u"the key \"%1\" is there twice"_s.arg(key.name));
                }
                seen.insert(key.name);
            }
            skipSpace();
            if (peek() != ':') {
                return fail(atEnd() ? u"it ends inside an object"_s : u"':' was expected"_s);
            }
            ++m_at;
            skipSpace();
            node.keys.push_back(std::move(key));
            if (!value(node.items.emplace_back(), depth + 1)) {
                return false;
            }
            skipSpace();
            if (peek() == '}') {
                ++m_at;
                return true;
            }
            if (peek() != ',') {
                return fail(atEnd() ? u"it ends inside an object"_s : u"',' or '}' was expected"_s);
            }
            ++m_at;
        }
    }

    const QByteArray &m_json;
    DuplicateKeys m_duplicates;
    qsizetype m_at = 0;
    qsizetype m_values = 0;
    Error m_error;
};

/// Offset of the first byte that is not part of valid UTF-8, or -1.
qsizetype firstInvalidUtf8(const QByteArray &text)
{
    if (text.isValidUtf8()) {
        return -1;
    }
    // A prefix cut inside a character is as invalid as one with a bad byte: find the shortest bad
    // prefix, then step back to where that character began.
    qsizetype good = 0;
    qsizetype bad = text.size();
    while (bad - good > 8) {
        qsizetype middle = good + (bad - good) / 2;
        while (middle > good && (uchar(text.at(middle)) & 0xC0U) == 0x80U) {
            --middle;
        }
        if (middle == good) {
            break;
        }
        (QByteArrayView(text).first(middle).isValidUtf8() ? good : bad) = middle;
    }
    while (good < bad) {
        qsizetype next = good + 1;
        while (next < text.size() && (uchar(text.at(next)) & 0xC0U) == 0x80U) {
            ++next;
        }
        if (!QByteArrayView(text).sliced(good, next - good).isValidUtf8()) {
            break;
        }
        good = next;
    }
    return good;
}

} // namespace

const JsonNode *JsonNode::member(QAnyStringView key) const
{
    for (std::size_t i = keys.size(); i > 0; --i) {
        if (QAnyStringView(keys[i - 1].name) == key) {
            return &items[i - 1];
        }
    }
    return nullptr;
}

Result<JsonText> JsonText::parse(const QByteArray &json, DuplicateKeys duplicates)
{
    if (json.size() > kMaxDocumentBytes) {
        return Error{ErrorCode::LimitExceeded,
            u"the document has %1 bytes; the limit is %2"_s.arg(json.size()).arg(kMaxDocumentBytes),
            {}};
    }
    const qsizetype invalid = firstInvalidUtf8(json);
    if (invalid >= 0) {
        return Error{ErrorCode::Parse,
            u"not valid JSON: bytes that are not UTF-8 (%1)"_s.arg(describePosition(json, invalid)),
            {}};
    }
    Parser parser(json, duplicates);
    std::optional<JsonNode> root = parser.parse();
    if (!root) {
        return parser.error();
    }
    return JsonText(json, *std::move(root));
}

QByteArray JsonText::raw(const JsonNode &node) const
{
    return m_json.sliced(node.begin, node.end - node.begin);
}

QString describePosition(QByteArrayView text, qsizetype offset)
{
    const QByteArrayView before = text.first(std::clamp<qsizetype>(offset, 0, text.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const qsizetype column = before.size() - (before.lastIndexOf('\n') + 1) + 1;
    return u"line %1, column %2"_s.arg(line).arg(column);
}

QString decodeUtf8(QByteArrayView utf8)
{
    QString text;
    while (utf8.startsWith("\xef\xbb\xbf")) {
        text += QChar(QChar::ByteOrderMark);
        utf8 = utf8.sliced(3);
    }
    return text + QString::fromUtf8(utf8);
}

} // namespace earshot
