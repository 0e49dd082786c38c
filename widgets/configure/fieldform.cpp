// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/fieldform.h"

#include "widgets/appearance.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kSectionsWidth = 132;
constexpr int kFormWidth = 860; ///< wider lines are hard to read

} // namespace

FieldForm::FieldForm(const FieldContext &context, QWidget *parent)
    : QWidget(parent)
    , m_context(context)
    , m_search(new QLineEdit(this))
    , m_sections(new QListWidget(this))
    , m_area(new QScrollArea(this))
    , m_nothing(new QLabel(this))
{
    m_search->setPlaceholderText(tr("Find a field"));
    m_search->setAccessibleName(tr("Find a field"));
    m_search->setClearButtonEnabled(true);
    m_sections->setAccessibleName(tr("Sections"));
    m_sections->setFrameShape(QFrame::NoFrame);
    m_sections->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_area->setWidgetResizable(true);
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_nothing->setText(tr("No field is called so."));
    m_nothing->hide();

    auto *content = new QWidget(m_area);
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(16, 12, 16, 24);
    column->setSpacing(26);
    column->addWidget(m_nothing);
    for (int i = 0; i < items::kFieldSections; ++i) {
        m_sections->addItem(items::sectionTitle(items::FieldSection(i)));
        m_sections->item(i)->setSizeHint({kSectionsWidth, fontMetrics().lineSpacing() + 8});
        m_parts.append(Section{});
        column->addWidget(makeSection(i, content));
    }
    column->addStretch(1);
    content->setMaximumWidth(kFormWidth);
    m_area->setWidget(content);
    // Above, the focus order is that of construction: form first.
    setTabOrder(m_search, m_sections);

    auto *left = new QVBoxLayout;
    left->setContentsMargins(8, 8, 0, 8);
    left->setSpacing(6);
    left->addWidget(m_search);
    left->addWidget(m_sections, 1);
    m_search->setFixedWidth(kSectionsWidth);
    m_sections->setFixedWidth(kSectionsWidth);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(left);
    layout->addWidget(m_area, 1);

    connect(&context.document, &DocumentEditor::changed, this, &FieldForm::refresh);
    connect(m_search, &QLineEdit::textChanged, this, &FieldForm::filterRows);
    connect(m_search, &QLineEdit::returnPressed, this, [this] {
        for (const Section &part : std::as_const(m_parts)) {
            for (FieldRow *row : part.rows) {
                if (!row->isHidden()) {
                    reveal(row->field().path());
                    return;
                }
            }
        }
    });
    connect(m_sections, &QListWidget::currentRowChanged, this, &FieldForm::showSection);
    connect(m_area->verticalScrollBar(), &QScrollBar::valueChanged, this, &FieldForm::onScrolled);
    m_sections->setCurrentRow(0);
    showSectionTitles();
}

