// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/limits.h"
#include "runner/processgroup.h"
#include "runnerfixture.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonObject>

#include <csignal>
#include <memory>

using namespace earshot;
using namespace earshot::runner;
using namespace earshot::runner::test;
using namespace Qt::StringLiterals;

namespace {

bool isGroupGone(qint64 pgid)
{
    return !signalGroup(pgid, 0);
}

} // namespace

/// Processes that misbehave, with a stub driver and with shell scripts.
class TestDriverSession : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup() { m_fixture.reset(); }

    void workerKeepsItsProcess();
    void deathReturnsWhatHasNotStarted();
    void exitCodeOfAWorker();
    void workerIsRestartedAndHeldBack();
    void cancelOfAWaitingRunKillsNothing();
    void cancelOfAPrefetchedRunKillsNothing();
    void cancelOfAStartedRun();
    void cancelReachesEveryProcessOfTheGroup();
    void timeLimit_data();
    void timeLimit();
    void timeLimitBeginsAtStarted();
    void lateAnswerDoesNotStartTheNext();
    void protocolViolation_data();
    void protocolViolation();
    void resultAboveTheLimit();
    void largeMessageAndBack();
    void panicStopsEverything();
    void capacityComesBack();
    void memoryLimit();

    void backgroundChildHoldsStdout();
    void detachedGrandchildHoldsStdout();
    void floodOfOutput();
    void binaryOutput();
    void logsAreSplitBetweenRuns();

private:
    /// Makes the worker known to be fast, so that it gets prefetch.
    void warmUp(PoolId pool);

    std::unique_ptr<RunnerFixture> m_fixture;
};

void TestDriverSession::init()
{
    m_fixture = std::make_unique<RunnerFixture>();
    // A worker that does what the message says.
    QFile driver(
        QString(qEnvironmentVariable("EARSHOT_SOURCE_DIR") + u"/tests/runner/obedient.py"_s));
    QVERIFY(driver.open(QIODevice::ReadOnly));
    m_fixture->writeStubDriver(driver.readAll());
}

void TestDriverSession::warmUp(PoolId pool)
{
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(m_fixture->finish(m_fixture->submit(pool, "x")).result, QByteArray("\"x\""));
    }
    QTRY_VERIFY(m_fixture->runner().capacity(pool) > 60);
}

void TestDriverSession::workerKeepsItsProcess()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    const QByteArray first = m_fixture->finish(m_fixture->submit(pool, "pid")).result;
    QVERIFY(first.toLongLong() > 1);
    QCOMPARE(m_fixture->finish(m_fixture->submit(pool, "pid")).result, first);
    m_fixture->runner().closePool(pool);
    QTRY_VERIFY(isGroupGone(first.toLongLong()));
}

void TestDriverSession::deathReturnsWhatHasNotStarted()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    warmUp(pool);
    const RunId crashing = m_fixture->submit(pool, "crash");
    QList<RunId> behind;
    for (int i = 0; i < 50; ++i) {
        behind.append(m_fixture->submit(pool, "x"));
    }
    const RunOutcome outcome = m_fixture->finish(crashing);
    QCOMPARE(toString(outcome.status), toString(RunStatus::Crashed));
    QVERIFY(outcome.result.contains("SIGSEGV"));
    QTRY_COMPARE(m_fixture->recorder.returned, behind);
    // It goes on with a new process.
    QCOMPARE(m_fixture->finish(m_fixture->submit(pool, "y")).result, QByteArray("\"y\""));
}

void TestDriverSession::exitCodeOfAWorker()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    const RunOutcome outcome = m_fixture->finish(m_fixture->submit(pool, "exit"));
    QCOMPARE(toString(outcome.status), toString(RunStatus::Failure));
    QCOMPARE(errorOf(outcome).value("exit_code"_L1).toInt(), 3);
    QVERIFY(outcome.result.contains(R"(exit code for \"stub run\": 3, last log lines:)"));
}

void TestDriverSession::workerIsRestartedAndHeldBack()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 4; ++i) {
        QCOMPARE(toString(m_fixture->finish(m_fixture->submit(pool, "exit")).status),
            toString(RunStatus::Failure));
    }
    QVERIFY2(timer.elapsed() >= 2 * limits::kRestartBackoffMinMs, "no pause between restarts");
}

