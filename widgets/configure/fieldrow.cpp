// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/fieldrow.h"

#include "widgets/appearance.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

QLabel *makeText(QWidget *parent)
{
    auto *label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setMinimumWidth(1);
    label->hide();
    return label;
}

bool hasOwnLabel(const items::Field &field)
{
    return field.kind == items::FieldKind::Switch || field.kind == items::FieldKind::Presence;
}

} // namespace

FieldRow::FieldRow(const FieldContext &context, const items::Field &field, QWidget *parent)
    : QWidget(parent)
    , m_context(context)
    , m_field(field)
    , m_label(new QLabel(this))
    , m_help(makeText(this))
    , m_problem(makeText(this))
    , m_reset(new QToolButton(this))
    , m_editor(makeFieldEditor(context, field, this))
{
    m_label->setTextFormat(Qt::PlainText);
    m_label->setText(field.active ? field.label : tr("%1 (not active yet)").arg(field.label));
    m_label->setToolTip(field.key);
    m_label->setBuddy(m_editor);
    m_reset->setText(tr("Reset"));
    m_reset->setAutoRaise(true);
    m_reset->setAccessibleName(tr("Reset %1").arg(field.label));
    m_reset->setToolTip(field.required ? tr("Write %1").arg(field.initial)
                                       : tr("Remove %1 from the document").arg(field.key));
    m_help->setText(field.help);
    m_help->setVisible(!field.help.isEmpty());
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(3);
    auto *head = new QHBoxLayout;
    head->setSpacing(8);
    if (hasOwnLabel(field)) {
        m_label->hide();
        head->addWidget(m_editor, 1);
        head->addWidget(m_reset);
        layout->addLayout(head);
    } else {
        QFont bold = m_label->font();
        bold.setWeight(QFont::DemiBold);
        m_label->setFont(bold);
        head->addWidget(m_label, 1);
        head->addWidget(m_reset);
        layout->addLayout(head);
        layout->addWidget(m_editor);
    }
    layout->addWidget(m_problem);
    layout->addWidget(m_help);
    // A row is as high with the button as without.
    QSizePolicy keeps = m_reset->sizePolicy();
    keeps.setRetainSizeWhenHidden(true);
    m_reset->setSizePolicy(keeps);
    setTabOrder(m_editor, m_reset);
    connect(m_reset, &QToolButton::clicked, this, &FieldRow::resetValue);
    showColours();
    refresh();
}

void FieldRow::refresh()
{
    const auto raw = m_context.document.raw(m_field.path());
    const bool atDefault = m_field.required
        ? m_field.initial.isEmpty() || raw == m_field.initial.toUtf8()
        : !raw.has_value();
    m_reset->setVisible(!atDefault);
    m_editor->refresh();
}

void FieldRow::resetValue()
{
    m_context.document.endStep();
    m_context.document.set(m_field.path(),
        m_field.required ? std::optional(m_field.initial.toUtf8()) : std::nullopt,
        tr("reset of %1").arg(m_field.label));
    m_context.document.endStep();
    // The button is gone now.
    m_editor->setFocus(Qt::OtherFocusReason);
}

void FieldRow::setProblem(const QString &text)
{
    m_problem->setText(text);
    m_problem->setVisible(!text.isEmpty());
}

QString FieldRow::problem() const
{
    return m_problem->text();
}

void FieldRow::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_problem != nullptr) {
        showColours();
    }
}

void FieldRow::showColours()
{
    const auto colour = [this](QLabel *label, const QColor &text) {
        QPalette colours = palette();
        colours.setColor(QPalette::WindowText, text);
        if (label->palette() != colours) {
            label->setPalette(colours);
        }
    };
    colour(m_help, quietColor(palette()));
    colour(m_problem, toneColor(items::Tone::Bad, palette()));
}

} // namespace earshot::widgets
