// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakeservice.h"
#include "model/rpc/controlclient.h"
#include "widgets/configure/changedbanner.h"
#include "widgets/configure/configurepage.h"
#include "widgets/configure/connectiontestpanel.h"
#include "widgets/configure/fieldform.h"
#include "widgets/configure/jsoneditor.h"
#include "widgets/configure/problemsbar.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include <memory>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

namespace {

const QString kPath = u"f/a/b"_s;
const QByteArray kStored
    = "{\n  \"url\": \"ws://one\",\n  \"script_path\": \"f/bots/echo\",\n  \"is_flow\": false,\n  "
      "\"filters\": [{\"key\":\"n\",\"value\":1.0}],\n  \"can_return_message\": false,\n  "
      "\"can_return_error_result\": false,\n  \"mine\":   {\"kept\" : 1.50 }\n}\n";

} // namespace

class TestConfigurePage final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void showsEveryField();
    void writesOnlyWhatWasEdited();
    void fieldsAndJsonAreOneThing();
    void undoesFromAnyInput();
    void resetsToTheDefault();
    void keepsWhatIsNoNumber();
    void putsProblemsBelowTheirFields();
    void goesToTheFieldOfAProblem();
    void findsFields();
    void hidesWhatHasNoMeaningHere();
    void saves();
    void aRefusedSaveLosesNothing();
    void keepsEditsWhenAnotherTriggerIsSelected();
    void keepsEditsOverARestart();
    void keepsEditsWhileTheServiceIsAway();
    void revertCanBeUndone();
    void takesOverAChangeWhenNothingIsEdited();
    void asksWhenItWasChangedElsewhere();
    void takesAModeWithoutAsking();
    void testsTheConnectionWithTheEdits();
    void showsHostileValuesAsTheyAre();
    void fitsASmallWindow();
    void tabGoesThroughTheFieldsInOrder();

private:
    void makePage();
    [[nodiscard]] QByteArray text() const { return m_page->document().text(); }
    [[nodiscard]] QLineEdit *line(const QString &key) const
    {
        return m_page->form()->row(key)->findChild<QLineEdit *>();
    }
    void type(const QString &key, const QString &value) const
    {
        line(key)->selectAll();
        QTest::keyClick(line(key), Qt::Key_Delete);
        QTest::keyClicks(line(key), value);
    }
    void saveElsewhere(const QByteArray &document);

    SystemClock m_clock;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<FakeService> m_service;
    std::unique_ptr<rpc::ControlClient> m_client;
    std::unique_ptr<DraftStore> m_drafts;
    std::unique_ptr<ConfigurePage> m_page;
};

void TestConfigurePage::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_service = std::make_unique<FakeService>(m_clock);
    m_service->isStrict = true;
    rpc::TriggerSummary trigger;
    trigger.path = kPath;
    trigger.revision = 3;
    m_service->addTrigger(trigger, QString::fromUtf8(kStored));
    trigger.path = u"f/a/c"_s;
    m_service->addTrigger(trigger, QString::fromUtf8(kStored));
    QVERIFY(m_service->listen(m_dir->filePath(u"s.sock"_s)));
    m_client = std::make_unique<rpc::ControlClient>(m_clock);
    QSignalSpy ready(m_client.get(), &rpc::ControlClient::ready);
    m_client->open(m_dir->filePath(u"s.sock"_s), u"test"_s);
    QVERIFY(ready.count() || ready.wait());
    makePage();
}

void TestConfigurePage::makePage()
{
    m_page.reset();
    m_drafts = std::make_unique<DraftStore>(m_dir->filePath(u"drafts.json"_s));
    m_page = std::make_unique<ConfigurePage>(PageContext{*m_client, m_clock, *m_drafts});
    m_page->resize(740, 560);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    m_page->setTrigger(kPath);
    QTRY_VERIFY(!line(u"url"_s)->text().isEmpty());
}

