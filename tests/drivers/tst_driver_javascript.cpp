// SPDX-License-Identifier: GPL-3.0-or-later
#include "driverprocess.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot::tests;

class TestDriverJavascript final : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_scripts = 0;

    QString script(const QByteArray &source, const QString &name = u"script.ts"_s);

    void runCase();

private slots:
    void arguments_data();
    void arguments();

    void results_data();
    void results();

    void errors_data();
    void errors();

    void thrownStringInDenoHasNoExtra();

    void missingPackageNamesTheCommand_data();
    void missingPackageNamesTheCommand();

    void preprocessors_data();
    void preprocessors();

    void mainRunsAfterAPreprocessorThatReturnedNoObject_data();
    void mainRunsAfterAPreprocessorThatReturnedNoObject();

    void importsResolveFromTheScriptsFolder_data();
    void importsResolveFromTheScriptsFolder();

    void importMapOfDenoJson();

    void pendingTimersDoNotHoldTheRun_data();
    void pendingTimersDoNotHoldTheRun();

    void timersGoOnBetweenTheRunsOfAWorker_data();
    void timersGoOnBetweenTheRunsOfAWorker();

    void moduleStateLastsInAWorker_data();
    void moduleStateLastsInAWorker();

    void streamIsPrinted_data();
    void streamIsPrinted();

private:
    static void addRuntimes();
};

namespace {

const QStringList kAll{u"bun"_s, u"deno"_s, u"node"_s};
const QStringList kBunAndNode{u"bun"_s, u"node"_s};

/// What happens when a script is run once: requests in, outcome out.
struct Case
{
    QByteArray source;
    QByteArray request = "{}"; ///< further keys of the run request
    QByteArray message = "hello"; ///< null = none
    QString type = u"result"_s;
    QByteArray expected;
};

void add(const char *name, const QStringList &runtimes, const Case &test)
{
    for (const QString &runtime : runtimes) {
        QTest::addRow("%s: %s", qPrintable(runtime), name)
            << runtime << test.source << test.request << test.message << test.type << test.expected;
    }
}

void addColumns()
{
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QByteArray>("expected");
}

} // namespace

QString TestDriverJavascript::script(const QByteArray &source, const QString &name)
{
    return writeScript(m_folder.path() + u'/' + QString::number(++m_scripts), name, source);
}

void TestDriverJavascript::runCase()
{
    QFETCH(QString, runtime);
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, message);
    QFETCH(QString, type);
    QFETCH(QByteArray, expected);
    DriverProcess driver(runtime, script(source));
    driver.sendRun(1, message, jsonOf(request).toObject());
    Response outcome = driver.nextOutcome();
    while (outcome.type() == "preprocessed"_L1 && type != "preprocessed"_L1)
        outcome = driver.nextOutcome();
    QCOMPARE(outcome.type(), type);
    QCOMPARE(outcome.head.value("id"_L1).toInt(), 1);
    const QJsonValue actual
        = outcome.head.contains("result_bytes"_L1) ? outcome.bodyJson() : QJsonValue(outcome.head);
    if (type == "result"_L1)
        QCOMPARE(outcome.body, expected);
    else
        QVERIFY2(includesJson(actual, jsonOf(expected)), textOf(actual).constData());
}

