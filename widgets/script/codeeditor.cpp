// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/codeeditor.h"

#include "widgets/appearance.h"

#include <QEvent>
#include <QFileInfo>
#include <QWheelEvent>
#include <Qsci/qscilexerbash.h>
#include <Qsci/qscilexerjavascript.h>
#include <Qsci/qscilexerjson.h>
#include <Qsci/qscilexerpython.h>
#include <Qsci/qscilexeryaml.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kNumberMargin = 0;
constexpr int kMinZoom = -6;
constexpr int kMaxZoom = 20;

/// JavaScript's lexer with the words TypeScript adds.
class TypeScriptLexer final : public QsciLexerJavaScript
{
public:
    using QsciLexerJavaScript::QsciLexerJavaScript;
    [[nodiscard]] const char *keywords(int set) const override
    {
        if (set == 1) {
            return "abstract any as async await bigint boolean break case catch class const "
                   "continue debugger declare default delete do else enum export extends false "
                   "finally for from function get if implements import in infer instanceof "
                   "interface keyof let namespace never new null number object of package private "
                   "protected public readonly return satisfies set static string super switch "
                   "symbol this throw true try type typeof undefined unique unknown var void while "
                   "with yield";
        }
        return QsciLexerJavaScript::keywords(set);
    }
};

enum class Part { Text, Comment, Keyword, String, Number, Name, Bad };

QColor colorOf(Part part, bool dark, const QPalette &palette)
{
    switch (part) {
    case Part::Text:
        return palette.color(QPalette::Text);
    case Part::Comment:
        return quietColor(palette);
    case Part::Keyword:
        return dark ? QColor(0xff, 0x8a, 0x80) : QColor(0xb3, 0x1d, 0x4b);
    case Part::String:
        return dark ? QColor(0x9e, 0xd0, 0xff) : QColor(0x0a, 0x4f, 0x91);
    case Part::Number:
        return dark ? QColor(0x79, 0xd2, 0xc0) : QColor(0x05, 0x6b, 0x5c);
    case Part::Name:
        return dark ? QColor(0xd5, 0xb3, 0xff) : QColor(0x6a, 0x30, 0xb5);
    case Part::Bad:
        return toneColor(items::Tone::Bad, palette);
    }
    return {};
}

/// What a lexer's style stands for, by its English description: every lexer numbers them anew.
Part partOf(const QString &description)
{
    const QString text = description.toLower();
    if (text.contains("comment"_L1) || text.contains("document delimiter"_L1)) {
        return Part::Comment;
    }
    if (text.contains("unclosed"_L1) || text.contains("error"_L1)) {
        return Part::Bad;
    }
    if (text.contains("string"_L1) || text.contains("quoted"_L1) || text.contains("backticks"_L1)
        || text.contains("here document"_L1) || text.contains("regular expression"_L1)
        || text.contains("character"_L1)) {
        return Part::String;
    }
    if (text.contains("keyword"_L1)) {
        return Part::Keyword;
    }
    if (text.contains("number"_L1)) {
        return Part::Number;
    }
    if (text.contains("property"_L1) || text.contains("function or method"_L1)
        || text.contains("class name"_L1) || text.contains("scalar"_L1)
        || text.contains("parameter expansion"_L1) || text.contains("decorator"_L1)
        || text.contains("reference"_L1)) {
        return Part::Name;
    }
    return Part::Text;
}

QString commentMark(CodeEditor::Language language)
{
    switch (language) {
    case CodeEditor::Language::TypeScript:
        return u"//"_s;
    case CodeEditor::Language::Python:
    case CodeEditor::Language::Bash:
    case CodeEditor::Language::Yaml:
        return u"#"_s;
    case CodeEditor::Language::Json:
    case CodeEditor::Language::Plain:
        return {};
    }
    return {};
}

} // namespace

