// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/filterprogram.h"
#include "triggers/jsonscan.h"
#include "triggers/messageview.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot;
using namespace earshot::triggers;

namespace {

FilterProgram compiled(const QByteArray &filters, QStringView logic = u"and")
{
    const Result<FilterProgram> program = FilterProgram::compile(filters, logic);
    if (!program) {
        qFatal("%s", qPrintable(program.error().message));
    }
    return *program;
}

} // namespace

class TestFilterProgram : public QObject
{
    Q_OBJECT

private slots:
    void matches_data();
    void matches();
    void refuses_data();
    void refuses();
    void explains_data();
    void explains();
    void saysWhatIsWrongWithTheMessage();
    void quotesOnlyALittle();
    void onlyTheWordOrMeansOr();
    void refusesAnOversizedDocument();
    void refusesTooDeepADocument();
    void readsValuesToTheDepthLimit();
    void survivesHostileNesting();
    void countsAllOfManyFields();
    void rejectsWithoutReadingTheRest();
};

void TestFilterProgram::matches_data()
{
    QTest::addColumn<QByteArray>("filters");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<bool>("expected");
    const auto leaf = [](const QByteArray &name, const QByteArray &value) -> QByteArray {
        return R"([{"key":)" + name + R"(,"value":)" + value + "}]";
    };
    const auto path = [](const QByteArray &name, const QByteArray &value) -> QByteArray {
        return R"([{"path":)" + name + R"(,"value":)" + value + "}]";
    };
    const auto row = [](const char *name, const QByteArray &filters, const QByteArray &message,
                         bool expected) { QTest::newRow(name) << filters << message << expected; };
    const QByteArray one = leaf(R"("a")", "1");

    row("no filters: text", "[]", "hello", true);
    row("no filters: array", "[]", "[]", true);
    row("no filters: empty message", "[]", "", true);
    row("no filters: object", "[]", "{}", true);
    row("no document", "", "hello", true);
    row("null document", " null ", "hello", true);

    row("equal", one, R"({"a":1})", true);
    row("different", one, R"({"a":2})", false);
    row("missing", one, R"({"b":1})", false);
    row("empty object", one, R"({})", false);
    row("space around everything", one, " \t\r\n{ \"x\" : [ ] , \"a\" : 1 } \n", true);
    row("null is null", leaf(R"("a")", "null"), R"({"a":null})", true);
    row("null is not missing", leaf(R"("a")", "null"), R"({})", false);
    row("null is not false", leaf(R"("a")", "null"), R"({"a":false})", false);

    row("dotted key is one key", leaf(R"("a.b")", "1"), R"({"a.b":1})", true);
    row("dotted key is no path", leaf(R"("a.b")", "1"), R"({"a":{"b":1}})", false);
    row("path descends", path(R"("a.b")", "1"), R"({"a":{"b":1}})", true);
    row("path is no dotted key", path(R"("a.b")", "1"), R"({"a.b":1})", false);
    row("path enters no array", path(R"("a.b")", "1"), R"({"a":[{"b":1}]})", false);
    row("path has no index", path(R"("a.0")", "1"), R"({"a":[1]})", false);
    row("path misses a segment", path(R"("a.b.c")", "1"), R"({"a":{"b":1}})", false);
    row("path of one segment", path(R"("a")", "1"), R"({"a":1})", true);
    row("a segment may look like an index", path(R"("a.0")", "1"), R"({"a":{"0":1}})", true);
    row("key wins over a group beside it",
        R"([{"key":"a","value":1,"any_of":[{"key":"b","value":1}]}])", R"({"a":1})", true);
    row("extra keys of a leaf are ignored", R"([{"key":"a","value":1,"note":"x"}])", R"({"a":1})",
        true);

    row("object: extra keys", leaf(R"("o")", R"({"x":1})"), R"({"o":{"x":1,"y":2}})", true);
    row("object: missing key", leaf(R"("o")", R"({"x":1})"), R"({"o":{"y":1}})", false);
    row("object: other value", leaf(R"("o")", R"({"x":1})"), R"({"o":{"x":2}})", false);
    row("empty object inside", leaf(R"("o")", R"({"x":{}})"), R"({"o":{"x":{"y":1}}})", true);
    row("empty object is no number", leaf(R"("o")", R"({"x":{}})"), R"({"o":{"x":1}})", false);
    row("empty object is no array", leaf(R"("o")", "{}"), R"({"o":[]})", false);
    row("empty array: any array", leaf(R"("o")", "[]"), R"({"o":[1]})", true);
    row("empty array is no object", leaf(R"("o")", "[]"), R"({"o":{}})", false);
    row("array: some item", leaf(R"("o")", "[1]"), R"({"o":[2,1]})", true);
    row("array: any order", leaf(R"("o")", "[1,2]"), R"({"o":[2,1,3]})", true);
    row("array: one missing", leaf(R"("o")", "[1,2]"), R"({"o":[1]})", false);
    row("array: multiplicity is nothing", leaf(R"("o")", "[1,1]"), R"({"o":[1]})", true);
    row("array: items are supersets", leaf(R"("o")", R"([{"a":1}])"), R"({"o":[{"a":1,"b":2}]})",
        true);
    row("array is no scalar", leaf(R"("o")", "[1]"), R"({"o":1})", false);

    row("string is no number", leaf(R"("a")", R"("42")"), R"({"a":42})", false);
    row("number is no string", leaf(R"("a")", "42"), R"({"a":"42"})", false);
    row("true is no 1", leaf(R"("a")", "true"), R"({"a":1})", false);
    row("true is no string", leaf(R"("a")", "true"), R"({"a":"true"})", false);
    row("true", leaf(R"("a")", "true"), R"({"a":true})", true);
    row("true is not false", leaf(R"("a")", "true"), R"({"a":false})", false);
    row("false", leaf(R"("a")", "false"), R"({"a":false})", true);

    row("1 is not 1.0", one, R"({"a":1.0})", false);
    row("1.0 is not 1", leaf(R"("a")", "1.0"), R"({"a":1})", false);
    row("1.0 is 1.00", leaf(R"("a")", "1.0"), R"({"a":1.00})", true);
    row("1.0 is 10e-1", leaf(R"("a")", "1.0"), R"({"a":10e-1})", true);
    row("-0 is not 0", leaf(R"("a")", "0"), R"({"a":-0})", false);
    row("-0 is 0.0", leaf(R"("a")", "0.0"), R"({"a":-0})", true);
    row("beyond 53 bits, equal", leaf(R"("a")", "9007199254740993"), R"({"a":9007199254740993})",
        true);
    row("beyond 53 bits, next", leaf(R"("a")", "9007199254740993"), R"({"a":9007199254740992})",
        false);
    row("64 bits", leaf(R"("a")", "18446744073709551615"), R"({"a":18446744073709551615})", true);
    row("64 bits, next", leaf(R"("a")", "18446744073709551615"), R"({"a":18446744073709551614})",
        false);
    row("least", leaf(R"("a")", "-9223372036854775808"), R"({"a":-9223372036854775808})", true);
    row("least, next", leaf(R"("a")", "-9223372036854775808"), R"({"a":-9223372036854775807})",
        false);
    row("sign", leaf(R"("a")", "-1"), R"({"a":1})", false);
    row("beyond 64 bits: as doubles", leaf(R"("a")", "18446744073709551616"),
        R"({"a":18446744073709551617})", true);
    row("beyond 64 bits: a double", leaf(R"("a")", "18446744073709551616.0"),
        R"({"a":18446744073709551616})", true);

    row("escaped value", leaf(R"("a")", R"("a/b")"), R"({"a":"\u0061\/b"})", true);
    row("escaped filter", leaf(R"("a")", R"("\u0061")"), R"({"a":"a"})", true);
    row("escaped key", one, R"({"\u0061":1})", true);
    row("escaped filter key", leaf(R"("\u0061")", "1"), R"({"a":1})", true);
    row("backslash", leaf(R"("a")", R"("\\")"), R"({"a":"\\"})", true);
    row("backslash is no slash", leaf(R"("a")", R"("\\")"), R"({"a":"\/"})", false);
    row("pair of surrogates", leaf(R"("a")", R"("😀")"), R"({"a":"\ud83d\ude00"})", true);
    row("prefix is not equal", leaf(R"("a")", R"("ab")"), R"({"a":"a"})", false);
    row("longer is not equal", leaf(R"("a")", R"("ab")"), R"({"a":"abc"})", false);
    row("NUL", leaf(R"("a")", R"("x\u0000y")"), R"({"a":"x\u0000y"})", true);

    row("top level: the first counts", one, R"({"a":1,"a":2})", true);
    row("top level: the second does not", one, R"({"a":2,"a":1})", false);
    row("top level: escaped repetition", one, R"({"\u0061":1,"a":2})", true);
    row("top level: the first counts, with another still to come",
        R"([{"key":"a","value":1},{"key":"b","value":1}])", R"({"a":1,"a":2,"b":1})", true);
    row("nested: the last counts", leaf(R"("o")", R"({"a":2})"), R"({"o":{"a":1,"a":2}})", true);
    row("nested: the first does not", leaf(R"("o")", R"({"a":1})"), R"({"o":{"a":1,"a":2}})",
        false);
    row("path: the last counts", path(R"("o.a")", "2"), R"({"o":{"a":1,"a":2}})", true);
    row("path: the first does not", path(R"("o.a")", "1"), R"({"o":{"a":1,"a":2}})", false);

    row("unreadable number elsewhere", one, R"({"a":1,"b":1e400})", true);
    row("unreadable number", leaf(R"("a")", "1.0"), R"({"a":1e400})", false);
    row("unreadable number beside", leaf(R"("a")", R"({"x":1})"), R"({"a":{"x":1,"y":1e400}})",
        false);
    row("unreadable long number", leaf(R"("a")", "{}"),
        R"({"a":{"x":)" + QByteArray(400, '9') + "}}", false);
    row("a long number that can be read", leaf(R"("a")", "{}"),
        R"({"a":{"x":)" + QByteArray(308, '9') + "}}", true);
    row("lone surrogate elsewhere", one, R"({"a":1,"b":"\ud800"})", true);
    row("lone surrogate", leaf(R"("a")", R"({"x":1})"), R"({"a":{"x":1,"y":"\ud800"}})", false);
    row("lone surrogate in a key", one, R"({"a":1,"\ud800":2})", false);

    row("trailing garbage", one, R"({"a":1} garbage ")", true);
    row("cut off", one, R"({"a":1,)", false);
    row("no closing brace", one, R"({"a":1)", false);
    row("malformed later", one, R"({"a":1,"b":tru})", false);
    row("malformed before", one, R"({"b":01,"a":1})", false);
    row("trailing comma", one, R"({"a":1,})", false);
    row("no comma", one, R"({"a":1 "b":2})", false);
    row("single quotes", one, R"({'a':1})", false);
    row("comment", one, R"({"a":1/**/})", false);
    row("control character", one, "{\"a\":1,\"b\":\"\t\"}", false);
    row("unknown escape", one, R"({"a":1,"b":"\x41"})", false);
    row("short escape", one, R"({"a":1,"b":"\u12"})", false);
    row("byte order mark", one, "\xEF\xBB\xBF{\"a\":1}", false);
    row("NaN", one, R"({"a":1,"b":NaN})", false);
    row("plus sign", one, R"({"a":1,"b":+1})", false);
    row("point without digits", one, R"({"a":1,"b":1.})", false);
    row("mismatched brackets", one, R"({"a":1,"b":[}])", false);
    row("array message", one, R"([{"a":1}])", false);
    row("text message", one, "a=1", false);
    row("empty message", one, "", false);
    row("only space", one, "  \n", false);

    const QByteArray none = R"([{"none_of":[{"key":"a","value":1}]}])";
    row("none_of: matching", none, R"({"a":1})", false);
    row("none_of: not matching", none, R"({"a":2})", true);
    row("none_of: text", none, "hello", true);
    row("none_of: malformed", none, R"({"a":1,)", true);
    row("none_of: malformed after the field", none, R"({"a":1,"b":x})", true);
    row("none_of: unreadable", none, R"({"a":1e400})", true);
    const QByteArray any = R"([{"any_of":[{"key":"a","value":1},{"key":"b","value":1}]}])";
    row("any_of: first", any, R"({"a":1})", true);
    row("any_of: second", any, R"({"b":1})", true);
    row("any_of: neither", any, R"({"a":2,"b":2})", false);
    const QByteArray all = R"([{"all_of":[{"key":"a","value":1},{"key":"b","value":1}]}])";
    row("all_of: both", all, R"({"b":1,"a":1})", true);
    row("all_of: one", all, R"({"a":1})", false);
    row("any_of and none_of", R"([{"key":"a","value":1},{"none_of":[{"key":"b","value":1}]}])",
        R"({"a":1,"b":1})", false);
    row("double negation", R"([{"none_of":[{"none_of":[{"key":"a","value":1}]}]}])", R"({"a":1})",
        true);
    row("double negation, malformed", R"([{"none_of":[{"none_of":[{"key":"a","value":1}]}]}])",
        R"({"a":1)", false);
    row("empty group", R"([{"any_of":[]}])", "hello", true);
    row("empty none_of", R"([{"none_of":[]}])", "hello", true);
    row("nested empty groups", R"([{"all_of":[{"any_of":[]}]}])", "hello", true);
    row("empty group beside a leaf", R"([{"any_of":[]},{"key":"a","value":1}])", R"({"a":2})",
        false);
    row("empty group within a group", R"([{"any_of":[{"all_of":[]},{"key":"a","value":1}]}])",
        R"({"a":2})", false);
    row("two leaves, one key", R"([{"key":"a","value":{"x":1}},{"key":"a","value":{"y":2}}])",
        R"({"a":{"x":1,"y":2}})", true);
    row("key and path, one field", R"([{"key":"a","value":{}},{"path":"a.y","value":2}])",
        R"({"a":{"x":1,"y":2}})", true);
}