void TestDriverJavascript::arguments_data()
{
    addColumns();
    add("the message is a string, never parsed", kAll,
        {.source = "export async function main(msg: string) { return [typeof msg, msg] }",
            .message = " {\"x\":1} \n\xf0\x9f\x98\x80",
            .expected = "[\"string\",\" {\\\"x\\\":1} \\n\xf0\x9f\x98\x80\"]"});
    add("an empty message", kAll,
        {.source = "export function main(msg) { return msg }", .message = "", .expected = "\"\""});
    add("by name, not by position", kAll,
        {.source = "export function main(b, msg, a) { return [a, b, msg] }",
            .request = R"({"args":{"a":1,"b":2}})",
            .expected = R"([1,2,"hello"])"});
    add("extra arguments are ignored", kAll,
        {.source = "export function main(a) { return arguments.length }",
            .request = R"({"args":{"a":1,"z":2}})",
            .expected = "1"});
    add("missing is undefined, so a default applies", kAll,
        {.source = "export function main(a, b = 3) { return [a === undefined, b] }",
            .request = "{}",
            .expected = "[true,3]"});
    add("null stays null, a default does not apply", kAll,
        {.source = "export function main(a = 3) { return [a] }",
            .request = R"({"args":{"a":null}})",
            .expected = "[null]"});
    add("a Date parameter becomes a date", kAll,
        {.source = "export function main(d: Date, e: Date, f?: Date | null) {"
                   " return [d instanceof Date, d.getTime(), e === undefined, f instanceof Date] }",
            .request = R"({"args":{"d":"2024-01-02T03:04:05Z","e":"","f":"2024-01-02"}})",
            .expected = "[true,1704164645000,true,true]"});
    add("a destructured parameter is called anon1", kAll,
        {.source = "export function main({ a }: { a: number }) { return a }",
            .request = R"({"args":{"anon1":{"a":7}}})",
            .expected = "7"});
    add("an overloaded main", kAll,
        {.source = "export function main(x: string): string;\nexport function main(y: number): "
                   "number;\n"
                   "export function main(msg: any) { return msg }",
            .expected = "\"hello\""});
    add("exported by name", kAll,
        {.source = "function main<T>(msg: T): T { return msg }\nexport { main }",
            .expected = "\"hello\""});
    add("an exported constant is called without arguments", kAll,
        {.source = "export const main = async (msg) => [msg === undefined]", .expected = "[true]"});
    add("another entry", kAll,
        {.source = "export function other(b, msg) { return [msg, b] }",
            .request = R"({"entry":"other","args":{"b":2}})",
            .expected = R"(["hello",2])"});
    add("_ENTRYPOINT_OVERRIDE", kAll,
        {.source = "export function main() { return 1 }\nexport function other(a) { return a }",
            .request = R"({"args":{"a":2,"_ENTRYPOINT_OVERRIDE":"other"}})",
            .expected = "2"});
    add("the environment of the run", kAll,
        {.source = "export function main() { return [process.env.WM_JOB_ID, process.env.GONE "
                   "?? null] }",
            .request = R"({"env":{"WM_JOB_ID":"j1","GONE":null}})",
            .expected = R"(["j1",null])"});
    add("the working directory of the run", kAll,
        {.source = "export function main() { return process.cwd() }",
            .request = R"({"cwd":"/"})",
            .expected = R"("/")"});
    add("a signature that was given is not parsed again", kAll,
        {.source = "export function main(a) { return a }",
            .request
            = R"({"signature":{"params":[{"name":"z"}],"main":"function","preprocessor":"none"},"args":{"z":5}})",
            .expected = "5"});
}

void TestDriverJavascript::arguments()
{
    runCase();
}

void TestDriverJavascript::results_data()
{
    addColumns();
    const auto returns
        = [](const char *name, const QByteArray &expression, const QByteArray &json) {
              add(name, kAll,
                  {.source = "export async function main() { return " + expression + " }",
                      .expected = json});
          };
    returns("undefined", "undefined", "null");
    returns("null", "null", "null");
    returns("BigInt", "[1n, { a: 2n }]", R"(["1",{"a":"2"}])");
    returns("NaN and infinities", "[NaN, Infinity, -Infinity]", "[null,null,null]");
    returns("NaN alone", "NaN", "null");
    returns("Date", "new Date(0)", R"("1970-01-01T00:00:00.000Z")");
    returns("undefined property", "{ a: undefined, b: { c: undefined } }",
        R"({"a":null,"b":{"c":null}})");
    returns("undefined element", "[undefined, , 1]", "[null,null,1]");
    returns("undefined beside what is not plain", "{ a: undefined, d: new Date(0) }",
        R"({"a":null,"d":"1970-01-01T00:00:00.000Z"})");
    returns("Map, Set, Error", "[new Map([[1, 2]]), new Set([1]), new Error('x')]", "[{},{},{}]");
    returns("Buffer", "(await import('node:buffer')).Buffer.from('hi')",
        R"({"type":"Buffer","data":[104,105]})");
    returns("Uint8Array", "new Uint8Array([1, 2])", R"({"0":1,"1":2})");
    returns("toJSON", "{ toJSON() { return { z: 1 } } }", R"({"z":1})");
    returns("a string", "\"é \\\" \\u0000 \\n\"", "\"é \\\" \\u0000 \\n\"");
    returns("zero", "0", "0");
    returns("false", "false", "false");
    returns("an empty array", "[]", "[]");
    returns("key order", "{ z: 1, a: 2 }", R"({"z":1,"a":2})");
    returns("a thenable", "{ then(resolve) { resolve(5) } }", "5");
    const auto fails = [](const char *name, const QByteArray &expression, const QByteArray &json) {
        add(name, kAll,
            {.source = "export function main() { return " + expression + " }",
                .type = u"error"_s,
                .expected = json});
    };
    fails("a function", "() => 1", R"({"message":"Non serializable error: …"})");
    fails("a symbol", "Symbol('x')", R"({"message":"Non serializable error: …"})");
    fails("a circle", "(() => { const a = {}; a.a = a; return a })()", R"({"name":"TypeError"})");
    add("a large result", kAll,
        {.source = "export function main() { return 'é'.repeat(200000) }",
            .expected = '"' + QByteArray("é").repeated(200000) + '"'});
    add("an async generator is streamed", kAll,
        {.source = "export async function* main() { yield 'a\\n'; yield 'b' }",
            .expected = R"("a\nb")"});
    add("an async generator that returns an object", kAll,
        {.source = "export async function* main() { yield 'a'; return { x: 1 } }",
            .expected = R"({"x":1,"wm_stream":"a"})"});
}