CodeEditor::CodeEditor(QWidget *parent)
    : QsciScintilla(parent)
{
    setUtf8(true);
    setFrameShape(QFrame::NoFrame);
    setBraceMatching(QsciScintilla::SloppyBraceMatch);
    setAutoIndent(true);
    setIndentationsUseTabs(false);
    setTabWidth(4);
    setIndentationWidth(0);
    setTabIndents(true);
    setBackspaceUnindents(true);
    setIndentationGuides(true);
    setCaretLineVisible(true);
    setWrapMode(QsciScintilla::WrapNone);
    setScrollWidth(1);
    setScrollWidthTracking(true);
    setMarginType(kNumberMargin, QsciScintilla::NumberMargin);
    setMarginWidth(1, 6);
    setMarginType(1, QsciScintilla::SymbolMargin);
    setMarginMarkerMask(1, 0);
    setFont(fixedFont());
    setMarginsFont(fixedFont());
    applyColors();
    connect(this, &QsciScintilla::linesChanged, this, &CodeEditor::fitMargin);
    fitMargin();
}

CodeEditor::Language CodeEditor::languageOf(const QString &language, const QString &file)
{
    const QString suffix = QFileInfo(file).suffix();
    if (language == "python3"_L1 || suffix == "py"_L1) {
        return Language::Python;
    }
    if (language == "bash"_L1 || suffix == "sh"_L1) {
        return Language::Bash;
    }
    if (suffix == "json"_L1) {
        return Language::Json;
    }
    if (suffix == "yaml"_L1 || suffix == "yml"_L1) {
        return Language::Yaml;
    }
    if (suffix.endsWith("ts"_L1) || suffix.endsWith("js"_L1) || suffix == "tsx"_L1
        || language == "bun"_L1 || language == "deno"_L1 || language == "node"_L1) {
        return Language::TypeScript;
    }
    return Language::Plain;
}

void CodeEditor::setLanguage(Language language)
{
    m_language = language;
    setLexer(nullptr);
    delete std::exchange(m_lexer, nullptr);
    switch (language) {
    case Language::TypeScript:
        m_lexer = new TypeScriptLexer(this);
        break;
    case Language::Python:
        m_lexer = new QsciLexerPython(this);
        break;
    case Language::Bash:
        m_lexer = new QsciLexerBash(this);
        break;
    case Language::Json:
        m_lexer = new QsciLexerJSON(this);
        break;
    case Language::Yaml:
        m_lexer = new QsciLexerYAML(this);
        break;
    case Language::Plain:
        break;
    }
    setTabWidth(language == Language::Python || language == Language::Plain ? 4 : 2);
    if (m_lexer != nullptr) {
        colorLexer();
        setLexer(m_lexer);
    }
    applyColors();
}

void CodeEditor::colorLexer()
{
    const QPalette colors = palette();
    const bool dark = colors.color(QPalette::Base).lightness() < 128;
    m_lexer->setDefaultFont(fixedFont());
    m_lexer->setDefaultPaper(colors.color(QPalette::Base));
    m_lexer->setDefaultColor(colors.color(QPalette::Text));
    for (int style = 0; style < 128; ++style) {
        const QString description = m_lexer->description(style);
        if (description.isEmpty()) {
            continue;
        }
        m_lexer->setColor(colorOf(partOf(description), dark, colors), style);
        m_lexer->setPaper(colors.color(QPalette::Base), style);
        m_lexer->setFont(fixedFont(), style);
        m_lexer->setEolFill(false, style);
    }
}

void CodeEditor::applyColors()
{
    const QPalette colors = palette();
    const QColor base = colors.color(QPalette::Base);
    const QColor text = colors.color(QPalette::Text);
    const bool dark = base.lightness() < 128;
    if (m_lexer != nullptr) {
        colorLexer();
    }
    setPaper(base);
    setColor(text);
    setCaretForegroundColor(text);
    setCaretLineBackgroundColor(dark ? base.lighter(130) : base.darker(104));
    setSelectionBackgroundColor(colors.color(QPalette::Highlight));
    setSelectionForegroundColor(colors.color(QPalette::HighlightedText));
    setMarginsBackgroundColor(base);
    setMarginsForegroundColor(quietColor(colors));
    setIndentationGuidesForegroundColor(quietColor(colors));
    setIndentationGuidesBackgroundColor(base);
    setMatchedBraceBackgroundColor(dark ? QColor(0x3b, 0x4a, 0x5f) : QColor(0xcf, 0xe3, 0xff));
    setMatchedBraceForegroundColor(text);
    setUnmatchedBraceBackgroundColor(base);
    setUnmatchedBraceForegroundColor(toneColor(items::Tone::Bad, colors));
}

