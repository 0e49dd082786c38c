// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/filterseditor.h"

#include "model/items/displaytext.h"
#include "widgets/appearance.h"
#include "widgets/configure/filterdelegate.h"
#include "widgets/configure/jsoneditor.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

using Kind = items::FilterNode::Kind;
using Model = items::FilterModel;

constexpr int kFewestRows = 3;
constexpr int kMostRows = 12;
constexpr int kSampleRows = 8;

int visibleRows(const QTreeView *tree, const QModelIndex &parent)
{
    int rows = 0;
    for (int row = 0; row < tree->model()->rowCount(parent); ++row) {
        const QModelIndex index = tree->model()->index(row, 0, parent);
        rows += 1 + (tree->isExpanded(index) ? visibleRows(tree, index) : 0);
    }
    return rows;
}

} // namespace

FiltersEditor::FiltersEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_tree(new QTreeView(this))
    , m_text(new JsonEditor(JsonEditor::Size::Field, this))
    , m_stack(new QStackedWidget(this))
    , m_logic(new QComboBox(this))
    , m_asText(new QToolButton(this))
    , m_verdict(new QLabel(this))
    , m_try(new QPushButton(tr("Try on real messages"), this))
    , m_samples(new QListWidget(this))
{
    if (const items::Field *logic = items::findField(u"filter_logic")) {
        for (const auto &[value, words] : logic->choices) {
            m_logic->addItem(words, value);
        }
    }
    m_logic->setAccessibleName(tr("How many conditions must match"));
    m_asText->setText(tr("As text"));
    m_asText->setCheckable(true);
    m_asText->setFocusPolicy(Qt::StrongFocus);
    m_tree->setModel(&m_model);
    m_tree->setItemDelegate(new FilterDelegate(m_tree));
    m_tree->setAccessibleName(tr("Conditions"));
    m_tree->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed
        | QAbstractItemView::AnyKeyPressed | QAbstractItemView::SelectedClicked);
    m_tree->setTabKeyNavigation(false);
    m_tree->setUniformRowHeights(true);
    m_tree->setSelectionBehavior(QAbstractItemView::SelectItems);
    m_tree->header()->setStretchLastSection(true);
    m_tree->header()->setSectionsMovable(false);
    m_text->setAccessibleName(tr("Filters as JSON"));
    m_stack->addWidget(m_tree);
    m_stack->addWidget(m_text);
    m_verdict->setTextFormat(Qt::PlainText);
    m_verdict->setWordWrap(true);
    m_verdict->setMinimumWidth(1);
    m_try->setCheckable(true);
    m_try->setToolTip(tr("Show the last messages that match and that do not, and why"));
    m_samples->setAccessibleName(tr("Last messages, and why they match or not"));
    m_samples->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_samples->setTextElideMode(Qt::ElideRight);
    m_samples->hide();

    auto *head = new QHBoxLayout;
    head->setSpacing(6);
    head->addWidget(new QLabel(tr("Run when"), this));
    head->addWidget(m_logic);
    head->addStretch(1);
    head->addWidget(m_asText);
    auto *tail = new QHBoxLayout;
    tail->setSpacing(6);
    tail->addWidget(m_verdict, 1);
    tail->addWidget(m_try);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(head);
    layout->addWidget(m_stack);
    layout->addWidget(makeButtons());
    layout->addLayout(tail);
    layout->addWidget(m_samples);
    setFocusProxy(m_tree);

    m_trySoon.setSingleShot(true);
    m_trySoon.setInterval(300ms);
    connect(&m_trySoon, &QTimer::timeout, this, &FiltersEditor::tryFilters);
    connect(&m_model, &Model::edited, this, &FiltersEditor::writeTree);
    connect(&m_model, &QAbstractItemModel::modelReset, m_tree, &QTreeView::expandAll);
    connect(m_text, &JsonEditor::edited, this, [this] {
        const QByteArray text = m_text->utf8();
        // Text that is no JSON cannot stand in the document; it stays here until it is whole.
        if (JsonText::parse(text, DuplicateKeys::Accept)) {
            m_writing = true;
            write(text);
            m_writing = false;
            m_model.setFilters(text);
        } else {
            m_verdict->setText(tr("The text is not JSON yet, so it is not in the document."));
        }
    });
    connect(m_logic, &QComboBox::activated, this, [this](int index) {
        m_context.document.endStep();
        write({u"filter_logic"_s}, toJsonString(m_logic->itemData(index).toString()));
        m_context.document.endStep();
    });
    connect(m_asText, &QToolButton::clicked, this, &FiltersEditor::setTextShown);
    connect(m_try, &QPushButton::toggled, this, [this](bool shown) {
        m_samples->setVisible(shown);
        m_triedFilters.clear();
        tryFilters();
    });
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this,
        &FiltersEditor::updateButtons);
    connect(m_tree, &QTreeView::expanded, this, &FiltersEditor::fitHeight);
    connect(m_tree, &QTreeView::collapsed, this, &FiltersEditor::fitHeight);
    constexpr int kKindWidth = 110;
    constexpr int kFieldWidth = 170;
    m_tree->setColumnWidth(Model::KindColumn, kKindWidth);
    m_tree->setColumnWidth(Model::FieldColumn, kFieldWidth);
    fitHeight();
    updateButtons();
}

