// SPDX-License-Identifier: GPL-3.0-or-later
#include "driverprocess.h"

#include <QFile>
#include <QHash>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

#include <sys/stat.h>
#include <sys/wait.h>

using namespace Qt::StringLiterals;
using namespace earshot::tests;

/// What docs/driver-protocol.md promises of every driver, in every language.
class TestDriverProtocol final : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_scripts = 0;

    static void addRuntimes();
    QString script(const QString &kind);
    /// A named pipe beside the script: a run that reads it goes on until the test writes.
    static bool makeGate(const QString &script);
    static bool openGate(const QString &script);

private slots:
    void readyThenRun_data();
    void readyThenRun();
    void requestsByteByByte_data();
    void requestsByteByByte();
    void manyRequestsInOneWrite_data();
    void manyRequestsInOneWrite();
    void messageOfFourMebibytes_data();
    void messageOfFourMebibytes();
    void cancelledBeforeItStartedIsDropped_data();
    void cancelledBeforeItStartedIsDropped();
    void startedIsKnownWhileTheRunGoesOn_data();
    void startedIsKnownWhileTheRunGoesOn();
    void childrenDoNotInheritThePipes_data();
    void childrenDoNotInheritThePipes();
    void endOfInputFinishesTheRunInProgress_data();
    void endOfInputFinishesTheRunInProgress();
    void lastRunEndsTheProcess_data();
    void lastRunEndsTheProcess();
    void outputIsCompleteAtTheEnd_data();
    void outputIsCompleteAtTheEnd();
    void markersSplitTheLog_data();
    void markersSplitTheLog();
    void runThatPrintsNothingHasNoMarkers_data();
    void runThatPrintsNothingHasNoMarkers();
    void sendsDuringTheRun_data();
    void sendsDuringTheRun();
    void sendsBytes_data();
    void sendsBytes();
    void unreadableScriptFailsEachRun_data();
    void unreadableScriptFailsEachRun();
    void lineOverOneMebibyteEndsTheDriver_data();
    void lineOverOneMebibyteEndsTheDriver();
};

namespace {

const QStringList kRuntimes{u"bun"_s, u"deno"_s, u"node"_s, u"python"_s, u"bash"_s};

/// The same scripts in each language; the message decides where it says so.
const QHash<QString, QByteArray> kJavascript{
    {u"echo"_s, "export function main(msg) { return msg }"},
    {u"print"_s,
        "export function main(msg) { if (msg) { console.log('out ' + msg); console.error('err ' + "
        "msg) } }"},
    {u"gate"_s,
        "import fs from 'node:fs';\n"
        "export function main(msg) { if (msg === 'wait') fs.readFileSync('gate'); return msg }"},
    {u"children"_s,
        "import { execFileSync, spawnSync } from 'node:child_process';\n"
        "export function main() { return execFileSync('ls', ['-l', '/proc/self/fd']).toString()"
        " + spawnSync('sh', ['-c', 'ls -l /proc/self/fd']).stdout }"},
    {u"flood"_s,
        "export function main() { for (let i = 0; i < 20000; ++i) console.log('line ' + i) }"},
    {u"send"_s,
        "import fs from 'node:fs';\n"
        "export async function main(msg) { earshot.send('hé ' + msg); earshot.send({ a: [1] });"
        " fs.readFileSync('gate'); return 1 }"},
    {u"bytes"_s, "export function main() { earshot.send(new Uint8Array([0, 255, 10])) }"},
};

const QHash<QString, QByteArray> kPython{
    {u"echo"_s, "def main(msg):\n    return msg\n"},
    {u"print"_s,
        "import sys\ndef main(msg):\n    if msg:\n        print('out ' + msg)\n"
        "        print('err ' + msg, file=sys.stderr)\n"},
    {u"gate"_s,
        "def main(msg):\n    if msg == 'wait':\n        open('gate').read()\n    return msg\n"},
    {u"children"_s,
        "import subprocess\ndef main():\n"
        "    return subprocess.run('ls -l /proc/self/fd', shell=True, close_fds=False,"
        " capture_output=True, text=True).stdout\n"},
    {u"flood"_s, "def main():\n    for i in range(20000):\n        print('line', i)\n"},
    {u"send"_s,
        "import earshot\ndef main(msg):\n    earshot.send('hé ' + msg)\n    earshot.send({'a': "
        "[1]})\n"
        "    open('gate').read()\n    return 1\n"},
    {u"bytes"_s, "import earshot\ndef main():\n    earshot.send(b'\\x00\\xff\\n')\n"},
};

const QHash<QString, QByteArray> kBash{
    {u"echo"_s, "msg=\"$1\"\nprintf %s \"$msg\" >result.out\n"},
    {u"print"_s, "msg=\"$1\"\nif [ -n \"$msg\" ]; then echo \"out $msg\"; fi\n"},
    {u"gate"_s,
        "msg=\"$1\"\nif [ \"$msg\" = wait ]; then cat gate; fi\nprintf %s \"$msg\" >result.out\n"},
    {u"children"_s, "ls -l /proc/self/fd >result.out\n"},
    {u"flood"_s, "for ((i = 0; i < 20000; ++i)); do echo \"line $i\"; done\n"},
    {u"send"_s,
        "msg=\"$1\"\nearshot_send \"hé $msg\"\necho -n '{\"a\":[1]}' | earshot_send\ncat gate\n"
        "echo 1 >result.json\n"},
};

} // namespace

