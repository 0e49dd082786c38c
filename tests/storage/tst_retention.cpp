// SPDX-License-Identifier: GPL-3.0-or-later
#include "storagetesting.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>

using namespace earshot;
using namespace earshot::storage;
using namespace earshot::storage::testing;
using namespace Qt::StringLiterals;

/// Retention and backup: what leaves the history, and what a copy of it holds.
class TestRetention : public QObject
{
    Q_OBJECT

    static std::unique_ptr<Storage> openSmallSegments(const QString &folder)
    {
        Storage::Options options;
        options.dataDir = folder;
        options.segmentBytes = 64 * 1024;
        auto storage = Storage::open(options);
        return storage ? std::move(*storage) : nullptr;
    }

    static void fill(Storage &storage, int runs, qint64 trigger, qint64 ageDays)
    {
        Journal &journal = storage.journal();
        const qint64 now = QDateTime::currentMSecsSinceEpoch() * 1000;
        for (int i = 0; i < runs; ++i) {
            NewRun run = newRun(journal.takeId(), QByteArray(1000, 'm'), trigger);
            run.receivedAtUs = now - ageDays * 86'400 * 1'000'000;
            const RunId id = run.id;
            (void)journal.append(run);
            (void)journal.finish(finished(id, "r" + QByteArray::number(id)));
        }
    }

    static qsizetype segments(const QString &folder)
    {
        return QDir(folder + u"/bodies"_s).entryList({u"*.seg"_s}).size();
    }

    static Result<BackupReport> backUp(
        Storage &storage, const QString &file, Storage::Secrets secrets)
    {
        std::optional<Result<BackupReport>> answer;
        storage.backup(file, secrets, [&](const Result<BackupReport> &report) { answer = report; });
        (void)QTest::qWaitFor([&] { return answer.has_value(); }, kDeadlineMs);
        return *answer;
    }

    static Result<BackupReport> restore(Storage &storage, const QString &file)
    {
        std::optional<Result<BackupReport>> answer;
        storage.restore(file, [&](const Result<BackupReport> &report) { answer = report; });
        (void)QTest::qWaitFor([&] { return answer.has_value(); }, kDeadlineMs);
        return *answer;
    }

private slots:
    void oldRunsGoAndTheirBodiesToo()
    {
        QTemporaryDir folder;
        auto storage = openSmallSegments(folder.path());
        QVERIFY(storage);
        const RunId waiting = storage->journal().takeId();
        (void)storage->journal().append(newRun(waiting, "never ends"));
        for (int i = 0; i < 10; ++i) {
            fill(*storage, 200, 1, 31); // one segment a batch: segments change between batches
            QVERIFY(waitCommitted(storage->journal()));
        }
        fill(*storage, 50, 1, 1);
        QVERIFY(waitCommitted(storage->journal()));
        QCOMPARE_GT(segments(folder.path()), 9);
        QTRY_COMPARE_WITH_TIMEOUT(at(countsOf(*storage, 1), RunStatus::Success), 50, kDeadlineMs);
        // The waiting run's; and the last 50 runs are 51 KB, less than a segment: they end in the
        // open one, and begin in the one before it where a commit of old runs left room there.
        QTRY_COMPARE_LE_WITH_TIMEOUT(segments(folder.path()), 3, kDeadlineMs);
        QCOMPARE(readRun(*storage, waiting)->message, QByteArray("never ends"));
        const auto rest = query(*storage, {});
        QVERIFY(rest);
        QCOMPARE(rest->size(), 51);
        QCOMPARE(rest->first().result, "r" + QByteArray::number(rest->first().id));
    }

    void eachTriggerKeepsItsNewest()
    {
        QTemporaryDir folder;
        auto storage = openSmallSegments(folder.path());
        QVERIFY(storage);
        storage->setRetention({.maxAgeDays = 0, .maxRunsPerTrigger = 100});
        fill(*storage, 700, 1, 400);
        fill(*storage, 30, 2, 400);
        fill(*storage, 700, 1, 400);
        QVERIFY(waitCommitted(storage->journal()));
        QTRY_COMPARE_WITH_TIMEOUT(at(countsOf(*storage, 1), RunStatus::Success), 100, kDeadlineMs);
        QCOMPARE(at(countsOf(*storage, 2), RunStatus::Success), 30);
        RunQuery asked;
        asked.triggerId = 1;
        asked.limit = 500;
        const auto page = query(*storage, asked);
        QVERIFY(page);
        QCOMPARE(page->size(), 100);
        QCOMPARE(page->first().id, 1430);
        QCOMPARE(page->last().id, 1331);
        asked.triggerId = 2;
        QCOMPARE(query(*storage, asked)->size(), 30);
    }

