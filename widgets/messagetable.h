// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>
#include <QTableView>

namespace earshot::widgets {

/// Colours a column by the row's tone and sets payload columns in the fixed font.
class ToneDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
public:
    ToneDelegate(int toneRole, int toneColumn, int firstPayloadColumn, QObject *parent);

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override;

private:
    int m_toneRole;
    int m_toneColumn;
    int m_firstPayloadColumn;
};

/// A table of a log: follows its end while it is there, stays where it is otherwise, also when rows
/// leave at the front.
class MessageTable final : public QTableView
{
    Q_OBJECT
public:
    explicit MessageTable(QWidget *parent = nullptr);
    void setModel(QAbstractItemModel *model) override;
    [[nodiscard]] bool isFollowing() const noexcept { return m_following; }
    void follow();

signals:
    void followingChanged(bool following);
    void rowsBelow(int count); ///< added since following ended

private:
    void setFollowing(bool following);
    [[nodiscard]] bool isAtEnd() const;

    int m_below = 0;
    bool m_following = true;
    bool m_updating = false;
};

} // namespace earshot::widgets
