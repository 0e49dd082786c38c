// SPDX-License-Identifier: GPL-3.0-or-later
#include "runnerfixture.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

using namespace earshot;
using namespace earshot::runner;
using namespace earshot::runner::test;
using namespace Qt::StringLiterals;

/// Real drivers and plain executables, one process per run.
class TestRunner : public QObject
{
    Q_OBJECT

private slots:
    void bashScript();
    void pythonScript();
    void bunScript();
    void environmentOfARun();
    void executableGetsJsonOnStdin();
    void executableResult_data();
    void executableResult();
    void executableExitCode();
    void ambiguousPath();
    void missingScript();
    void missingInterpreter();
    void syntaxError();
    void scriptSendsDuringItsRun();
    void standbyServesTheNextRun();
    void standbyIsReplacedWhenTheScriptChanges();
    void editedScriptRunsAtOnce();
    void machineLimit();
    void noDescriptorIsLeaked();
    void jobDirectoriesAreRemoved();
    void closedPoolFinishesItsRuns();
};

void TestRunner::bashScript()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/hi.sh"_s, "msg=\"$1\"\necho log line\necho \"got $msg\"\n");
    const RunOutcome outcome = fixture.run(u"f/a/hi"_s, "wörld");
    QCOMPARE(outcome.result, QByteArray("\"got wörld\""));
    QCOMPARE(toString(outcome.status), toString(RunStatus::Success));
    QCOMPARE(outcome.logs, QByteArray("log line\ngot wörld\n"));
    QVERIFY(outcome.finishedAtUs >= outcome.startedAtUs);
    QCOMPARE(fixture.recorder.started.size(), 1);
}

void TestRunner::pythonScript()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/p.py"_s,
        "import sys\ndef main(msg: str, n: int = 3):\n    print('out')\n    print('err', "
        "file=sys.stderr)\n"
        "    return {'msg': msg, 'n': n}\n");
    const RunOutcome outcome = fixture.run(u"f/a/p"_s, "x\ny");
    QCOMPARE(outcome.result, QByteArray(R"({"msg":"x\ny","n":3})"));
    QVERIFY(outcome.logs.contains("out\n"));
    QVERIFY(outcome.logs.contains("err\n"));
}

void TestRunner::bunScript()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/t.ts"_s,
        "export async function main(msg: string) { console.log('seen'); return JSON.parse(msg).x; "
        "}\n");
    const RunOutcome outcome = fixture.run(u"f/a/t"_s, R"({"x":[1,2.0]})");
    QVERIFY2(outcome.status == RunStatus::Success, outcome.result.constData());
    QCOMPARE(outcome.result, QByteArray("[1,2]"));
    QCOMPARE(outcome.logs, QByteArray("seen\n"));
}

void TestRunner::environmentOfARun()
{
    qputenv("EARSHOT_TEST_SECRET", "canary");
    RunnerFixture fixture;
    fixture.write(
        u"workspace/f/a/env.sh"_s, "env\npwd\n[ -t 0 ] || read -r x || echo stdin ended\n");
    const RunOutcome outcome = fixture.run(u"f/a/env"_s);
    const QByteArray &log = outcome.logs;
    QVERIFY(log.contains("WM_JOB_PATH=f/a/env\n"));
    QVERIFY(log.contains("WM_USERNAME=ws-f/a/t\n"));
    QVERIFY(log.contains("WM_WORKSPACE=local\n"));
    QVERIFY(log.contains("WM_STATE_PATH=f/a/env/user\n"));
    QVERIFY(log.contains("WM_BASE_URL=http"));
    QVERIFY(log.contains("WM_SCHEDULE_PATH=\n"));
    for (const char *name : {"WM_TOKEN=", "WM_JOB_ID=", "WM_SCHEDULED_FOR="}) {
        const qsizetype at = log.indexOf(name);
        QVERIFY2(at >= 0, name);
        QVERIFY2(log.at(at + qsizetype(strlen(name))) != '\n', name);
    }
    QVERIFY(log.contains("PATH="));
    QVERIFY(!log.contains("EARSHOT_TEST_SECRET"));
    QVERIFY(log.contains(fixture.path(u"jobs/run-"_s).toUtf8()));
    QCOMPARE(outcome.result, QByteArray("\"stdin ended\""));
    qunsetenv("EARSHOT_TEST_SECRET");
}

