// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/bodylog.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include <sys/resource.h>

using namespace earshot;
using namespace earshot::storage;
using namespace Qt::StringLiterals;

class TestBodyLog : public QObject
{
    Q_OBJECT

private slots:
    void whatWasPutComesBack()
    {
        QTemporaryDir folder;
        QList<std::pair<BodyAddress, QByteArray>> bodies;
        for (int round = 0; round < 2; ++round) { // the second opens the same segments again
            BodyLog log(folder.path(), 700'000);
            QVERIFY(log.open());
            for (int i = 0; i < 400; ++i) {
                const QByteArray body(i % 50 == 7 ? 1'500'000 : i * 7, char('a' + i % 26));
                bodies.append({log.nextAddress(), body});
                log.put(body);
                if (i % 10 == 0) {
                    QVERIFY(log.flush());
                    if (log.isFull()) {
                        QVERIFY(log.roll());
                    }
                }
            }
            QVERIFY(log.flush());
        }
        QCOMPARE_GT(segmentOf(bodies.last().first), 5);
        BodyReader reader(folder.path());
        for (const auto &[at, body] : std::as_const(bodies)) {
            const auto read = reader.read(at, body.size());
            QVERIFY(read && *read == body);
            const auto view = reader.view(at, body.size());
            QVERIFY(view && *view == body);
        }
    }

    void theCacheSeesWhatIsAppended()
    {
        QTemporaryDir folder;
        BodyLog log(folder.path(), 1'000'000);
        QVERIFY(log.open());
        BodyReader reader(folder.path());
        for (int i = 0; i < 20; ++i) {
            const QByteArray body = "body " + QByteArray::number(i);
            const BodyAddress at = log.nextAddress();
            log.put(body);
            QVERIFY(log.flush());
            const auto view = reader.view(at, body.size());
            QVERIFY(view && *view == body);
        }
    }

    void whatIsNotThereIsSaid()
    {
        QTemporaryDir folder;
        BodyLog log(folder.path(), 1'000'000);
        QVERIFY(log.open());
        log.put("short");
        QVERIFY(log.flush());
        BodyReader reader(folder.path());
        QVERIFY(reader.read(addressOf(1, 0), 6).error().code == ErrorCode::Corrupt);
        QVERIFY(reader.view(addressOf(1, 3), 3).error().code == ErrorCode::Corrupt);
        QVERIFY(reader.read(addressOf(9, 0), 1).error().code == ErrorCode::Corrupt);
    }

    /// The address was given out before the write failed, so the second try must hit the same
    /// place.
    void aFailedWriteIsRepeatedInPlace()
    {
        QTemporaryDir folder;
        BodyLog log(folder.path(), 100'000'000);
        QVERIFY(log.open());
        const auto former = std::signal(SIGXFSZ, SIG_IGN);
        rlimit before = {};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
        rlimit small = before;
        small.rlim_cur = 100'000;
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
        QList<std::pair<BodyAddress, QByteArray>> bodies;
        for (const qsizetype size : {50'000, 90'000, 3'000'000, 10}) {
            const QByteArray body(size, char('a' + bodies.size()));
            bodies.append({log.nextAddress(), body});
            log.put(body);
        }
        QVERIFY(!log.flush());
        QVERIFY(!log.flush());
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
        std::signal(SIGXFSZ, former);
        QVERIFY(log.flush());
        BodyReader reader(folder.path());
        for (const auto &[at, body] : std::as_const(bodies)) {
            const auto read = reader.read(at, body.size());
            QVERIFY(read && *read == body);
        }
    }
};

QTEST_GUILESS_MAIN(TestBodyLog)
#include "tst_bodylog.moc"
