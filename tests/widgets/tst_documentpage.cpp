// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakeservice.h"
#include "model/rpc/controlclient.h"
#include "widgets/documentpage.h"

#include <QListWidget>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestDocumentPage final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void validatesAsYouType();
    void saves();
    void keepsEditsWhenAnotherTriggerIsSelected();
    void keepsEditsOverARestart();
    void revertGivesEditsUp();
    void neverOverwritesUnseen();
    void takesOverAChangeWhenNothingIsEdited();

private:
    void makePage();
    QString text() const { return m_page->editor()->toPlainText(); }
    const QString m_path = u"f/a/b"_s;
    const QString m_stored = u"{\"url\": \"ws://one\"}"_s;
    const QString m_edited = u"{\"url\": \"ws://two\"}"_s;

    SystemClock m_clock;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<FakeService> m_service;
    std::unique_ptr<rpc::ControlClient> m_client;
    std::unique_ptr<DraftStore> m_drafts;
    std::unique_ptr<DocumentPage> m_page;
};

void TestDocumentPage::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_service = std::make_unique<FakeService>(m_clock);
    rpc::TriggerSummary trigger;
    trigger.path = m_path;
    trigger.revision = 3;
    m_service->addTrigger(trigger, m_stored);
    trigger.path = u"f/a/c"_s;
    m_service->addTrigger(trigger, m_stored);
    QVERIFY(m_service->listen(m_dir->filePath(u"s.sock"_s)));
    m_client = std::make_unique<rpc::ControlClient>(m_clock);
    QSignalSpy ready(m_client.get(), &rpc::ControlClient::ready);
    m_client->open(m_dir->filePath(u"s.sock"_s), u"test"_s);
    QVERIFY(ready.count() || ready.wait());
    makePage();
}

void TestDocumentPage::makePage()
{
    m_page.reset();
    m_drafts = std::make_unique<DraftStore>(m_dir->filePath(u"drafts.json"_s));
    m_page = std::make_unique<DocumentPage>(PageContext{*m_client, m_clock, *m_drafts});
    m_page->show();
    m_page->setTrigger(m_path);
    QTRY_VERIFY(!text().isEmpty());
}

void TestDocumentPage::cleanup()
{
    m_page.reset();
    m_drafts.reset();
    m_client.reset();
    m_service.reset();
    m_dir.reset();
}

void TestDocumentPage::validatesAsYouType()
{
    QTRY_COMPARE(m_page->problems()->count(), 1);
    QCOMPARE(m_page->problems()->item(0)->text(), u"No problems."_s);
    m_page->editor()->setPlainText(u"{\"url\": \"http://one\", \"session\": {}}"_s);
    QTRY_COMPARE(m_page->problems()->count(), 2);
    QVERIFY(m_page->problems()->item(0)->text().contains(u"`url`"));
    QVERIFY(m_page->problems()->item(1)->text().contains(u"session.rules"));
    m_page->editor()->setPlainText(u"{"_s);
    QTRY_COMPARE(m_page->problems()->count(), 1);
    QVERIFY(m_page->problems()->item(0)->text().contains(u"JSON"));
}

void TestDocumentPage::saves()
{
    QSignalSpy saved(m_page.get(), &DocumentPage::saved);
    m_page->editor()->setPlainText(m_edited);
    QVERIFY(m_page->isEdited());
    m_page->saveDocument();
    QVERIFY(saved.count() || saved.wait());
    QVERIFY(!m_page->isEdited());
    QCOMPARE(m_service->document(m_path), m_edited);
    QVERIFY(m_drafts->isEmpty());

    // what the service refuses stays in the editor and the old document in the service
    QSignalSpy failed(m_page.get(), &DocumentPage::failed);
    m_page->editor()->setPlainText(u"{"_s);
    m_page->saveDocument();
    QVERIFY(failed.count() || failed.wait());
    QCOMPARE(text(), u"{"_s);
    QVERIFY(m_page->isEdited());
    QCOMPARE(m_service->document(m_path), m_edited);
}

void TestDocumentPage::keepsEditsWhenAnotherTriggerIsSelected()
{
    m_page->editor()->setPlainText(m_edited);
    m_page->setTrigger(u"f/a/c"_s);
    QTRY_COMPARE(text(), m_stored);
    m_page->setTrigger(m_path);
    QTRY_COMPARE(text(), m_edited);
    QVERIFY(m_page->isEdited());
}

void TestDocumentPage::keepsEditsOverARestart()
{
    m_page->editor()->setPlainText(m_edited);
    makePage();
    QTRY_COMPARE(text(), m_edited);
    QVERIFY(m_page->isEdited());
}

void TestDocumentPage::revertGivesEditsUp()
{
    m_page->editor()->setPlainText(m_edited);
    m_page->revert();
    QTRY_COMPARE(text(), m_stored);
    QTRY_VERIFY(!m_page->isEdited());
    makePage();
    QCOMPARE(text(), m_stored);
}

void TestDocumentPage::neverOverwritesUnseen()
{
    const QString elsewhere = u"{\"url\": \"ws://elsewhere\"}"_s;
    m_page->editor()->setPlainText(m_edited);
    m_service->saveElsewhere(m_path, elsewhere);
    QSignalSpy failed(m_page.get(), &DocumentPage::failed);
    QSignalSpy saved(m_page.get(), &DocumentPage::saved);
    m_page->saveDocument();
    QVERIFY(failed.count() || failed.wait());
    QCOMPARE(failed.constFirst().constFirst().value<Error>().code, ErrorCode::Conflict);
    QCOMPARE(m_service->document(m_path), elsewhere);
    QCOMPARE(text(), m_edited);
    // said, seen, and now meant
    QTRY_VERIFY([this] {
        m_page->saveDocument();
        return m_service->document(m_path) == m_edited;
    }());
    QVERIFY(saved.count() || saved.wait());
}

void TestDocumentPage::takesOverAChangeWhenNothingIsEdited()
{
    const QString elsewhere = u"{\"url\": \"ws://elsewhere\"}"_s;
    m_service->saveElsewhere(m_path, elsewhere);
    m_page->onRevision(4);
    QTRY_COMPARE(text(), elsewhere);
    // with edits it is only said
    m_page->editor()->setPlainText(m_edited);
    m_service->saveElsewhere(m_path, m_stored);
    m_page->onRevision(5);
    QCOMPARE(text(), m_edited);
}

QTEST_MAIN(TestDocumentPage)
#include "tst_documentpage.moc"
