// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/live/livepage.h"

#include "model/items/displaytext.h"
#include "model/jsontext.h"
#include "widgets/appearance.h"
#include "widgets/emptystate.h"
#include "widgets/live/composer.h"
#include "widgets/live/detailview.h"
#include "widgets/live/filterbar.h"
#include "widgets/live/livefeeder.h"
#include "widgets/live/rowactions.h"
#include "widgets/live/threadview.h"
#include "widgets/messagetable.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QScrollBar>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

using Model = items::LiveMessageModel;

namespace {

/// Rows of the past that a filter which finds little may have read without being asked.
constexpr std::size_t kMaxUnasked = 20'000;

} // namespace

LivePage::LivePage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_client(context.client)
    , m_clock(context.clock)
    , m_model(context.clock)
    , m_feeder(new LiveFeeder(context.client, m_model, this))
    , m_actions(new RowActions(context.client, this))
    , m_stack(new QStackedWidget(this))
    , m_table(new MessageTable(this))
    , m_empty(new EmptyState({}, {}, this))
    , m_filter(new FilterBar(this))
    , m_detail(new DetailView(context.client, this))
    , m_composer(new Composer(context.client, this))
    , m_pause(new QToolButton(this))
    , m_collapse(new QToolButton(this))
    , m_follow(new QToolButton(this))
    , m_hint(new QLabel(this))
{
    buildTable();
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_table);
    auto *splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_stack);
    splitter->addWidget(m_detail);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setSizes({300, 200});
    splitter->setChildrenCollapsible(false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(buildBar());
    layout->addWidget(splitter, 1);
    layout->addWidget(m_composer);
    connectParts();
    connectRows();
    QSettings settings;
    setPathColumns(settings.value(u"live/columns"_s).toStringList());
    for (const QString &hidden : settings.value(u"live/hidden_columns"_s).toStringList()) {
        m_hidden.insert(hidden.toInt());
    }
    showColumns();
}

LivePage::~LivePage()
{
    // Parts that go first still tell the model's views.
    m_table->disconnect(this);
    m_model.disconnect(this);
}

void LivePage::buildTable()
{
    m_table->setModel(&m_model);
    auto *delegate
        = new ToneDelegate(Model::ToneRole, Model::StateColumn, Model::PreviewColumn, m_table);
    delegate->setMarkRole(Model::HitRole);
    delegate->setDirection(Model::DirectionRole, Model::DirectionColumn);
    m_table->setItemDelegate(delegate);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setAccessibleName(tr("Live messages"));
    const QFontMetrics metrics = m_table->fontMetrics();
    QHeaderView *header = m_table->horizontalHeader();
    const auto width = [&](int column, const QString &text) {
        header->resizeSection(column, metrics.horizontalAdvance(text) + 18);
    };
    width(Model::DirectionColumn, tr("Direction"));
    width(Model::TimeColumn, u"00:00:00.000"_s);
    width(Model::DeltaColumn, u"+999.99 ms"_s);
    width(Model::SizeColumn, u"999.9 kB"_s);
    width(Model::TypeColumn, u"heartbeat ×999"_s);
    width(Model::StateColumn, u"interrupted"_s);
    width(Model::LatencyColumn, u"999.99 ms"_s);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setSectionsMovable(true);
}

QWidget *LivePage::buildBar()
{
    m_pause->setText(tr("Pause"));
    m_pause->setCheckable(true);
    m_pause->setToolTip(tr("Stop showing; messages go on being received"));
    m_collapse->setText(tr("Collapse repeats"));
    m_collapse->setCheckable(true);
    m_collapse->setToolTip(tr("Show rows that repeat each other, and heartbeats, as one"));
    m_follow->setText(tr("Newest ↓"));
    m_follow->setToolTip(tr("Go to the end and follow it (End)"));
    m_follow->hide();
    auto *clear = new QToolButton(this);
    clear->setText(tr("Clear"));
    clear->setToolTip(tr("Empty this list; nothing is deleted"));
    m_hint->setTextFormat(Qt::PlainText);
    auto *bar = new QWidget(this);
    auto *line = new QHBoxLayout;
    line->setSpacing(6);
    line->addWidget(m_pause);
    line->addWidget(m_collapse);
    line->addWidget(clear);
    line->addWidget(m_hint, 1);
    line->addWidget(m_follow);
    auto *layout = new QVBoxLayout(bar);
    layout->setContentsMargins(8, 6, 8, 6);
    layout->setSpacing(6);
    layout->addLayout(line);
    layout->addWidget(m_filter);
    connect(clear, &QToolButton::clicked, this, [this] {
        m_model.clear();
        m_feeder->forgetLeftOut();
        m_current = 0;
        m_detail->clear();
        showHint();
    });
    return bar;
}

