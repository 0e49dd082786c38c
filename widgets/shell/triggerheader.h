// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/types.h"

#include <QWidget>

class QMenu;
class QToolButton;

namespace earshot::widgets {

class ElidedLabel;
class StateChip;
class ToggleSwitch;

/// What is selected, how it is, and what is done with it most.
class TriggerHeader final : public QWidget
{
    Q_OBJECT
public:
    /// `more` opens under the last button; it is not owned.
    TriggerHeader(QMenu *more, QWidget *parent = nullptr);

    void show(const rpc::TriggerSummary &trigger, qint64 nowUs, bool connected);
    [[nodiscard]] StateChip *chip() const { return m_chip; }
    [[nodiscard]] ToggleSwitch *toggle() const { return m_switch; }
    [[nodiscard]] QToolButton *suspendButton() const { return m_suspend; }

signals:
    void modeRequested(earshot::TriggerMode mode);
    void testRequested();

protected:
    void changeEvent(QEvent *event) override;

private:
    void colour();

    ElidedLabel *m_title; ///< children, all of them
    StateChip *m_chip;
    ElidedLabel *m_subtitle;
    ElidedLabel *m_error;
    ToggleSwitch *m_switch;
    QToolButton *m_suspend;
    QToolButton *m_test;
};

} // namespace earshot::widgets
