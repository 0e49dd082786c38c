// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/triggerdelegate.h"

#include "model/items/triggerlistmodel.h"
#include "widgets/appearance.h"

#include <QApplication>
#include <QPainter>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kMargin = 10;
constexpr int kDot = 10;

} // namespace

void TriggerDelegate::paint(
    QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem item(option);
    initStyleOption(&item, index);
    item.text.clear();
    const QStyle *style = item.widget ? item.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);

    using Model = items::TriggerListModel;
    const bool selected
        = (item.state & QStyle::State_Selected) != 0 && (item.state & QStyle::State_Active) != 0;
    const QColor text = item.palette.color(
        (item.state & QStyle::State_Selected) != 0 ? QPalette::HighlightedText : QPalette::Text);
    const auto tone = static_cast<items::Tone>(index.data(Model::ToneRole).toInt());
    const QColor color = toneColor(tone, item.palette);

    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QFontMetrics metrics(item.font);
    const QRect inner = item.rect.adjusted(kMargin, 6, -kMargin, -6);
    const QRect dot(inner.left(), inner.top() + (metrics.height() - kDot) / 2, kDot, kDot);
    painter->setPen(selected ? QPen(text, 1) : QPen(Qt::NoPen));
    painter->setBrush(color);
    painter->drawEllipse(dot);

    const int left = dot.right() + 9;
    painter->setFont(item.font);
    painter->setPen(text);
    const QRect first(left, inner.top(), inner.right() - left, metrics.height());
    painter->drawText(first, Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(index.data(Model::PathRole).toString(), Qt::ElideMiddle, first.width()));

    QFont small(item.font);
    small.setPointSizeF(small.pointSizeF() * 0.9);
    const QFontMetrics smallMetrics(small);
    painter->setFont(small);
    QRect second(left, first.bottom() + 3, first.width(), smallMetrics.height());
    const QString state = index.data(Model::StateTextRole).toString();
    const QString counters = index.data(Model::CounterTextRole).toString();
    painter->setPen((item.state & QStyle::State_Selected) != 0 ? text : color);
    const QString shownState = smallMetrics.elidedText(state, Qt::ElideRight, second.width());
    painter->drawText(second, Qt::AlignLeft | Qt::AlignVCenter, shownState);
    second.setLeft(second.left() + smallMetrics.horizontalAdvance(shownState));
    if (!counters.isEmpty() && second.width() > 30) {
        painter->setPen(
            (item.state & QStyle::State_Selected) != 0 ? text : quietColor(item.palette));
        painter->drawText(second, Qt::AlignLeft | Qt::AlignVCenter,
            smallMetrics.elidedText(u"  ·  "_s + counters, Qt::ElideRight, second.width()));
    }
    painter->restore();
}

QSize TriggerDelegate::sizeHint(
    const QStyleOptionViewItem &option, const QModelIndex & /*index*/) const
{
    return {180, option.fontMetrics.height() * 2 + 15};
}

} // namespace earshot::widgets
