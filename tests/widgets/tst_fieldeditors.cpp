// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakeservice.h"
#include "model/rpc/controlclient.h"
#include "widgets/configure/choosescript.h"
#include "widgets/configure/createscript.h"
#include "widgets/configure/documenteditor.h"
#include "widgets/configure/fieldrow.h"
#include "widgets/configure/filterseditor.h"
#include "widgets/configure/heartbeateditor.h"
#include "widgets/configure/initialmessageseditor.h"
#include "widgets/configure/jsoneditor.h"
#include "widgets/configure/knownnames.h"
#include "widgets/configure/membersform.h"
#include "widgets/configure/runnableeditors.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QCompleter>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <memory>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestFieldEditors final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void urlSwitchesBetweenAddressScriptAndFlow();
    void scriptsAreOfferedAndMade();
    void aFlowSaysThatItIsNotRun();
    void argumentsKeepTheirKinds();
    void parametersOfTheScriptAreOffered();
    void headersHideSecretsAndOfferReferences();
    void filtersAreTreeAndText();
    void filtersAreTriedOnRealMessages();
    void initialMessagesAreListed();
    void initialMessagesSayWhatIsSent();
    void heartbeatShowsItsState();
    void stringListsKeepWhatTheyCannotSay();

private:
    template <typename Editor>
    Editor *make(const QString &key, const QByteArray &document)
    {
        m_document = std::make_unique<DocumentEditor>(m_clock);
        m_document->reset(document);
        m_editor.reset(
            makeFieldEditor({*m_document, *m_client, *m_names}, *items::findField(key), nullptr));
        m_editor->setTrigger(u"f/a/b"_s);
        m_editor->resize(600, 400);
        m_editor->show();
        m_editor->refresh();
        connect(m_document.get(), &DocumentEditor::changed, m_editor.get(), &FieldEditor::refresh);
        return qobject_cast<Editor *>(m_editor.get());
    }
    static void type(QLineEdit *input, const QString &text)
    {
        input->selectAll();
        QTest::keyClick(input, Qt::Key_Delete);
        QTest::keyClicks(input, text);
    }
    [[nodiscard]] QByteArray text() const { return m_document->text(); }

    SystemClock m_clock;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<FakeService> m_service;
    std::unique_ptr<rpc::ControlClient> m_client;
    std::unique_ptr<KnownNames> m_names;
    std::unique_ptr<DocumentEditor> m_document;
    std::unique_ptr<FieldEditor> m_editor;
    QStringList m_scripts;
    QList<rpc::FilterTest::Params> m_tried;
    QList<rpc::RunnableWrite::Params> m_written;
};