    void aBackupHoldsEverythingAndComesBack()
    {
        QTemporaryDir folder;
        QTemporaryDir other;
        const QString file = other.filePath(u"profile.earshot"_s);
        {
            auto storage = openSmallSegments(folder.path());
            QVERIFY(storage);
            StoredTrigger trigger;
            trigger.path = u"f/a/b"_s;
            trigger.document = "{}";
            storage->triggers().save(trigger, [](const Result<qint64> &) {});
            storage->variables().set(u"v"_s, "1.0");
            storage->secrets().set(u"s"_s, u"canary-77"_s, [](const Result<void> &) {});
            fill(*storage, 300, 1, 0);
            QVERIFY(waitCommitted(storage->journal()));
            const auto without = backUp(*storage, file, Storage::Secrets::Leave);
            QVERIFY(without);
            QCOMPARE(without->runs, 300);
            QCOMPARE(without->triggers, 1);
            QVERIFY(!without->hasSecrets);
            QFile plain(file);
            QVERIFY(plain.open(QIODevice::ReadOnly));
            QVERIFY(!plain.readAll().contains("canary-77"));
            QCOMPARE(int(QFileInfo(file).permissions() & (QFile::ReadGroup | QFile::ReadOther)), 0);
            QVERIFY(backUp(*storage, file, Storage::Secrets::Include)->hasSecrets);
        }
        QTemporaryDir target;
        auto storage = openSmallSegments(target.path());
        QVERIFY(storage);
        fill(*storage, 10, 1, 0);
        storage->variables().set(u"former"_s, "1");
        QSignalSpy restored(storage.get(), &Storage::restored);
        const auto report = restore(*storage, file);
        QVERIFY2(report, report ? "" : qPrintable(report.error().message));
        QCOMPARE(restored.count(), 1);
        QCOMPARE(storage->triggers().triggers().size(), 1);
        QVERIFY(!storage->variables().value(u"former"_s));
        QCOMPARE(storage->variables().value(u"v"_s), QByteArray("1.0"));
        QCOMPARE(readRun(*storage, 250)->message, QByteArray(1000, 'm'));
        QCOMPARE(readRun(*storage, 250)->result, QByteArray("r250"));
        QString secret;
        storage->secrets().get(
            u"s"_s, [&](const Result<QString> &value) { secret = value.value_or(QString()); });
        QCOMPARE(secret, u"canary-77"_s);
        QFile database(storage->databaseFile());
        QVERIFY(database.open(QIODevice::ReadOnly));
        QVERIFY(!database.readAll().contains("canary-77"));
        QCOMPARE(QDir(target.path()).entryList({u"earshot.db.before-restore-*"_s}).size(), 1);
        // It goes on like any other: ids behind the restored ones, new runs recorded.
        fill(*storage, 5, 1, 0);
        QVERIFY(waitCommitted(storage->journal()));
        QCOMPARE(at(countsOf(*storage, 1), RunStatus::Success), 305);
    }

    void whatIsNoBackupChangesNothing()
    {
        QTemporaryDir folder;
        auto storage = openSmallSegments(folder.path());
        QVERIFY(storage);
        fill(*storage, 10, 1, 0);
        const QString file = folder.filePath(u"other"_s);
        QFile text(file);
        QVERIFY(text.open(QIODevice::WriteOnly));
        text.write(QByteArray("no database at all ").repeated(100));
        text.close();
        const auto refused = restore(*storage, file);
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ErrorCode::InvalidArgument);
        QVERIFY(!restore(*storage, folder.filePath(u"missing"_s)));
        QCOMPARE(at(countsOf(*storage, 1), RunStatus::Success), 10);
        QVERIFY(!QFile::exists(folder.filePath(u"restore.part"_s)));

        // A backup cut short, as by a full disk elsewhere.
        QVERIFY(backUp(*storage, file, Storage::Secrets::Leave));
        QVERIFY(QFile::resize(file, QFileInfo(file).size() / 2));
        QVERIFY(!restore(*storage, file));
        QCOMPARE(at(countsOf(*storage, 1), RunStatus::Success), 10);
        QCOMPARE(QDir(folder.path()).entryList({u"*.before-restore-*"_s}).size(), 0);
    }
};

QTEST_GUILESS_MAIN(TestRetention)
#include "tst_retention.moc"
