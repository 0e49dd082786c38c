// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/problemsbar.h"

#include "model/items/displaytext.h"
#include "model/items/fieldtable.h"
#include "model/triggerkeys.h"
#include "widgets/appearance.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kPointerRole = Qt::UserRole;
constexpr int kMostRows = 6;

} // namespace

ProblemsBar::ProblemsBar(QWidget *parent)
    : QWidget(parent)
    , m_open(new QToolButton(this))
    , m_summary(new QLabel(this))
    , m_list(new QListWidget(this))
{
    m_open->setCheckable(true);
    m_open->setAutoRaise(true);
    m_open->setArrowType(Qt::RightArrow);
    m_open->setAccessibleName(tr("Show the problems"));
    m_summary->setTextFormat(Qt::PlainText);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setWordWrap(true);
    m_list->setSpacing(2);
    m_list->setAccessibleName(tr("Problems"));
    m_list->hide();
    auto *head = new QHBoxLayout;
    head->setContentsMargins(8, 2, 8, 2);
    head->addWidget(m_open);
    head->addWidget(m_summary, 1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(head);
    layout->addWidget(m_list);
    connect(m_open, &QToolButton::toggled, this, [this](bool open) {
        m_open->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        m_list->setVisible(open);
    });
    const auto activate
        = [this](QListWidgetItem *item) { emit activated(item->data(kPointerRole).toString()); };
    connect(m_list, &QListWidget::itemClicked, this, activate);
    connect(m_list, &QListWidget::itemActivated, this, activate);
    clear();
}

void ProblemsBar::clear()
{
    m_list->clear();
    m_summary->clear();
    m_open->setChecked(false);
    m_open->setEnabled(false);
}

QString ProblemsBar::summary() const
{
    return m_summary->text();
}

void ProblemsBar::showValidation(const rpc::Validation &validation)
{
    const int row = m_list->currentRow();
    m_list->clear();
    const auto add = [this](const QString &text, items::Tone tone, const QString &pointer) {
        auto *item = new QListWidgetItem(text, m_list);
        item->setForeground(toneColor(tone, palette()));
        item->setData(kPointerRole, pointer);
    };
    for (const rpc::Problem &problem : validation.problems) {
        add(problem.detail.isEmpty() ? problem.message : problem.message + u'\n' + problem.detail,
            items::Tone::Bad, problem.pointer);
    }
    for (const QString &key : validation.inactiveKeys) {
        QString pointer = u'/' + key;
        pointer.replace(u'.', u'/').replace(u'[', u'/').remove(u']');
        add(describeInactiveKey(key), items::Tone::Warning, pointer);
    }
    m_list->setCurrentRow(std::min(row, m_list->count() - 1));
    const auto problems = int(validation.problems.size());
    const auto kept = int(validation.inactiveKeys.size());
    QStringList parts;
    if (problems > 0) {
        parts += tr("%n problem(s): %1", nullptr, problems)
                     .arg(items::oneLine(validation.problems.constFirst().message));
    }
    if (kept > 0) {
        parts += tr("%n key(s) kept but not active", nullptr, kept);
    }
    m_summary->setText(parts.isEmpty() ? tr("No problems.") : parts.join(u" · "_s));
    // Never wider than the window, whatever a value says.
    m_summary->setMinimumWidth(1);
    m_summary->setToolTip(m_summary->text());
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText,
        toneColor(problems > 0 ? items::Tone::Bad
                : kept > 0     ? items::Tone::Warning
                               : items::Tone::Good,
            palette()));
    m_summary->setPalette(colours);
    m_open->setEnabled(m_list->count() > 0);
    if (m_list->count() == 0) {
        m_open->setChecked(false);
    }
    const int rowHeight = fontMetrics().lineSpacing() + 8;
    m_list->setFixedHeight(std::clamp(m_list->count(), 1, kMostRows) * rowHeight + 6);
}

} // namespace earshot::widgets
