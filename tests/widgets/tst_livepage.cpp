// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakeservice.h"
#include "model/rpc/controlclient.h"
#include "widgets/draftstore.h"
#include "widgets/live/composer.h"
#include "widgets/live/detailview.h"
#include "widgets/live/filterbar.h"
#include "widgets/live/hexview.h"
#include "widgets/live/livepage.h"
#include "widgets/live/plaindata.h"
#include "widgets/live/rowactions.h"
#include "widgets/live/threadview.h"
#include "widgets/messagetable.h"

#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <memory>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

using Model = items::LiveMessageModel;

namespace {

const QString kTrigger = u"f/live/test"_s;

} // namespace

class TestLivePage final : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void cleanup();
    void filtersAndKeepsTheChosenRow();
    void marksInsteadOfHiding();
    void findsWhatIsBeyondThePreview();
    void saysWhatIsWrongWithAFilter();
    void remembersFilters();
    void pausesTheView();
    void followsAndStops();
    void continuesIntoTheHistory();
    void tellsTheStoryOfAMessage();
    void addsColumns();
    void copiesInOrder();
    void asksForATriggerFilter();
    void composes();
    void readsHugeBodiesInParts();
    void showsHostileMessagesPlainly_data();
    void showsHostileMessagesPlainly();
    void linksBytesAndText();
    void spellsOutWhatHides();

private:
    qint64 add(const QByteArray &body, rpc::Verdict verdict = rpc::Verdict::Filtered);
    void waitForRows(int count) { QTRY_COMPARE(m_page->model().rowCount(), count); }
    void filter(const QString &text) { m_page->filterBar()->setText(text); }

    SystemClock m_clock;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<FakeService> m_service;
    std::unique_ptr<rpc::ControlClient> m_client;
    std::unique_ptr<DraftStore> m_drafts;
    std::unique_ptr<LivePage> m_page;
};

void TestLivePage::initTestCase()
{
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName(u"earshot-test"_s);
    QCoreApplication::setApplicationName(u"tst_livepage"_s);
}

void TestLivePage::init()
{
    QSettings().clear();
    m_dir = std::make_unique<QTemporaryDir>();
    m_service = std::make_unique<FakeService>(m_clock);
    rpc::TriggerSummary trigger;
    trigger.path = kTrigger;
    trigger.mode = TriggerMode::Enabled;
    trigger.url = u"wss://stream.example.com/live"_s;
    trigger.runnable = u"f/live/on_message"_s;
    trigger.session.phase = rpc::SessionPhase::Ready;
    m_service->addTrigger(trigger);
    QVERIFY(m_service->listen(m_dir->filePath(u"s.sock"_s)));
    m_client = std::make_unique<rpc::ControlClient>(m_clock);
    m_client->open(m_dir->filePath(u"s.sock"_s), u"test"_s);
    QTRY_VERIFY(m_client->isReady());
    m_drafts = std::make_unique<DraftStore>(m_dir->filePath(u"drafts"_s));
    m_page = std::make_unique<LivePage>(
        PageContext{.client = *m_client, .clock = m_clock, .drafts = *m_drafts});
    m_page->resize(900, 700);
    m_page->show();
    m_page->setTrigger(kTrigger);
    m_page->onSummary(trigger);
}

void TestLivePage::cleanup()
{
    m_page.reset();
    m_client.reset();
    m_service.reset();
    m_drafts.reset();
    m_dir.reset();
}

qint64 TestLivePage::add(const QByteArray &body, rpc::Verdict verdict)
{
    rpc::MessageRow row;
    row.trigger = kTrigger;
    row.verdict = verdict;
    return m_service->addMessage(row, body);
}

void TestLivePage::filtersAndKeepsTheChosenRow()
{
    for (int i = 0; i < 100; ++i) {
        add("{\"type\":\"" + QByteArray(i % 10 == 0 ? "order" : "tick")
            + "\",\"n\":" + QByteArray::number(i) + '}');
    }
    waitForRows(100);
    m_page->table()->selectRow(50); // an order
    filter(u"$.type==\"order\""_s);
    waitForRows(10);
    QCOMPARE(m_page->table()->currentIndex().row(), 5);
    // new rows go through it
    add("{\"type\":\"tick\"}");
    add("{\"type\":\"order\",\"n\":200}");
    waitForRows(11);
    filter({});
    waitForRows(102);
    QCOMPARE(m_page->table()->currentIndex().row(), 50);
    const QRect shown = m_page->table()->visualRect(m_page->table()->currentIndex());
    QVERIFY(m_page->table()->viewport()->rect().intersects(shown));
}

