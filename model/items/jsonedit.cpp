// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/jsonedit.h"

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

std::optional<std::size_t> indexIn(const JsonNode &array, const QString &segment)
{
    bool ok = false;
    const qulonglong index = segment.toULongLong(&ok);
    return ok && index < array.items.size() ? std::optional(std::size_t(index)) : std::nullopt;
}

Error noSuchItem(const QString &segment)
{
    return {ErrorCode::NotFound, u"the array has no item %1"_s.arg(segment), {}};
}

/// The bytes of an item and of the comma that goes with it.
QByteArray withoutItem(const QByteArray &json, const JsonNode &array, std::size_t index)
{
    qsizetype begin = array.items[index].begin;
    qsizetype end = array.items[index].end;
    if (index > 0) {
        begin = array.items[index - 1].end;
    } else if (array.items.size() > 1) {
        end = array.items[1].begin;
    } else {
        begin = array.begin + 1;
        end = array.end - 1;
    }
    QByteArray out = json;
    return out.remove(begin, end - begin);
}

} // namespace

QString toPointer(const JsonPath &path)
{
    QString pointer;
    for (QString segment : path) {
        pointer += u'/' + segment.replace(u'~', "~0"_L1).replace(u'/', "~1"_L1);
    }
    return pointer;
}

JsonPath fromPointer(QStringView pointer)
{
    JsonPath path;
    if (!pointer.startsWith(u'/')) {
        return path;
    }
    for (const QStringView segment : pointer.sliced(1).split(u'/')) {
        path += segment.toString().replace("~1"_L1, "/"_L1).replace("~0"_L1, "~"_L1);
    }
    return path;
}

const JsonNode *nodeAt(const JsonNode &root, const JsonPath &path)
{
    const JsonNode *node = &root;
    for (const QString &segment : path) {
        if (node->isArray()) {
            const auto index = indexIn(*node, segment);
            node = index ? &node->items[*index] : nullptr;
        } else {
            node = node->isObject() ? node->member(segment) : nullptr;
        }
        if (node == nullptr) {
            return nullptr;
        }
    }
    return node;
}

Result<QByteArray> setAt(const QByteArray &json, const JsonPath &path, const QByteArray &raw)
{
    if (path.isEmpty()) {
        return raw;
    }
    const Result<JsonText> parsed = JsonText::parse(json);
    if (!parsed) {
        return parsed.error();
    }
    const QString &name = path.constFirst();
    const JsonPath rest = path.sliced(1);
    if (parsed->root().isArray()) {
        const auto index = indexIn(parsed->root(), name);
        if (!index) {
            return noSuchItem(name);
        }
        const JsonNode &item = parsed->root().items[*index];
        const auto inner = setAt(parsed->raw(item), rest, raw);
        if (!inner) {
            return inner.error();
        }
        QByteArray out = json;
        return out.replace(item.begin, item.end - item.begin, *inner);
    }
    const QByteArray object = parsed->root().isObject() ? json : "{}"_ba;
    const JsonNode *member = parsed->root().isObject() ? parsed->root().member(name) : nullptr;
    const bool holds = member != nullptr && (member->isObject() || member->isArray());
    const auto inner = setAt(holds ? parsed->raw(*member) : "{}"_ba, rest, raw);
    if (!inner) {
        return inner.error();
    }
    return setTopLevelMember(object, name, *inner);
}

Result<QByteArray> removeAt(const QByteArray &json, const JsonPath &path)
{
    const Result<JsonText> parsed = JsonText::parse(json);
    if (!parsed) {
        return parsed.error();
    }
    if (path.isEmpty() || nodeAt(parsed->root(), path) == nullptr) {
        return json;
    }
    const QString &name = path.constFirst();
    const JsonNode &member = *nodeAt(parsed->root(), {name});
    const JsonPath rest = path.sliced(1);
    QByteArray inner;
    if (!rest.isEmpty()) {
        const auto removed = removeAt(parsed->raw(member), rest);
        if (!removed) {
            return removed.error();
        }
        inner = *removed;
    }
    const bool isEmptyMember = parsed->root().isObject() && inner.startsWith('{')
        && inner.sliced(1, inner.size() - 2).trimmed().isEmpty();
    if (rest.isEmpty() || isEmptyMember) {
        return parsed->root().isArray()
            ? Result<QByteArray>(withoutItem(json, parsed->root(), *indexIn(parsed->root(), name)))
            : removeTopLevelMember(json, name);
    }
    QByteArray out = json;
    return out.replace(member.begin, member.end - member.begin, inner);
}

QByteArray joinArray(const QList<QByteArray> &items, const QByteArray &like)
{
    if (items.isEmpty()) {
        return "[]";
    }
    QByteArray before;
    QByteArray after;
    QByteArray between = ", ";
    const Result<JsonText> parsed = JsonText::parse(like);
    if (parsed && parsed->root().isArray() && !parsed->root().items.empty()) {
        const JsonNode &root = parsed->root();
        before = like.sliced(1, root.items.front().begin - root.begin - 1);
        after = like.sliced(root.items.back().end, root.end - root.items.back().end - 1);
        if (root.items.size() > 1) {
            between = like.sliced(root.items[0].end, root.items[1].begin - root.items[0].end);
        } else if (before.contains('\n')) {
            between = ',' + before;
        }
    }
    return '[' + before + items.join(between) + after + ']';
}

JsonPath pathAtOffset(const JsonNode &root, qsizetype offset)
{
    JsonPath path;
    const JsonNode *node = &root;
    while (node != nullptr) {
        const JsonNode *inner = nullptr;
        for (std::size_t i = 0; i < node->items.size(); ++i) {
            const qsizetype begin = node->isObject() ? node->keys[i].begin : node->items[i].begin;
            if (offset >= begin && offset < node->items[i].end) {
                path += node->isObject() ? node->keys[i].name : QString::number(i);
                inner = &node->items[i];
                break;
            }
        }
        node = inner;
    }
    return path;
}

QByteArray jsonOrString(const QString &typed)
{
    const QByteArray text = typed.trimmed().toUtf8();
    return JsonText::parse(text) ? text : toJsonString(typed);
}

} // namespace earshot::items
