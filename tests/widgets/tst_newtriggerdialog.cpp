// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakeservice.h"
#include "fakeworkspace.h"
#include "model/rpc/controlclient.h"
#include "widgets/newtrigger/newtriggerdialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestNewTriggerDialog final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void makesATriggerFromAnAddress();
    void fillsInTheClipboard();
    void startsTheDemo();
    void keepsSecretsOutOfTheTrigger();
    void saysWhatIsMissing();
    void keepsWhatWasTypedWhenRefused();
    void goesOnAfterARefusal();
    void usesAnExistingScriptWhenTold();
    void choosesALanguageThatRuns();

private:
    void open(const QString &clipboard = {}, const QStringList &taken = {});
    QJsonObject document(const QString &path) const
    {
        return QJsonDocument::fromJson(m_service->document(path).toUtf8()).object();
    }

    SystemClock m_clock;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<FakeService> m_service;
    std::unique_ptr<FakeWorkspace> m_workspace;
    std::unique_ptr<rpc::ControlClient> m_client;
    QPointer<NewTriggerDialog> m_dialog;
};

void TestNewTriggerDialog::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_service = std::make_unique<FakeService>(m_clock);
    m_workspace = std::make_unique<FakeWorkspace>(m_service->server());
    const QString socket = m_dir->filePath(u"s"_s);
    QVERIFY(m_service->listen(socket));
    m_client = std::make_unique<rpc::ControlClient>(m_clock);
    m_client->open(socket, u"test"_s, rpc::JsonRpcClient::Reconnect::Never);
    QTRY_VERIFY(m_client->isReady());
}

void TestNewTriggerDialog::cleanup()
{
    delete m_dialog;
    m_client.reset();
    m_service.reset();
    m_workspace.reset();
    m_dir.reset();
}

void TestNewTriggerDialog::open(const QString &clipboard, const QStringList &taken)
{
    m_dialog = new NewTriggerDialog(*m_client, clipboard, taken);
    m_dialog->show();
    // demo, file and what resources/presets holds
    QTRY_COMPARE_GE(m_dialog->sources()->count(), 6);
    QTRY_COMPARE(m_dialog->language()->count(), 2);
}

void TestNewTriggerDialog::makesATriggerFromAnAddress()
{
    open();
    m_dialog->choose(u"json_stream"_s);
    m_dialog->field(u"url"_s)->setText(u"wss://stream.example.com/x"_s);
    m_dialog->field(u"key"_s)->setText(u"type"_s);
    m_dialog->field(u"value"_s)->setText(u"17"_s);
    m_dialog->path()->clear();
    QTest::keyClicks(m_dialog->path(), u"f/a/b"_s);
    QCOMPARE(m_dialog->script()->text(), u"f/a/b"_s);
    QSignalSpy created(m_dialog, &NewTriggerDialog::created);
    m_dialog->createButton()->click();
    QTRY_COMPARE(created.count(), 1);
    QCOMPARE(m_workspace->files.value(u"f/a/b.py"_s), QByteArray("message of python3"));
    const QJsonObject saved = document(u"f/a/b"_s);
    QCOMPARE(saved.value("url"_L1).toString(), u"wss://stream.example.com/x"_s);
    QCOMPARE(saved.value("script_path"_L1).toString(), u"f/a/b"_s);
    QCOMPARE(saved.value("mode"_L1).toString(), u"enabled"_s);
    // a number where one was typed, and no message to send where none was
    QCOMPARE(saved.value("filters"_L1)[0].toObject().value("value"_L1).toInt(), 17);
    QVERIFY(saved.value("initial_messages"_L1).toArray().isEmpty());
}

void TestNewTriggerDialog::fillsInTheClipboard()
{
    open(u"  wss://copied.example.com/feed \n"_s);
    QTRY_VERIFY(m_dialog->field(u"url"_s));
    QCOMPARE(m_dialog->field(u"url"_s)->text(), u"wss://copied.example.com/feed"_s);
    QCOMPARE(items::webSocketUrlIn(u"https://example.com"_s), QString());
    QCOMPARE(items::webSocketUrlIn(u"wss://"_s), QString());
}

void TestNewTriggerDialog::startsTheDemo()
{
    open({}, {u"f/demo/orders"_s});
    QCOMPARE(m_dialog->path()->text(), u"f/demo/orders_2"_s);
    // looking at another source once kept its shape of script for the demo
    m_dialog->choose(u"json_stream"_s);
    m_dialog->choose(u"demo"_s);
    QSignalSpy created(m_dialog, &NewTriggerDialog::created);
    m_dialog->createButton()->click();
    QTRY_COMPARE(created.count(), 1);
    const QJsonObject saved = document(u"f/demo/orders_2"_s);
    QCOMPARE(saved.value("url"_L1).toString(), u"ws://127.0.0.1:41527/earshot-demo"_s);
    QVERIFY(saved.value("can_return_message"_L1).toBool());
    QCOMPARE(m_workspace->files.value(u"f/demo/orders_2.py"_s), QByteArray("# demo in python"));
}

