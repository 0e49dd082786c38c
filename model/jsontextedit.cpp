// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsontext.h"

#include <QHash>

#include <optional>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

bool sameNode(const JsonText &left, const JsonNode &leftNode, const JsonText &right,
    const JsonNode &rightNode)
{
    if (leftNode.kind != rightNode.kind || leftNode.items.size() != rightNode.items.size()) {
        return false;
    }
    switch (leftNode.kind) {
    case JsonKind::Null:
        return true;
    case JsonKind::Bool:
        return leftNode.boolean == rightNode.boolean;
    case JsonKind::Number:
        return left.raw(leftNode) == right.raw(rightNode);
    case JsonKind::String:
        return leftNode.text == rightNode.text;
    case JsonKind::Array:
        for (std::size_t i = 0; i < leftNode.items.size(); ++i) {
            if (!sameNode(left, leftNode.items[i], right, rightNode.items[i])) {
                return false;
            }
        }
        return true;
    case JsonKind::Object: {
        QHash<QStringView, const JsonNode *> others;
        others.reserve(qsizetype(rightNode.items.size()));
        for (std::size_t i = 0; i < rightNode.items.size(); ++i) {
            others.insert(rightNode.keys[i].name, &rightNode.items[i]);
        }
        for (std::size_t i = 0; i < leftNode.items.size(); ++i) {
            const JsonNode *other = others.value(leftNode.keys[i].name);
            if (!other || !sameNode(left, leftNode.items[i], right, *other)) {
                return false;
            }
        }
        return true;
    }
    }
    return false;
}

Result<JsonText> parseObject(const QByteArray &json)
{
    Result<JsonText> parsed = JsonText::parse(json);
    if (parsed && !parsed->root().isObject()) {
        return Error{ErrorCode::Parse, u"the document must be a JSON object"_s, {}};
    }
    return parsed;
}

std::optional<std::size_t> indexOfKey(const JsonNode &object, QStringView key)
{
    for (std::size_t i = 0; i < object.keys.size(); ++i) {
        if (object.keys[i].name == key) {
            return i;
        }
    }
    return std::nullopt;
}

} // namespace

Result<QByteArray> topLevelMember(const QByteArray &json, QStringView key)
{
    const Result<JsonText> parsed = parseObject(json);
    if (!parsed) {
        return parsed.error();
    }
    const JsonNode *node = parsed->root().member(key);
    if (!node) {
        return Error{ErrorCode::NotFound, u"the document has no key \"%1\""_s.arg(key), {}};
    }
    return parsed->raw(*node);
}

Result<QByteArray> setTopLevelMember(
    const QByteArray &json, QStringView key, const QByteArray &rawValue)
{
    const Result<JsonText> parsed = parseObject(json);
    if (!parsed) {
        return parsed.error();
    }
    if (const Result<JsonText> value = JsonText::parse(rawValue); !value) {
        return value.error();
    }
    const JsonNode &root = parsed->root();
    QByteArray out = json;
    if (const JsonNode *node = root.member(key)) {
        return out.replace(node->begin, node->end - node->begin, rawValue);
    }
    if (root.keys.empty()) {
        const QByteArray whole = '{' + toJsonString(key) + ": " + rawValue + '}';
        return out.replace(root.begin, root.end - root.begin, whole);
    }
    const JsonNode::Key &lastKey = root.keys.back();
    const JsonNode &last = root.items.back();
    const qsizetype gapBegin
        = root.keys.size() > 1 ? root.items[root.items.size() - 2].end : root.begin + 1;
    QByteArray gap = json.sliced(gapBegin, lastKey.begin - gapBegin);
    gap.replace(',', "");
    if (root.keys.size() == 1 && gap.isEmpty() && json.at(lastKey.end) == ':'
        && json.at(last.begin - 1) == ' ') {
        gap = " ";
    }
    const QByteArray colon = json.sliced(lastKey.end, last.begin - lastKey.end);
    const QByteArray member = ',' + gap + toJsonString(key) + colon + rawValue;
    return out.insert(last.end, member);
}

Result<QByteArray> removeTopLevelMember(const QByteArray &json, QStringView key)
{
    const Result<JsonText> parsed = parseObject(json);
    if (!parsed) {
        return parsed.error();
    }
    const JsonNode &root = parsed->root();
    const std::optional<std::size_t> index = indexOfKey(root, key);
    if (!index) {
        return json;
    }
    qsizetype begin = root.keys[*index].begin;
    qsizetype end = root.items[*index].end;
    if (*index > 0) {
        begin = root.items[*index - 1].end;
    } else if (root.keys.size() > 1) {
        end = root.keys[1].begin;
    }
    QByteArray out = json;
    return out.remove(begin, end - begin);
}

QByteArray toJsonString(QStringView text)
{
    QByteArray out;
    const QByteArray utf8 = text.toUtf8();
    out.reserve(utf8.size() + 2);
    out += '"';
    for (const char c : utf8) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\f':
            out += "\\f";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (uchar(c) < 0x20) {
                out += "\\u00" + QByteArray(1, c).toHex();
            } else {
                out += c;
            }
        }
    }
    out += '"';
    return out;
}

bool sameJson(const QByteArray &left, const QByteArray &right)
{
    const Result<JsonText> leftText = JsonText::parse(left);
    const Result<JsonText> rightText = JsonText::parse(right);
    return leftText && rightText
        && sameNode(*leftText, leftText->root(), *rightText, rightText->root());
}

} // namespace earshot
