// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/triggers/triggerspanel.h"

#include "model/rpc/enums.h"
#include "widgets/emptystate.h"
#include "widgets/shell/glyphs.h"
#include "widgets/triggers/triggerdelegate.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QRegularExpression>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

using items::TriggerListModel;
using items::TriggerTreeModel;

enum StackPage { TreePage, EmptyPage };

/// Every word of the search somewhere, in any order.
QString patternOf(const QString &text)
{
    QString pattern;
    const QStringList words = text.split(u' ', Qt::SkipEmptyParts);
    for (const QString &word : words) {
        pattern += u"(?=.*"_s + QRegularExpression::escape(word) + u')';
    }
    return pattern;
}

} // namespace

TriggersPanel::TriggersPanel(items::TriggerListModel &model, QWidget *parent)
    : QWidget(parent)
    , m_model(model)
    , m_treeModel(model)
    , m_search(new QLineEdit(this))
    , m_new(new QToolButton(this))
    , m_stack(new QStackedWidget(this))
    , m_tree(new QTreeView(this))
    , m_empty(new EmptyState({}, {}, this))
{
    m_found.setSourceModel(&m_treeModel);
    m_found.setFilterRole(TriggerTreeModel::SearchRole);
    m_found.setRecursiveFilteringEnabled(true);

    m_search->setPlaceholderText(tr("Search triggers"));
    m_search->setAccessibleName(tr("Search triggers"));
    m_search->setClearButtonEnabled(true);
    m_search->addAction(glyphIcon(Glyph::Search), QLineEdit::LeadingPosition);
    m_new->setIcon(glyphIcon(Glyph::Plus));
    m_new->setToolTip(tr("New trigger (%1)")
                          .arg(QKeySequence(QKeySequence::New).toString(QKeySequence::NativeText)));
    m_new->setAccessibleName(tr("New trigger"));
    m_new->setAutoRaise(true);

    m_tree->setModel(&m_found);
    auto *delegate = new TriggerDelegate(m_tree);
    m_tree->setItemDelegate(delegate);
    m_tree->setHeaderHidden(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setIndentation(14);
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->setDragEnabled(true);
    m_tree->setAcceptDrops(true);
    m_tree->setDropIndicatorShown(true);
    m_tree->setDragDropMode(QAbstractItemView::DragDrop);
    m_tree->setDefaultDropAction(Qt::MoveAction);
    m_tree->setAutoExpandDelay(600);
    m_tree->setAccessibleName(tr("Triggers"));
    m_tree->installEventFilter(this);
    m_search->installEventFilter(this);
    m_stack->addWidget(m_tree);
    m_stack->addWidget(m_empty);

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(8, 8, 6, 6);
    bar->setSpacing(4);
    bar->addWidget(m_search, 1);
    bar->addWidget(m_new);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_stack, 1);

    connect(m_search, &QLineEdit::textChanged, this, &TriggersPanel::onSearch);
    connect(m_new, &QToolButton::clicked, this, &TriggersPanel::newRequested);
    connect(m_empty, &EmptyState::triggered, m_search, &QLineEdit::clear);
    connect(delegate, &TriggerDelegate::switchClicked, this, &TriggersPanel::toggle);
    connect(m_tree->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        if (const QString path = highlighted(); !path.isEmpty()) {
            emit triggerSelected(path);
        }
    });
    connect(m_tree, &QTreeView::clicked, this, [this](const QModelIndex &index) {
        if (index.data(TriggerTreeModel::IsFolderRole).toBool()) {
            m_tree->setExpanded(index, !m_tree->isExpanded(index));
        }
    });
    connect(m_tree, &QTreeView::customContextMenuRequested, this, [this](const QPoint &pos) {
        const QModelIndex index = m_tree->indexAt(pos);
        if (index.isValid() && !index.data(TriggerTreeModel::IsFolderRole).toBool()) {
            emit menuRequested(index.data(TriggerListModel::PathRole).toString(),
                m_tree->viewport()->mapToGlobal(pos));
        }
    });
    connect(&m_treeModel, &TriggerTreeModel::moveRequested, this, &TriggersPanel::moveRequested);
    // New folders are open; those somebody closed stay closed.
    connect(&m_found, &QAbstractItemModel::rowsInserted, this,
        [this](const QModelIndex &folder, int first, int last) {
            for (int row = first; row <= last; ++row) {
                m_tree->expandRecursively(m_found.index(row, 0, folder));
            }
            m_tree->expand(folder);
            updateEmpty();
        });
    connect(&m_found, &QAbstractItemModel::rowsRemoved, this, &TriggersPanel::updateEmpty);
    m_tree->expandAll();
    updateEmpty();
}

