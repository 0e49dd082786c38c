// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/displaytext.h"

#include <QTimer>
#include <QWidget>

#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace earshot::widgets {

/// A sentence above the page with at most one thing to do about it: undo, restart, look there.
class NoticeBar final : public QWidget
{
    Q_OBJECT
public:
    explicit NoticeBar(QWidget *parent = nullptr);

    /// Replaces what was said. `act` runs when the button `action` is pressed, which ends the
    /// notice; `forMs` 0 = until it is closed.
    void say(items::Tone tone, const QString &text, const QString &action = {},
        std::function<void()> act = {}, int forMs = 0);
    void dismiss();
    [[nodiscard]] QString text() const;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    items::Tone m_tone = items::Tone::Quiet;
    QLabel *m_label; ///< children
    QPushButton *m_action;
    QToolButton *m_close;
    std::function<void()> m_act;
    QTimer m_timer;
};

} // namespace earshot::widgets
