// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/appearance.h"
#include "widgets/configure/changedbanner.h"
#include "widgets/configure/configurepage.h"
#include "widgets/configure/connectiontestpanel.h"
#include "widgets/configure/fieldform.h"
#include "widgets/configure/jsoneditor.h"
#include "widgets/configure/problemsbar.h"

#include <QAction>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

/// How the page is put together; what it does is in configurepage.cpp.
namespace earshot::widgets {

void ConfigurePage::build()
{
    m_fieldsButton = new QToolButton(this);
    m_fieldsButton->setText(tr("Fields"));
    m_jsonButton = new QToolButton(this);
    m_jsonButton->setText(tr("JSON"));
    auto *views = new QButtonGroup(this);
    for (QToolButton *button : {m_fieldsButton, m_jsonButton}) {
        button->setCheckable(true);
        button->setFocusPolicy(Qt::StrongFocus);
        views->addButton(button);
    }
    m_fieldsButton->setChecked(true);
    connect(m_fieldsButton, &QToolButton::clicked, this, [this] { setJsonShown(false); });
    connect(m_jsonButton, &QToolButton::clicked, this, [this] { setJsonShown(true); });

    m_undo = m_document.undoStack().createUndoAction(this, tr("Undo"));
    m_redo = m_document.undoStack().createRedoAction(this, tr("Redo"));
    m_undo->setShortcuts(QKeySequence::Undo);
    m_redo->setShortcuts(QKeySequence::Redo);
    const auto actionButton = [this](QAction *action, const QString &text) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(action);
        auto *button = new QToolButton(this);
        button->setText(text);
        button->setAccessibleName(text);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::StrongFocus);
        button->setEnabled(action->isEnabled());
        connect(button, &QToolButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, button, [action, button] {
            button->setEnabled(action->isEnabled());
            button->setToolTip(action->text());
        });
        return button;
    };
    auto *undoButton = actionButton(m_undo, tr("Undo"));
    auto *redoButton = actionButton(m_redo, tr("Redo"));
    m_testButton = new QPushButton(tr("Test connection"), this);
    m_testButton->setToolTip(tr("Connect once with what is on this page, and close again"));
    m_state = new QLabel(this);
    m_state->setTextFormat(Qt::PlainText);
    m_state->setMinimumWidth(1);
    m_state->setForegroundRole(QPalette::PlaceholderText);
    m_revert = new QPushButton(tr("Revert"), this);
    m_revert->setToolTip(tr("Show what is stored; undo brings your text back"));
    m_save = new QPushButton(tr("Save"), this);
    connect(
        new QShortcut(QKeySequence::Save, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
        &QShortcut::activated, this, &ConfigurePage::saveDocument);

    const FieldContext fields{m_document, m_context.client, *m_names};
    m_form = new FieldForm(fields, this);
    m_json = new JsonEditor(JsonEditor::Size::Page, this);
    m_json->setFrameShape(QFrame::NoFrame);
    m_json->setAccessibleName(tr("Trigger document as JSON"));
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(m_form);
    m_stack->addWidget(m_json);
    m_problems = new ProblemsBar(this);
    m_changed = new ChangedBanner(this);
    m_test = new ConnectionTestPanel(m_context.client, this);
    m_syntax = new QLabel(this);
    m_syntax->setTextFormat(Qt::PlainText);
    m_syntax->setWordWrap(true);
    m_syntax->setMinimumWidth(1);
    m_syntax->setContentsMargins(12, 4, 12, 4);
    m_syntax->hide();
    QPalette bad = palette();
    bad.setColor(QPalette::WindowText, toneColor(items::Tone::Bad, palette()));
    m_syntax->setPalette(bad);

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(8, 6, 8, 6);
    bar->setSpacing(4);
    bar->addWidget(m_fieldsButton);
    bar->addWidget(m_jsonButton);
    bar->addSpacing(8);
    bar->addWidget(undoButton);
    bar->addWidget(redoButton);
    bar->addSpacing(8);
    bar->addWidget(m_state, 1);
    bar->addWidget(m_testButton);
    bar->addWidget(m_revert);
    bar->addWidget(m_save);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_changed);
    layout->addWidget(m_test);
    layout->addWidget(m_syntax);
    layout->addWidget(m_stack, 1);
    layout->addWidget(m_problems);
}

} // namespace earshot::widgets