bool TriggersPanel::select(const QString &path)
{
    const QModelIndex source = m_treeModel.indexOf(path);
    if (!source.isValid()) {
        return false;
    }
    if (!m_found.mapFromSource(source).isValid()) {
        m_search->clear();
    }
    const QModelIndex index = m_found.mapFromSource(source);
    if (m_tree->currentIndex() == index && m_tree->selectionModel()->isSelected(index)) {
        return true;
    }
    m_tree->setCurrentIndex(index);
    m_tree->scrollTo(index);
    return true;
}

void TriggersPanel::clearHighlight()
{
    m_tree->clearSelection();
}

QString TriggersPanel::highlighted() const
{
    const QModelIndexList selected = m_tree->selectionModel()->selectedIndexes();
    if (selected.isEmpty() || selected.constFirst().data(TriggerTreeModel::IsFolderRole).toBool()) {
        return {};
    }
    return selected.constFirst().data(TriggerListModel::PathRole).toString();
}

void TriggersPanel::setConnected(bool connected)
{
    m_connected = connected;
    m_new->setEnabled(connected);
    updateEmpty();
}

void TriggersPanel::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void TriggersPanel::onSearch(const QString &text)
{
    m_found.setFilterRegularExpression(
        QRegularExpression(patternOf(text), QRegularExpression::CaseInsensitiveOption));
    m_tree->expandAll();
    updateEmpty();
}

void TriggersPanel::updateEmpty()
{
    const bool searching = !m_search->text().isEmpty();
    m_empty->setSentence(searching ? tr("No trigger has this in its path, address or script.")
                                   : tr("No triggers yet."));
    m_empty->setAction(searching ? tr("Show all") : QString());
    const bool showTree = m_found.rowCount() > 0 || (!m_connected && !searching);
    m_stack->setCurrentIndex(showTree ? TreePage : EmptyPage);
}

void TriggersPanel::toggle(const QModelIndex &index)
{
    const bool on
        = index.data(TriggerListModel::ModeRole).toInt() != static_cast<int>(TriggerMode::Disabled);
    emit switchRequested(index.data(TriggerListModel::PathRole).toString(), !on);
}

bool TriggersPanel::onKey(int key, Qt::KeyboardModifiers modifiers)
{
    const QString path = highlighted();
    if (path.isEmpty() || modifiers != Qt::NoModifier) {
        return false;
    }
    switch (key) {
    case Qt::Key_Space:
        toggle(m_tree->currentIndex());
        return true;
    case Qt::Key_Delete:
        emit deleteRequested(path);
        return true;
    case Qt::Key_F2:
        emit renameRequested(path);
        return true;
    default:
        return false;
    }
}

bool TriggersPanel::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (watched == m_tree && onKey(key->key(), key->modifiers())) {
            return true;
        }
        if (watched == m_search && (key->key() == Qt::Key_Down || key->key() == Qt::Key_Return)) {
            m_tree->setFocus(Qt::ShortcutFocusReason);
            return true;
        }
        if (watched == m_search && key->key() == Qt::Key_Escape && !m_search->text().isEmpty()) {
            m_search->clear();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace earshot::widgets
