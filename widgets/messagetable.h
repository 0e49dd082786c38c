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
    /// Rows with this role (bool) are marked; -1 = none.
    void setMarkRole(int role) { m_markRole = role; }
    /// int of rpc::Direction, which colours the column.
    void setDirection(int role, int column)
    {
        m_directionRole = role;
        m_directionColumn = column;
    }

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override;

private:
    int m_toneRole;
    int m_toneColumn;
    int m_firstPayloadColumn;
    int m_markRole = -1;
    int m_directionRole = -1;
    int m_directionColumn = -1;
};

/// A table of a log: follows its end while it is there, stays where it is otherwise, also when rows
/// leave or come at the front. Scrolling up or choosing a row ends following.
class MessageTable final : public QTableView
{
    Q_OBJECT
public:
    explicit MessageTable(QWidget *parent = nullptr);
    void setModel(QAbstractItemModel *model) override;
    [[nodiscard]] bool isFollowing() const noexcept { return m_following; }
    void follow();
    void stopFollowing() { setFollowing(false); }

signals:
    void followingChanged(bool following);
    void rowsBelow(int count); ///< added since following ended
    void endRequested(); ///< End was pressed
    void copyRequested();
    void menuRequested(const QPoint &globalPoint);
    void nearTop(); ///< the first rows are seen, or soon will be

protected:
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    static constexpr int kNearTop = 60;

    void setFollowing(bool following);
    [[nodiscard]] bool isAtEnd() const;

    int m_below = 0;
    bool m_following = true;
    bool m_updating = false;
};

} // namespace earshot::widgets