void TestFilterProgram::matches()
{
    QFETCH(const QByteArray, filters);
    QFETCH(const QByteArray, message);
    QFETCH(const bool, expected);
    const FilterProgram program = compiled(filters);
    QCOMPARE(program.matches(message), expected);
    MessageView view(message);
    QCOMPARE(program.matches(view), expected);
    static_cast<void>(view.scan());
    QCOMPARE(program.matches(view), expected);
    QCOMPARE(program.explain(message).matches, expected);
}

void TestFilterProgram::refuses_data()
{
    QTest::addColumn<QByteArray>("filters");
    QTest::addColumn<QString>("message");
    const QString shape
        = u" is neither a {key, value} / {path, value} criterion nor an any_of/all_of/none_of group"_s;
    const QByteArray good = R"({"key":"a","value":1})";
    QTest::newRow("no JSON") << QByteArray("[") << u"filters is not valid JSON"_s;
    QTest::newRow("garbage behind") << QByteArray("[] x") << u"filters is not valid JSON"_s;
    QTest::newRow("object") << QByteArray("{}") << u"filters must be an array of filters"_s;
    QTest::newRow("entry is a string") << QByteArray(R"(["x"])") << QString(u"filter #1"_s + shape);
    QTest::newRow("empty entry") << QByteArray("[" + good + ",{}]")
                                 << QString(u"filter #2"_s + shape);
    QTest::newRow("no value") << QByteArray(R"([{"key":"a"}])") << QString(u"filter #1"_s + shape);
    QTest::newRow("key is a number")
        << QByteArray(R"([{"key":1,"value":1}])") << QString(u"filter #1"_s + shape);
    QTest::newRow("nested") << QByteArray(
        "[" + good + R"(,{"all_of":[)" + good + R"(,{"any_of":[{"bogus":1}]}]}])")
                            << QString(u"filter #2 -> all_of[1] -> any_of[0]"_s + shape);
    QTest::newRow("group is no array")
        << QByteArray(R"([{"any_of":{}}])") << u"filter #1: any_of must be an array of filters"_s;
    QTest::newRow("two groups") << QByteArray(R"([{"any_of":[],"all_of":[]}])")
                                << QString(u"filter #1"_s + shape);
    QTest::newRow("key and path")
        << QByteArray(R"([{"key":"a","path":"a","value":1}])")
        << u"filter #1 names its field with both key and path; use one or the other"_s;
    QTest::newRow("empty segment") << QByteArray(R"([{"path":"a..b","value":1}])")
                                   << u"filter #1: path \"a..b\" has an empty segment"_s;
    QTest::newRow("empty path") << QByteArray(R"([{"path":"","value":1}])")
                                << u"filter #1: path \"\" has an empty segment"_s;
    QTest::newRow("number out of range")
        << QByteArray(R"([{"key":"a","value":1e400}])")
        << u"filters holds a number out of range, a broken escape, or is nested too deeply"_s;
}

