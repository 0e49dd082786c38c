// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/statechip.h"

#include "widgets/appearance.h"
#include "widgets/shell/glyphs.h"

#include <QPainter>

#include <algorithm>

namespace earshot::widgets {

namespace {

constexpr int kSide = 8; ///< beside the text
constexpr int kGap = 6; ///< between shape and text
constexpr int kShape = 11;
constexpr int kAbove = 3;

} // namespace

void StateChip::setState(items::StateShape shape, items::Tone tone, const QString &text)
{
    if (shape == m_shape && tone == m_tone && text == m_text) {
        return;
    }
    m_shape = shape;
    m_tone = tone;
    if (text != m_text) {
        m_text = text;
        setToolTip(text);
        setAccessibleName(tr("State: %1").arg(text));
        updateGeometry();
    }
    update();
}

QSize StateChip::sizeHint() const
{
    const QFontMetrics metrics(font());
    return {2 * kSide + kShape + kGap + metrics.horizontalAdvance(m_text) + 2,
        metrics.height() + 2 * kAbove};
}

QSize StateChip::minimumSizeHint() const
{
    return {2 * kSide + kShape, sizeHint().height()};
}

QRect StateChip::paint(QPainter &painter, const QRect &rect, const QFont &font,
    const QPalette &palette, items::StateShape shape, items::Tone tone, const QString &text)
{
    const QFontMetrics metrics(font);
    const int wanted = 2 * kSide + kShape + kGap + metrics.horizontalAdvance(text) + 2;
    const QRect chip(rect.left(), rect.top() + (rect.height() - metrics.height()) / 2 - kAbove,
        std::min(wanted, rect.width()), metrics.height() + 2 * kAbove);
    const QColor color = toneColor(tone, palette);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QColor ground = color;
    ground.setAlphaF(0.14F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(chip, chip.height() / 2.0, chip.height() / 2.0);
    const QRectF shapeRect(
        chip.left() + kSide, chip.center().y() + 0.5 - kShape / 2.0, kShape, kShape);
    paintShape(painter, shapeRect, shape, color);
    const QRect words(chip.left() + kSide + kShape + kGap, chip.top(),
        chip.width() - 2 * kSide - kShape - kGap + 2, chip.height());
    painter.setPen(color);
    painter.setFont(font);
    painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
        metrics.elidedText(text, Qt::ElideRight, words.width()));
    painter.restore();
    return chip;
}

void StateChip::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    paint(painter, rect(), font(), palette(), m_shape, m_tone, m_text);
}

} // namespace earshot::widgets
