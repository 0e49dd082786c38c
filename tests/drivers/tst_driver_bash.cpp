// SPDX-License-Identifier: GPL-3.0-or-later
#include "driverprocess.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace earshot::tests;

class TestDriverBash final : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_scripts = 0;

    QString script(const QByteArray &source);

private slots:
    void arguments_data();
    void arguments();
    void outcomes_data();
    void outcomes();
    void outputIsMergedAndLast();
    void resultsOfTheRunBeforeDoNotCount();
    void runsDoNotSeeEachOther();
    void scriptIsReadAnew();
    void functionNamedPreprocessorIsNone();
    void environmentAndFolderOfTheRun();
    void driverLeavesNothingInTheEnvironment();
    void argumentsAreNotInTheCommandLine();
    void backgroundChildDoesNotHoldTheRun();
    void zeroBytesAreLeftOut();
};

namespace {

void addArguments(const char *name, const QByteArray &source, const QByteArray &arguments,
    const QByteArray &message, const QByteArray &output)
{
    QTest::addRow("%s", name) << source << arguments << message << output;
}

void addOutcome(const char *name, const QByteArray &source, const QByteArray &head,
    const QByteArray &body = QByteArray())
{
    QTest::addRow("%s", name) << source << head << body;
}

} // namespace

QString TestDriverBash::script(const QByteArray &source)
{
    return writeScript(
        m_folder.path() + u'/' + QString::number(++m_scripts), u"script.sh"_s, source);
}

void TestDriverBash::arguments_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("output");
    const QByteArray print = "printf '[%s]' \"$@\" >result.out\n";
    addArguments("the message", "msg=\"$1\"\n" + print, "{}", "hello", "[hello]");
    addArguments("newlines and spaces at the ends", "msg=\"$1\"\n" + print, "{}", " \n\xc3\xa9\n\n",
        "[ \n\xc3\xa9\n\n]");
    addArguments("an empty message", "msg=\"$1\"\n" + print, "{}", "", "[]");
    addArguments("a message like an option", "msg=\"$1\"\n" + print, "{}", "-n $(touch x) `y`",
        "[-n $(touch x) `y`]");
    addArguments("by name", "b=\"$1\"\nmsg=\"$2\"\na=\"$3\"\n" + print, R"({"a":"x","b":"y"})", "m",
        "[y][m][x]");
    addArguments("missing is empty, so :- applies",
        "a=\"${1:-dflt}\"\nprintf %s \"$a$#\" >result.out\n", "{}", "m", "dflt1");
    addArguments("null is its text", "a=\"$1\"\n" + print, R"({"a":null})", "m", "[null]");
    addArguments("numbers and booleans are their JSON text",
        "a=\"$1\"\nb=\"$2\"\nc=\"$3\"\n" + print, R"({"a":1.0,"b":true,"c":-2e5})", "m",
        "[1.0][true][-2e5]");
    addArguments("objects are compact JSON text", "a=\"$1\"\n" + print,
        R"({"a" : {"x": [1, {"y":"z \" } ]"}], "e":{}} })", "m",
        R"([{"x":[1,{"y":"z \" } ]"}],"e":{}}])");
    addArguments("escapes in a string", "a=\"$1\"\n" + print,
        "{\"a\":\"q\\\" b\\\\n s\\/ \\u0001 t\\t n\\n \\u00e9 \\uD83D\\ude00 \\u20ac\"}", "m",
        "[q\" b\\n s/ \x01 t\t n\n é 😀 €]");
    addArguments("escapes without code points", "a=\"$1\"\n" + print,
        "{\"a\":\"q\\\" b\\\\n t\\t n\\n %s \\\\c x\"}", "m", "[q\" b\\n t\t n\n %s \\c x]");
    addArguments(
        "extra arguments are ignored", "a=\"$1\"\n" + print, R"({"a":"x","z":"y"})", "m", "[x]");
    addArguments("after a gap nothing", "a=\"$1\"\nc=\"$3\"\nprintf %s $# >result.out\n",
        R"({"a":"x","c":"y"})", "m", "1");
}

void TestDriverBash::arguments()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, arguments);
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, output);
    DriverProcess driver(u"bash"_s, script(source));
    // As text, for QJsonDocument would write its own form of a number.
    driver.send("{\"type\":\"run\",\"id\":1,\"args\":" + arguments
        + ",\"msg_bytes\":" + QByteArray::number(message.size()) + "}\n" + message);
    const Response outcome = driver.nextOutcome();
    QCOMPARE(outcome.type(), u"result"_s);
    QCOMPARE(outcome.bodyJson().toString().toUtf8(), output);
}

