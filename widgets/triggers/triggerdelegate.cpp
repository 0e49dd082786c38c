// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/triggers/triggerdelegate.h"

#include "model/items/triggertreemodel.h"
#include "model/rpc/enums.h"
#include "widgets/appearance.h"
#include "widgets/shell/glyphs.h"
#include "widgets/shell/toggleswitch.h"

#include <QApplication>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

using Model = items::TriggerListModel;

constexpr int kMargin = 8;
constexpr int kSpark = 64;
constexpr int kSwitchWidth = 28;
constexpr int kSwitchHeight = 15;

QFont smallOf(const QFont &font)
{
    QFont small(font);
    small.setPointSizeF(small.pointSizeF() * 0.9);
    return small;
}

/// Messages a second over the last minute; nothing where nothing came.
void paintRates(
    QPainter &painter, const QRectF &rect, const QList<int> &samples, const QColor &color)
{
    const int most = samples.isEmpty() ? 0 : *std::max_element(samples.cbegin(), samples.cend());
    if (most == 0) {
        return;
    }
    const double step = rect.width() / (Model::kRateSamples - 1);
    const double left = rect.right() - step * static_cast<double>(samples.size() - 1);
    QPainterPath line;
    for (qsizetype i = 0; i < samples.size(); ++i) {
        const QPointF point(left + step * static_cast<double>(i),
            rect.bottom() - rect.height() * samples.at(i) / most);
        i == 0 ? line.moveTo(point) : line.lineTo(point);
    }
    QPainterPath area(line);
    area.lineTo(rect.right(), rect.bottom());
    area.lineTo(left, rect.bottom());
    area.closeSubpath();
    QColor ground = color;
    ground.setAlphaF(0.18F);
    painter.fillPath(area, ground);
    painter.setPen(QPen(color, 1.1));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(line);
}

