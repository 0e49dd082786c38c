// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/triggertreemodel.h"

#include <QMimeData>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::items {

struct TriggerTreeModel::Node
{
    QString path; ///< of a folder: without a slash at its end
    bool folder = false;
    Node *parent = nullptr; ///< owns this
    std::vector<std::unique_ptr<Node>> children = {}; ///< folders first, then by path

    [[nodiscard]] int row() const
    {
        const auto found = std::find_if(parent->children.cbegin(), parent->children.cend(),
            [this](const std::unique_ptr<Node> &node) { return node.get() == this; });
        return static_cast<int>(found - parent->children.cbegin());
    }
};

namespace {

/// Folders of a path from the outermost: `f/a/b/c` gives `f/a` and `f/a/b`.
QStringList foldersOf(const QString &path)
{
    QStringList folders;
    qsizetype slash = path.indexOf(u'/');
    while ((slash = path.indexOf(u'/', slash + 1)) > 0) {
        folders += path.left(slash);
    }
    return folders;
}

QString lastName(const QString &path)
{
    return path.mid(path.lastIndexOf(u'/') + 1);
}

bool isFirstLevel(const QString &folder)
{
    return folder.count(u'/') == 1;
}

} // namespace

TriggerTreeModel::TriggerTreeModel(TriggerListModel &source, QObject *parent)
    : QAbstractItemModel(parent)
    , m_source(source)
    , m_root(std::make_unique<Node>(Node{.path = {}, .folder = true}))
{
    for (const rpc::TriggerSummary &trigger : source.triggers()) {
        insert(trigger.path);
    }
    connect(&source, &QAbstractItemModel::rowsInserted, this,
        [this](const QModelIndex &, int first, int last) {
            for (int row = first; row <= last; ++row) {
                insert(m_source.triggers().at(row).path);
            }
        });
    connect(&source, &QAbstractItemModel::rowsAboutToBeRemoved, this,
        [this](const QModelIndex &, int first, int last) {
            for (int row = first; row <= last; ++row) {
                remove(m_source.triggers().at(row).path);
            }
        });
    connect(&source, &QAbstractItemModel::dataChanged, this, &TriggerTreeModel::onChanged);
}

TriggerTreeModel::~TriggerTreeModel() = default;

TriggerTreeModel::Node *TriggerTreeModel::nodeOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<Node *>(index.internalPointer()) : m_root.get();
}

QModelIndex TriggerTreeModel::indexOf(const Node *node) const
{
    return node == m_root.get() ? QModelIndex() : createIndex(node->row(), 0, node);
}

QModelIndex TriggerTreeModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent)) {
        return {};
    }
    return createIndex(row, column, nodeOf(parent)->children.at(static_cast<size_t>(row)).get());
}

QModelIndex TriggerTreeModel::parent(const QModelIndex &child) const
{
    return child.isValid() ? indexOf(nodeOf(child)->parent) : QModelIndex();
}

int TriggerTreeModel::rowCount(const QModelIndex &parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(nodeOf(parent)->children.size());
}

int TriggerTreeModel::columnCount(const QModelIndex & /*parent*/) const
{
    return 1;
}

QVariant TriggerTreeModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Node *node = nodeOf(index);
    switch (role) {
    case IsFolderRole:
        return node->folder;
    case Qt::DisplayRole:
    case NameRole:
        return node->folder && isFirstLevel(node->path) ? node->path : lastName(node->path);
    default:
        break;
    }
    if (node->folder) {
        switch (role) {
        case TriggerListModel::PathRole:
            return node->path;
        case Qt::ToolTipRole:
            return node->path;
        case Qt::AccessibleTextRole:
            return tr("folder %1").arg(node->path);
        default:
            return {};
        }
    }
    if (role == SearchRole) {
        const rpc::TriggerSummary *trigger = m_source.find(node->path);
        return trigger ? QString(trigger->path + u' ' + trigger->url + u' ' + trigger->runnable)
                       : node->path;
    }
    return m_source.indexOf(node->path).data(role);
}

QHash<int, QByteArray> TriggerTreeModel::roleNames() const
{
    QHash<int, QByteArray> names = m_source.roleNames();
    names.insert({{IsFolderRole, "isFolder"}, {NameRole, "name"}, {SearchRole, "search"}});
    return names;
}

Qt::ItemFlags TriggerTreeModel::flags(const QModelIndex &index) const
{
    if (!index.isValid()) {
        return Qt::NoItemFlags;
    }
    const Qt::ItemFlags both = Qt::ItemIsEnabled | Qt::ItemIsDragEnabled;
    // A folder has nothing to show on the right: it opens and closes, takes drops and can be moved.
    return nodeOf(index)->folder ? both | Qt::ItemIsDropEnabled | Qt::ItemIsSelectable
                                 : both | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
}

