// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/findbar.h"

#include "widgets/appearance.h"
#include "widgets/script/codeeditor.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

QToolButton *toggle(const QString &text, const QString &tip, QWidget *parent)
{
    auto *button = new QToolButton(parent);
    button->setText(text);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    button->setCheckable(true);
    button->setAutoRaise(true);
    return button;
}

} // namespace

FindBar::FindBar(CodeEditor &editor, QWidget *parent)
    : QWidget(parent)
    , m_editor(editor)
    , m_text(new QLineEdit(this))
    , m_with(new QLineEdit(this))
    , m_matchCase(toggle(tr("Aa"), tr("Match case"), this))
    , m_words(toggle(tr("ab|"), tr("Whole words"), this))
    , m_regularExpression(toggle(tr(".*"), tr("Regular expression"), this))
    , m_replaceRow(new QWidget(this))
    , m_state(new QLabel(this))
{
    m_text->setPlaceholderText(tr("Find"));
    m_text->setAccessibleName(tr("Find"));
    m_text->setClearButtonEnabled(true);
    m_with->setPlaceholderText(tr("Replace with"));
    m_with->setAccessibleName(tr("Replace with"));
    m_state->setTextFormat(Qt::PlainText);
    auto *previous = new QToolButton(this);
    previous->setArrowType(Qt::UpArrow);
    previous->setToolTip(tr("Previous (Shift+F3)"));
    previous->setAccessibleName(tr("Previous"));
    previous->setAutoRaise(true);
    auto *next = new QToolButton(this);
    next->setArrowType(Qt::DownArrow);
    next->setToolTip(tr("Next (F3)"));
    next->setAccessibleName(tr("Next"));
    next->setAutoRaise(true);
    auto *hideButton = new QToolButton(this);
    hideButton->setText(u"×"_s);
    hideButton->setToolTip(tr("Close (Esc)"));
    hideButton->setAccessibleName(tr("Close"));
    hideButton->setAutoRaise(true);
    auto *one = new QPushButton(tr("Replace"), m_replaceRow);
    auto *all = new QPushButton(tr("Replace all"), m_replaceRow);

    auto *row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    row->addWidget(m_text, 1);
    for (QWidget *widget : {static_cast<QWidget *>(m_matchCase), static_cast<QWidget *>(m_words),
             static_cast<QWidget *>(m_regularExpression), static_cast<QWidget *>(previous),
             static_cast<QWidget *>(next), static_cast<QWidget *>(m_state),
             static_cast<QWidget *>(hideButton)}) {
        row->addWidget(widget);
    }
    auto *replaceRow = new QHBoxLayout(m_replaceRow);
    replaceRow->setContentsMargins(0, 0, 0, 0);
    replaceRow->setSpacing(4);
    replaceRow->addWidget(m_with, 1);
    replaceRow->addWidget(one);
    replaceRow->addWidget(all);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(4);
    layout->addLayout(row);
    layout->addWidget(m_replaceRow);
    setVisible(false);

    connect(m_text, &QLineEdit::returnPressed, this, [this] { findNext(); });
    connect(m_text, &QLineEdit::textEdited, this, [this] {
        // From where the word under search begins, not behind it.
        int line = 0;
        int column = 0;
        int last = 0;
        int lastColumn = 0;
        if (m_editor.hasSelectedText()) {
            m_editor.getSelection(&line, &column, &last, &lastColumn);
            m_editor.setCursorPosition(line, column);
        }
        findNext();
    });
    connect(next, &QToolButton::clicked, this, [this] { findNext(); });
    connect(previous, &QToolButton::clicked, this, [this] { findNext(false); });
    connect(hideButton, &QToolButton::clicked, this, &FindBar::close);
    connect(one, &QPushButton::clicked, this, &FindBar::replaceOne);
    connect(all, &QPushButton::clicked, this, [this] {
        const int count = replaceAll();
        m_state->setText(tr("%n replaced", nullptr, count));
    });
    connect(m_with, &QLineEdit::returnPressed, this, &FindBar::replaceOne);
}

void FindBar::open(bool withReplace)
{
    if (m_editor.hasSelectedText() && !m_editor.selectedText().contains(u'\n')) {
        m_text->setText(m_editor.selectedText());
    }
    m_replaceRow->setVisible(withReplace && !m_editor.isReadOnly());
    m_state->clear();
    setVisible(true);
    m_text->setFocus();
    m_text->selectAll();
}

void FindBar::close()
{
    setVisible(false);
    m_editor.setFocus();
}

bool FindBar::findNext(bool forward)
{
    if (m_text->text().isEmpty()) {
        m_state->clear();
        return false;
    }
    int line = -1;
    int column = -1;
    if (!forward && m_editor.hasSelectedText()) {
        int last = 0;
        int lastColumn = 0;
        m_editor.getSelection(&line, &column, &last, &lastColumn);
    }
    const bool found = m_editor.findFirst(m_text->text(), m_regularExpression->isChecked(),
        m_matchCase->isChecked(), m_words->isChecked(), true, forward, line, column, true, false,
        true);
    showFound(found);
    return found;
}

void FindBar::replaceOne()
{
    if (m_editor.isReadOnly() || !m_editor.hasSelectedText()) {
        findNext();
        return;
    }
    // Only what was found: the selection is looked for again from its start.
    int line = 0;
    int column = 0;
    int last = 0;
    int lastColumn = 0;
    m_editor.getSelection(&line, &column, &last, &lastColumn);
    m_editor.setCursorPosition(line, column);
    const bool found = m_editor.findFirst(m_text->text(), m_regularExpression->isChecked(),
        m_matchCase->isChecked(), m_words->isChecked(), true, true, line, column, true, false,
        true);
    if (found) {
        m_editor.replace(m_with->text());
        findNext();
    }
    showFound(found);
}

int FindBar::replaceAll()
{
    if (m_editor.isReadOnly() || m_text->text().isEmpty()) {
        return 0;
    }
    int count = 0;
    m_editor.beginUndoAction();
    // Without wrapping, so that a replacement that contains the text is not replaced again.
    bool found = m_editor.findFirst(m_text->text(), m_regularExpression->isChecked(),
        m_matchCase->isChecked(), m_words->isChecked(), false, true, 0, 0, false, false, true);
    while (found) {
        const bool empty = !m_editor.hasSelectedText();
        m_editor.replace(m_with->text());
        ++count;
        found = !empty && m_editor.findNext();
    }
    m_editor.endUndoAction();
    return count;
}

void FindBar::showFound(bool found)
{
    m_state->setText(found ? QString() : tr("not found"));
    QPalette colors = m_state->palette();
    colors.setColor(QPalette::WindowText, toneColor(items::Tone::Bad, palette()));
    m_state->setPalette(colors);
}

void FindBar::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        close();
        event->accept();
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace earshot::widgets
