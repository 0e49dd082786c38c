// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/filtertree.h"

#include <QAbstractItemModel>

namespace earshot::items {

/// A trigger's filters as a tree to edit: conditions and groups of conditions.
class FilterModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { KindColumn, FieldColumn, ValueColumn, ColumnCount };
    enum Role { KindRole = Qt::UserRole + 1 };

    explicit FilterModel(QObject *parent = nullptr);

    /// JSON text of the array. Says nothing when it shows that already.
    void setFilters(const QByteArray &filters);
    [[nodiscard]] QByteArray filters() const;

    /// Below a group, or behind a condition; at the end without an index. Returns the new row.
    QModelIndex add(FilterNode::Kind kind, const QModelIndex &at);
    QModelIndex addCondition(const QString &path, const QByteArray &value);
    void remove(const QModelIndex &index);
    /// Among its neighbours; -1 up, 1 down. Returns where it is now.
    QModelIndex move(const QModelIndex &index, int by);
    [[nodiscard]] bool canMove(const QModelIndex &index, int by) const;
    /// Puts a group around a row. Returns the group.
    QModelIndex wrap(const QModelIndex &index, FilterNode::Kind kind);
    void setKind(const QModelIndex &index, FilterNode::Kind kind);
    /// The entry at a JSON pointer's segments below `filters`.
    [[nodiscard]] QModelIndex indexAt(const QStringList &path) const;
    [[nodiscard]] static QString kindText(FilterNode::Kind kind);

    // QAbstractItemModel
    [[nodiscard]] QModelIndex index(
        int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &index) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(
        int section, Qt::Orientation orientation, int role) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;

signals:
    /// By an edit here, not by setFilters().
    void edited();

private:
    [[nodiscard]] FilterNode *nodeOf(const QModelIndex &index) const;
    [[nodiscard]] QModelIndex indexOf(const FilterNode &node, int column = 0) const;
    QModelIndex insert(const QModelIndex &group, int row, std::unique_ptr<FilterNode> node);

    std::unique_ptr<FilterNode> m_root;
};

} // namespace earshot::items
