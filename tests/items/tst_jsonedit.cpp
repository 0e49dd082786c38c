// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/jsonedit.h"

#include <QTest>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

class TestJsonEdit final : public QObject
{
    Q_OBJECT
private slots:
    void pointers();
    void sets_data();
    void sets();
    void removes_data();
    void removes();
    void refusesAnItemThatIsNotThere();
    void joinsAsItWas();
    void findsThePathOfAnOffset();
    void takesTypedValues();
};

void TestJsonEdit::pointers()
{
    const JsonPath path{u"a/b"_s, u"c~d"_s, u"0"_s, QString()};
    QCOMPARE(toPointer(path), u"/a~1b/c~0d/0/"_s);
    QCOMPARE(fromPointer(toPointer(path)), path);
    QCOMPARE(fromPointer(u""), JsonPath());
    QCOMPARE(toPointer({}), QString());
}

void TestJsonEdit::sets_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QByteArray>("raw");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const char *json, const char *pointer, const char *raw,
                         const char *expected) {
        QTest::newRow(name) << QByteArray(json) << QString::fromLatin1(pointer) << QByteArray(raw)
                            << QByteArray(expected);
    };
    row("member", R"({"a" :1.0, "b":  2})", "/b", "3", R"({"a" :1.0, "b":  3})");
    row("new member", "{\n  \"a\": 1\n}", "/b", "2", "{\n  \"a\": 1,\n  \"b\": 2\n}");
    row("new object", R"({"a": 1})", "/c/d/e", "true", R"({"a": 1, "c": {"d": {"e": true}}})");
    row("inside", R"({"c": { "x":1.0 , "y":[ 1 ] }})", "/c/x", "2",
        R"({"c": { "x":2 , "y":[ 1 ] }})");
    row("item", R"([1 ,{"a":[ 2, 3 ]}])", "/1/a/1", "4", R"([1 ,{"a":[ 2, 4 ]}])");
    row("in place of null", R"({"h": null})", "/h/m", "\"x\"", R"({"h": {"m": "x"}})");
    row("in place of text", R"({"h": "y"})", "/h/m", "\"x\"", R"({"h": {"m": "x"}})");
    row("root", "[]", "", "{}", "{}");
}

void TestJsonEdit::sets()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, pointer);
    QFETCH(QByteArray, raw);
    QFETCH(QByteArray, expected);
    const auto edited = setAt(json, fromPointer(pointer), raw);
    QVERIFY2(edited, edited ? "" : qPrintable(edited.error().message));
    QCOMPARE(*edited, expected);
}

void TestJsonEdit::removes_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QByteArray>("expected");
    const auto row
        = [](const char *name, const char *json, const char *pointer, const char *expected) {
              QTest::newRow(name) << QByteArray(json) << QString::fromLatin1(pointer)
                                  << QByteArray(expected);
          };
    row("member", R"({"a": 1, "b": 2, "c": 3})", "/b", R"({"a": 1, "c": 3})");
    row("with what it empties", R"({"a": 1, "c": {"tls": {"x": ""}}})", "/c/tls/x", R"({"a": 1})");
    row("keeps a neighbour", R"({"c": {"tls": {"x": ""}, "y": 1}})", "/c/tls/x",
        R"({"c": {"y": 1}})");
    row("absent", R"({"a": 1})", "/x/y", R"({"a": 1})");
    row("first item", "[1, 2, 3]", "/0", "[2, 3]");
    row("middle item", "[1, 2, 3]", "/1", "[1, 3]");
    row("only item", "[ 1 ]", "/0", "[]");
    row("item keeps its place", R"([{"a": 1}, 2])", "/0/a", "[{}, 2]");
}

void TestJsonEdit::removes()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, pointer);
    QFETCH(QByteArray, expected);
    const auto edited = removeAt(json, fromPointer(pointer));
    QVERIFY2(edited, edited ? "" : qPrintable(edited.error().message));
    QCOMPARE(*edited, expected);
}

void TestJsonEdit::refusesAnItemThatIsNotThere()
{
    QVERIFY(!setAt("[1]", {u"1"_s}, "2"));
    QVERIFY(!setAt("[1]", {u"x"_s}, "2"));
    QVERIFY(!setAt("{", {u"x"_s}, "2"));
    QVERIFY(!setAt("{}", {u"x"_s}, "not json"));
}

void TestJsonEdit::joinsAsItWas()
{
    QCOMPARE(joinArray({}, "[1]"), "[]"_ba);
    QCOMPARE(joinArray({"1", "2"}, "[]"), "[1, 2]"_ba);
    QCOMPARE(joinArray({"1", "2", "3"}, "[7,8]"), "[1,2,3]"_ba);
    QCOMPARE(joinArray({"1", "2"}, "[\n  7\n]"), "[\n  1,\n  2\n]"_ba);
    QCOMPARE(joinArray({"1"}, "[\n  7,\n  8\n]"), "[\n  1\n]"_ba);
}

void TestJsonEdit::findsThePathOfAnOffset()
{
    const QByteArray json = R"({"a": 1, "b": [{"c": 2}]})";
    const auto parsed = JsonText::parse(json);
    QVERIFY(parsed);
    const auto pointerAt
        = [&](qsizetype offset) { return toPointer(pathAtOffset(parsed->root(), offset)); };
    QCOMPARE(pointerAt(json.indexOf("\"a\"")), u"/a"_s);
    QCOMPARE(pointerAt(json.indexOf('2')), u"/b/0/c"_s);
    QCOMPARE(pointerAt(json.indexOf('[')), u"/b"_s);
    QCOMPARE(pointerAt(0), QString());
}

void TestJsonEdit::takesTypedValues()
{
    QCOMPARE(jsonOrString(u" 1.0 "_s), "1.0"_ba);
    QCOMPARE(jsonOrString(u"{\"a\":1}"_s), "{\"a\":1}"_ba);
    QCOMPARE(jsonOrString(u"order"_s), "\"order\""_ba);
    QCOMPARE(jsonOrString(u"\"42\""_s), "\"42\""_ba);
    QCOMPARE(jsonOrString(QString()), "\"\""_ba);
}

QTEST_GUILESS_MAIN(TestJsonEdit)
#include "tst_jsonedit.moc"
