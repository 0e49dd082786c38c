// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/inmemoryjournal.h"
#include "storagetesting.h"

#include <QDirIterator>
#include <QFileInfo>

using namespace earshot;
using namespace earshot::storage;
using namespace earshot::storage::testing;
using namespace Qt::StringLiterals;

class TestStores : public QObject
{
    Q_OBJECT

    static Result<qint64> save(Storage &storage, const StoredTrigger &trigger)
    {
        std::optional<Result<qint64>> answer;
        storage.triggers().save(trigger, [&answer](const Result<qint64> &id) { answer = id; });
        (void)QTest::qWaitFor([&] { return answer.has_value(); }, kDeadlineMs);
        return *answer;
    }

    static Result<qint64> remove(Storage &storage, qint64 id)
    {
        std::optional<Result<qint64>> answer;
        storage.triggers().remove(id, [&answer](const Result<qint64> &gone) { answer = gone; });
        (void)QTest::qWaitFor([&] { return answer.has_value(); }, kDeadlineMs);
        return *answer;
    }

    static StoredTrigger trigger(const QString &path)
    {
        StoredTrigger trigger;
        trigger.path = path;
        trigger.document = "{\"url\": \"ws://x\", \"n\": 1.0}";
        trigger.sourceBytes = "url: ws://x # as written\n";
        trigger.sourceFormat = u"yaml"_s;
        trigger.mode = TriggerMode::Suspended;
        trigger.error = u"it stopped"_s;
        trigger.editedAtUs = 1'700'000'000'123'456;
        trigger.state = "{\"received\":3}";
        return trigger;
    }

private slots:
    void aTriggerSurvivesARestart()
    {
        QTemporaryDir folder;
        StoredTrigger saved = trigger(u"f/a/b"_s);
        {
            auto storage = openIn(folder.path());
            QVERIFY(storage);
            const auto id = save(*storage, saved);
            QVERIFY(id);
            saved.id = *id;
            QVERIFY(*storage->triggers().find(u"f/a/b"_s) == saved);
            storage->triggers().saveState(*id, "{\"received\":4}");
            saved.state = "{\"received\":4}";
        }
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        QCOMPARE(storage->triggers().triggers().size(), 1);
        QVERIFY(storage->triggers().triggers().first() == saved);
    }

    /// Nothing but a path: every other text and blob is a null one.
    void aBareTriggerSurvivesARestart()
    {
        QTemporaryDir folder;
        StoredTrigger saved;
        saved.path = u"f/a/b"_s;
        saved.sourceFormat = QString();
        {
            auto storage = openIn(folder.path());
            QVERIFY(storage);
            saved.id = save(*storage, saved).value_or(0);
            QVERIFY(saved.id > 0);
            storage->states().set(u"nothing"_s, QByteArray());
        }
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        QCOMPARE(storage->triggers().triggers().size(), 1);
        QVERIFY(storage->triggers().triggers().first() == saved);
        QVERIFY(storage->states().value(u"nothing"_s));
    }

    void aPathBelongsToOneTrigger()
    {
        QTemporaryDir folder;
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        const auto first = save(*storage, trigger(u"f/a/b"_s));
        QVERIFY(first);
        const auto second = save(*storage, trigger(u"f/a/b"_s));
        QVERIFY(!second);
        QVERIFY(second.error().code == ErrorCode::AlreadyExists);
        StoredTrigger renamed = *storage->triggers().find(*first);
        renamed.path = u"f/a/c"_s;
        QVERIFY(save(*storage, renamed));
        QVERIFY(storage->triggers().find(u"f/a/b"_s) == nullptr);
        QVERIFY(storage->triggers().find(u"f/a/c"_s) != nullptr);
        QVERIFY(save(*storage, trigger(u"f/a/b"_s)));
        QCOMPARE(storage->triggers().triggers().size(), 2);
    }

    void aDeletedTriggerKeepsItsHistoryAndComesBackToIt()
    {
        QTemporaryDir folder;
        qint64 id = 0;
        {
            auto storage = openIn(folder.path());
            QVERIFY(storage);
            id = save(*storage, trigger(u"f/a/b"_s)).value_or(0);
            QVERIFY(id > 0);
            (void)storage->journal().append(newRun(storage->journal().takeId(), "m", id));
            QVERIFY(remove(*storage, id));
            QVERIFY(storage->triggers().find(id) == nullptr);
            QVERIFY(!remove(*storage, id));
        }
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        QVERIFY(storage->triggers().triggers().isEmpty());
        QCOMPARE(storage->triggers().pathOf(id), u"f/a/b"_s);
        QCOMPARE(readRun(*storage, 1)->triggerPath, u"f/a/b"_s);
        QCOMPARE(save(*storage, trigger(u"f/a/b"_s)).value_or(0), id);
    }