void TestFilterProgram::refuses()
{
    QFETCH(const QByteArray, filters);
    QFETCH(const QString, message);
    const Result<FilterProgram> program = FilterProgram::compile(filters, u"and");
    QVERIFY(!program);
    QCOMPARE(program.error().message, message);
}

void TestFilterProgram::explains_data()
{
    QTest::addColumn<QByteArray>("filter");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<bool>("passed");
    QTest::addColumn<QString>("reason");
    const QByteArray order = R"({"key":"type","value":"order"})";
    QTest::newRow("other") << order << QByteArray(R"({"type":"trade"})") << false
                           << u"`type` is \"trade\", wanted \"order\""_s;
    QTest::newRow("missing") << order << QByteArray("{}") << false
                             << u"`type` is missing, wanted \"order\""_s;
    QTest::newRow("equal") << order << QByteArray(R"({"type":"order"})") << true
                           << u"`type` is \"order\""_s;
    QTest::newRow("superset") << QByteArray(R"({"key":"o","value":{"a":1}})")
                              << QByteArray(R"({"o":{"a":1, "b":2}})") << true
                              << u"`o` is {\"a\":1,\"b\":2}, which contains {\"a\":1}"_s;
    QTest::newRow("path") << QByteArray(R"({"path":"o.a","value":1.0})")
                          << QByteArray(R"({"o":{"a":1}})") << false << u"`o.a` is 1, wanted 1.0"_s;
    QTest::newRow("unreadable")
        << QByteArray(R"({"key":"a","value":1})") << QByteArray(R"({"a":1e400})") << false
        << u"`a` cannot be read (a number out of range, a broken escape, or nested too deeply), "
           "wanted 1"_s;
    QTest::newRow("any_of failed")
        << QByteArray(R"({"any_of":[{"key":"a","value":1},{"key":"b","value":2}]})")
        << QByteArray(R"({"a":3})") << false
        << u"any_of: `a` is 3, wanted 1; `b` is missing, wanted 2"_s;
    QTest::newRow("any_of passed")
        << QByteArray(R"({"any_of":[{"key":"a","value":1},{"key":"b","value":2}]})")
        << QByteArray(R"({"b":2})") << true << u"any_of: `b` is 2"_s;
    QTest::newRow("all_of failed")
        << QByteArray(R"({"all_of":[{"key":"a","value":1},{"key":"b","value":2}]})")
        << QByteArray(R"({"b":2})") << false << u"all_of: `a` is missing, wanted 1"_s;
    QTest::newRow("none_of failed")
        << QByteArray(R"({"none_of":[{"key":"a","value":1},{"key":"b","value":2}]})")
        << QByteArray(R"({"b":2})") << false << u"none_of: `b` is 2"_s;
    QTest::newRow("empty group") << QByteArray(R"({"any_of":[]})") << QByteArray("{}") << true
                                 << u"the group is empty and does not count"_s;
}