void TestFieldEditors::init()
{
    m_scripts = {u"f/bots/echo"_s, u"f/bots/where"_s};
    m_tried.clear();
    m_written.clear();
    m_dir = std::make_unique<QTemporaryDir>();
    m_service = std::make_unique<FakeService>(m_clock);
    auto &server = m_service->server();
    server.answer<rpc::RunnableList>([this](const rpc::ListParams &) {
        rpc::Page<rpc::RunnableInfo> page;
        for (const QString &path : std::as_const(m_scripts)) {
            page.items.append({.path = path});
        }
        return Result<rpc::Page<rpc::RunnableInfo>>(page);
    });
    const auto entries = [](const QString &path) {
        return [path](const rpc::ListParams &) {
            return Result<rpc::Page<rpc::Entry>>(
                rpc::Page<rpc::Entry>{.items = {{.path = path}}, .more = false});
        };
    };
    server.answer<rpc::VariableList>(entries(u"u/ada/endpoint"_s));
    server.answer<rpc::SecretList>(entries(u"u/ada/token"_s));
    server.answer<rpc::ResourceList>(entries(u"u/ada/broker"_s));
    server.answer<rpc::RunnableSignature>([](const rpc::PathParams &params) {
        QJsonArray list;
        if (params.path == "f/bots/where"_L1) {
            list = {QJsonObject{{u"name"_s, u"host"_s}, {u"type"_s, u"str"_s}},
                QJsonObject{{u"name"_s, u"room"_s}, {u"hasDefault"_s, true}}};
        }
        return Result<rpc::RunnableSignature::Result>(
            rpc::RunnableSignature::Result{.signature = {{u"params"_s, list}}});
    });
    server.answer<rpc::RunnableLanguages>([](const rpc::NoParams &) {
        rpc::ScriptLanguage missing{.language = u"deno"_s, .name = u"Deno"_s, .ending = u".ts"_s};
        missing.problem = u"install deno"_s;
        missing.kinds = QStringList{u"message"_s};
        rpc::ScriptLanguage python{
            .language = u"python3"_s, .name = u"Python"_s, .ending = u".py"_s};
        python.runtime = u"python 3.11"_s;
        python.kinds = QStringList{u"message"_s, u"url"_s};
        return Result<rpc::Page<rpc::ScriptLanguage>>(
            rpc::Page<rpc::ScriptLanguage>{.items = {missing, python}, .more = false});
    });
    server.answer<rpc::RunnableTemplate>([](const rpc::RunnableTemplate::Params &params) {
        return Result<rpc::RunnableTemplate::Result>(rpc::RunnableTemplate::Result{
            .ending = u".py"_s, .text = QString(u"# "_s + params.language + u' ' + params.kind)});
    });
    server.answer<rpc::RunnableWrite>(
        [this](const rpc::RunnableWrite::Params &params) -> Result<rpc::RunnableWrite::Result> {
            if (params.file == u"f/taken.py"_s) {
                return Error{ErrorCode::AlreadyExists, u"f/taken.py is there already"_s, {}};
            }
            m_written.append(params);
            m_scripts.append(u"f/bots/made"_s);
            return rpc::RunnableWrite::Result{
                .written = true, .runnable = {}, .hash = {}, .source = {}};
        });
    server.answer<rpc::FilterTest>(
        [this](const rpc::FilterTest::Params &params) -> Result<rpc::FilterTest::Result> {
            m_tried.append(params);
            rpc::FilterTest::Result result{
                .examined = 500, .matched = 37, .matching = {}, .others = {}};
            if (params.sample.value_or(0) > 0) {
                rpc::TriedMessage message{.id = 7, .preview = u"{\"type\":\"<b>order</b>\"}"_s};
                message.matches = true;
                message.reasons.append({.passed = true, .text = u"type is there"_s});
                result.matching.append(message);
            }
            return result;
        });
    server.answer<rpc::TriggerPreviewMessages>([](const rpc::TriggerPreviewMessages::Params &params)
                                                   -> Result<rpc::TriggerPreviewMessages::Result> {
        rpc::TriggerPreviewMessages::Result result;
        if (params.document.contains(u"heartbeat"_s)) {
            result.heartbeat = {.kind = u"text"_s, .text = u"{\"d\":42}"_s, .size = 8};
            result.state = u"42"_s;
        }
        const auto count = params.document.count(u"raw_message"_s);
        for (qsizetype i = 0; i < count; ++i) {
            result.initialMessages.append(
                {.kind = u"text"_s, .text = u"sent %1"_s.arg(i), .size = 6});
        }
        return result;
    });
    QVERIFY(m_service->listen(m_dir->filePath(u"s.sock"_s)));
    m_client = std::make_unique<rpc::ControlClient>(m_clock);
    QSignalSpy ready(m_client.get(), &rpc::ControlClient::ready);
    m_client->open(m_dir->filePath(u"s.sock"_s), u"test"_s);
    QVERIFY(ready.count() || ready.wait());
    m_names = std::make_unique<KnownNames>(*m_client);
    m_names->load();
    QTRY_COMPARE(m_names->references().rowCount(), 3);
    QTRY_VERIFY(m_names->isLoaded());
}