void TestDriverSession::cancelOfAWaitingRunKillsNothing()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    const RunId first = m_fixture->submit(pool, "sleep 0.3");
    const RunId second = m_fixture->submit(pool, "x");
    m_fixture->runner().cancel(second, u"changed my mind"_s, u"me"_s);
    const RunOutcome outcome = m_fixture->finish(second);
    QCOMPARE(toString(outcome.status), toString(RunStatus::Cancelled));
    QCOMPARE(outcome.result,
        QByteArray(R"({"error":{"canceler":"me","message":"Job canceled: changed my mind by me",)"
                   R"("name":"Canceled","reason":"changed my mind"}})"));
    QCOMPARE(m_fixture->finish(first).result, QByteArray("\"slept\""));
    QVERIFY(!m_fixture->recorder.started.contains(second));
}

void TestDriverSession::cancelOfAPrefetchedRunKillsNothing()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    warmUp(pool);
    const QByteArray pid = m_fixture->finish(m_fixture->submit(pool, "pid")).result;
    const RunId first = m_fixture->submit(pool, "await cancel");
    const RunId second = m_fixture->submit(pool, "x");
    QTRY_VERIFY(m_fixture->recorder.started.contains(first));
    m_fixture->runner().cancel(second, u"no"_s, u"me"_s);
    QCOMPARE(toString(m_fixture->finish(second).status), toString(RunStatus::Cancelled));
    QCOMPARE(m_fixture->finish(first).result, QByteArray("\"first\""));
    QCOMPARE(m_fixture->finish(m_fixture->submit(pool, "pid")).result, pid);
    QVERIFY(!m_fixture->recorder.started.contains(second));
}

void TestDriverSession::cancelOfAStartedRun()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    const RunId id = m_fixture->submit(pool, "hang");
    QTRY_VERIFY(m_fixture->recorder.started.contains(id));
    m_fixture->runner().cancel(id, u"enough"_s, u"me"_s);
    m_fixture->runner().cancel(id, u"twice"_s, u"me"_s);
    const RunOutcome outcome = m_fixture->finish(id);
    QCOMPARE(toString(outcome.status), toString(RunStatus::Cancelled));
    QCOMPARE(errorOf(outcome).value("name"_L1).toString(), u"Canceled"_s);
    m_fixture->runner().cancel(id, u"too late"_s, u"me"_s);
    m_fixture->runner().cancel(99999, u"unknown"_s, u"me"_s);
}

void TestDriverSession::cancelReachesEveryProcessOfTheGroup()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s);
    const RunId id = m_fixture->submit(pool, "children");
    QTRY_VERIFY(m_fixture->recorder.started.contains(id));
    const qint64 group = m_fixture->runner().processGroups().constFirst();
    QVERIFY(!isGroupGone(group));
    m_fixture->runner().cancel(id, u"enough"_s, u"me"_s);
    QCOMPARE(toString(m_fixture->finish(id).status), toString(RunStatus::Cancelled));
    QTRY_VERIFY(isGroupGone(group));
}

void TestDriverSession::timeLimit_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<Isolation>("isolation");
    QTest::newRow("polite, process") << QByteArray("hang") << Isolation::Process;
    QTest::newRow("polite, worker") << QByteArray("hang") << Isolation::Worker;
    QTest::newRow("ignores TERM, process") << QByteArray("stubborn") << Isolation::Process;
    QTest::newRow("ignores TERM, worker") << QByteArray("stubborn") << Isolation::Worker;
}

void TestDriverSession::timeLimit()
{
    QFETCH(QByteArray, message);
    QFETCH(Isolation, isolation);
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, isolation, 0, 1'000);
    const RunId id = m_fixture->submit(pool, message);
    const RunOutcome outcome = m_fixture->finish(id);
    QCOMPARE(toString(outcome.status), toString(RunStatus::Timeout));
    QCOMPARE(errorOf(outcome).value("message"_L1).toString(),
        u"job process terminated due to timeout after exceeding job-specific duration limit"_s);
    QCOMPARE(errorOf(outcome).value("reason"_L1).toString(), u"duration > 1"_s);
    const qint64 took = (outcome.finishedAtUs - outcome.startedAtUs) / 1000;
    QVERIFY(took >= 990);
    if (message == "stubborn") {
        QVERIFY2(took >= 1'380, "killed before the grace was over");
    }
    QVERIFY(took < 15'000);
}

void TestDriverSession::timeLimitBeginsAtStarted()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker, 1, 3'000);
    warmUp(pool);
    const RunId first = m_fixture->submit(pool, "sleep 1.8");
    const RunId second = m_fixture->submit(pool, "sleep 1.8");
    QCOMPARE(m_fixture->finish(first).result, QByteArray("\"slept\""));
    QVERIFY(!m_fixture->recorder.isFinished(second));
    QCOMPARE(m_fixture->finish(second).result, QByteArray("\"slept\""));
}

void TestDriverSession::lateAnswerDoesNotStartTheNext()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker, 1, 1'000);
    warmUp(pool);
    const RunId late = m_fixture->submit(pool, "late");
    const RunId next = m_fixture->submit(pool, "sleep 1000");
    const RunOutcome outcome = m_fixture->finish(late);
    QCOMPARE(toString(outcome.status), toString(RunStatus::Timeout));
    // Either it had not begun and comes back, or it had and was ended with the process: never both.
    QTRY_VERIFY(
        m_fixture->recorder.returned.contains(next) || m_fixture->recorder.isFinished(next));
    if (m_fixture->recorder.isFinished(next)) {
        QCOMPARE(toString(m_fixture->finish(next).status), toString(RunStatus::Crashed));
    }
}