void TestRunner::executableGetsJsonOnStdin()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/exe"_s, "#!/bin/sh\ncat\n", true);
    RunJob job;
    job.message = QByteArray("a \"quoted\"\n\x01 text");
    job.args = R"({"n": 1})";
    const RunOutcome outcome
        = fixture.finish(fixture.submit(fixture.pool(u"f/a/exe"_s), std::move(job)));
    QCOMPARE(outcome.result, QByteArray(R"({"msg":"a \"quoted\"\n\u0001 text","n": 1})"));
}

void TestRunner::executableResult_data()
{
    QTest::addColumn<QByteArray>("command");
    QTest::addColumn<QByteArray>("result");
    QTest::newRow("number") << QByteArray("echo 17") << QByteArray("17");
    QTest::newRow("text") << QByteArray("echo plain") << QByteArray("\"plain\"");
    QTest::newRow("object") << QByteArray("echo '{\"a\": 1.0}'") << QByteArray("{\"a\": 1.0}");
    QTest::newRow("two lines") << QByteArray("printf 'a\\nb\\n'") << QByteArray("\"a\\nb\"");
    QTest::newRow("nothing") << QByteArray("true") << QByteArray("\"\"");
    QTest::newRow("stderr is only log") << QByteArray("echo x >&2; echo 1") << QByteArray("1");
}

void TestRunner::executableResult()
{
    QFETCH(QByteArray, command);
    QFETCH(QByteArray, result);
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/exe"_s, "#!/bin/sh\n" + command + "\n", true);
    const RunOutcome outcome = fixture.run(u"f/a/exe"_s);
    QCOMPARE(toString(outcome.status), toString(RunStatus::Success));
    QCOMPARE(outcome.result, result);
}

void TestRunner::executableExitCode()
{
    RunnerFixture fixture;
    fixture.write(
        u"workspace/f/a/exe"_s, "#!/bin/sh\nprintf '\\033[31mred\\033[0m\\n' >&2\nexit 7\n", true);
    const RunOutcome outcome = fixture.run(u"f/a/exe"_s);
    QCOMPARE(toString(outcome.status), toString(RunStatus::Failure));
    QCOMPARE(errorOf(outcome).value("exit_code"_L1).toInt(), 7);
    QCOMPARE(errorOf(outcome).value("name"_L1).toString(), u"ExecutionErr"_s);
    QCOMPARE(errorOf(outcome).value("message"_L1).toString(),
        u"exit code for \"exe\": 7, last log lines:\nred\n"_s);
    QVERIFY(outcome.logs.contains("\033[31m"));
}

void TestRunner::ambiguousPath()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/on.ts"_s, "export function main() {}");
    fixture.write(u"workspace/f/a/on.py"_s, "def main(): pass");
    fixture.write(u"workspace/f/a/on.script.yaml"_s, "summary: ''");
    const RunOutcome outcome = fixture.run(u"f/a/on"_s);
    QCOMPARE(toString(outcome.status), toString(RunStatus::FailedToStart));
    QVERIFY(outcome.result.contains("on.py and on.ts"));
}

void TestRunner::missingScript()
{
    RunnerFixture fixture;
    const RunOutcome outcome = fixture.run(u"f/a/none"_s);
    QCOMPARE(toString(outcome.status), toString(RunStatus::FailedToStart));
    QVERIFY(outcome.result.contains("script f/a/none not found"));
    QCOMPARE(toString(fixture.run(u"../x"_s).status), toString(RunStatus::FailedToStart));
}