void TestDriverJavascript::results()
{
    runCase();
}

void TestDriverJavascript::errors_data()
{
    addColumns();
    const auto throws = [](const char *name, const QStringList &runtimes, const QByteArray &body,
                            const QByteArray &json, const QByteArray &request = "{}") {
        add(name, runtimes,
            {.source = "export async function main() { " + body + " }",
                .request = request,
                .type = u"error"_s,
                .expected = json});
    };
    throws("an error", kAll, "throw new Error('boom')",
        R"({"message":"boom","name":"Error","stack":"Error: boom…"})");
    throws("own properties are extra", kBunAndNode,
        "throw Object.assign(new Error('b'), { code: 5 })",
        R"({"message":"b","extra":{"code":5}})");
    throws("a class of its own", kAll,
        "class Mine extends Error { constructor() { super('m'); this.name = 'Mine' } } throw "
        "new Mine()",
        R"({"message":"m","name":"Mine"})");
    throws("a string", kBunAndNode, "throw 'ab'", R"({"extra":{"0":"a","1":"b","length":2}})");
    throws("an object", kBunAndNode, "throw { foo: 1 }", R"({"extra":{"foo":1}})");
    throws("null is the outcome of an exit with 1", kAll, "throw null", R"({"exit_code":1})");
    throws("undefined likewise", kAll, "throw undefined", R"({"exit_code":1})");
    throws("the step of a flow", kAll, "throw new Error('s')", R"({"message":"s","step_id":"a"})",
        R"({"step_id":"a"})");
    throws("the step of a flow from the environment", kAll, "throw new Error('s')",
        R"({"message":"s","step_id":"b"})", R"({"env":{"WM_FLOW_STEP_ID":"b"}})");
    const auto fails = [](const char *name, const QByteArray &source, const QByteArray &json) {
        add(name, kAll, {.source = source, .type = u"error"_s, .expected = json});
    };
    fails("no main", "export const other = 1", R"({"message":"main function is missing"})");
    fails("a default export is no main", "export default function main(msg) {}",
        R"({"message":"main function is missing"})");
    fails("main that is not exported", "function main(msg) {}",
        R"({"message":"main function is missing"})");
    fails("a rest parameter", "export function main(...rest) {}",
        R"({"message":"the parameters of main cannot be matched by name: …"})");
    fails("thrown while loading", "throw new Error('early')", R"({"message":"early"})");
    add("a package that is not there", kBunAndNode,
        {.source
            = "import x from 'no-such-package-of-ours/sub';\nexport function main() { return x }",
            .type = u"error"_s,
            .expected = R"({"message":"Cannot find …"})"});
}

void TestDriverJavascript::errors()
{
    runCase();
}

void TestDriverJavascript::thrownStringInDenoHasNoExtra()
{
    DriverProcess driver(u"deno"_s, script("export function main() { throw 'ab' }"));
    driver.sendRun(1, "x");
    QCOMPARE(driver.nextOutcome().body, QByteArray("{}"));
}

void TestDriverJavascript::missingPackageNamesTheCommand_data()
{
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QString>("command");
    QTest::newRow("bun") << u"bun"_s << u"bun add @no-such/package-of-ours"_s;
    QTest::newRow("deno") << u"deno"_s << u"deno add npm:@no-such/package-of-ours"_s;
    QTest::newRow("node") << u"node"_s << u"npm install @no-such/package-of-ours"_s;
}

