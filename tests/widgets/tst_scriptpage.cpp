// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakescripts.h"
#include "fakeservice.h"
#include "model/rpc/controlclient.h"
#include "widgets/elidedlabel.h"
#include "widgets/script/codeeditor.h"
#include "widgets/script/debugpanel.h"
#include "widgets/script/findbar.h"
#include "widgets/script/newscriptdialog.h"
#include "widgets/script/outputview.h"
#include "widgets/script/runpanel.h"
#include "widgets/script/scriptpage.h"

#include <QCheckBox>
#include <QComboBox>
#include <QJsonArray>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <Qsci/qscilexer.h>

#include <memory>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kScript = "export async function main(msg: string) {\n  return msg;\n}\n";
const QByteArray kTheirs = "export async function main(msg: string) {\n  return 1;\n}\n";
const QByteArray kFailure = "{\"error\":{\"name\":\"TypeError\",\"message\":\"boom\",\"stack\":"
                            "\"TypeError: boom\\n    at main (/ws/f/bots/on_message.ts:2:3)\"}}";

template <typename W>
W *named(QWidget &parent, const QString &accessibleName)
{
    for (W *widget : parent.findChildren<W *>()) {
        if (widget->accessibleName() == accessibleName) {
            return widget;
        }
    }
    return nullptr;
}

QPushButton *button(QWidget &parent, const QString &text)
{
    for (QPushButton *one : parent.findChildren<QPushButton *>()) {
        if (one->text() == text) {
            return one;
        }
    }
    return nullptr;
}

} // namespace

class TestScriptPage final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void showsTheTriggersScript();
    void saves();
    void keepsAFileEndings();
    void neverWritesOverUnseen();
    void takesTheirs();
    void reloadsWhatWasNotEdited();
    void savesADeletedFileAgain();
    void keepsTheDraft();
    void draftOfAnOlderFileIsAConflict();
    void onlyReadsWhatIsNotText();
    void missingScriptIsMadeFromATemplate();
    void renames();
    void findsAndReplaces();
    void togglesComments_data();
    void togglesComments();
    void followsThePalette();
    void runsAMessage();
    void savesBeforeItRuns();
    void runsArguments();
    void runsAnEvent();
    void errorJumpsToItsLine();
    void steps();
    void dryReplies();
    void attaches();

private:
    void makePage();
    void select();
    void type(const QString &text);
    [[nodiscard]] QString file(const QString &name = u"f/bots/on_message.ts"_s) const
    {
        return QString::fromUtf8(m_files->content(name));
    }

    SystemClock m_clock;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<FakeService> m_service;
    std::unique_ptr<FakeScripts> m_files;
    std::unique_ptr<rpc::ControlClient> m_client;
    std::unique_ptr<DraftStore> m_drafts;
    std::unique_ptr<ScriptPage> m_page;
    rpc::TriggerSummary m_trigger;
};

void TestScriptPage::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_service = std::make_unique<FakeService>(m_clock);
    m_files = std::make_unique<FakeScripts>(*m_service);
    m_files->setFile(u"f/bots/on_message.ts"_s, kScript);
    m_files->setFile(u"f/bots/other.py"_s, "def main(msg):\n    return 1\n");
    m_trigger = {};
    m_trigger.path = u"f/bots/orders"_s;
    m_trigger.runnable = u"f/bots/on_message"_s;
    m_trigger.url = u"wss://example.com/orders"_s;
    m_trigger.mode = TriggerMode::Enabled;
    m_service->addTrigger(m_trigger, u"{}"_s);
    rpc::MessageRow row;
    row.trigger = m_trigger.path;
    m_service->addMessage(row, "{\"type\":\"order\"}");
    QVERIFY(m_service->listen(m_dir->filePath(u"s.sock"_s)));
    m_client = std::make_unique<rpc::ControlClient>(m_clock);
    QSignalSpy ready(m_client.get(), &rpc::ControlClient::ready);
    m_client->open(m_dir->filePath(u"s.sock"_s), u"test"_s);
    QVERIFY(ready.count() || ready.wait());
    makePage();
    select();
    QTRY_COMPARE(m_page->editor()->text(), QString::fromUtf8(kScript));
}