QWidget *FieldForm::makeSection(int index, QWidget *parent)
{
    const auto section = items::FieldSection(index);
    Section &part = m_parts[index];
    part.box = new QWidget(parent);
    auto *layout = new QVBoxLayout(part.box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    auto *title = new QLabel(items::sectionTitle(section), part.box);
    title->setTextFormat(Qt::PlainText);
    QFont large = title->font();
    large.setPointSizeF(large.pointSizeF() * 1.3);
    large.setWeight(QFont::DemiBold);
    title->setFont(large);
    auto *help = new QLabel(items::sectionHelp(section), part.box);
    help->setTextFormat(Qt::PlainText);
    help->setWordWrap(true);
    auto *head = new QVBoxLayout;
    head->setSpacing(2);
    head->addWidget(title);
    head->addWidget(help);
    layout->addLayout(head);
    for (const items::Field &field : items::fieldTable()) {
        if (field.section != section || !field.hasRow()) {
            continue;
        }
        auto *row = new FieldRow(m_context, field, part.box);
        connect(row->editor(), &FieldEditor::scriptRequested, this, &FieldForm::scriptRequested);
        for (QWidget *input : row->findChildren<QWidget *>()) {
            // A wheel over a box that has not the focus scrolls the page and changes nothing.
            if (qobject_cast<QComboBox *>(input) || qobject_cast<QAbstractSpinBox *>(input)) {
                input->installEventFilter(this);
            }
        }
        layout->addWidget(row);
        part.rows.append(row);
        m_byKey.insert(field.key, row);
    }
    const auto kept = std::ranges::count_if(
        part.rows, [](const FieldRow *row) { return !row->field().active; });
    if (kept > 0) {
        part.inactive = new QToolButton(part.box);
        part.inactive->setCheckable(true);
        part.inactive->setAutoRaise(true);
        part.inactive->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        part.inactive->setArrowType(Qt::RightArrow);
        part.inactive->setFocusPolicy(Qt::StrongFocus);
        part.inactive->setText(
            tr("%n field(s) that this version keeps and does not act on", nullptr, int(kept)));
        layout->addWidget(part.inactive, 0, Qt::AlignLeft);
        connect(
            part.inactive, &QToolButton::toggled, this, [this, button = part.inactive](bool on) {
                button->setArrowType(on ? Qt::DownArrow : Qt::RightArrow);
                filterRows();
            });
    }
    return part.box;
}

bool FieldForm::eventFilter(QObject *watched, QEvent *event)
{
    auto *widget = qobject_cast<QWidget *>(watched);
    if (event->type() == QEvent::Wheel && widget != nullptr && !widget->hasFocus()) {
        event->ignore();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void FieldForm::setTrigger(const QString &path)
{
    for (FieldRow *row : std::as_const(m_byKey)) {
        row->editor()->setTrigger(path);
    }
    showProblems({});
    m_revealed.clear();
    m_area->verticalScrollBar()->setValue(0);
}

void FieldForm::refresh()
{
    for (FieldRow *row : std::as_const(m_byKey)) {
        row->refresh();
    }
    m_area->widget()->setEnabled(!m_context.document.syntaxError());
    filterRows();
}

/// Members of an object that is not there are not shown, nor are fields without a meaning yet;
/// somebody who looks for them finds them.
bool FieldForm::isShown(const FieldRow &row, const Section &part, const QString &search) const
{
    const items::Field &field = row.field();
    if (!search.isEmpty()) {
        return field.matches(search);
    }
    if (field.key == m_revealed || m_context.document.node(field.path()) != nullptr) {
        return true;
    }
    const FieldRow *holder = m_byKey.value(field.key.section(u'.', 0, 0));
    const bool isMember
        = holder != nullptr && holder != &row && holder->field().kind == items::FieldKind::Presence;
    if (isMember) {
        const JsonNode *object = m_context.document.node(holder->field().path());
        return object != nullptr && !object->isNull();
    }
    return field.active || part.inactive->isChecked();
}

void FieldForm::showProblems(const QList<rpc::Problem> &problems)
{
    QHash<const items::Field *, QStringList> texts;
    for (const rpc::Problem &problem : problems) {
        if (const items::Field *field = items::fieldAt(items::fromPointer(problem.pointer))) {
            texts[field] += problem.detail.isEmpty() ? problem.message
                                                     : problem.message + u'\n' + problem.detail;
        }
    }
    for (Section &part : m_parts) {
        part.problems = 0;
        for (FieldRow *row : std::as_const(part.rows)) {
            const QStringList found = texts.value(&row->field());
            part.problems += int(found.size());
            row->setProblem(found.join(u'\n'));
        }
    }
    showSectionTitles();
}

void FieldForm::showSectionTitles()
{
    for (int i = 0; i < items::kFieldSections; ++i) {
        const QString title = items::sectionTitle(items::FieldSection(i));
        const int problems = m_parts.at(i).problems;
        QListWidgetItem *item = m_sections->item(i);
        item->setText(problems > 0 ? tr("%1 (%2)").arg(title).arg(problems) : title);
        item->setData(Qt::AccessibleTextRole,
            problems > 0 ? tr("%1, %n problem(s)", nullptr, problems).arg(title) : title);
        item->setData(Qt::ForegroundRole,
            problems > 0 ? QVariant(toneColor(items::Tone::Bad, palette())) : QVariant());
    }
}

bool FieldForm::reveal(const items::JsonPath &path)
{
    const items::Field *field = items::fieldAt(path);
    FieldRow *found = field == nullptr ? nullptr : m_byKey.value(field->key);
    if (found == nullptr) {
        return false;
    }
    m_revealed = field->key;
    if (found->isHidden()) {
        m_search->clear();
        filterRows();
    }
    QWidget *input = found->editor()->inputFor(path);
    if (input == nullptr) {
        input = found->editor();
    }
    // Rows that were just shown have no place yet.
    m_area->widget()->layout()->activate();
    m_area->ensureWidgetVisible(found, 0, 40);
    m_area->ensureWidgetVisible(input, 0, 40);
    input->setFocus(Qt::OtherFocusReason);
    return true;
}

void FieldForm::filterRows()
{
    const QString search = m_search->text().trimmed();
    bool any = false;
    for (int i = 0; i < m_parts.size(); ++i) {
        bool anyHere = false;
        for (FieldRow *row : std::as_const(m_parts[i].rows)) {
            const bool shown = isShown(*row, m_parts.at(i), search);
            if (row->isHidden() == shown) {
                row->setVisible(shown);
            }
            anyHere = anyHere || shown;
        }
        if (QWidget *inactive = m_parts.at(i).inactive) {
            inactive->setVisible(search.isEmpty());
            anyHere = anyHere || search.isEmpty();
        }
        m_parts.at(i).box->setVisible(anyHere);
        m_sections->item(i)->setHidden(!anyHere);
        any = any || anyHere;
    }
    m_nothing->setVisible(!any);
}

void FieldForm::showSection(int index)
{
    if (index >= 0 && index < m_parts.size()) {
        m_area->widget()->layout()->activate();
        m_area->verticalScrollBar()->setValue(m_parts.at(index).box->y() - 8);
    }
}

void FieldForm::onScrolled()
{
    const int top = m_area->verticalScrollBar()->value();
    int current = 0;
    for (int i = 0; i < m_parts.size(); ++i) {
        if (!m_parts.at(i).box->isHidden() && m_parts.at(i).box->y() - 40 <= top) {
            current = i;
        }
    }
    // At the very end the last section may not reach the top: a click on it must still hold.
    const bool atEnd = top == m_area->verticalScrollBar()->maximum();
    if (!(atEnd && m_sections->currentRow() > current)) {
        const QSignalBlocker quiet(m_sections);
        m_sections->setCurrentRow(current);
    }
}

} // namespace earshot::widgets