void TestDriverJavascript::missingPackageNamesTheCommand()
{
    QFETCH(QString, runtime);
    QFETCH(QString, command);
    DriverProcess driver(runtime,
        script(
            "import x from '@no-such/package-of-ours/sub';\nexport function main() { return x }"));
    driver.send("{\"type\":\"load\"}\n");
    const Response response = driver.next();
    QCOMPARE(response.type(), u"load_error"_s);
    const QString message
        = response.head.value("error"_L1).toObject().value("message"_L1).toString();
    QVERIFY2(message.endsWith(command), qPrintable(message));
    QVERIFY2(message.contains(driver.folder()), qPrintable(message));
    driver.sendRun(1, "x");
    QCOMPARE(driver.nextOutcome().bodyJson().toObject().value("message"_L1).toString(), message);
}

void TestDriverJavascript::preprocessors_data()
{
    addColumns();
    const QByteArray event
        = R"({"event":{"kind":"websocket","url":"ws://h/","trigger_path":"f/a/t"}})";
    const auto run = [&event](const char *name, const QByteArray &source, const QString &type,
                         const QByteArray &json) {
        add(name, kAll, {.source = source, .request = event, .type = type, .expected = json});
    };
    run("V2 gets the event",
        "export function preprocessor(event: any) { return { e: event } }\n"
        "export function main(e) { return e }",
        u"result"_s,
        R"({"kind":"websocket","msg":"hello","trigger_path":"f/a/t","url":"ws://h/"})");
    run("V1 gets msg and wm_trigger",
        "export async function preprocessor(wm_trigger, msg) { return { e: [msg, wm_trigger] } "
        "}\n"
        "export function main(e) { return e }",
        u"result"_s,
        R"(["hello",{"kind":"websocket","websocket":{"trigger_path":"f/a/t","url":"ws://h/"}}])");
    run("V1 when no parameter is called event",
        "export function preprocessor(x, msg) { return { e: [x === undefined, msg] } }\n"
        "export function main(e) { return e }",
        u"result"_s, R"([true,"hello"])");
    run("its object is recorded",
        "export function preprocessor(event) { return { a: 1, u: undefined } }\n"
        "export function main(a) { return a }",
        u"preprocessed"_s, R"({"a":1,"u":null})");
    run("its keys are main's arguments, missing is undefined",
        "export function preprocessor(event) { return { a: 1 } }\n"
        "export function main(b = 2, a) { return [a, b] }",
        u"result"_s, "[1,2]");
    run("undefined", "export function preprocessor(event) {}\nexport function main(a) { return 1 }",
        u"error"_s, R"({"name":"TypeError"})");
    run("null",
        "export function preprocessor(event) { return null }\nexport function main(a) { return "
        "1 }",
        u"error"_s, R"({"name":"TypeError"})");
    for (const char *value : {"5", "'x'", "true", "[1]"}) {
        const QByteArray name = QByteArray("runs main, then fails: ") + value;
        run(name.constData(),
            QByteArray("export function preprocessor(event) { return ") + value
                + " }\nexport function main(a) { console.log('ran', a === undefined) }",
            u"error"_s,
            R"({"message":"execution error:\nerror while deserializing args from preprocessing: …"})");
    }
    run("throws",
        "export function preprocessor(event) { throw new Error('pre') }\n"
        "export function main() { console.log('ran') }",
        u"error"_s, R"({"message":"pre"})");
    run("not exported", "function preprocessor(event) {}\nexport function main() {}", u"error"_s,
        R"({"message":"preprocessor function is missing"})");
    run("a constant is none",
        "export const preprocessor = () => ({ msg: 'no' })\n"
        "export function main(msg) { return msg }",
        u"result"_s, "\"hello\"");
    run("without one the event is ignored",
        "export function main(msg, event) { return [msg, event === undefined] }", u"result"_s,
        R"(["hello",true])");
}

void TestDriverJavascript::preprocessors()
{
    runCase();
}

void TestDriverJavascript::mainRunsAfterAPreprocessorThatReturnedNoObject_data()
{
    addRuntimes();
}

void TestDriverJavascript::mainRunsAfterAPreprocessorThatReturnedNoObject()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime,
        script("export function preprocessor(event) { return 5 }\n"
               "export function main(a) { console.log('main ran', a === undefined) }"));
    driver.sendRun(1, "x", jsonOf(R"({"event":{"kind":"websocket"},"last":true})").toObject());
    QCOMPARE(driver.waitForExit(), 0);
    QCOMPARE(driver.output(), QByteArray("main ran true\n"));
}

