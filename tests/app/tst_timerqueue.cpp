// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/timerqueue.h"

#include <QTest>
#include <QTimerEvent>

#include <functional>

using namespace std::chrono_literals;

namespace earshot::app {

namespace {

/// Writes down the ids of its timers, and does something in between.
class Receiver final : public QObject
{
public:
    QList<int> ids;
    std::function<void(int)> action;

protected:
    void timerEvent(QTimerEvent *event) override
    {
        ids.append(event->timerId());
        if (action) {
            action(event->timerId());
        }
    }
};

} // namespace

/// Time is given, never read: nothing here waits.
class TestTimerQueue final : public QObject
{
    Q_OBJECT
private slots:
    void firesInOrderOfTime();
    void firesOncePerPass();
    void doesNotDrift();
    void leavesOutMissedBeats();
    void coarseTimersStayWithinFivePercent_data();
    void coarseTimersStayWithinFivePercent();
    void veryCoarseTimersFireTogether();
    void aHandlerMayRemoveOthers();
    void aHandlerMayRemoveItselfAndReuseTheId();
    void aHandlerMayDeleteItsObject();
    void aRunningTimerIsNotCalledAgain();
    void removesAllOfAnObject();
    void tellsWhatRemains();
    void zeroTimersAreDueAtOnce();

private:
    const TimerQueue::Time m_start = TimerQueue::Time(1'000'000s);
};

void TestTimerQueue::firesInOrderOfTime()
{
    TimerQueue queue;
    Receiver receiver;
    queue.add(1, 30, Qt::PreciseTimer, &receiver, m_start);
    queue.add(2, 10, Qt::PreciseTimer, &receiver, m_start);
    queue.add(3, 20, Qt::PreciseTimer, &receiver, m_start);
    QVERIFY(queue.nextDue() == m_start + 10ms);
    QCOMPARE(queue.activate(m_start + 9ms), 0);
    QCOMPARE(queue.activate(m_start + 30ms), 3);
    QCOMPARE(receiver.ids, (QList<int>{2, 3, 1}));
}

void TestTimerQueue::firesOncePerPass()
{
    TimerQueue queue;
    Receiver receiver;
    queue.add(1, 0, Qt::PreciseTimer, &receiver, m_start);
    QCOMPARE(queue.activate(m_start), 1);
    QCOMPARE(queue.activate(m_start), 1);
    QCOMPARE(receiver.ids.size(), 2);
}

void TestTimerQueue::doesNotDrift()
{
    // Called 3 ms late each time, the hundredth call is still due at 100 intervals.
    TimerQueue queue;
    Receiver receiver;
    queue.add(1, 10, Qt::PreciseTimer, &receiver, m_start);
    for (int i = 1; i < 100; ++i) {
        QCOMPARE(queue.activate(m_start + i * 10ms + 3ms), 1);
    }
    QVERIFY(queue.nextDue() == m_start + 1000ms);
}

void TestTimerQueue::leavesOutMissedBeats()
{
    TimerQueue queue;
    Receiver receiver;
    queue.add(1, 10, Qt::PreciseTimer, &receiver, m_start);
    QCOMPARE(queue.activate(m_start + 10s), 1);
    QCOMPARE(queue.activate(m_start + 10s), 0);
    QVERIFY(queue.nextDue() == m_start + 10s + 10ms);
}

void TestTimerQueue::coarseTimersStayWithinFivePercent_data()
{
    QTest::addColumn<int>("interval");
    for (const int interval : {21, 40, 50, 99, 100, 101, 250, 333, 999, 1000, 1030, 1999, 2000,
             5432, 10'000, 19'999, 20'000, 20'001, 25'000, 60'000}) {
        QTest::addRow("%d", interval) << interval;
    }
}

void TestTimerQueue::coarseTimersStayWithinFivePercent()
{
    QFETCH(int, interval);
    const std::chrono::milliseconds step(interval);
    for (int offset = 0; offset < 1000; offset += 37) {
        TimerQueue queue;
        Receiver receiver;
        const auto start = m_start + std::chrono::milliseconds(offset);
        queue.add(1, interval, Qt::CoarseTimer, &receiver, start);
        for (int i = 1; i <= 40; ++i) {
            const auto due = *queue.nextDue();
            const auto ideal = start + i * step;
            QVERIFY2(std::chrono::abs(due - ideal) * 20 <= step, qPrintable(QString::number(i)));
            QCOMPARE(queue.activate(due), 1);
        }
    }
}

void TestTimerQueue::veryCoarseTimersFireTogether()
{
    TimerQueue queue;
    Receiver receiver;
    for (int i = 0; i < 10; ++i) {
        queue.add(i + 1, 25'000, Qt::VeryCoarseTimer, &receiver, m_start + i * 40ms);
    }
    QCOMPARE(queue.activate(*queue.nextDue()), 10);
}

void TestTimerQueue::aHandlerMayRemoveOthers()
{
    TimerQueue queue;
    Receiver receiver;
    queue.add(1, 10, Qt::PreciseTimer, &receiver, m_start);
    queue.add(2, 11, Qt::PreciseTimer, &receiver, m_start);
    receiver.action = [&queue](int) { queue.remove(2); };
    QCOMPARE(queue.activate(m_start + 20ms), 1);
    QCOMPARE(receiver.ids, (QList<int>{1}));
    QCOMPARE(queue.count(), 1);
}

void TestTimerQueue::aHandlerMayRemoveItselfAndReuseTheId()
{
    TimerQueue queue;
    Receiver receiver;
    queue.add(1, 10, Qt::PreciseTimer, &receiver, m_start);
    receiver.action = [&](int) {
        if (receiver.ids.size() == 1) {
            queue.remove(1);
            queue.add(1, 5, Qt::PreciseTimer, &receiver, m_start + 10ms);
            // Inside its own handler, so to speak, but it is another timer.
            QCOMPARE(queue.activate(m_start + 15ms), 1);
        }
    };
    QCOMPARE(queue.activate(m_start + 10ms), 1);
    QCOMPARE(receiver.ids.size(), 2);
    QVERIFY(queue.nextDue() == m_start + 20ms);
}

void TestTimerQueue::aHandlerMayDeleteItsObject()
{
    TimerQueue queue;
    auto *receiver = new Receiver; // owned: deletes itself
    queue.add(1, 10, Qt::PreciseTimer, receiver, m_start);
    queue.add(2, 10, Qt::PreciseTimer, receiver, m_start);
    receiver->action = [&queue, receiver](int) {
        queue.removeAllOf(receiver); // what QObject does when it goes
        receiver->deleteLater();
    };
    QCOMPARE(queue.activate(m_start + 10ms), 1);
    QCOMPARE(queue.count(), 0);
    QVERIFY(!queue.nextDue());
    QCoreApplication::sendPostedEvents(receiver, QEvent::DeferredDelete);
}

void TestTimerQueue::aRunningTimerIsNotCalledAgain()
{
    TimerQueue queue;
    Receiver receiver;
    queue.add(1, 10, Qt::PreciseTimer, &receiver, m_start);
    queue.add(2, 15, Qt::PreciseTimer, &receiver, m_start);
    receiver.action = [&](int id) {
        if (id == 1 && receiver.ids.size() == 1) {
            // A nested loop: the other timer runs, this one waits for its own handler's end.
            QVERIFY(queue.nextDue() == m_start + 15ms);
            QCOMPARE(queue.activate(m_start + 25ms), 1);
            QCOMPARE(receiver.ids, (QList<int>{1, 2}));
        }
    };
    QCOMPARE(queue.activate(m_start + 10ms), 1);
    receiver.action = nullptr;
    QCOMPARE(queue.activate(m_start + 40ms), 2);
}

void TestTimerQueue::removesAllOfAnObject()
{
    TimerQueue queue;
    Receiver one;
    Receiver two;
    queue.add(1, 10, Qt::PreciseTimer, &one, m_start);
    queue.add(2, 10, Qt::CoarseTimer, &two, m_start);
    queue.add(3, 30, Qt::VeryCoarseTimer, &one, m_start);
    QCOMPARE(queue.timersOf(&one).size(), 2);
    QVERIFY(queue.removeAllOf(&one));
    QVERIFY(!queue.removeAllOf(&one));
    QCOMPARE(queue.timersOf(&one).size(), 0);
    QCOMPARE(queue.timersOf(&two).constFirst().timerId, 2);
    QCOMPARE(queue.timersOf(&two).constFirst().interval, 10);
    QCOMPARE(queue.activate(m_start + 1s), 1);
}

void TestTimerQueue::tellsWhatRemains()
{
    TimerQueue queue;
    Receiver receiver;
    queue.add(1, 100, Qt::PreciseTimer, &receiver, m_start);
    QCOMPARE(queue.remaining(1, m_start), 100);
    QCOMPARE(queue.remaining(1, m_start + 99'500us), 1);
    QCOMPARE(queue.remaining(1, m_start + 1s), 0);
    QVERIFY(!queue.remaining(2, m_start));
    QVERIFY(queue.remove(1));
    QVERIFY(!queue.remove(1));
    QVERIFY(!queue.remaining(1, m_start));
}

void TestTimerQueue::zeroTimersAreDueAtOnce()
{
    TimerQueue queue;
    Receiver receiver;
    queue.add(1, 0, Qt::CoarseTimer, &receiver, m_start);
    QVERIFY(queue.nextDue() == m_start);
    QCOMPARE(queue.activate(m_start + 5s), 1);
    QVERIFY(*queue.nextDue() <= m_start + 5s);
}

} // namespace earshot::app

QTEST_GUILESS_MAIN(earshot::app::TestTimerQueue)
#include "tst_timerqueue.moc"
