// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsonpath.h"

#include <QTest>

using namespace earshot;
using namespace Qt::StringLiterals;

class TestJsonPath final : public QObject
{
    Q_OBJECT
private slots:
    void finds_data();
    void finds();
    void refuses_data();
    void refuses();
    void readsWhatIsCut();
    void staysOnTheGroundInDeepText();
    void writesPaths();
    void readsStrings();
};

void TestJsonPath::finds_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("raw"); // empty = nothing there
    const QByteArray message
        = R"( {"t":"MSG","d":{"author":{"id":"42"},"n":12345678901234567890,"a":[1,{"x":[true]},"z"],"odd key":null}} )";
    QTest::newRow("root") << u"$"_s << message << message.trimmed();
    QTest::newRow("name") << u"$.t"_s << message << QByteArray("\"MSG\"");
    QTest::newRow("deep") << u"$.d.author.id"_s << message << QByteArray("\"42\"");
    QTest::newRow("exact number") << u"$.d.n"_s << message << QByteArray("12345678901234567890");
    QTest::newRow("index") << u"$.d.a[0]"_s << message << QByteArray("1");
    QTest::newRow("behind an object") << u"$.d.a[2]"_s << message << QByteArray("\"z\"");
    QTest::newRow("index within") << u"$.d.a[1].x[0]"_s << message << QByteArray("true");
    QTest::newRow("odd key") << u"$.d[\"odd key\"]"_s << message << QByteArray("null");
    QTest::newRow("without dollar") << u"d.author"_s << message << QByteArray("{\"id\":\"42\"}");
    QTest::newRow("missing") << u"$.d.x"_s << message << QByteArray();
    QTest::newRow("not an object") << u"$.t.x"_s << message << QByteArray();
    QTest::newRow("beyond the list") << u"$.d.a[3]"_s << message << QByteArray();
    QTest::newRow("escaped key") << u"$.key"_s << QByteArray(R"({"k\u0065y":1})")
                                 << QByteArray("1");
    QTest::newRow("braces in strings")
        << u"$.b"_s << QByteArray("{\"a\":\"}\\\"{\",\"b\":2}") << QByteArray("2");
    QTest::newRow("not JSON") << u"$.a"_s << QByteArray("hello") << QByteArray();
    QTest::newRow("no value") << u"$.b"_s << QByteArray(R"({"a":,"b":1})") << QByteArray();
    QTest::newRow("empty") << u"$.a"_s << QByteArray() << QByteArray();
}

void TestJsonPath::finds()
{
    QFETCH(QString, path);
    QFETCH(QByteArray, json);
    QFETCH(QByteArray, raw);
    const auto parsed = JsonPath::parse(path);
    QVERIFY(parsed);
    const auto value = parsed->find(json);
    QCOMPARE(value ? value->raw.toByteArray() : QByteArray(), raw);
    // no cut of the text may read beyond its end
    for (qsizetype size = 0; size < json.size(); ++size) {
        (void)parsed->find(QByteArray(json.first(size)));
    }
}

void TestJsonPath::refuses_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("open bracket") << u"$.a["_s;
    QTest::newRow("open key") << u"$[\"a]"_s;
    QTest::newRow("negative") << u"$[-1]"_s;
    QTest::newRow("no name") << u"$.a..b"_s;
    QTest::newRow("trailing dot") << u"$.a."_s;
    QTest::newRow("no separator") << u"$a"_s;
}

void TestJsonPath::refuses()
{
    QFETCH(QString, path);
    QVERIFY(!JsonPath::parse(path));
}

void TestJsonPath::readsWhatIsCut()
{
    const auto path = JsonPath::parse(u"$.b");
    const auto value = path->find(R"({"a":1,"b":"long te)");
    QVERIFY(value);
    QVERIFY(value->cut);
    QCOMPARE(jsonScalarText(value->raw), u"long te"_s);
    QVERIFY(path->find("{\"b\":12")->cut);
    QVERIFY(!path->find("{\"b\":12}")->cut);
    QVERIFY(!path->find("{\"b\":\"x\"}\"")->cut);
}

void TestJsonPath::staysOnTheGroundInDeepText()
{
    const QByteArray deep(5'000'000, '[');
    QVERIFY(!JsonPath::parse(u"$[0][0].a")->find(deep));
    QCOMPARE(skipJsonValue(deep, 0), deep.size());
}

void TestJsonPath::writesPaths()
{
    QCOMPARE(JsonPath::child(u"$"_s, u"name"_s), u"$.name"_s);
    QCOMPARE(JsonPath::child(u"$"_s, u"a \"b\""_s), u"$[\"a \\\"b\\\"\"]"_s);
    QCOMPARE(JsonPath::child(u"$.x"_s, 3), u"$.x[3]"_s);
    for (const QString &text : {u"$.a.b[3]"_s, u"$[\"a \\\"b\\\"\"].c"_s, u"$[\"\"]"_s}) {
        QCOMPARE(JsonPath::parse(text)->text(), text);
    }
}

void TestJsonPath::readsStrings()
{
    QCOMPARE(jsonScalarText("\"a\\n\\t\\\"\\\\\\u00e4ö\\ud83d\\ude00\""), u"a\n\t\"\\äö😀"_s);
    QCOMPARE(jsonScalarText("\"cut \\u00"), u"cut \ufffd"_s);
    QCOMPARE(jsonScalarText("\"cut \\"), u"cut "_s);
    QCOMPARE(jsonScalarText("12.0"), u"12.0"_s);
}

QTEST_GUILESS_MAIN(TestJsonPath)
#include "tst_jsonpath.moc"