void TestDriverJavascript::importsResolveFromTheScriptsFolder_data()
{
    addRuntimes();
}

void TestDriverJavascript::importsResolveFromTheScriptsFolder()
{
    QFETCH(QString, runtime);
    const QString path
        = script("import { helper } from './helper.ts';\nimport { word } from 'local-package';\n"
                 "export async function main() { return [helper(), word, (await "
                 "import('./late.ts')).late] }",
            u"sub/script.ts"_s);
    const QString folder = QFileInfo(path).absolutePath();
    writeScript(folder, u"helper.ts"_s, "export const helper = (): string => 'helped';");
    writeScript(folder, u"late.ts"_s, "export const late: string = 'late';");
    writeScript(folder, u"../package.json"_s, R"({"dependencies":{"local-package":"1.0.0"}})");
    writeScript(folder, u"../node_modules/local-package/package.json"_s,
        R"({"name":"local-package","version":"1.0.0","type":"module","main":"index.js"})");
    writeScript(
        folder, u"../node_modules/local-package/index.js"_s, "export const word = 'packaged';");
    DriverProcess driver(runtime, path);
    driver.sendRun(1, "x");
    QCOMPARE(driver.nextOutcome().body, QByteArray(R"(["helped","packaged","late"])"));
}

void TestDriverJavascript::importMapOfDenoJson()
{
    const QString path
        = script("import { word } from 'mapped';\nexport function main() { return word }");
    const QString folder = QFileInfo(path).absolutePath();
    writeScript(folder, u"word.ts"_s, "export const word: string = 'mapped';");
    writeScript(folder, u"deno.json"_s, R"({"imports":{"mapped":"./word.ts"}})");
    DriverProcess driver(u"deno"_s, path);
    driver.sendRun(1, "x");
    QCOMPARE(driver.nextOutcome().body, QByteArray("\"mapped\""));
}

void TestDriverJavascript::pendingTimersDoNotHoldTheRun_data()
{
    addRuntimes();
}

void TestDriverJavascript::pendingTimersDoNotHoldTheRun()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime,
        script("export function main() { setInterval(() => {}, 1e6); setTimeout(() => {}, "
               "1e6); return 1 }"));
    driver.sendRun(1, "x", jsonOf(R"({"last":true})").toObject());
    QCOMPARE(driver.nextOutcome().body, QByteArray("1"));
    QCOMPARE(driver.waitForExit(), 0);
}

void TestDriverJavascript::timersGoOnBetweenTheRunsOfAWorker_data()
{
    addRuntimes();
}

void TestDriverJavascript::timersGoOnBetweenTheRunsOfAWorker()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime,
        script("let ticks = 0;\nexport function main() { setTimeout(() => console.log('tick', "
               "++ticks), 5) }"));
    driver.sendRun(1, "x");
    QCOMPARE(driver.nextOutcome().type(), u"result"_s);
    QVERIFY(driver.waitForOutput("tick 1"));
}

void TestDriverJavascript::moduleStateLastsInAWorker_data()
{
    addRuntimes();
}

void TestDriverJavascript::moduleStateLastsInAWorker()
{
    QFETCH(QString, runtime);
    DriverProcess driver(
        runtime, script("let n = 0;\nexport async function main() { return ++n }"));
    for (int i = 1; i <= 3; ++i) {
        driver.sendRun(i, "x");
        QCOMPARE(driver.nextOutcome().body, QByteArray::number(i));
    }
}

void TestDriverJavascript::streamIsPrinted_data()
{
    addRuntimes();
}

void TestDriverJavascript::streamIsPrinted()
{
    QFETCH(QString, runtime);
    DriverProcess driver(
        runtime, script("export async function* main() { yield 'a\\nb'; yield 'c' }"));
    driver.sendRun(1, "x", jsonOf(R"({"last":true})").toObject());
    QCOMPARE(driver.waitForExit(), 0);
    QCOMPARE(driver.output(), QByteArray("WM_STREAM: a\\nb\nWM_STREAM: c\n"));
}

void TestDriverJavascript::addRuntimes()
{
    QTest::addColumn<QString>("runtime");
    for (const QString &runtime : kAll)
        QTest::addRow("%s", qPrintable(runtime)) << runtime;
}

QTEST_GUILESS_MAIN(TestDriverJavascript)
#include "tst_driver_javascript.moc"
