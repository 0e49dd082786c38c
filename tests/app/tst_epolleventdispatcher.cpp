// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/epolleventdispatcher_linux.h"

#include <QElapsedTimer>
#include <QEventLoop>
#include <QProcess>
#include <QSignalSpy>
#include <QSocketNotifier>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryFile>
#include <QTest>
#include <QThread>
#include <QTimer>

#include <array>
#include <atomic>
#include <memory>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::app {

namespace {

/// Two connected descriptors that do not block.
class SocketPair final
{
public:
    SocketPair() { (void)::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, m_fds.data()); }
    ~SocketPair()
    {
        closeOne(0);
        closeOne(1);
    }
    Q_DISABLE_COPY_MOVE(SocketPair)

    [[nodiscard]] int operator[](std::size_t i) const { return m_fds[i]; }
    void closeOne(std::size_t i)
    {
        if (m_fds[i] >= 0) {
            ::close(m_fds[i]);
            m_fds[i] = -1;
        }
    }
    void write(std::size_t i, const char *text) const
    {
        (void)::write(m_fds[i], text, qstrlen(text));
    }
    [[nodiscard]] QByteArray read(std::size_t i) const
    {
        std::array<char, 64> buffer{};
        const auto count = ::read(m_fds[i], buffer.data(), buffer.size());
        return count > 0 ? QByteArray(buffer.data(), count) : QByteArray();
    }

private:
    std::array<int, 2> m_fds{-1, -1};
};

void spin(int turns = 3)
{
    for (int i = 0; i < turns; ++i) {
        QCoreApplication::processEvents();
    }
}

} // namespace

class TestEpollEventDispatcher final : public QObject
{
    Q_OBJECT
private slots:
    void isInUse();
    void postedEvents();
    void wakesFromAnotherThread();
    void manyWakeUpsFromThreadsLoseNothing();
    void exitFromAnotherThread();
    void timers();
    void timersInNestedLoops();
    void timerInfo();
    void waitsInsteadOfSpinning();
    void readAndWriteNotifiers();
    void disabledNotifierIsSilent();
    void levelTriggered();
    void hangUpReachesReaders();
    void handlerDeletesAnotherReadyNotifier();
    void nestedLoopServesOthers();
    void excludedNotifiersWait();
    void closedDescriptorAndReusedNumber();
    void plainFileIsAlwaysReady();
    void processes();
    void processThatFails();
    void tcpEcho();
    void manySocketsAtOnce();
    void deferredDelete();
};

void TestEpollEventDispatcher::isInUse()
{
    auto *dispatcher = qobject_cast<EpollEventDispatcher *>(QAbstractEventDispatcher::instance());
    QVERIFY(dispatcher != nullptr);
    QVERIFY(dispatcher->isValid());
}