void LivePage::connectParts()
{
    connect(m_feeder, &LiveFeeder::leftOutChanged, this, &LivePage::showHint);
    connect(m_feeder, &LiveFeeder::failed, this, &LivePage::failed);
    connect(m_feeder, &LiveFeeder::olderLoaded, this, &LivePage::loadMoreIfNeeded);
    connect(m_feeder, &LiveFeeder::filtered, this, [this] {
        restoreCurrent();
        showHint();
        loadMoreIfNeeded();
    });
    connect(m_feeder, &LiveFeeder::runsChanged, this, [this](const QList<rpc::RunRow> &runs) {
        const items::LiveEntry *entry = m_model.entryAt(m_model.rowOfKey(m_current));
        if (entry != nullptr && entry->runId != 0
            && std::any_of(runs.begin(), runs.end(),
                [entry](const rpc::RunRow &run) { return run.id == entry->runId; })) {
            m_detail->thread()->setEntry(*entry, m_model.sentBy(entry->runId));
        }
    });
    connect(m_filter, &FilterBar::changed, this,
        [this](const MessageFilter &filter, Model::FilterMode mode) {
            m_feeder->setFilter(filter, mode);
            restoreCurrent();
            showHint();
        });
    connect(m_filter, &FilterBar::nextRequested, this, [this] { findHit(true); });
    connect(m_filter, &FilterBar::previousRequested, this, [this] { findHit(false); });
    connect(m_filter, &FilterBar::left, m_table, qOverload<>(&QWidget::setFocus));
    connect(m_detail, &DetailView::termRequested, m_filter, &FilterBar::addTerm);
    connect(m_detail, &DetailView::columnRequested, this, &LivePage::addColumn);
    connect(m_detail->thread(), &ThreadView::runActivated, this,
        [this](RunId run) { emit placeRequested({.page = Place::Page::Runs, .run = run}); });
    connect(m_detail->thread(), &ThreadView::entryActivated, this,
        [this](qint64 key) { select(m_model.rowOfKey(key)); });
    connect(m_detail->thread(), &ThreadView::originActivated, this, [this](RunId run) {
        const int row = m_model.rowOfRun(run);
        if (row >= 0) {
            select(row);
        } else {
            emit said(tr("The message of run %1 is not in the list.").arg(run));
        }
    });
    connect(m_actions, &RowActions::termRequested, m_filter, &FilterBar::addTerm);
    connect(m_actions, &RowActions::columnRequested, this, &LivePage::addColumn);
    connect(m_actions, &RowActions::placeRequested, this, &LivePage::placeRequested);
    connect(m_actions, &RowActions::said, this, &LivePage::said);
    connect(m_actions, &RowActions::failed, this, &LivePage::failed);
    connect(m_actions, &RowActions::composeRequested, this,
        [this](const QByteArray &body, bool binary) {
            const bool json = !binary && JsonText::parse(body, DuplicateKeys::Accept).has_value();
            m_composer->setText(binary ? QString::fromLatin1(body.toHex(' ')) : decodeUtf8(body),
                binary     ? Composer::Form::Binary
                    : json ? Composer::Form::Json
                           : Composer::Form::Text);
            m_composer->focusInput();
        });
    connect(m_composer, &Composer::failed, this, &LivePage::failed);
    connect(m_composer, &Composer::said, this, &LivePage::said);
    connect(m_empty, &EmptyState::triggered, this, &LivePage::enable);
}