void TestDriverBash::outcomes_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<QByteArray>("body");
    const QByteArray fromLog = R"({"type":"result","from_log":true})";
    const QByteArray unchecked = R"({"type":"result","unchecked":true})";
    addOutcome("the last line of the log", "echo a\necho b\n", fromLog);
    addOutcome("no output", ":\n", fromLog);
    addOutcome("result.json", "echo '{\"a\":1}' >result.json\necho text >result.out\n", unchecked,
        "{\"a\":1}\n");
    addOutcome("an empty result.json does not count", ": >result.json\necho text >result.out\n",
        R"({"type":"result"})", R"("text\n")");
    addOutcome("result.out as it is", "printf ' a\\t\"\\\\\\n\\033[0m' >result.out\n",
        R"({"type":"result"})", R"(" a\t\"\\\n\u001b[0m")");
    addOutcome("an exit status", "echo x\nexit 7\n", R"({"type":"error","exit_code":7})");
    addOutcome("an exit status with result.json", "echo '{\"m\":1}' >result.json\nexit 7\n",
        R"({"type":"error","unchecked":true})", "{\"m\":1}\n");
    addOutcome("the first failing command ends it", "false\necho no >result.out\n",
        R"({"type":"error","exit_code":1})");
    addOutcome("a failing command that is tested does not", "if false; then :; fi\nfalse || true\n",
        fromLog);
    addOutcome(
        "an unknown command", "no_such_command_of_ours\n", R"({"type":"error","exit_code":127})");
    addOutcome("a syntax error", "if\n", R"({"type":"error"})");
    addOutcome(
        "killed by a signal", "kill -TERM $BASHPID\n", R"({"type":"error","exit_code":143})");
    addOutcome("exec of another program", "exec true\n", fromLog);
    addOutcome("an exit trap runs", "trap 'echo done >result.out' EXIT\n", R"({"type":"result"})",
        R"("done\n")");
    addOutcome("declarations are those of a script",
        "declare -A m=([a]=1)\nf() { echo ${m[a]} >result.out; }\nf\n", R"({"type":"result"})",
        R"("1\n")");
}

void TestDriverBash::outcomes()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, head);
    QFETCH(QByteArray, body);
    DriverProcess driver(u"bash"_s, script(source));
    driver.sendRun(1, "m");
    const Response outcome = driver.nextOutcome();
    QVERIFY2(includesJson(outcome.head, jsonOf(head)), textOf(outcome.head).constData());
    QCOMPARE(outcome.body, body);
}

void TestDriverBash::outputIsMergedAndLast()
{
    DriverProcess driver(u"bash"_s, script("echo a\necho b >&2\necho c\necho d >&2\n"));
    driver.sendRun(1, "m", jsonOf(R"({"last":true})").toObject());
    QVERIFY(driver.nextOutcome().head.value("from_log"_L1).toBool());
    QCOMPARE(driver.waitForExit(), 0);
    QCOMPARE(driver.output(), QByteArray("a\nb\nc\nd\n"));
    QCOMPARE(driver.errorOutput(), QByteArray());
}

void TestDriverBash::resultsOfTheRunBeforeDoNotCount()
{
    DriverProcess driver(u"bash"_s,
        script(
            "msg=\"$1\"\nif [ -n \"$msg\" ]; then echo 1 >result.json; echo 2 >result.out; fi\n"));
    driver.sendRun(1, "x");
    QCOMPARE(driver.nextOutcome().body, QByteArray("1\n"));
    driver.sendRun(2, "");
    QVERIFY(driver.nextOutcome().head.value("from_log"_L1).toBool());
}

void TestDriverBash::runsDoNotSeeEachOther()
{
    DriverProcess driver(u"bash"_s,
        script("msg=\"$1\"\necho \"${seen-fresh} $PWD\" >result.out\nseen=1\nexport seen\n"));
    for (int i = 1; i <= 2; ++i) {
        driver.sendRun(i, "x");
        QVERIFY(driver.nextOutcome().body.startsWith("\"fresh "));
    }
}

void TestDriverBash::scriptIsReadAnew()
{
    const QString path = script("a=\"$1\"\necho \"1 $a\" >result.out\n");
    DriverProcess driver(u"bash"_s, path);
    driver.sendRun(1, "x", jsonOf(R"({"args":{"a":"A","b":"B"}})").toObject());
    QCOMPARE(driver.nextOutcome().body, QByteArray(R"("1 A\n")"));
    writeScript(
        QFileInfo(path).absolutePath(), u"script.sh"_s, "b=\"$1\"\necho \"2 $b\" >result.out\n");
    driver.sendRun(2, "x", jsonOf(R"({"args":{"a":"A","b":"B"}})").toObject());
    QCOMPARE(driver.nextOutcome().body, QByteArray(R"("2 B\n")"));
}