void TestEpollEventDispatcher::postedEvents()
{
    QList<int> order;
    QMetaObject::invokeMethod(
        this,
        [&] {
            order.append(1);
            QMetaObject::invokeMethod(
                this, [&] { order.append(3); }, Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
    QMetaObject::invokeMethod(
        this, [&] { order.append(2); }, Qt::QueuedConnection);
    QTRY_COMPARE(order, (QList<int>{1, 2, 3}));
}

void TestEpollEventDispatcher::wakesFromAnotherThread()
{
    QEventLoop loop;
    std::unique_ptr<QThread> thread(QThread::create(
        [&loop] { QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection); }));
    thread->start();
    loop.exec(); // nothing else would end it
    QVERIFY(thread->wait());
}

void TestEpollEventDispatcher::manyWakeUpsFromThreadsLoseNothing()
{
    constexpr int kThreads = 4;
    constexpr int kEach = 5'000;
    int received = 0;
    QEventLoop loop;
    std::vector<std::unique_ptr<QThread>> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back(QThread::create([&] {
            for (int k = 0; k < kEach; ++k) {
                QMetaObject::invokeMethod(
                    &loop,
                    [&] {
                        if (++received == kThreads * kEach) {
                            loop.quit();
                        }
                    },
                    Qt::QueuedConnection);
            }
        }));
        threads.back()->start();
    }
    loop.exec();
    QCOMPARE(received, kThreads * kEach);
    for (const auto &thread : threads) {
        QVERIFY(thread->wait());
    }
}

void TestEpollEventDispatcher::exitFromAnotherThread()
{
    for (int i = 0; i < 200; ++i) {
        QEventLoop loop;
        std::atomic<bool> running = false;
        QMetaObject::invokeMethod(
            &loop, [&running] { running = true; }, Qt::QueuedConnection);
        std::unique_ptr<QThread> thread(QThread::create([&] {
            while (!running) {
                QThread::yieldCurrentThread();
            }
            loop.exit(i); // interrupt() and wakeUp() without an event
        }));
        thread->start();
        QCOMPARE(loop.exec(), i);
        QVERIFY(thread->wait());
    }
}

void TestEpollEventDispatcher::timers()
{
    QList<int> order;
    QTimer once;
    once.setSingleShot(true);
    connect(&once, &QTimer::timeout, this, [&] { order.append(0); });
    QTimer repeating;
    repeating.setTimerType(Qt::PreciseTimer);
    QEventLoop loop;
    connect(&repeating, &QTimer::timeout, this, [&] {
        order.append(1);
        if (order.count(1) == 5) {
            loop.quit();
        }
    });
    QElapsedTimer clock;
    clock.start();
    once.start(5);
    repeating.start(20);
    loop.exec();
    QCOMPARE(order, (QList<int>{0, 1, 1, 1, 1, 1}));
    QVERIFY(clock.elapsed() >= 99);
    repeating.stop();
    bool zero = false;
    QTimer::singleShot(0, this, [&zero] { zero = true; });
    spin();
    QVERIFY(zero);
    QCOMPARE(order.count(1), 5);
}

void TestEpollEventDispatcher::timersInNestedLoops()
{
    int outer = 0;
    int depth = 0;
    int deepest = 0;
    QTimer timer;
    connect(&timer, &QTimer::timeout, this, [&] {
        ++outer;
        deepest = std::max(deepest, ++depth);
        if (outer == 1) {
            QEventLoop inner;
            QTimer::singleShot(30, &inner, &QEventLoop::quit);
            inner.exec();
        }
        --depth;
    });
    timer.start(1);
    QTRY_VERIFY(outer >= 3);
    QCOMPARE(deepest, 1);
}

void TestEpollEventDispatcher::timerInfo()
{
    auto *dispatcher = QAbstractEventDispatcher::instance();
    QObject object;
    const int id = object.startTimer(1000, Qt::VeryCoarseTimer);
    QCOMPARE(dispatcher->registeredTimers(&object).size(), 1);
    QCOMPARE(dispatcher->registeredTimers(&object).constFirst().timerId, id);
    QVERIFY(dispatcher->remainingTime(id) > 0);
    object.killTimer(id);
    QCOMPARE(dispatcher->registeredTimers(&object).size(), 0);
    QCOMPARE(dispatcher->remainingTime(id), -1);
    {
        QObject temporary;
        temporary.startTimer(1000);
    }
    QTimer moved;
    moved.start(1000);
    QCOMPARE(moved.remainingTime() > 0, true);
}

void TestEpollEventDispatcher::waitsInsteadOfSpinning()
{
    int turns = 0;
    const auto counter = connect(QAbstractEventDispatcher::instance(),
        &QAbstractEventDispatcher::awake, this, [&turns] { ++turns; });
    QEventLoop loop;
    QTimer::singleShot(200, &loop, &QEventLoop::quit);
    loop.exec();
    disconnect(counter);
    QVERIFY2(turns < 20, qPrintable(QString::number(turns)));
}

void TestEpollEventDispatcher::readAndWriteNotifiers()
{
    SocketPair pair;
    QSocketNotifier reader(pair[0], QSocketNotifier::Read);
    QSocketNotifier writer(pair[0], QSocketNotifier::Write);
    writer.setEnabled(false);
    QByteArray received;
    int writable = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] { received += pair.read(0); });
    connect(&writer, &QSocketNotifier::activated, this, [&] {
        ++writable;
        writer.setEnabled(false);
    });
    pair.write(1, "one");
    QTRY_COMPARE(received, "one");
    QCOMPARE(writable, 0);
    writer.setEnabled(true);
    pair.write(1, "two");
    QTRY_COMPARE(received, "onetwo");
    QTRY_COMPARE(writable, 1);
    spin();
    QCOMPARE(writable, 1);
    writer.setEnabled(true);
    writer.setEnabled(false); // undone before the next turn
    spin();
    QCOMPARE(writable, 1);
    pair.write(1, "three");
    QTRY_COMPARE(received, "onetwothree");
}