void TestNewTriggerDialog::keepsSecretsOutOfTheTrigger()
{
    open();
    m_dialog->choose(u"discord"_s);
    QLineEdit *token = m_dialog->field(u"token"_s);
    QVERIFY(token->echoMode() == QLineEdit::Password);
    token->setText(u"very-secret"_s);
    QSignalSpy created(m_dialog, &NewTriggerDialog::created);
    m_dialog->createButton()->click();
    QTRY_COMPARE(created.count(), 1);
    const QString path = created.constFirst().constFirst().toString();
    QCOMPARE(m_workspace->secrets.value(path + u"_token"_s), u"very-secret"_s);
    QVERIFY(!m_service->document(path).contains(u"very-secret"));
    QVERIFY(m_service->document(path).contains(u"$var:"_s + path + u"_token"_s));
    QVERIFY(m_workspace->files.contains(path + u"_identify.py"_s));
    QVERIFY(m_service->document(path).contains(u"{{state}}"));
}

void TestNewTriggerDialog::saysWhatIsMissing()
{
    open();
    m_dialog->choose(u"json_stream"_s);
    m_dialog->createButton()->click();
    QVERIFY(m_dialog->errorText().contains(u"Address"));
    QVERIFY(m_workspace->files.isEmpty());
}

void TestNewTriggerDialog::keepsWhatWasTypedWhenRefused()
{
    open();
    m_dialog->choose(u"json_stream"_s);
    m_dialog->field(u"url"_s)->setText(u"wss://stream.example.com/x"_s);
    m_dialog->script()->setText(u"../outside"_s);
    m_dialog->path()->setText(u"f/a/kept"_s);
    m_dialog->createButton()->click();
    QTRY_VERIFY(m_dialog->errorText().contains(u"outside the workspace"));
    QVERIFY(m_dialog->isVisible());
    QVERIFY(m_dialog->createButton()->isEnabled());
    QCOMPARE(m_dialog->path()->text(), u"f/a/kept"_s);
    QCOMPARE(m_dialog->field(u"url"_s)->text(), u"wss://stream.example.com/x"_s);
    QVERIFY(m_service->document(u"f/a/kept"_s).isEmpty());
}

void TestNewTriggerDialog::goesOnAfterARefusal()
{
    open();
    // the script was written by a first try, the trigger's path was taken
    rpc::TriggerSummary taken;
    taken.path = u"f/demo/orders"_s;
    taken.revision = 3;
    m_service->addTrigger(taken, u"{}"_s);
    m_dialog->createButton()->click();
    QTRY_VERIFY(m_dialog->errorText().contains(u"f/demo/orders"));
    QVERIFY(m_workspace->files.contains(u"f/demo/orders.py"_s));
    QSignalSpy created(m_dialog, &NewTriggerDialog::created);
    m_dialog->path()->setText(u"f/demo/other"_s);
    m_dialog->createButton()->click();
    QTRY_COMPARE(created.count(), 1);
    QCOMPARE(document(u"f/demo/other"_s).value("script_path"_L1).toString(), u"f/demo/orders"_s);
}

void TestNewTriggerDialog::usesAnExistingScriptWhenTold()
{
    open();
    m_workspace->files.insert(u"f/demo/orders.py"_s, "# of somebody");
    m_dialog->createButton()->click();
    QTRY_VERIFY(!m_dialog->errorText().isEmpty());
    QCheckBox *keep = nullptr;
    const auto boxes = m_dialog->findChildren<QCheckBox *>();
    for (QCheckBox *box : boxes) {
        keep = box->text().contains(u"there already") ? box : keep;
    }
    QVERIFY(keep && keep->isVisible());
    keep->setChecked(true);
    QSignalSpy created(m_dialog, &NewTriggerDialog::created);
    m_dialog->createButton()->click();
    QTRY_COMPARE(created.count(), 1);
    QCOMPARE(m_workspace->files.value(u"f/demo/orders.py"_s), QByteArray("# of somebody"));
}

void TestNewTriggerDialog::choosesALanguageThatRuns()
{
    open();
    QCOMPARE(m_dialog->language()->currentData().toString(), u"python3"_s);
    QVERIFY(m_dialog->language()->itemText(0).contains(u"not installed"));
}

QTEST_MAIN(TestNewTriggerDialog)
#include "tst_newtriggerdialog.moc"
