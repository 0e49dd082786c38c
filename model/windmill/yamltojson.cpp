// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/windmill/yamltojson.h"

#include "model/jsontext.h"

#include <QHash>
#include <QRegularExpression>
#include <QSet>
#include <QString>
#include <QStringList>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot::windmill {

namespace {

QString place(const YAML::Mark &mark)
{
    return mark.line < 0 ? QString()
                         : u" (line %1, column %2)"_s.arg(mark.line + 1).arg(mark.column + 1);
}

Error notYaml(const QString &what, const QString &where, ErrorCode code = ErrorCode::Parse)
{
    return {code, u"not valid YAML: %1%2"_s.arg(what, where), {}};
}

QRegularExpression anchored(const char16_t *pattern)
{
    return QRegularExpression(QRegularExpression::anchoredPattern(QStringView(pattern)));
}

bool matches(const QString &text, const QRegularExpression &pattern)
{
    return pattern.match(text).hasMatch();
}

/// The parser answers the escapes `\N` and `\_` with a single byte. Its input was UTF-8, so a byte
/// that begins no character can only be one of those.
QString textOf(const std::string &value)
{
    const QByteArray bytes = QByteArray::fromStdString(value);
    if (bytes.isValidUtf8()) {
        return decodeUtf8(bytes);
    }
    QByteArray repaired;
    for (qsizetype at = 0; at < bytes.size();) {
        const auto lead = uchar(bytes.at(at));
        const qsizetype length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (lead >= 0x80 && lead < 0xc0) {
            repaired += '\xc2';
        }
        repaired += bytes.sliced(at, std::min(length, bytes.size() - at));
        at += length;
    }
    return decodeUtf8(repaired);
}

/// What a plain scalar is under the core schema: JSON text, nothing for a string, or an error.
struct Resolved
{
    QByteArray json;
    QString error;
    JsonKind kind = JsonKind::String;
};

QByteArray decimalDigits(QByteArray digits)
{
    const bool negative = digits.startsWith('-');
    if (negative || digits.startsWith('+')) {
        digits.remove(0, 1);
    }
    qsizetype zeros = 0;
    while (zeros + 1 < digits.size() && digits.at(zeros) == '0' && digits.at(zeros + 1) >= '0'
        && digits.at(zeros + 1) <= '9') {
        ++zeros;
    }
    digits.remove(0, zeros);
    return negative ? '-' + digits : digits;
}

/// JSON wants digits on both sides of the point.
QByteArray floatText(const QString &text)
{
    QByteArray number = text.toLatin1();
    const qsizetype point = number.indexOf('.');
    if (point >= 0) {
        const auto isDigit = [&number](qsizetype at) {
            return at >= 0 && at < number.size() && number.at(at) >= '0' && number.at(at) <= '9';
        };
        if (!isDigit(point + 1)) {
            number.insert(point + 1, '0');
        }
        if (!isDigit(point - 1)) {
            number.insert(point, '0');
        }
    }
    return decimalDigits(number);
}

Resolved basedInteger(const QString &text, int base)
{
    bool ok = false;
    const quint64 value = QStringView(text).sliced(2).toULongLong(&ok, base);
    if (!ok) {
        return {{}, u"the number %1 is too large"_s.arg(text), JsonKind::Number};
    }
    return {QByteArray::number(value), {}, JsonKind::Number};
}

Resolved resolvePlain(const QString &text)
{
    static const QStringList nulls{QString(), u"~"_s, u"null"_s, u"Null"_s, u"NULL"_s};
    static const QStringList trues{u"true"_s, u"True"_s, u"TRUE"_s};
    static const QStringList falses{u"false"_s, u"False"_s, u"FALSE"_s};
    if (nulls.contains(text)) {
        return {"null", {}, JsonKind::Null};
    }
    if (trues.contains(text)) {
        return {"true", {}, JsonKind::Bool};
    }
    if (falses.contains(text)) {
        return {"false", {}, JsonKind::Bool};
    }
    if (!u"+-.0123456789"_s.contains(text.at(0))) {
        return {};
    }
    static const QRegularExpression integer = anchored(u"[-+]?[0-9]+");
    static const QRegularExpression octal = anchored(u"0o[0-7]+");
    static const QRegularExpression hexadecimal = anchored(u"0x[0-9a-fA-F]+");
    static const QRegularExpression floating
        = anchored(u"[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
    static const QRegularExpression unwritable
        = anchored(u"[-+]?\\.(inf|Inf|INF)|\\.nan|\\.NaN|\\.NAN");
    if (matches(text, integer)) {
        return {decimalDigits(text.toLatin1()), {}, JsonKind::Number};
    }
    if (matches(text, octal)) {
        return basedInteger(text, 8);
    }
    if (matches(text, hexadecimal)) {
        return basedInteger(text, 16);
    }
    if (matches(text, floating)) {
        return {floatText(text), {}, JsonKind::Number};
    }
    if (matches(text, unwritable)) {
        return {{}, u"%1 has no JSON form"_s.arg(text), JsonKind::Number};
    }
    return {};
}

struct Node
{
    JsonKind kind = JsonKind::Null;
    QByteArray json; ///< of a scalar
    QString keyText; ///< a scalar as a key
    std::vector<std::shared_ptr<const Node>> items;
    std::vector<QString> keys; ///< of an Object, parallel to `items`
};

/// Builds the nodes of one document. At the first problem it leaves the parser by the parser's own
/// kind of exception, so that no more of the input is read.
class Builder final : public YAML::EventHandler
{
public:
    [[nodiscard]] const std::optional<Error> &error() const { return m_error; }
    [[nodiscard]] const std::shared_ptr<const Node> &root() const { return m_root; }

    void OnDocumentStart(const YAML::Mark &) override { }
    void OnDocumentEnd() override { }

    void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override
    {
        auto node = std::make_shared<Node>();
        node->json = "null";
        add(mark, anchor, std::move(node));
    }

    void OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) override
    {
        const std::shared_ptr<const Node> target = m_anchors.value(anchor);
        if (!target) {
            fail(mark, u"an alias inside what it stands for"_s);
        }
        add(mark, 0, target);
    }

    void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
        const std::string &value) override
    {
        const QString text = textOf(value);
        auto node = std::make_shared<Node>();
        node->keyText = text;
        node->kind = JsonKind::String;
        if (tag != "!" && tag != "tag:yaml.org,2002:str") {
            const Resolved resolved = resolvePlain(text);
            const JsonKind wanted = kindOfTag(mark, tag, resolved.kind);
            if (!resolved.error.isEmpty()) {
                fail(mark, resolved.error);
            }
            if (wanted != resolved.kind) {
                fail(mark, u"\"%1\" does not fit its tag"_s.arg(text.left(40)));
            }
            node->kind = resolved.kind;
            node->json = resolved.json;
        }
        if (node->kind == JsonKind::String) {
            node->json = toJsonString(text);
        }
        add(mark, anchor, std::move(node));
    }