QWidget *FiltersEditor::makeButtons()
{
    auto *bar = new QWidget(this);
    auto *layout = new QHBoxLayout(bar);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    m_add = new QPushButton(tr("Add condition"), bar);
    layout->addWidget(m_add);
    connect(m_add, &QPushButton::clicked, this, [this] {
        const QModelIndex added = m_model.add(Kind::Key, m_tree->currentIndex());
        m_tree->expandAll();
        const QModelIndex field = added.siblingAtColumn(Model::FieldColumn);
        m_tree->setCurrentIndex(field);
        m_tree->edit(field);
    });
    const auto tool = [bar, layout](const QString &text, const QString &name) {
        auto *button = new QToolButton(bar);
        button->setText(text);
        button->setAccessibleName(name);
        button->setToolTip(name);
        button->setFocusPolicy(Qt::StrongFocus);
        layout->addWidget(button);
        return button;
    };
    m_addGroup = tool(tr("Add group"), tr("Add a group of conditions"));
    m_addGroup->setPopupMode(QToolButton::InstantPopup);
    auto *groups = new QMenu(m_addGroup);
    for (const Kind kind : {Kind::AnyOf, Kind::AllOf, Kind::NoneOf}) {
        groups->addAction(Model::kindText(kind), this, [this, kind] {
            const QModelIndex added = m_model.add(kind, m_tree->currentIndex());
            m_tree->expandAll();
            m_tree->setCurrentIndex(added);
        });
    }
    groups->addSeparator();
    for (const Kind kind : {Kind::AnyOf, Kind::AllOf, Kind::NoneOf}) {
        groups->addAction(
            tr("%1, around the selected one").arg(Model::kindText(kind)), this, [this, kind] {
                const QModelIndex group
                    = m_model.wrap(m_tree->currentIndex().siblingAtColumn(0), kind);
                m_tree->expandAll();
                m_tree->setCurrentIndex(group);
            });
    }
    m_addGroup->setMenu(groups);
    m_remove = tool(tr("Remove"), tr("Remove the selected one"));
    m_up = tool(u"↑"_s, tr("Move up"));
    m_down = tool(u"↓"_s, tr("Move down"));
    layout->addStretch(1);
    const auto removeCurrent
        = [this] { m_model.remove(m_tree->currentIndex().siblingAtColumn(0)); };
    connect(m_remove, &QToolButton::clicked, this, removeCurrent);
    connect(new QShortcut(QKeySequence::Delete, m_tree, nullptr, nullptr, Qt::WidgetShortcut),
        &QShortcut::activated, this, removeCurrent);
    connect(m_up, &QToolButton::clicked, this, [this] {
        m_tree->setCurrentIndex(m_model.move(m_tree->currentIndex().siblingAtColumn(0), -1));
    });
    connect(m_down, &QToolButton::clicked, this, [this] {
        m_tree->setCurrentIndex(m_model.move(m_tree->currentIndex().siblingAtColumn(0), 1));
    });
    return bar;
}

void FiltersEditor::updateButtons()
{
    const bool tree = m_stack->currentWidget() == m_tree;
    const QModelIndex current = m_tree->currentIndex();
    m_add->setEnabled(tree);
    m_addGroup->setEnabled(tree);
    m_remove->setEnabled(tree && current.isValid());
    m_up->setEnabled(tree && m_model.canMove(current, -1));
    m_down->setEnabled(tree && m_model.canMove(current, 1));
}

void FiltersEditor::setTextShown(bool text)
{
    m_asText->setChecked(text);
    m_stack->setCurrentWidget(text ? static_cast<QWidget *>(m_text) : m_tree);
    setFocusProxy(m_stack->currentWidget());
    fitHeight();
    updateButtons();
}

void FiltersEditor::fitHeight()
{
    const int row = m_tree->sizeHintForRow(0) > 0 ? m_tree->sizeHintForRow(0)
                                                  : m_tree->fontMetrics().lineSpacing() + 6;
    const int rows = std::clamp(visibleRows(m_tree, {}), kFewestRows, kMostRows);
    const int height
        = rows * row + m_tree->header()->sizeHint().height() + 2 * m_tree->frameWidth() + 2;
    m_tree->setFixedHeight(height);
    m_stack->setFixedHeight(m_stack->currentWidget() == m_tree ? height : m_text->height());
}