void CodeEditor::setSource(const QString &text)
{
    // A file keeps the line ends it has.
    const bool windows = text.contains("\r\n"_L1);
    setEolMode(windows ? QsciScintilla::EolWindows : QsciScintilla::EolUnix);
    setText(text);
    setModified(false);
    SendScintilla(QsciScintilla::SCI_EMPTYUNDOBUFFER);
}

void CodeEditor::replaceSource(const QString &text)
{
    int line = 0;
    int column = 0;
    getCursorPosition(&line, &column);
    beginUndoAction();
    selectAll();
    replaceSelectedText(text);
    endUndoAction();
    setCursorPosition(std::min(line, lines() - 1), 0);
}

void CodeEditor::toggleComment()
{
    const QString mark = commentMark(m_language);
    if (mark.isEmpty() || isReadOnly()) {
        return;
    }
    int first = 0;
    int column = 0;
    int last = 0;
    int lastColumn = 0;
    if (hasSelectedText()) {
        getSelection(&first, &column, &last, &lastColumn);
        last -= lastColumn == 0 && last > first ? 1 : 0;
    } else {
        getCursorPosition(&first, &column);
        last = first;
    }
    bool allCommented = true;
    bool anything = false;
    int indent = -1;
    for (int line = first; line <= last; ++line) {
        const QString content = text(line);
        const QString trimmed = content.trimmed();
        if (trimmed.isEmpty()) {
            continue;
        }
        anything = true;
        allCommented = allCommented && trimmed.startsWith(mark);
        const auto start = static_cast<int>(content.indexOf(trimmed.at(0)));
        indent = indent < 0 ? start : std::min(indent, start);
    }
    if (!anything) {
        return;
    }
    beginUndoAction();
    for (int line = first; line <= last; ++line) {
        const QString content = text(line);
        if (content.trimmed().isEmpty()) {
            continue;
        }
        if (allCommented) {
            const auto at = static_cast<int>(content.indexOf(mark));
            const auto size = static_cast<int>(mark.size());
            const bool space = content.size() > at + size && content.at(at + size) == u' ';
            setSelection(line, at, line, at + size + (space ? 1 : 0));
            removeSelectedText();
        } else {
            insertAt(QString(mark + u' '), line, indent);
        }
    }
    endUndoAction();
    if (first != last) {
        setSelection(first, 0, last,
            static_cast<int>(text(last).trimmed().isEmpty()
                    ? 0
                    : lineLength(last) - (text(last).endsWith(u'\n') ? 1 : 0)));
    }
}

void CodeEditor::goTo(int line, int column)
{
    const int at = std::clamp(line - 1, 0, std::max(0, lines() - 1));
    const int limit = std::max(0, static_cast<int>(text(at).size()));
    setCursorPosition(at, std::clamp(column - 1, 0, limit));
    ensureLineVisible(at);
    setFocus();
}

void CodeEditor::zoomBy(int steps)
{
    m_zoom = steps == 0 ? 0 : std::clamp(m_zoom + steps, kMinZoom, kMaxZoom);
    zoomTo(m_zoom);
    fitMargin();
    emit zoomChanged(m_zoom);
}

void CodeEditor::fitMargin()
{
    const auto digits = std::max<qsizetype>(3, QString::number(lines()).size());
    setMarginWidth(kNumberMargin, QString(QString(digits + 1, u'8')));
}

void CodeEditor::changeEvent(QEvent *event)
{
    QsciScintilla::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        applyColors();
    }
}

void CodeEditor::wheelEvent(QWheelEvent *event)
{
    if (event->modifiers().testFlag(Qt::ControlModifier)) {
        if (event->angleDelta().y() != 0) {
            zoomBy(event->angleDelta().y() > 0 ? 1 : -1);
        }
        event->accept();
        return;
    }
    QsciScintilla::wheelEvent(event);
}

} // namespace earshot::widgets
