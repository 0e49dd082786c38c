// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsontext.h"

#include <QTest>

using namespace earshot;
using namespace Qt::StringLiterals;

class TestJsonText final : public QObject
{
    Q_OBJECT

private slots:
    void readsValuesWithTheirBytes()
    {
        const QByteArray json
            = R"( {"a": 1.0, "b": [true, null, "x\n\u00e9\ud83d\ude00"], "c": {}} )";
        const auto text = JsonText::parse(json);
        QVERIFY(text);
        const JsonNode &root = text->root();
        QVERIFY(root.isObject());
        QCOMPARE(text->raw(*root.member(u"a")), QByteArray("1.0"));
        const JsonNode &list = *root.member(u"b");
        QCOMPARE(list.items.size(), std::size_t(3));
        QVERIFY(list.items[0].boolean);
        QVERIFY(list.items[1].isNull());
        QCOMPARE(list.items[2].text, u"x\né😀"_s);
        QCOMPARE(text->raw(*root.member(u"c")), QByteArray("{}"));
        QVERIFY(!root.member(u"d"));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("where");
        QTest::newRow("nothing") << QByteArray() << u"line 1, column 1"_s;
        QTest::newRow("space") << QByteArray("  ") << u"line 1, column 3"_s;
        QTest::newRow("unclosed") << QByteArray("{\"a\":1") << u"ends inside an object"_s;
        QTest::newRow("comma") << QByteArray("[1,]") << u"a value was expected"_s;
        QTest::newRow("trailing") << QByteArray("{}\n x") << u"line 2, column 2"_s;
        QTest::newRow("leading zero") << QByteArray("01") << u"begin with 0"_s;
        QTest::newRow("plus") << QByteArray("+1") << u"a value was expected"_s;
        QTest::newRow("bare point") << QByteArray("1.") << u"too early"_s;
        QTest::newRow("NaN") << QByteArray("NaN") << u"a value was expected"_s;
        QTest::newRow("word") << QByteArray("tru") << u"a value was expected"_s;
        QTest::newRow("single quotes") << QByteArray("{'a':1}") << u"in quotes"_s;
        QTest::newRow("comment") << QByteArray("{/**/}") << u"in quotes"_s;
        QTest::newRow("control") << QByteArray("\"\t\"") << u"control character"_s;
        QTest::newRow("escape") << QByteArray("\"\\x\"") << u"unknown escape"_s;
        QTest::newRow("escape at end") << QByteArray("\"\\") << u"does not end"_s;
        QTest::newRow("hex") << QByteArray("\"\\u00g0\"") << u"four hexadecimal"_s;
        QTest::newRow("half hex") << QByteArray("\"\\u00") << u"too early"_s;
        QTest::newRow("high only") << QByteArray("\"\\ud800\"") << u"surrogate"_s;
        QTest::newRow("low only") << QByteArray("\"\\udc00\"") << u"surrogate"_s;
        QTest::newRow("high high") << QByteArray("\"\\ud800\\ud800\"") << u"surrogate"_s;
        QTest::newRow("NUL") << QByteArray("[\0]", 3) << u"a value was expected"_s;
        QTest::newRow("twice") << QByteArray("{\"a\":1,\n\"\\u0061\":2}")
                               << u"the key \"a\" is there twice (line 2, column 1)"_s;
        QTest::newRow("UTF-8") << QByteArray("{\"a\":\n \"x\xff\"}")
                               << u"UTF-8 (line 2, column 4)"_s;
        QTest::newRow("UTF-8 far") << "[\"" + QByteArray("é").repeated(1000) + "\n\xc3\"]"
                                   << u"UTF-8 (line 2, column 1)"_s;
    }
    void refuses()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, where);
        const auto text = JsonText::parse(json);
        QVERIFY(!text);
        QCOMPARE(text.error().code, ErrorCode::Parse);
        QVERIFY2(text.error().message.contains(where), qPrintable(text.error().message));
    }

    void duplicatesMayBeAccepted()
    {
        const auto text = JsonText::parse("{\"a\":1,\"a\":2}", DuplicateKeys::Accept);
        QVERIFY(text);
        QCOMPARE(text->raw(*text->root().member(u"a")), QByteArray("2"));
    }

    void limits()
    {
        const auto nested = [](int depth) -> QByteArray {
            return QByteArray(depth, '[') + QByteArray(depth, ']');
        };
        QVERIFY(JsonText::parse(nested(kMaxDocumentDepth)));
        const auto deep = JsonText::parse(nested(kMaxDocumentDepth + 1));
        QVERIFY(!deep);
        QCOMPARE(deep.error().code, ErrorCode::LimitExceeded);

        const auto list = [](qsizetype items) -> QByteArray {
            return "[" + QByteArray("1,").repeated(items - 1) + "1]";
        };
        QVERIFY(JsonText::parse(list(kMaxDocumentValues - 1)));
        const auto many = JsonText::parse(list(kMaxDocumentValues));
        QVERIFY(!many);
        QCOMPARE(many.error().code, ErrorCode::LimitExceeded);

        const auto string
            = [](qsizetype size) -> QByteArray { return '"' + QByteArray(size - 2, 'x') + '"'; };
        QVERIFY(JsonText::parse(string(kMaxDocumentBytes)));
        const auto large = JsonText::parse(string(kMaxDocumentBytes + 1));
        QVERIFY(!large);
        QCOMPARE(large.error().code, ErrorCode::LimitExceeded);
        QVERIFY(large.error().message.contains(u"16777216"_s));
    }

    void setsOneMember_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("replaced") << QByteArray("{ \"n\": 1.0 ,\"mode\" :\"enabled\", \"z\":1e2}\n")
                                  << QByteArray(
                                         "{ \"n\": 1.0 ,\"mode\" :\"disabled\", \"z\":1e2}\n");
        QTest::newRow("only the top level") << QByteArray(R"({"a":{"mode":1}})")
                                            << QByteArray(R"({"a":{"mode":1},"mode":"disabled"})");
        QTest::newRow("compact") << QByteArray(R"({"a":1,"b":2})")
                                 << QByteArray(R"({"a":1,"b":2,"mode":"disabled"})");
        QTest::newRow("spaced") << QByteArray(R"({"a": 1, "b": 2})")
                                << QByteArray(R"({"a": 1, "b": 2, "mode": "disabled"})");
        QTest::newRow("one spaced")
            << QByteArray(R"({"a": 1})") << QByteArray(R"({"a": 1, "mode": "disabled"})");
        QTest::newRow("lines") << QByteArray("{\n  \"a\": 1,\n  \"b\": 2\n}\n")
                               << QByteArray(
                                      "{\n  \"a\": 1,\n  \"b\": 2,\n  \"mode\": \"disabled\"\n}\n");
        QTest::newRow("one line") << QByteArray("{\n  \"a\": 1\n}")
                                  << QByteArray("{\n  \"a\": 1,\n  \"mode\": \"disabled\"\n}");
        QTest::newRow("empty") << QByteArray(" {} ") << QByteArray(" {\"mode\": \"disabled\"} ");
    }
    void setsOneMember()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, expected);
        const auto out = setTopLevelMember(json, u"mode", "\"disabled\"");
        QVERIFY(out);
        QCOMPARE(*out, expected);
        QCOMPARE(topLevelMember(*out, u"mode").value(), QByteArray("\"disabled\""));
    }

    void editingRefusesWhatIsNoObject()
    {
        QVERIFY(!setTopLevelMember("[1]", u"a", "1"));
        QVERIFY(!setTopLevelMember("{", u"a", "1"));
        QVERIFY(!setTopLevelMember("{}", u"a", "1,2"));
        QVERIFY(!topLevelMember("{}", u"a"));
        QCOMPARE(topLevelMember("{}", u"a").error().code, ErrorCode::NotFound);
    }

    void removesOneMember_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("first") << QByteArray(R"({"x": 1, "b": 2})") << QByteArray(R"({"b": 2})");
        QTest::newRow("middle") << QByteArray(R"({"a": 1, "x": 1, "b": 2})")
                                << QByteArray(R"({"a": 1, "b": 2})");
        QTest::newRow("last") << QByteArray("{\n \"a\": 1,\n \"x\": {}\n}")
                              << QByteArray("{\n \"a\": 1\n}");
        QTest::newRow("only") << QByteArray(R"({"x":[1]})") << QByteArray("{}");
        QTest::newRow("absent") << QByteArray(R"({"a":[1]})") << QByteArray(R"({"a":[1]})");
    }
    void removesOneMember()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, expected);
        const auto out = removeTopLevelMember(json, u"x");
        QVERIFY(out);
        QCOMPARE(*out, expected);
    }

    void writesStrings()
    {
        const QString text = u"a\"\\\b\f\n\r\t\u0001é😀/"_s;
        const QByteArray json = toJsonString(text);
        QCOMPARE(json, QByteArray("\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001é😀/\""));
        QCOMPARE(JsonText::parse(json)->root().text, text);
    }

    /// QString::fromUtf8 drops it.
    void keepsAByteOrderMarkInAText()
    {
        const auto text = JsonText::parse("[\"\xef\xbb\xbf\xef\xbb\xbfx\"]");
        QVERIFY(text);
        QCOMPARE(text->root().items.at(0).text, u"\ufeff\ufeffx"_s);
    }

    void comparesMeaning()
    {
        QVERIFY(sameJson(R"({"a": 1, "b": [1, "x"]})", R"({"b":[1,"\u0078"],"a":1})"));
        QVERIFY(!sameJson("1", "1.0"));
        QVERIFY(!sameJson("[1,2]", "[2,1]"));
        QVERIFY(!sameJson(R"({"a":1})", R"({"b":1})"));
        QVERIFY(!sameJson(R"({"a":1})", R"({"a":1,"b":1})"));
        QVERIFY(!sameJson("x", "x"));
        QVERIFY(!sameJson("null", "false"));
    }
};

QTEST_GUILESS_MAIN(TestJsonText)
#include "tst_jsontext.moc"
