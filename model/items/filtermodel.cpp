// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/filtermodel.h"

#include "model/items/displaytext.h"
#include "model/items/jsonedit.h"

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

using Kind = FilterNode::Kind;

} // namespace

FilterModel::FilterModel(QObject *parent)
    : QAbstractItemModel(parent)
    , m_root(readFilters("[]"))
{ }

void FilterModel::setFilters(const QByteArray &filters)
{
    auto root = readFilters(filters);
    if (sameFilters(*m_root, *root)) {
        // Shown already; only how it is written may differ, and that must not reset the view.
        if (writeFilters(*m_root) == filters) {
            return;
        }
    }
    beginResetModel();
    m_root = std::move(root);
    endResetModel();
}

QByteArray FilterModel::filters() const
{
    return writeFilters(*m_root);
}

FilterNode *FilterModel::nodeOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<FilterNode *>(index.internalPointer()) : m_root.get();
}

QModelIndex FilterModel::indexOf(const FilterNode &node, int column) const
{
    return &node == m_root.get() ? QModelIndex() : createIndex(node.row(), column, &node);
}

QModelIndex FilterModel::insert(const QModelIndex &group, int row, std::unique_ptr<FilterNode> node)
{
    beginInsertRows(group, row, row);
    const FilterNode &inserted = nodeOf(group)->insert(std::size_t(row), std::move(node));
    endInsertRows();
    emit edited();
    return indexOf(inserted);
}

QModelIndex FilterModel::add(Kind kind, const QModelIndex &at)
{
    const QModelIndex first = at.siblingAtColumn(0);
    const bool inside = !first.isValid() || nodeOf(first)->isGroup();
    const QModelIndex group = inside ? first : first.parent();
    auto node = std::make_unique<FilterNode>();
    node->kind = kind;
    if (node->isLeaf()) {
        node->value = "\"\"";
    }
    return insert(group, inside ? rowCount(group) : first.row() + 1, std::move(node));
}

QModelIndex FilterModel::addCondition(const QString &path, const QByteArray &value)
{
    auto node = std::make_unique<FilterNode>();
    node->kind = path.contains(u'.') ? Kind::Path : Kind::Key;
    node->field = path;
    node->value = value;
    return insert({}, rowCount(), std::move(node));
}

void FilterModel::remove(const QModelIndex &index)
{
    if (!index.isValid()) {
        return;
    }
    const QModelIndex group = index.parent();
    beginRemoveRows(group, index.row(), index.row());
    const auto removed = nodeOf(group)->take(std::size_t(index.row()));
    endRemoveRows();
    emit edited();
}

bool FilterModel::canMove(const QModelIndex &index, int by) const
{
    const int to = index.row() + by;
    return index.isValid() && to >= 0 && to < rowCount(index.parent());
}

QModelIndex FilterModel::move(const QModelIndex &index, int by)
{
    if (!canMove(index, by)) {
        return index;
    }
    const QModelIndex group = index.parent();
    const int to = index.row() + by;
    beginMoveRows(group, index.row(), index.row(), group, by > 0 ? to + 1 : to);
    FilterNode &holder = *nodeOf(group);
    auto node = holder.take(std::size_t(index.row()));
    const FilterNode &moved = holder.insert(std::size_t(to), std::move(node));
    endMoveRows();
    emit edited();
    return indexOf(moved);
}

QModelIndex FilterModel::wrap(const QModelIndex &index, Kind kind)
{
    if (!index.isValid()) {
        return {};
    }
    const QModelIndex around = index.parent();
    const int row = index.row();
    beginRemoveRows(around, row, row);
    auto inner = nodeOf(around)->take(std::size_t(row));
    endRemoveRows();
    auto group = std::make_unique<FilterNode>();
    group->kind = kind;
    group->insert(0, std::move(inner));
    return insert(around, row, std::move(group));
}