void TestFilterProgram::explains()
{
    QFETCH(const QByteArray, filter);
    QFETCH(const QByteArray, message);
    QFETCH(const bool, passed);
    QFETCH(const QString, reason);
    // A second entry must not disturb the first, nor be left out.
    const FilterProgram program = compiled("[" + filter + R"(,{"key":"other","value":true}])");
    const FilterVerdict verdict = program.explain(message);
    QVERIFY(!verdict.matches);
    QCOMPARE(verdict.message, QString());
    QCOMPARE(verdict.entries.size(), 2);
    QCOMPARE(verdict.entries[0].text, reason);
    QCOMPARE(verdict.entries[0].passed, passed);
    QCOMPARE(verdict.entries[1].text, u"`other` is missing, wanted true"_s);
}

void TestFilterProgram::saysWhatIsWrongWithTheMessage()
{
    const FilterProgram program = compiled(R"([{"key":"a","value":1}])");
    QCOMPARE(program.explain("hello").message,
        u"the message is not a JSON object, so it has no fields"_s);
    const FilterVerdict verdict = program.explain(R"({"a":1,"b":x})");
    QCOMPARE(verdict.message, u"the message is malformed JSON near byte 12, so it has no fields"_s);
    QCOMPARE(verdict.entries.front().text, u"`a` is missing, wanted 1"_s);
    QVERIFY(!verdict.entries.front().passed);
}

