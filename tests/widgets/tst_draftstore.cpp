// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/draftstore.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestDraftStore final : public QObject
{
    Q_OBJECT
private slots:
    void survivesTheProcess();
    void isPrivate();
    void setsABrokenFileAside();
    void saysWhenItCannotBeKept();
};

void TestDraftStore::survivesTheProcess()
{
    const QTemporaryDir dir;
    const QString file = dir.filePath(u"a/drafts.json"_s);
    const DraftStore::Draft draft{.text = u"{ \"half\": "_s, .revision = 7};
    {
        DraftStore store(file);
        QVERIFY(store.isEmpty());
        store.put(u"f/a/b"_s, draft);
        store.put(u"f/a/c"_s, draft);
        store.remove(u"f/a/c"_s);
        QVERIFY(store.save());
    }
    DraftStore store(file);
    QCOMPARE(store.find(u"f/a/b"_s), draft);
    QVERIFY(!store.find(u"f/a/c"_s));
    store.remove(u"f/a/b"_s);
    QVERIFY(store.save());
    QVERIFY(DraftStore(file).isEmpty());
}

void TestDraftStore::isPrivate()
{
    const QTemporaryDir dir;
    const QString file = dir.filePath(u"drafts.json"_s);
    DraftStore store(file);
    store.put(u"f/a/b"_s, {.text = u"token"_s});
    QVERIFY(store.save());
    QCOMPARE(QFile::permissions(file)
            & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
        QFile::Permissions());
}

void TestDraftStore::setsABrokenFileAside()
{
    const QTemporaryDir dir;
    const QString name = dir.filePath(u"drafts.json"_s);
    QFile file(name);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{ broken");
    file.close();
    DraftStore store(name);
    QVERIFY(store.isEmpty());
    QVERIFY(QFile::exists(name + u".unreadable"_s));
}

void TestDraftStore::saysWhenItCannotBeKept()
{
    DraftStore store(u"/proc/no/drafts.json"_s);
    store.put(u"f/a/b"_s, {.text = u"x"_s});
    const auto saved = store.save();
    QVERIFY(!saved);
    QVERIFY(saved.error().message.contains(u"/proc/no/drafts.json"));
}

QTEST_GUILESS_MAIN(TestDraftStore)
#include "tst_draftstore.moc"
