// SPDX-License-Identifier: GPL-3.0-or-later
#include "storagetesting.h"

#include <QProcess>
#include <QRandomGenerator>
#include <QSet>

using namespace earshot;
using namespace earshot::storage;
using namespace earshot::storage::testing;
using namespace Qt::StringLiterals;

/// The writer is killed at random points; what it said was durable must be there, and nothing
/// twice.
class TestCrash : public QObject
{
    Q_OBJECT

private slots:
    void nothingDurableIsLost()
    {
        QTemporaryDir folder;
        RunId first = 1;
        for (int round = 0; round < 10; ++round) {
            const QByteArray said = runAndKill(folder.path(), 50 + int(random.bounded(4000)));
            QVERIFY(!said.isEmpty());
            check(folder.path(), said, first);
            if (QTest::currentTestFailed()) {
                return;
            }
        }
    }

private:
    QRandomGenerator random = QRandomGenerator(20240517);

    QByteArray runAndKill(const QString &folder, int lines)
    {
        QProcess helper;
        helper.setProcessChannelMode(QProcess::SeparateChannels);
        helper.start(QCoreApplication::applicationDirPath() + u"/storage_crash_helper"_s, {folder});
        QByteArray said;
        while (said.count('\n') < lines) {
            if (!helper.waitForReadyRead(kDeadlineMs)) {
                qWarning("%s", helper.readAllStandardError().constData());
                return {};
            }
            said += helper.readAllStandardOutput();
        }
        helper.kill();
        helper.waitForFinished(kDeadlineMs);
        said += helper.readAllStandardOutput();
        return said.left(said.lastIndexOf('\n') + 1);
    }

    void check(const QString &folder, const QByteArray &said, RunId &first)
    {
        QHash<RunId, QByteArray> events; // in the order they became durable
        const auto lines = said.split('\n');
        RunId highest = 0;
        for (const QByteArray &line : lines) {
            const RunId id = line.mid(2).toLongLong();
            if (id > 0) {
                events[id] += line.front();
                highest = std::max(highest, id);
            }
        }
        auto storage = openIn(folder);
        QVERIFY(storage);
        const Recovered recovered = storage->takeRecovered();
        QHash<RunId, RunRecord> open;
        for (const auto *list : {&recovered.queued, &recovered.interrupted}) {
            RunId previous = 0;
            for (const RunRecord &record : *list) {
                QVERIFY2(record.id > previous, "not in id order");
                previous = record.id;
                QVERIFY2(!open.contains(record.id), "listed twice");
                QCOMPARE(record.message, "m" + QByteArray::number(record.id));
                open.insert(record.id, record);
            }
        }
        QSet<RunId> queued;
        for (const RunRecord &record : recovered.queued) {
            queued.insert(record.id);
        }
        // Every run from the first on, without a gap, up to at least the last one that was
        // reported.
        RunQuery page;
        page.limit = kMaxRunPage;
        QList<RunRecord> all;
        while (true) {
            const auto rows = query(*storage, page);
            QVERIFY(rows);
            for (const RunRecord &row : *rows) {
                if (row.id >= first) {
                    all.prepend(row);
                }
            }
            if (rows->size() < kMaxRunPage || rows->last().id < first) {
                break;
            }
            page.beforeId = rows->last().id;
        }
        QVERIFY(all.last().id >= highest);
        for (qsizetype i = 0; i < all.size(); ++i) {
            const RunRecord &run = all.at(i);
            QCOMPARE(run.id, first + i);
            const QByteArray of = events.value(run.id);
            if (isFinal(run.status)) {
                QCOMPARE(run.result, "r" + QByteArray::number(run.id));
                QVERIFY(!open.contains(run.id));
                continue;
            }
            QVERIFY2(!of.contains('f'), "a durable end was lost");
            QVERIFY(open.contains(run.id));
            const bool wasDispatched = run.id % 4 == 0 || of.endsWith('d');
            if (wasDispatched && run.id % 16 != 1) {
                QVERIFY2(!queued.contains(run.id), "a dispatched run would run twice");
            }
            if (run.id % 4 == 2 || of.endsWith('q')) {
                QVERIFY2(queued.contains(run.id), "a waiting run would be given up");
            }
        }
        // Leave nothing open, so that the next round starts clean.
        for (const RunId id : std::as_const(queued)) {
            (void)storage->journal().finish(finished(id, "r" + QByteArray::number(id)));
        }
        (void)storage->settleRecovered();
        QVERIFY(waitCommitted(storage->journal()));
        first = all.last().id + 1;
    }
};

QTEST_GUILESS_MAIN(TestCrash)
#include "tst_crash.moc"