void LivePage::connectRows()
{
    const auto showTable = [this] {
        m_stack->setCurrentIndex(m_model.storedCount() > 0 || !m_model.filter().isEmpty() ? 1 : 0);
    };
    connect(
        &m_model, &Model::rowsInserted, this, [this, showTable](const QModelIndex &, int first) {
            showTable();
            if (first == 0) {
                restoreCurrent();
            }
        });
    connect(&m_model, &Model::modelReset, this, [this, showTable] {
        showTable();
        restoreCurrent();
    });
    connect(&m_model, &Model::waitingChanged, this, &LivePage::showHint);
    connect(m_pause, &QToolButton::toggled, this, [this](bool paused) {
        m_model.setPaused(paused);
        m_pause->setText(paused ? tr("Resume") : tr("Pause"));
        showHint();
    });
    connect(m_collapse, &QToolButton::toggled, this,
        [this](bool collapsed) { m_model.setCollapsed(collapsed); });
    connect(m_table, &MessageTable::followingChanged, this, [this](bool following) {
        m_follow->setText(tr("Newest ↓"));
        m_follow->setVisible(!following || m_model.isDetached());
    });
    connect(m_table, &MessageTable::rowsBelow, this,
        [this](int count) { m_follow->setText(tr("%n new ↓", nullptr, count)); });
    connect(m_table, &MessageTable::nearTop, m_feeder, &LiveFeeder::loadOlder);
    connect(m_table, &MessageTable::endRequested, this, &LivePage::goToEnd);
    connect(m_table, &MessageTable::copyRequested, this,
        [this] { m_actions->copy(selectedEntries(), RowActions::Format::Raw); });
    connect(m_table, &MessageTable::menuRequested, this, &LivePage::showRowMenu);
    connect(m_table->horizontalHeader(), &QHeaderView::customContextMenuRequested, this,
        &LivePage::showHeaderMenu);
    connect(m_follow, &QToolButton::clicked, this, &LivePage::goToEnd);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &LivePage::showCurrent);
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex &index) {
        if (const RunId run = index.data(Model::RunIdRole).toLongLong(); run > 0) {
            emit placeRequested({.page = Place::Page::Runs, .run = run});
        }
    });
}

void LivePage::setTrigger(const QString &path)
{
    m_trigger = path;
    m_current = 0;
    m_wantedRun = 0;
    m_detail->clear();
    m_pause->setChecked(false);
    m_composer->setTrigger(path);
    m_actions->setTrigger(path, {}, {});
    m_feeder->setTrigger(path);
    m_table->follow();
    showHint();
}

void LivePage::onSummary(const rpc::TriggerSummary &summary)
{
    const bool off = summary.mode == TriggerMode::Disabled;
    const QString &error = summary.error.isEmpty() ? summary.session.error : summary.error;
    m_empty->setAction(off ? tr("Enable") : QString());
    if (summary.session.phase == rpc::SessionPhase::Ready) {
        m_empty->setSentence(tr("Connected. No message has come yet."));
    } else if (off && error.isEmpty()) {
        m_empty->setSentence(tr("This trigger is off. Enable it to connect and see its messages."));
    } else {
        m_empty->setSentence(
            tr("Not connected: %1.")
                .arg(error.isEmpty() ? items::stateText(summary, m_clock.wallMicros()) : error));
    }
    const QString url = summary.session.url.isEmpty() ? summary.url : summary.session.url;
    m_actions->setTrigger(m_trigger, url, summary.isFlow ? QString() : summary.runnable);
    m_filter->setCompletionTriggers({summary.path});
    m_composer->setConnected(summary.session.phase == rpc::SessionPhase::Ready
        || summary.session.phase == rpc::SessionPhase::Starting);
}

void LivePage::enable()
{
    m_client.call<rpc::TriggerSetMode>({.path = m_trigger, .mode = TriggerMode::Enabled}, this,
        [this](const Result<rpc::TriggerSummary> &result) {
            if (!result) {
                emit failed(result.error());
            }
        });
}

void LivePage::onReady()
{
    m_current = 0;
    m_feeder->onReady();
}

void LivePage::onLost()
{
    m_feeder->onLost();
    m_composer->setConnected(false);
}

void LivePage::showPlace(const Place &place)
{
    const int row
        = place.message != 0 ? m_model.rowOfKey(place.message) : m_model.rowOfRun(place.run);
    if (row >= 0) {
        select(row);
    } else if (place.message != 0 || place.run != 0) {
        // Perhaps what is loaded next brings it.
        m_current = place.message;
        m_wantedRun = place.run;
    }
}

