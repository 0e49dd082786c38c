// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mainwindow.h"

#include "widgets/appearance.h"
#include "widgets/emptystate.h"
#include "widgets/newtrigger/newtriggerdialog.h"
#include "widgets/shell/closing.h"
#include "widgets/shell/glyphs.h"
#include "widgets/shell/noticebar.h"
#include "widgets/shell/pages.h"
#include "widgets/shell/triggerheader.h"
#include "widgets/shell/windowmenus.h"
#include "widgets/triggers/triggeractions.h"
#include "widgets/triggers/triggerspanel.h"

#include <QClipboard>
#include <QCloseEvent>
#include <QGuiApplication>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QVBoxLayout>

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

constexpr int kPlaceRole = Qt::UserRole;

Glyph glyphOf(Place::Page place)
{
    switch (place) {
    case Place::Page::Away:
        return Glyph::Away;
    case Place::Page::Values:
        return Glyph::Key;
    case Place::Page::Settings:
        return Glyph::Settings;
    default:
        return Glyph::Runs;
    }
}

} // namespace

MainWindow::MainWindow(rpc::ControlClient &client, Clock &clock, DraftStore &drafts)
    : m_client(client)
    , m_clock(clock)
    , m_model(clock)
    , m_subscription(client, this)
    , m_pages(new PageSet({client, clock, drafts}, this))
    , m_actions(new TriggerActions(client, this))
    , m_triggerMenu(new QMenu(tr("&Trigger"), this))
    , m_panel(new TriggersPanel(m_model, this))
    , m_navigation(new QListWidget(this))
    , m_header(new TriggerHeader(m_triggerMenu, this))
    , m_tabs(new QTabBar(this))
    , m_tabPages(new QStackedWidget(this))
    , m_right(new QStackedWidget(this))
    , m_triggerView(new QWidget(this))
    , m_nothing(new EmptyState(tr("Select a trigger to see its messages and runs."), {}, this))
    , m_offline(new EmptyState(tr("Connecting to the service…"), tr("Start the service"), this))
    , m_notice(new NoticeBar(this))
    , m_service(new QLabel(this))
    , m_closing(new Closing(client, this, [this] { return m_pages->titlesWithEdits(); }))
{
    setWindowTitle(tr("Earshot"));
    setWindowIcon(appIcon());
    resize(1024, 700);
    auto *left = new QWidget(this);
    auto *right = new QWidget(this);
    buildLeft(left);
    buildRight(right);
    auto *splitter = new QSplitter(this);
    splitter->addWidget(left);
    splitter->addWidget(right);
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
    new WindowMenus(*this, *m_actions, m_triggerMenu); // owned by the window
    connectParts();
    setSelected({});
    showPage(Place::Page::Live);
}

MainWindow::~MainWindow() = default;

void MainWindow::buildLeft(QWidget *left)
{
    m_navigation->setFrameShape(QFrame::NoFrame);
    m_navigation->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_navigation->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_navigation->setAccessibleName(tr("Places"));
    m_navigation->setSpacing(1);
    for (const PageSpec &spec : m_pages->specs()) {
        if (spec.scope == PageScope::Global) {
            auto *item
                = new QListWidgetItem(glyphIcon(glyphOf(spec.place)), spec.title, m_navigation);
            item->setData(kPlaceRole, static_cast<int>(spec.place));
            item->setSizeHint({100, m_navigation->fontMetrics().height() + 10});
        }
    }
    int height = 8;
    for (int row = 0; row < m_navigation->count(); ++row) {
        height += m_navigation->item(row)->sizeHint().height() + 2;
    }
    m_navigation->setFixedHeight(height);
    m_navigation->setVisible(m_navigation->count() > 0);
    auto *line = new QFrame(left);
    line->setFrameShape(QFrame::HLine);
    line->setFrameShadow(QFrame::Sunken);
    line->setVisible(m_navigation->count() > 0);
    auto *layout = new QVBoxLayout(left);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_panel, 1);
    layout->addWidget(line);
    layout->addWidget(m_navigation);
    left->setMinimumWidth(230);
    left->setAutoFillBackground(true);
    left->setBackgroundRole(QPalette::Base);
}