void TestConfigurePage::cleanup()
{
    m_page.reset();
    m_drafts.reset();
    m_client.reset();
    m_service.reset();
    m_dir.reset();
}

void TestConfigurePage::saveElsewhere(const QByteArray &document)
{
    m_service->saveElsewhere(kPath, QString::fromUtf8(document));
    m_page->onSummary(m_service->trigger(kPath));
}

void TestConfigurePage::showsEveryField()
{
    for (const items::Field &field : items::fieldTable()) {
        if (field.hasRow()) {
            const FieldRow *row = m_page->form()->row(field.key);
            QVERIFY2(row, qPrintable(field.key));
            QVERIFY2(row->editor()->focusProxy() || row->editor()->inputFor(field.path()),
                qPrintable(field.key));
        }
    }
    QCOMPARE(line(u"url"_s)->text(), u"ws://one"_s);
    QCOMPARE(line(u"connection.ping_interval_secs"_s)->placeholderText(), u"25"_s);
    QCOMPARE(m_page->form()->sections()->count(), 9);
}

void TestConfigurePage::writesOnlyWhatWasEdited()
{
    type(u"url"_s, u"wss://two?a=\"b\""_s);
    type(u"connection.ping_interval_secs"_s, u"2.50"_s);
    QByteArray expected = kStored;
    expected.replace("ws://one", "wss://two?a=\\\"b\\\"");
    expected.replace("1.50 }\n}", "1.50 },\n  \"connection\":   {\"ping_interval_secs\": 2.50}\n}");
    QCOMPARE(text(), expected);
    QVERIFY(m_page->hasEdits());
    type(u"connection.ping_interval_secs"_s, QString());
    type(u"url"_s, u"ws://one"_s);
    QCOMPARE(text(), kStored);
    QVERIFY(!m_page->hasEdits());
}

void TestConfigurePage::fieldsAndJsonAreOneThing()
{
    m_page->setJsonShown(true);
    QCOMPARE(m_page->jsonEditor()->utf8(), kStored);
    QByteArray edited = kStored;
    edited.replace("ws://one", "ws://json");
    m_page->jsonEditor()->setText(QString::fromUtf8(edited));
    QCOMPARE(line(u"url"_s)->text(), u"ws://json"_s);
    m_page->setJsonShown(false);
    type(u"url"_s, u"ws://field"_s);
    QVERIFY(m_page->jsonEditor()->utf8().contains("\"ws://field\""));
    // broken text stays as typed, fields wait for it
    m_page->jsonEditor()->setText(u"{\"url\": "_s);
    QCOMPARE(text(), "{\"url\": "_ba);
    QVERIFY(!line(u"url"_s)->isEnabled());
    m_page->jsonEditor()->setText(QString::fromUtf8(edited));
    QVERIFY(line(u"url"_s)->isEnabled());
}