void TestDriverProtocol::addRuntimes()
{
    QTest::addColumn<QString>("runtime");
    for (const QString &runtime : kRuntimes)
        QTest::addRow("%s", qPrintable(runtime)) << runtime;
}

QString TestDriverProtocol::script(const QString &kind)
{
    const QString runtime
        = *static_cast<QString *>(QTest::qData("runtime", qMetaTypeId<QString>()));
    const QString folder = m_folder.path() + u'/' + QString::number(++m_scripts);
    if (runtime == "python"_L1)
        return writeScript(folder, u"script.py"_s, kPython.value(kind));
    if (runtime == "bash"_L1)
        return writeScript(folder, u"script.sh"_s, kBash.value(kind));
    return writeScript(folder, u"script.mjs"_s, kJavascript.value(kind));
}

bool TestDriverProtocol::makeGate(const QString &script)
{
    const QString gate = QFileInfo(script).absolutePath() + u"/gate"_s;
    return ::mkfifo(gate.toLocal8Bit().constData(), 0600) == 0;
}

bool TestDriverProtocol::openGate(const QString &script)
{
    QFile gate(QFileInfo(script).absolutePath() + u"/gate"_s);
    return gate.open(QIODevice::WriteOnly | QIODevice::Unbuffered);
}

void TestDriverProtocol::readyThenRun_data()
{
    addRuntimes();
}

void TestDriverProtocol::readyThenRun()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"echo"_s));
    driver.send("{\"type\":\"load\"}\n");
    const Response ready = driver.next();
    QCOMPARE(ready.type(), u"ready"_s);
    QCOMPARE(ready.head.value("protocol"_L1).toInt(), 1);
    QCOMPARE(ready.head.value("preprocessor"_L1).toString(), u"none"_s);
    QCOMPARE(ready.head.value("params"_L1).toArray(), QJsonArray{u"msg"_s});
    driver.sendRun(7, "a\nb");
    QCOMPARE(driver.next().type(), u"started"_s);
    const Response result = driver.next();
    QCOMPARE(result.type(), u"result"_s);
    QCOMPARE(result.head.value("id"_L1).toInt(), 7);
    QCOMPARE(result.body, QByteArray("\"a\\nb\""));
}

void TestDriverProtocol::requestsByteByByte_data()
{
    addRuntimes();
}