void LivePage::showHint()
{
    QStringList parts;
    const QLocale locale;
    if (m_model.isPaused()) {
        parts += tr("paused, %1 buffered").arg(locale.toString(m_model.waitingCount()));
    } else if (m_model.isDetached()) {
        m_follow->setText(m_model.waitingCount() > 0
                ? tr("%n new ↓", nullptr, static_cast<int>(m_model.waitingCount()))
                : tr("Newest ↓"));
        m_follow->show();
    }
    if (!m_model.filter().isEmpty()) {
        parts += tr("%1 of %2 rows", "shown, all")
                     .arg(locale.toString(m_model.rowCount()),
                         locale.toString(static_cast<qint64>(m_model.storedCount())));
    }
    if (m_feeder->leftOut() > 0) {
        parts += tr("%1 not shown: they came faster than can be read")
                     .arg(locale.toString(m_feeder->leftOut()));
    }
    const QString text = parts.join(u" · "_s);
    if (text != m_hint->text()) {
        m_hint->setText(text);
    }
}

void LivePage::showCurrent()
{
    const int row = m_table->currentIndex().row();
    const items::LiveEntry *entry = m_model.entryAt(row);
    if (entry == nullptr || entry->key() == m_current) {
        return;
    }
    m_current = entry->key();
    m_wantedRun = 0;
    const items::LiveEntry *open = m_model.lastOfKind(rpc::RowKind::Open, row);
    m_detail->setEntry(*entry);
    m_detail->setHandshake(open != nullptr ? open->preview : QByteArray());
    m_detail->thread()->setEntry(*entry, m_model.sentBy(entry->runId));
}

void LivePage::select(int row)
{
    if (row < 0) {
        return;
    }
    m_table->stopFollowing();
    const QModelIndex index = m_model.index(row, Model::PreviewColumn);
    m_table->selectionModel()->setCurrentIndex(
        index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_table->scrollTo(index, QAbstractItemView::PositionAtCenter);
}

/// The row that was chosen stays chosen, and in view, when the rows around it change.
void LivePage::restoreCurrent()
{
    if (m_table->currentIndex().isValid()) {
        return;
    }
    if (const int wanted = m_wantedRun != 0 ? m_model.rowOfRun(m_wantedRun) : -1; wanted >= 0) {
        select(wanted);
        return;
    }
    const int row = m_current != 0 ? m_model.rowOfKey(m_current) : -1;
    if (row < 0) {
        return;
    }
    const QModelIndex index = m_model.index(row, Model::PreviewColumn);
    m_table->selectionModel()->setCurrentIndex(
        index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (!m_table->isFollowing()) {
        m_table->scrollTo(index, QAbstractItemView::PositionAtCenter);
    }
}

/// A view that is not full has room for the past.
void LivePage::loadMoreIfNeeded()
{
    const QScrollBar *bar = m_table->verticalScrollBar();
    const bool full = bar->maximum() > 0 || m_model.rowCount() > 200;
    const bool atTop = !m_table->isFollowing() && bar->value() == 0;
    if ((!full || atTop) && m_feeder->hasOlder() && m_model.storedCount() < kMaxUnasked
        && !m_model.isDetached()) {
        QMetaObject::invokeMethod(m_feeder, &LiveFeeder::loadOlder, Qt::QueuedConnection);
    }
}

void LivePage::goToEnd()
{
    if (m_model.isDetached()) {
        m_current = 0;
        m_feeder->reload();
    }
    m_table->follow();
    m_follow->hide();
}

void LivePage::findHit(bool forward)
{
    const int from = m_table->currentIndex().isValid() ? m_table->currentIndex().row()
        : forward                                      ? -1
                                                       : m_model.rowCount();
    const int row = m_model.nextHit(from, forward);
    if (row >= 0) {
        select(row);
    } else {
        emit said(forward ? tr("No further match below.") : tr("No further match above."));
    }
}

std::vector<items::LiveEntry> LivePage::selectedEntries() const
{
    std::vector<items::LiveEntry> entries;
    QModelIndexList rows = m_table->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    for (const QModelIndex &index : rows) {
        if (const items::LiveEntry *entry = m_model.entryAt(index.row())) {
            entries.push_back(*entry);
        }
    }
    return entries;
}

void LivePage::resizeEvent(QResizeEvent *event)
{
    Page::resizeEvent(event);
    showColumns();
}

void LivePage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_F3) {
        findHit((event->modifiers() & Qt::ShiftModifier) == 0);
    } else if (event->matches(QKeySequence::Find)) {
        m_filter->focusInput();
    } else {
        Page::keyPressEvent(event);
    }
}

} // namespace earshot::widgets