void TestRunner::missingInterpreter()
{
    RunnerFixture fixture;
    fixture.options.interpreters.insert(u"python"_s, u"/nonexistent/python3"_s);
    fixture.write(u"workspace/f/a/p.py"_s, "def main(): pass");
    const RunOutcome outcome = fixture.run(u"f/a/p"_s);
    QCOMPARE(toString(outcome.status), toString(RunStatus::FailedToStart));
    QVERIFY2(outcome.result.contains("apt install python3"), outcome.result.constData());
}

void TestRunner::syntaxError()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/p.py"_s, "def main(:\n");
    const PoolId pool = fixture.pool(u"f/a/p"_s, Isolation::Process, 0, 20'000, true);
    for (int i = 0; i < 3; ++i) {
        const RunOutcome outcome = fixture.finish(fixture.submit(pool));
        QCOMPARE(toString(outcome.status), toString(RunStatus::Failure));
        QCOMPARE(errorOf(outcome).value("name"_L1).toString(), u"SyntaxError"_s);
    }
}

void TestRunner::scriptSendsDuringItsRun()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/p.py"_s,
        "import earshot\ndef main(msg):\n    earshot.send('one')\n    earshot.send(b'\\x00two')\n");
    const RunOutcome outcome = fixture.run(u"f/a/p"_s);
    QVERIFY2(outcome.status == RunStatus::Success, outcome.result.constData());
    QCOMPARE(fixture.recorder.sent.size(), 2);
    QCOMPARE(fixture.recorder.sent.at(0), std::pair(QByteArray("one"), false));
    QCOMPARE(fixture.recorder.sent.at(1), std::pair(QByteArray("\0two", 4), true));
}

