// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/triggerlistmodel.h"

#include <QAbstractItemModel>

#include <memory>
#include <vector>

namespace earshot::items {

/// The triggers of a TriggerListModel in the folders of their paths. `f/bots` and `u/ada` are the
/// first level, further names in a path are folders within.
class TriggerTreeModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Role {
        IsFolderRole = Qt::UserRole + 100, ///< beyond the roles of TriggerListModel
        NameRole, ///< last part of the path
        SearchRole, ///< what a search looks at
    };
    /// Paths of triggers, one a line; a folder is its path with a slash at its end.
    static constexpr const char *kMimeType = "application/x-earshot-trigger-paths";

    /// `source` outlives the model.
    explicit TriggerTreeModel(TriggerListModel &source, QObject *parent = nullptr);
    ~TriggerTreeModel() override;
    Q_DISABLE_COPY_MOVE(TriggerTreeModel)

    [[nodiscard]] QModelIndex index(
        int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData *mimeData(const QModelIndexList &indexes) const override;
    [[nodiscard]] bool canDropMimeData(const QMimeData *data, Qt::DropAction action, int row,
        int column, const QModelIndex &parent) const override;
    /// Asks for the move and changes nothing itself: the service does, and tells.
    bool dropMimeData(const QMimeData *data, Qt::DropAction action, int row, int column,
        const QModelIndex &parent) override;
    [[nodiscard]] Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }

    /// Of a trigger, not of a folder.
    [[nodiscard]] QModelIndex indexOf(const QString &path) const;
    /// The new path of a trigger or (with a slash at its end) a folder that goes into `folder`;
    /// empty where that changes nothing or would put a folder into itself.
    [[nodiscard]] static QString movedPath(const QString &path, const QString &folder);

signals:
    void moveRequested(const QStringList &paths, const QString &folder);

private:
    struct Node;

    void insert(const QString &path);
    void remove(const QString &path);
    void onChanged(const QModelIndex &first, const QModelIndex &last, const QList<int> &roles);
    [[nodiscard]] Node *nodeOf(const QModelIndex &index) const;
    [[nodiscard]] QModelIndex indexOf(const Node *node) const;
    Node *childFor(Node *parent, const QString &path, bool folder);

    TriggerListModel &m_source;
    std::unique_ptr<Node> m_root;
};

} // namespace earshot::items