QStringList TriggerTreeModel::mimeTypes() const
{
    return {QString::fromLatin1(kMimeType)};
}

QMimeData *TriggerTreeModel::mimeData(const QModelIndexList &indexes) const
{
    QStringList paths;
    for (const QModelIndex &index : indexes) {
        const Node *node = nodeOf(index);
        paths += node->folder ? QString(node->path + u'/') : node->path;
    }
    auto *data = new QMimeData; // the view takes it
    data->setData(QString::fromLatin1(kMimeType), paths.join(u'\n').toUtf8());
    data->setText(paths.join(u'\n'));
    return data;
}

QString TriggerTreeModel::movedPath(const QString &path, const QString &folder)
{
    const bool isFolder = path.endsWith(u'/');
    const QString from = isFolder ? path.chopped(1) : path;
    if (folder.isEmpty() || (isFolder && QString(folder + u'/').startsWith(path))) {
        return {};
    }
    const QString to = folder + u'/' + lastName(from);
    if (to == from) {
        return {};
    }
    return isFolder ? QString(to + u'/') : to;
}

bool TriggerTreeModel::canDropMimeData(const QMimeData *data, Qt::DropAction /*action*/,
    int /*row*/, int /*column*/, const QModelIndex &parent) const
{
    const Node *target = nodeOf(parent);
    if (!data->hasFormat(QString::fromLatin1(kMimeType)) || target == m_root.get()
        || !target->folder) {
        return false;
    }
    const QStringList paths = QString::fromUtf8(data->data(QString::fromLatin1(kMimeType)))
                                  .split(u'\n', Qt::SkipEmptyParts);
    return std::any_of(paths.cbegin(), paths.cend(),
        [target](const QString &path) { return !movedPath(path, target->path).isEmpty(); });
}

bool TriggerTreeModel::dropMimeData(
    const QMimeData *data, Qt::DropAction action, int row, int column, const QModelIndex &parent)
{
    if (canDropMimeData(data, action, row, column, parent)) {
        emit moveRequested(QString::fromUtf8(data->data(QString::fromLatin1(kMimeType)))
                               .split(u'\n', Qt::SkipEmptyParts),
            nodeOf(parent)->path);
    }
    return false;
}

QModelIndex TriggerTreeModel::indexOf(const QString &path) const
{
    const Node *node = m_root.get();
    const auto find = [&node](const QString &wanted, bool folder) {
        for (const auto &child : node->children) {
            if (child->folder == folder && child->path == wanted) {
                node = child.get();
                return true;
            }
        }
        return false;
    };
    const QStringList folders = foldersOf(path);
    for (const QString &folder : folders) {
        if (!find(folder, true)) {
            return {};
        }
    }
    return find(path, false) ? indexOf(node) : QModelIndex();
}

TriggerTreeModel::Node *TriggerTreeModel::childFor(Node *parent, const QString &path, bool folder)
{
    auto &children = parent->children;
    const auto at = std::lower_bound(
        children.begin(), children.end(), path, [folder](const auto &node, const QString &wanted) {
            return node->folder != folder ? node->folder : node->path < wanted;
        });
    if (at != children.end() && (*at)->folder == folder && (*at)->path == path) {
        return at->get();
    }
    const auto row = static_cast<int>(at - children.begin());
    beginInsertRows(indexOf(parent), row, row);
    const auto made = children.insert(
        at, std::make_unique<Node>(Node{.path = path, .folder = folder, .parent = parent}));
    endInsertRows();
    return made->get();
}

void TriggerTreeModel::insert(const QString &path)
{
    Node *node = m_root.get();
    const QStringList folders = foldersOf(path);
    for (const QString &folder : folders) {
        node = childFor(node, folder, true);
    }
    childFor(node, path, false);
}

void TriggerTreeModel::remove(const QString &path)
{
    const QModelIndex found = indexOf(path);
    Node *node = found.isValid() ? nodeOf(found) : nullptr;
    // Empty folders go with their last trigger: a folder is only a part of paths.
    while (node && node != m_root.get() && (!node->folder || node->children.empty())) {
        Node *parent = node->parent;
        const int row = node->row();
        beginRemoveRows(indexOf(parent), row, row);
        parent->children.erase(parent->children.begin() + row);
        endRemoveRows();
        node = parent;
    }
}

void TriggerTreeModel::onChanged(
    const QModelIndex &first, const QModelIndex &last, const QList<int> &roles)
{
    for (int row = first.row(); row <= last.row(); ++row) {
        if (const QModelIndex index = indexOf(m_source.triggers().at(row).path); index.isValid()) {
            emit dataChanged(index, index, roles);
        }
    }
}

} // namespace earshot::items
