// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QIcon>
#include <QList>

#include <functional>

class QLineEdit;
class QListWidget;

namespace earshot::widgets {

/// Something the command palette can do.
struct Command
{
    QString title = {};
    QString detail = {}; ///< shown quietly, and searched
    QString shortcut = {};
    std::function<void()> act = {};
};

/// Finds an action, a trigger or a place by what is typed and goes there on Return.
class CommandPalette final : public QDialog
{
    Q_OBJECT
public:
    explicit CommandPalette(QList<Command> commands, QWidget *parent = nullptr);

    /// How well `typed` fits a title: the lower the better; negative = not at all. Every letter
    /// counts in its order, letters at the begin of words and in a row count most.
    [[nodiscard]] static int score(const QString &title, const QString &typed);
    [[nodiscard]] QLineEdit *input() const { return m_input; }
    [[nodiscard]] QListWidget *list() const { return m_list; }

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void find(const QString &typed);
    void run();

    QList<Command> m_commands;
    QLineEdit *m_input; ///< children
    QListWidget *m_list;
};

} // namespace earshot::widgets