    void documentsSurviveByteForByte()
    {
        QTemporaryDir folder;
        {
            auto storage = openIn(folder.path());
            QVERIFY(storage);
            storage->variables().set(u"u/me/name"_s, "\"1.0\"");
            storage->resources().set(u"u/me/name"_s, "{\"b\": 1.0, \"a\": 2}");
            storage->settings().set(u"retention"_s, "{}");
            storage->settings().set(u"gone"_s, "1");
            std::optional<Result<void>> removed;
            storage->settings().remove(
                u"gone"_s, [&](const Result<void> &done) { removed = done; });
            QTRY_VERIFY_WITH_TIMEOUT(removed.has_value(), kDeadlineMs);
            QVERIFY(*removed);
            storage->settings().remove(
                u"gone"_s, [&](const Result<void> &done) { removed = done; });
            QVERIFY(removed->error().code == ErrorCode::NotFound);
        }
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        QCOMPARE(storage->variables().value(u"u/me/name"_s), QByteArray("\"1.0\""));
        QCOMPARE(storage->resources().value(u"u/me/name"_s), QByteArray("{\"b\": 1.0, \"a\": 2}"));
        QVERIFY(!storage->states().value(u"u/me/name"_s));
        QCOMPARE(storage->settings().all().keys(), QStringList{u"retention"_s});
    }

    void aDocumentHasALimit()
    {
        QTemporaryDir folder;
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        std::optional<Result<void>> answer;
        storage->states().set(u"big"_s, QByteArray(DocumentStore::kMaxValueBytes + 1, 'x'),
            [&](const Result<void> &done) { answer = done; });
        QVERIFY(answer.has_value());
        QVERIFY(answer->error().code == ErrorCode::LimitExceeded);
        QVERIFY(!storage->states().value(u"big"_s));
    }

    void secretsAreInTheirFileOnly()
    {
        QTemporaryDir folder;
        const QString canary = u"canary-3f9a-\u00e9-secret"_s;
        {
            auto storage = openIn(folder.path());
            QVERIFY(storage);
            Result<void> done;
            storage->secrets().set(u"u/me/key"_s, canary, [&](const Result<void> &r) { done = r; });
            QVERIFY(done);
            QVERIFY(storage->secrets().place().contains(u"secrets.json"_s));
        }
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        QString got;
        storage->secrets().get(
            u"u/me/key"_s, [&](const Result<QString> &value) { got = value.value_or(QString()); });
        QCOMPARE(got, canary);
        const QFileInfo file(folder.filePath(u"secrets.json"_s));
        QCOMPARE(
            int(file.permissions()
                & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther)),
            0);
        QDirIterator files(folder.path(), QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile other(files.next());
            if (other.fileName() != file.filePath() && other.open(QIODevice::ReadOnly)) {
                QVERIFY2(!other.readAll().contains("canary-3f9a"), qPrintable(other.fileName()));
            }
        }
        QStringList names;
        storage->secrets().remove(u"u/me/key"_s, [](const Result<void> &) {});
        storage->secrets().list(
            [&](const Result<QStringList> &list) { names = list.value_or(QStringList{u"?"_s}); });
        QVERIFY(names.isEmpty());
    }

    /// A damaged file must not be overwritten by the next secret that is set.
    void aDamagedSecretsFileIsKept()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath(u"secrets.json"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"a\": \"b\"");
        file.close();
        FileSecretStore store(file.fileName());
        const auto loaded = store.load();
        QVERIFY(!loaded);
        QVERIFY(loaded.error().code == ErrorCode::Corrupt);
        bool isRefused = false;
        store.set(u"x"_s, u"y"_s, [&](const Result<void> &done) { isRefused = !done; });
        QVERIFY(isRefused);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("{\"a\": \"b\""));
    }

    void aSecretHasALimit()
    {
        QTemporaryDir folder;
        FileSecretStore store(folder.filePath(u"s.json"_s));
        QVERIFY(store.load());
        bool isRefused = false;
        store.set(u"x"_s, QString(FileSecretStore::kMaxValueBytes + 1, u'y'),
            [&](const Result<void> &done) { isRefused = !done; });
        QVERIFY(isRefused);
    }

    void sessionsAreRecorded()
    {
        QTemporaryDir folder;
        {
            auto storage = openIn(folder.path());
            QVERIFY(storage);
            const qint64 id = storage->sessions().opened(4, 1000);
            storage->sessions().closed(id, 2000, 1006, u"dropped"_s);
            QCOMPARE_GT(storage->sessions().opened(4, 3000), id);
        }
        auto connection = Connection::open(
            folder.filePath(u"earshot.db"_s), Connection::Access::ReadOnly, 1000);
        QVERIFY(connection);
        QCOMPARE(
            *connection->text("SELECT trigger_id || ' ' || opened_us || ' ' || closed_us || ' ' || "
                              "close_code || ' ' || reason FROM session ORDER BY id LIMIT 1"),
            u"4 1000 2000 1006 dropped"_s);
        QCOMPARE(*connection->integer("SELECT count(*) FROM session"), 2);
    }

    void theInMemoryJournalReportsFromTheEventLoop()
    {
        InMemoryJournal journal;
        QSignalSpy committed(&journal, &RunJournal::committed);
        const RunId first = journal.takeId();
        const RunId second = journal.takeId();
        QCOMPARE_GT(second, first);
        (void)journal.append(newRun(first, "m"));
        (void)journal.markDispatched(1, first);
        const auto last = journal.finish(finished(first, "r"));
        QCOMPARE(committed.count(), 0);
        QCOMPARE(journal.pendingCount(), 3);
        QVERIFY(committed.wait(kDeadlineMs));
        QCOMPARE(committed.count(), 1);
        QCOMPARE(committed.first().first().toULongLong(), last);
        QCOMPARE(journal.pendingCount(), 0);
    }
};

QTEST_GUILESS_MAIN(TestStores)
#include "tst_stores.moc"
