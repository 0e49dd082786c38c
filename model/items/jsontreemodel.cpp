// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/jsontreemodel.h"

#include "model/items/displaytext.h"
#include "model/jsonpath.h"
#include "model/jsontext.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

/// Of a value in its line; the whole is what Raw is for.
constexpr qsizetype kMaxValueBytes = 2'000;

} // namespace

JsonTreeModel::JsonTreeModel(QObject *parent)
    : QAbstractItemModel(parent)
{ }

bool JsonTreeModel::setJson(const QByteArray &json)
{
    beginResetModel();
    m_nodes.clear();
    m_json = json;
    const qsizetype begin = skipJsonSpace(m_json, 0);
    const bool opens
        = begin < m_json.size() && (m_json.at(begin) == '{' || m_json.at(begin) == '[');
    if (opens) {
        const qsizetype end = skipJsonValue(m_json, begin);
        // What follows the value makes the text something else.
        if (end > begin && skipJsonSpace(m_json, end) == m_json.size()) {
            addNode({.begin = begin, .end = end});
        }
    }
    endResetModel();
    if (m_nodes.empty()) {
        m_json.clear();
    } else {
        fetchMore({});
    }
    return !m_nodes.empty();
}

void JsonTreeModel::addNode(Node node)
{
    const char c = m_json.at(node.begin);
    node.next = (c == '{' || c == '[') && node.depth < kMaxDepth ? node.begin + 1 : 0;
    m_nodes.push_back(std::move(node));
}

JsonTreeModel::Kind JsonTreeModel::kindOf(const Node &node) const
{
    switch (m_json.at(node.begin)) {
    case '{':
        return Kind::Object;
    case '[':
        return Kind::Array;
    case '"':
        return Kind::String;
    case 't':
    case 'f':
    case 'n':
        return Kind::Word;
    default:
        return Kind::Number;
    }
}

bool JsonTreeModel::readMember(int node, Node *member)
{
    Node &owner = m_nodes.at(static_cast<std::size_t>(node));
    if (owner.next == 0) {
        return false;
    }
    const QByteArrayView json = QByteArrayView(m_json).first(owner.end);
    qsizetype at = skipJsonSpace(json, owner.next);
    if (at < json.size() && json.at(at) == ',') {
        at = skipJsonSpace(json, at + 1);
    }
    const bool object = m_json.at(owner.begin) == '{';
    owner.next = 0;
    *member
        = {.parent = node, .row = static_cast<int>(owner.members.size()), .depth = owner.depth + 1};
    if (at >= json.size() || json.at(at) == '}' || json.at(at) == ']') {
        return false;
    }
    if (object) {
        member->keyBegin = at;
        if (json.at(at) != '"') {
            return false;
        }
        at = skipJsonSpace(json, skipJsonString(json, at));
        if (at >= json.size() || json.at(at) != ':') {
            return false;
        }
        at = skipJsonSpace(json, at + 1);
    }
    const qsizetype end = at < json.size() ? skipJsonValue(json, at) : at;
    if (end == at) {
        return false;
    }
    member->begin = at;
    member->end = end;
    m_nodes.at(static_cast<std::size_t>(node)).next = end;
    return true;
}

bool JsonTreeModel::canFetchMore(const QModelIndex &parent) const
{
    if (m_nodes.empty() || parent.column() > 0) {
        return false;
    }
    return m_nodes.at(static_cast<std::size_t>(nodeOf(parent))).next != 0;
}

void JsonTreeModel::fetchMore(const QModelIndex &parent)
{
    if (!canFetchMore(parent)) {
        return;
    }
    const int owner = nodeOf(parent);
    std::vector<Node> found;
    const int before = rowCount(parent);
    for (int i = 0; i < kPage; ++i) {
        Node member;
        if (!readMember(owner, &member)) {
            break;
        }
        member.row = before + i;
        found.push_back(std::move(member));
    }
    if (found.empty()) {
        return;
    }
    beginInsertRows(parent, before, before + static_cast<int>(found.size()) - 1);
    for (Node &member : found) {
        m_nodes.at(static_cast<std::size_t>(owner))
            .members.push_back(static_cast<int>(m_nodes.size()));
        addNode(std::move(member));
    }
    endInsertRows();
}

int JsonTreeModel::nodeOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<int>(index.internalId()) : 0;
}

QModelIndex JsonTreeModel::indexOf(int node) const
{
    return node <= 0 ? QModelIndex()
                     : createIndex(m_nodes.at(static_cast<std::size_t>(node)).row, 0,
                         static_cast<quintptr>(node));
}

QModelIndex JsonTreeModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent)) {
        return {};
    }
    const Node &owner = m_nodes.at(static_cast<std::size_t>(nodeOf(parent)));
    return createIndex(
        row, column, static_cast<quintptr>(owner.members.at(static_cast<std::size_t>(row))));
}

QModelIndex JsonTreeModel::parent(const QModelIndex &child) const
{
    return child.isValid() ? indexOf(m_nodes.at(static_cast<std::size_t>(nodeOf(child))).parent)
                           : QModelIndex();
}

int JsonTreeModel::rowCount(const QModelIndex &parent) const
{
    return m_nodes.empty() || parent.column() > 0
        ? 0
        : static_cast<int>(m_nodes.at(static_cast<std::size_t>(nodeOf(parent))).members.size());
}

int JsonTreeModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

bool JsonTreeModel::hasChildren(const QModelIndex &parent) const
{
    if (rowCount(parent) > 0) {
        return true;
    }
    if (!canFetchMore(parent)) {
        return false;
    }
    const Node &node = m_nodes.at(static_cast<std::size_t>(nodeOf(parent)));
    const qsizetype at = skipJsonSpace(m_json, node.next);
    return at < node.end && m_json.at(at) != '}' && m_json.at(at) != ']';
}

QString JsonTreeModel::keyOf(const Node &node) const
{
    if (node.keyBegin < 0) {
        return u"[%1]"_s.arg(node.row);
    }
    return jsonScalarText(QByteArrayView(m_json).sliced(node.keyBegin, node.begin - node.keyBegin));
}

QString JsonTreeModel::valueText(const Node &node) const
{
    const QByteArrayView raw = QByteArrayView(m_json).sliced(node.begin, node.end - node.begin);
    const QByteArrayView start = raw.first(std::min(raw.size(), kMaxValueBytes));
    const QString cut = start.size() < raw.size() ? u"…"_s : QString();
    switch (kindOf(node)) {
    case Kind::Object:
    case Kind::Array:
        return node.next == 0 && !node.members.empty()
            ? tr("%n entries", nullptr, static_cast<int>(node.members.size()))
            : oneLine(decodeUtf8(raw.first(std::min<qsizetype>(raw.size(), 120))))
                + (raw.size() > 120 ? u"…"_s : QString());
    case Kind::String: {
        const QString text = oneLine(jsonScalarText(start));
        return u"\"%1%2\""_s.arg(text, cut);
    }
    default:
        return oneLine(decodeUtf8(start)) + cut;
    }
}

QString JsonTreeModel::pathOf(int node) const
{
    std::vector<const Node *> way;
    while (node > 0) {
        way.push_back(&m_nodes.at(static_cast<std::size_t>(node)));
        node = way.back()->parent;
    }
    QString path = u"$"_s;
    for (auto step = way.crbegin(); step != way.crend(); ++step) {
        path = (*step)->keyBegin < 0 ? JsonPath::child(path, qsizetype((*step)->row))
                                     : JsonPath::child(path, keyOf(**step));
    }
    return path;
}

QVariant JsonTreeModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Node &node = m_nodes.at(static_cast<std::size_t>(nodeOf(index)));
    switch (role) {
    case Qt::DisplayRole:
        return index.column() == KeyColumn ? oneLine(keyOf(node)) : valueText(node);
    case Qt::AccessibleTextRole:
        return QString(oneLine(keyOf(node)) + u": "_s + valueText(node));
    case PathRole:
        return pathOf(nodeOf(index));
    case RawRole:
        return m_json.mid(node.begin, node.end - node.begin);
    case KindRole:
        return static_cast<int>(kindOf(node));
    default:
        return {};
    }
}

QVariant JsonTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    return section == KeyColumn ? tr("Key") : section == ValueColumn ? tr("Value") : QVariant();
}

QModelIndex JsonTreeModel::find(const QString &text, const QModelIndex &from)
{
    if (m_nodes.empty() || text.isEmpty()) {
        return {};
    }
    // The place in the text decides, then the way down to it is opened: nothing else is read.
    const int start = nodeOf(from);
    const Node &first = m_nodes.at(static_cast<std::size_t>(start));
    const bool opened = !first.members.empty() || first.next != 0;
    qsizetype at = start == 0 ? first.begin + 1 : opened ? first.begin + 1 : first.end;
    const QByteArray needle = text.toUtf8().toLower();
    const auto same = [&](qsizetype place) {
        for (qsizetype i = 0; i < needle.size(); ++i) {
            const char c = m_json.at(place + i);
            if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != needle.at(i)) {
                return false;
            }
        }
        return true;
    };
    for (; at + needle.size() <= m_json.size(); ++at) {
        if (!same(at)) {
            continue;
        }
        int node = 0;
        bool inside = false;
        while (true) {
            int hit = -1;
            std::size_t row = 0;
            while (hit < 0) {
                if (row >= m_nodes.at(static_cast<std::size_t>(node)).members.size()) {
                    if (!canFetchMore(indexOf(node))) {
                        break;
                    }
                    fetchMore(indexOf(node));
                    continue;
                }
                const int member = m_nodes.at(static_cast<std::size_t>(node)).members.at(row++);
                const Node &candidate = m_nodes.at(static_cast<std::size_t>(member));
                const qsizetype begin
                    = candidate.keyBegin >= 0 ? candidate.keyBegin : candidate.begin;
                if (at >= begin && at < candidate.end) {
                    hit = member;
                    inside = at >= candidate.begin;
                } else if (begin > at) {
                    break;
                }
            }
            if (hit < 0) {
                break;
            }
            node = hit;
            const Kind kind = kindOf(m_nodes.at(static_cast<std::size_t>(node)));
            if (!inside || (kind != Kind::Object && kind != Kind::Array)
                || m_nodes.at(static_cast<std::size_t>(node)).depth >= kMaxDepth) {
                break;
            }
        }
        if (node != 0 && node != start) {
            return indexOf(node);
        }
    }
    return {};
}

} // namespace earshot::items
