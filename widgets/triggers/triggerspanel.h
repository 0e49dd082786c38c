// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/triggertreemodel.h"

#include <QSortFilterProxyModel>
#include <QWidget>

class QLineEdit;
class QStackedWidget;
class QToolButton;
class QTreeView;

namespace earshot::widgets {

class EmptyState;

/// The triggers in their folders with a search: the left of the window.
class TriggersPanel final : public QWidget
{
    Q_OBJECT
public:
    explicit TriggersPanel(items::TriggerListModel &model, QWidget *parent = nullptr);

    /// False when there is none of this path.
    bool select(const QString &path);
    /// Another place is shown; the selected trigger stays the selected one.
    void clearHighlight();
    [[nodiscard]] QString highlighted() const;
    void setConnected(bool connected);
    void focusSearch();
    [[nodiscard]] QTreeView *tree() const { return m_tree; }
    [[nodiscard]] QLineEdit *search() const { return m_search; }

signals:
    void triggerSelected(const QString &path);
    void newRequested();
    /// The switch of a row: on = connect and run.
    void switchRequested(const QString &path, bool on);
    void menuRequested(const QString &path, const QPoint &globalPos);
    void deleteRequested(const QString &path);
    void renameRequested(const QString &path);
    void moveRequested(const QStringList &paths, const QString &folder);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void onSearch(const QString &text);
    void updateEmpty();
    void toggle(const QModelIndex &index);
    bool onKey(int key, Qt::KeyboardModifiers modifiers);

    items::TriggerListModel &m_model;
    items::TriggerTreeModel m_treeModel;
    QSortFilterProxyModel m_found;
    QLineEdit *m_search; ///< children, all of them
    QToolButton *m_new;
    QStackedWidget *m_stack;
    QTreeView *m_tree;
    EmptyState *m_empty;
    bool m_connected = false;
};

} // namespace earshot::widgets