void TestEpollEventDispatcher::disabledNotifierIsSilent()
{
    SocketPair pair;
    QSocketNotifier reader(pair[0], QSocketNotifier::Read);
    int activations = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        ++activations;
        (void)pair.read(0);
    });
    reader.setEnabled(false);
    pair.write(1, "x");
    spin();
    QCOMPARE(activations, 0);
    reader.setEnabled(true);
    QTRY_COMPARE(activations, 1);
}

void TestEpollEventDispatcher::levelTriggered()
{
    SocketPair pair;
    QSocketNotifier reader(pair[0], QSocketNotifier::Read);
    int activations = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] { ++activations; });
    pair.write(1, "x"); // never read
    QTRY_VERIFY(activations >= 3);
}

void TestEpollEventDispatcher::hangUpReachesReaders()
{
    SocketPair pair;
    QSocketNotifier reader(pair[0], QSocketNotifier::Read);
    int activations = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        ++activations;
        reader.setEnabled(false);
    });
    pair.closeOne(1);
    QTRY_COMPARE(activations, 1);
    spin();
    QCOMPARE(activations, 1); // a hang-up nobody listens to must not keep the loop busy
}

void TestEpollEventDispatcher::handlerDeletesAnotherReadyNotifier()
{
    SocketPair one;
    SocketPair two;
    auto first = std::make_unique<QSocketNotifier>(one[0], QSocketNotifier::Read);
    auto second = std::make_unique<QSocketNotifier>(two[0], QSocketNotifier::Read);
    int activations = 0;
    connect(first.get(), &QSocketNotifier::activated, this, [&] {
        ++activations;
        (void)one.read(0);
        second.reset();
    });
    connect(second.get(), &QSocketNotifier::activated, this, [&] {
        ++activations;
        (void)two.read(0);
        first.reset();
    });
    one.write(1, "x");
    two.write(1, "x");
    QTRY_COMPARE(activations, 1);
    spin();
    QCOMPARE(activations, 1);
}

void TestEpollEventDispatcher::nestedLoopServesOthers()
{
    SocketPair one;
    SocketPair two;
    QSocketNotifier first(one[0], QSocketNotifier::Read);
    QSocketNotifier second(two[0], QSocketNotifier::Read);
    QEventLoop inner;
    bool nested = false;
    int seconds = 0;
    connect(&first, &QSocketNotifier::activated, this, [&] {
        (void)one.read(0);
        nested = true;
        two.write(1, "x");
        inner.exec();
        nested = false;
    });
    connect(&second, &QSocketNotifier::activated, this, [&] {
        (void)two.read(0);
        QVERIFY(nested);
        ++seconds;
        inner.quit();
    });
    one.write(1, "x");
    QTRY_COMPARE(seconds, 1);
    QVERIFY(!nested);
}

void TestEpollEventDispatcher::excludedNotifiersWait()
{
    SocketPair pair;
    QSocketNotifier reader(pair[0], QSocketNotifier::Read);
    int activations = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        ++activations;
        (void)pair.read(0);
    });
    pair.write(1, "x");
    QEventLoop loop;
    QTimer::singleShot(20, &loop, &QEventLoop::quit);
    loop.exec(QEventLoop::ExcludeSocketNotifiers);
    QCOMPARE(activations, 0);
    QTRY_COMPARE(activations, 1);
}

void TestEpollEventDispatcher::closedDescriptorAndReusedNumber()
{
    auto pair = std::make_unique<SocketPair>();
    const int number = (*pair)[0];
    auto reader = std::make_unique<QSocketNotifier>(number, QSocketNotifier::Read);
    spin();
    reader.reset();
    pair.reset();
    SocketPair again; // takes the same numbers
    QCOMPARE(again[0], number);
    QSocketNotifier second(again[0], QSocketNotifier::Read);
    QByteArray received;
    connect(&second, &QSocketNotifier::activated, this, [&] { received += again.read(0); });
    again.write(1, "new");
    QTRY_COMPARE(received, "new");

    // Closed under the notifier's feet: the number's next owner is heard all the same.
    auto third = std::make_unique<SocketPair>();
    const int stolen = (*third)[0];
    QSocketNotifier stale(stolen, QSocketNotifier::Read);
    spin();
    third.reset();
    SocketPair fourth;
    QCOMPARE(fourth[0], stolen);
    QTest::ignoreMessage(QtWarningMsg,
        qPrintable(u"two socket notifiers of one type for file descriptor %1"_s.arg(stolen)));
    QSocketNotifier fresh(fourth[0], QSocketNotifier::Read);
    QByteArray heard;
    connect(&fresh, &QSocketNotifier::activated, this, [&] { heard += fourth.read(0); });
    fourth.write(1, "mine");
    QTRY_COMPARE(heard, "mine");
}

