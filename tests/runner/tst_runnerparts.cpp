// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/drivermessage.h"
#include "runner/environment.h"
#include "runner/executablerun.h"
#include "runner/jsontext.h"
#include "runner/limits.h"
#include "runner/logcollector.h"
#include "runner/outcomes.h"
#include "runner/retryschedule.h"
#include "runner/scriptresolver.h"
#include "runnerfixture.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace earshot;
using namespace earshot::runner;
using namespace earshot::runner::test;
using namespace Qt::StringLiterals;

/// The parts of the runner that need no process.
class TestRunnerParts : public QObject
{
    Q_OBJECT

private slots:
    void responses();
    void badResponses_data();
    void badResponses();
    void runRequest();
    void markersInAnyPieces();
    void textLikeAMarkerStays();
    void lastLogLines();
    void jsonStrings();
    void retryDelays();
    void allowList();
    void resolution_data();
    void resolution();
    void runtimeFilesAreChecked();
    void ownRuntimeReplacesABuiltIn();
};

void TestRunnerParts::responses()
{
    auto response
        = parseDriverResponse(R"({"type":"result","id":42,"result_bytes":7,"unchecked":true})");
    QVERIFY(response);
    QCOMPARE(response->id, 42);
    QCOMPARE(response->bodyBytes, 7);
    QVERIFY(response->unchecked);
    response = parseDriverResponse(
        R"( { "later" : {"a":["}",1]}, "type" : "ready", "preprocessor":"v2", "params":["a\"b"], "imports":["/a/b.ts"] } )");
    QVERIFY(response);
    QCOMPARE(response->preprocessor, QByteArray("v2"));
    QCOMPARE(response->imports, QByteArrayList{"/a/b.ts"});
    response
        = parseDriverResponse(R"({"type":"load_error","error":{"message":"x","n":[1,{"a":2}]}})");
    QVERIFY(response);
    QCOMPARE(response->error, QByteArray(R"({"message":"x","n":[1,{"a":2}]})"));
    response = parseDriverResponse(R"({"type":"error","id":1,"exit_code":7})");
    QVERIFY(response);
    QCOMPARE(response->exitCode.value_or(-1), 7);
}

void TestRunnerParts::badResponses_data()
{
    QTest::addColumn<QByteArray>("line");
    const QByteArrayList lines{"", "x", "{", "{}", "[]", R"({"type":"other","id":1})",
        R"({"type":"started"})", R"({"type":"started","id":-1})", R"({"type":"started","id":1.5})",
        R"({"type":"started","id":1} x)", R"({"type":"started","id":1)",
        R"({"type":"result","id":1,"result_bytes":99999999999999999999})",
        R"({"type":"started""id":1})", R"({"type":"started","id":1,"x":[}])", R"({"type)"};
    for (const QByteArray &line : lines) {
        QTest::newRow(line.isEmpty() ? "empty" : line.constData()) << line;
    }
}

void TestRunnerParts::badResponses()
{
    QFETCH(QByteArray, line);
    QVERIFY(!parseDriverResponse(line));
}

void TestRunnerParts::runRequest()
{
    RunJob job;
    job.id = 5;
    job.message = QByteArray("m");
    job.args = "{\n\"a\": 1}";
    job.event = RunJob::Event{.url = u"ws://h/\"x"_s, .triggerPath = u"f/t"_s, .binary = true};
    job.stepId = u"a"_s;
    QByteArray line;
    appendRunRequest(line, job, R"({"A":"b"})", {}, true);
    QCOMPARE(line.count('\n'), 1);
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    QCOMPARE(object.value("id"_L1).toInt(), 5);
    QCOMPARE(object.value("msg_bytes"_L1).toInt(), 1);
    QCOMPARE(object.value("event"_L1).toObject(),
        (QJsonObject{{u"kind"_s, u"websocket"_s}, {u"url"_s, u"ws://h/\"x"_s},
            {u"trigger_path"_s, u"f/t"_s}, {u"binary"_s, true}}));
    QCOMPARE(object.value("args"_L1).toObject().value("a"_L1).toInt(), 1);
    QVERIFY(object.value("last"_L1).toBool());
}