void TestRunner::standbyServesTheNextRun()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/p.py"_s, "import os\ndef main(msg):\n    return os.getpgid(0)\n");
    const PoolId pool = fixture.pool(u"f/a/p"_s, Isolation::Process, 0, 20'000, true);
    fixture.runner().prewarm(pool);
    QList<qint64> pids;
    for (int i = 0; i < 3; ++i) {
        QTRY_COMPARE_WITH_TIMEOUT(fixture.runner().statistics().idle, 1, 20'000);
        const qint64 standby = fixture.runner().processGroups().constLast();
        const RunOutcome outcome = fixture.finish(fixture.submit(pool));
        QCOMPARE(outcome.result.toLongLong(), standby);
        QVERIFY(!pids.contains(standby));
        pids.append(standby);
    }
}

void TestRunner::standbyIsReplacedWhenTheScriptChanges()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/p.py"_s, "def main(msg): return 1\n");
    const PoolId pool = fixture.pool(u"f/a/p"_s, Isolation::Process, 0, 20'000, true);
    fixture.runner().prewarm(pool);
    QTRY_COMPARE_WITH_TIMEOUT(fixture.runner().statistics().idle, 1, 20'000);
    fixture.write(u"workspace/f/a/p.py"_s, "def main(msg): return 2\n");
    QCOMPARE(fixture.finish(fixture.submit(pool)).result, QByteArray("2"));
}

void TestRunner::editedScriptRunsAtOnce()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/helper.py"_s, "value = 0\n");
    fixture.write(u"workspace/f/a/p.py"_s, "import helper\ndef main(msg): return helper.value\n");
    const PoolId pool = fixture.pool(u"f/a/p"_s, Isolation::Worker);
    for (int i = 0; i < 3; ++i) {
        fixture.write(u"workspace/f/a/helper.py"_s, "value = " + QByteArray::number(i * 10) + '\n');
        const RunOutcome outcome = fixture.finish(fixture.submit(pool));
        QCOMPARE(outcome.result, QByteArray::number(i * 10));
    }
}

void TestRunner::machineLimit()
{
    RunnerFixture fixture;
    fixture.options.maxProcesses = 2;
    fixture.write(u"workspace/f/a/exe"_s,
        "#!/bin/sh\nwhile ! [ -e " + fixture.path(u"go"_s).toUtf8() + " ]; do sleep 0.05; done\n",
        true);
    const PoolId first = fixture.pool(u"f/a/exe"_s);
    const PoolId second = fixture.pool(u"f/a/exe"_s);
    QCOMPARE(fixture.runner().capacity(first), 2);
    QList<RunId> ids;
    for (int i = 0; i < 4; ++i) {
        ids.append(fixture.submit(i % 2 == 0 ? first : second));
    }
    QCOMPARE(fixture.runner().capacity(first), 0);
    QCOMPARE(fixture.runner().statistics().running, 2);
    QCOMPARE(fixture.runner().statistics().waiting, 2);
    fixture.write(u"go"_s, "");
    for (const RunId id : ids) {
        QCOMPARE(toString(fixture.finish(id).status), toString(RunStatus::Success));
    }
    QTRY_VERIFY(fixture.recorder.capacities.contains(first));
    QCOMPARE(fixture.runner().statistics().running, 0);
}

void TestRunner::noDescriptorIsLeaked()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/exe"_s, "#!/bin/sh\necho 1\n", true);
    fixture.write(u"workspace/f/a/hi.sh"_s, "echo 1\n");
    const PoolId direct = fixture.pool(u"f/a/exe"_s);
    const PoolId driven = fixture.pool(u"f/a/hi"_s);
    QCOMPARE(toString(fixture.finish(fixture.submit(direct)).status), toString(RunStatus::Success));
    QCOMPARE(toString(fixture.finish(fixture.submit(driven)).status), toString(RunStatus::Success));
    const auto open = [] {
        return QDir(u"/proc/self/fd"_s)
            .entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::System)
            .size();
    };
    QTRY_COMPARE(fixture.runner().processGroups().size(), 0);
    const qsizetype before = open();
    for (int i = 0; i < 250; ++i) {
        const RunId one = fixture.submit(direct);
        const RunId two = fixture.submit(driven);
        QCOMPARE(toString(fixture.finish(one).status), toString(RunStatus::Success));
        QCOMPARE(toString(fixture.finish(two).status), toString(RunStatus::Success));
    }
    QTRY_COMPARE(fixture.runner().processGroups().size(), 0);
    QTRY_COMPARE(open(), before);
}

void TestRunner::jobDirectoriesAreRemoved()
{
    RunnerFixture fixture;
    fixture.write(
        u"workspace/f/a/hi.sh"_s, "mkdir -p a/b; echo x > a/b/c; echo '{\"a\":1}' > result.json\n");
    const RunOutcome outcome = fixture.run(u"f/a/hi"_s);
    QCOMPARE(toString(outcome.status), toString(RunStatus::Success));
    QCOMPARE(QJsonDocument::fromJson(outcome.result).object().value("a"_L1).toInt(), 1);
    QTRY_VERIFY(QDir(fixture.path(u"jobs"_s)).isEmpty());
}

void TestRunner::closedPoolFinishesItsRuns()
{
    RunnerFixture fixture;
    fixture.write(u"workspace/f/a/hi.sh"_s, "sleep 0.2; echo done\n");
    const PoolId pool = fixture.pool(u"f/a/hi"_s, Isolation::Worker);
    const RunId one = fixture.submit(pool);
    const RunId two = fixture.submit(pool);
    fixture.runner().closePool(pool);
    QCOMPARE(fixture.finish(one).result, QByteArray("\"done\""));
    QCOMPARE(fixture.finish(two).result, QByteArray("\"done\""));
    QTRY_COMPARE(fixture.runner().processGroups().size(), 0);
    QCOMPARE(fixture.runner().capacity(pool), 0);
}

QTEST_GUILESS_MAIN(TestRunner)
#include "tst_runner.moc"