void TestLivePage::marksInsteadOfHiding()
{
    for (int i = 0; i < 30; ++i) {
        add(i == 3 || i == 20 ? "needle" : "hay");
    }
    waitForRows(30);
    m_page->filterBar()->findChild<QComboBox *>()->setCurrentIndex(1);
    filter(u"needle"_s);
    QTRY_VERIFY(m_page->model().index(3, 0).data(Model::HitRole).toBool());
    QCOMPARE(m_page->model().rowCount(), 30);
    QTest::keyClick(m_page.get(), Qt::Key_F3);
    QCOMPARE(m_page->table()->currentIndex().row(), 3);
    QTest::keyClick(m_page.get(), Qt::Key_F3);
    QCOMPARE(m_page->table()->currentIndex().row(), 20);
    QTest::keyClick(m_page.get(), Qt::Key_F3, Qt::ShiftModifier);
    QCOMPARE(m_page->table()->currentIndex().row(), 3);
}

void TestLivePage::findsWhatIsBeyondThePreview()
{
    add(QByteArray(5'000, 'x') + "needle");
    add(QByteArray(5'000, 'x'));
    waitForRows(2);
    filter(u"needle"_s);
    waitForRows(1);
    add(QByteArray(6'000, 'y') + "NEEDLE");
    waitForRows(2);
}

void TestLivePage::saysWhatIsWrongWithAFilter()
{
    add("one");
    waitForRows(1);
    auto *input = m_page->filterBar()->findChild<QLineEdit *>(u"filter"_s);
    QTest::keyClicks(input, u"/open"_s);
    QVERIFY(!m_page->filterBar()->isValid());
    QVERIFY(m_page->filterBar()->findChild<QLabel *>()->text().contains(u"slash"));
    QTest::keyClick(input, Qt::Key_Return);
    QCOMPARE(m_page->model().rowCount(), 1); // nothing was applied
    QTest::keyClick(input, Qt::Key_Escape);
    QVERIFY(m_page->filterBar()->isValid());
}

void TestLivePage::remembersFilters()
{
    filter(u"one"_s);
    filter(u"two"_s);
    filter(u"one"_s);
    QCOMPARE(m_page->filterBar()->history(), QStringList({u"one"_s, u"two"_s}));
    const FilterBar other;
    QCOMPARE(other.history(), QStringList({u"one"_s, u"two"_s}));
    m_page->filterBar()->addTerm(u"-three"_s);
    QCOMPARE(m_page->filterBar()->text(), u"one -three"_s);
}

void TestLivePage::pausesTheView()
{
    add("one");
    waitForRows(1);
    QToolButton *pause = nullptr;
    for (auto *button : m_page->findChildren<QToolButton *>()) {
        pause = button->text() == u"Pause"_s ? button : pause;
    }
    QVERIFY(pause);
    pause->click();
    for (int i = 0; i < 1'234; ++i) {
        add("more");
    }
    const QString expected = u"paused, %1 buffered"_s.arg(QLocale().toString(1'234));
    QTRY_VERIFY([&] {
        for (const auto *label : m_page->findChildren<QLabel *>()) {
            if (label->text().contains(expected)) {
                return true;
            }
        }
        return false;
    }());
    QCOMPARE(m_page->model().rowCount(), 1);
    pause->click();
    waitForRows(1'235);
}

void TestLivePage::followsAndStops()
{
    for (int i = 0; i < 200; ++i) {
        add("row");
    }
    waitForRows(200);
    QVERIFY(m_page->table()->isFollowing());
    const QPoint place = m_page->table()->visualRect(m_page->model().index(195, 0)).center();
    QTest::mouseClick(m_page->table()->viewport(), Qt::LeftButton, {}, place);
    QVERIFY(!m_page->table()->isFollowing());
    const int at = m_page->table()->verticalScrollBar()->value();
    add("new");
    waitForRows(201);
    QCOMPARE(m_page->table()->verticalScrollBar()->value(), at);
    QTest::keyClick(m_page->table(), Qt::Key_End);
    QVERIFY(m_page->table()->isFollowing());
    QCOMPARE(m_page->table()->verticalScrollBar()->value(),
        m_page->table()->verticalScrollBar()->maximum());
}

void TestLivePage::continuesIntoTheHistory()
{
    for (int i = 0; i < 1'000; ++i) {
        RunRecord run;
        run.status = RunStatus::Success;
        run.triggerPath = kTrigger;
        run.message = "{\"old\":" + QByteArray::number(i) + '}';
        run.messageSize = run.message.size();
        run.receivedAtUs = 1'000'000 + i;
        run.finishedAtUs = run.receivedAtUs + 500;
        m_service->addRun(run);
    }
    for (int i = 0; i < 500; ++i) {
        add("{\"new\":" + QByteArray::number(i) + '}');
    }
    QTRY_VERIFY(m_page->model().rowCount() >= 200);
    QScrollBar *bar = m_page->table()->verticalScrollBar();
    int reads = 0;
    while (m_page->model().rowCount() < 1'500 && ++reads < 30) {
        const int before = m_page->model().rowCount();
        bar->setValue(10);
        const qint64 top = m_page->model().entryAt(10)->key();
        QTRY_VERIFY(m_page->model().rowCount() > before);
        // the row that was at the top still is
        QCOMPARE(m_page->model().entryAt(bar->value())->key(), top);
    }
    QCOMPARE(m_page->model().rowCount(), 1'500);
    QVERIFY(m_page->model().entryAt(0)->isHistory());
    QCOMPARE(m_page->model().entryAt(0)->summary(), u"{\"old\":0}"_s);
    m_page->table()->selectRow(0);
    QTRY_COMPARE(m_page->detail()->body(), QByteArray("{\"old\":0}"));
}

void TestLivePage::tellsTheStoryOfAMessage()
{
    RunRecord run;
    run.status = RunStatus::Success;
    run.triggerPath = kTrigger;
    run.runnablePath = u"f/live/on_message"_s;
    run.message = "{\"type\":\"order\"}";
    run.result = "\"<b>ok</b>\"";
    run.logs = "handled\n";
    const RunId id = m_service->addRun(run);
    rpc::MessageRow row;
    row.trigger = kTrigger;
    row.runId = id;
    row.verdict = rpc::Verdict::Matched;
    m_service->addMessage(row, run.message);
    row.direction = rpc::Direction::Out;
    row.what = rpc::RowKind::Reply;
    row.verdict = rpc::Verdict::None;
    const qint64 reply = m_service->addMessage(row, "ok");
    waitForRows(2);
    m_page->table()->selectRow(0);
    ThreadView *thread = m_page->detail()->thread();
    QTRY_VERIFY(thread->shownText().contains(u"handled"));
    QVERIFY(thread->shownText().contains(u"The filters matched it."));
    QVERIFY(thread->shownText().contains(u"✓"));
    QVERIFY(thread->shownText().contains(u"<b>ok</b>"));
    emit thread->entryActivated(reply);
    QCOMPARE(m_page->table()->currentIndex().row(), 1);
    emit thread->originActivated(id);
    QCOMPARE(m_page->table()->currentIndex().row(), 0);
    QSignalSpy places(m_page.get(), &Page::placeRequested);
    emit thread->runActivated(id);
    QCOMPARE(places.constFirst().constFirst().value<Place>().run, id);
}

void TestLivePage::addsColumns()
{
    add("{\"d\":{\"id\":7}}");
    waitForRows(1);
    emit m_page->detail()->columnRequested(u"$.d.id"_s);
    QCOMPARE(m_page->model().index(0, Model::ColumnCount).data().toString(), u"7"_s);
    emit m_page->detail()->columnRequested(u"$.d.id"_s);
    QCOMPARE(m_page->model().columnCount(), Model::ColumnCount + 1);
    QCOMPARE(QSettings().value(u"live/columns"_s).toStringList(), QStringList{u"$.d.id"_s});
}

void TestLivePage::copiesInOrder()
{
    add("first");
    add(QByteArray(2'000, 'z') + "second");
    add("third");
    waitForRows(3);
    m_page->table()->selectAll();
    QTest::keyClick(m_page->table(), Qt::Key_C, Qt::ControlModifier);
    const QString expected = u"first\n"_s + QString(2'000, u'z') + u"second\nthird"_s;
    QTRY_COMPARE(QGuiApplication::clipboard()->text(), expected);
    items::LiveEntry entry;
    entry.atUs = 5;
    QCOMPARE(RowActions::formatted(entry, "{\"a\":1.0}", false, RowActions::Format::Pretty, {}),
        u"{\n  \"a\": 1.0\n}"_s);
    QCOMPARE(
        RowActions::formatted(entry, "\x01\xff", true, RowActions::Format::Raw, {}), u"01 ff"_s);
}

void TestLivePage::asksForATriggerFilter()
{
    const qint64 id = add("{\"type\":\"order\"}");
    waitForRows(1);
    RowActions actions(*m_client, m_page.get());
    actions.setTrigger(kTrigger, u"ws://x"_s, u"f/live/on_message"_s);
    QSignalSpy places(&actions, &RowActions::placeRequested);
    QSignalSpy terms(&actions, &RowActions::termRequested);
    QMenu menu;
    actions.fill(&menu, {*m_page->model().entryAt(0)});
    for (QAction *action : menu.actions()) {
        if (action->text().startsWith(u"Make a trigger filter"_s)
            || action->text().startsWith(u"Mute"_s)) {
            QVERIFY(action->isEnabled());
            action->trigger();
        }
    }
    QCOMPARE(places.count(), 1);
    const auto place = places.constFirst().constFirst().value<Place>();
    QVERIFY(place.page == Place::Page::Configure);
    QCOMPARE(place.message, id);
    QCOMPARE(terms.constFirst().constFirst().toString(), u"-$.type==\"order\""_s);
}

void TestLivePage::composes()
{
    Composer *composer = m_page->composer();
    auto *input = composer->findChild<QPlainTextEdit *>(u"composer"_s);
    composer->setText(u"{\"a\":"_s, Composer::Form::Json);
    QVERIFY(!composer->message());
    QTest::keyClick(input, Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(m_service->sent.isEmpty());
    QCOMPARE(composer->text(), u"{\"a\":"_s); // what was typed stays
    composer->setText(u"{\"a\":1}"_s, Composer::Form::Json);
    QTest::keyClick(input, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(m_service->sent, QStringList{u"{\"a\":1}"_s});
    QTRY_VERIFY(composer->text().isEmpty());
    QTest::keyClick(input, Qt::Key_Up);
    QCOMPARE(composer->text(), u"{\"a\":1}"_s);
    QTest::keyClick(input, Qt::Key_Down);
    QVERIFY(composer->text().isEmpty());
    composer->setText(u"01 FF"_s, Composer::Form::Binary);
    QCOMPARE(*composer->message(), QByteArray("\x01\xff"));
    composer->setText(u"0"_s, Composer::Form::Binary);
    QVERIFY(!composer->message());
}

void TestLivePage::readsHugeBodiesInParts()
{
    const QByteArray body = "{\"a\":\"" + QByteArray(2'000'000, 'x') + "\"}";
    add(body);
    waitForRows(1);
    m_page->table()->selectRow(0);
    QTRY_COMPARE(m_page->detail()->body().size(), DetailView::kFirstBytes);
    m_page->detail()->loadAll();
    QTRY_VERIFY(m_page->detail()->isWhole());
    QCOMPARE(m_page->detail()->body(), body);
}

void TestLivePage::showsHostileMessagesPlainly_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("binary");
    QTest::newRow("html") << QByteArray("<h1>big</h1><img src=x onerror=alert(1)>") << false;
    QTest::newRow("bidi") << QByteArray("abc \xe2\x80\xae fed \xe2\x81\xa6 x") << false;
    QTest::newRow("ansi") << QByteArray("\x1b[2J\x1b[31mred\x07") << false;
    QTest::newRow("not UTF-8") << QByteArray("bad \xff\xfe\xc3( end") << false;
    QTest::newRow("deep") << QByteArray(QByteArray(120'000, '[') + QByteArray(120'000, ']'))
                          << false;
    QTest::newRow("deep keys") << QByteArray("{\"a\":").repeated(40'000) << false;
    QTest::newRow("one long line") << QByteArray(4'000'000, 'x') << false;
    QTest::newRow("many lines") << QByteArray("x\n").repeated(1'000'000) << false;
    QTest::newRow("many keys") << QByteArray('{' + QByteArray("\"k\":1,").repeated(300'000)
        + "\"z\":0}") << false;
    QTest::newRow("binary") << QByteArray("\x00\x01\xff", 3).repeated(500'000) << true;
    QTest::newRow("combining") << QByteArray("Z\xcc\x81\xcc\x82\xcc\x83").repeated(50'000) << false;
}

void TestLivePage::showsHostileMessagesPlainly()
{
    QFETCH(QByteArray, body);
    QFETCH(bool, binary);
    rpc::MessageRow row;
    row.trigger = kTrigger;
    row.kind = binary ? rpc::PayloadKind::Binary : rpc::PayloadKind::Text;
    m_service->addMessage(row, body);
    waitForRows(1);
    const QString summary = m_page->model().index(0, Model::PreviewColumn).data().toString();
    QVERIFY(!summary.contains(QChar(0x202e)) && !summary.contains(QChar(0x1b)));
    m_page->table()->selectRow(0);
    const auto known = std::min<qint64>(body.size(), DetailView::kFirstBytes);
    QTRY_COMPARE(m_page->detail()->body().size(), known);
    for (int tab = 0; tab < m_page->detail()->tabs()->count(); ++tab) {
        QElapsedTimer timer;
        timer.start();
        m_page->detail()->tabs()->setCurrentIndex(tab);
        m_page->detail()->grab(); // laid out and painted
        // generous: a sanitizer's build on a busy machine
        QVERIFY2(timer.elapsed() < 3'000, qPrintable(QString::number(tab)));
    }
    QCOMPARE(m_page->detail()->body(), body.first(known));
    const QString shown = m_page->detail()->shownText();
    QVERIFY(!shown.contains(QChar(0x202e)) && !shown.contains(QChar(0x1b)));
}

void TestLivePage::linksBytesAndText()
{
    HexView view;
    view.resize(700, 200);
    view.show();
    view.setBytes(QByteArray(1'000, 'a'));
    view.select(16, 20);
    QCOMPARE(view.selected(), QByteArray("aaaa"));
    // the same byte below its digits and below its character
    const int width = view.fontMetrics().horizontalAdvance(u'0');
    const int y = view.fontMetrics().height() + 4;
    QCOMPARE(view.byteAt({8 + (10 + 3 * 5) * width + 1, y}), 21);
    QCOMPARE(view.byteAt({8 + (10 + 48 + 1 + 5) * width + 1, y}), 21);
    QTest::keyClick(&view, Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(view.selected().size(), 1'000);
}

void TestLivePage::spellsOutWhatHides()
{
    QCOMPARE(visibleText("a\xe2\x80\xae\xff\x1b b\tc\nd"), u"a⟨U+202E⟩⟨ff⟩⟨U+001B⟩ b\tc\nd"_s);
    QCOMPARE(visibleText("\xed\xa0\x80"), u"⟨ed⟩⟨a0⟩⟨80⟩"_s);
    QCOMPARE(visibleText("\xef\xbb\xbfx"), u"⟨U+FEFF⟩x"_s);
    QCOMPARE(visibleText("äöü😀"), u"äöü😀"_s);
    QCOMPARE(visibleText("abcdef", 2), u"ab\ncd\nef"_s);
    QCOMPARE(incompleteTail("ab\xf0\x9f"), 2);
    QCOMPARE(incompleteTail("ab"), 0);
}

QTEST_MAIN(TestLivePage)
#include "tst_livepage.moc"
