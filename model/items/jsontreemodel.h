// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>
#include <QByteArray>

#include <deque>
#include <vector>

namespace earshot::items {

/// A JSON text as a tree, read as far as somebody looks: opening a node reads its members, a
/// thousand at a time. Values are shown as they are written, so numbers keep every digit. What
/// follows a mistake or the end of a text that was cut is left out.
class JsonTreeModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { KeyColumn, ValueColumn, ColumnCount };
    enum Role {
        PathRole = Qt::UserRole + 1, ///< JSON path
        RawRole, ///< QByteArray: the value as written
        KindRole, ///< int of Kind
    };
    enum class Kind { Object, Array, String, Number, Word };
    static constexpr int kPage = 1'000;
    /// Nodes deeper than this are values to be read as text: nobody opens them one by one.
    static constexpr int kMaxDepth = 200;

    explicit JsonTreeModel(QObject *parent = nullptr);

    /// False, and empty, when the text does not begin like JSON.
    bool setJson(const QByteArray &json);
    [[nodiscard]] const QByteArray &json() const noexcept { return m_json; }
    /// The next node whose key or value holds the text, from `from` (exclusive) on, in the order of
    /// the text; opens what is on the way. Invalid when there is none.
    [[nodiscard]] QModelIndex find(const QString &text, const QModelIndex &from);

    [[nodiscard]] QModelIndex index(
        int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] bool hasChildren(const QModelIndex &parent = {}) const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(
        int section, Qt::Orientation orientation, int role) const override;

private:
    struct Node
    {
        int parent = -1;
        int row = 0;
        int depth = 0;
        qsizetype keyBegin = -1; ///< of the quote; -1 = an item of a list, or the root
        qsizetype begin = 0; ///< of the value
        qsizetype end = 0;
        qsizetype next = 0; ///< where reading of the members goes on; 0 = all are read
        std::vector<int> members = {};
    };

    [[nodiscard]] int nodeOf(const QModelIndex &index) const;
    [[nodiscard]] QModelIndex indexOf(int node) const;
    [[nodiscard]] Kind kindOf(const Node &node) const;
    [[nodiscard]] QString keyOf(const Node &node) const;
    [[nodiscard]] QString valueText(const Node &node) const;
    [[nodiscard]] QString pathOf(int node) const;
    /// Appends the member at m_nodes[node].next; false at the end.
    bool readMember(int node, Node *member);
    void addNode(Node node);

    QByteArray m_json;
    std::deque<Node> m_nodes; ///< 0 is the root value
};

} // namespace earshot::items
