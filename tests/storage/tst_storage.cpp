// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/migrations.h"
#include "storagetesting.h"

#include <QDir>
#include <QFileInfo>

using namespace earshot;
using namespace earshot::storage;
using namespace earshot::storage::testing;
using namespace Qt::StringLiterals;

class TestStorage : public QObject
{
    Q_OBJECT

private slots:
    void theFolderIsPrivate()
    {
        QTemporaryDir folder;
        const QString data = folder.filePath(u"new/profile"_s);
        const auto storage = openIn(data);
        QVERIFY(storage);
        const auto others = QFile::ReadGroup | QFile::ExeGroup | QFile::WriteGroup
            | QFile::ReadOther | QFile::ExeOther | QFile::WriteOther;
        QCOMPARE(int(QFileInfo(data).permissions() & others), 0);
        QCOMPARE(int(QFileInfo(storage->databaseFile()).permissions() & others), 0);
    }

    void aSecondServiceIsRefusedWithThePid()
    {
        QTemporaryDir folder;
        const auto first = openIn(folder.path());
        QVERIFY(first);
        Storage::Options options;
        options.dataDir = folder.path();
        const auto second = Storage::open(options);
        QVERIFY(!second);
        QVERIFY(second.error().code == ErrorCode::Conflict);
        QVERIFY(
            second.error().message.contains(u"pid %1"_s.arg(QCoreApplication::applicationPid())));
    }

    void aNewerDatabaseIsRefusedAndKept()
    {
        QTemporaryDir folder;
        QVERIFY(openIn(folder.path()));
        const QString file = folder.filePath(u"earshot.db"_s);
        {
            auto connection = Connection::open(file, Connection::Access::ReadWrite, 1000);
            QVERIFY(connection);
            QVERIFY(connection->execute("PRAGMA user_version = 1000"));
        }
        Storage::Options options;
        options.dataDir = folder.path();
        const auto opened = Storage::open(options);
        QVERIFY(!opened);
        QVERIFY(opened.error().code == ErrorCode::Unsupported);
        QVERIFY(opened.error().message.contains(u"newer Earshot"_s));
        QCOMPARE(QDir(folder.path()).entryList({u"*.corrupt*"_s}).size(), 0);
    }

