// SPDX-License-Identifier: GPL-3.0-or-later
#include "driverprocess.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot::tests;

class TestDriverPython final : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_scripts = 0;

    QString script(const QByteArray &source, const QString &name = u"script.py"_s);
    void runCase();

private slots:
    void arguments_data();
    void arguments();
    void results_data();
    void results();
    void errors_data();
    void errors();
    void preprocessors_data();
    void preprocessors();
    void stackStartsInTheScript();
    void missingModuleNamesTheCommand();
    void importsFromTheScriptsFolder();
    void streamIsPrinted();
    void coroutineIsNotAwaited();
    void exitAndInterruptAreFailures();
    void threadsDoNotHoldTheRun();
    void moduleStateLastsInAWorker();
    void forkServerRunsEachInAProcessOfItsOwn();
    void forkServerReportsADeadChild();
};

namespace {

struct Case
{
    QByteArray source;
    QByteArray request = "{}"; ///< further keys of the run request
    QByteArray message = "hello";
    QString type = u"result"_s;
    QByteArray expected;
};

void add(const char *name, const Case &test)
{
    QTest::addRow("%s", name) << test.source << test.request << test.message << test.type
                              << test.expected;
}

void addColumns()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QByteArray>("expected");
}

} // namespace

QString TestDriverPython::script(const QByteArray &source, const QString &name)
{
    return writeScript(m_folder.path() + u'/' + QString::number(++m_scripts), name, source);
}

void TestDriverPython::runCase()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, message);
    QFETCH(QString, type);
    QFETCH(QByteArray, expected);
    DriverProcess driver(u"python"_s, script(source));
    driver.sendRun(1, message, jsonOf(request).toObject());
    Response outcome = driver.nextOutcome();
    while (outcome.type() == "preprocessed"_L1 && type != "preprocessed"_L1)
        outcome = driver.nextOutcome();
    QVERIFY2(outcome.type() == type, outcome.body.constData());
    if (type == "error"_L1)
        QVERIFY2(includesJson(outcome.bodyJson(), jsonOf(expected)), outcome.body.constData());
    else
        QCOMPARE(outcome.body, expected);
}

