// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <Qsci/qsciscintilla.h>

class QsciLexerJSON;

namespace earshot::widgets {

/// JSON text with colours, line numbers and matching braces. It has no undo of its own where the
/// page has one.
class JsonEditor final : public QsciScintilla
{
    Q_OBJECT
public:
    enum class Size { Page, Field };
    explicit JsonEditor(Size size, QWidget *parent = nullptr);

    /// Replaces the text, keeping the cursor and what is seen; says nothing.
    void showText(const QByteArray &utf8);
    [[nodiscard]] QByteArray utf8() const;
    /// Marks a stretch of bytes as wrong; an empty one marks nothing.
    void markProblem(qsizetype begin, qsizetype end);
    void clearProblems();
    /// Puts the cursor at a byte.
    void goTo(qsizetype offset);
    [[nodiscard]] qsizetype cursorOffset() const;

signals:
    /// By a person, not by showText().
    void edited();

protected:
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void applyColours();
    void fitHeight();

    QsciLexerJSON *m_lexer; ///< child
    Size m_size;
    bool m_showing = false;
};

} // namespace earshot::widgets
