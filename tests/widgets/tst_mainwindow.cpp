// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakeservice.h"
#include "model/rpc/controlclient.h"
#include "widgets/appearance.h"
#include "widgets/live/composer.h"
#include "widgets/live/detailview.h"
#include "widgets/live/livepage.h"
#include "widgets/mainwindow.h"
#include "widgets/messagetable.h"
#include "widgets/payloadview.h"
#include "widgets/runspage.h"
#include "widgets/shell/commandpalette.h"
#include "widgets/shell/noticebar.h"
#include "widgets/shell/shortcutsdialog.h"
#include "widgets/shell/windowmenus.h"
#include "widgets/triggers/importdialog.h"
#include "widgets/triggers/pathdialog.h"
#include "widgets/triggers/triggeractions.h"
#include "widgets/triggers/triggerdelegate.h"
#include "widgets/triggers/triggerspanel.h"

#include <QAction>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

#include <cmath>
#include <memory>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestMainWindow final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void listsTriggersWithTheirStates();
    void showsMessagesAsTheyCome();
    void showsTheWholeBodyOfAMessage();
    void showsRunsAndTheirDetail();
    void followsARunToItsEnd();
    void changesTheMode();
    void deletesAndBringsBack();
    void renamesAndGoesAlong();
    void movesIntoFolders();
    void duplicatesSwitchedOff();
    void importsSwitchedOff();
    void searches();
    void switchesInTheRow();
    void goesToPlaces();
    void everyMenuEntryIsInThePalette();
    void offersARestartAfterAnUpgrade();
    void testsTheConnection();
    void sendsOnTheSession();
    void comesBackAfterARestartOfTheService();
    void hidesOnlyWithATray();
    void asksAboutTheServiceWhenQuitting();
    void fitsASmallScreen();
    void isReadableInLightAndDark_data();
    void isReadableInLightAndDark();

private:
    void startService();
    [[nodiscard]] QString path() const { return m_dir->filePath(u"s.sock"_s); }
    [[nodiscard]] LivePage *live() const { return m_window->page<LivePage>(Place::Page::Live); }
    [[nodiscard]] RunsPage *runs() const { return m_window->page<RunsPage>(Place::Page::Runs); }
    QAction *action(const QString &text) const;
    QMessageBox *openBox() const;
    QAbstractButton *button(const QString &text) const;

    SystemClock m_clock;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<FakeService> m_service;
    std::unique_ptr<rpc::ControlClient> m_client;
    std::unique_ptr<DraftStore> m_drafts;
    std::unique_ptr<MainWindow> m_window;
};

void TestMainWindow::init()
{
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName(u"earshot"_s);
    QCoreApplication::setApplicationName(u"tst_mainwindow"_s);
    QSettings().clear();
    m_dir = std::make_unique<QTemporaryDir>();
    startService();
    m_client = std::make_unique<rpc::ControlClient>(m_clock);
    m_drafts = std::make_unique<DraftStore>(m_dir->filePath(u"drafts.json"_s));
    m_window = std::make_unique<MainWindow>(*m_client, m_clock, *m_drafts);
    m_client->open(path(), u"test"_s, rpc::JsonRpcClient::Reconnect::Always);
    m_window->show();
    QTRY_COMPARE(m_window->triggers().rowCount(), 5);
    QVERIFY(m_window->selectTrigger(u"f/bots/orders"_s));
}

void TestMainWindow::startService()
{
    m_service = std::make_unique<FakeService>(m_clock);
    m_service->addExamples();
    QVERIFY(m_service->listen(path()));
}

void TestMainWindow::cleanup()
{
    m_window.reset();
    m_drafts.reset();
    m_client.reset();
    m_service.reset();
    m_dir.reset();
}

QAction *TestMainWindow::action(const QString &text) const
{
    const auto actions = m_window->findChildren<QAction *>();
    for (QAction *candidate : actions) {
        if (candidate->text() == text) {
            return candidate;
        }
    }
    return nullptr;
}

