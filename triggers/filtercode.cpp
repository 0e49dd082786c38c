// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/filtercode.h"

#include "model/filtervalidation.h"

#include <QHash>
#include <QVarLengthArray>

#include <algorithm>
#include <utility>

namespace earshot::triggers {

using namespace Qt::StringLiterals;

namespace {

[[nodiscard]] QByteArrayView withoutQuotes(QByteArrayView string)
{
    return string.sliced(1, string.size() - 2);
}

/// The value must be readable.
[[nodiscard]] QByteArray textOf(QByteArrayView string)
{
    return json::unescaped(withoutQuotes(string)).value_or(QByteArray());
}

/// Recursion is bounded by kMaxReadDepth.
[[nodiscard]] WantedValue wantedFrom(QByteArrayView value)
{
    WantedValue wanted;
    switch (value.front()) {
    case '{': {
        wanted.kind = WantedValue::Kind::Object;
        QHash<QByteArray, size_t> places;
        json::Members each(value);
        while (each.next()) {
            const QByteArray key = json::unescaped(each.key()).value_or(QByteArray());
            WantedValue member = wantedFrom(each.value());
            const auto place = places.constFind(key);
            if (place != places.cend()) {
                wanted.members[*place].value = std::move(member);
            } else {
                places.insert(key, wanted.members.size());
                wanted.members.push_back({key, std::move(member)});
            }
        }
        break;
    }
    case '[': {
        wanted.kind = WantedValue::Kind::Array;
        json::Members each(value);
        while (each.next()) {
            wanted.items.push_back(wantedFrom(each.value()));
        }
        break;
    }
    case '"':
        wanted.kind = WantedValue::Kind::String;
        wanted.text = textOf(value);
        break;
    case 't':
        wanted.kind = WantedValue::Kind::True;
        break;
    case 'f':
        wanted.kind = WantedValue::Kind::False;
        break;
    case 'n':
        wanted.kind = WantedValue::Kind::Null;
        break;
    default:
        wanted.kind = WantedValue::Kind::Number;
        wanted.number = json::toNumber(value).value_or(json::Number());
    }
    return wanted;
}

/// The members of one entry that mean something; of a repeated one the last.
struct Entry
{
    std::optional<QByteArrayView> key;
    std::optional<QByteArrayView> path;
    std::optional<QByteArrayView> value;
    std::optional<std::pair<FilterNode::Kind, QByteArrayView>> group;
    QString groupName;
    int memberCount = 0;
};

[[nodiscard]] Entry entryFrom(QByteArrayView object)
{
    Entry entry;
    json::Members each(object);
    while (each.next()) {
        const QByteArray name = json::unescaped(each.key()).value_or(QByteArray());
        ++entry.memberCount;
        if (name == "key") {
            entry.key = each.value();
        } else if (name == "path") {
            entry.path = each.value();
        } else if (name == "value") {
            entry.value = each.value();
        } else if (name == "any_of" || name == "all_of" || name == "none_of") {
            const auto kind = name == "any_of" ? FilterNode::Kind::Any
                : name == "all_of"             ? FilterNode::Kind::All
                                               : FilterNode::Kind::None;
            entry.group.emplace(kind, each.value());
            entry.groupName = QString::fromUtf8(name);
        }
    }
    return entry;
}

class Compiler
{
public:
    explicit Compiler(FilterCode &code)
        : m_code(code)
    { }

    /// The node, or nothing for an empty group.
    [[nodiscard]] Result<std::optional<FilterNode>> compile(
        QByteArrayView text, const QString &location)
    {
        if (text.front() != '{') {
            return filtertext::unknownShape(location);
        }
        const Entry entry = entryFrom(text);
        if (entry.group.has_value() && entry.memberCount == 1) {
            return compileGroup(entry, location);
        }
        if (entry.key.has_value() && entry.path.has_value()) {
            return filtertext::keyAndPath(location);
        }
        const std::optional<QByteArrayView> name = entry.key.has_value() ? entry.key : entry.path;
        if (!name.has_value() || name->front() != '"' || !entry.value.has_value()) {
            return filtertext::unknownShape(location);
        }
        FilterLeaf leaf;
        const QByteArray field = textOf(*name);
        leaf.field = QString::fromUtf8(field);
        leaf.wanted = wantedFrom(*entry.value);
        leaf.wantedText = QString::fromUtf8(json::compacted(*entry.value));
        if (entry.key.has_value()) {
            leaf.key = keyIndex(field);
        } else {
            const QList<QByteArray> segments = field.split('.');
            if (segments.contains(QByteArray())) {
                return filtertext::emptySegment(location, leaf.field);
            }
            leaf.key = keyIndex(segments.front());
            leaf.path.assign(segments.begin() + 1, segments.end());
        }
        FilterNode node;
        node.leaf = m_code.leaves.size();
        m_code.leaves.push_back(std::move(leaf));
        return std::optional(std::move(node));
    }

private:
    [[nodiscard]] Result<std::optional<FilterNode>> compileGroup(
        const Entry &entry, const QString &location)
    {
        const auto &[kind, list] = *entry.group;
        if (list.front() != '[') {
            return filtertext::groupIsNoArray(location, entry.groupName);
        }
        FilterNode node;
        node.kind = kind;
        json::Members each(list);
        for (int index = 0; each.next(); ++index) {
            Result<std::optional<FilterNode>> child
                = compile(each.value(), filtertext::location(location, entry.groupName, index));
            if (!child) {
                return std::move(child).error();
            }
            if (child->has_value()) {
                node.children.push_back(**std::move(child));
            }
        }
        if (node.children.empty()) {
            return std::optional<FilterNode>();
        }
        return std::optional(std::move(node));
    }