void TestRunnerParts::markersInAnyPieces()
{
    const QByteArray output(
        "\x1e earshot-run 1 begin \x1e\none\n\x1e earshot-run 1 end \x1e\nafter\n"
        "\x1e earshot-run 12 begin \x1e\n\x1e earshot-run 12 begin \x1e\ntw\x1e earshot-run 12 end "
        "\x1e\no");
    for (qsizetype piece = 1; piece <= output.size(); ++piece) {
        LogCollector logs;
        for (qsizetype at = 0; at < output.size(); at += piece) {
            logs.append(QByteArrayView(output).sliced(at, std::min(piece, output.size() - at)));
        }
        QCOMPARE(logs.take(1).bytes, QByteArray("one\nafter\n"));
        QCOMPARE(logs.take(12).bytes, QByteArray("two"));
        QCOMPARE(logs.takeAll().bytes, QByteArray());
    }
}

void TestRunnerParts::textLikeAMarkerStays()
{
    for (const QByteArray &text : QByteArrayList{"\x1e earshot-run x begin \x1e\n", "a\x1e",
             "\x1e earshot-run 5 begun", "\x1e earshot-run ", "\x1e\x1e\x1e",
             "\x1e earshot-run 99999999999999999999999 begin \x1e\n"}) {
        LogCollector logs;
        logs.append(text);
        logs.finish();
        QCOMPARE(logs.take(1).bytes, text);
    }
}

void TestRunnerParts::lastLogLines()
{
    QCOMPARE(outcomes::lastLogLines("\x1b[1;31mred\x1b[0m \x1b]0;title\x07text"), u"red text"_s);
    const QByteArray log = QByteArray(5000, 'a') + QByteArray("ö").repeated(600);
    QCOMPARE(outcomes::lastLogLines(log), QString(600, u'ö'));
    QCOMPARE(outcomes::lastLine("a\nb  \n\n"), QByteArray("\"b\""));
    QCOMPARE(outcomes::lastLine(""), QByteArray("\"\""));
}

void TestRunnerParts::jsonStrings()
{
    QByteArray text;
    appendJsonString(text, QByteArray("a\"\\\n\t\x01\x7f\xc3\xa9", 9));
    QCOMPARE(text, QByteArray("\"a\\\"\\\\\\n\\t\\u0001\x7f\xc3\xa9\""));
    QVERIFY(isJson(" 12 ") && isJson("\"x\"") && isJson("null") && isJson("{\"a\":[1]}\n"));
    QVERIFY(!isJson("") && !isJson("x") && !isJson("1 2") && !isJson("{\"a\":}"));
}

