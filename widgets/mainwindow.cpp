// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mainwindow.h"

#include "widgets/appearance.h"
#include "widgets/documentpage.h"
#include "widgets/elidedlabel.h"
#include "widgets/emptystate.h"
#include "widgets/livepage.h"
#include "widgets/runspage.h"
#include "widgets/triggeractions.h"
#include "widgets/triggerdelegate.h"

#include <QCloseEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolBar>
#include <QVBoxLayout>

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

enum LeftPage { ListPage, NoTriggersPage };
enum RightPage { TriggerPage, NothingPage, OfflinePage };

} // namespace

MainWindow::MainWindow(rpc::ControlClient &client, Clock &clock, DraftStore &drafts)
    : m_client(client)
    , m_clock(clock)
    , m_drafts(drafts)
    , m_model(clock)
    , m_subscription(client, this)
    , m_actions(new TriggerActions(client, this))
    , m_list(new QListView(this))
    , m_left(new QStackedWidget(this))
    , m_right(new QStackedWidget(this))
    , m_offline(new EmptyState(tr("Connecting to the service…"), tr("Start the service"), this))
    , m_tabs(new QTabWidget(this))
    , m_live(new LivePage(client, clock, this))
    , m_runs(new RunsPage(client, clock, this))
    , m_document(new DocumentPage(client, drafts, this))
    , m_title(new ElidedLabel(this))
    , m_state(new QLabel(this))
    , m_subtitle(new ElidedLabel(this))
    , m_service(new QLabel(this))
{
    build();
    connect(&m_client, &rpc::ControlClient::ready, this, &MainWindow::onReady);
    connect(&m_client, &rpc::ControlClient::lost, this, &MainWindow::onLost);
    connect(m_offline, &EmptyState::triggered, this, &MainWindow::startRequested);
    connect(&m_client, &rpc::ControlClient::stopping, this, [this] { m_stopping = true; });
    connect(&m_client, &rpc::ControlClient::triggersChanged, this,
        [this](const rpc::TriggerBatch &batch) {
            if (m_subscription.isFor(batch.subscription)) {
                m_model.apply(batch.rows, batch.removed);
                onTriggersChanged();
            }
        });
    connect(&m_client, &rpc::ControlClient::noticeArrived, this, [this](const rpc::Notice &notice) {
        statusBar()->showMessage(
            notice.trigger.isEmpty() ? notice.text : u"%1: %2"_s.arg(notice.trigger, notice.text),
            15'000);
    });
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
        &MainWindow::onSelected);
    connect(m_actions, &TriggerActions::created, this, [this](const QString &path) {
        m_selectWhenListed = path;
        m_tabs->setCurrentWidget(m_document);
        onTriggersChanged();
    });
    connect(m_actions, &TriggerActions::failed, this, &MainWindow::showError);
    connect(m_live, &LivePage::failed, this, &MainWindow::showError);
    connect(m_runs, &RunsPage::failed, this, &MainWindow::showError);
    connect(m_document, &DocumentPage::failed, this, &MainWindow::showError);
    connect(m_runs, &RunsPage::runsChanged, m_live, &LivePage::applyRuns);
    // Messages of the ring come without the outcome of their runs.
    connect(&m_live->model(), &items::LiveMessageModel::rowsInserted, this,
        [this](const QModelIndex &, int first) {
            if (first == 0) {
                m_live->applyRuns(m_runs->newestRuns());
            }
        });
    connect(m_live, &LivePage::runActivated, this, [this](RunId id) {
        m_tabs->setCurrentWidget(m_runs);
        m_runs->showRun(id);
    });
    connect(m_live, &LivePage::emptyActionTriggered, this, [this] {
        const rpc::TriggerSummary *trigger = m_model.find(m_selected);
        if (trigger && trigger->mode == TriggerMode::Disabled) {
            m_actions->setMode(TriggerMode::Enabled);
        } else if (trigger) {
            m_actions->testConnection();
        }
    });
    connect(m_document, &DocumentPage::editedChanged, this, [this](bool edited) {
        m_tabs->setTabText(m_tabs->indexOf(m_document), edited ? tr("Document •") : tr("Document"));
    });
    m_tick.setInterval(1s);
    connect(&m_tick, &QTimer::timeout, this, [this] {
        m_model.refreshTimes();
        updateHeader();
    });
    onSelected();
}

MainWindow::~MainWindow() = default;