void TestFieldEditors::cleanup()
{
    m_editor.reset();
    m_document.reset();
    m_names.reset();
    m_client.reset();
    m_service.reset();
    m_dir.reset();
}

void TestFieldEditors::urlSwitchesBetweenAddressScriptAndFlow()
{
    auto *editor = make<UrlEditor>(u"url"_s, "{\"url\": \"ws://one\"}");
    QVERIFY(editor);
    auto *kind = editor->findChild<QComboBox *>();
    auto *form = editor->findChild<MembersForm *>();
    QVERIFY(form->isHidden());
    const auto choose = [kind](int index) {
        kind->setCurrentIndex(index);
        emit kind->activated(index);
    };
    choose(1);
    QCOMPARE(text(), "{\"url\": \"$script:\"}"_ba);
    QVERIFY(!form->isHidden());
    auto *path = editor->findChild<RunnablePicker *>()->input();
    type(path, u"f/bots/where"_s);
    QCOMPARE(text(), "{\"url\": \"$script:f/bots/where\"}"_ba);
    choose(2);
    QCOMPARE(text(), "{\"url\": \"$flow:f/bots/where\"}"_ba);
    choose(0); // what stood there before comes back
    QCOMPARE(text(), "{\"url\": \"ws://one\"}"_ba);
    // typed as text it is a script as well
    m_document->set({u"url"_s}, "\"$script:f/x\"", u"x"_s);
    QCOMPARE(kind->currentIndex(), 1);
    QCOMPARE(path->text(), u"f/x"_s);
}

void TestFieldEditors::scriptsAreOfferedAndMade()
{
    auto *editor = make<RunnableEditor>(
        u"script_path"_s, "{\"script_path\": \"f/bots/echo\", \"is_flow\": false}");
    QVERIFY(editor);
    auto *picker = editor->findChild<RunnablePicker *>();
    const QList<QPushButton *> buttons = picker->findChildren<QPushButton *>();
    QCOMPARE(buttons.size(), 2);
    QPushButton *open = buttons.at(1);
    QCOMPARE(open->text(), u"Open"_s);
    QSignalSpy requested(editor, &FieldEditor::scriptRequested);
    open->click();
    QCOMPARE(requested.takeFirst().constFirst().toString(), u"f/bots/echo"_s);

    buttons.at(0)->click();
    auto *choose = picker->findChild<ChooseScript *>();
    QVERIFY(choose);
    auto *list = choose->findChild<QListView *>();
    QCOMPARE(list->currentIndex().data().toString(), u"f/bots/echo"_s);
    choose->findChild<QLineEdit *>()->setText(u"WHERE"_s);
    QCOMPARE(list->model()->rowCount(), 1);
    list->setCurrentIndex(list->model()->index(0, 0));
    choose->accept();
    QCOMPARE(m_document->shown({u"script_path"_s}), u"f/bots/where"_s);

    type(picker->input(), u"f/bots/made"_s);
    QCOMPARE(open->text(), u"Create"_s);
    open->click();
    auto *create = picker->findChild<CreateScript *>();
    QVERIFY(create);
    QTRY_COMPARE(create->languages()->count(), 2);
    QCOMPARE(create->languages()->itemText(0), u"Python"_s); // what runs here comes first
    create->languages()->setCurrentIndex(1);
    QCOMPARE(create->note(), u"install deno"_s);
    create->languages()->setCurrentIndex(0);
    create->pathInput()->setText(u"f/taken"_s);
    create->create();
    QTRY_COMPARE(create->note(), u"f/taken.py is there already"_s);
    QVERIFY(create->isVisible());
    create->pathInput()->setText(u"f/bots/made"_s);
    create->create();
    QTRY_COMPARE(m_written.size(), 1);
    QCOMPARE(m_written.constFirst().file, u"f/bots/made.py"_s);
    QCOMPARE(m_written.constFirst().content, u"# python3 message"_s);
    QTRY_COMPARE(requested.count(), 1);
    QTRY_COMPARE(open->text(), u"Open"_s);
}

