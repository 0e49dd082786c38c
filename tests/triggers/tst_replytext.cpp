// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/replytext.h"

#include <QTest>

using namespace earshot::triggers;

class TestReplyText : public QObject
{
    Q_OBJECT

private slots:
    void rawMessages_data();
    void rawMessages();
    void results_data();
    void results();
    void replies_data();
    void replies();
};

void TestReplyText::rawMessages_data()
{
    QTest::addColumn<QByteArray>("raw");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const QByteArray &raw, const QByteArray &expected) {
        QTest::newRow(name) << raw << expected;
    };
    row("object", R"({"op":1})", R"({"op":1})");
    row("object keeps its spaces", R"({ "op" : 1.00 })", R"({ "op" : 1.00 })");
    row("text", "hello", "hello");
    row("empty", "", "");
    row("spaces", "  ", "  ");
    row("empty JSON string", R"("")", "");
    row("JSON string", R"("hello")", "hello");
    row("JSON string with escapes", R"("a\"b\n\u00e9\/")", "a\"b\n\xC3\xA9/");
    row("JSON string with spaces around", " \"hello\"\n", "hello");
    row("string of JSON", R"("{\"op\":1}")", R"({"op":1})");
    row("lone quote", "\"", "\"");
    row("two strings", R"("a","b")", R"("a","b")");
    row("unknown escape", R"("a\qb")", R"("a\qb")");
    row("lone surrogate", R"("\ud800")", R"("\ud800")");
    row("open string", R"("abc)", R"("abc)");
    row("escaped closing quote", R"("abc\")", R"("abc\")");
    row("line break in quotes", "\"a\nb\"", "\"a\nb\"");
    row("number", "42", "42");
}

void TestReplyText::rawMessages()
{
    QFETCH(const QByteArray, raw);
    QFETCH(const QByteArray, expected);
    QCOMPARE(rawMessageText(raw), expected);
}

void TestReplyText::results_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const QByteArray &json, const QByteArray &expected) {
        QTest::newRow(name) << json << expected;
    };
    row("string", R"("x")", "x");
    row("object", R"({"a": 1.0, "b": [1, 2]})", R"({"a":1.0,"b":[1,2]})");
    row("null is text here", "null", "null");
    row("spaces in strings stay", "{ \"a b\" : \" c \\\" d \" }\n", R"({"a b":" c \" d "})");
    row("numbers and escapes stay", R"([1.00, 1e2, "\u0061\/"])", R"([1.00,1e2,"\u0061\/"])");
}

void TestReplyText::results()
{
    QFETCH(const QByteArray, json);
    QFETCH(const QByteArray, expected);
    QCOMPARE(resultText(json), expected);
}

void TestReplyText::replies_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<bool>("success");
    QTest::addColumn<bool>("canReturnMessage");
    QTest::addColumn<bool>("canReturnErrorResult");
    QTest::addColumn<bool>("sends");
    QTest::addColumn<QByteArray>("expected");
    const auto success = [](const char *name, const QByteArray &json, const QByteArray &expected) {
        QTest::newRow(name) << json << true << true << false << true << expected;
    };
    success("string", R"("x")", "x");
    success("object", R"({"a":1})", R"({"a":1})");
    success("empty string", R"("")", "");
    success("zero", "0", "0");
    success("false", "false", "false");
    success("empty array", "[]", "[]");
    success("empty object", "{}", "{}");
    success("the string null", R"("null")", "null");
    success("array with null", "[null]", "[null]");
    success("float keeps its form", "1.0", "1.0");
    success("string with escapes", R"("a\nb\ud83d\ude00")", "a\nb\xF0\x9F\x98\x80");
    const QByteArray error = R"({"error":{"message":"m","name":"Error"}})";
    const auto row = [](const char *name, const QByteArray &json, bool ok, bool messages,
                         bool errors, bool sends) {
        QTest::newRow(name) << json << ok << messages << errors << sends << json;
    };
    row("off", R"({"a":1})", true, false, false, false);
    row("off, though errors are on", R"({"a":1})", true, false, true, false);
    row("null", "null", true, true, true, false);
    row("null with spaces", " null\n", true, true, true, false);
    row("no text", "", true, true, true, false);
    row("failure, errors off", error, false, true, false, false);
    row("failure, errors on", error, false, true, true, true);
    row("failure, messages off", error, false, false, true, false);
    row("failure with null", "null", false, true, true, false);
    QTest::newRow("handler's string")
        << QByteArray(R"("sorry")") << false << true << true << true << QByteArray("sorry");
}

void TestReplyText::replies()
{
    QFETCH(const QByteArray, json);
    QFETCH(const bool, success);
    QFETCH(const bool, canReturnMessage);
    QFETCH(const bool, canReturnErrorResult);
    QFETCH(const bool, sends);
    QFETCH(const QByteArray, expected);
    const std::optional<QByteArray> reply = replyText(json, success,
        {.canReturnMessage = canReturnMessage, .canReturnErrorResult = canReturnErrorResult});
    QCOMPARE(reply, sends ? std::optional(expected) : std::nullopt);
    // An empty text message is not the same as none.
    QCOMPARE(reply.has_value(), sends);
}

QTEST_GUILESS_MAIN(TestReplyText)
#include "tst_replytext.moc"
