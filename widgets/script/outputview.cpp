// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/outputview.h"

#include "widgets/appearance.h"
#include "widgets/script/sourcelocation.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <QSyntaxHighlighter>
#include <QTextBlock>

namespace earshot::widgets {

namespace {

/// Underlines what can be clicked.
class LocationMarker final : public QSyntaxHighlighter
{
public:
    explicit LocationMarker(QPlainTextEdit *view)
        : QSyntaxHighlighter(view->document())
        , m_view(view)
    { }

protected:
    void highlightBlock(const QString &text) override
    {
        QTextCharFormat format;
        format.setForeground(m_view->palette().brush(QPalette::Link));
        format.setFontUnderline(true);
        for (const SourceLocation &location : sourceLocations(text)) {
            setFormat(static_cast<int>(location.start), static_cast<int>(location.length), format);
        }
    }

private:
    QPlainTextEdit *m_view;
};

} // namespace

OutputView::OutputView(QWidget *parent)
    : QPlainTextEdit(parent)
{
    stylePayload(this);
    setReadOnly(true);
    setUndoRedoEnabled(false);
    setMaximumBlockCount(kMaxLines);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    viewport()->setMouseTracking(true);
    new LocationMarker(this);
}

void OutputView::append(const QString &text)
{
    // Stays where a person scrolled to; follows the end otherwise.
    const bool atEnd = verticalScrollBar()->value() == verticalScrollBar()->maximum();
    QTextCursor end(document());
    end.movePosition(QTextCursor::End);
    end.insertText(text);
    if (atEnd) {
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    }
}

bool OutputView::activate(const QTextCursor &cursor, bool anywhere)
{
    const auto locations = sourceLocations(cursor.block().text());
    for (const SourceLocation &location : locations) {
        const int at = cursor.positionInBlock();
        if (anywhere || (at >= location.start && at <= location.start + location.length)) {
            emit locationActivated(location.file, location.line, location.column);
            return true;
        }
    }
    return false;
}

void OutputView::mouseMoveEvent(QMouseEvent *event)
{
    QPlainTextEdit::mouseMoveEvent(event);
    const QTextCursor cursor = cursorForPosition(event->position().toPoint());
    bool over = false;
    for (const SourceLocation &location : sourceLocations(cursor.block().text())) {
        const int at = cursor.positionInBlock();
        over = over || (at >= location.start && at < location.start + location.length);
    }
    viewport()->setCursor(over ? Qt::PointingHandCursor : Qt::IBeamCursor);
}

void OutputView::mouseReleaseEvent(QMouseEvent *event)
{
    QPlainTextEdit::mouseReleaseEvent(event);
    if (event->button() == Qt::LeftButton && !textCursor().hasSelection()) {
        activate(cursorForPosition(event->position().toPoint()), false);
    }
}

void OutputView::keyPressEvent(QKeyEvent *event)
{
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        && activate(textCursor(), true)) {
        event->accept();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void OutputView::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        if (auto *marker = document()->findChild<QSyntaxHighlighter *>()) {
            marker->rehighlight();
        }
    }
}

} // namespace earshot::widgets
