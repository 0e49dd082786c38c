// SPDX-License-Identifier: GPL-3.0-or-later
#include "driverprocess.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot::tests;

/// What --signature finds. The expectations for TypeScript and Bash are what Windmill's own parsers
/// answer.
class TestDriverSignature final : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_scripts = 0;

private slots:
    void signature_data();
    void signature();
    void everyRuntimeParsesAlike_data();
    void everyRuntimeParsesAlike();
    void importsAreFollowed();
};

namespace {

void add(
    const char *name, const QString &runtime, const QByteArray &source, const QByteArray &expected)
{
    QTest::addRow("%s: %s", qPrintable(runtime), name) << runtime << source << expected;
}

QString fileName(const QString &runtime)
{
    if (runtime == "python"_L1)
        return u"script.py"_s;
    return runtime == "bash"_L1 ? u"script.sh"_s : u"script.ts"_s;
}

} // namespace

void TestDriverSignature::signature_data()
{
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("expected");

    const auto ts = [](const char *name, const QByteArray &source, const QByteArray &expected) {
        add(name, u"bun"_s, source, expected);
    };
    const QByteArray lib = R"({"params":[],"main":"lib","preprocessor":"none"})";
    const QByteArray a = R"({"params":[{"name":"a"}],"main":"function","preprocessor":"none"})";
    ts("exported", "export async function main(a: string) {}", a);
    ts("with default", "export function main(a = 3) {}",
        R"({"params":[{"name":"a","hasDefault":true}],"main":"function"})");
    ts("optional", "export function main(a?: string) {}",
        R"({"params":[{"name":"a","hasDefault":true}]})");
    ts("not exported", "function main(a) {}", a);
    ts("exported below", "function main(a) {}\nexport { main }", a);
    ts("another name exported as main", "function foo(a) {}\nexport { foo as main }", lib);
    ts("default export", "export default function main(a) {}", lib);
    ts("default export below", "function main(a) {}\nexport default main", a);
    ts("constant", "export const main = async (a) => 1", lib);
    ts("nothing", "", lib);
    ts("overloads",
        "export function main(x: string): void;\nexport function main(y: number): void;\n"
        "export function main(a: any) {}",
        a);
    ts("declared twice", "export function main(x) {}\nexport function main(a) {}", a);
    ts("inside a block", "{ function main(a) {} }", lib);
    ts("inside a namespace", "namespace N { export function main(a) {} }", lib);
    ts("generic", "export function main<T extends { x: number }>(a: Map<string, T[]>) {}", a);
    ts("async generator", "export async function* main(a) {}", a);
    ts("rest", "export function main(a, ...rest) {}", R"({"params":[],"main":"invalid"})");
    ts("array pattern", "export function main([a]) {}", R"({"main":"invalid"})");
    ts("syntax error", "export function main(a {}", R"({"main":"invalid","preprocessor":"none"})");
    ts("destructured", "export function main({ a }, { b } = {}, c) {}",
        R"({"params":[{"name":"anon1"},{"name":"anon2","hasDefault":true},{"name":"c"}]})");
    ts("Date",
        "type Stamp = Date;\nexport function main(a: Date, b?: Date | undefined, c: "
        "globalThis.Date, d: Stamp,"
        " e: Date[], f: Readonly<Date>, g: MyDate) {}",
        R"({"params":[{"name":"a","type":"date"},{"name":"b","type":"date","hasDefault":true},)"
        R"({"name":"c","type":"date"},{"name":"d","type":"date"},{"name":"e"},{"name":"f"},{"name":"g"}]})");
    ts("an alias of itself", "type T = T | null;\nexport function main(a: T) {}", a);
    ts("what surrounds it",
        "import x, { type Y } from 'y';\nimport fs = require('fs');\n@dec class A {"
        " constructor(private a: string) {} }\nenum E { A }\nconst f = <T,>(t: T) => t;\n"
        "const g = x satisfies Y as any;\nawait f(1);\nexport function main(a) {}",
        a);
    ts("V2", "export function preprocessor(event) {}\nexport function main(a) {}",
        R"({"params":[{"name":"a"}],"preprocessor":"v2","preprocessor_params":[{"name":"event"}]})");
    ts("V2 without parameters", "export function preprocessor() {}",
        R"({"main":"lib","preprocessor":"v2"})");
    ts("V1 by wm_trigger", "export async function preprocessor(event, wm_trigger) {}",
        R"({"preprocessor":"v1"})");
    ts("V1 by another name", "export async function preprocessor(x) {}",
        R"({"preprocessor":"v1"})");
    ts("V1 when destructured", "export function preprocessor({ event }) {}",
        R"({"preprocessor":"v1","preprocessor_params":[{"name":"anon1"}]})");
    ts("not exported preprocessor", "function preprocessor(event) {}", R"({"preprocessor":"v2"})");
    ts("constant preprocessor", "export const preprocessor = (event) => 1",
        R"({"preprocessor":"none"})");
    ts("default export as preprocessor", "export default function preprocessor(event) {}",
        R"({"preprocessor":"none"})");
    ts("other functions", "export function other(b: Date) {}",
        R"({"functions":{"other":[{"name":"b","type":"date"}]}})");

    const auto py = [](const char *name, const QByteArray &source, const QByteArray &expected) {
        add(name, u"python"_s, source, expected);
    };
    py("defaults and conversions",
        "import datetime as dt\nfrom typing import Optional\n"
        "async def main(a, b: bytes, c: dt.datetime = None, d: Optional[dt.date] = None, e: "
        "'bytes' = b'', *f, g=1, **h):\n"
        "    pass\n",
        R"({"params":[{"name":"a"},{"name":"b","type":"bytes"},{"name":"c","type":"datetime","hasDefault":true},)"
        R"({"name":"d","type":"date","hasDefault":true},{"name":"e","type":"bytes","hasDefault":true}],)"
        R"("kwargs":true,"main":"function","preprocessor":"none"})");
    py("no main", "main = lambda a: a\n", R"({"params":[],"main":"lib"})");
    py("syntax error", "def main(:\n", R"({"main":"invalid"})");
    py("main of a class", "class A:\n    def main(self, a): pass\n", R"({"main":"lib"})");
    py("preprocessor V1", "def preprocessor(wm_trigger, msg): pass\n", R"({"preprocessor":"v1"})");
    py("preprocessor V2", "def preprocessor(event): pass\n", R"({"preprocessor":"v2"})");
    py("the script is not run", "raise SystemExit(1)\ndef main(a): pass\n",
        R"({"params":[{"name":"a"}]})");

    const auto sh = [](const char *name, const QByteArray &source, const QByteArray &params) {
        add(name, u"bash"_s, source,
            R"({"main":"function","preprocessor":"none","params":)" + params + '}');
    };
    const QByteArray msg = R"([{"name":"msg"}])";
    sh("plain", "msg=\"$1\"", msg);
    sh("braces", "msg=\"${1}\"\n", msg);
    sh("default", "msg=\"${1:-x}\"\n", msg);
    sh("comment", "msg=\"$1\"  # c\n", msg);
    sh("carriage return", "msg=\"$1\"\r\n", msg);
    sh("single quotes", "msg='$1'\n", "[]");
    sh("no quotes", "msg=$1\n", "[]");
    sh("all", "msg=\"$@\"\n", "[]");
    sh("indented", " msg=\"$1\"\n", "[]");
    sh("local", "local msg=\"$1\"\n", "[]");
    sh("something behind", "msg=\"$1\"; x\n", "[]");
    sh("gap", "a=\"$1\"\nc=\"$3\"\n", R"([{"name":"a"}])");
    sh("the later name", "a=\"$1\"\nb=\"$1\"\n", R"([{"name":"b"}])");
    sh("any order", "b=\"$2\"\na=\"$1\"\n", R"([{"name":"a"},{"name":"b"}])");
    QByteArray many;
    QByteArray names;
    for (int i = 1; i <= 21; ++i) {
        const QByteArray number = QByteArray::number(i);
        many += "p" + number + "=\"${" + number + "}\"\n";
        if (i <= 19)
            names += (i > 1 ? ",{\"name\":\"p" : "{\"name\":\"p") + number + "\"}";
    }
    sh("more than 19", many, '[' + names + ']');
}