void TestFieldEditors::aFlowSaysThatItIsNotRun()
{
    auto *editor
        = make<RunnableEditor>(u"script_path"_s, "{\"script_path\": \"f/x\", \"is_flow\": true}");
    auto *note = editor->findChild<QLabel *>();
    QVERIFY(!note->isHidden());
    QVERIFY(note->text().contains(u"does not run them yet"));
    auto *kind = editor->findChild<QComboBox *>();
    kind->setCurrentIndex(0);
    emit kind->activated(0);
    QCOMPARE(text(), "{\"script_path\": \"f/x\", \"is_flow\": false}"_ba);
    QVERIFY(note->isHidden());
}

void TestFieldEditors::argumentsKeepTheirKinds()
{
    const QByteArray document
        = "{\"error_handler_args\": {\"n\" :1.0, \"t\":\"42\", \"o\": {\"a\":[ 1 ]}}}";
    auto *editor = make<MembersFieldEditor>(u"error_handler_args"_s, document);
    QVERIFY(editor);
    MembersForm *form = editor->form();
    QCOMPARE(form->names(), (QStringList{u"n"_s, u"t"_s, u"o"_s}));
    auto *number = qobject_cast<QLineEdit *>(form->inputFor(u"n"_s));
    QCOMPARE(number->text(), u"1.0"_s);
    type(number, u"2.50"_s);
    type(qobject_cast<QLineEdit *>(form->inputFor(u"t"_s)), u"43"_s);
    QCOMPARE(text(), QByteArray(document).replace("1.0", "2.50").replace("\"42\"", "\"43\""));
    form->addButton()->click();
    QVERIFY(text().contains("\"argument\":"));
    // renamed in place, its value kept
    QLineEdit *name = nullptr;
    for (QLineEdit *input : form->findChildren<QLineEdit *>()) {
        if (input->text() == "o"_L1 && input->isEnabled()) {
            name = input;
        }
    }
    QVERIFY(name);
    name->setText(u"renamed \"x\""_s);
    emit name->editingFinished();
    QVERIFY(text().contains("\"renamed \\\"x\\\"\": {\"a\":[ 1 ]}"));
    QCOMPARE(form->names().at(2), u"renamed \"x\""_s);
}

void TestFieldEditors::parametersOfTheScriptAreOffered()
{
    auto *editor = make<UrlEditor>(u"url"_s, "{\"url\": \"$script:f/bots/where\"}");
    auto *form = editor->findChild<MembersForm *>();
    QTRY_COMPARE(form->names(), (QStringList{u"host"_s, u"room"_s}));
    auto *host = qobject_cast<QLineEdit *>(form->inputFor(u"host"_s));
    QCOMPARE(host->placeholderText(), u"str"_s);
    type(host, u"h"_s);
    QVERIFY(text().contains("\"url_runnable_args\": {\"host\": \"h\"}"));
    type(qobject_cast<QLineEdit *>(form->inputFor(u"host"_s)), QString());
    QCOMPARE(text(), "{\"url\": \"$script:f/bots/where\"}"_ba);
}

void TestFieldEditors::headersHideSecretsAndOfferReferences()
{
    auto *editor = make<MembersFieldEditor>(u"connection.headers"_s,
        "{\"connection\": {\"headers\": {\"Authorization\": \"Bearer abc\", \"X\": [\"a\", "
        "\"b\"]}}}");
    MembersForm *form = editor->form();
    auto *value = qobject_cast<QLineEdit *>(form->inputFor(u"Authorization"_s));
    QVERIFY(value->echoMode() != QLineEdit::Normal);
    QCOMPARE(qobject_cast<QLineEdit *>(form->inputFor(u"X"_s))->text(), u"[\"a\", \"b\"]"_s);
    value->setFocus();
    type(value, u"Bearer $var:u/ada/t"_s);
    auto *completer = value->findChild<QCompleter *>();
    QVERIFY(completer);
    QCOMPARE(completer->completionCount(), 1);
    emit completer->activated(completer->currentCompletion());
    QCOMPARE(value->text(), u"Bearer $var:u/ada/token"_s);
    QCOMPARE(m_document->shown({u"connection"_s, u"headers"_s, u"Authorization"_s}), value->text());
    QCOMPARE(value->echoMode(), QLineEdit::Normal); // a reference is no secret
}