void TestDriverPython::arguments_data()
{
    addColumns();
    add("the message is a string, never parsed",
        {.source = "def main(msg: str):\n    return [type(msg).__name__, msg]\n",
            .message = " {\"x\":1} \n\xc3\xa9",
            .expected = "[\"str\",\" {\\\"x\\\":1} \\n\\u00e9\"]"});
    add("an empty message",
        {.source = "def main(msg):\n    return msg\n", .message = "", .expected = "\"\""});
    add("missing without default is None",
        {.source = "def main(a, msg, b):\n    return [a, msg, b]\n",
            .expected = R"([null,"hello",null])"});
    add("missing with default takes it",
        {.source = "def main(a=3, b=None):\n    return [a, b]\n", .expected = "[3,null]"});
    add("null takes the default too",
        {.source = "def main(a=3):\n    return a\n",
            .request = R"({"args":{"a":null}})",
            .expected = "3"});
    add("false and zero do not",
        {.source = "def main(a=3, b=4):\n    return [a, b]\n",
            .request = R"({"args":{"a":0,"b":false}})",
            .expected = "[0,false]"});
    add("extra arguments are dropped",
        {.source = "def main(a):\n    return a\n",
            .request = R"({"args":{"a":1,"z":2}})",
            .expected = "1"});
    add("**kwargs receives the rest",
        {.source = "def main(a, **rest):\n    return [a, rest]\n",
            .request = R"({"args":{"a":1,"z":2}})",
            .expected = R"([1,{"z":2,"msg":"hello"}])"});
    add("keyword-only parameters and *args are not given",
        {.source = "def main(a, *args, k=5):\n    return [a, args, k]\n",
            .request = R"({"args":{"a":1,"k":2,"args":[3]}})",
            .expected = "[1,[],5]"});
    add("positional-only parameters",
        {.source = "def main(a, b=2, /, c=3):\n    return [a, b, c]\n",
            .request = R"({"args":{"a":1,"c":4}})",
            .expected = "[1,2,4]"});
    add("bytes are decoded",
        {.source = "def main(a: bytes):\n    return a.decode()\n",
            .request = R"({"args":{"a":"aGk="}})",
            .expected = "\"hi\""});
    add("datetime",
        {.source = "from datetime import datetime\ndef main(a: datetime):\n"
                   "    return [type(a).__name__, a.hour]\n",
            .request = R"({"args":{"a":"2024-01-02T03:04:05"}})",
            .expected = R"(["datetime",3])"});
    add("date",
        {.source = "import datetime\ndef main(a: datetime.date, b: 'datetime.date', c: "
                   "datetime.date, d: "
                   "datetime.date | None = None, e: datetime.date = None):\n"
                   "    return [str(x) for x in (a, b, c, d, e)]\n",
            .request
            = R"({"args":{"a":"2024-01-02","b":"31-12-2023","c":"12/31/2023","d":"31/12/2023","e":"2023/12/31"}})",
            .expected = R"(["2024-01-02","2023-12-31","2023-12-31","2023-12-31","2023-12-31"])"});
    add("a default that is a call",
        {.source = "def main(a=list()):\n    return a\n",
            .request = R"({"args":{"a":"<function call>"}})",
            .expected = "[]"});
    add("another entry",
        {.source
            = "import os\ndef other(msg, b=2):\n    return [msg, b, os.environ['MAIN_OVERRIDE']]\n",
            .request = R"({"entry":"other"})",
            .expected = R"(["hello",2,"other"])"});
    add("_ENTRYPOINT_OVERRIDE",
        {.source = "def other(a):\n    return a\ndef main():\n    return 0\n",
            .request = R"({"args":{"a":2,"_ENTRYPOINT_OVERRIDE":"other"}})",
            .expected = "2"});
    add("the environment and the folder of the run",
        {.source = "import os\ndef main():\n    return [os.environ['WM_JOB_ID'], os.getcwd()]\n",
            .request = R"({"env":{"WM_JOB_ID":"j1","GONE":null},"cwd":"/"})",
            .expected = R"(["j1","/"])"});
    add("names of keywords of the driver do not clash",
        {.source = "def main(self, request, msg):\n    return [self, request, msg]\n",
            .request = R"({"args":{"self":1,"request":2}})",
            .expected = R"([1,2,"hello"])"});
}

void TestDriverPython::arguments()
{
    runCase();
}