void TestScriptPage::makePage()
{
    m_page.reset();
    m_drafts = std::make_unique<DraftStore>(m_dir->filePath(u"drafts.json"_s));
    m_page = std::make_unique<ScriptPage>(PageContext{*m_client, m_clock, *m_drafts});
    m_page->resize(900, 600);
    m_page->show();
}

void TestScriptPage::select()
{
    m_page->setTrigger(m_trigger.path);
    m_page->onSummary(m_trigger);
    m_page->onReady();
}

void TestScriptPage::cleanup()
{
    m_page.reset();
    m_client.reset();
    m_files.reset();
    m_service.reset();
}

void TestScriptPage::type(const QString &text)
{
    m_page->editor()->replaceSource(text);
}

void TestScriptPage::showsTheTriggersScript()
{
    QCOMPARE(m_page->editor()->language(), CodeEditor::Language::TypeScript);
    QVERIFY(!m_page->hasEdits());
    m_page->openScript(u"f/bots/other"_s);
    QTRY_VERIFY(m_page->editor()->text().startsWith(u"def main"_s));
    QCOMPARE(m_page->editor()->language(), CodeEditor::Language::Python);
    const auto *scripts = named<QComboBox>(*m_page, u"Script"_s);
    QCOMPARE(scripts->currentData().toString(), u"f/bots/other"_s);
}

void TestScriptPage::saves()
{
    QSignalSpy edited(m_page.get(), &Page::editedChanged);
    type(u"// mine\n"_s);
    QVERIFY(m_page->hasEdits());
    QCOMPARE(edited.size(), 1);
    button(*m_page, u"Save"_s)->click();
    QTRY_VERIFY(!m_page->hasEdits());
    QCOMPARE(file(), u"// mine\n"_s);
    QCOMPARE(edited.last().first().toBool(), false);
    type(u"// again\n"_s);
    button(*m_page, u"Save"_s)->click();
    QTRY_COMPARE(file(), u"// again\n"_s);
}

void TestScriptPage::keepsAFileEndings()
{
    m_files->writeElsewhere(u"f/bots/on_message.ts"_s, "a\r\nb\r\n");
    QTRY_COMPARE(m_page->editor()->text(), u"a\r\nb\r\n"_s);
    m_page->editor()->setCursorPosition(1, 1);
    QTest::keyClick(m_page->editor(), Qt::Key_Return);
    m_page->file()->save();
    QTRY_COMPARE(file(), u"a\r\nb\r\n\r\n"_s);
}

void TestScriptPage::neverWritesOverUnseen()
{
    type(u"// mine\n"_s);
    m_files->writeElsewhere(u"f/bots/on_message.ts"_s, kTheirs);
    QTRY_VERIFY(m_page->file()->theirs().has_value());
    QPushButton *keep = button(*m_page, u"Keep mine"_s);
    QVERIFY(keep && keep->isVisible());
    std::optional<bool> answer;
    m_page->file()->save([&answer](bool saved) { answer = saved; });
    QTRY_COMPARE(answer, false);
    QCOMPARE(m_page->editor()->text(), u"// mine\n"_s);
    QCOMPARE(file(), QString::fromUtf8(kTheirs));
    keep->click();
    m_page->file()->save();
    QTRY_COMPARE(file(), u"// mine\n"_s);
    QTRY_VERIFY(!m_page->hasEdits());
}

void TestScriptPage::takesTheirs()
{
    type(u"// mine\n"_s);
    m_files->writeElsewhere(u"f/bots/on_message.ts"_s, kTheirs);
    QPushButton *load = nullptr;
    QTRY_VERIFY((load = button(*m_page, u"Load theirs"_s)) && load->isVisible());
    load->click();
    QTRY_COMPARE(m_page->editor()->text(), QString::fromUtf8(kTheirs));
    QVERIFY(!m_page->hasEdits());
    QVERIFY(!load->isVisible());
}

void TestScriptPage::reloadsWhatWasNotEdited()
{
    m_files->writeElsewhere(u"f/bots/on_message.ts"_s, kTheirs);
    QTRY_COMPARE(m_page->editor()->text(), QString::fromUtf8(kTheirs));
}

