// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/filtertree.h"

#include "model/items/jsonedit.h"

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

using Kind = FilterNode::Kind;

std::optional<Kind> groupKind(const QString &word)
{
    for (const Kind kind : {Kind::AnyOf, Kind::AllOf, Kind::NoneOf}) {
        if (word == groupWord(kind)) {
            return kind;
        }
    }
    return std::nullopt;
}

QByteArray arrayOf(const FilterNode &group)
{
    QList<QByteArray> items;
    for (const auto &child : group.children) {
        items += child->json();
    }
    return joinArray(items, group.source);
}

} // namespace

int FilterNode::row() const
{
    if (parent == nullptr) {
        return 0;
    }
    const auto found = std::ranges::find_if(
        parent->children, [this](const auto &child) { return child.get() == this; });
    return int(found - parent->children.begin());
}

void FilterNode::touch()
{
    for (FilterNode *node = this; node != nullptr; node = node->parent) {
        // The root's stays: it says how its entries were spaced.
        if (node->parent != nullptr) {
            node->source.clear();
        }
    }
}

FilterNode &FilterNode::insert(std::size_t index, std::unique_ptr<FilterNode> child)
{
    child->parent = this;
    FilterNode &inserted = *child;
    children.insert(children.begin() + std::ptrdiff_t(index), std::move(child));
    touch();
    return inserted;
}

std::unique_ptr<FilterNode> FilterNode::take(std::size_t index)
{
    std::unique_ptr<FilterNode> child = std::move(children.at(index));
    children.erase(children.begin() + std::ptrdiff_t(index));
    child->parent = nullptr;
    touch();
    return child;
}

QByteArray FilterNode::json() const
{
    if (!source.isEmpty()) {
        return source;
    }
    if (isGroup()) {
        return '{' + toJsonString(groupWord(kind)) + ": " + arrayOf(*this) + '}';
    }
    const QByteArray name = kind == Kind::Path ? "path" : "key";
    return "{\"" + name + "\": " + toJsonString(field)
        + ", \"value\": " + (value.isEmpty() ? "null"_ba : value) + '}';
}

QString groupWord(FilterNode::Kind kind)
{
    switch (kind) {
    case Kind::AnyOf:
        return u"any_of"_s;
    case Kind::AllOf:
        return u"all_of"_s;
    case Kind::NoneOf:
        return u"none_of"_s;
    case Kind::Key:
    case Kind::Path:
    case Kind::Other:
        break;
    }
    return {};
}

std::unique_ptr<FilterNode> readFilter(const JsonText &text, const JsonNode &node)
{
    auto filter = std::make_unique<FilterNode>();
    filter->kind = Kind::Other;
    filter->source = text.raw(node);
    if (!node.isObject()) {
        return filter;
    }
    if (node.keys.size() == 1) {
        const auto group = groupKind(node.keys.front().name);
        if (group && node.items.front().isArray()) {
            filter->kind = *group;
            for (const JsonNode &item : node.items.front().items) {
                auto child = readFilter(text, item);
                child->parent = filter.get();
                filter->children.push_back(std::move(child));
            }
        }
        return filter;
    }
    // With more than these two keys an edit in the builder would drop the others.
    const JsonNode *value = node.member(u"value");
    const JsonNode *key = node.member(u"key");
    const JsonNode *path = node.member(u"path");
    const JsonNode *field = key != nullptr ? key : path;
    if (node.keys.size() == 2 && value != nullptr && field != nullptr && field->isString()) {
        filter->kind = key != nullptr ? Kind::Key : Kind::Path;
        filter->field = field->text;
        filter->value = text.raw(*value);
    }
    return filter;
}

std::unique_ptr<FilterNode> readFilters(const QByteArray &filters)
{
    auto root = std::make_unique<FilterNode>();
    root->kind = Kind::AllOf;
    root->source = filters;
    const auto text = JsonText::parse(filters, DuplicateKeys::Accept);
    if (text && text->root().isArray()) {
        for (const JsonNode &item : text->root().items) {
            auto child = readFilter(*text, item);
            child->parent = root.get();
            root->children.push_back(std::move(child));
        }
    }
    return root;
}

QByteArray writeFilters(const FilterNode &root)
{
    return arrayOf(root);
}

bool sameFilters(const FilterNode &left, const FilterNode &right)
{
    if (left.kind != right.kind || left.field != right.field || left.value != right.value
        || left.children.size() != right.children.size()
        || (left.kind == Kind::Other && left.source != right.source)) {
        return false;
    }
    return std::ranges::equal(left.children, right.children,
        [](const auto &a, const auto &b) { return sameFilters(*a, *b); });
}

} // namespace earshot::items