void TestFilterProgram::quotesOnlyALittle()
{
    const FilterProgram program
        = compiled(R"([{"key":"a","value":")" + QByteArray(500, 'w') + R"("}])");
    const QByteArray message = R"({"a":")" + QByteArray(1'000'000, 'm') + R"("})";
    const QString text = program.explain(message).entries.front().text;
    QCOMPARE_LT(text.size(), 200);
    QVERIFY(text.contains(u"mmm…"_s));
    QVERIFY(text.contains(u"www…"_s));
}

void TestFilterProgram::onlyTheWordOrMeansOr()
{
    const QByteArray filters = R"([{"key":"a","value":1},{"key":"b","value":1}])";
    const QByteArray message = R"({"a":1,"b":2})";
    QVERIFY(compiled(filters, u"or").matches(message));
    for (const QStringView logic : {u"and", u"OR", u" or", u"xor"}) {
        QVERIFY(!compiled(filters, logic).matches(message));
    }
    QVERIFY(!compiled(filters, u"").matches(message));
    // An empty group does not make an `or` true.
    QVERIFY(!compiled(R"([{"any_of":[]},{"key":"a","value":1}])", u"or").matches(R"({"a":2})"));
    // With `or`, a none_of makes everything without fields pass, whatever else is asked.
    const FilterProgram negated
        = compiled(R"([{"key":"a","value":1},{"none_of":[{"key":"b","value":1}]}])", u"or");
    QVERIFY(negated.matches("hello"));
    QVERIFY(!negated.matches(R"({"a":2,"b":1})"));
    QVERIFY(negated.matches(R"({"a":2,"b":1)"));
}