void TestScriptPage::savesADeletedFileAgain()
{
    m_files->removeElsewhere(u"f/bots/on_message.ts"_s);
    QPushButton *again = nullptr;
    QTRY_VERIFY((again = button(*m_page, u"Save it again"_s)) && again->isVisible());
    QCOMPARE(m_page->editor()->text(), QString::fromUtf8(kScript));
    again->click();
    QTRY_COMPARE(file(), QString::fromUtf8(kScript));
    QTRY_VERIFY(!again->isVisible());
}

void TestScriptPage::keepsTheDraft()
{
    type(u"// mine\n"_s);
    m_page->openScript(u"f/bots/other"_s);
    QTRY_VERIFY(m_page->editor()->text().startsWith(u"def main"_s));
    m_page->openScript(u"f/bots/on_message"_s);
    QTRY_COMPARE(m_page->editor()->text(), u"// mine\n"_s);
    QVERIFY(m_page->hasEdits());
    makePage();
    select();
    QTRY_COMPARE(m_page->editor()->text(), u"// mine\n"_s);
    QVERIFY(!m_page->file()->theirs());
    m_page->file()->save();
    QTRY_COMPARE(file(), u"// mine\n"_s);
    QVERIFY(m_drafts->isEmpty());
}

void TestScriptPage::draftOfAnOlderFileIsAConflict()
{
    type(u"// mine\n"_s);
    m_page.reset();
    m_files->setFile(u"f/bots/on_message.ts"_s, kTheirs);
    makePage();
    select();
    QTRY_COMPARE(m_page->editor()->text(), u"// mine\n"_s);
    QCOMPARE(m_page->file()->theirs(), QString::fromUtf8(kTheirs));
    m_page->file()->takeTheirs();
    QTRY_COMPARE(m_page->editor()->text(), QString::fromUtf8(kTheirs));
}

void TestScriptPage::onlyReadsWhatIsNotText()
{
    m_files->writeElsewhere(u"f/bots/on_message.ts"_s, "caf\xe9\n");
    QTRY_VERIFY(m_page->editor()->isReadOnly());
    QVERIFY(!m_page->file()->readOnlyReason().isEmpty());
    m_page->file()->save();
    QCOMPARE(m_files->content(u"f/bots/on_message.ts"_s), QByteArray("caf\xe9\n"));
}

void TestScriptPage::missingScriptIsMadeFromATemplate()
{
    m_trigger.runnable = u"f/bots/fresh"_s;
    m_page->onSummary(m_trigger);
    QTRY_VERIFY(m_page->file()->state() == ScriptFile::State::Missing);
    QPushButton *create = button(*m_page, u"Create it…"_s);
    QVERIFY(create && create->isVisible());
    create->click();
    QVERIFY(m_page->newScriptDialog());
    NewScriptDialog &dialog = *m_page->newScriptDialog();
    QPushButton *confirm = button(dialog, u"Create"_s);
    // Python is what runs here.
    QTRY_VERIFY(confirm->isEnabled());
    auto *path = dialog.findChild<QLineEdit *>();
    QCOMPARE(path->text(), u"f/bots/fresh"_s);
    path->setText(u"no path"_s);
    QVERIFY(!confirm->isEnabled());
    path->setText(u"f/bots/other"_s);
    confirm->click();
    QTRY_VERIFY(
        dialog.findChildren<QLabel *>().constLast()->text().contains(u"exists already"_s) || [&] {
            for (const QLabel *label : dialog.findChildren<QLabel *>()) {
                if (label->text().contains(u"exists already"_s)) {
                    return true;
                }
            }
            return false;
        }());
    path->setText(u"f/bots/fresh"_s);
    confirm->click();
    QTRY_COMPARE(m_page->editor()->text(), u"# python3 message\n"_s);
    QCOMPARE(file(u"f/bots/fresh.py"_s), u"# python3 message\n"_s);
}