    void aCorruptDatabaseIsSetAside_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("text")
            << QByteArray("this is no database, only text that is long enough ").repeated(99);
        QTest::newRow("header only")
            << QByteArray("SQLite format 3\0", 16) + QByteArray(8192, '\x7f');
    }

    void aCorruptDatabaseIsSetAside()
    {
        QFETCH(QByteArray, content);
        QTemporaryDir folder;
        for (int round = 1; round <= 2; ++round) {
            QFile file(folder.filePath(u"earshot.db"_s));
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
            file.write(content);
            file.close();
            const auto storage = openIn(folder.path());
            QVERIFY(storage);
            QCOMPARE(storage->notices().size(), 1);
            const auto kept = QDir(folder.path()).entryList({u"earshot.db.corrupt-*"_s});
            QCOMPARE(kept.size(), round);
            QVERIFY(storage->notices().first().contains(u"earshot.db.corrupt-"_s));
            QFile aside(folder.filePath(kept.first()));
            QVERIFY(aside.open(QIODevice::ReadOnly));
            QCOMPARE(aside.readAll(), content);
        }
    }

    void everyOlderVersionMigrates()
    {
        QTemporaryDir folder;
        QVERIFY(openIn(folder.path())); // links the migrations in
        const auto all = loadMigrations();
        QVERIFY(all);
        for (qsizetype from = 0; from < all->size(); ++from) {
            const QString file = folder.filePath(u"v%1.db"_s.arg(from));
            auto connection = Connection::open(file, Connection::Access::ReadWrite, 1000);
            QVERIFY(connection);
            if (from > 0) {
                QVERIFY(migrate(*connection, file, all->first(from)));
            }
            QVERIFY(migrate(*connection, file, *all));
            QCOMPARE(*connection->integer("PRAGMA user_version"), all->size());
            QCOMPARE(QFile::exists(file + u".v%1.backup"_s.arg(from)), from > 0);
        }
    }

    void aFailingMigrationLeavesTheOldVersionAndABackup()
    {
        QTemporaryDir folder;
        QVERIFY(openIn(folder.path()));
        auto migrations = loadMigrations();
        QVERIFY(migrations);
        const QString file = folder.filePath(u"earshot.db"_s);
        auto connection = Connection::open(file, Connection::Access::ReadWrite, 1000);
        QVERIFY(connection);
        const int next = int(migrations->size()) + 1;
        migrations->append(Migration{
            next, u"broken"_s, {"CREATE TABLE half_done (x)", "CREATE TABLE nonsense ("}});
        const auto done = migrate(*connection, file, *migrations);
        QVERIFY(!done);
        QVERIFY(done.error().message.contains(u"broken"_s));
        QCOMPARE(*connection->integer("PRAGMA user_version"), next - 1);
        QCOMPARE(
            *connection->integer("SELECT count(*) FROM sqlite_master WHERE name = 'half_done'"), 0);
        QVERIFY(QFile::exists(file + u".v%1.backup"_s.arg(next - 1)));
    }

    void anOrderlyEndIsFoundAgainAsItWas()
    {
        QTemporaryDir folder;
        {
            auto storage = openIn(folder.path());
            QVERIFY(storage);
            Journal &journal = storage->journal();
            for (int i = 0; i < 6; ++i) {
                NewRun run = newRun(journal.takeId(), "m" + QByteArray::number(i));
                run.dispatched = i == 1;
                run.status = i == 4 ? RunStatus::Suspended : RunStatus::Queued;
                (void)journal.append(run);
            }
            (void)journal.markDispatched(1, 3);
            (void)journal.markDispatched(1, 4);
            (void)journal.markQueued(1, 4);
            (void)journal.finish(finished(1, "done"));
        }
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        const Recovered recovered = storage->takeRecovered();
        QCOMPARE(idsOf(recovered.queued), (QList<RunId>{4, 5, 6}));
        QCOMPARE(toString(recovered.queued.at(1).status), u"suspended"_s);
        QCOMPARE(idsOf(recovered.interrupted), (QList<RunId>{2, 3}));
        QCOMPARE(recovered.queued.first().message, QByteArray("m3"));
        QVERIFY(storage->takeRecovered().queued.isEmpty());

        (void)storage->requeue(3);
        (void)storage->settleRecovered();
        QVERIFY(waitCommitted(storage->journal()));
        QCOMPARE(toString(readRun(*storage, 2)->status), u"interrupted"_s);
        QCOMPARE(toString(readRun(*storage, 3)->status), u"queued"_s);
        QCOMPARE_GT(storage->journal().takeId(), 6);
    }

    void opensFastWithALongHistory()
    {
        QTemporaryDir folder;
        {
            auto storage = openIn(folder.path());
            QVERIFY(storage);
            for (int i = 0; i < 20'000; ++i) {
                const RunId id = storage->journal().takeId();
                (void)storage->journal().append(newRun(id, "m"));
                (void)storage->journal().finish(finished(id, "r"));
            }
        }
        // After an orderly end the mark is at the newest run: no run is searched.
        auto connection = Connection::open(
            folder.filePath(u"earshot.db"_s), Connection::Access::ReadOnly, 1000);
        QVERIFY(connection);
        QCOMPARE(
            *connection->integer("SELECT value FROM meta WHERE key = 'final_through'"), 20'000);
        QVERIFY(!QFile::exists(folder.filePath(u"earshot.db-wal"_s))
            || QFileInfo(folder.filePath(u"earshot.db-wal"_s)).size() == 0);
    }

    void aFullDiskStallsAndNothingIsLost()
    {
        QTemporaryDir folder;
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        Journal &journal = storage->journal();
        QSignalSpy stalled(&journal, &RunJournal::stalled);
        QSignalSpy resumed(&journal, &RunJournal::resumed);
        const auto setLimit = [&journal](const QByteArray &pages) {
            std::atomic<bool> isSet = false;
            journal.inspect([&isSet, pages](JournalWriter &writer) {
                (void)writer.connection().integer("PRAGMA max_page_count = " + pages);
                isSet = true;
            });
            return QTest::qWaitFor([&isSet] { return isSet.load(); }, kDeadlineMs);
        };
        QVERIFY(setLimit("1")); // SQLite takes the present size instead
        for (int i = 0; i < 3000; ++i) {
            const RunId id = journal.takeId();
            (void)journal.append(newRun(id, "m" + QByteArray::number(id)));
            (void)journal.finish(finished(id, "r"));
        }
        QVERIFY(stalled.count() || stalled.wait(kDeadlineMs));
        const auto error = stalled.first().first().value<Error>();
        QVERIFY(error.code == ErrorCode::LimitExceeded);
        QVERIFY(error.message.contains(u"disk is full"_s));
        QVERIFY(journal.isStalled());
        QCOMPARE_GT(journal.pendingCount(), 0);
        QVERIFY(setLimit("1000000"));
        QVERIFY(resumed.count() || resumed.wait(kDeadlineMs));
        QVERIFY(waitCommitted(journal));
        QVERIFY(!journal.isStalled());
        QCOMPARE(at(countsOf(*storage, 1), RunStatus::Success), 3000);
        QCOMPARE(readRun(*storage, 3000)->message, QByteArray("m3000"));
    }
};

QTEST_GUILESS_MAIN(TestStorage)
#include "tst_storage.moc"