void MainWindow::build()
{
    setWindowTitle(tr("Earshot"));
    setWindowIcon(appIcon());
    resize(1024, 700);

    auto *bar = addToolBar(tr("Trigger"));
    bar->setMovable(false);
    bar->setToolButtonStyle(Qt::ToolButtonTextOnly);
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    m_actions->fill(bar);

    m_list->setModel(&m_model);
    m_list->setItemDelegate(new TriggerDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Triggers"));
    auto *noTriggers = new EmptyState(
        tr("No triggers yet. A trigger connects to a WebSocket server and runs a script for its "
           "messages."),
        tr("New trigger…"), this);
    connect(noTriggers, &EmptyState::triggered, m_actions, &TriggerActions::createTrigger);
    m_left->addWidget(m_list);
    m_left->addWidget(noTriggers);
    m_left->setMinimumWidth(220);

    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_live, tr("Live"));
    m_tabs->addTab(m_runs, tr("Runs"));
    m_tabs->addTab(m_document, tr("Document"));
    QFont large = m_title->font();
    large.setPointSizeF(large.pointSizeF() * 1.25);
    large.setBold(true);
    m_title->setFont(large);
    m_state->setTextFormat(Qt::PlainText);
    auto *page = new QWidget(this);
    auto *layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    auto *heading = new QVBoxLayout;
    heading->setContentsMargins(12, 10, 12, 8);
    heading->setSpacing(2);
    auto *line = new QHBoxLayout;
    line->setSpacing(10);
    line->addWidget(m_state);
    line->addWidget(m_subtitle, 1);
    heading->addWidget(m_title);
    heading->addLayout(line);
    layout->addLayout(heading);
    layout->addWidget(m_tabs, 1);
    m_right->addWidget(page);
    m_right->addWidget(
        new EmptyState(tr("Select a trigger to see its messages and runs."), {}, this));
    m_right->addWidget(m_offline);

    auto *splitter = new QSplitter(this);
    splitter->addWidget(m_left);
    splitter->addWidget(m_right);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({270, 754});
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(1);
    setCentralWidget(splitter);

    m_service->setTextFormat(Qt::PlainText);
    m_service->setContentsMargins(6, 0, 6, 0);
    statusBar()->addPermanentWidget(m_service);
    statusBar()->setSizeGripEnabled(false);
    setServiceText(tr("connecting to the service…"));
}

void MainWindow::setServiceText(const QString &text)
{
    m_service->setText(text);
    m_offline->setSentence(text);
}

QString MainWindow::serviceText() const
{
    return m_service->text();
}

