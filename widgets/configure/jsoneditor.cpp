// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/jsoneditor.h"

#include "widgets/appearance.h"

#include <QEvent>
#include <QKeyEvent>
#include <Qsci/qscilexerjson.h>

#include <algorithm>

namespace earshot::widgets {

namespace {

constexpr int kNumbersMargin = 0;
constexpr int kProblemIndicator = 8;
constexpr int kMostLines = 14;

} // namespace

JsonEditor::JsonEditor(Size size, QWidget *parent)
    : QsciScintilla(parent)
    , m_lexer(new QsciLexerJSON(this))
    , m_size(size)
{
    setUtf8(true);
    setEolMode(QsciScintilla::EolUnix);
    m_lexer->setHighlightComments(false);
    m_lexer->setHighlightEscapeSequences(true);
    setLexer(m_lexer);
    setBraceMatching(QsciScintilla::SloppyBraceMatch);
    setIndentationsUseTabs(false);
    setIndentationWidth(2);
    setAutoIndent(true);
    setTabWidth(2);
    setWrapMode(size == Size::Field ? QsciScintilla::WrapCharacter : QsciScintilla::WrapNone);
    setMarginWidth(1, 0);
    if (size == Size::Page) {
        setMarginType(kNumbersMargin, QsciScintilla::NumberMargin);
        setMarginWidth(kNumbersMargin, QStringLiteral("00000"));
        setCaretLineVisible(true);
    } else {
        setMarginWidth(kNumbersMargin, 0);
    }
    setScrollWidth(1);
    setScrollWidthTracking(true);
    indicatorDefine(QsciScintilla::SquiggleIndicator, kProblemIndicator);
    SendScintilla(SCI_SETUNDOCOLLECTION, 0UL); // the page has its own
    applyColours();
    connect(this, &QsciScintilla::textChanged, this, [this] {
        fitHeight();
        if (!m_showing) {
            emit edited();
        }
    });
    fitHeight();
}

void JsonEditor::applyColours()
{
    const QPalette colours = palette();
    const QColor paper = colours.color(QPalette::Base);
    const QColor text = colours.color(QPalette::Text);
    const QFont font = fixedFont();
    m_lexer->setDefaultFont(font);
    m_lexer->setDefaultPaper(paper);
    m_lexer->setDefaultColor(text);
    m_lexer->setFont(font);
    m_lexer->setPaper(paper);
    m_lexer->setColor(text);
    m_lexer->setColor(toneColor(items::Tone::Busy, colours), QsciLexerJSON::Property);
    m_lexer->setColor(toneColor(items::Tone::Good, colours), QsciLexerJSON::String);
    m_lexer->setColor(toneColor(items::Tone::Warning, colours), QsciLexerJSON::Number);
    m_lexer->setColor(toneColor(items::Tone::Warning, colours), QsciLexerJSON::Keyword);
    m_lexer->setColor(toneColor(items::Tone::Warning, colours), QsciLexerJSON::EscapeSequence);
    for (const int style : {QsciLexerJSON::Error, QsciLexerJSON::UnclosedString}) {
        m_lexer->setColor(toneColor(items::Tone::Bad, colours), style);
        m_lexer->setPaper(paper, style);
    }
    setPaper(paper);
    setColor(text);
    setCaretForegroundColor(text);
    setCaretLineBackgroundColor(colours.color(QPalette::AlternateBase));
    setMarginsBackgroundColor(colours.color(QPalette::AlternateBase));
    setMarginsForegroundColor(quietColor(colours));
    setMarginsFont(font);
    setSelectionBackgroundColor(colours.color(QPalette::Highlight));
    setSelectionForegroundColor(colours.color(QPalette::HighlightedText));
    setMatchedBraceBackgroundColor(colours.color(QPalette::Midlight));
    setMatchedBraceForegroundColor(text);
    setUnmatchedBraceForegroundColor(toneColor(items::Tone::Bad, colours));
    setUnmatchedBraceBackgroundColor(paper);
    setIndicatorForegroundColor(toneColor(items::Tone::Bad, colours), kProblemIndicator);
}

void JsonEditor::changeEvent(QEvent *event)
{
    QsciScintilla::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_lexer != nullptr) {
        applyColours();
    }
}

void JsonEditor::keyPressEvent(QKeyEvent *event)
{
    // In a form Tab goes on to the next field; in a page it indents.
    if (m_size == Size::Field && event->modifiers() == Qt::NoModifier
        && event->key() == Qt::Key_Tab) {
        focusNextChild();
        return;
    }
    if (m_size == Size::Field && event->key() == Qt::Key_Backtab) {
        focusPreviousChild();
        return;
    }
    QsciScintilla::keyPressEvent(event);
}

void JsonEditor::showText(const QByteArray &utf8)
{
    if (this->utf8() == utf8) {
        return;
    }
    m_showing = true;
    const long cursor = SendScintilla(SCI_GETCURRENTPOS);
    const long firstLine = SendScintilla(SCI_GETFIRSTVISIBLELINE);
    const bool wasReadOnly = isReadOnly();
    setReadOnly(false);
    // Not setText(): it would end at a NUL.
    SendScintilla(SCI_CLEARALL);
    SendScintilla(SCI_APPENDTEXT, static_cast<unsigned long>(utf8.size()), utf8.constData());
    setReadOnly(wasReadOnly);
    SendScintilla(SCI_GOTOPOS, static_cast<unsigned long>(std::min(cursor, long(utf8.size()))));
    SendScintilla(SCI_SETFIRSTVISIBLELINE, static_cast<unsigned long>(firstLine));
    m_showing = false;
}

QByteArray JsonEditor::utf8() const
{
    const long size = SendScintilla(SCI_GETLENGTH);
    QByteArray bytes(size + 1, '\0');
    SendScintilla(SCI_GETTEXT, static_cast<unsigned long>(bytes.size()), bytes.data());
    bytes.chop(1);
    return bytes;
}

void JsonEditor::markProblem(qsizetype begin, qsizetype end)
{
    const qsizetype size = SendScintilla(SCI_GETLENGTH);
    begin = std::clamp(begin, qsizetype(0), size);
    end = std::clamp(end, begin, size);
    SendScintilla(SCI_SETINDICATORCURRENT, static_cast<unsigned long>(kProblemIndicator));
    SendScintilla(SCI_INDICATORFILLRANGE, static_cast<unsigned long>(begin), long(end - begin));
}

void JsonEditor::clearProblems()
{
    SendScintilla(SCI_SETINDICATORCURRENT, static_cast<unsigned long>(kProblemIndicator));
    SendScintilla(SCI_INDICATORCLEARRANGE, 0UL, SendScintilla(SCI_GETLENGTH));
}

void JsonEditor::goTo(qsizetype offset)
{
    SendScintilla(SCI_GOTOPOS, static_cast<unsigned long>(std::max(offset, qsizetype(0))));
    SendScintilla(SCI_VERTICALCENTRECARET);
    setFocus(Qt::OtherFocusReason);
}

qsizetype JsonEditor::cursorOffset() const
{
    return SendScintilla(SCI_GETCURRENTPOS);
}

void JsonEditor::fitHeight()
{
    if (m_size == Size::Field) {
        const int lines = std::clamp(this->lines(), 3, kMostLines);
        setFixedHeight(lines * textHeight(0) + 2 * frameWidth() + 4);
    }
}

} // namespace earshot::widgets