void TestEpollEventDispatcher::plainFileIsAlwaysReady()
{
    // epoll refuses plain files, poll() calls them ready: `earshot listen < file` must not differ.
    QTemporaryFile file;
    QVERIFY(file.open());
    QSocketNotifier reader(file.handle(), QSocketNotifier::Read);
    int activations = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        if (++activations == 3) {
            reader.setEnabled(false);
        }
    });
    QTRY_COMPARE(activations, 3);
    spin();
    QCOMPARE(activations, 3);
}

void TestEpollEventDispatcher::processes()
{
    std::vector<std::unique_ptr<QProcess>> children;
    int finished = 0;
    for (int i = 0; i < 20; ++i) {
        auto &child = children.emplace_back(std::make_unique<QProcess>());
        connect(child.get(), &QProcess::finished, this, [&finished] { ++finished; });
        child->start(u"/bin/sh"_s, {u"-c"_s, u"read line; echo \"got $line\"; exit 3"_s});
        child->write("x\n");
    }
    QTRY_COMPARE_WITH_TIMEOUT(finished, 20, 30'000);
    for (const auto &child : children) {
        QCOMPARE(child->exitCode(), 3);
        QCOMPARE(child->readAllStandardOutput(), "got x\n");
    }
}

void TestEpollEventDispatcher::processThatFails()
{
    QProcess process;
    QSignalSpy failed(&process, &QProcess::errorOccurred);
    process.start(u"/nonexistent"_s, {});
    QTRY_COMPARE(failed.count(), 1);
    QCOMPARE(process.error(), QProcess::FailedToStart);
    process.start(u"/bin/sleep"_s, {u"1000"_s});
    QTRY_COMPARE(process.state(), QProcess::Running);
    QSignalSpy finished(&process, &QProcess::finished);
    process.kill();
    QTRY_COMPARE(finished.count(), 1);
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
}

void TestEpollEventDispatcher::tcpEcho()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, this, [&server] {
        QTcpSocket *peer = server.nextPendingConnection();
        connect(peer, &QIODevice::readyRead, peer, [peer] { peer->write(peer->readAll()); });
    });
    QTcpSocket client;
    QByteArray received;
    connect(&client, &QIODevice::readyRead, this, [&] { received += client.readAll(); });
    client.connectToHost(u"localhost"_s, server.serverPort()); // a look-up thread wakes the loop
    const QByteArray sent(3'000'000, 'x');
    client.write(sent);
    QTRY_COMPARE_WITH_TIMEOUT(received.size(), sent.size(), 30'000);
    QSignalSpy gone(&client, &QAbstractSocket::disconnected);
    client.disconnectFromHost();
    QTRY_COMPARE(gone.count(), 1);
}

void TestEpollEventDispatcher::manySocketsAtOnce()
{
    // More than one epoll_wait() returns, all ready in one turn.
    constexpr int kPairs = 400;
    std::vector<std::unique_ptr<SocketPair>> pairs;
    std::vector<std::unique_ptr<QSocketNotifier>> notifiers;
    int activations = 0;
    for (int i = 0; i < kPairs; ++i) {
        const auto &pair = pairs.emplace_back(std::make_unique<SocketPair>());
        if ((*pair)[0] < 0) {
            break; // the limit on descriptors is low here
        }
        auto &notifier = notifiers.emplace_back(
            std::make_unique<QSocketNotifier>((*pair)[0], QSocketNotifier::Read));
        connect(notifier.get(), &QSocketNotifier::activated, this, [&activations, &pair = *pair] {
            (void)pair.read(0);
            ++activations;
        });
        pair->write(1, "x");
    }
    QVERIFY(notifiers.size() > 300);
    QTRY_COMPARE(activations, int(notifiers.size()));
    spin();
    QCOMPARE(activations, int(notifiers.size()));
}

void TestEpollEventDispatcher::deferredDelete()
{
    auto *object = new QObject; // deleted later
    QSignalSpy destroyed(object, &QObject::destroyed);
    QMetaObject::invokeMethod(object, &QObject::deleteLater, Qt::QueuedConnection);
    QTRY_COMPARE(destroyed.count(), 1);
}

} // namespace earshot::app

int main(int argc, char *argv[])
{
    QCoreApplication::setEventDispatcher(new earshot::app::EpollEventDispatcher);
    const QCoreApplication application(argc, argv);
    earshot::app::TestEpollEventDispatcher test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_epolleventdispatcher.moc"
