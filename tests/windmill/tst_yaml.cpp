// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsontext.h"
#include "model/windmill/jsontoyaml.h"
#include "model/windmill/yamltojson.h"

#include <QTest>

using namespace earshot;
using namespace earshot::windmill;
using namespace Qt::StringLiterals;

namespace {

QByteArray compact(const QByteArray &json)
{
    QByteArray out;
    bool inString = false;
    for (qsizetype i = 0; i < json.size(); ++i) {
        const char c = json.at(i);
        if (c == '"' && (i == 0 || json.at(i - 1) != '\\')) {
            inString = !inString;
        }
        if (inString || (c != ' ' && c != '\n')) {
            out += c;
        }
    }
    return out;
}

QByteArray read(const QByteArray &yaml)
{
    const auto json = yamlToJson(yaml);
    return json ? compact(*json) : json.error().message.toUtf8();
}

QByteArray written(const QByteArray &json)
{
    const auto document = JsonText::parse(json);
    return document ? jsonToYaml(*document) : document.error().message.toUtf8();
}

} // namespace

class TestYaml final : public QObject
{
    Q_OBJECT

private slots:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<QByteArray>("json");
        const auto row = [](const char *yaml, const char *json) {
            QTest::newRow(yaml) << QByteArray(yaml) << QByteArray(json);
        };
        // Scalars of the core schema.
        row("[~, null, Null, NULL, ]", "[null,null,null,null]");
        row("a:", "{\"a\":null}");
        row("[true, True, TRUE, false, False, FALSE]", "[true,true,true,false,false,false]");
        row("[yes, no, on, off, y, n, tRUE, nULL]",
            "[\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\",\"tRUE\",\"nULL\"]");
        row("[1, -1, +1, 007, -0, +00]", "[1,-1,1,7,-0,0]");
        row("[1.0, 1.50, 1e5, 1E-3, -1.5e+10, .5, 5., -.5, 00.5]",
            "[1.0,1.50,1e5,1E-3,-1.5e+10,0.5,5.0,-0.5,0.5]");
        row("[5.e3, .5e3, 0.0]", "[5.0e3,0.5e3,0.0]");
        row("[0x1F, 0xff, 0o17, 0xFFFFFFFFFFFFFFFF]", "[31,255,15,18446744073709551615]");
        row("[9007199254740993, 123456789012345678901234567890]",
            "[9007199254740993,123456789012345678901234567890]");
        row("[1_000, 1:30, 0b1, 0X1, 0O7, 1e, e5, ., -, +, 1.2.3, ٣]",
            "[\"1_000\",\"1:30\",\"0b1\",\"0X1\",\"0O7\",\"1e\",\"e5\",\".\",\"-\",\"+\",\"1.2.3\","
            "\"٣\"]");
        row("[2001-12-14, 2001-12-14t21:59:43.10-05:00]",
            "[\"2001-12-14\",\"2001-12-14t21:59:43.10-05:00\"]");
        row("['1', \"true\", '', \"\"]", "[\"1\",\"true\",\"\",\"\"]");
        // Strings.
        row("a: it's \"fine\"", "{\"a\":\"it's \\\"fine\\\"\"}");
        row("'it''s'", "\"it's\"");
        row("\"\\x41\\u00e9\\U0001F600\\n\\t\\\"\\\\\\/\\e\\_\\N\"",
            "\"Aé😀\\n\\t\\\"\\\\/\\u001b\xc2\xa0\xc2\x85\"");
        row("a: |\n  one\n   two\n\n  three\n", "{\"a\":\"one\\n two\\n\\nthree\\n\"}");
        row("a: |-\n  one\n\nb: 1", "{\"a\":\"one\",\"b\":1}");
        row("a: |+\n  one\n\nb: 1", "{\"a\":\"one\\n\\n\",\"b\":1}");
        row("a: >\n  one\n  two\n\n  three\n", "{\"a\":\"one two\\nthree\\n\"}");
        row("a: |2\n   one\n", "{\"a\":\" one\\n\"}");
        row("a: one\n  two", "{\"a\":\"one two\"}");
        row("a: wss://h/?x=1#y", "{\"a\":\"wss://h/?x=1#y\"}");
        row("a: b # c", "{\"a\":\"b\"}");
        row("a: '# c'", "{\"a\":\"# c\"}");
        row("a: |\r\n  one\r\n  two\r\nb: 1\r\n", "{\"a\":\"one\\ntwo\\n\",\"b\":1}");
        // Structure.
        row("- a\n- - b\n  - c\n- d: 1\n  e: 2", "[\"a\",[\"b\",\"c\"],{\"d\":1,\"e\":2}]");
        row("a:\n- 1\n- 2", "{\"a\":[1,2]}");
        row("{a: [], b: {}}", "{\"a\":[],\"b\":{}}");
        row("1: a\ntrue: b\n1.0: c", "{\"1\":\"a\",\"true\":\"b\",\"1.0\":\"c\"}");
        row("? a\n: 1", "{\"a\":1}");
        row("<<: {a: 1}\nb: 2", "{\"<<\":{\"a\":1},\"b\":2}");
        row("%YAML 1.2\n---\na: 1\n...\n", "{\"a\":1}");
        row("# only\n--- # here\na: 1", "{\"a\":1}");
        row("\xef\xbb\xbf"
            "a: 1",
            "{\"a\":1}");
        row("{\"a\": [1, \"b\", null, true]}", "{\"a\":[1,\"b\",null,true]}");
        // Aliases and tags.
        row("a: &x {b: 1}\nc: *x\nd: [*x]", "{\"a\":{\"b\":1},\"c\":{\"b\":1},\"d\":[{\"b\":1}]}");
        row("a: &k key\n*k : 1", "{\"a\":\"key\",\"key\":1}");
        row("a: &x 1\nb: &x 2\nc: *x", "{\"a\":1,\"b\":2,\"c\":2}");
        row("[!!str 5, !!str true, !!str , ! 5]", "[\"5\",\"true\",\"\",\"5\"]");
        row("[!!int 5, !!float 5.0, !!bool true, !!null ~, !!seq [], !!map {}]",
            "[5,5.0,true,null,[],{}]");
    }
    void reads()
    {
        QFETCH(QByteArray, yaml);
        QFETCH(QByteArray, json);
        QCOMPARE(read(yaml), json);
        QVERIFY(JsonText::parse(json));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<QString>("why");
        const auto row = [](const char *yaml, const QString &why) {
            QTest::newRow(yaml) << QByteArray(yaml) << why;
        };
        row("", u"the document is empty"_s);
        row("# nothing", u"the document is empty"_s);
        row("a: 1\nb: 2\na: 3", u"the key \"a\" is there twice (line 3, column 1)"_s);
        row("a: {b: 1, \"b\": 2}", u"the key \"b\" is there twice (line 1, column 11)"_s);
        row("a: 1\n---\nb: 2", u"more than one document"_s);
        row("[1] x", u""_s);
        row("a: .inf", u".inf has no JSON form (line 1, column 4)"_s);
        row("a: -.INF", u"-.INF has no JSON form"_s);
        row("a: .nan", u".nan has no JSON form"_s);
        row("a: 0x1FFFFFFFFFFFFFFFF", u"too large"_s);
        row("a: !inline x.ts", u"the tag !inline is not supported (line 1, column 4)"_s);
        row("a: !!binary aGk=", u"the tag tag:yaml.org,2002:binary is not supported"_s);
        row("a: !!set {}", u"is not supported"_s);
        row("a: !x {}", u"is not supported"_s);
        row("a: !!int x", u"does not fit its tag"_s);
        row("a: !!null 5", u"does not fit its tag"_s);
        row("{a: 1}: 2", u"a key must be text"_s);
        row("? [a]\n: 2", u"a key must be text"_s);
        row("~: 2", u"a key must be text"_s);
        row("a: *x", u"line 1"_s);
        row("a: &x [*x]", u"an alias inside what it stands for"_s);
        row("a: [1, 2", u"line 1"_s);
        row("a: 'x", u"line"_s);
        row("a: b: c", u"line 1"_s);
        row("a: 1\n b: 2", u"line 2"_s);
        row("a: \"\\q\"", u"line 1"_s);
        row("a: \x01", u"a control character (line 1, column 4)"_s);
        row("a: 1\nb: \x04\nc: 3", u"a control character (line 2, column 4)"_s);
        row("%YAML 1.1\n---\na: yes", u"a directive other than %YAML 1.2 (line 1, column 1)"_s);
        row("# c\n%TAG ! x\n---\na: 1", u"a directive other than %YAML 1.2 (line 2, column 1)"_s);
        row("a: \xff", u"UTF-8"_s);
        row("@a", u"line 1"_s);
        row("a: `b`", u"line 1"_s);
    }
    void refuses()
    {
        QFETCH(QByteArray, yaml);
        QFETCH(QString, why);
        const auto json = yamlToJson(yaml);
        QVERIFY2(!json, json ? json->constData() : "");
        QVERIFY2(json.error().message.startsWith(u"not valid YAML: "_s),
            qPrintable(json.error().message));
        QVERIFY2(json.error().message.contains(why), qPrintable(json.error().message));
    }

    /// Nine lines that stand for 10^9 values.
    void aliasBomb()
    {
        QByteArray yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
        for (int i = 1; i < 9; ++i) {
            const QByteArray before = QByteArray::number(i - 1);
            const QByteArray now = QByteArray::number(i);
            yaml += "a" + now + ": &a" + now + " [" + QByteArray("*a" + before + ", ").repeated(10)
                + "]\n";
        }
        const auto json = yamlToJson(yaml);
        QVERIFY(!json);
        QCOMPARE(json.error().code, ErrorCode::LimitExceeded);
    }

    void longAliasBomb()
    {
        const QByteArray yaml = "a: &a " + QByteArray(1024 * 1024, 'x') + "\nb: ["
            + QByteArray("*a, ").repeated(20) + "]";
        const auto json = yamlToJson(yaml);
        QVERIFY(!json);
        QCOMPARE(json.error().code, ErrorCode::LimitExceeded);
    }

    void limits()
    {
        const auto nested = [](int depth) -> QByteArray {
            return QByteArray(depth, '[') + QByteArray(depth, ']');
        };
        QVERIFY(yamlToJson(nested(kMaxDocumentDepth)));
        const auto deep = yamlToJson(nested(kMaxDocumentDepth + 1));
        QVERIFY(!deep);
        QCOMPARE(deep.error().code, ErrorCode::LimitExceeded);
        QVERIFY(!yamlToJson(QByteArray(100'000, '[')));
        const QByteArray layers
            = "a: &a " + nested(100) + "\nb: " + QByteArray(100, '[') + "*a" + QByteArray(100, ']');
        QVERIFY(!yamlToJson(layers));
        const auto large = yamlToJson(QByteArray(kMaxDocumentBytes + 1, ' '));
        QVERIFY(!large);
        QCOMPARE(large.error().code, ErrorCode::LimitExceeded);
    }

    void tooManyValues()
    {
        const auto many = yamlToJson("[" + QByteArray("1,").repeated(kMaxDocumentValues) + "]");
        QVERIFY(!many);
        QCOMPARE(many.error().code, ErrorCode::LimitExceeded);
    }

    void writes_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("yaml");
        const auto row = [](const char *json, const char *yaml) {
            QTest::newRow(json) << QByteArray(json) << QByteArray(yaml);
        };
        row("{}", "{}\n");
        row("{\"b\":1.0,\"a\":[],\"c\":{}}", "a: []\nb: 1.0\nc: {}\n");
        row("{\"a\":[{\"x\":1,\"b\":[1,[2]]},[],[3]]}",
            "a:\n  - b:\n      - 1\n      - - 2\n    x: 1\n  - []\n  - - 3\n");
        row("{\"key\":1,\"value\":2,\"zeta\":1,\"lock\":0}",
            "value: 2\nlock: 0\nkey: 1\nzeta: 1\n");
        row("{\"url\":1,\"url_runnable_args\":2,\"can_return_message\":0,\"can_return_error_"
            "result\":0}",
            "can_return_error_result: 0\ncan_return_message: 0\nurl: 1\nurl_runnable_args: 2\n");
        row("[\"\",\"1\",\"1.0\",\"true\",\"null\",\"~\",\"-\",\"0x1\",\".inf\",\"1e5\"]",
            "- ''\n- '1'\n- '1.0'\n- 'true'\n- 'null'\n- '~'\n- '-'\n- '0x1'\n- '.inf'\n- '1e5'\n");
        row("[\"yes\",\"a b\",\"it's\",\"say \\\"x\\\"\",\"a: b\",\"a "
            "#b\",\"a#b\",\"wss://h/?a=b\"]",
            "- yes\n- a b\n- it's\n- say \"x\"\n- 'a: b'\n- 'a #b'\n- a#b\n- wss://h/?a=b\n");
        row("[\"'x'\",\"'x' \\\"y\\\"\",\"{a}\",\"\\\"hello\\\"\",\" a\",\"a \",\"a:\",\"---\"]",
            "- \"'x'\"\n- '''x'' \"y\"'\n- '{a}'\n- '\"hello\"'\n- ' a'\n- 'a '\n- 'a:'\n- "
            "'---'\n");
        row("{\"a\":\"x\\ny\",\"b\":\"x\\ny\\n\",\"c\":\"x\\n\\ny\\n\\n\"}",
            "a: |-\n  x\n  y\nb: |\n  x\n  y\nc: |+\n  x\n\n  y\n\n");
        row("{\"a\":\" x\\ny\"}", "a: |2-\n   x\n  y\n");
        row("[\"\\ufeff\",\"\\u0007\",\"a\\rb\",\"\\u2028\",\"x\\n \"]",
            "- \"\\ufeff\"\n- \"\\x07\"\n- \"a\\rb\"\n- \"\\u2028\"\n- \"x\\n \"\n");
        row("\"x\"", "x\n");
    }
    void writes()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, yaml);
        QCOMPARE(written(json), yaml);
        const auto back = yamlToJson(yaml);
        QVERIFY2(back, back ? "" : qPrintable(back.error().message));
        QVERIFY(sameJson(*back, json));
    }

    void longKeys()
    {
        const QByteArray json = "{\"" + QByteArray(5000, 'k') + "\":{\"a\":1},\"b\":2}";
        const auto back = yamlToJson(written(json));
        QVERIFY2(back, back ? "" : qPrintable(back.error().message));
        QVERIFY(sameJson(*back, json));
    }
};

QTEST_GUILESS_MAIN(TestYaml)
#include "tst_yaml.moc"
