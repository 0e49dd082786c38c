// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QLabel;
class QLineEdit;
class QListView;
class QSortFilterProxyModel;

namespace earshot::widgets {

class KnownNames;

/// The scripts of the workspace, to search and choose from.
class ChooseScript final : public QDialog
{
    Q_OBJECT
public:
    ChooseScript(KnownNames &names, const QString &current, QWidget *parent);

signals:
    void chosen(const QString &path);

private:
    void select(const QString &path);
    void showEmpty();

    KnownNames &m_names;
    QSortFilterProxyModel *m_shown; ///< children
    QLineEdit *m_search;
    QListView *m_list;
    QLabel *m_empty;
};

} // namespace earshot::widgets
