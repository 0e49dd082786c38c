// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/live/hexview.h"

#include "widgets/appearance.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kMargin = 8;
constexpr int kHexColumn = 10; ///< characters before the first byte
constexpr int kTextColumn = kHexColumn + HexView::kPerLine * 3 + 1;

} // namespace

HexView::HexView(QWidget *parent)
    : QAbstractScrollArea(parent)
{
    setFont(fixedFont());
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Bytes of the message"));
    viewport()->setCursor(Qt::IBeamCursor);
}

int HexView::charWidth() const
{
    return std::max(1, fontMetrics().horizontalAdvance(u'0'));
}

int HexView::lineHeight() const
{
    return std::max(1, fontMetrics().height() + 2);
}

void HexView::setBytes(const QByteArray &bytes)
{
    m_bytes = bytes;
    m_anchor = 0;
    m_cursor = 0;
    verticalScrollBar()->setValue(0);
    updateScroll();
    viewport()->update();
    emit selectionChanged();
}

void HexView::select(qsizetype from, qsizetype to)
{
    m_anchor = std::clamp<qsizetype>(from, 0, m_bytes.size());
    m_cursor = std::clamp<qsizetype>(to, 0, m_bytes.size());
    const int line = static_cast<int>(m_anchor / kPerLine);
    const int shown = viewport()->height() / lineHeight();
    if (line < verticalScrollBar()->value() || line >= verticalScrollBar()->value() + shown) {
        verticalScrollBar()->setValue(line);
    }
    viewport()->update();
    emit selectionChanged();
}

QByteArray HexView::selected() const
{
    return m_bytes.mid(selectionBegin(), selectionEnd() - selectionBegin());
}

void HexView::updateScroll()
{
    const qsizetype lines = (m_bytes.size() + kPerLine - 1) / kPerLine;
    const int shown = std::max(1, viewport()->height() / lineHeight());
    verticalScrollBar()->setPageStep(shown);
    verticalScrollBar()->setRange(0, std::max(0, static_cast<int>(lines) - shown));
    const int width = (kTextColumn + kPerLine) * charWidth() + 2 * kMargin;
    horizontalScrollBar()->setPageStep(viewport()->width());
    horizontalScrollBar()->setRange(0, std::max(0, width - viewport()->width()));
}

qsizetype HexView::byteAt(const QPoint &point) const
{
    const int column = (point.x() + horizontalScrollBar()->value() - kMargin) / charWidth();
    const qsizetype line = verticalScrollBar()->value() + point.y() / lineHeight();
    const int inLine = column >= kTextColumn ? column - kTextColumn : (column - kHexColumn) / 3;
    return std::clamp<qsizetype>(line * kPerLine + std::clamp(inLine, 0, kPerLine - 1), 0,
        std::max<qsizetype>(0, m_bytes.size() - 1));
}

void HexView::paintEvent(QPaintEvent *)
{
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), palette().color(QPalette::Base));
    painter.translate(-horizontalScrollBar()->value(), 0);
    const int width = charWidth();
    const int height = lineHeight();
    const int ascent = fontMetrics().ascent() + 1;
    const QColor text = palette().color(QPalette::Text);
    const QColor quiet = quietColor(palette());
    const qsizetype first = verticalScrollBar()->value();
    for (int y = 0; y < viewport()->height(); y += height) {
        const qsizetype at = (first + y / height) * kPerLine;
        if (at >= m_bytes.size()) {
            break;
        }
        painter.setPen(quiet);
        painter.drawText(kMargin, y + ascent, u"%1"_s.arg(at, 8, 16, QLatin1Char('0')));
        const qsizetype end = std::min(m_bytes.size(), at + kPerLine);
        for (qsizetype i = at; i < end; ++i) {
            const int column = static_cast<int>(i - at);
            const int hexX = kMargin + (kHexColumn + column * 3) * width;
            const int textX = kMargin + (kTextColumn + column) * width;
            const bool marked = i >= selectionBegin() && i < selectionEnd();
            if (marked) {
                const QColor background = palette().color(QPalette::Highlight);
                painter.fillRect(
                    hexX, y, (column + 1 < kPerLine ? 3 : 2) * width, height, background);
                painter.fillRect(textX, y, width, height, background);
            }
            const auto byte = static_cast<uchar>(m_bytes.at(i));
            painter.setPen(marked ? palette().color(QPalette::HighlightedText) : text);
            painter.drawText(hexX, y + ascent, u"%1"_s.arg(byte, 2, 16, QLatin1Char('0')));
            const bool printable = byte >= 0x20 && byte < 0x7f;
            if (!marked && !printable) {
                painter.setPen(quiet);
            }
            painter.drawText(
                textX, y + ascent, printable ? QString(QLatin1Char(m_bytes.at(i))) : u"."_s);
        }
    }
}

void HexView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    updateScroll();
}

void HexView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        updateScroll();
    }
}

void HexView::moveTo(qsizetype byte, bool keepAnchor)
{
    m_cursor = std::clamp<qsizetype>(byte, 0, m_bytes.size());
    if (!keepAnchor) {
        m_anchor = m_cursor;
    }
    viewport()->update();
    emit selectionChanged();
}

void HexView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && !m_bytes.isEmpty()) {
        m_anchor = byteAt(event->pos());
        moveTo(m_anchor + 1, true);
    }
}

void HexView::mouseMoveEvent(QMouseEvent *event)
{
    if ((event->buttons() & Qt::LeftButton) != 0 && !m_bytes.isEmpty()) {
        const qsizetype byte = byteAt(event->pos());
        moveTo(byte >= m_anchor ? byte + 1 : byte, true);
    }
}

void HexView::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::SelectAll)) {
        select(0, m_bytes.size());
    } else if (event->matches(QKeySequence::Copy)) {
        QGuiApplication::clipboard()->setText(QString::fromLatin1(selected().toHex(' ')));
    } else {
        const bool shift = (event->modifiers() & Qt::ShiftModifier) != 0;
        switch (event->key()) {
        case Qt::Key_Left:
            moveTo(m_cursor - 1, shift);
            break;
        case Qt::Key_Right:
            moveTo(m_cursor + 1, shift);
            break;
        case Qt::Key_Up:
            moveTo(m_cursor - kPerLine, shift);
            break;
        case Qt::Key_Down:
            moveTo(m_cursor + kPerLine, shift);
            break;
        default:
            QAbstractScrollArea::keyPressEvent(event);
            return;
        }
        const int line = static_cast<int>(m_cursor / kPerLine);
        QScrollBar *bar = verticalScrollBar();
        bar->setValue(std::clamp(bar->value(), line - bar->pageStep() + 1, line));
    }
}

} // namespace earshot::widgets