void FilterModel::setKind(const QModelIndex &index, Kind kind)
{
    FilterNode *node = nodeOf(index);
    const bool same = node->isGroup()
        ? kind == Kind::AnyOf || kind == Kind::AllOf || kind == Kind::NoneOf
        : node->isLeaf() && (kind == Kind::Key || kind == Kind::Path);
    if (!index.isValid() || node->kind == kind || !same) {
        return;
    }
    node->touch();
    node->kind = kind;
    emit dataChanged(index.siblingAtColumn(0), index.siblingAtColumn(ColumnCount - 1));
    emit edited();
}

QModelIndex FilterModel::indexAt(const QStringList &path) const
{
    // 0/any_of/2/value: the words between the positions say nothing new.
    QModelIndex at;
    for (const QString &segment : path) {
        bool isPosition = false;
        const int row = segment.toInt(&isPosition);
        if (isPosition) {
            const QModelIndex next = index(row, 0, at);
            if (!next.isValid()) {
                break;
            }
            at = next;
        }
    }
    return at;
}

QString FilterModel::kindText(Kind kind)
{
    switch (kind) {
    case Kind::Key:
        return tr("key");
    case Kind::Path:
        return tr("path");
    case Kind::AnyOf:
        return tr("any of");
    case Kind::AllOf:
        return tr("all of");
    case Kind::NoneOf:
        return tr("none of");
    case Kind::Other:
        return tr("as text");
    }
    return {};
}

QModelIndex FilterModel::index(int row, int column, const QModelIndex &parent) const
{
    if (column < 0 || column >= ColumnCount || (parent.isValid() && parent.column() != 0)) {
        return {};
    }
    const FilterNode &holder = *nodeOf(parent);
    if (row < 0 || std::size_t(row) >= holder.children.size()) {
        return {};
    }
    return createIndex(row, column, holder.children[std::size_t(row)].get());
}

QModelIndex FilterModel::parent(const QModelIndex &index) const
{
    if (!index.isValid()) {
        return {};
    }
    const FilterNode *holder = nodeOf(index)->parent;
    return holder == nullptr ? QModelIndex() : indexOf(*holder);
}

int FilterModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() && parent.column() != 0 ? 0 : int(nodeOf(parent)->children.size());
}

int FilterModel::columnCount(const QModelIndex & /*parent*/) const
{
    return ColumnCount;
}

QVariant FilterModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const FilterNode &node = *nodeOf(index);
    if (role == KindRole) {
        return int(node.kind);
    }
    if (role != Qt::DisplayRole && role != Qt::EditRole && role != Qt::ToolTipRole) {
        return {};
    }
    QString text;
    switch (index.column()) {
    case KindColumn:
        text = kindText(node.kind);
        break;
    case FieldColumn:
        text = node.kind == Kind::Other ? QString::fromUtf8(node.source) : node.field;
        break;
    default:
        text = QString::fromUtf8(node.value);
    }
    return role == Qt::DisplayRole ? oneLine(text) : text;
}

QVariant FilterModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case KindColumn:
        return tr("Where");
    case FieldColumn:
        return tr("Field");
    case ValueColumn:
        return tr("Has the value (JSON)");
    default:
        return {};
    }
}

bool FilterModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::EditRole || !checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return false;
    }
    FilterNode &node = *nodeOf(index);
    const QString typed = value.toString();
    if (index.column() == FieldColumn && node.isLeaf()) {
        if (node.field == typed) {
            return true;
        }
        node.touch();
        node.field = typed;
    } else if (index.column() == ValueColumn && node.isLeaf()) {
        const QByteArray raw = jsonOrString(typed);
        if (node.value == raw) {
            return true;
        }
        node.touch();
        node.value = raw;
    } else {
        return false;
    }
    emit dataChanged(index, index);
    emit edited();
    return true;
}

Qt::ItemFlags FilterModel::flags(const QModelIndex &index) const
{
    if (!index.isValid()) {
        return Qt::NoItemFlags;
    }
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    const FilterNode &node = *nodeOf(index);
    const bool hasText = node.isLeaf() && index.column() != KindColumn;
    const bool hasKind = node.kind != Kind::Other && index.column() == KindColumn;
    if (hasText || hasKind) {
        flags |= Qt::ItemIsEditable;
    }
    return flags;
}

} // namespace earshot::items