void TestDriverProtocol::requestsByteByByte()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"echo"_s));
    const QByteArray requests = "{\"type\":\"run\",\"id\":1,\"msg_bytes\":7}\né\n\xf0\x9f\x98\x80"
                                "{\"type\":\"run\",\"id\":2,\"msg_bytes\":0}\n"
                                "{\"type\":\"run\",\"id\":3,\"msg_bytes\":1}\nx";
    for (const char byte : requests)
        driver.send(QByteArray(1, byte));
    QCOMPARE(driver.nextOutcome().bodyJson().toString(), u"é\n😀"_s);
    QCOMPARE(driver.nextOutcome().bodyJson().toString(), u""_s);
    QCOMPARE(driver.nextOutcome().bodyJson().toString(), u"x"_s);
}

void TestDriverProtocol::manyRequestsInOneWrite_data()
{
    addRuntimes();
}

void TestDriverProtocol::manyRequestsInOneWrite()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"echo"_s));
    constexpr int kRuns = 100;
    QByteArray requests;
    for (int i = 0; i < kRuns; ++i)
        requests += "{\"type\":\"run\",\"id\":" + QByteArray::number(i) + ",\"msg_bytes\":3}\nabc";
    driver.send(requests);
    for (int i = 0; i < kRuns; ++i) {
        const Response started = driver.next();
        QCOMPARE(started.type(), u"started"_s);
        QCOMPARE(started.head.value("id"_L1).toInt(), i);
        const Response result = driver.next();
        QCOMPARE(result.head.value("id"_L1).toInt(), i);
        QCOMPARE(result.body, QByteArray("\"abc\""));
    }
}

void TestDriverProtocol::messageOfFourMebibytes_data()
{
    addRuntimes();
}

void TestDriverProtocol::messageOfFourMebibytes()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"echo"_s));
    // 3-byte characters, so that chunks end inside of some.
    const QByteArray message = QByteArray("€").repeated((4 << 20) / 3);
    driver.sendRun(1, message);
    const Response result = driver.nextOutcome();
    QCOMPARE(result.type(), u"result"_s);
    QVERIFY(result.bodyJson().toString().toUtf8() == message);
}

void TestDriverProtocol::cancelledBeforeItStartedIsDropped_data()
{
    addRuntimes();
}

void TestDriverProtocol::cancelledBeforeItStartedIsDropped()
{
    QFETCH(QString, runtime);
    const QString path = script(u"gate"_s);
    QVERIFY(makeGate(path));
    DriverProcess driver(runtime, path);
    driver.sendRun(1, "wait");
    QCOMPARE(driver.next().type(), u"started"_s);
    driver.sendRun(2, "two");
    driver.sendRun(3, "three");
    driver.send("{\"type\":\"cancel\",\"id\":2}\n{\"type\":\"cancel\",\"id\":1}\n{\"type\":"
                "\"cancel\",\"id\":9}\n");
    QVERIFY(openGate(path));
    QByteArrayList seen;
    while (seen.isEmpty() || !seen.constLast().endsWith(" 3")
        || seen.constLast().startsWith("started")) {
        const Response response = driver.next();
        QVERIFY(!response.type().isEmpty());
        seen += response.type().toUtf8() + ' '
            + QByteArray::number(response.head.value("id"_L1).toInt());
    }
    std::sort(seen.begin(), seen.end());
    QCOMPARE(seen, (QByteArrayList{"dropped 2", "result 1", "result 3", "started 3"}));
}

void TestDriverProtocol::startedIsKnownWhileTheRunGoesOn_data()
{
    addRuntimes();
}

void TestDriverProtocol::startedIsKnownWhileTheRunGoesOn()
{
    QFETCH(QString, runtime);
    const QString path = script(u"gate"_s);
    QVERIFY(makeGate(path));
    DriverProcess driver(runtime, path);
    driver.send("{\"type\":\"run\",\"id\":1,\"msg_bytes\":1}\na{\"type\":\"run\",\"id\":2,\"msg_"
                "bytes\":4}\nwait");
    // The result of the run before must not wait either.
    QCOMPARE(driver.next().type(), u"started"_s);
    QCOMPARE(driver.next().type(), u"result"_s);
    const Response started = driver.next();
    QCOMPARE(started.type(), u"started"_s);
    QCOMPARE(started.head.value("id"_L1).toInt(), 2);
    QVERIFY(openGate(path));
    QCOMPARE(driver.next().type(), u"result"_s);
}