void TestConfigurePage::undoesFromAnyInput()
{
    m_page->form()->reveal({u"url"_s});
    type(u"url"_s, u"ws://two"_s);
    m_page->document().endStep();
    m_page->form()->reveal({u"connection"_s, u"origin"_s});
    type(u"connection.origin"_s, u"https://x"_s);
    QTest::keyClick(line(u"connection.origin"_s), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(line(u"connection.origin"_s)->text(), QString());
    QCOMPARE(line(u"url"_s)->text(), u"ws://two"_s);
    QTest::keyClick(line(u"connection.origin"_s), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(text(), kStored);
    QTest::keyClick(line(u"url"_s), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(line(u"url"_s)->text(), u"ws://two"_s);
    m_page->setJsonShown(true);
    m_page->jsonEditor()->setFocus();
    QTest::keyClick(m_page->jsonEditor(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(text(), kStored);
    QCOMPARE(m_page->jsonEditor()->utf8(), kStored);
}

void TestConfigurePage::resetsToTheDefault()
{
    const FieldRow *row = m_page->form()->row(u"delivery.overflow"_s);
    auto *reset = row->findChild<QToolButton *>();
    QVERIFY(reset->isHidden());
    m_page->document().set({u"delivery"_s, u"overflow"_s}, "\"stop\"", u"x"_s);
    QVERIFY(!reset->isHidden());
    QCOMPARE(row->findChild<QComboBox *>()->currentData().toString(), u"stop"_s);
    reset->click();
    QCOMPARE(text(), kStored);
    QCOMPARE(row->findChild<QComboBox *>()->currentData().toString(), u"drop_newest"_s);
    // a value that is none of the choices is shown, not replaced
    m_page->document().set({u"delivery"_s, u"overflow"_s}, "\"latest_per_key\"", u"x"_s);
    QCOMPARE(row->findChild<QComboBox *>()->currentText(), u"latest_per_key"_s);
}

void TestConfigurePage::keepsWhatIsNoNumber()
{
    const QString key = u"delivery.timeout_secs"_s;
    type(key, u"5 minutes"_s);
    QCOMPARE(line(key)->text(), u"5 minutes"_s);
    QTRY_COMPARE(m_page->form()->row(key)->problem(),
        u"delivery.timeout_secs must be a number of seconds above 0, at most 2147483, got \"5 "
        "minutes\""_s);
    type(key, u"5 "_s);
    QCOMPARE(line(key)->text(), u"5 "_s);
    QVERIFY(text().contains("\"timeout_secs\": 5}"));
    QTRY_COMPARE(m_page->form()->row(key)->problem(), QString());
}

void TestConfigurePage::putsProblemsBelowTheirFields()
{
    auto *heartbeat = m_page->form()->row(u"heartbeat"_s)->findChild<QCheckBox *>();
    heartbeat->click();
    QVERIFY(text().contains("\"heartbeat\""));
    type(u"heartbeat.interval_secs"_s, u"0"_s);
    QTRY_COMPARE(m_page->form()->row(u"heartbeat.interval_secs"_s)->problem(),
        u"heartbeat interval_secs must be at least 1"_s);
    QCOMPARE(m_page->form()->sections()->item(3)->text(), u"Heartbeat (1)"_s);
    type(u"script_path"_s, u" "_s);
    QTRY_COMPARE(
        m_page->form()->row(u"script_path"_s)->problem(), u"script_path cannot be empty"_s);
    QVERIFY(m_page->problems()->summary().startsWith(u"2 problem"_s));
    heartbeat->click();
    QTRY_COMPARE(m_page->form()->row(u"heartbeat.interval_secs"_s)->problem(), QString());
}

void TestConfigurePage::goesToTheFieldOfAProblem()
{
    m_page->document().set({u"delivery"_s, u"queue_limit"_s}, "0", u"x"_s);
    QTRY_COMPARE(m_page->problems()->list()->count(), 1);
    emit m_page->problems()->list()->itemActivated(m_page->problems()->list()->item(0));
    QLineEdit *limit = line(u"delivery.queue_limit"_s);
    QVERIFY(limit->hasFocus());
    const QRect visible(m_page->form()->area()->viewport()->mapToGlobal(QPoint()),
        m_page->form()->area()->viewport()->size());
    QVERIFY(visible.contains(QRect(limit->mapToGlobal(QPoint()), limit->size())));
    // what no field shows is found in the JSON
    m_page->showPlace({.page = Place::Page::Configure, .field = u"/mine/kept"_s});
    QVERIFY(m_page->jsonEditor()->isVisible());
    QCOMPARE(m_page->jsonEditor()->cursorOffset(), kStored.indexOf("1.50"));
}

void TestConfigurePage::findsFields()
{
    m_page->form()->search()->setText(u"pong"_s);
    QVERIFY(m_page->form()->row(u"connection.pong_timeout_secs"_s)->isVisible());
    QVERIFY(!m_page->form()->row(u"url"_s)->isVisible());
    QVERIFY(m_page->form()->sections()->item(5)->isHidden());
    // a field that is hidden by the search is shown when somebody goes there
    QVERIFY(m_page->form()->reveal({u"url"_s}));
    QVERIFY(m_page->form()->row(u"url"_s)->isVisible());
    QVERIFY(line(u"url"_s)->hasFocus());
}

void TestConfigurePage::hidesWhatHasNoMeaningHere()
{
    const auto isShown
        = [this](const QString &key) { return m_page->form()->row(key)->isVisible(); };
    QVERIFY(!isShown(u"heartbeat.message"_s));
    m_page->form()->row(u"heartbeat"_s)->findChild<QCheckBox *>()->click();
    QVERIFY(isShown(u"heartbeat.message"_s));
    QVERIFY(!isShown(u"delivery.ack"_s));
    m_page->form()->search()->setText(u"delivery.ack"_s);
    QVERIFY(isShown(u"delivery.ack"_s));
    m_page->form()->search()->clear();
    QVERIFY(!isShown(u"delivery.ack"_s));
    m_page->document().set({u"delivery"_s, u"ack"_s}, "{}", u"x"_s);
    QVERIFY(isShown(u"delivery.ack"_s));
    QVERIFY(m_page->form()->reveal({u"session"_s, u"rules"_s}));
    QVERIFY(isShown(u"session.rules"_s));
}

void TestConfigurePage::saves()
{
    QSignalSpy saved(m_page.get(), &ConfigurePage::saved);
    type(u"url"_s, u"ws://two"_s);
    m_page->saveDocument();
    QVERIFY(saved.count() || saved.wait());
    QVERIFY(!m_page->hasEdits());
    QCOMPARE(m_service->document(kPath).toUtf8(), text());
    QVERIFY(m_drafts->isEmpty());
    // saving ends no line of undo steps
    m_page->document().undoStack().undo();
    QCOMPARE(text(), kStored);
    QVERIFY(m_page->hasEdits());
}

void TestConfigurePage::aRefusedSaveLosesNothing()
{
    QSignalSpy failed(m_page.get(), &ConfigurePage::failed);
    type(u"delivery.concurrency"_s, u"many"_s);
    type(u"url"_s, u"ws://two"_s);
    const QByteArray typed = text();
    m_page->saveDocument();
    QVERIFY(failed.count() || failed.wait());
    QCOMPARE(text(), typed);
    QCOMPARE(line(u"delivery.concurrency"_s)->text(), u"many"_s);
    QVERIFY(m_page->hasEdits());
    QCOMPARE(m_service->document(kPath).toUtf8(), kStored);
    QTRY_VERIFY(!m_page->form()->row(u"delivery.concurrency"_s)->problem().isEmpty());
}

void TestConfigurePage::keepsEditsWhenAnotherTriggerIsSelected()
{
    type(u"url"_s, u"ws://two"_s);
    m_page->setTrigger(u"f/a/c"_s);
    QTRY_COMPARE(line(u"url"_s)->text(), u"ws://one"_s);
    m_page->setTrigger(kPath);
    QTRY_COMPARE(line(u"url"_s)->text(), u"ws://two"_s);
    QVERIFY(m_page->hasEdits());
}

void TestConfigurePage::keepsEditsOverARestart()
{
    type(u"url"_s, u"ws://two"_s);
    m_page->jsonEditor()->setText(u"{\"half\": "_s);
    makePage();
    QTRY_COMPARE(text(), "{\"half\": "_ba);
    QVERIFY(m_page->hasEdits());
}

void TestConfigurePage::keepsEditsWhileTheServiceIsAway()
{
    QSignalSpy lost(m_client.get(), &rpc::ControlClient::lost);
    m_client->close();
    m_page->onLost();
    type(u"url"_s, u"ws://two"_s);
    QVERIFY(m_page->stateText().contains(u"kept"));
    QTRY_VERIFY(m_drafts->find(kPath));
    // what was typed is there after the window's crash too: it is on disk
    const DraftStore other(m_dir->filePath(u"drafts.json"_s));
    QVERIFY(other.find(kPath));
    QSignalSpy ready(m_client.get(), &rpc::ControlClient::ready);
    m_client->open(m_dir->filePath(u"s.sock"_s), u"test"_s);
    QVERIFY(ready.count() || ready.wait());
    m_page->onReady();
    QCOMPARE(line(u"url"_s)->text(), u"ws://two"_s);
    QSignalSpy saved(m_page.get(), &ConfigurePage::saved);
    m_page->saveDocument();
    QVERIFY(saved.count() || saved.wait());
}

void TestConfigurePage::revertCanBeUndone()
{
    type(u"url"_s, u"ws://two"_s);
    m_page->revert();
    QCOMPARE(text(), kStored);
    QVERIFY(!m_page->hasEdits());
    QVERIFY(!m_drafts->find(kPath));
    m_page->document().undoStack().undo();
    QCOMPARE(line(u"url"_s)->text(), u"ws://two"_s);
}

void TestConfigurePage::takesOverAChangeWhenNothingIsEdited()
{
    QByteArray elsewhere = kStored;
    elsewhere.replace("ws://one", "ws://elsewhere");
    saveElsewhere(elsewhere);
    QTRY_COMPARE(line(u"url"_s)->text(), u"ws://elsewhere"_s);
    QVERIFY(!m_page->hasEdits());
    QVERIFY(m_page->changedBanner()->isHidden());
}

void TestConfigurePage::asksWhenItWasChangedElsewhere()
{
    QByteArray elsewhere = kStored;
    elsewhere.replace("ws://one", "ws://elsewhere");
    type(u"url"_s, u"ws://two"_s);
    const QByteArray mine = text();
    saveElsewhere(elsewhere);
    QTRY_VERIFY(m_page->changedBanner()->isVisible());
    QCOMPARE(text(), mine);
    m_page->saveDocument(); // not before somebody chose
    QCOMPARE(m_service->document(kPath).toUtf8(), elsewhere);

    m_page->changedBanner()->differenceButton()->click();
    const auto *difference = m_page->changedBanner()->findChild<QPlainTextEdit *>();
    QVERIFY(difference);
    QVERIFY(difference->toPlainText().contains(u"−   \"url\": \"ws://elsewhere\","));
    QVERIFY(difference->toPlainText().contains(u"+   \"url\": \"ws://two\","));
    difference->window()->close();

    m_page->changedBanner()->theirsButton()->click();
    QCOMPARE(text(), elsewhere);
    QVERIFY(!m_page->hasEdits());
    m_page->document().undoStack().undo(); // mine is not lost
    QCOMPARE(text(), mine);

    saveElsewhere(kStored);
    QTRY_VERIFY(m_page->changedBanner()->isVisible());
    m_page->changedBanner()->mineButton()->click();
    QVERIFY(m_page->changedBanner()->isHidden());
    QSignalSpy saved(m_page.get(), &ConfigurePage::saved);
    m_page->saveDocument();
    QVERIFY(saved.count() || saved.wait());
    QCOMPARE(m_service->document(kPath).toUtf8(), mine);
}

void TestConfigurePage::takesAModeWithoutAsking()
{
    type(u"url"_s, u"ws://two"_s);
    QByteArray switched = kStored;
    switched.replace("\"is_flow\": false,", "\"is_flow\": false,\n  \"mode\": \"disabled\",");
    saveElsewhere(switched);
    QTRY_VERIFY(text().contains("\"mode\":   \"disabled\""));
    QVERIFY(m_page->changedBanner()->isHidden());
    QVERIFY(text().contains("ws://two"));
    QSignalSpy saved(m_page.get(), &ConfigurePage::saved);
    m_page->saveDocument();
    QVERIFY(saved.count() || saved.wait());
}

void TestConfigurePage::testsTheConnectionWithTheEdits()
{
    m_page->testConnection();
    QTRY_VERIFY(!m_page->testPanel()->isRunning());
    const QString shown = m_page->testPanel()->text();
    QVERIFY2(shown.contains(u"Connected in 22 ms"), qPrintable(shown));
    QVERIFY2(shown.contains(u"✓ Connection: 12.4 ms, 192.0.2.7:443"), qPrintable(shown));
    QVERIFY2(shown.contains(u"✓ WebSocket handshake: 9.1 ms"), qPrintable(shown));
}

void TestConfigurePage::showsHostileValuesAsTheyAre()
{
    const QString hostile = u"<b>ws</b>\u202e\u0007 \"\\"_s + QString(100'000, u'x');
    m_page->document().set({u"url"_s}, toJsonString(hostile), u"x"_s);
    const QByteArray before = text();
    QCOMPARE(line(u"url"_s)->text().size(), hostile.size());
    QCOMPARE(text(), before); // showing it changes nothing
    QVERIFY(line(u"url"_s)->width() < m_page->width());
    QTest::keyClick(line(u"url"_s), Qt::Key_End);
    QTest::keyClicks(line(u"url"_s), u"y"_s);
    QCOMPARE(m_page->document().shown({u"url"_s}), QString(hostile + u'y'));
    m_page->document().set(
        {u"connection"_s, u"headers"_s}, "{\"X\": [1, {\"deep\": null}], \"Y\": 5}", u"x"_s);
    m_page->document().set({u"filters"_s}, "\"no array\"", u"x"_s);
    m_page->document().set({u"initial_messages"_s}, "{\"no\": \"array\"}", u"x"_s);
    QTRY_VERIFY(!m_page->form()->row(u"filters"_s)->problem().isEmpty());
    QVERIFY(text().contains("\"no array\""));
}

void TestConfigurePage::fitsASmallWindow()
{
    // What the page gets in a window of 1024 by 700.
    m_page->resize(740, 500);
    m_page->document().set({u"url"_s}, toJsonString(QString(500, u'W')), u"x"_s);
    QTRY_COMPARE(m_page->width(), 740);
    QScrollArea *area = m_page->form()->area();
    QTRY_VERIFY(area->widget()->width() <= area->viewport()->width());
    for (const items::Field &field : items::fieldTable()) {
        const FieldRow *row = field.hasRow() ? m_page->form()->row(field.key) : nullptr;
        if (row == nullptr || !row->isVisible()) {
            continue;
        }
        for (const QWidget *part : row->findChildren<QWidget *>()) {
            if (!part->isVisible() || part->window() != m_page->window()
                || qobject_cast<const QAbstractScrollArea *>(part->parentWidget()) != nullptr) {
                continue;
            }
            const QRect place(part->mapTo(area->widget(), QPoint()), part->size());
            QVERIFY2(place.right() < area->viewport()->width(),
                qPrintable(u"%1: %2 is cut"_s.arg(
                    field.key, QString::fromLatin1(part->metaObject()->className()))));
        }
    }
}

void TestConfigurePage::tabGoesThroughTheFieldsInOrder()
{
    // The rows' inputs come in the order of the page, none is left out.
    QStringList reached;
    QWidget *start = m_page->form()->row(u"url"_s)->editor()->focusProxy();
    if (start == nullptr) {
        start = m_page->form()->row(u"url"_s)->editor()->inputFor({u"url"_s});
    }
    QVERIFY(start);
    QWidget *widget = start;
    do {
        for (QWidget *up = widget; up != nullptr; up = up->parentWidget()) {
            const auto *row = qobject_cast<FieldRow *>(up);
            if (row != nullptr && !reached.contains(row->field().key)
                && (widget->focusPolicy() & Qt::TabFocus)) {
                reached += row->field().key;
            }
        }
        widget = widget->nextInFocusChain();
    } while (widget != start);
    QStringList expected;
    for (const items::Field &field : items::fieldTable()) {
        if (field.hasRow()) {
            expected += field.key;
        }
    }
    QCOMPARE(reached, expected);
}

QTEST_MAIN(TestConfigurePage)
#include "tst_configurepage.moc"