void TestDriverPython::results_data()
{
    addColumns();
    const auto returns = [](const char *name, const QByteArray &body, const QByteArray &json) {
        add(name, {.source = "def main():\n" + body, .expected = json});
    };
    returns("None", "    return None\n", "null");
    returns("nothing", "    pass\n", "null");
    returns("zero", "    return 0\n", "0");
    returns("False", "    return False\n", "false");
    returns("a large integer", "    return 2**70\n", "1180591620717411303424");
    returns("float keeps its form", "    return [1.0, 0.1]\n", "[1.0,0.1]");
    returns("no spaces", "    return {'a': [1, {'b': 2}]}\n", R"({"a":[1,{"b":2}]})");
    returns("datetime and date",
        "    from datetime import datetime, date\n"
        "    return [datetime(2024,1,2,3,4,5), date(2024,1,2)]\n",
        R"(["2024-01-02 03:04:05","2024-01-02"])");
    returns("dataclass",
        "    from dataclasses import dataclass\n    @dataclass\n    class A:\n        x: int\n"
        "    return [A(1)]\n",
        R"json(["main.<locals>.A(x=1)"])json");
    returns("set", "    return {1}\n", R"("{1}")");
    returns("tuple", "    return (1, 'a')\n", R"([1,"a"])");
    returns("Decimal and UUID",
        "    from decimal import Decimal\n    from uuid import UUID\n"
        "    return [Decimal('1.10'), UUID(int=0)]\n",
        R"(["1.10","00000000-0000-0000-0000-000000000000"])");
    returns("Enum and IntEnum",
        "    import enum\n    class E(enum.Enum):\n        a = 1\n    class I(enum.IntEnum):\n     "
        "   a = 1\n"
        "    return [E.a, I.a]\n",
        R"(["E.a",1])");
    returns("bytes", "    return b'hi'\n", R"("aGk=")");
    returns(
        "bytes as a direct value", "    return {'k': b'hi', 'n': 1}\n", R"({"k":"aGk=","n":1})");
    returns("bytes deeper", "    return {'k': [b'hi']}\n", R"({"k":["b'hi'"]})");
    returns("nan and infinities", "    return [float('nan'), float('inf'), -float('inf')]\n",
        "[ null , null , null ]");
    returns("nan alone", "    return float('nan')\n", "null");
    returns("the words inside a string", "    return 'Infinity pool'\n", R"(" null  pool")");
    returns("U+0000 inside a string", "    return 'a\\0b'\n", R"("a null b")");
    returns("é", "    return 'é'\n", R"("\u00e9")");
    returns("keys", "    return {1: 'a', True: 'b', None: 'c'}\n", R"({"1":"b","null":"c"})");
    returns("a lone surrogate", "    return '\\ud800'\n", R"("\ud800")");
    returns("generator", "    yield 'a'\n    yield 'b\\n'\n", R"("ab\n")");
    returns("generator that returns a dict", "    yield 'a'\n    return {'x': 1}\n",
        R"({"x":1,"wm_stream":"a"})");
    returns("an iterable", "    return iter(['a', 'b'])\n", R"("ab")");
    add("annotated not to be postprocessed",
        {.source = "# skip_result_postprocessing\ndef main():\n    return 'Infinity pool'\n",
            .expected = R"("Infinity pool")"});
    const QByteArray big = QByteArray("x").repeated(300000);
    returns("a large result", "    return 'x' * 300000\n", '"' + big + '"');
    add("pandas-like frame",
        {.source
            = "import sys, types\nm = types.ModuleType('pandas.core.frame')\n"
              "class DataFrame:\n    class values:\n        @staticmethod\n        def tolist():\n"
              "            return [[1, 2]]\nDataFrame.__module__ = 'pandas.core.frame'\n"
              "def main():\n    return DataFrame()\n",
            .expected = "[[1,2]]"});
}

void TestDriverPython::results()
{
    runCase();
}

void TestDriverPython::errors_data()
{
    addColumns();
    const auto fails = [](const char *name, const QByteArray &source, const QByteArray &json,
                           const QByteArray &request = "{}") {
        add(name, {.source = source, .request = request, .type = u"error"_s, .expected = json});
    };
    fails("an exception", "def main():\n    raise ValueError('x')\n",
        R"({"message":"x","name":"ValueError","stack":"…"})");
    fails("its attributes are extra",
        "def main():\n    e = KeyError('k')\n    e.code = 5\n    raise e\n",
        R"({"message":"'k'","name":"KeyError","extra":{"code":5}})");
    fails("the step of a flow", "def main():\n    raise ValueError('x')\n", R"({"step_id":"a"})",
        R"({"step_id":"a"})");
    fails("no main", "x = 1\n", R"({"message":"main function is missing","name":"ValueError"})");
    fails("tuple keys", "def main():\n    return {(1, 2): 3}\n", R"({"name":"TypeError"})");
    fails("thrown while loading", "raise RuntimeError('early')\n",
        R"({"message":"early","name":"RuntimeError"})");
    fails("syntax", "def main(:\n", R"({"name":"SyntaxError"})");
    fails("a date that is none", "import datetime\ndef main(a: datetime.date):\n    return 1\n",
        R"({"name":"ValueError"})", R"({"args":{"a":"soon"}})");
    fails("endless recursion", "def main():\n    return main()\n", R"({"name":"RecursionError"})");
}

void TestDriverPython::errors()
{
    runCase();
}

