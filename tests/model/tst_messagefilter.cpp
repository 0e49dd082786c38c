// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/messagefilter.h"

#include <QElapsedTimer>
#include <QTest>

using namespace earshot;
using namespace Qt::StringLiterals;

class TestMessageFilter final : public QObject
{
    Q_OBJECT
private slots:
    void matches_data();
    void matches();
    void looksAtMoreThanTheBody();
    void looksAtRuns();
    void refuses_data();
    void refuses();
    void completes();
    void makesTerms();
    void endsOnHostileExpressions();
    void tellsTypes();
};

void TestMessageFilter::matches_data()
{
    QTest::addColumn<QString>("filter");
    QTest::addColumn<bool>("expected");
    // the body is that of matches()
    const auto row = [](const char *filter, bool expected) {
        QTest::newRow(filter) << QString::fromUtf8(filter) << expected;
    };
    row("", true);
    row("   ", true);
    row("hello", true);
    row("HELLO", true);
    row("hello nothere", false);
    row("-nothere", true);
    row("!hello", false);
    row("\"hello you\"", true);
    row("\"hello  you\"", false);
    row("-\"hello you\"", false);
    row("/Hel+o/", true);
    row("/HEL+O/", false);
    row("/HEL+O/i", true);
    row("-/Hel+o/", false);
    row("/a b/", false);
    row("dir:in", true);
    row("dir:out", false);
    row("dir:in|out", true);
    row("-dir:out", true);
    row("type:text", true);
    row("type:binary", false);
    row("size>1k", true);
    row("size>1.5k", false);
    row("size<=1200", true);
    row("size==1200", true);
    row("op:MESSAGE", true);
    row("op:0", true);
    row("op:1", false);
    row("op:1|0", true);
    row("trigger:orders", true);
    row("trigger:other", false);
    row("verdict:filtered", true);
    row("what:heartbeat|message", true);
    row("$.d.author.id==\"42\"", true);
    row("$.d.author.id==42", false);
    row("$.d.author.id=\"42\"", true);
    row("$.d.author.id!=\"43\"", true);
    row("$.d.big==9007199254740993", true);
    row("$.d.big==9007199254740992", false);
    row("$.d.big>9007199254740992", true);
    row("$.d.price>=10", true);
    row("$.d.price>=10.5", true);
    row("$.d.price<10", false);
    row("$.d.textprice>9", true);
    row("$.d.name==ann", true);
    row("$.d.name==\"ann\"", true);
    row("$.d.name~NN", true);
    row("$.d.name~x", false);
    row("$.d.name", true);
    row("$.d.nothing", false);
    row("-$.d.nothing", true);
    row("$.d.nothing!=1", true);
    row("$.d.ok==true", true);
    row("ws://host", false); // no key of ours: plain text
    row("ünï", true);
}

void TestMessageFilter::matches()
{
    QFETCH(QString, filter);
    QFETCH(bool, expected);
    const QByteArray body
        = R"({"t":"MESSAGE","op":0,"d":{"author":{"id":"42"},"big":9007199254740993,"price":10.50,"textprice":"10.5","name":"ann","ok":true,"say":"Hello you ünï"}})";
    const auto parsed = MessageFilter::parse(filter);
    QVERIFY2(parsed, qPrintable(parsed ? QString() : parsed.error().message));
    QCOMPARE(parsed->matches({.body = body,
                 .trigger = u"f/bots/orders",
                 .direction = u"in",
                 .kind = u"text",
                 .what = u"message",
                 .verdict = u"filtered",
                 .size = 1200}),
        expected);
}

void TestMessageFilter::looksAtMoreThanTheBody()
{
    const auto filter = MessageFilter::parse(u"type:binary");
    QVERIFY(filter->matches({.body = "\x00\xff", .kind = u"binary"}));
    QVERIFY(!filter->isEmpty());
    QVERIFY(MessageFilter().isEmpty());
    QVERIFY(MessageFilter().matches({}));
    // a needle longer than the table's shifts can say
    const QByteArray needle(700, 'x');
    const auto longer = MessageFilter::parse(QString::fromLatin1(needle));
    QVERIFY(longer->matches({.body = QByteArray("ab" + needle)}));
    QVERIFY(!longer->matches({.body = needle.first(699)}));
}