void TestDriverSession::protocolViolation_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("garbage") << QByteArray("garbage") << QByteArray("this is \\\\x00 no response");
    QTest::newRow("long line") << QByteArray("long line") << QByteArray("more than 65536 bytes");
    QTest::newRow("unknown id") << QByteArray("wrong id") << QByteArray("not running");
    QTest::newRow("closes 4") << QByteArray("close") << QByteArray("closed descriptor 4");
    QTest::newRow("ends in a body") << QByteArray("half") << QByteArray("ended without a result");
}

void TestDriverSession::protocolViolation()
{
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, text);
    for (const Isolation isolation : {Isolation::Process, Isolation::Worker}) {
        const PoolId pool = m_fixture->pool(u"f/t/s"_s, isolation);
        const RunOutcome outcome = m_fixture->finish(m_fixture->submit(pool, message));
        QCOMPARE(toString(outcome.status), toString(RunStatus::Failure));
        QVERIFY2(outcome.result.contains(text), outcome.result.constData());
        QCOMPARE(m_fixture->finish(m_fixture->submit(pool, "x")).result, QByteArray("\"x\""));
    }
}

void TestDriverSession::resultAboveTheLimit()
{
    m_fixture->options.maxResultBytes = 1'000'000;
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    const RunOutcome outcome
        = m_fixture->finish(m_fixture->submit(pool, QByteArray(1'000'001, 'a')));
    QCOMPARE(toString(outcome.status), toString(RunStatus::Failure));
    QVERIFY2(outcome.result.contains("more than the limit of 1000000"), outcome.result.constData());
}

void TestDriverSession::largeMessageAndBack()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    const QByteArray message(64 * 1024 * 1024, 'm');
    const RunOutcome outcome = m_fixture->finish(m_fixture->submit(pool, message), 60'000);
    QCOMPARE(toString(outcome.status), toString(RunStatus::Success));
    QCOMPARE(outcome.result.size(), message.size() + 2);
    QVERIFY(outcome.result == '"' + message + '"');
}

void TestDriverSession::panicStopsEverything()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Process, 2);
    QList<RunId> ids;
    for (int i = 0; i < 4; ++i) {
        ids.append(m_fixture->submit(pool, "stubborn"));
    }
    QTRY_COMPARE(m_fixture->recorder.started.size(), 2);
    QElapsedTimer timer;
    timer.start();
    m_fixture->runner().panic();
    for (const RunId id : ids) {
        QCOMPARE(toString(m_fixture->finish(id).status), toString(RunStatus::Cancelled));
    }
    QTRY_COMPARE(m_fixture->runner().processGroups().size(), 0);
}

void TestDriverSession::capacityComesBack()
{
    const PoolId pool = m_fixture->pool(u"f/t/s"_s, Isolation::Worker);
    QCOMPARE(m_fixture->runner().capacity(pool), 1);
    const RunId id = m_fixture->submit(pool, "sleep 0.1");
    QCOMPARE(m_fixture->runner().capacity(pool), 0);
    QVERIFY(m_fixture->recorder.capacities.isEmpty());
    (void)m_fixture->finish(id);
    QTRY_COMPARE(m_fixture->recorder.capacities, QList<PoolId>{pool});
    QVERIFY(m_fixture->runner().capacity(pool) >= 1);
}

void TestDriverSession::memoryLimit()
{
    m_fixture->options.memoryLimitBytes = 150'000'000;
    m_fixture->write(u"workspace/f/t/m.py"_s,
        "import time\ndef main(msg):\n    hog = bytearray(300_000_000)\n    time.sleep(1000)\n");
    const RunOutcome outcome
        = m_fixture->finish(m_fixture->submit(m_fixture->pool(u"f/t/m"_s, Isolation::Process)));
    QCOMPARE(toString(outcome.status), toString(RunStatus::Crashed));
    QVERIFY2(outcome.result.contains("more than the limit of 143 MiB"), outcome.result.constData());
}

