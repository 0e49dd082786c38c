// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/livemessagemodel.h"
#include "model/messagefilter.h"

#include <QStringList>
#include <QTimer>
#include <QWidget>

class QComboBox;
class QCompleter;
class QLabel;
class QLineEdit;
class QMenu;
class QStringListModel;
class QToolButton;

namespace earshot::widgets {

/// The filter box of the live log: says while typing whether it can be read, completes, remembers
/// what was used and what was given a name.
class FilterBar final : public QWidget
{
    Q_OBJECT
public:
    static constexpr qsizetype kMaxHistory = 20;

    explicit FilterBar(QWidget *parent = nullptr);

    [[nodiscard]] QString text() const;
    void setText(const QString &text);
    /// One more term, at the end; applied at once.
    void addTerm(const QString &term);
    [[nodiscard]] items::LiveMessageModel::FilterMode mode() const;
    void setCompletionTriggers(const QStringList &paths) { m_triggers = paths; }
    [[nodiscard]] bool isValid() const noexcept { return m_valid; }
    [[nodiscard]] QStringList history() const noexcept { return m_history; }
    void focusInput();

signals:
    /// Only what can be read; a moment after the last key.
    void changed(
        const earshot::MessageFilter &filter, earshot::items::LiveMessageModel::FilterMode mode);
    void nextRequested();
    void previousRequested();
    /// Esc in the box: back to the rows.
    void left();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void check();
    void apply();
    void remember();
    void complete();
    void fillMenu();
    void load();
    void save() const;
    void showValidity();

    QLineEdit *m_input; ///< children, all of them
    QLabel *m_problem;
    QComboBox *m_mode;
    QToolButton *m_saved;
    QMenu *m_menu;
    QCompleter *m_completer;
    QStringListModel *m_words;
    QTimer m_delay;
    QStringList m_history;
    QStringList m_triggers;
    QList<QPair<QString, QString>> m_named; ///< name, filter
    QString m_applied;
    bool m_valid = true;
};

} // namespace earshot::widgets
