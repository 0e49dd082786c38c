// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/toggleswitch.h"

#include "widgets/appearance.h"

#include <QPainter>
#include <QStyle>
#include <QStyleOptionFocusRect>

namespace earshot::widgets {

ToggleSwitch::ToggleSwitch(QWidget *parent)
    : QAbstractButton(parent)
{
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize ToggleSwitch::sizeHint() const
{
    return {kWidth + 6, kHeight + 6};
}

void ToggleSwitch::paint(
    QPainter &painter, const QRectF &rect, const QPalette &palette, bool on, bool enabled)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    if (!enabled) {
        painter.setOpacity(0.45);
    }
    const double radius = rect.height() / 2;
    const QColor quiet = quietColor(palette);
    const QColor ground
        = on ? toneColor(items::Tone::Good, palette) : palette.color(QPalette::Base);
    painter.setPen(QPen(on ? ground : quiet, 1.4));
    painter.setBrush(ground);
    painter.drawRoundedRect(rect, radius, radius);
    const double knob = radius - 3.5;
    painter.setPen(Qt::NoPen);
    painter.setBrush(on ? palette.color(QPalette::Base) : quiet);
    painter.drawEllipse(
        QPointF(on ? rect.right() - radius : rect.left() + radius, rect.center().y()), knob, knob);
    painter.restore();
}

void ToggleSwitch::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    const QRectF track((width() - kWidth) / 2.0, (height() - kHeight) / 2.0, kWidth, kHeight);
    paint(painter, track, palette(), isChecked(), isEnabled());
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
        painter.drawRoundedRect(track.adjusted(-2.2, -2.2, 2.2, 2.2), 11, 11);
    }
}

} // namespace earshot::widgets