void TestDriverSignature::signature()
{
    QFETCH(QString, runtime);
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, expected);
    const QString path = writeScript(
        m_folder.path() + u'/' + QString::number(++m_scripts), fileName(runtime), source);
    const QJsonObject actual = signatureOf(runtime, path);
    QVERIFY2(includesJson(actual, jsonOf(expected)), textOf(actual).constData());
}

void TestDriverSignature::everyRuntimeParsesAlike_data()
{
    QTest::addColumn<QString>("runtime");
    for (const QString &runtime : {u"bun"_s, u"deno"_s, u"node"_s})
        QTest::addRow("%s", qPrintable(runtime)) << runtime;
}

void TestDriverSignature::everyRuntimeParsesAlike()
{
    QFETCH(QString, runtime);
    const QString path = writeScript(m_folder.path() + u"/alike"_s, u"script.ts"_s,
        "export function preprocessor(event) {}\nexport function main(a: Date, { b }, c = 1) {}\n");
    const QJsonObject expected = jsonOf(
        R"({"main":"function","params":[{"name":"a","type":"date"},{"name":"anon1"},{"hasDefault":true,"name":"c"}],)"
        R"("preprocessor":"v2","preprocessor_params":[{"name":"event"}]})")
                                     .toObject();
    QCOMPARE(textOf(signatureOf(runtime, path)), textOf(expected));
}

void TestDriverSignature::importsAreFollowed()
{
    const QString folder = m_folder.path() + u"/imports"_s;
    const QString path = writeScript(folder, u"script.ts"_s,
        "import { a } from './a.ts';\nimport x from 'package';\nimport type { T } from "
        "'./missing.ts';\n"
        "export * from '../shared';\nexport async function main() { await import('./late.js') }\n");
    const QByteArrayList expected{
        writeScript(folder, u"a.ts"_s, "import './script.ts';\nimport './a.ts'").toUtf8(),
        writeScript(folder, u"late.js"_s, "").toUtf8(),
        writeScript(m_folder.path(), u"shared.ts"_s, "export { a } from './imports/a'").toUtf8(),
    };
    const QJsonArray imports = signatureOf(u"bun"_s, path).value("imports"_L1).toArray();
    for (const QByteArray &file : expected)
        QVERIFY2(imports.contains(QString::fromUtf8(file)), textOf(imports).constData());
    // The script itself may be among them where files import each other; nothing else is.
    QVERIFY2(imports.size() <= expected.size() + 1, textOf(imports).constData());
}

QTEST_GUILESS_MAIN(TestDriverSignature)
#include "tst_driver_signature.moc"