QMessageBox *TestMainWindow::openBox() const
{
    return m_window->findChild<QMessageBox *>();
}

QAbstractButton *TestMainWindow::button(const QString &text) const
{
    const auto buttons = openBox()->buttons();
    for (QAbstractButton *candidate : buttons) {
        if (candidate->text() == text) {
            return candidate;
        }
    }
    return nullptr;
}

void TestMainWindow::listsTriggersWithTheirStates()
{
    const auto state = [this](const QString &trigger) {
        return m_window->triggers()
            .indexOf(trigger)
            .data(items::TriggerListModel::StateTextRole)
            .toString();
    };
    QCOMPARE(state(u"f/bots/orders"_s), u"ready"_s);
    QCOMPARE(state(u"u/ada/echo"_s), u"off"_s);
    QSignalSpy changed(m_window.get(), &MainWindow::stateChanged);
    auto trigger = m_service->trigger(u"u/ada/echo"_s);
    trigger.session.phase = rpc::SessionPhase::Connecting;
    m_service->update(trigger);
    QTRY_COMPARE(state(u"u/ada/echo"_s), u"connecting"_s);
    QVERIFY(changed.count());
    QVERIFY(changed.constLast().constFirst().value<items::Tone>() == items::Tone::Bad);
}

void TestMainWindow::showsMessagesAsTheyCome()
{
    auto &model = live()->model();
    QTRY_COMPARE(model.rowCount(), 76);
    // the outcome of the run stands beside the message that made it
    QTRY_COMPARE(
        model.index(75 - 2, items::LiveMessageModel::StateColumn).data().toString(), QString());
    QTRY_COMPARE(
        model.index(75 - 3, items::LiveMessageModel::StateColumn).data().toString(), u"success"_s);
    rpc::MessageRow row;
    row.trigger = u"f/bots/orders"_s;
    const qint64 id = m_service->addMessage(row, "{\"n\":1}");
    row.trigger = u"u/ada/echo"_s;
    m_service->addMessage(row, "not of this trigger");
    QTRY_COMPARE(model.rowCount(), 77);
    QCOMPARE(model.entryAt(76)->id, id);
    QVERIFY(m_window->selectTrigger(u"u/ada/echo"_s));
    QTRY_COMPARE(model.rowCount(), 1);
    QCOMPARE(model.entryAt(0)->preview, QByteArray("not of this trigger"));
}