void MainWindow::onReady(const rpc::ServiceInfo &info)
{
    const quint64 connection = ++m_connection;
    m_stopping = false;
    m_service->setText(tr("service %1, process %2").arg(info.version).arg(info.pid));
    if (m_wasReady) {
        statusBar()->showMessage(tr("Connected to the service again."), 8'000);
    }
    m_wasReady = true;
    m_subscription.start({}, [this, connection] {
        if (connection == m_connection) {
            listTriggers({}, {});
        }
    });
    m_live->onReady();
    m_runs->onReady();
    m_document->onReady();
    m_tick.start();
    onTriggersChanged();
}

void MainWindow::listTriggers(const QString &after, QList<rpc::TriggerSummary> found)
{
    rpc::TriggerList::Params params;
    if (!after.isEmpty()) {
        params.after = after;
    }
    params.limit = rpc::kMaxPageSize;
    m_client.call<rpc::TriggerList>(params, this,
        [this, found = std::move(found), connection = m_connection](
            const Result<rpc::Page<rpc::TriggerSummary>> &page) {
            if (connection != m_connection) {
                return;
            }
            if (!page) {
                showError(page.error());
                return;
            }
            const QList<rpc::TriggerSummary> all = found + page->items;
            if (page->more && !page->items.isEmpty()) {
                listTriggers(page->items.constLast().path, all);
                return;
            }
            m_model.setTriggers(all);
            onTriggersChanged();
        });
}

void MainWindow::onLost(const Error &error)
{
    ++m_connection;
    m_subscription.forget();
    m_live->onLost();
    m_runs->onLost();
    m_tick.stop();
    setServiceText(m_stopping
            ? tr("The service was stopped. Waiting for it to come back.")
            : tr("No connection to the service: %1. Trying again.").arg(error.message));
    onTriggersChanged();
}

void MainWindow::onTriggersChanged()
{
    const bool connected = m_client.isReady();
    if (!m_selectWhenListed.isEmpty() && selectTrigger(m_selectWhenListed)) {
        m_selectWhenListed.clear();
    }
    if (m_selected.isEmpty() && m_model.rowCount() > 0 && m_selectWhenListed.isEmpty()) {
        m_list->setCurrentIndex(m_model.index(0));
    }
    m_left->setCurrentIndex(m_model.rowCount() > 0 || !connected ? ListPage : NoTriggersPage);
    m_right->setCurrentIndex(!m_selected.isEmpty() ? TriggerPage
            : connected                            ? NothingPage
                                                   : OfflinePage);
    updateHeader();

    auto worst = items::Tone::Quiet;
    int ready = 0;
    for (const rpc::TriggerSummary &trigger : m_model.triggers()) {
        worst = std::max(worst, items::toneOf(trigger));
        ready += trigger.session.phase == rpc::SessionPhase::Ready ? 1 : 0;
    }
    emit stateChanged(connected ? worst : items::Tone::Bad,
        connected ? tr("Earshot: %1 of %n trigger(s) ready", nullptr,
            static_cast<int>(m_model.triggers().size()))
                        .arg(ready)
                  : tr("Earshot: no service"));
}

bool MainWindow::selectTrigger(const QString &path)
{
    const QModelIndex index = m_model.indexOf(path);
    if (index.isValid()) {
        m_list->setCurrentIndex(index);
    }
    return index.isValid();
}

void MainWindow::onSelected()
{
    const QString path = m_list->currentIndex().data().toString();
    if (path != m_selected || path.isEmpty()) {
        m_selected = path;
        m_live->setTrigger(path);
        m_runs->setTrigger(path);
        m_document->setTrigger(path);
    }
    onTriggersChanged();
}

void MainWindow::updateHeader()
{
    const rpc::TriggerSummary *trigger = m_model.find(m_selected);
    m_actions->setCurrent(trigger, m_client.isReady());
    if (!trigger) {
        return;
    }
    m_title->setText(trigger->path);
    const QString state = items::stateText(*trigger, m_clock.wallMicros());
    const QString error = trigger->error.isEmpty() ? trigger->session.error : trigger->error;
    QStringList parts;
    if (!error.isEmpty()) {
        parts += items::oneLine(error);
    }
    parts += u"%1 → %2"_s.arg(items::oneLine(trigger->url), trigger->runnable);
    m_state->setText(state);
    m_subtitle->setText(parts.join(u"  ·  "_s));
    QPalette colors = m_state->palette();
    colors.setColor(QPalette::WindowText, toneColor(items::toneOf(*trigger), palette()));
    m_state->setPalette(colors);
    colors.setColor(QPalette::WindowText, quietColor(palette()));
    m_subtitle->setPalette(colors);
    m_document->onRevision(trigger->revision);
    if (trigger->session.phase == rpc::SessionPhase::Ready) {
        m_live->setEmptySentence(tr("Connected. No message has come yet."));
    } else if (trigger->mode == TriggerMode::Disabled) {
        m_live->setEmptySentence(
            tr("This trigger is off. Enable it to connect and see its messages."), tr("Enable"));
    } else {
        m_live->setEmptySentence(
            tr("Not connected: %1.").arg(error.isEmpty() ? state : error), tr("Test connection"));
    }
}

void MainWindow::showError(const Error &error)
{
    statusBar()->showMessage(error.detail.isEmpty()
            ? error.message
            : u"%1 (%2)"_s.arg(error.message, items::oneLine(error.detail)),
        15'000);
}

void MainWindow::raiseWindow()
{
    if (isMinimized()) {
        showNormal();
    }
    show();
    raise();
    activateWindow();
}

void MainWindow::toggleWindow()
{
    if (isVisible() && isActiveWindow()) {
        hide();
    } else {
        raiseWindow();
    }
}

void MainWindow::changeEvent(QEvent *event)
{
    QMainWindow::changeEvent(event);
    // Colours of states are mixed for the palette: the desktop may turn dark while we are open.
    if (event->type() == QEvent::PaletteChange) {
        updateHeader();
    }
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (m_hidesOnClose) {
        hide();
        event->ignore();
        return;
    }
    event->accept();
    emit closedByUser();
}

} // namespace earshot::widgets