    void OnSequenceStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
        YAML::EmitterStyle::value) override
    {
        open(mark, tag, "tag:yaml.org,2002:seq", JsonKind::Array, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
        YAML::EmitterStyle::value) override
    {
        open(mark, tag, "tag:yaml.org,2002:map", JsonKind::Object, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct Frame
    {
        std::shared_ptr<Node> node;
        YAML::anchor_t anchor = 0;
        std::optional<QString> key; ///< of the value that comes next
        QSet<QString> seen;
    };

    [[noreturn]] void fail(
        const YAML::Mark &mark, const QString &what, ErrorCode code = ErrorCode::Parse)
    {
        m_error = notYaml(what, place(mark), code);
        throw YAML::ParserException(mark, what.toStdString());
    }

    JsonKind kindOfTag(const YAML::Mark &mark, const std::string &tag, JsonKind resolved)
    {
        if (tag.empty() || tag == "?") {
            return resolved;
        }
        static const QHash<QByteArray, JsonKind> kinds{{"tag:yaml.org,2002:null", JsonKind::Null},
            {"tag:yaml.org,2002:bool", JsonKind::Bool}, {"tag:yaml.org,2002:int", JsonKind::Number},
            {"tag:yaml.org,2002:float", JsonKind::Number}};
        const auto found = kinds.constFind(QByteArray::fromStdString(tag));
        if (found == kinds.cend()) {
            fail(mark, u"the tag %1 is not supported"_s.arg(QString::fromStdString(tag).left(80)));
        }
        return *found;
    }

    void open(const YAML::Mark &mark, const std::string &tag, const char *ownTag, JsonKind kind,
        YAML::anchor_t anchor)
    {
        if (!tag.empty() && tag != "?" && tag != "!" && tag != ownTag) {
            fail(mark, u"the tag %1 is not supported"_s.arg(QString::fromStdString(tag).left(80)));
        } else if (m_frames.size() >= std::size_t(kMaxDocumentDepth)) {
            fail(mark, u"nested deeper than %1 levels"_s.arg(kMaxDocumentDepth),
                ErrorCode::LimitExceeded);
        } else if (expectsKey()) {
            fail(mark, u"a key must be text; is a bracket not closed?"_s);
        }
        countValue(mark);
        auto node = std::make_shared<Node>();
        node->kind = kind;
        m_frames.push_back({std::move(node), anchor, std::nullopt, {}});
    }

    void close()
    {
        Frame frame = std::move(m_frames.back());
        m_frames.pop_back();
        if (frame.anchor != 0) {
            m_anchors.insert(frame.anchor, frame.node);
        }
        attach(std::move(frame.node));
    }

    [[nodiscard]] bool expectsKey() const
    {
        return !m_frames.empty() && m_frames.back().node->kind == JsonKind::Object
            && !m_frames.back().key;
    }

    void countValue(const YAML::Mark &mark)
    {
        if (++m_values > kMaxDocumentValues) {
            fail(mark, u"more than %1 values"_s.arg(kMaxDocumentValues), ErrorCode::LimitExceeded);
        }
    }

    void add(const YAML::Mark &mark, YAML::anchor_t anchor, std::shared_ptr<const Node> node)
    {
        if (anchor != 0) {
            m_anchors.insert(anchor, node);
        }
        if (!expectsKey()) {
            countValue(mark);
            attach(std::move(node));
            return;
        }
        Frame &frame = m_frames.back();
        if (node->kind == JsonKind::Array || node->kind == JsonKind::Object
            || node->kind == JsonKind::Null) {
            fail(mark, u"a key must be text; is a bracket not closed?"_s);
        } else if (frame.seen.contains(node->keyText)) {
            fail(mark, u"the key \"%1\" is there twice"_s.arg(node->keyText.left(80)));
        } else {
            frame.seen.insert(node->keyText);
            frame.key = node->keyText;
        }
    }

    void attach(std::shared_ptr<const Node> node)
    {
        if (m_frames.empty()) {
            m_root = std::move(node);
            return;
        }
        Frame &frame = m_frames.back();
        if (frame.node->kind == JsonKind::Object) {
            frame.node->keys.push_back(*std::exchange(frame.key, std::nullopt));
        }
        frame.node->items.push_back(std::move(node));
    }

    std::vector<Frame> m_frames;
    QHash<YAML::anchor_t, std::shared_ptr<const Node>> m_anchors;
    std::shared_ptr<const Node> m_root;
    qsizetype m_values = 0;
    std::optional<Error> m_error;
};

/// Writes nodes; aliases are expanded here, so this is where their number shows.
class Writer
{
public:
    Result<QByteArray> write(const Node &root)
    {
        if (!node(root, 0)) {
            return notYaml(u"its aliases expand to more than %1 values, %2 bytes or %3 levels"_s
                               .arg(kMaxDocumentValues)
                               .arg(kMaxDocumentBytes)
                               .arg(kMaxDocumentDepth),
                {}, ErrorCode::LimitExceeded);
        }
        m_out += '\n';
        return m_out;
    }

private:
    bool node(const Node &node, int depth)
    {
        if (++m_values > kMaxDocumentValues || m_out.size() >= kMaxDocumentBytes
            || depth >= kMaxDocumentDepth) {
            return false;
        }
        const bool isObject = node.kind == JsonKind::Object;
        if (!isObject && node.kind != JsonKind::Array) {
            m_out += node.json;
            return m_out.size() < kMaxDocumentBytes;
        }
        m_out += isObject ? '{' : '[';
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            m_out += i == 0 ? "\n" : ",\n";
            m_out += QByteArray(2 * (depth + 1), ' ');
            if (isObject) {
                m_out += toJsonString(node.keys[i]) + ": ";
            }
            if (!this->node(*node.items[i], depth + 1)) {
                return false;
            }
        }
        if (!node.items.empty()) {
            m_out += '\n' + QByteArray(2 * depth, ' ');
        }
        m_out += isObject ? '}' : ']';
        return true;
    }

    QByteArray m_out;
    qsizetype m_values = 0;
};

/// The parser takes some control characters for the end of its input, so they must not reach it.
std::optional<Error> refusedCharacter(const QByteArray &yaml)
{
    for (qsizetype i = 0; i < yaml.size(); ++i) {
        const auto c = uchar(yaml.at(i));
        if (c < 0x20 && c != '\t' && c != '\n') {
            return notYaml(u"a control character"_s, u" (%1)"_s.arg(describePosition(yaml, i)));
        }
    }
    return std::nullopt;
}

/// The parser skips directives it does not know and reads every version alike.
std::optional<Error> refusedDirective(const QByteArray &yaml)
{
    qsizetype at = 0;
    while (at < yaml.size()) {
        qsizetype end = yaml.indexOf('\n', at);
        end = end < 0 ? yaml.size() : end;
        const QByteArray line = yaml.sliced(at, end - at).trimmed();
        if (yaml.at(at) == '%' && line != "%YAML 1.2") {
            return notYaml(
                u"a directive other than %YAML 1.2"_s, u" (%1)"_s.arg(describePosition(yaml, at)));
        }
        if (!line.isEmpty() && !line.startsWith('#') && yaml.at(at) != '%') {
            break;
        }
        at = end + 1;
    }
    return std::nullopt;
}

} // namespace

