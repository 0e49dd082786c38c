// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Qsci/qsciscintilla.h>

class QsciLexer;

namespace earshot::widgets {

/// A source with highlighting, line numbers and matching braces, in the desktop's colours.
class CodeEditor final : public QsciScintilla
{
    Q_OBJECT
public:
    enum class Language { Plain, TypeScript, Python, Bash, Json, Yaml };

    explicit CodeEditor(QWidget *parent = nullptr);

    /// By the API's name for it (`bun`, `python3`) or the file's ending.
    [[nodiscard]] static Language languageOf(const QString &language, const QString &file);
    void setLanguage(Language language);
    [[nodiscard]] Language language() const { return m_language; }

    /// Replaces the text and forgets the history.
    void setSource(const QString &text);
    /// Replaces the text as one step that can be undone.
    void replaceSource(const QString &text);
    void toggleComment();
    /// `line` and `column` count from 1; column 0 = the line's first character.
    void goTo(int line, int column = 0);
    void zoomBy(int steps);

signals:
    void zoomChanged(int zoom);

protected:
    void changeEvent(QEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;

private:
    void applyColors();
    void colorLexer();
    void fitMargin();

    Language m_language = Language::Plain;
    QsciLexer *m_lexer = nullptr; ///< child
    int m_zoom = 0;
};

} // namespace earshot::widgets
