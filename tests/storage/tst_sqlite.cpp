// SPDX-License-Identifier: GPL-3.0-or-later
#include "storagetesting.h"

#include <QSqlDatabase>
#include <QSqlError>

#include <sqlite3.h>

using namespace earshot;
using namespace earshot::storage;
using namespace earshot::storage::testing;
using namespace Qt::StringLiterals;

class TestSqlite : public QObject
{
    Q_OBJECT

    static Result<Connection> openFile(const QTemporaryDir &folder,
        Connection::Access access = Connection::Access::ReadWrite, int busyTimeoutMs = 1000)
    {
        return Connection::open(folder.filePath(u"test.db"_s), access, busyTimeoutMs);
    }

private slots:
    void cleanup() { QCOMPARE(QSqlDatabase::connectionNames(), QStringList()); }

    void everyConnectionHasANameOfItsOwnUntilItEnds()
    {
        QTemporaryDir folder;
        auto first = openFile(folder);
        QVERIFY(first);
        {
            auto second = openFile(folder);
            QVERIFY(second);
            QCOMPARE(QSqlDatabase::connectionNames().size(), 2);
            Connection moved = std::move(*second);
            QVERIFY(moved.isOpen());
            QVERIFY(!second->isOpen());
            QCOMPARE(QSqlDatabase::connectionNames().size(), 2);
        }
        QCOMPARE(QSqlDatabase::connectionNames().size(), 1);
        first->close();
        QVERIFY(!first->isOpen());
    }

    void aStorageLeavesNoConnectionBehind()
    {
        QTemporaryDir folder;
        {
            const auto storage = openIn(folder.path());
            QVERIFY(storage);
            QVERIFY(query(*storage, {}));
            QCOMPARE(QSqlDatabase::connectionNames().size(), 2); // the writer's, the reader's
        }
        QCOMPARE(QSqlDatabase::connectionNames(), QStringList());
    }

    void aFailedOpenLeavesNoNameBehind()
    {
        QTemporaryDir folder;
        const auto missing = openFile(folder, Connection::Access::ReadOnly);
        QVERIFY(!missing);
        QVERIFY(missing.error().code == ErrorCode::Io);
        QVERIFY(missing.error().message.contains(u"test.db"_s));
    }

    void queriesAndStatementsShareTheConnection()
    {
        QTemporaryDir folder;
        auto connection = openFile(folder);
        QVERIFY(connection);
        QVERIFY(connection->executeAll({"CREATE TABLE t (x UNIQUE)", "BEGIN"}));
        QVERIFY(connection->inTransaction());
        auto insert = connection->prepare("INSERT INTO t VALUES (?)");
        QVERIFY(insert);
        insert->bind(1, 7);
        QCOMPARE(insert->run(), SQLITE_OK);
        QCOMPARE(connection->integer("SELECT x FROM t").value_or(0), 7);
        // The same full code from both.
        QCOMPARE(insert->run(), SQLITE_CONSTRAINT_UNIQUE);
        QCOMPARE(connection->change("INSERT INTO t VALUES (?)", {7}), SQLITE_CONSTRAINT_UNIQUE);
        const auto again = connection->execute("INSERT INTO t VALUES (?)", {7});
        QVERIFY(!again);
        QVERIFY(again.error().code == ErrorCode::Conflict);
        QVERIFY(again.error().message.contains(u"UNIQUE"_s));
        QVERIFY(connection->execute("COMMIT"));
    }

    void aReadOnlyConnectionWritesNothing()
    {
        QTemporaryDir folder;
        QVERIFY(openFile(folder));
        auto connection = openFile(folder, Connection::Access::ReadOnly);
        QVERIFY(connection);
        const auto done = connection->execute("CREATE TABLE t (x)");
        QVERIFY(!done);
        QVERIFY(done.error().code == ErrorCode::PermissionDenied);
    }

    void theBusyTimeoutIsSet()
    {
        QTemporaryDir folder;
        auto connection = openFile(folder, Connection::Access::ReadWrite, 1234);
        QVERIFY(connection);
        QCOMPARE(connection->integer("PRAGMA busy_timeout").value_or(0), 1234);
    }

    /// The driver binds null strings as NULL, which columns refuse.
    void emptyIsNotNull()
    {
        QTemporaryDir folder;
        auto connection = openFile(folder);
        QVERIFY(connection);
        QVERIFY(connection->execute("CREATE TABLE t (a TEXT NOT NULL, b BLOB NOT NULL, c)"));
        QVERIFY(connection->execute(
            "INSERT INTO t VALUES (?,?,?)", {QString(), QByteArray(), QVariant()}));
        QCOMPARE(connection->text("SELECT typeof(a) || ' ' || typeof(b) || ' ' || typeof(c) FROM t")
                     .value_or(QString()),
            u"text blob null"_s);
    }

    void aFailureInTheMiddleOfRowsIsSeen()
    {
        QTemporaryDir folder;
        auto connection = openFile(folder);
        QVERIFY(connection);
        QSqlQuery rows = connection->run("SELECT 1 UNION ALL SELECT abs(-9223372036854775807 - 1)");
        QVERIFY(rows.next());
        QVERIFY(!rows.next());
        QVERIFY(rows.lastError().isValid());
        const auto failure = connection->integer("SELECT abs(-9223372036854775807 - 1)");
        QVERIFY(!failure);
        QVERIFY(failure.error().code == ErrorCode::Internal);
        QVERIFY(failure.error().message.contains(u"overflow"_s));
        const auto none = connection->integer("SELECT 1 WHERE 0");
        QVERIFY(!none);
        QVERIFY(none.error().code == ErrorCode::NotFound);
    }

    void anotherSqliteIsRefused()
    {
        QVERIFY(checkSameSqlite(QString::fromLatin1(sqlite3_sourceid())));
        const auto other = checkSameSqlite(u"2019-01-01 00:00:00 0123456789abcdef"_s);
        QVERIFY(!other);
        QVERIFY(other.error().code == ErrorCode::Unsupported);
        QVERIFY(other.error().detail.contains(u"2019-01-01"_s));
    }
};

QTEST_GUILESS_MAIN(TestSqlite)
#include "tst_sqlite.moc"