void TestFieldEditors::filtersAreTreeAndText()
{
    auto *editor = make<FiltersEditor>(
        u"filters"_s, "{\"filters\": [{\"key\":\"a\",\"value\":1.0}], \"filter_logic\": \"or\"}");
    QVERIFY(editor);
    auto *logic = editor->findChild<QComboBox *>();
    QCOMPARE(logic->currentData().toString(), u"or"_s);
    const QModelIndex value = editor->model().index(0, items::FilterModel::ValueColumn);
    editor->model().setData(value, u"2"_s, Qt::EditRole);
    QCOMPARE(
        text(), "{\"filters\": [{\"key\": \"a\", \"value\": 2}], \"filter_logic\": \"or\"}"_ba);
    QCOMPARE(editor->textInput()->utf8(), "[{\"key\": \"a\", \"value\": 2}]"_ba);
    editor->setTextShown(true);
    editor->textInput()->setText(u"[{\"path\":\"b.c\",\"value\":true}]"_s);
    QCOMPARE(m_document->raw({u"filters"_s}), "[{\"path\":\"b.c\",\"value\":true}]"_ba);
    QCOMPARE(editor->model().index(0, items::FilterModel::FieldColumn).data().toString(), u"b.c"_s);
    // text that is none yet stays in its box, the document keeps what it had
    editor->textInput()->setText(u"[{"_s);
    QCOMPARE(m_document->raw({u"filters"_s}), "[{\"path\":\"b.c\",\"value\":true}]"_ba);
    QVERIFY(editor->verdict().contains(u"not JSON"));
    m_document->undoStack().undo();
    QCOMPARE(m_document->raw({u"filters"_s}), "[{\"key\": \"a\", \"value\": 2}]"_ba);
    logic->setCurrentIndex(0);
    emit logic->activated(0);
    QCOMPARE(m_document->shown({u"filter_logic"_s}), u"and"_s);
}

void TestFieldEditors::filtersAreTriedOnRealMessages()
{
    auto *editor
        = make<FiltersEditor>(u"filters"_s, "{\"filters\": [ {\"key\":\"a\",\"value\":1.0} ]}");
    QTRY_COMPARE(editor->verdict(), u"Matches 37 of the last 500 messages."_s);
    QCOMPARE(m_tried.constLast().filters, u"[ {\"key\":\"a\",\"value\":1.0} ]"_s);
    QCOMPARE(m_tried.constLast().trigger, u"f/a/b"_s);
    QVERIFY(editor->samples()->isHidden());
    QPushButton *tryButton = nullptr;
    for (QPushButton *button : editor->findChildren<QPushButton *>()) {
        tryButton = button->isCheckable() ? button : tryButton;
    }
    QVERIFY(tryButton);
    tryButton->click();
    QTRY_COMPARE(editor->samples()->count(), 2);
    QCOMPARE(editor->samples()->item(0)->text(), u"✓ {\"type\":\"<b>order</b>\"}"_s);
    QVERIFY(editor->samples()->item(1)->text().contains(u"✓ type is there"));
    // the verdict follows an edit
    const auto before = m_tried.size();
    m_document->set({u"filter_logic"_s}, "\"or\"", u"x"_s);
    QTRY_VERIFY(m_tried.size() > before);
    QCOMPARE(m_tried.constLast().logic, u"or"_s);
}

