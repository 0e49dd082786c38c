// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QLineEdit;
class QToolButton;

namespace earshot::widgets {

class CodeEditor;

/// Find and replace in an editor; hidden until it is opened.
class FindBar final : public QWidget
{
    Q_OBJECT
public:
    explicit FindBar(CodeEditor &editor, QWidget *parent = nullptr);

    void open(bool withReplace);
    /// False when the text is nowhere.
    bool findNext(bool forward = true);
    int replaceAll();
    void replaceOne();

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void close();
    void showFound(bool found);

    CodeEditor &m_editor;
    QLineEdit *m_text; ///< children
    QLineEdit *m_with;
    QToolButton *m_matchCase;
    QToolButton *m_words;
    QToolButton *m_regularExpression;
    QWidget *m_replaceRow;
    QLabel *m_state;
};

} // namespace earshot::widgets