void FiltersEditor::writeTree()
{
    m_writing = true;
    m_context.document.endStep();
    write(m_model.filters());
    m_context.document.endStep();
    m_writing = false;
    refresh();
}

void FiltersEditor::refresh()
{
    const QByteArray filters = m_context.document.raw(m_field.path()).value_or("[]"_ba);
    const QByteArray logic = m_context.document.shown({u"filter_logic"_s}).toUtf8();
    if (!m_writing) {
        m_model.setFilters(filters);
        if (!m_text->hasFocus() || JsonText::parse(m_text->utf8(), DuplicateKeys::Accept)) {
            m_text->showText(filters);
        }
    }
    m_logic->setCurrentIndex(logic == "or" ? 1 : 0);
    fitHeight();
    updateButtons();
    if (m_triedFilters != filters + '\n' + logic) {
        m_trySoon.start();
    }
}

QWidget *FiltersEditor::inputFor(const items::JsonPath &path) const
{
    const QModelIndex index = m_model.indexAt(path.size() > 1 ? path.sliced(1) : items::JsonPath());
    if (index.isValid()) {
        m_tree->setCurrentIndex(index.siblingAtColumn(Model::FieldColumn));
    }
    return focusProxy();
}

void FiltersEditor::setTrigger(const QString &path)
{
    m_trigger = path;
    m_triedFilters.clear();
    m_samples->clear();
    m_verdict->clear();
    m_try->setChecked(false);
}

void FiltersEditor::showEvent(QShowEvent *event)
{
    FieldEditor::showEvent(event);
    m_triedFilters.clear(); // messages came meanwhile
    m_trySoon.start();
}

void FiltersEditor::tryFilters()
{
    // Asked for what is looked at only.
    if (m_trigger.isEmpty() || !m_context.client.isReady() || !isVisible()) {
        return;
    }
    const QByteArray filters = m_context.document.raw(m_field.path()).value_or("[]"_ba);
    const QByteArray logic = m_context.document.shown({u"filter_logic"_s}).toUtf8();
    m_triedFilters = filters + '\n' + logic;
    rpc::FilterTest::Params params{.trigger = m_trigger,
        .filters = QString::fromUtf8(filters),
        .logic = logic == "or" ? u"or"_s : u"and"_s,
        .limit = {},
        .sample = m_try->isChecked() ? rpc::FilterTest::kDefaultSample : 0};
    m_context.client.call<rpc::FilterTest>(
        params, this, [this, tries = ++m_tries](const Result<rpc::FilterTest::Result> &tried) {
            if (tries == m_tries) {
                showTried(tried);
            }
        });
}

void FiltersEditor::showTried(const Result<rpc::FilterTest::Result> &tried)
{
    m_samples->clear();
    if (!tried) {
        m_verdict->setText(tr("Not tried: %1").arg(tried.error().message));
        return;
    }
    const QLocale locale;
    m_verdict->setText(tried->examined == 0
            ? tr("No message has come yet to try this on.")
            : tr("Matches %1 of the last %2 messages.")
                  .arg(locale.toString(tried->matched), locale.toString(tried->examined)));
    for (const auto &rows : {tried->matching, tried->others}) {
        for (const rpc::TriedMessage &row : rows) {
            QStringList why;
            for (const rpc::FilterReason &reason : row.reasons) {
                why += QString((reason.passed ? u"✓ "_s : u"✗ "_s) + items::oneLine(reason.text));
            }
            if (!row.problem.isEmpty()) {
                why.prepend(row.problem);
            }
            auto *item = new QListWidgetItem(
                QString((row.matches ? u"✓ "_s : u"✗ "_s) + items::oneLine(row.preview)),
                m_samples);
            item->setToolTip(why.join(u'\n').toHtmlEscaped());
            item->setForeground(
                toneColor(row.matches ? items::Tone::Good : items::Tone::Quiet, palette()));
            if (!why.isEmpty()) {
                auto *reason
                    = new QListWidgetItem(QString(u"      "_s + why.join(u"  "_s)), m_samples);
                reason->setForeground(quietColor(palette()));
            }
        }
    }
    const int row = m_samples->fontMetrics().lineSpacing() + 4;
    m_samples->setFixedHeight(std::clamp(m_samples->count(), 1, kSampleRows) * row + 6);
}

QString FiltersEditor::verdict() const
{
    return m_verdict->text();
}

} // namespace earshot::widgets
