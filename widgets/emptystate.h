// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace earshot::widgets {

/// What stands where nothing is to be shown yet: a sentence and what to do about it.
class EmptyState final : public QWidget
{
    Q_OBJECT
public:
    /// An empty `action` shows no button.
    explicit EmptyState(const QString &sentence, const QString &action, QWidget *parent = nullptr);
    void setSentence(const QString &sentence);
    /// Empty hides the button.
    void setAction(const QString &action);

signals:
    void triggered();

private:
    QLabel *m_label; ///< children
    QPushButton *m_button;
};

} // namespace earshot::widgets
