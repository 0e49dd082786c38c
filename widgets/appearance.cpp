// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/appearance.h"

#include <QFontDatabase>
#include <QHeaderView>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QPlainTextEdit>
#include <QTableView>

#include <algorithm>

namespace earshot::widgets {

namespace {

bool isDark(const QPalette &palette)
{
    return palette.color(QPalette::Base).lightness() < 128;
}

} // namespace

QColor toneColor(items::Tone tone, const QPalette &palette)
{
    const bool dark = isDark(palette);
    switch (tone) {
    case items::Tone::Quiet:
        return quietColor(palette);
    case items::Tone::Busy:
        return dark ? QColor(0x6c, 0xb6, 0xff) : QColor(0x0b, 0x62, 0xc4);
    case items::Tone::Good:
        return dark ? QColor(0x5f, 0xd0, 0x7a) : QColor(0x1a, 0x7f, 0x37);
    case items::Tone::Warning:
        return dark ? QColor(0xe3, 0xb3, 0x41) : QColor(0x8a, 0x5a, 0x00);
    case items::Tone::Bad:
        return dark ? QColor(0xff, 0x7b, 0x72) : QColor(0xcf, 0x22, 0x2e);
    }
    return {};
}

QColor quietColor(const QPalette &palette)
{
    const QColor text = palette.color(QPalette::Text);
    const QColor base = palette.color(QPalette::Base);
    const auto mix = [](int a, int b) { return (a * 62 + b * 38) / 100; };
    return {mix(text.red(), base.red()), mix(text.green(), base.green()),
        mix(text.blue(), base.blue())};
}

QFont fixedFont()
{
    return QFontDatabase::systemFont(QFontDatabase::FixedFont);
}

QIcon appIcon(items::Tone tone)
{
    QIcon icon;
    for (const int size : {16, 22, 32, 48, 64, 128}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.scale(size / 64.0, size / 64.0);
        painter.setPen(Qt::NoPen);
        painter.setBrush(QColor(0x24, 0x4b, 0x7a));
        painter.drawRoundedRect(QRectF(2, 2, 60, 60), 14, 14);
        painter.setBrush(Qt::NoBrush);
        // waves that arrive at a point, the same as resources/icons/earshot.svg
        for (const int radius : {12, 22, 32}) {
            painter.setPen(QPen(Qt::white, 5, Qt::SolidLine, Qt::RoundCap));
            painter.drawArc(
                QRectF(18 - radius, 46 - radius, 2 * radius, 2 * radius), 5 * 16, 80 * 16);
        }
        painter.setPen(Qt::NoPen);
        painter.setBrush(Qt::white);
        painter.drawEllipse(QPointF(18, 46), 6, 6);
        if (tone != items::Tone::Quiet) {
            painter.setBrush(toneColor(tone, QPalette(Qt::black)));
            painter.setPen(QPen(QColor(0x24, 0x4b, 0x7a), 3));
            painter.drawEllipse(QPointF(50, 50), 11, 11);
        }
        icon.addPixmap(pixmap);
    }
    return icon;
}

void styleTable(QTableView *table)
{
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerItem);
    table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->setFrameShape(QFrame::NoFrame);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 8);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
    table->horizontalHeader()->setStretchLastSection(true);
}

void stylePayload(QPlainTextEdit *edit)
{
    edit->setFont(fixedFont());
    edit->setFrameShape(QFrame::NoFrame);
    edit->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    edit->setTabStopDistance(4 * edit->fontMetrics().horizontalAdvance(u' '));
    edit->document()->setDocumentMargin(8);
}

} // namespace earshot::widgets