void TestScriptPage::renames()
{
    QSignalSpy said(m_page.get(), &Page::said);
    type(u"// mine\n"_s);
    m_page->renameTo(u"f/shop/on_message"_s);
    QTRY_COMPARE(m_page->file()->path(), u"f/shop/on_message"_s);
    QTRY_COMPARE(m_page->editor()->text(), u"// mine\n"_s);
    QVERIFY(!m_files->has(u"f/bots/on_message.ts"_s));
    QVERIFY(said.last().first().toString().contains(u"f/bots/orders"_s));
}

void TestScriptPage::findsAndReplaces()
{
    type(u"one two\none one\n"_s);
    m_page->editor()->setCursorPosition(0, 0);
    m_page->findBar()->open(true);
    named<QLineEdit>(*m_page->findBar(), u"Find"_s)->setText(u"one"_s);
    QVERIFY(m_page->findBar()->findNext());
    QCOMPARE(m_page->editor()->selectedText(), u"one"_s);
    named<QLineEdit>(*m_page->findBar(), u"Replace with"_s)->setText(u"oneone"_s);
    QCOMPARE(m_page->findBar()->replaceAll(), 3);
    QCOMPARE(m_page->editor()->text(), u"oneone two\noneone oneone\n"_s);
    named<QLineEdit>(*m_page->findBar(), u"Find"_s)->setText(u"nowhere"_s);
    QVERIFY(!m_page->findBar()->findNext());
    m_page->editor()->undo();
    QCOMPARE(m_page->editor()->text(), u"one two\none one\n"_s);
}

void TestScriptPage::togglesComments_data()
{
    QTest::addColumn<int>("language");
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::newRow("typescript") << static_cast<int>(CodeEditor::Language::TypeScript)
                                << u"  a();\n\n    b();\n"_s << u"  // a();\n\n  //   b();\n"_s;
    QTest::newRow("python") << static_cast<int>(CodeEditor::Language::Python) << u"a\nb\n"_s
                            << u"# a\n# b\n"_s;
    QTest::newRow("json") << static_cast<int>(CodeEditor::Language::Json) << u"{}\n"_s << u"{}\n"_s;
}

void TestScriptPage::togglesComments()
{
    QFETCH(int, language);
    QFETCH(QString, before);
    QFETCH(QString, after);
    CodeEditor editor;
    editor.setLanguage(static_cast<CodeEditor::Language>(language));
    editor.setSource(before);
    editor.selectAll();
    editor.toggleComment();
    QCOMPARE(editor.text(), after);
    editor.selectAll();
    editor.toggleComment();
    QCOMPARE(editor.text(), before);
}

void TestScriptPage::followsThePalette()
{
    CodeEditor editor;
    editor.setLanguage(CodeEditor::Language::TypeScript);
    QPalette dark;
    dark.setColor(QPalette::Base, QColor(20, 20, 20));
    dark.setColor(QPalette::Text, QColor(230, 230, 230));
    editor.setPalette(dark);
    editor.lexer();
    QCOMPARE(editor.lexer()->defaultPaper(), QColor(20, 20, 20));
    for (int style = 0; style < 128; ++style) {
        if (!editor.lexer()->description(style).isEmpty()) {
            QVERIFY2(editor.lexer()->color(style).lightness() > 100,
                qPrintable(editor.lexer()->description(style)));
        }
    }
}

void TestScriptPage::runsAMessage()
{
    RunPanel &panel = *m_page->runPanel();
    auto *text = named<QPlainTextEdit>(panel, u"Message"_s);
    // The newest message is there already.
    QTRY_COMPARE(text->toPlainText(), u"{\"type\":\"order\"}"_s);
    QPushButton *run = button(panel, u"Run"_s);
    run->click();
    QTRY_VERIFY(panel.isRunning());
    QCOMPARE(m_files->started.runnable, u"f/bots/on_message"_s);
    QCOMPARE(m_files->started.message, u"{\"type\":\"order\"}"_s);
    QVERIFY(!m_files->started.event);
    QVERIFY(!run->isEnabled());
    auto *log = named<QPlainTextEdit>(panel, u"Log"_s);
    QTRY_VERIFY(button(panel, u"Cancel"_s)->isEnabled());
    m_files->say({{.stream = u"log"_s, .text = u"half way\n"_s}});
    QTRY_COMPARE(log->toPlainText(), u"half way\n"_s);
    button(panel, u"Cancel"_s)->click();
    QTRY_COMPARE(m_files->cancelled, QList<RunId>{m_files->run});
    m_files->endRun(RunStatus::Success, "{\"ok\":1}", u"half way\nthere\n"_s);
    QTRY_VERIFY(!panel.isRunning());
    QCOMPARE(log->toPlainText(), u"half way\nthere\n"_s);
    bool timed = false;
    for (const QLabel *label : panel.findChildren<QLabel *>()) {
        timed = timed || label->text().contains(u"12"_s);
    }
    QVERIFY(timed);
    QVERIFY(run->isEnabled());
}

