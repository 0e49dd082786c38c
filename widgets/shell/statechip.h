// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/displaytext.h"

#include <QWidget>

namespace earshot::widgets {

/// A state in colour, shape and words.
class StateChip final : public QWidget
{
    Q_OBJECT
public:
    using QWidget::QWidget;

    void setState(items::StateShape shape, items::Tone tone, const QString &text);
    [[nodiscard]] QString text() const { return m_text; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

    /// As a delegate paints it; returns what it took of `rect`, from the left.
    static QRect paint(QPainter &painter, const QRect &rect, const QFont &font,
        const QPalette &palette, items::StateShape shape, items::Tone tone, const QString &text);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    items::StateShape m_shape = items::StateShape::Ring;
    items::Tone m_tone = items::Tone::Quiet;
    QString m_text;
};

} // namespace earshot::widgets