void TestDriverProtocol::childrenDoNotInheritThePipes_data()
{
    addRuntimes();
}

void TestDriverProtocol::childrenDoNotInheritThePipes()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"children"_s));
    const QByteArrayList names = driver.pipeNames();
    QCOMPARE(names.size(), 2);
    driver.sendRun(1, "x");
    const QByteArray listing = driver.nextOutcome().body;
    QVERIFY2(listing.contains("/proc/"), listing.constData());
    for (const QByteArray &name : names)
        QVERIFY2(!listing.contains(name), listing.constData());
}

void TestDriverProtocol::endOfInputFinishesTheRunInProgress_data()
{
    addRuntimes();
}

void TestDriverProtocol::endOfInputFinishesTheRunInProgress()
{
    QFETCH(QString, runtime);
    const QString path = script(u"gate"_s);
    QVERIFY(makeGate(path));
    DriverProcess driver(runtime, path);
    driver.sendRun(1, "wait");
    driver.sendRun(2, "next");
    QCOMPARE(driver.next().type(), u"started"_s);
    driver.closeInput();
    QVERIFY(openGate(path));
    QCOMPARE(driver.next().type(), u"result"_s);
    QCOMPARE(driver.nextOutcome().body, QByteArray("\"next\""));
    QCOMPARE(driver.waitForExit(), 0);
}

void TestDriverProtocol::lastRunEndsTheProcess_data()
{
    addRuntimes();
}

void TestDriverProtocol::lastRunEndsTheProcess()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"echo"_s));
    driver.sendRun(1, "x", jsonOf(R"({"last":true})").toObject());
    QCOMPARE(driver.nextOutcome().body, QByteArray("\"x\""));
    QCOMPARE(driver.waitForExit(), 0);
}

void TestDriverProtocol::outputIsCompleteAtTheEnd_data()
{
    addRuntimes();
}

void TestDriverProtocol::outputIsCompleteAtTheEnd()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"flood"_s));
    driver.sendRun(1, "x", jsonOf(R"({"last":true})").toObject());
    QCOMPARE(driver.nextOutcome().type(), u"result"_s);
    QCOMPARE(driver.waitForExit(), 0);
    QCOMPARE(driver.output().count('\n'), 20000);
    QVERIFY(driver.output().endsWith("line 19999\n"));
}

void TestDriverProtocol::markersSplitTheLog_data()
{
    addRuntimes();
}

void TestDriverProtocol::markersSplitTheLog()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"print"_s), {u"EARSHOT_LOG_MARKERS=1"_s});
    driver.sendRun(1, "a");
    QVERIFY(driver.nextOutcome().head.value("logged"_L1).toBool());
    driver.sendRun(2, "b");
    QVERIFY(driver.nextOutcome().head.value("logged"_L1).toBool());
    driver.closeInput();
    QCOMPARE(driver.waitForExit(), 0);
    QCOMPARE(driver.output(),
        QByteArray("\x1e earshot-run 1 begin \x1e\nout a\n\x1e earshot-run 1 end \x1e\n"
                   "\x1e earshot-run 2 begin \x1e\nout b\n\x1e earshot-run 2 end \x1e\n"));
    // Bash runs write both streams to stdout, so that the last line is the result wherever it was
    // printed.
    const QByteArray line = runtime == "bash"_L1 ? "" : "err a\n";
    const QByteArray first
        = "\x1e earshot-run 1 begin \x1e\n" + line + "\x1e earshot-run 1 end \x1e\n";
    QVERIFY2(driver.errorOutput().startsWith(first), driver.errorOutput().constData());
}

