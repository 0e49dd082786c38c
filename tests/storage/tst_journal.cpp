// SPDX-License-Identifier: GPL-3.0-or-later
#include "storagetesting.h"

using namespace earshot;
using namespace earshot::storage;
using namespace earshot::storage::testing;
using namespace Qt::StringLiterals;

class TestJournal : public QObject
{
    Q_OBJECT

private slots:
    void recordsARunAndItsEnd()
    {
        QTemporaryDir folder;
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        Journal &journal = storage->journal();
        QSignalSpy committed(&journal, &RunJournal::committed);

        const RunId id = journal.takeId();
        NewRun run = newRun(id, "{\"price\": 1.0}");
        run.binary = true;
        const auto first = journal.append(run);
        (void)journal.markDispatched(1, id);
        FinishedRun end = finished(id, "{\"ok\":true}");
        end.outcome.logs = "said\n";
        end.outcome.logsTruncated = true;
        end.outcome.preprocessedArgs = "{\"x\":1}";
        end.attempts = 3;
        end.reply = "{\"ok\":true}";
        const auto last = journal.finish(end);
        QCOMPARE_GT(last, first);
        QVERIFY(waitCommitted(journal));
        QCOMPARE(committed.last().first().toULongLong(), last);

        const auto record = readRun(*storage, id);
        QVERIFY(record);
        QCOMPARE(toString(record->status), u"success"_s);
        QCOMPARE(record->message, run.message);
        QCOMPARE(record->result, end.outcome.result);
        QCOMPARE(record->logs, end.outcome.logs);
        QVERIFY(record->logsTruncated);
        QCOMPARE(record->preprocessedArgs, end.outcome.preprocessedArgs);
        QCOMPARE(record->reply, end.reply);
        QCOMPARE(record->attempts, 3);
        QVERIFY(record->binary);
        QCOMPARE(record->runnablePath, u"f/a/script"_s);
        QCOMPARE(record->eventUrl, u"ws://example.org/"_s);
        QCOMPARE(record->receivedAtUs, run.receivedAtUs);
        QCOMPARE(record->startedAtUs, end.outcome.startedAtUs);
        QCOMPARE(record->finishedAtUs, end.outcome.finishedAtUs);
    }

    void keepsARepliesOwnTextAndBytes()
    {
        QTemporaryDir folder;
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        Journal &journal = storage->journal();
        const QByteArray zeros("a\0b\xff", 4);
        NewRun run = newRun(journal.takeId(), zeros);
        run.args = "{\"url\":\"x\"}";
        FinishedRun end = finished(run.id, "1", RunStatus::Failure);
        end.reply = QByteArray("");
        end.replyError = u"the session is gone"_s;
        (void)journal.appendFinished(run, end);
        QVERIFY(waitCommitted(journal));
        const auto record = readRun(*storage, run.id);
        QVERIFY(record);
        QCOMPARE(record->message, zeros);
        QCOMPARE(record->args, run.args);
        QVERIFY(record->reply.has_value());
        QVERIFY(record->reply->isEmpty());
        QCOMPARE(record->replyError, end.replyError);
        QCOMPARE(toString(record->status), u"failure"_s);
    }

    void aBodyOfManyMegabytesComesBackInChunks()
    {
        QTemporaryDir folder;
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        Journal &journal = storage->journal();
        QByteArray large(5 * 1024 * 1024 + 7, 'x');
        large.back() = 'y';
        const RunId id = journal.takeId();
        (void)journal.append(newRun(id, large));
        (void)journal.append(newRun(journal.takeId(), "small"));
        QVERIFY(waitCommitted(journal));
        std::optional<Result<QByteArray>> tail;
        storage->readBody(id, RunBody::Message, large.size() - 3, 100,
            [&tail](const Result<QByteArray> &bytes) { tail = bytes; });
        QTRY_VERIFY_WITH_TIMEOUT(tail.has_value(), kDeadlineMs);
        QVERIFY(*tail);
        QCOMPARE(**tail, QByteArray("xxy"));
        const auto page = query(*storage, {});
        QVERIFY(page);
        QCOMPARE(page->size(), 2);
        QCOMPARE(page->at(0).message, QByteArray("small"));
        QCOMPARE(page->at(1).message.size(), kPreviewBytes);
        QCOMPARE(page->at(1).messageSize, large.size());
    }

    void aSecondEndIsIgnored()
    {
        QTemporaryDir folder;
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        Journal &journal = storage->journal();
        const RunId id = journal.takeId();
        (void)journal.append(newRun(id, "m"));
        (void)journal.finish(finished(id, "1"));
        (void)journal.finish(finished(id, "2", RunStatus::Failure));
        QVERIFY(waitCommitted(journal));
        QCOMPARE(readRun(*storage, id)->result, QByteArray("1"));
        const auto counts = countsOf(*storage, 1);
        QCOMPARE(at(counts, RunStatus::Success), 1);
        QCOMPARE(at(counts, RunStatus::Failure), 0);
    }

    void ticketsCommitInOrderAndAllOfThem()
    {
        QTemporaryDir folder;
        auto storage = openIn(folder.path());
        QVERIFY(storage);
        Journal &journal = storage->journal();
        QList<quint64> seen;
        QObject context;
        connect(&journal, &RunJournal::committed, &context,
            [&seen](quint64 through) { seen.append(through); });
        RunJournal::Ticket last = 0;
        for (int round = 0; round < 2000; ++round) {
            const RunId id = journal.takeId();
            (void)journal.append(newRun(id, QByteArray::number(round)));
            last = journal.finish(finished(id, "1"));
        }
        QVERIFY(waitCommitted(journal));
        QCOMPARE(seen.last(), last);
        QVERIFY(std::is_sorted(seen.cbegin(), seen.cend()));
        QCOMPARE(at(countsOf(*storage, 1), RunStatus::Success), 2000);
    }
};

QTEST_GUILESS_MAIN(TestJournal)
#include "tst_journal.moc"