void TestDriverBash::functionNamedPreprocessorIsNone()
{
    DriverProcess driver(u"bash"_s,
        script("msg=\"$1\"\npreprocessor() { echo no; }\nprintf %s \"$msg\" >result.out\n"));
    driver.sendRun(
        1, "hello", jsonOf(R"({"event":{"kind":"websocket","url":"ws://h/"}})").toObject());
    QCOMPARE(driver.nextOutcome().body, QByteArray("\"hello\""));
}

void TestDriverBash::environmentAndFolderOfTheRun()
{
    DriverProcess driver(u"bash"_s,
        script("echo \"$WM_JOB_ID|${GONE-unset}|$PWD|$(printenv WM_JOB_ID)|$LC_ALL\" >\"$OUT\"\n"
               "echo >>\"$OUT\"\n"),
        {u"GONE=1"_s, u"LC_ALL=C.UTF-8"_s});
    const QString out = m_folder.path() + u"/out"_s;
    driver.sendRun(1, "x",
        {{u"cwd"_s, u"/"_s},
            {u"env"_s,
                QJsonObject{{u"WM_JOB_ID"_s, u"j 1\n"_s}, {u"GONE"_s, QJsonValue::Null},
                    {u"OUT"_s, out}}}});
    QCOMPARE(driver.nextOutcome().type(), u"result"_s);
    QFile file(out);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("j 1\n|unset|/|j 1|C.UTF-8\n\n"));
}

void TestDriverBash::driverLeavesNothingInTheEnvironment()
{
    DriverProcess driver(u"bash"_s, script("env >result.out\n"), {u"EARSHOT_LOG_MARKERS=1"_s});
    driver.sendRun(1, "secret-message");
    const QByteArray environment = driver.nextOutcome().body;
    QVERIFY(environment.contains("PATH="));
    QVERIFY2(!environment.toLower().contains("earshot_"), environment.constData());
    QVERIFY(!environment.contains("secret-message"));
    QVERIFY2(!environment.contains("LC_ALL"), environment.constData());
}

void TestDriverBash::argumentsAreNotInTheCommandLine()
{
    DriverProcess driver(u"bash"_s,
        script("msg=\"$1\"\ntr '\\0' ' ' </proc/$$/cmdline >result.out\n"
               "tr '\\0' ' ' </proc/$BASHPID/cmdline >>result.out\n"));
    driver.sendRun(1, "secret-message");
    const QByteArray lines = driver.nextOutcome().body;
    QVERIFY(lines.contains("driver.sh"));
    QVERIFY2(!lines.contains("secret-message"), lines.constData());
}

void TestDriverBash::backgroundChildDoesNotHoldTheRun()
{
    // The child ends when the test closes its fifo, long after the run.
    DriverProcess driver(u"bash"_s, script("mkfifo gate\ncat <>gate &\necho $! >result.out\n"));
    driver.sendRun(1, "x", jsonOf(R"({"last":true})").toObject());
    const Response outcome = driver.nextOutcome();
    QCOMPARE(outcome.type(), u"result"_s);
    // Responses end although the child lives: it does not hold descriptor 4.
    const pid_t child = outcome.bodyJson().toString().trimmed().toInt();
    QVERIFY(child > 0);
    QVERIFY(driver.waitForEndOfResponses());
    QCOMPARE(::kill(child, SIGKILL), 0);
    QCOMPARE(driver.waitForExit(), 0);
}

void TestDriverBash::zeroBytesAreLeftOut()
{
    // No shell variable can hold one, so such a message comes as an argument ("zero_bytes" of the
    // runtime file).
    DriverProcess driver(u"bash"_s, script("msg=\"$1\"\nprintf %s \"$msg\" >result.out\n"));
    driver.send("{\"type\":\"run\",\"id\":1,\"args\":{\"msg\":\"a\\u0000b\\u0000\"}}\n");
    driver.sendRun(2, "next");
    QCOMPARE(driver.nextOutcome().body, QByteArray("\"ab\""));
    QCOMPARE(driver.nextOutcome().body, QByteArray("\"next\""));
}

QTEST_GUILESS_MAIN(TestDriverBash)
#include "tst_driver_bash.moc"
