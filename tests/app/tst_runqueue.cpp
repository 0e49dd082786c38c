// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/runqueue.h"

#include <QTest>

#include <deque>
#include <map>
#include <random>

using namespace earshot;
using namespace earshot::service;

namespace {

RunQueue::Item item(RunId id, const QByteArray &key = {}, qint64 bytes = 1)
{
    return {.id = id, .bytes = bytes, .key = key};
}

void admit(RunQueue &queue, RunQueue::Item waiting)
{
    QCOMPARE(queue.admit(std::move(waiting)).admission, RunQueue::Admission::Accepted);
}

} // namespace

class TestRunQueue final : public QObject
{
    Q_OBJECT

private slots:
    void keepsArrivalOrder()
    {
        RunQueue queue({});
        for (RunId id = 1; id <= 5; ++id) {
            admit(queue, item(id));
        }
        for (RunId id = 1; id <= 5; ++id) {
            QCOMPARE(queue.takeNext(), std::optional(id));
        }
        QCOMPARE(queue.takeNext(), std::nullopt);
        QCOMPARE(queue.runningCount(), 5);
    }

    void respectsConcurrency()
    {
        RunQueue queue({.concurrency = 2});
        for (RunId id = 1; id <= 4; ++id) {
            admit(queue, item(id));
        }
        QCOMPARE(queue.takeNext(), std::optional<RunId>(1));
        QCOMPARE(queue.takeNext(), std::optional<RunId>(2));
        QCOMPARE(queue.takeNext(), std::nullopt);
        QVERIFY(!queue.canStartAtOnce({}));
        queue.finished(1);
        QCOMPARE(queue.takeNext(), std::optional<RunId>(3));
        QCOMPARE(queue.takeNext(), std::nullopt);
    }

    void oneRunOfAKeyAtATimeWhileOthersGoOn()
    {
        RunQueue queue({});
        admit(queue, item(1, "a"));
        admit(queue, item(2, "a"));
        admit(queue, item(3, "b"));
        admit(queue, item(4));
        QCOMPARE(queue.takeNext(), std::optional<RunId>(1));
        QCOMPARE(queue.takeNext(), std::optional<RunId>(3));
        QCOMPARE(queue.takeNext(), std::optional<RunId>(4));
        QCOMPARE(queue.takeNext(), std::nullopt);
        QVERIFY(!queue.canStartAtOnce("b"));
        queue.finished(3);
        QVERIFY(queue.canStartAtOnce("b"));
        queue.finished(1);
        QCOMPARE(queue.takeNext(), std::optional<RunId>(2));
    }

    void overflowDropsTheNewest()
    {
        RunQueue queue({.maxCount = 2});
        admit(queue, item(1));
        admit(queue, item(2));
        QCOMPARE(queue.admit(item(3)).admission, RunQueue::Admission::Refused);
        QCOMPARE(queue.waitingCount(), 2);
    }

    void overflowDropsTheOldest()
    {
        RunQueue queue({.maxCount = 2, .overflow = Overflow::DropOldest});
        admit(queue, item(1, "a"));
        admit(queue, item(2, "a"));
        const auto result = queue.admit(item(3, "a"));
        QCOMPARE(result.admission, RunQueue::Admission::MakeRoom);
        QCOMPARE(result.dropped, std::vector<RunId>{1});
        QCOMPARE(queue.takeNext(), std::optional<RunId>(2));
        queue.finished(2);
        QCOMPARE(queue.takeNext(), std::optional<RunId>(3));
    }

    void overflowStops()
    {
        RunQueue queue({.maxCount = 1, .overflow = Overflow::Stop});
        admit(queue, item(1));
        QCOMPARE(queue.admit(item(2)).admission, RunQueue::Admission::Stop);
        QCOMPARE(queue.waitingCount(), 1);
    }

    void bytesCountToo()
    {
        RunQueue queue({.maxBytes = 100});
        admit(queue, item(1, {}, 60));
        QCOMPARE(queue.admit(item(2, {}, 60)).admission, RunQueue::Admission::Refused);
        QCOMPARE(queue.takeNext(), std::optional<RunId>(1));
        // One message beyond the whole allowance passes an empty queue.
        admit(queue, item(3, {}, 500));
        QCOMPARE(queue.waitingBytes(), 500);
    }

    void returnedRunsGoFirst()
    {
        RunQueue queue({});
        for (RunId id = 1; id <= 4; ++id) {
            admit(queue, item(id));
        }
        QCOMPARE(queue.takeNext(), std::optional<RunId>(1));
        QCOMPARE(queue.takeNext(), std::optional<RunId>(2));
        QCOMPARE(queue.takeNext(), std::optional<RunId>(3));
        queue.putBack({item(2)});
        queue.putBack({item(3)});
        QCOMPARE(queue.runningCount(), 1);
        for (const RunId id : {2, 3, 4}) {
            QCOMPARE(queue.takeNext(), std::optional<RunId>(id));
        }
    }

    void removesWaitingRunsAnywhere()
    {
        RunQueue queue({});
        admit(queue, item(1, "a"));
        admit(queue, item(2, "a"));
        admit(queue, item(3, "a"));
        QVERIFY(queue.remove(2));
        QVERIFY(!queue.remove(2));
        QVERIFY(queue.remove(1));
        QCOMPARE(queue.waitingIds(), std::vector<RunId>{3});
        QCOMPARE(queue.takeNext(), std::optional<RunId>(3));
        QCOMPARE(queue.waitingBytes(), 0);
    }

    /// Random calls against a plain list: order per key, one run of a key at a time, limits.
    void agreesWithAModel()
    {
        std::mt19937 random(20260901); // NOLINT: the same sequence every time
        RunQueue queue({.maxCount = 50, .concurrency = 7});
        std::map<RunId, QByteArray> waiting;
        std::map<RunId, QByteArray> running;
        RunId next = 1;
        for (int step = 0; step < 20'000; ++step) {
            const auto choice = random() % 10;
            if (choice < 5) {
                const QByteArray key
                    = random() % 4 == 0 ? QByteArray() : QByteArray::number(random() % 6);
                const bool accepted
                    = queue.admit(item(next, key)).admission == RunQueue::Admission::Accepted;
                QCOMPARE(accepted, waiting.size() < 50);
                if (accepted) {
                    waiting.emplace(next, key);
                }
                ++next;
            } else if (choice < 8) {
                std::optional<RunId> expected;
                for (const auto &[id, key] : waiting) {
                    const bool busy = !key.isEmpty()
                        && std::any_of(running.begin(), running.end(),
                            [&](const auto &other) { return other.second == key; });
                    if (!busy && running.size() < 7) {
                        expected = id;
                        break;
                    }
                }
                const auto taken = queue.takeNext();
                QCOMPARE(taken, expected);
                if (taken) {
                    running.emplace(*taken, waiting.at(*taken));
                    waiting.erase(*taken);
                }
            } else if (!running.empty()) {
                const auto ended = std::next(running.begin(), random() % running.size());
                queue.finished(ended->first);
                running.erase(ended);
            }
            QCOMPARE(queue.waitingCount(), std::ssize(waiting));
            QCOMPARE(queue.runningCount(), std::ssize(running));
        }
    }
};

QTEST_GUILESS_MAIN(TestRunQueue)
#include "tst_runqueue.moc"