void TestScriptPage::savesBeforeItRuns()
{
    type(u"// mine\n"_s);
    m_page->runPanel()->run();
    QTRY_VERIFY(m_page->runPanel()->isRunning());
    QCOMPARE(file(), u"// mine\n"_s);
    m_files->endRun(RunStatus::Success, "1", {});
    QTRY_VERIFY(!m_page->runPanel()->isRunning());
    type(u"// mine 2\n"_s);
    m_files->setFile(u"f/bots/on_message.ts"_s, kTheirs);
    m_files->started = {};
    m_page->runPanel()->run();
    QTRY_VERIFY(m_page->file()->theirs().has_value());
    QVERIFY(m_files->started.runnable.isEmpty());
    QCOMPARE(file(), QString::fromUtf8(kTheirs));
}

void TestScriptPage::runsArguments()
{
    RunPanel &panel = *m_page->runPanel();
    m_files->signature
        = {{u"main"_s, u"function"_s}, {u"params"_s, QJsonArray{QJsonObject{{u"name"_s, u"a"_s}}}}};
    m_page->file()->reload();
    panel.setInput(RunPanel::Input::Arguments);
    auto *text = named<QPlainTextEdit>(panel, u"Arguments"_s);
    QTRY_VERIFY(text->toPlainText().contains(u"\"a\""_s));
    QPushButton *run = button(panel, u"Run"_s);
    text->setPlainText(u"{\n\"a\": }"_s);
    QVERIFY(!run->isEnabled());
    text->setPlainText(u"[1]"_s);
    QVERIFY(!run->isEnabled());
    text->setPlainText(u"{\"a\": 1}"_s);
    QVERIFY(run->isEnabled());
    run->click();
    QTRY_VERIFY(panel.isRunning());
    QCOMPARE(m_files->started.args, (QJsonObject{{u"a"_s, 1}}));
    QVERIFY(!m_files->started.message);
}

void TestScriptPage::runsAnEvent()
{
    RunPanel &panel = *m_page->runPanel();
    QTRY_VERIFY(!named<QPlainTextEdit>(panel, u"Message"_s)->toPlainText().isEmpty());
    panel.setInput(RunPanel::Input::Event);
    panel.run();
    QTRY_VERIFY(panel.isRunning());
    QCOMPARE(m_files->started.event, true);
    QCOMPARE(m_files->started.url, u"wss://example.com/orders"_s);
    QCOMPARE(m_files->started.trigger, m_trigger.path);
    QCOMPARE(m_files->started.message, u"{\"type\":\"order\"}"_s);
}

void TestScriptPage::errorJumpsToItsLine()
{
    RunPanel &panel = *m_page->runPanel();
    panel.run();
    QTRY_VERIFY(panel.isRunning());
    m_files->endRun(RunStatus::Failure, kFailure, {});
    QTRY_VERIFY(!panel.isRunning());
    auto *error = named<OutputView>(panel, u"Error"_s);
    QVERIFY(error && error->isVisible());
    QVERIFY(error->toPlainText().startsWith(u"TypeError: boom"_s));
    QTextCursor cursor = error->textCursor();
    cursor.movePosition(QTextCursor::End);
    error->setTextCursor(cursor);
    QSignalSpy located(&panel, &RunPanel::locationActivated);
    QTest::keyClick(error, Qt::Key_Return);
    QCOMPARE(located.size(), 1);
    emit panel.locationActivated(u"f/bots/on_message.ts"_s, 2, 3);
    int line = 0;
    int column = 0;
    m_page->editor()->getCursorPosition(&line, &column);
    QCOMPARE(line, 1);
    QCOMPARE(column, 2);
    emit panel.locationActivated(u"f/bots/other.py"_s, 2, 0);
    QTRY_VERIFY(m_page->editor()->text().startsWith(u"def main"_s));
    m_page->editor()->getCursorPosition(&line, &column);
    QCOMPARE(line, 1);
}