void TestRunnerParts::retryDelays()
{
    RetryConfig retry;
    retry.exponentialAttempts = 2;
    retry.exponentialMultiplier = 1;
    retry.exponentialSeconds = 2;
    QCOMPARE(retryDelayMs(retry, 0, 0.5), std::optional<qint64>(2'000));
    QCOMPARE(retryDelayMs(retry, 1, 0.5), std::optional<qint64>(4'000));
    QCOMPARE(retryDelayMs(retry, 2, 0.5), std::optional<qint64>());
    retry.constantAttempts = 1;
    retry.constantSeconds = 7;
    QCOMPARE(retryDelayMs(retry, 0, 0.5), std::optional<qint64>(7'000));
    QCOMPARE(retryDelayMs(retry, 1, 0.5), std::optional<qint64>(4'000));
    QCOMPARE(retryDelayMs(retry, 3, 0.5), std::optional<qint64>());
    retry.randomFactor = 50;
    QCOMPARE(retryDelayMs(retry, 1, 0.0), std::optional<qint64>(2'000));
    QCOMPARE(retryDelayMs(retry, 1, 1.0), std::optional<qint64>(6'000));
    retry.exponentialSeconds = 1'000'000;
    retry.exponentialAttempts = 1'000'000;
    QCOMPARE(retryDelayMs(retry, 900, 0.5), std::optional<qint64>(limits::kMaxRetryDelayMs));
    QCOMPARE(retryDelayMs(retry, limits::kMaxRetryAttempts, 0.5), std::optional<qint64>());
    QCOMPARE(retryDelayMs(RetryConfig{}, 0, 0.5), std::optional<qint64>());
}

void TestRunnerParts::allowList()
{
    for (const char *name :
        {"PATH", "HOME", "LC_ALL", "XDG_RUNTIME_DIR", "https_proxy", "DISPLAY"}) {
        QVERIFY2(RunEnvironment::isAllowed(name), name);
    }
    for (const char *name : {"SSH_AUTH_SOCK", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD",
             "BASH_ENV", "path", "NODE_OPTIONS"}) {
        QVERIFY2(!RunEnvironment::isAllowed(name), name);
    }
}

void TestRunnerParts::resolution_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("workspaceFile");
    QTest::addColumn<QString>("runtime"); ///< empty: not found
    QTest::newRow("ts") << u"s.ts"_s << QString() << u"bun"_s;
    QTest::newRow("ts, deno by default") << u"s.ts"_s << u"defaultTs: deno\n"_s << u"deno"_s;
    QTest::newRow("quoted") << u"s.ts"_s << u"# x\ndefaultTs: 'deno' # y\n"_s << u"deno"_s;
    QTest::newRow("bun.ts") << u"s.bun.ts"_s << u"defaultTs: deno\n"_s << u"bun"_s;
    QTest::newRow("deno.ts") << u"s.deno.ts"_s << QString() << u"deno"_s;
    QTest::newRow("fetch.ts") << u"s.fetch.ts"_s << QString() << u"bun"_s;
    QTest::newRow("py") << u"s.py"_s << QString() << u"python"_s;
    QTest::newRow("sh") << u"s.sh"_s << QString() << u"bash"_s;
    QTest::newRow("cjs") << u"s.cjs"_s << QString() << u"node"_s;
    QTest::newRow("another script's name") << u"s.test.ts"_s << QString() << QString();
    QTest::newRow("no runtime") << u"s.txt"_s << QString() << QString();
}

void TestRunnerParts::resolution()
{
    QFETCH(QString, file);
    QFETCH(QString, workspaceFile);
    QFETCH(QString, runtime);
    RunnerFixture fixture;
    fixture.write(QString(u"workspace/f/a/"_s + file), "x");
    fixture.write(u"workspace/f/a/s.script.yaml"_s, "x");
    fixture.write(u"workspace/f/a/s.script.lock"_s, "x");
    if (!workspaceFile.isEmpty()) {
        fixture.write(u"workspace/wmill.yaml"_s, workspaceFile.toUtf8());
    }
    const ScriptResolver resolver(fixture.options.workspaceDirectory, fixture.runner().registry());
    const auto target = resolver.resolve(u"f/a/s"_s);
    QCOMPARE(target.has_value() ? target->runtime->id : QString(), runtime);
    if (target) {
        QCOMPARE(target->file, fixture.path(QString(u"workspace/f/a/"_s + file)));
        QCOMPARE(resolver.resolve(target->file)->runtime->id, runtime);
    }
}

void TestRunnerParts::runtimeFilesAreChecked()
{
    RunnerFixture fixture;
    fixture.write(u"config/runtimes/broken.json"_s, "{");
    fixture.write(u"config/runtimes/new.json"_s, R"({"version":2,"id":"x"})");
    const auto &problems = fixture.runner().registry().problems();
    QCOMPARE(problems.size(), 2);
    QVERIFY(problems.at(0).message.contains("broken.json"_L1));
    QVERIFY(problems.at(1).message.contains("`version` must be 1"_L1));
}

void TestRunnerParts::ownRuntimeReplacesABuiltIn()
{
    RunnerFixture fixture;
    fixture.write(u"config/runtimes/python.json"_s,
        R"({"version":1,"id":"python","name":"Mine","files":[".py"],"interpreter":{"names":["x"]},"driver":"d","argv":["{interpreter}"]})");
    QCOMPARE(fixture.runner().registry().byId(u"python"_s)->name, u"Mine"_s);
    QCOMPARE(
        fixture.runner().registry().byId(u"python"_s)->driver, fixture.path(u"config/drivers/d"_s));
}

QTEST_GUILESS_MAIN(TestRunnerParts)
#include "tst_runnerparts.moc"