void TestFieldEditors::initialMessagesAreListed()
{
    auto *editor = make<InitialMessagesEditor>(u"initial_messages"_s,
        "{\"initial_messages\": [{\"raw_message\" :\"{\\\"a\\\":1}\"}, {\"runnable_result\": "
        "{\"path\": \"f/bots/echo\", \"args\": {\"x\": 1.0}, \"is_flow\": false}}, 5]}");
    QVERIFY(editor);
    QCOMPARE(editor->list()->count(), 3);
    QCOMPARE(editor->list()->item(0)->text(), u"1.  {\"a\":1}"_s);
    QCOMPARE(editor->list()->item(1)->text(), u"2.  result of f/bots/echo"_s);
    QCOMPARE(editor->textInput()->utf8(), "{\"a\":1}"_ba);
    editor->textInput()->setText(u"{\"a\":2}\n"_s);
    QCOMPARE(
        m_document->shown({u"initial_messages"_s, u"0"_s, u"raw_message"_s}), u"{\"a\":2}\n"_s);
    editor->list()->setCurrentRow(1);
    editor->upButton()->click();
    QCOMPARE(editor->list()->currentRow(), 0);
    QVERIFY(text().startsWith("{\"initial_messages\": [{\"runnable_result\": "));
    QVERIFY(text().contains("{\"x\": 1.0}"));
    auto *form = editor->findChild<MembersForm *>();
    QTRY_COMPARE(form->names(), QStringList{u"x"_s});
    editor->addButton()->click();
    QCOMPARE(editor->list()->count(), 4);
    QCOMPARE(editor->list()->currentRow(), 1);
    QVERIFY(text().contains("{\"raw_message\": \"\"}"));
    m_document->undoStack().undo();
    QCOMPARE(editor->list()->count(), 3);
    QCOMPARE(
        editor->inputFor({u"initial_messages"_s, u"1"_s, u"raw_message"_s}), editor->textInput());
    QCOMPARE(editor->list()->currentRow(), 1);
}

void TestFieldEditors::initialMessagesSayWhatIsSent()
{
    auto *editor = make<InitialMessagesEditor>(u"initial_messages"_s,
        "{\"initial_messages\": [{\"raw_message\": \"a\"}, {\"raw_message\": \"b\"}]}");
    QTRY_COMPARE(editor->previewText(), u"Will be sent (6 B): sent 0"_s);
    editor->list()->setCurrentRow(1);
    QCOMPARE(editor->previewText(), u"Will be sent (6 B): sent 1"_s);
}

void TestFieldEditors::heartbeatShowsItsState()
{
    auto *editor = make<HeartbeatEditor>(u"heartbeat.message"_s,
        "{\"heartbeat\": {\"interval_secs\": 5, \"message\": \"{\\\"d\\\":{{state}}}\", "
        "\"state_field\": \"s\"}}");
    QVERIFY(editor);
    QTRY_COMPARE(editor->previewText(), u"Will be sent: {\"d\":42} (the state is 42 now)"_s);
    auto *input = editor->findChild<QPlainTextEdit *>();
    QCOMPARE(input->toPlainText(), u"{\"d\":{{state}}}"_s);
    input->setPlainText(u"one\ntwo"_s);
    QCOMPARE(m_document->shown({u"heartbeat"_s, u"message"_s}), u"one\ntwo"_s);
}

void TestFieldEditors::stringListsKeepWhatTheyCannotSay()
{
    make<FieldEditor>(u"labels"_s, "{\"labels\": [\"a\\u0062\", 5, \"c\"]}");
    auto *input = m_editor->findChild<QPlainTextEdit *>();
    QCOMPARE(input->toPlainText(), u"ab\n5\nc"_s);
    input->moveCursor(QTextCursor::End);
    QTest::keyClicks(input, u"d"_s);
    QCOMPARE(text(), "{\"labels\": [\"a\\u0062\", 5, \"cd\"]}"_ba);
    input->setPlainText(QString());
    QCOMPARE(text(), "{}"_ba);
}

QTEST_MAIN(TestFieldEditors)
#include "tst_fieldeditors.moc"
