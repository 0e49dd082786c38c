// SPDX-License-Identifier: GPL-3.0-or-later
#include "storagetesting.h"

using namespace earshot;
using namespace earshot::storage;
using namespace earshot::storage::testing;
using namespace Qt::StringLiterals;

class TestRunReader : public QObject
{
    Q_OBJECT

    QTemporaryDir folder;
    std::unique_ptr<Storage> storage;
    static constexpr RunId kRuns = 3000;

    static qint64 triggerOf(RunId id) { return id % 100 == 0 ? 2 : 1; }
    static std::optional<RunStatus> endOf(RunId id)
    {
        if (id > kRuns - 10) {
            return std::nullopt;
        }
        return id % 7 == 0  ? RunStatus::Failure
            : id % 500 == 1 ? RunStatus::Timeout
                            : RunStatus::Success;
    }

private slots:
    void initTestCase()
    {
        storage = openIn(folder.path());
        QVERIFY(storage);
        StoredTrigger trigger;
        trigger.path = u"f/a/first"_s;
        trigger.document = "{}";
        storage->triggers().save(trigger, [](const Result<qint64> &) {});
        Journal &journal = storage->journal();
        for (RunId id = 1; id <= kRuns; ++id) {
            NewRun run
                = newRun(journal.takeId(), "message " + QByteArray::number(id), triggerOf(id));
            run.dispatched = id == kRuns;
            run.status = id == kRuns - 1 ? RunStatus::Suspended : RunStatus::Queued;
            (void)journal.append(run);
            if (const auto end = endOf(id)) {
                (void)journal.finish(finished(id, "result " + QByteArray::number(id), *end));
            }
        }
        (void)journal.markDispatched(1, kRuns - 9);
        QVERIFY(waitCommitted(journal));
    }

    void messagesComeInTheOrderTheyAreAskedFor()
    {
        std::optional<Result<QList<Result<QByteArray>>>> answer;
        storage->readMessages({7, kRuns, kRuns + 5, 1},
            [&](const Result<QList<Result<QByteArray>>> &bodies) { answer = bodies; });
        QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), kDeadlineMs);
        QVERIFY(answer->has_value());
        const QList<Result<QByteArray>> &bodies = **answer;
        QCOMPARE(bodies.size(), 4);
        QCOMPARE(*bodies.at(0), QByteArray("message 7"));
        QCOMPARE(*bodies.at(1), "message " + QByteArray::number(kRuns));
        QVERIFY(!bodies.at(2) && bodies.at(2).error().code == ErrorCode::NotFound);
        QCOMPARE(*bodies.at(3), QByteArray("message 1"));
    }

    void pages_data()
    {
        QTest::addColumn<qint64>("trigger");
        QTest::addColumn<QList<RunStatus>>("statuses");
        QTest::newRow("all") << qint64(0) << QList<RunStatus>();
        QTest::newRow("busy trigger") << qint64(1) << QList<RunStatus>();
        QTest::newRow("rare trigger") << qint64(2) << QList<RunStatus>();
        QTest::newRow("no such trigger") << qint64(9) << QList<RunStatus>();
        QTest::newRow("failures") << qint64(0) << QList<RunStatus>{RunStatus::Failure};
        QTest::newRow("failures of one")
            << qint64(2) << QList<RunStatus>{RunStatus::Failure, RunStatus::Timeout};
        QTest::newRow("successes") << qint64(1) << QList<RunStatus>{RunStatus::Success};
        QTest::newRow("mixed") << qint64(0)
                               << QList<RunStatus>{RunStatus::Success, RunStatus::Timeout,
                                      RunStatus::Running, RunStatus::Queued};
        QTest::newRow("waiting") << qint64(0) << QList<RunStatus>{RunStatus::Queued};
        QTest::newRow("running") << qint64(1) << QList<RunStatus>{RunStatus::Running};
        QTest::newRow("suspended") << qint64(0) << QList<RunStatus>{RunStatus::Suspended};
    }

    void pages()
    {
        QFETCH(qint64, trigger);
        QFETCH(QList<RunStatus>, statuses);
        QList<RunId> expected;
        for (RunId id = kRuns; id >= 1; --id) {
            const RunStatus status
                = endOf(id).value_or(id == kRuns || id == kRuns - 9 ? RunStatus::Running
                        : id == kRuns - 1                           ? RunStatus::Suspended
                                                                    : RunStatus::Queued);
            if ((trigger == 0 || trigger == triggerOf(id))
                && (statuses.isEmpty() || statuses.contains(status))) {
                expected.append(id);
            }
        }
        RunQuery asked;
        asked.triggerId = trigger;
        asked.statuses = statuses;
        asked.limit = 97;
        QList<RunId> got;
        while (true) {
            const auto page = query(*storage, asked);
            QVERIFY(page);
            got += idsOf(*page);
            if (page->size() < asked.limit) {
                break;
            }
            asked.beforeId = page->last().id;
        }
        QCOMPARE(got, expected);
    }

    void aRowHasPreviewsAndNames()
    {
        RunQuery asked;
        asked.triggerId = 1;
        asked.beforeId = 8;
        asked.limit = 1;
        const auto page = query(*storage, asked);
        QVERIFY(page);
        QCOMPARE(page->size(), 1);
        QCOMPARE(page->first().triggerPath, u"f/a/first"_s);
        QCOMPARE(page->first().message, QByteArray("message 7"));
        QCOMPARE(page->first().result, QByteArray("result 7"));
        QCOMPARE(page->first().resultSize, 8);
        QVERIFY(page->first().logs.isEmpty());
    }

    void findsText()
    {
        RunQuery asked;
        asked.text = "ult 19"; // in results only
        asked.limit = 500;
        const auto page = query(*storage, asked);
        QVERIFY(page);
        QList<RunId> expected;
        for (RunId id = kRuns - 10; id >= 1; --id) {
            if (QByteArray::number(id).startsWith("19")) {
                expected.append(id);
            }
        }
        QCOMPARE(idsOf(*page), expected);
        asked.text = "nowhere";
        QCOMPARE(query(*storage, asked)->size(), 0);
    }

    void aPageIsBounded()
    {
        RunQuery asked;
        asked.limit = 1'000'000;
        QCOMPARE(query(*storage, asked)->size(), kMaxRunPage);
        asked.limit = -5;
        QCOMPARE(query(*storage, asked)->size(), 1);
    }

    void aMissingRunIsSaid()
    {
        const auto run = readRun(*storage, kRuns + 1000);
        QVERIFY(!run);
        QVERIFY(run.error().code == ErrorCode::NotFound);
    }

    void countsAreThoseOfTheRows()
    {
        StatusCounts expected{};
        for (RunId id = 1; id <= kRuns; ++id) {
            if (triggerOf(id) == 2) {
                ++expected[size_t(
                    endOf(id).value_or(id == kRuns ? RunStatus::Running : RunStatus::Queued))];
            }
        }
        QVERIFY(countsOf(*storage, 2) == expected);
    }

    void tooManyQueriesAreRefusedNotQueuedForEver()
    {
        int refused = 0;
        int answered = 0;
        for (int i = 0; i < 3000; ++i) {
            storage->queryRuns({.limit = 1}, [&](const Result<QList<RunRecord>> &page) {
                ++answered;
                refused += !page && page.error().code == ErrorCode::Unavailable ? 1 : 0;
            });
        }
        QTRY_COMPARE_WITH_TIMEOUT(answered, 3000, 60'000);
        QCOMPARE_GT(refused, 0);
    }
};

QTEST_GUILESS_MAIN(TestRunReader)
#include "tst_runreader.moc"