void MainWindow::buildRight(QWidget *right)
{
    m_tabs->setDrawBase(true);
    m_tabs->setDocumentMode(true);
    m_tabs->setExpanding(false);
    m_tabs->setAccessibleName(tr("Views of the trigger"));
    for (const PageSpec &spec : m_pages->specs()) {
        if (spec.scope == PageScope::Trigger) {
            const int tab = m_tabs->addTab(spec.title);
            m_tabs->setTabData(tab, static_cast<int>(spec.place));
        }
    }
    auto *view = new QVBoxLayout(m_triggerView);
    view->setContentsMargins(0, 0, 0, 0);
    view->setSpacing(0);
    view->addWidget(m_header);
    view->addWidget(m_tabs);
    view->addWidget(m_tabPages, 1);
    for (QWidget *widget :
        {m_triggerView, static_cast<QWidget *>(m_nothing), static_cast<QWidget *>(m_offline)}) {
        m_right->addWidget(widget);
    }
    auto *layout = new QVBoxLayout(right);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_notice);
    layout->addWidget(m_right, 1);
}

void MainWindow::connectParts()
{
    connect(&m_client, &rpc::ControlClient::ready, this, &MainWindow::onReady);
    connect(&m_client, &rpc::ControlClient::lost, this, &MainWindow::onLost);
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
    connect(m_closing, &Closing::quit, this, &MainWindow::quit);
    connect(m_offline, &EmptyState::triggered, this, &MainWindow::startRequested);
    connect(m_nothing, &EmptyState::triggered, this, &MainWindow::newTrigger);
    connect(m_panel, &TriggersPanel::triggerSelected, this, [this](const QString &path) {
        setSelected(path);
        const PageSpec *spec = m_pages->spec(m_place);
        if (spec && spec->scope == PageScope::Global) {
            showPage(static_cast<Place::Page>(m_tabs->tabData(m_tabs->currentIndex()).toInt()));
        }
    });
    connect(m_panel, &TriggersPanel::newRequested, this, &MainWindow::newTrigger);
    connect(m_actions, &TriggerActions::createRequested, this, &MainWindow::newTrigger);
    connect(m_panel, &TriggersPanel::switchRequested, this, [this](const QString &path, bool on) {
        m_actions->setModeOf(path, on ? TriggerMode::Enabled : TriggerMode::Disabled);
    });
    connect(m_panel, &TriggersPanel::menuRequested, this,
        [this](const QString &path, const QPoint &at) {
            if (selectTrigger(path)) {
                m_triggerMenu->popup(at);
            }
        });
    connect(m_panel, &TriggersPanel::deleteRequested, m_actions, &TriggerActions::remove);
    connect(m_panel, &TriggersPanel::renameRequested, m_actions, &TriggerActions::rename);
    connect(m_panel, &TriggersPanel::moveRequested, this,
        [this](const QStringList &paths, const QString &folder) {
            QStringList known;
            for (const rpc::TriggerSummary &trigger : m_model.triggers()) {
                known += trigger.path;
            }
            m_actions->move(paths, folder, known);
        });
    connect(
        m_actions, &TriggerActions::renamed, this, [this](const QString &from, const QString &to) {
            if (from == m_selected || from == m_vanished) {
                go({.page = m_place, .trigger = to});
            }
        });
    connect(m_actions, &TriggerActions::removed, this,
        [this](const QString &path, const QString &document) {
            m_notice->say(items::Tone::Quiet,
                tr("%1 was deleted. Its runs stay in the history.").arg(path), tr("Undo"),
                [this, path, document] { m_actions->restore(path, document); });
        });
    connect(m_actions, &TriggerActions::said, this,
        [this](const QString &text) { statusBar()->showMessage(text, 10'000); });
    connect(m_navigation, &QListWidget::currentItemChanged, this, [this](QListWidgetItem *item) {
        if (item) {
            showPage(static_cast<Place::Page>(item->data(kPlaceRole).toInt()));
        }
    });
    connect(m_tabs, &QTabBar::currentChanged, this,
        [this](int tab) { showPage(static_cast<Place::Page>(m_tabs->tabData(tab).toInt())); });
    connect(m_header, &TriggerHeader::modeRequested, m_actions, &TriggerActions::setMode);
    connect(m_header, &TriggerHeader::testRequested, m_actions, &TriggerActions::testConnection);
    connect(m_actions, &TriggerActions::created, this,
        [this](const QString &path) { go({.page = Place::Page::Configure, .trigger = path}); });
    connect(m_actions, &TriggerActions::failed, this, &MainWindow::showError);
    connect(m_pages, &PageSet::failed, this, &MainWindow::showError);
    connect(m_pages, &PageSet::placeRequested, this, &MainWindow::go);
    connect(m_pages, &PageSet::said, this,
        [this](const QString &text) { statusBar()->showMessage(text, 8'000); });
    connect(m_pages, &PageSet::editedChanged, this, &MainWindow::showTitles);
    m_tick.setInterval(1s);
    connect(&m_tick, &QTimer::timeout, this, [this] {
        m_model.refreshTimes();
        m_model.sampleRates();
        updateHeader();
        restartWhenIdle();
    });
}

Page *MainWindow::pageAt(Place::Page place)
{
    Page *page = m_pages->page(place);
    if (page && m_right->indexOf(page) < 0 && m_tabPages->indexOf(page) < 0) {
        const bool tab = m_pages->spec(place)->scope == PageScope::Trigger;
        (tab ? m_tabPages : m_right)->addWidget(page);
    }
    return page;
}

void MainWindow::go(const Place &place)
{
    if (!place.trigger.isEmpty() && !selectTrigger(place.trigger)) {
        m_pending = place;
        return;
    }
    m_pending = {};
    showPage(place.page);
    if (Page *page = pageAt(m_place)) {
        page->showPlace(place);
    }
}

bool MainWindow::selectTrigger(const QString &path)
{
    return m_panel->select(path);
}

void MainWindow::setSelected(const QString &path)
{
    if (path != m_selected || path.isEmpty()) {
        m_selected = path;
        m_pages->setTrigger(path);
    }
    updateRight();
}

void MainWindow::showPage(Place::Page place)
{
    const PageSpec *spec = m_pages->spec(place);
    if (!spec) {
        return;
    }
    m_place = place;
    const bool global = spec->scope == PageScope::Global;
    const QSignalBlocker noTabs(m_tabs);
    const QSignalBlocker noNavigation(m_navigation);
    for (int tab = 0; tab < m_tabs->count() && !global; ++tab) {
        if (m_tabs->tabData(tab).toInt() == static_cast<int>(place)) {
            m_tabs->setCurrentIndex(tab);
        }
    }
    QListWidgetItem *current = nullptr;
    for (int row = 0; row < m_navigation->count(); ++row) {
        QListWidgetItem *item = m_navigation->item(row);
        if (item->data(kPlaceRole).toInt() == static_cast<int>(place)) {
            current = item;
        }
    }
    m_navigation->setCurrentItem(current);
    if (global) {
        m_panel->clearHighlight();
    } else if (m_panel->highlighted() != m_selected && !m_selected.isEmpty()) {
        const QSignalBlocker noSelection(m_panel);
        m_panel->select(m_selected);
    }
    updateRight();
}

void MainWindow::updateRight()
{
    const PageSpec *spec = m_pages->spec(m_place);
    const bool global = spec && spec->scope == PageScope::Global;
    QWidget *shown = m_triggerView;
    if (!m_wasReady) {
        shown = m_offline;
    } else if (global) {
        shown = pageAt(m_place);
    } else if (m_selected.isEmpty()) {
        const bool none = m_model.rowCount() == 0;
        m_nothing->setSentence(none
                ? tr("Welcome. A trigger connects to a WebSocket server and runs a script of yours "
                     "for its messages. The demo shows one at work in a few seconds.")
                : tr("Select a trigger to see its messages and runs."));
        m_nothing->setAction(none ? tr("Make the first trigger…") : QString());
        shown = m_client.isReady() ? static_cast<QWidget *>(m_nothing) : m_offline;
    } else if (Page *page = pageAt(m_place)) {
        m_tabPages->setCurrentWidget(page);
    }
    m_right->setCurrentWidget(shown);
    updateHeader();
    setWindowTitle(global          ? tr("%1 - Earshot").arg(spec->title)
            : m_selected.isEmpty() ? tr("Earshot")
                                   : tr("%1 - Earshot").arg(m_selected));
}

void MainWindow::onTriggersChanged()
{
    if (!m_selected.isEmpty() && !m_model.find(m_selected)) {
        m_vanished = m_selected;
        setSelected({});
    }
    if (!m_pending.trigger.isEmpty() && m_model.find(m_pending.trigger)) {
        go(Place(m_pending));
    }
    if (m_selected.isEmpty() && m_model.rowCount() > 0 && m_pending.trigger.isEmpty()) {
        const QSignalBlocker quietly(m_panel);
        const QString first = m_model.triggers().constFirst().path;
        const PageSpec *spec = m_pages->spec(m_place);
        if (spec && spec->scope == PageScope::Trigger && m_panel->select(first)) {
            setSelected(first);
        }
    }
    updateRight();
    emitState();
}

void MainWindow::emitState()
{
    const bool connected = m_client.isReady();
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

void MainWindow::updateHeader()
{
    const rpc::TriggerSummary *trigger = m_model.find(m_selected);
    m_actions->setCurrent(trigger, m_client.isReady());
    if (trigger) {
        m_header->show(*trigger, m_clock.wallMicros(), m_client.isReady());
        m_pages->setSummary(*trigger);
    }
}

void MainWindow::showTitles()
{
    for (int tab = 0; tab < m_tabs->count(); ++tab) {
        const auto place = static_cast<Place::Page>(m_tabs->tabData(tab).toInt());
        const QString title = m_pages->spec(place)->title;
        m_tabs->setTabText(tab, m_pages->isEdited(place) ? tr("%1 •").arg(title) : title);
    }
}

void MainWindow::showError(const Error &error)
{
    const QString text = error.detail.isEmpty()
        ? error.message
        : u"%1 (%2)"_s.arg(error.message, items::oneLine(error.detail));
    m_notice->say(items::Tone::Bad, text, {}, {}, 20'000);
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
    m_closing->onClose(event);
}

void MainWindow::setTrayAvailable(bool available)
{
    m_closing->setTrayAvailable(available);
}

void MainWindow::requestQuit()
{
    m_closing->requestQuit();
}

void MainWindow::newTrigger()
{
    if (!m_client.isReady()) {
        return;
    }
    QStringList taken;
    for (const rpc::TriggerSummary &trigger : m_model.triggers()) {
        taken += trigger.path;
    }
    auto *dialog
        = new NewTriggerDialog(m_client, QGuiApplication::clipboard()->text(), taken, this);
    connect(dialog, &NewTriggerDialog::created, this,
        [this](const QString &path) { go({.page = Place::Page::Live, .trigger = path}); });
    connect(dialog, &NewTriggerDialog::importRequested, m_actions, &TriggerActions::importFile);
    dialog->open();
}

void MainWindow::newTriggerWhenReady()
{
    m_newWhenReady = !m_client.isReady();
    newTrigger();
}

} // namespace earshot::widgets