void TestDriverProtocol::runThatPrintsNothingHasNoMarkers_data()
{
    QTest::addColumn<QString>("runtime");
    // Bash cannot tell whether a program it starts prints.
    for (const QString &runtime : kRuntimes.mid(0, 4))
        QTest::addRow("%s", qPrintable(runtime)) << runtime;
}

void TestDriverProtocol::runThatPrintsNothingHasNoMarkers()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"print"_s), {u"EARSHOT_LOG_MARKERS=1"_s});
    driver.sendRun(1, "a");
    QVERIFY(driver.nextOutcome().head.contains("logged"_L1));
    driver.sendRun(2, "");
    QVERIFY(!driver.nextOutcome().head.contains("logged"_L1));
    driver.closeInput();
    QCOMPARE(driver.waitForExit(), 0);
    QVERIFY(!driver.output().contains("earshot-run 2"));
}

void TestDriverProtocol::sendsDuringTheRun_data()
{
    addRuntimes();
}

void TestDriverProtocol::sendsDuringTheRun()
{
    QFETCH(QString, runtime);
    const QString path = script(u"send"_s);
    QVERIFY(makeGate(path));
    DriverProcess driver(runtime, path);
    driver.sendRun(5, "x");
    const Response text = driver.nextOutcome();
    QCOMPARE(text.type(), u"send"_s);
    QCOMPARE(text.head.value("id"_L1).toInt(), 5);
    QVERIFY(!text.head.value("binary"_L1).toBool());
    QCOMPARE(text.body, QByteArray("hé x"));
    const Response json = driver.nextOutcome();
    QCOMPARE(json.type(), u"send"_s);
    QCOMPARE(json.body, QByteArray("{\"a\":[1]}"));
    QVERIFY(openGate(path));
    QCOMPARE(driver.next().type(), u"result"_s);
}

void TestDriverProtocol::sendsBytes_data()
{
    QTest::addColumn<QString>("runtime");
    // Bash text cannot hold a zero byte.
    for (const QString &runtime : kRuntimes.mid(0, 4))
        QTest::addRow("%s", qPrintable(runtime)) << runtime;
}

void TestDriverProtocol::sendsBytes()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"bytes"_s));
    driver.sendRun(1, "x");
    const Response bytes = driver.nextOutcome();
    QCOMPARE(bytes.type(), u"send"_s);
    QVERIFY(bytes.head.value("binary"_L1).toBool());
    QCOMPARE(bytes.body, QByteArray("\0\xff\n", 3));
    QCOMPARE(driver.next().type(), u"result"_s);
}

void TestDriverProtocol::unreadableScriptFailsEachRun_data()
{
    addRuntimes();
}

void TestDriverProtocol::unreadableScriptFailsEachRun()
{
    QFETCH(QString, runtime);
    const QString path = script(u"echo"_s);
    QVERIFY(QFile::remove(path));
    DriverProcess driver(runtime, path);
    driver.send("{\"type\":\"load\"}\n");
    QCOMPARE(driver.next().type(), u"load_error"_s);
    for (int i = 1; i <= 2; ++i) {
        driver.sendRun(i, "x");
        QCOMPARE(driver.nextOutcome().type(), u"error"_s);
    }
}

void TestDriverProtocol::lineOverOneMebibyteEndsTheDriver_data()
{
    addRuntimes();
}

void TestDriverProtocol::lineOverOneMebibyteEndsTheDriver()
{
    QFETCH(QString, runtime);
    DriverProcess driver(runtime, script(u"echo"_s));
    driver.send("{\"type\":\"load\"}\n");
    QCOMPARE(driver.next().type(), u"ready"_s);
    driver.send("{\"type\":\"" + QByteArray(1 << 20, 'x') + "\"}\n");
    const int status = driver.waitForExit();
    QVERIFY(WIFEXITED(status));
    QVERIFY(WEXITSTATUS(status) != 0);
}

QTEST_GUILESS_MAIN(TestDriverProtocol)
#include "tst_driver_protocol.moc"