/// A glyph and a small number in a rounded rectangle; returns the x it begins at.
int paintBadge(QPainter &painter, const QRect &line, int right, Glyph glyph, const QString &text,
    const QColor &color)
{
    const QFontMetrics metrics(painter.font());
    const int width = metrics.horizontalAdvance(text) + 25;
    const QRect badge(
        right - width, line.center().y() - metrics.height() / 2, width, metrics.height());
    QColor ground = color;
    ground.setAlphaF(0.16F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(badge, badge.height() / 2.0, badge.height() / 2.0);
    paintGlyph(painter, QRectF(badge.left() + 5, badge.center().y() - 5, 11, 11), glyph, color);
    painter.setPen(color);
    painter.drawText(badge.adjusted(19, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
    return badge.left() - 4;
}

/// 999, 1.2k, 3.4M: a badge has little room.
QString shortNumber(qint64 number)
{
    const QLocale locale;
    if (number < 1'000) {
        return locale.toString(number);
    }
    return number < 1'000'000
        ? TriggerDelegate::tr("%1k").arg(locale.toString(static_cast<double>(number) / 1e3, 'f', 1))
        : TriggerDelegate::tr("%1M").arg(
            locale.toString(static_cast<double>(number) / 1e6, 'f', 1));
}

} // namespace

QRect TriggerDelegate::switchRect(const QRect &row)
{
    return {row.right() - kMargin - kSwitchWidth, row.top() + 7, kSwitchWidth, kSwitchHeight};
}

void TriggerDelegate::paint(
    QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem item(option);
    initStyleOption(&item, index);
    const QString name = index.data(items::TriggerTreeModel::NameRole).toString();
    item.text.clear();
    const QStyle *style = item.widget ? item.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);

    const bool selected = (item.state & QStyle::State_Selected) != 0;
    const QColor text = item.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    const QColor quiet = selected ? text : quietColor(item.palette);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QFontMetrics metrics(item.font);
    if (index.data(items::TriggerTreeModel::IsFolderRole).toBool()) {
        painter->setFont(item.font);
        const QRect inner = item.rect.adjusted(2, 0, -kMargin, 0);
        const QRectF glyph(inner.left(), inner.center().y() - 6.5, 14, 14);
        paintGlyph(*painter, glyph, Glyph::Folder, quiet);
        painter->setPen(quiet);
        const QRect words = inner.adjusted(20, 0, 0, 0);
        painter->drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
            metrics.elidedText(name, Qt::ElideMiddle, words.width()));
        painter->restore();
        return;
    }

    const auto tone = static_cast<items::Tone>(index.data(Model::ToneRole).toInt());
    const auto shape = static_cast<items::StateShape>(index.data(Model::ShapeRole).toInt());
    const QColor color = selected ? text : toneColor(tone, item.palette);
    const bool on = index.data(Model::ModeRole).toInt() != static_cast<int>(TriggerMode::Disabled);
    const QRect toggle = switchRect(item.rect);
    QPalette switchPalette = item.palette;
    if (selected) {
        switchPalette.setColor(QPalette::Base, item.palette.color(QPalette::Highlight));
        switchPalette.setColor(QPalette::Text, text);
    }
    ToggleSwitch::paint(*painter, QRectF(toggle), switchPalette, on, true);

    const QFont small = smallOf(item.font);
    const QFontMetrics smallMetrics(small);
    const QRect inner = item.rect.adjusted(2, 5, -kMargin, -5);
    QRect first(inner.left(), inner.top(), inner.width(), metrics.height());
    int right = toggle.left() - 6;
    painter->setFont(small);
    if (const qint64 failed = index.data(Model::FailedRole).toLongLong(); failed > 0) {
        right = paintBadge(*painter, first, right, Glyph::Close, shortNumber(failed),
            selected ? text : toneColor(items::Tone::Bad, item.palette));
    }
    if (const qint64 waiting = index.data(Model::QueueRole).toLongLong(); waiting > 0) {
        right = paintBadge(*painter, first, right, Glyph::Runs, shortNumber(waiting),
            selected ? text : toneColor(items::Tone::Warning, item.palette));
    }
    first.setRight(right);
    painter->setFont(item.font);
    painter->setPen(on || selected ? text : quiet);
    painter->drawText(first, Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(name, Qt::ElideMiddle, first.width()));

    QRect second(inner.left(), first.bottom() + 4, inner.width(), smallMetrics.height());
    const QRectF dot(second.left(), second.center().y() - 5, 11, 11);
    paintShape(*painter, dot, shape, color);
    const auto samples = index.data(Model::RatesRole).value<QList<int>>();
    const QRectF spark(second.right() - kSpark, second.top() + 1, kSpark, second.height() - 3);
    paintRates(*painter, spark, samples, quiet);
    second.setLeft(second.left() + 16);
    second.setRight(static_cast<int>(spark.left()) - 6);
    painter->setFont(small);
    painter->setPen(color);
    painter->drawText(second, Qt::AlignLeft | Qt::AlignVCenter,
        smallMetrics.elidedText(
            index.data(Model::StateTextRole).toString(), Qt::ElideRight, second.width()));
    painter->restore();
}

QSize TriggerDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    if (index.data(items::TriggerTreeModel::IsFolderRole).toBool()) {
        return {120, option.fontMetrics.height() + 10};
    }
    return {180, option.fontMetrics.height() + QFontMetrics(smallOf(option.font)).height() + 15};
}

bool TriggerDelegate::editorEvent(QEvent *event, QAbstractItemModel *model,
    const QStyleOptionViewItem &option, const QModelIndex &index)
{
    const bool press
        = event->type() == QEvent::MouseButtonPress || event->type() == QEvent::MouseButtonDblClick;
    if ((press || event->type() == QEvent::MouseButtonRelease)
        && !index.data(items::TriggerTreeModel::IsFolderRole).toBool()) {
        const auto *mouse = static_cast<QMouseEvent *>(event);
        if (mouse->button() == Qt::LeftButton
            && switchRect(option.rect).adjusted(-4, -4, 4, 4).contains(mouse->pos())) {
            if (!press) {
                emit switchClicked(index);
            }
            return true;
        }
    }
    return QStyledItemDelegate::editorEvent(event, model, option, index);
}

} // namespace earshot::widgets