void TestDriverPython::preprocessors_data()
{
    addColumns();
    const QByteArray event
        = R"({"event":{"kind":"websocket","url":"ws://h/","trigger_path":"f/a/t"}})";
    const auto run = [&event](const char *name, const QByteArray &source, const QString &type,
                         const QByteArray &json) {
        add(name, {.source = source, .request = event, .type = type, .expected = json});
    };
    run("V2 gets the event",
        "def preprocessor(event):\n    return {'e': event}\ndef main(e):\n    return e\n",
        u"result"_s,
        R"({"kind":"websocket","msg":"hello","trigger_path":"f/a/t","url":"ws://h/"})");
    run("V1 gets msg and wm_trigger",
        "def preprocessor(wm_trigger, msg):\n    return {'e': [msg, wm_trigger]}\n"
        "def main(e):\n    return e\n",
        u"result"_s,
        R"(["hello",{"kind":"websocket","websocket":{"trigger_path":"f/a/t","url":"ws://h/"}}])");
    run("V1 when no parameter is called event",
        "def preprocessor(x, msg):\n    return {'e': [x, msg]}\ndef main(e):\n    return e\n",
        u"result"_s, R"([null,"hello"])");
    run("what it returns is recorded",
        "def preprocessor(event):\n    return {'a': 1}\ndef main(a):\n    return a\n",
        u"preprocessed"_s, R"({"a":1})");
    run("its keys are main's arguments",
        "def preprocessor(event):\n    return {'a': 1, 'z': 2}\ndef main(b, a=5):\n    return [a, "
        "b]\n",
        u"result"_s, "[1,null]");
    run("anything but a dict fails",
        "def preprocessor(event):\n    return 5\ndef main():\n    return 1\n", u"error"_s,
        R"({"name":"ValueError"})");
    run("throws",
        "def preprocessor(event):\n    raise ValueError('pre')\ndef main():\n    return 1\n",
        u"error"_s, R"({"message":"pre"})");
    run("without one the event is ignored", "def main(msg, event=1):\n    return [msg, event]\n",
        u"result"_s, R"(["hello",1])");
}

void TestDriverPython::preprocessors()
{
    runCase();
}

void TestDriverPython::stackStartsInTheScript()
{
    const QString path = script("def main():\n    raise ValueError('x')\n");
    DriverProcess driver(u"python"_s, path);
    driver.sendRun(1, "x");
    const QString stack
        = driver.nextOutcome().bodyJson().toObject().value("stack"_L1).toString().trimmed();
    QVERIFY2(stack.startsWith(u"File \""_s + path + u"\", line 2, in main"_s), qPrintable(stack));
    QVERIFY(!stack.contains("driver.py"_L1));
}

void TestDriverPython::missingModuleNamesTheCommand()
{
    DriverProcess driver(u"python"_s, script("import no_such_module.sub\ndef main():\n    pass\n"));
    driver.send("{\"type\":\"load\"}\n");
    const Response response = driver.next();
    QCOMPARE(response.type(), u"load_error"_s);
    const QString message
        = response.head.value("error"_L1).toObject().value("message"_L1).toString();
    QVERIFY2(message.endsWith("-m pip install no_such_module"_L1), qPrintable(message));
    driver.sendRun(1, "x");
    QCOMPARE(driver.nextOutcome().bodyJson().toObject().value("message"_L1).toString(), message);
}

void TestDriverPython::importsFromTheScriptsFolder()
{
    const QString path
        = script("import helper\nimport json\ndef main():\n    return helper.word\n");
    const QString helper
        = writeScript(QFileInfo(path).absolutePath(), u"helper.py"_s, "word = 'helped'\n");
    DriverProcess driver(u"python"_s, path);
    driver.send("{\"type\":\"load\"}\n");
    QCOMPARE(textOf(driver.next().head.value("imports"_L1)),
        QByteArray("[[\"" + helper.toUtf8() + "\"]]"));
    driver.sendRun(1, "x");
    QCOMPARE(driver.nextOutcome().body, QByteArray("\"helped\""));
    QVERIFY(!QFile::exists(QFileInfo(path).absolutePath() + u"/__pycache__"_s));
}

void TestDriverPython::streamIsPrinted()
{
    DriverProcess driver(u"python"_s, script("def main():\n    yield 'a\\nb'\n    yield 'c'\n"));
    driver.sendRun(1, "x", jsonOf(R"({"last":true})").toObject());
    QCOMPARE(driver.waitForExit(), 0);
    QCOMPARE(driver.output(), QByteArray("WM_STREAM: a\\nb\nWM_STREAM: c\n"));
}

void TestDriverPython::coroutineIsNotAwaited()
{
    DriverProcess driver(
        u"python"_s, script("async def main():\n    print('ran')\n    return 1\n"));
    driver.sendRun(1, "x", jsonOf(R"({"last":true})").toObject());
    const Response outcome = driver.nextOutcome();
    QCOMPARE(outcome.type(), u"result"_s);
    QVERIFY2(outcome.body.startsWith("\"<coroutine object main"), outcome.body.constData());
    QCOMPARE(driver.waitForExit(), 0);
    QVERIFY(!driver.output().contains("ran"));
}

void TestDriverPython::exitAndInterruptAreFailures()
{
    DriverProcess driver(u"python"_s,
        script("import sys\ndef main(msg):\n    if msg == 'exit':\n        sys.exit(3)\n"
               "    raise KeyboardInterrupt()\n"));
    driver.sendRun(1, "exit");
    QVERIFY(includesJson(
        driver.nextOutcome().bodyJson(), jsonOf(R"({"message":"3","name":"SystemExit"})")));
    driver.sendRun(2, "interrupt");
    QVERIFY(
        includesJson(driver.nextOutcome().bodyJson(), jsonOf(R"({"name":"KeyboardInterrupt"})")));
}

void TestDriverPython::threadsDoNotHoldTheRun()
{
    DriverProcess driver(u"python"_s,
        script("import threading\ndef main():\n    "
               "threading.Thread(target=threading.Event().wait).start()\n"
               "    return 1\n"));
    driver.sendRun(1, "x", jsonOf(R"({"last":true})").toObject());
    QCOMPARE(driver.nextOutcome().body, QByteArray("1"));
    QCOMPARE(driver.waitForExit(), 0);
}

void TestDriverPython::moduleStateLastsInAWorker()
{
    DriverProcess driver(
        u"python"_s, script("n = 0\ndef main():\n    global n\n    n += 1\n    return n\n"));
    for (int i = 1; i <= 3; ++i) {
        driver.sendRun(i, "x");
        QCOMPARE(driver.nextOutcome().body, QByteArray::number(i));
    }
}

void TestDriverPython::forkServerRunsEachInAProcessOfItsOwn()
{
    DriverProcess driver(u"python"_s,
        script("import os\nprint('loaded')\nn = 0\ndef main(msg):\n    global n\n    n += 1\n"
               "    return [n, msg, os.getpid()]\n"),
        {}, DriverProcess::Mode::ForkServer);
    driver.send("{\"type\":\"load\"}\n");
    QCOMPARE(driver.next().type(), u"ready"_s);
    QSet<int> pids;
    for (int i = 1; i <= 3; ++i) {
        driver.sendRun(i, "m" + QByteArray::number(i));
        const Response started = driver.next();
        QCOMPARE(started.type(), u"started"_s);
        const QJsonArray result = driver.nextOutcome().bodyJson().toArray();
        QCOMPARE(result.at(0).toInt(), 1);
        QCOMPARE(result.at(1).toString(), u"m%1"_s.arg(i));
        QCOMPARE(started.head.value("pid"_L1).toInt(), result.at(2).toInt());
        pids.insert(result.at(2).toInt());
    }
    QCOMPARE(pids.size(), 3);
    driver.closeInput();
    QCOMPARE(driver.waitForExit(), 0);
    QCOMPARE(driver.output(), QByteArray("loaded\n"));
}

void TestDriverPython::forkServerReportsADeadChild()
{
    DriverProcess driver(u"python"_s,
        script(
            "import os, signal\ndef main(msg):\n    if msg == 'exit':\n        os._exit(7)\n"
            "    if msg == 'kill':\n        os.kill(os.getpid(), signal.SIGKILL)\n    return 1\n"),
        {}, DriverProcess::Mode::ForkServer);
    driver.sendRun(1, "exit");
    QCOMPARE(driver.nextOutcome().head.value("exit_code"_L1).toInt(), 7);
    driver.sendRun(2, "kill");
    QCOMPARE(driver.nextOutcome().head.value("signal"_L1).toInt(), 9);
    driver.sendRun(3, "fine");
    QCOMPARE(driver.nextOutcome().body, QByteArray("1"));
}

QTEST_GUILESS_MAIN(TestDriverPython)
#include "tst_driver_python.moc"