void TestMainWindow::showsTheWholeBodyOfAMessage()
{
    rpc::MessageRow row;
    row.trigger = u"f/bots/orders"_s;
    auto &model = live()->model();
    QTRY_COMPARE(model.rowCount(), 76);
    m_service->addMessage(row, "{\"long\":\"" + QByteArray(2'000, 'x') + "\",\"n\":1.0}");
    QTRY_COMPARE(model.rowCount(), 77);
    live()->table()->selectRow(76);
    QTRY_VERIFY(live()->detail()->isWhole() && live()->detail()->body().endsWith("\"n\":1.0}"));
}

void TestMainWindow::showsRunsAndTheirDetail()
{
    auto *runs = this->runs();
    QTRY_COMPARE(runs->model().rowCount(), 19);
    runs->table()->selectRow(0);
    QTRY_VERIFY(runs->resultView()->shownText().contains(u"\"accepted\": true"));
    QVERIFY(runs->logsView()->shownText().contains(u"reserved 3 items"));
}

void TestMainWindow::followsARunToItsEnd()
{
    auto *runs = this->runs();
    QTRY_COMPARE(runs->model().rowCount(), 19);
    RunRecord run;
    run.triggerPath = u"f/bots/orders"_s;
    run.status = RunStatus::Running;
    run.message = "{}";
    run.id = m_service->addRun(run);
    QTRY_COMPARE(runs->model().rowCount(), 20);
    runs->showRun(run.id);
    run.status = RunStatus::Failure;
    run.result = "{\"error\":{\"message\":\"broken\"}}";
    m_service->changeRun(run);
    QTRY_VERIFY(runs->resultView()->shownText().contains(u"broken"));
}

void TestMainWindow::changesTheMode()
{
    QAction *suspend = action(u"Suspended"_s);
    QTRY_VERIFY(action(u"Enabled"_s)->isChecked());
    suspend->trigger();
    QTRY_VERIFY(m_service->trigger(u"f/bots/orders"_s).mode == TriggerMode::Suspended);
    QTRY_VERIFY(suspend->isChecked());
}

void TestMainWindow::deletesAndBringsBack()
{
    QTRY_VERIFY(action(u"Delete"_s)->isEnabled());
    const QString document = m_service->document(u"f/bots/orders"_s);
    action(u"Delete"_s)->trigger();
    QTRY_VERIFY(m_window->noticeBar()->text().contains(u"f/bots/orders"));
    QTRY_VERIFY(!m_window->triggers().find(u"f/bots/orders"_s));
    m_window->noticeBar()->findChild<QPushButton *>()->click();
    QTRY_VERIFY(m_window->triggers().find(u"f/bots/orders"_s));
    QCOMPARE(m_service->document(u"f/bots/orders"_s), document);
    QTRY_COMPARE(m_window->selectedTrigger(), u"f/bots/orders"_s);
}

void TestMainWindow::renamesAndGoesAlong()
{
    QTRY_VERIFY(action(u"Rename or move…"_s)->isEnabled());
    action(u"Rename or move…"_s)->trigger();
    auto *dialog = m_window->findChild<PathDialog *>();
    QVERIFY(dialog);
    QCOMPARE(dialog->path(), u"f/bots/orders"_s);
    dialog->input()->setText(u"f/home/door"_s);
    QTest::keyClick(dialog->input(), Qt::Key_Return);
    // refused: it stays open with what was typed
    QTRY_VERIFY(dialog->errorText().contains(u"already"));
    QCOMPARE(dialog->path(), u"f/home/door"_s);
    dialog->input()->setText(u"f/shop/orders"_s);
    QTest::keyClick(dialog->input(), Qt::Key_Return);
    QTRY_COMPARE(m_window->selectedTrigger(), u"f/shop/orders"_s);
    QVERIFY(!m_window->triggers().find(u"f/bots/orders"_s));
}

void TestMainWindow::movesIntoFolders()
{
    emit m_window->panel()->moveRequested({u"f/bots/"_s}, u"u/ada"_s);
    QTRY_VERIFY(m_window->triggers().find(u"u/ada/bots/orders"_s));
    QTRY_VERIFY(m_window->triggers().find(u"u/ada/bots/discord_gateway"_s));
    QCOMPARE(m_window->triggers().rowCount(), 5);
    QTRY_COMPARE(m_window->selectedTrigger(), u"u/ada/bots/orders"_s);
}

void TestMainWindow::duplicatesSwitchedOff()
{
    QTRY_VERIFY(action(u"Duplicate…"_s)->isEnabled());
    action(u"Duplicate…"_s)->trigger();
    QTRY_VERIFY(m_window->findChild<PathDialog *>());
    QTest::keyClick(m_window->findChild<PathDialog *>()->input(), Qt::Key_Return);
    QTRY_COMPARE(m_window->selectedTrigger(), u"f/bots/orders_copy"_s);
    QVERIFY(m_service->document(u"f/bots/orders_copy"_s).contains(u"\"mode\": \"disabled\""));
}

void TestMainWindow::importsSwitchedOff()
{
    auto *actions = m_window->findChild<TriggerActions *>();
    actions->importText(u"/x/f/bots/taken.websocket_trigger.yaml"_s, u"broken"_s);
    auto *dialog = m_window->findChild<ImportDialog *>();
    QCOMPARE(dialog->path()->text(), u"f/bots/taken"_s);
    QTRY_VERIFY(dialog->summary().contains(u"stream.example.com"));
    QVERIFY(!dialog->importButton()->isEnabled());
    delete dialog;
    actions->importText(u"/x/some file.yaml"_s, u"url: wss://stream.example.com"_s);
    dialog = m_window->findChild<ImportDialog *>();
    QCOMPARE(dialog->path()->text(), u"f/imported/some_file"_s);
    QTRY_VERIFY(dialog->importButton()->isEnabled());
    QVERIFY(dialog->summary().contains(u"$var:f/bots/token"));
    QVERIFY(dialog->summary().contains(u"f/bots/on_order"));
    dialog->importButton()->click();
    QTRY_COMPARE(m_window->selectedTrigger(), u"f/imported/some_file"_s);
    QVERIFY(m_service->trigger(u"f/imported/some_file"_s).mode == TriggerMode::Disabled);
}

void TestMainWindow::searches()
{
    auto *tree = m_window->panel()->tree();
    m_window->panel()->search()->setText(u"KRAKEN market"_s);
    QCOMPARE(tree->model()->rowCount(), 1);
    m_window->panel()->search()->setText(u"nothing has this"_s);
    QCOMPARE(tree->model()->rowCount(), 0);
    m_window->panel()->search()->clear();
    QCOMPARE(tree->model()->rowCount(), 4);
}

void TestMainWindow::switchesInTheRow()
{
    auto *tree = m_window->panel()->tree();
    QVERIFY(m_window->selectTrigger(u"u/ada/echo"_s));
    QTest::keyClick(tree, Qt::Key_Space);
    QTRY_VERIFY(m_service->trigger(u"u/ada/echo"_s).mode == TriggerMode::Enabled);
    QTRY_VERIFY(m_window->triggers().find(u"u/ada/echo"_s)->mode == TriggerMode::Enabled);
    const QRect at = TriggerDelegate::switchRect(tree->visualRect(tree->currentIndex()));
    QTest::mouseClick(tree->viewport(), Qt::LeftButton, {}, at.center());
    QTRY_VERIFY(m_service->trigger(u"u/ada/echo"_s).mode == TriggerMode::Disabled);
}

void TestMainWindow::goesToPlaces()
{
    m_window->go({.page = Place::Page::Runs, .trigger = u"u/ada/echo"_s});
    QCOMPARE(m_window->selectedTrigger(), u"u/ada/echo"_s);
    QVERIFY(m_window->currentPlace() == Place::Page::Runs);
    // one that is not listed yet is waited for
    m_window->go({.page = Place::Page::Live, .trigger = u"f/late/comer"_s});
    QCOMPARE(m_window->selectedTrigger(), u"u/ada/echo"_s);
    rpc::TriggerSummary late;
    late.path = u"f/late/comer"_s;
    m_service->addTrigger(late);
    QTRY_COMPARE(m_window->selectedTrigger(), u"f/late/comer"_s);
    QVERIFY(m_window->currentPlace() == Place::Page::Live);
}

void TestMainWindow::everyMenuEntryIsInThePalette()
{
    QTRY_VERIFY(action(u"Delete"_s)->isEnabled());
    m_window->findChild<WindowMenus *>()->openPalette();
    auto *palette = m_window->findChild<CommandPalette *>();
    QVERIFY(palette);
    for (const QString &title : {u"New trigger"_s, u"Test connection"_s, u"Live"_s, u"Keys"_s,
             u"Stop everything"_s, u"f/home/door"_s}) {
        QVERIFY2(!palette->list()->findItems(title, Qt::MatchExactly).isEmpty(), qPrintable(title));
    }
    QTest::keyClicks(palette->input(), u"door"_s);
    QTest::keyClick(palette->input(), Qt::Key_Return);
    QTRY_COMPARE(m_window->selectedTrigger(), u"f/home/door"_s);
    m_window->findChild<WindowMenus *>()->openShortcuts();
    QVERIFY(m_window->findChild<ShortcutsDialog *>());
}

void TestMainWindow::offersARestartAfterAnUpgrade()
{
    m_service->server().close();
    QTRY_VERIFY(!m_client->isReady());
    m_service.reset();
    m_service = std::make_unique<FakeService>(m_clock);
    rpc::ServiceInfo info;
    info.version = u"0.0.9"_s;
    m_service->server().setServiceInfo(info);
    bool shutDown = false;
    m_service->server().answer<rpc::ServiceShutdown>(
        [&shutDown](const rpc::NoParams &) -> Result<rpc::Empty> {
            shutDown = true;
            return rpc::Empty{};
        });
    rpc::TriggerSummary busy;
    busy.path = u"f/a/busy"_s;
    busy.counters.running = 1;
    m_service->addTrigger(busy);
    QVERIFY(m_service->listen(path()));
    QTRY_VERIFY_WITH_TIMEOUT(m_window->noticeBar()->text().contains(u"0.0.9"), 15'000);
    QTRY_VERIFY(m_window->triggers().find(busy.path));
    m_window->noticeBar()->findChild<QPushButton *>()->click();
    QVERIFY(!shutDown);
    busy.counters.running = 0;
    m_service->update(busy);
    QTRY_VERIFY(shutDown);
}

void TestMainWindow::testsTheConnection()
{
    QTRY_VERIFY(action(u"Test connection"_s)->isEnabled());
    action(u"Test connection"_s)->trigger();
    QTRY_VERIFY(openBox());
    QVERIFY(openBox()->informativeText().contains(u"handshake"));
    rpc::TestReport report{.stages = {{.name = u"tls"_s, .detail = u"expired"_s}},
        .error = u"the certificate has expired"_s};
    const QString text = TriggerActions::describe(report);
    QVERIFY(text.contains(u"✗ tls") && text.contains(u"the certificate has expired"));
}

void TestMainWindow::sendsOnTheSession()
{
    live()->composer()->setText(u"{\"op\":\"ping\"}"_s, Composer::Form::Json);
    auto *input = live()->findChild<QPlainTextEdit *>(u"composer"_s);
    QTest::keyClick(input, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(m_service->sent, QStringList{u"{\"op\":\"ping\"}"_s});
    QTRY_VERIFY(input->toPlainText().isEmpty());
}

void TestMainWindow::comesBackAfterARestartOfTheService()
{
    QTRY_COMPARE(runs()->model().rowCount(), 19);
    const QString before = m_window->serviceText();
    m_service->server().close();
    QTRY_VERIFY(m_window->serviceText().contains(u"stopped"));
    QVERIFY(!action(u"Enabled"_s)->isEnabled());
    // what was seen stays while there is nothing newer
    QCOMPARE(m_window->triggers().rowCount(), 5);
    m_service.reset();
    startService();
    QTRY_COMPARE_WITH_TIMEOUT(m_window->serviceText(), before, 15'000);
    QTRY_VERIFY(action(u"Enabled"_s)->isEnabled());
    QTRY_COMPARE(live()->model().rowCount(), 76);
    QTRY_COMPARE(runs()->model().rowCount(), 19);
    rpc::MessageRow row;
    row.trigger = u"f/bots/orders"_s;
    m_service->addMessage(row, "after the restart");
    QTRY_COMPARE(live()->model().rowCount(), 77);
}

void TestMainWindow::hidesOnlyWithATray()
{
    QSignalSpy ended(m_window.get(), &MainWindow::quit);
    m_window->setTrayAvailable(true);
    m_window->close();
    // asked once, then remembered
    QVERIFY(m_window->isVisible());
    QVERIFY(openBox());
    button(u"Keep in the tray"_s)->click();
    QTRY_VERIFY(!m_window->isVisible());
    m_window->raiseWindow();
    QTRY_VERIFY(!openBox());
    m_window->close();
    QVERIFY(!m_window->isVisible());
    QCOMPARE(ended.count(), 0);
    QVERIFY(!openBox());
}

void TestMainWindow::asksAboutTheServiceWhenQuitting()
{
    bool shutDown = false;
    m_service->server().answer<rpc::ServiceShutdown>(
        [&shutDown](const rpc::NoParams &) -> Result<rpc::Empty> {
            shutDown = true;
            return rpc::Empty{};
        });
    QSignalSpy ended(m_window.get(), &MainWindow::quit);
    m_window->close();
    QVERIFY(openBox());
    openBox()->button(QMessageBox::Cancel)->click();
    QTRY_VERIFY(!openBox());
    QVERIFY(m_window->isVisible());
    QCOMPARE(ended.count(), 0);
    m_window->requestQuit();
    button(u"It goes on"_s)->click();
    QCOMPARE(ended.count(), 1);
    QVERIFY(!shutDown);
    QTRY_VERIFY(!openBox());
    m_window->requestQuit();
    button(u"Stop it too"_s)->click();
    QTRY_COMPARE(ended.count(), 2);
    QVERIFY(shutDown);
}

void TestMainWindow::fitsASmallScreen()
{
    // a long path or error must not widen the window
    auto trigger = m_service->trigger(u"f/bots/orders"_s);
    trigger.session.error = QString(2'000, u'e');
    trigger.url = u"wss://"_s + QString(2'000, u'u');
    m_service->update(trigger);
    QTRY_VERIFY(m_window->triggers().find(trigger.path)->url == trigger.url);
    QCOMPARE_LE(m_window->minimumSizeHint().width(), 1'024);
    QCOMPARE_LE(m_window->minimumSizeHint().height(), 700);
    for (int i = 0; i < m_window->tabs()->count(); ++i) {
        m_window->tabs()->setCurrentIndex(i);
        QCOMPARE_LE(m_window->minimumSizeHint().width(), 1'024);
    }
}

void TestMainWindow::isReadableInLightAndDark_data()
{
    QTest::addColumn<QColor>("base");
    QTest::addColumn<QColor>("text");
    QTest::newRow("light") << QColor(Qt::white) << QColor(Qt::black);
    QTest::newRow("grey") << QColor(0xef, 0xef, 0xef) << QColor(0x20, 0x20, 0x20);
    QTest::newRow("dark") << QColor(0x1e, 0x1f, 0x22) << QColor(0xdf, 0xe1, 0xe5);
    QTest::newRow("black") << QColor(Qt::black) << QColor(Qt::white);
}

void TestMainWindow::isReadableInLightAndDark()
{
    QFETCH(QColor, base);
    QFETCH(QColor, text);
    // WCAG's contrast of text that is not large
    const auto luminance = [](const QColor &color) {
        const auto linear = [](double c) {
            return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF())
            + 0.0722 * linear(color.blueF());
    };
    QPalette palette;
    palette.setColor(QPalette::Base, base);
    palette.setColor(QPalette::AlternateBase, base);
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Window, base.lighter(base.lightness() < 128 ? 140 : 97));
    palette.setColor(QPalette::Button, palette.color(QPalette::Window));
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::PlaceholderText, quietColor(palette));
    for (const auto tone : {items::Tone::Quiet, items::Tone::Busy, items::Tone::Good,
             items::Tone::Warning, items::Tone::Bad}) {
        const double one = luminance(toneColor(tone, palette)) + 0.05;
        const double other = luminance(base) + 0.05;
        QCOMPARE_GE(std::max(one, other) / std::min(one, other), 4.4);
    }
    // to be looked at: a picture of the window in these colours
    const QString folder = qEnvironmentVariable("EARSHOT_PICTURES");
    if (!folder.isEmpty()) {
        const QPalette before = QApplication::palette();
        QApplication::setPalette(palette);
        QTRY_COMPARE(live()->model().rowCount(), 76);
        live()->table()->selectRow(72);
        QCoreApplication::processEvents();
        QVERIFY(m_window->grab().save(
            folder + u'/' + QString::fromLatin1(QTest::currentDataTag()) + u".png"_s));
        QApplication::setPalette(before);
    }
}

QTEST_MAIN(TestMainWindow)
#include "tst_mainwindow.moc"