Result<QByteArray> yamlToJson(const QByteArray &yaml)
{
    if (yaml.size() > kMaxDocumentBytes) {
        return Error{ErrorCode::LimitExceeded,
            u"the document has %1 bytes; the limit is %2"_s.arg(yaml.size()).arg(kMaxDocumentBytes),
            {}};
    }
    if (!yaml.isValidUtf8()) {
        return notYaml(u"bytes that are not UTF-8"_s, {});
    }
    QByteArray text = yaml.startsWith("\xef\xbb\xbf") ? yaml.sliced(3) : yaml;
    text.replace("\r\n", "\n").replace('\r', '\n');
    if (const std::optional<Error> error = refusedCharacter(text)) {
        return *error;
    }
    if (const std::optional<Error> error = refusedDirective(text)) {
        return *error;
    }
    Builder builder;
    try {
        std::istringstream stream(text.toStdString());
        YAML::Parser parser(stream);
        const bool found = parser.HandleNextDocument(builder);
        if (!found || !builder.root()) {
            return notYaml(u"the document is empty"_s, {});
        }
        if (Builder next; parser.HandleNextDocument(next)) {
            return notYaml(u"more than one document"_s, {});
        }
    } catch (const YAML::Exception &exception) {
        if (builder.error()) {
            return *builder.error();
        }
        return notYaml(QString::fromStdString(exception.msg), place(exception.mark));
    }
    return Writer().write(*builder.root());
}

} // namespace earshot::windmill