void TestScriptPage::steps()
{
    DebugPanel &panel = *m_page->debugPanel();
    QPushButton *step = button(panel, u"Step"_s);
    QVERIFY(!step->isEnabled());
    m_trigger.mode = TriggerMode::Suspended;
    m_trigger.counters.suspended = 3;
    m_page->onSummary(m_trigger);
    QVERIFY(step->isEnabled());
    panel.step();
    QVERIFY(!step->isEnabled());
    QTRY_COMPARE(m_service->resumed.size(), 1);
    QCOMPARE(m_service->resumed.constFirst().count, 1);
    QVERIFY(!m_service->resumed.constFirst().ids);
    QTRY_VERIFY(step->isEnabled());
}

void TestScriptPage::dryReplies()
{
    DebugPanel &panel = *m_page->debugPanel();
    auto *dry = panel.findChild<QCheckBox *>();
    auto *list = named<QListWidget>(panel, u"Replies that wait"_s);
    auto *reply = named<QPlainTextEdit>(panel, u"Reply"_s);
    m_files->replies.append({.id = 1, .runId = 41, .size = 3, .text = u"one"_s});
    m_files->replies.append({.id = 2, .runId = 42, .size = 3, .text = u"two"_s});
    dry->click();
    QTRY_COMPARE(list->count(), 2);
    QVERIFY(m_files->debug.dryReplies);
    QCOMPARE(reply->toPlainText(), u"one"_s);
    list->setCurrentRow(1);
    QCOMPARE(reply->toPlainText(), u"two"_s);
    reply->setPlainText(u"two, edited"_s);
    // What was typed outlives a look at another one and a new arrival.
    list->setCurrentRow(0);
    m_files->replies.append({.id = 3, .runId = 43, .size = 5, .text = u"three"_s});
    m_page->onSummary(m_trigger);
    QTRY_COMPARE(list->count(), 3);
    list->setCurrentRow(1);
    QCOMPARE(reply->toPlainText(), u"two, edited"_s);
    button(panel, u"Send"_s)->click();
    QTRY_COMPARE(list->count(), 2);
    QCOMPARE(m_files->sentReplies.constLast().text, u"two, edited"_s);
    list->setCurrentRow(0);
    button(panel, u"Send"_s)->click();
    QTRY_COMPARE(list->count(), 1);
    QVERIFY(!m_files->sentReplies.constLast().text);
    button(panel, u"Drop"_s)->click();
    QTRY_COMPARE(list->count(), 0);
    QCOMPARE(m_files->sentReplies.size(), 2);
}

void TestScriptPage::attaches()
{
    DebugPanel &panel = *m_page->debugPanel();
    QSignalSpy failed(m_page.get(), &Page::failed);
    m_files->attachError = {ErrorCode::Unavailable, u"no debugger"_s, u"pip install debugpy"_s};
    QPushButton *attach = button(panel, u"Attach…"_s);
    attach->click();
    QTRY_COMPARE(failed.size(), 1);
    bool said = false;
    for (const QLabel *label : panel.findChildren<QLabel *>()) {
        said = said || label->text().contains(u"pip install debugpy"_s);
    }
    QVERIFY(said);
    m_files->attachError = {};
    attach->click();
    QTRY_COMPARE(attach->text(), u"Detach"_s);
    QVERIFY(named<QPlainTextEdit>(panel, u"launch.json"_s)->toPlainText().contains(u"version"_s));
    attach->click();
    QTRY_COMPARE(attach->text(), u"Attach…"_s);
}

QTEST_MAIN(TestScriptPage)
#include "tst_scriptpage.moc"