void TestFilterProgram::refusesAnOversizedDocument()
{
    const QByteArray pad(FilterProgram::kMaxDocumentBytes, ' ');
    const Result<FilterProgram> over = FilterProgram::compile(QByteArray("[]" + pad), u"and");
    QVERIFY(!over);
    QCOMPARE(over.error().code, ErrorCode::LimitExceeded);
    QVERIFY(FilterProgram::compile(QByteArray("[]" + pad.chopped(2)), u"and"));
}

void TestFilterProgram::refusesTooDeepADocument()
{
    const auto groups = [](int depth) -> QByteArray {
        return "[" + QByteArray(R"({"any_of":[)").repeated(depth) + R"({"key":"a","value":1})"
            + QByteArray("]}").repeated(depth) + "]";
    };
    QVERIFY(compiled(groups(62)).matches(R"({"a":1})"));
    QVERIFY(!FilterProgram::compile(groups(63), u"and"));
    QVERIFY(!FilterProgram::compile(groups(50'000), u"and"));
}

void TestFilterProgram::readsValuesToTheDepthLimit()
{
    const FilterProgram program = compiled(R"([{"key":"a","value":[]}])");
    const auto message = [](int depth) -> QByteArray {
        return R"({"a":)" + QByteArray(depth, '[') + QByteArray(depth, ']') + "}";
    };
    QVERIFY(program.matches(message(json::kMaxReadDepth)));
    QVERIFY(!program.matches(message(json::kMaxReadDepth + 1)));
    // What is not read may be deeper.
    const FilterProgram other = compiled(R"([{"key":"b","value":1}])");
    QVERIFY(other.matches(QByteArray(message(5000).chopped(1) + R"(,"b":1})")));
}

void TestFilterProgram::survivesHostileNesting()
{
    const FilterProgram program
        = compiled(R"([{"key":"a","value":[]},{"path":"b.c","value":{"x":[1]}}])");
    constexpr qsizetype depth = 2'000'000;
    QElapsedTimer timer;
    timer.start();
    for (const QByteArray &piece :
        {QByteArray("["), QByteArray("{\"a\":"), QByteArray("[{\"a\":"), QByteArray("[[],")}) {
        const QByteArray open = piece.repeated(depth);
        QVERIFY(!program.matches(open));
        QVERIFY(!program.matches(QByteArray("{\"a\":" + open)));
        QVERIFY(!program.matches(QByteArray("{\"b\":{\"c\":" + open)));
    }
    const QByteArray closed
        = "{\"a\":" + QByteArray(depth, '[') + QByteArray(depth, ']') + ",\"b\":{}}";
    QVERIFY(!program.matches(closed));
    // Linear in the message; a square of it would take hours.
    QCOMPARE_LT(timer.elapsed(), 30'000);
}

void TestFilterProgram::countsAllOfManyFields()
{
    const FilterProgram program = compiled(R"([{"key":"last","value":1}])");
    QByteArray message = "{";
    for (size_t i = 0; i < MessageView::kMaxFields; ++i) {
        message += "\"f\":0,";
    }
    message += "\"last\":1}";
    MessageView view(message);
    QCOMPARE(view.scan(), MessageView::State::TooMany);
    QVERIFY(program.matches(view));
    QVERIFY(program.matches(message));
    view.reset(QByteArrayView("{\"last\":1}"));
    QCOMPARE(view.scan(), MessageView::State::Fields);
    QVERIFY(program.matches(view));
}

/// A message of megabytes whose first field decides costs nothing: if it were read to its end, this
/// would take minutes.
void TestFilterProgram::rejectsWithoutReadingTheRest()
{
    const FilterProgram program = compiled(R"([{"key":"type","value":"order"}])");
    const FilterProgram negated = compiled(R"([{"none_of":[{"key":"type","value":"order"}]}])");
    const QByteArray message
        = R"({"type":"trade","pad":[)" + QByteArray("1,").repeated(4'000'000) + "1]}";
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 20'000; ++i) {
        QVERIFY(!program.matches(message));
        QVERIFY(negated.matches(message));
        QCOMPARE_LT(timer.elapsed(), 20'000);
    }
}

QTEST_GUILESS_MAIN(TestFilterProgram)
#include "tst_filterprogram.moc"
