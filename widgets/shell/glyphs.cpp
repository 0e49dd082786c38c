// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/glyphs.h"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <QPixmap>

#include <algorithm>
#include <cmath>
#include <memory>

namespace earshot::widgets {

namespace {

/// Draws in the palette of the moment, whatever the theme does meanwhile.
class GlyphEngine final : public QIconEngine
{
public:
    explicit GlyphEngine(Glyph glyph)
        : m_glyph(glyph)
    { }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        const QPalette palette = QApplication::palette();
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        const auto role
            = mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::WindowText;
        paintGlyph(*painter, QRectF(rect), m_glyph, palette.color(group, role));
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return pixmap;
    }

    [[nodiscard]] QIconEngine *clone() const override { return new GlyphEngine(m_glyph); }

private:
    Glyph m_glyph;
};

void paintGear(QPainter &painter)
{
    painter.drawEllipse(QPointF(8, 8), 2.2, 2.2);
    painter.drawEllipse(QPointF(8, 8), 4.8, 4.8);
    for (int i = 0; i < 8; ++i) {
        const double angle = i * M_PI / 4;
        const QPointF out(std::cos(angle), std::sin(angle));
        painter.drawLine(QPointF(8, 8) + out * 4.8, QPointF(8, 8) + out * 6.6);
    }
}

void paintLines(QPainter &painter)
{
    for (const double y : {4.0, 8.0, 12.0}) {
        painter.drawEllipse(QPointF(3, y), 0.7, 0.7);
        painter.drawLine(QPointF(6, y), QPointF(13.5, y));
    }
}

void paintKey(QPainter &painter)
{
    painter.drawEllipse(QPointF(5, 8), 3, 3);
    painter.drawPolyline(QPolygonF{{8, 8}, {14, 8}, {14, 10.5}});
    painter.drawLine(QPointF(11.5, 8), QPointF(11.5, 10));
}

void paintMoon(QPainter &painter)
{
    QPainterPath moon;
    moon.addEllipse(QPointF(8, 8), 6, 6);
    QPainterPath bite;
    bite.addEllipse(QPointF(11, 6), 5, 5);
    painter.drawPath(moon.subtracted(bite));
}

void paintFolder(QPainter &painter)
{
    painter.drawPolygon(
        QPolygonF{{1.8, 3.5}, {6, 3.5}, {7.5, 5.2}, {14.2, 5.2}, {14.2, 12.8}, {1.8, 12.8}});
}

void paintPlug(QPainter &painter)
{
    painter.drawLine(QPointF(6, 2), QPointF(6, 5));
    painter.drawLine(QPointF(10, 2), QPointF(10, 5));
    painter.drawLine(QPointF(8, 10.5), QPointF(8, 14));
    QPainterPath body(QPointF(4, 5));
    body.lineTo(12, 5);
    body.lineTo(12, 7);
    body.cubicTo(12, 9.5, 10, 10.5, 8, 10.5);
    body.cubicTo(6, 10.5, 4, 9.5, 4, 7);
    body.closeSubpath();
    painter.drawPath(body);
}

} // namespace

QIcon glyphIcon(Glyph glyph)
{
    return QIcon(new GlyphEngine(glyph)); // the icon owns its engine
}

void paintGlyph(QPainter &painter, const QRectF &rect, Glyph glyph, const QColor &color)
{
    const double side = std::min(rect.width(), rect.height());
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(rect.center() - QPointF(side / 2, side / 2));
    painter.scale(side / 16, side / 16);
    painter.setPen(QPen(color, 1.3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    switch (glyph) {
    case Glyph::Away:
        paintMoon(painter);
        break;
    case Glyph::Close:
        painter.drawLine(QPointF(4, 4), QPointF(12, 12));
        painter.drawLine(QPointF(12, 4), QPointF(4, 12));
        break;
    case Glyph::Copy:
        painter.drawRoundedRect(QRectF(2.5, 2.5, 8, 9), 1.2, 1.2);
        painter.drawPolyline(QPolygonF{{6, 14}, {13.5, 14}, {13.5, 5.5}});
        break;
    case Glyph::Folder:
        paintFolder(painter);
        break;
    case Glyph::Key:
        paintKey(painter);
        break;
    case Glyph::More:
        painter.setBrush(color);
        for (const double x : {3.5, 8.0, 12.5}) {
            painter.drawEllipse(QPointF(x, 8), 0.8, 0.8);
        }
        break;
    case Glyph::Pause:
        painter.drawLine(QPointF(5.5, 3.5), QPointF(5.5, 12.5));
        painter.drawLine(QPointF(10.5, 3.5), QPointF(10.5, 12.5));
        break;
    case Glyph::Plug:
        paintPlug(painter);
        break;
    case Glyph::Plus:
        painter.drawLine(QPointF(8, 3), QPointF(8, 13));
        painter.drawLine(QPointF(3, 8), QPointF(13, 8));
        break;
    case Glyph::Runs:
        paintLines(painter);
        break;
    case Glyph::Search:
        painter.drawEllipse(QPointF(6.8, 6.8), 4.3, 4.3);
        painter.drawLine(QPointF(10, 10), QPointF(13.8, 13.8));
        break;
    case Glyph::Settings:
        paintGear(painter);
        break;
    }
    painter.restore();
}

void paintShape(QPainter &painter, const QRectF &rect, items::StateShape shape, const QColor &color)
{
    const double side = std::min(rect.width(), rect.height());
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(rect.center() - QPointF(side / 2, side / 2));
    painter.scale(side / 12, side / 12);
    const QPen pen(color, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    painter.setPen(pen);
    using enum items::StateShape;
    switch (shape) {
    case Ring:
        painter.drawEllipse(QPointF(6, 6), 4, 4);
        break;
    case Arc:
        painter.drawArc(QRectF(2, 2, 8, 8), 30 * 16, 240 * 16);
        break;
    case Disc:
        painter.setBrush(color);
        painter.drawEllipse(QPointF(6, 6), 3.8, 3.8);
        break;
    case DiscInRing:
        painter.setPen(QPen(color, 1.3));
        painter.drawEllipse(QPointF(6, 6), 5, 5);
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawEllipse(QPointF(6, 6), 2.6, 2.6);
        break;
    case Bars:
        painter.setPen(QPen(color, 2.6, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(QPointF(3.8, 2.8), QPointF(3.8, 9.2));
        painter.drawLine(QPointF(8.2, 2.8), QPointF(8.2, 9.2));
        break;
    case Triangle:
        painter.setBrush(color);
        painter.drawPolygon(QPolygonF{{6, 2}, {10.3, 9.6}, {1.7, 9.6}});
        break;
    case Square:
        painter.setBrush(color);
        painter.drawRect(QRectF(2.8, 2.8, 6.4, 6.4));
        break;
    }
    painter.restore();
}

} // namespace earshot::widgets