    [[nodiscard]] size_t keyIndex(const QByteArray &key)
    {
        const auto known = std::find(m_code.keys.begin(), m_code.keys.end(), key);
        const auto index = static_cast<size_t>(known - m_code.keys.begin());
        if (known == m_code.keys.end()) {
            m_code.keys.push_back(key);
        }
        return index;
    }

    FilterCode &m_code;
};

[[nodiscard]] bool verdictWithoutFields(const FilterNode &node)
{
    switch (node.kind) {
    case FilterNode::Kind::Leaf:
        return false;
    case FilterNode::Kind::Any:
        return std::any_of(node.children.begin(), node.children.end(), verdictWithoutFields);
    case FilterNode::Kind::All:
        return std::all_of(node.children.begin(), node.children.end(), verdictWithoutFields);
    case FilterNode::Kind::None:
        return std::none_of(node.children.begin(), node.children.end(), verdictWithoutFields);
    }
    return false;
}

[[nodiscard]] bool objectIsSuperset(QByteArrayView object, const WantedValue &wanted)
{
    QVarLengthArray<bool, 16> satisfied(static_cast<qsizetype>(wanted.members.size()));
    std::fill(satisfied.begin(), satisfied.end(), false);
    json::Members each(object);
    while (each.next()) {
        for (size_t i = 0; i < wanted.members.size(); ++i) {
            const auto &[key, value] = wanted.members[i];
            if (json::equalsUnescaped(each.key(), each.keyHasEscapes(), key)) {
                // Of a repeated key the last value counts.
                satisfied[static_cast<qsizetype>(i)] = isSuperset(each.value(), value);
                break;
            }
        }
    }
    return std::all_of(satisfied.cbegin(), satisfied.cend(), [](bool one) { return one; });
}

[[nodiscard]] bool hasItem(QByteArrayView array, const WantedValue &wanted)
{
    json::Members each(array);
    while (each.next()) {
        if (isSuperset(each.value(), wanted)) {
            return true;
        }
    }
    return false;
}

} // namespace

Result<std::optional<FilterCode>> compileFilters(
    QByteArrayView filtersJson, bool useOr, size_t &entryCount)
{
    entryCount = 0;
    const char *const end = filtersJson.data() + filtersJson.size();
    const char *const begin = json::skipSpace(filtersJson.data(), end);
    if (begin == end) {
        return std::optional<FilterCode>();
    }
    unsigned doubts = json::NoDoubt;
    const char *const after = json::skipValue(begin, end, doubts);
    if (after == nullptr || json::skipSpace(after, end) != end) {
        return Error{
            .code = ErrorCode::Parse, .message = u"filters is not valid JSON"_s, .detail = {}};
    }
    const QByteArrayView text(begin, after - begin);
    if (text == "null") {
        return std::optional<FilterCode>();
    }
    if (text.front() != '[') {
        return filtertext::filtersIsNoArray();
    }
    if (doubts != json::NoDoubt && !json::isReadable(text)) {
        return Error{.code = ErrorCode::Parse,
            .message = u"filters holds a number out of range, a broken escape, or is nested too "
                       "deeply"_s,
            .detail = {}};
    }
    FilterCode code;
    code.root.kind = useOr ? FilterNode::Kind::Any : FilterNode::Kind::All;
    Compiler compiler(code);
    json::Members each(text);
    while (each.next()) {
        Result<std::optional<FilterNode>> node
            = compiler.compile(each.value(), filtertext::location(static_cast<int>(entryCount)));
        if (!node) {
            return std::move(node).error();
        }
        ++entryCount;
        if (node->has_value()) {
            code.entries.emplace_back(code.root.children.size());
            code.root.children.push_back(**std::move(node));
        } else {
            code.entries.emplace_back(std::nullopt);
        }
    }
    if (code.root.children.empty()) {
        return std::optional<FilterCode>();
    }
    code.withoutFields = verdictWithoutFields(code.root);
    return std::optional(std::move(code));
}

bool isSuperset(QByteArrayView value, const WantedValue &wanted)
{
    const char first = value.front();
    switch (wanted.kind) {
    case WantedValue::Kind::Null:
        return first == 'n';
    case WantedValue::Kind::True:
        return first == 't';
    case WantedValue::Kind::False:
        return first == 'f';
    case WantedValue::Kind::Number:
        return (first == '-' || json::isDigit(first)) && json::toNumber(value) == wanted.number;
    case WantedValue::Kind::String: {
        if (first != '"') {
            return false;
        }
        const QByteArrayView inner = withoutQuotes(value);
        if (inner.size() < wanted.text.size()) {
            return false; // an escape is never shorter than what it stands for
        }
        return json::equalsUnescaped(inner, inner.contains('\\'), wanted.text);
    }
    case WantedValue::Kind::Array:
        return first == '['
            && std::all_of(wanted.items.begin(), wanted.items.end(),
                [&](const WantedValue &item) { return hasItem(value, item); });
    case WantedValue::Kind::Object:
        return first == '{' && objectIsSuperset(value, wanted);
    }
    return false;
}

std::optional<QByteArrayView> resolvePath(QByteArrayView value, const std::vector<QByteArray> &path)
{
    for (const QByteArray &segment : path) {
        if (value.front() != '{') {
            return std::nullopt;
        }
        std::optional<QByteArrayView> found;
        json::Members each(value);
        while (each.next()) {
            if (json::equalsUnescaped(each.key(), each.keyHasEscapes(), segment)) {
                found = each.value(); // of a repeated key the last value counts
            }
        }
        if (!found.has_value()) {
            return std::nullopt;
        }
        value = *found;
    }
    return value;
}

} // namespace earshot::triggers