void TestDriverSession::backgroundChildHoldsStdout()
{
    m_fixture->write(u"workspace/f/t/b.sh"_s, "sleep 1000 &\necho $!\n");
    m_fixture->write(u"workspace/f/t/exe"_s, "#!/bin/sh\nsleep 1000 &\necho $!\n", true);
    for (const QString &script : {u"f/t/b"_s, u"f/t/exe"_s}) {
        QElapsedTimer timer;
        timer.start();
        const RunOutcome outcome = m_fixture->run(script);
        QCOMPARE(toString(outcome.status), toString(RunStatus::Success));
        const qint64 child = QByteArray(outcome.result).replace('"', "").toLongLong();
        QVERIFY(child > 1);
        QTRY_VERIFY2(!processStartTime(child), "the child of the run is still there");
        QVERIFY(timer.elapsed() < 15'000);
    }
}

void TestDriverSession::detachedGrandchildHoldsStdout()
{
    m_fixture->write(u"workspace/f/t/exe"_s,
        "#!/bin/sh\nsetsid sh -c 'sleep 1000 & echo $! > \"$0\"; wait' "
            + m_fixture->path(u"pid"_s).toUtf8() + " &\nwhile ! [ -s "
            + m_fixture->path(u"pid"_s).toUtf8() + " ]; do sleep 0.02; done\necho 5\n",
        true);
    const RunOutcome outcome = m_fixture->run(u"f/t/exe"_s);
    QCOMPARE(outcome.result, QByteArray("5"));
    QFile file(m_fixture->path(u"pid"_s));
    QVERIFY(file.open(QIODevice::ReadOnly));
    ::kill(pid_t(file.readAll().trimmed().toLongLong()), SIGKILL);
    QTRY_COMPARE(m_fixture->runner().processGroups().size(), 0);
}

void TestDriverSession::floodOfOutput()
{
    m_fixture->write(u"workspace/f/t/flood.py"_s,
        "import sys\ndef main(msg):\n    sys.stdout.write('first\\n')\n    for i in range(100):\n"
        "        sys.stdout.write('x' * 999_999 + '\\n')\n    sys.stdout.write('last\\n')\n    "
        "return 1\n");
    const RunOutcome outcome = m_fixture->run(u"f/t/flood"_s);
    QCOMPARE(outcome.result, QByteArray("1"));
    QVERIFY(outcome.logsTruncated);
    QVERIFY(outcome.logs.size() <= limits::kMaxLogBytes + 100);
    QVERIFY(outcome.logs.startsWith("first\n"));
    QVERIFY(outcome.logs.endsWith("last\n"));
    const qint64 kept = limits::kMaxLogBytes;
    const QByteArray cut
        = "\n[truncated: " + QByteArray::number(100'000'000 + 11 - kept) + " bytes dropped]\n";
    QVERIFY(outcome.logs.contains(cut));
}

void TestDriverSession::binaryOutput()
{
    m_fixture->write(u"workspace/f/t/exe"_s, "#!/bin/sh\nprintf 'a\\0b\\036c\\n' >&2\n", true);
    QCOMPARE(m_fixture->run(u"f/t/exe"_s).logs,
        QByteArray("a\0b\x1e"
                   "c\n",
            6));
}

void TestDriverSession::logsAreSplitBetweenRuns()
{
    m_fixture->write(u"workspace/f/t/log.py"_s,
        "import os, sys\nprint('loading')\ndef main(msg):\n    if msg == 'quiet': return\n"
        "    print('out', msg)\n    print('err', msg, file=sys.stderr)\n    os.system('echo child "
        "' + msg)\n");
    const PoolId pool = m_fixture->pool(u"f/t/log"_s, Isolation::Worker);
    QByteArrayList logs;
    for (const char *message : {"1", "quiet", "2", "3"}) {
        logs.append(m_fixture->finish(m_fixture->submit(pool, message)).logs);
    }
    QVERIFY2(logs.at(0).startsWith("loading\n"), logs.at(0).constData());
    QVERIFY(logs.at(0).contains("out 1\n") && logs.at(0).contains("err 1\n")
        && logs.at(0).contains("child 1\n"));
    QCOMPARE(logs.at(1), QByteArray());
    QVERIFY(logs.at(2).contains("out 2\n") && logs.at(2).contains("err 2\n"));
    QVERIFY(!logs.at(2).contains('3') && !logs.at(2).contains('1') && !logs.at(2).contains('\x1e'));
    QVERIFY(logs.at(3).contains("child 3\n") && !logs.at(3).contains('2'));
}

QTEST_GUILESS_MAIN(TestDriverSession)
#include "tst_driversession.moc"