void TestMessageFilter::looksAtRuns()
{
    const auto failed = MessageFilter::parse(u"hello run:failed");
    QVERIFY(failed->dependsOnRun());
    QVERIFY(failed->matches({.body = "hello"})); // the run is asked about separately
    QVERIFY(failed->matchesRun(RunStatus::Failure, 0));
    QVERIFY(failed->matchesRun(RunStatus::Timeout, 0));
    QVERIFY(!failed->matchesRun(RunStatus::Success, 0));
    QVERIFY(!failed->matchesRun(std::nullopt, 0));
    QVERIFY(MessageFilter::parse(u"-run:failed")->matchesRun(std::nullopt, 0));
    QVERIFY(MessageFilter::parse(u"run:none")->matchesRun(std::nullopt, 0));
    QVERIFY(MessageFilter::parse(u"run:any")->matchesRun(RunStatus::Running, 0));
    QVERIFY(!MessageFilter::parse(u"run:any")->matchesRun(std::nullopt, 0));
    const auto slow = MessageFilter::parse(u"latency>200ms");
    QVERIFY(slow->matchesRun(RunStatus::Success, 250'000));
    QVERIFY(!slow->matchesRun(RunStatus::Success, 150'000));
    QVERIFY(!slow->matchesRun(RunStatus::Running, 0));
    QVERIFY(!MessageFilter::parse(u"hello")->dependsOnRun());
}

void TestMessageFilter::refuses_data()
{
    QTest::addColumn<QString>("filter");
    for (const char *text : {"/open", "/[/", "/a/x", "\"open", "dir:sideways", "dir:", "size>big",
             "latency>", "$.a==", "$.a[", "run:perhaps", "op:"}) {
        QTest::newRow(text) << QString::fromUtf8(text);
    }
    QTest::newRow("too long") << QString(5'000, u'x');
}

void TestMessageFilter::refuses()
{
    QFETCH(QString, filter);
    const auto parsed = MessageFilter::parse(filter);
    QVERIFY(!parsed);
    QVERIFY(!parsed.error().message.isEmpty());
}

void TestMessageFilter::completes()
{
    QCOMPARE(MessageFilter::completions(u"hello dir:", {}),
        QStringList({u"dir:in"_s, u"dir:out"_s, u"dir:event"_s}));
    QCOMPARE(MessageFilter::completions(u"-dir:i", {}), QStringList{u"-dir:in"_s});
    QVERIFY(MessageFilter::completions(u"trig", {u"f/a/b"_s}).contains(u"trigger:f/a/b"_s));
    QVERIFY(MessageFilter::completions(u"dir:in", {}).isEmpty());
}

void TestMessageFilter::makesTerms()
{
    QCOMPARE(MessageFilter::withTerm({}, u"a"_s), u"a"_s);
    QCOMPARE(MessageFilter::withTerm(u"a "_s, u"b"_s), u"a b"_s);
    const QByteArray body = R"({"odd key":"two \"words\" here","n":12345678901234567890})";
    for (const QString &path : {u"$[\"odd key\"]"_s, u"$.n"_s}) {
        const QByteArray raw = JsonPath::parse(path)->find(body)->raw.toByteArray();
        const auto filter = MessageFilter::parse(MessageFilter::equalsTerm(path, raw));
        QVERIFY2(filter, qPrintable(MessageFilter::equalsTerm(path, raw)));
        QVERIFY(filter->matches({.body = body}));
        QVERIFY(!filter->matches({.body = R"({"n":12345678901234567891})"}));
    }
}

void TestMessageFilter::endsOnHostileExpressions()
{
    const auto filter = MessageFilter::parse(u"/^(a+)+$/");
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!filter->matches({.body = QByteArray(QByteArray(5000, 'a') + 'b')}));
    QCOMPARE_LT(timer.elapsed(), 5'000);
}

void TestMessageFilter::tellsTypes()
{
    QCOMPARE(messageType("{\"op\":0,\"t\":\"READY\"}"), u"READY"_s);
    QCOMPARE(messageType("{\"op\":10,\"t\":null}"), u"10"_s);
    QCOMPARE(messageTypePath("{\"op\":10,\"t\":null}"), u"$.op"_s);
    QCOMPARE(messageType("[\"EVENT\",{\"x\":1}]"), u"EVENT"_s);
    QCOMPARE(messageType("[1,2]"), QString());
    QCOMPARE(messageType("{\"type\":{\"x\":1},\"method\":\"sub\"}"), u"sub"_s);
    QCOMPARE(messageType("plain"), QString());
    QCOMPARE(messageType("{\"type\":\"cut he"), u"cut he"_s);
}

QTEST_GUILESS_MAIN(TestMessageFilter)
#include "tst_messagefilter.moc"
