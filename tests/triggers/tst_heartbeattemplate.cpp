// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/heartbeattemplate.h"
#include "triggers/jsonscan.h"
#include "triggers/messageview.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot::triggers;

class TestHeartbeatTemplate : public QObject
{
    Q_OBJECT

private slots:
    void renders_data();
    void renders();
    void captures_data();
    void captures();
    void keepsTheLastCapture();
    void capturesFromManyFields();
    void capturesToTheDepthLimit();
};

void TestHeartbeatTemplate::renders_data()
{
    QTest::addColumn<QString>("message");
    QTest::addColumn<bool>("hasField");
    QTest::addColumn<bool>("hasState");
    QTest::addColumn<QByteArray>("state");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("literal without a field") << u"{\"s\":{{state}}}"_s << false << true
                                             << QByteArray("5") << QByteArray("{\"s\":{{state}}}");
    QTest::newRow("null before the first capture")
        << u"{\"s\":{{state}}}"_s << true << false << QByteArray() << QByteArray("{\"s\":null}");
    QTest::newRow("number") << u"{{state}}"_s << true << true << QByteArray("5") << QByteArray("5");
    QTest::newRow("string keeps its quotes")
        << u"{{state}}"_s << true << true << QByteArray("\"x\"") << QByteArray("\"x\"");
    QTest::newRow("every occurrence") << u"{{state}}{{state}} {{state}}"_s << true << true
                                      << QByteArray("1") << QByteArray("11 1");
    QTest::newRow("with spaces it is text")
        << u"{{ state }}"_s << true << true << QByteArray("1") << QByteArray("{{ state }}");
    QTest::newRow("more braces") << u"{{{state}}}"_s << true << true << QByteArray("1")
                                 << QByteArray("{1}");
    QTest::newRow("a state is not expanded again")
        << u"{{state}}"_s << true << true << QByteArray("\"{{state}}\"")
        << QByteArray("\"{{state}}\"");
    QTest::newRow("no placeholder")
        << u"ping"_s << true << true << QByteArray("1") << QByteArray("ping");
    QTest::newRow("text beyond ASCII")
        << u"é{{state}}😀"_s << true << true << QByteArray("1") << QByteArray("é1😀");
}

void TestHeartbeatTemplate::renders()
{
    QFETCH(const QString, message);
    QFETCH(const bool, hasField);
    QFETCH(const bool, hasState);
    QFETCH(const QByteArray, state);
    QFETCH(const QByteArray, expected);
    const HeartbeatTemplate heartbeat(
        message, hasField ? std::optional(u"s"_s) : std::optional<QString>());
    QCOMPARE(heartbeat.stateCapture().has_value(), hasField);
    QCOMPARE(heartbeat.render(hasState ? std::optional(state) : std::nullopt), expected);
}

void TestHeartbeatTemplate::captures_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("expected"); // empty = the state stays
    const auto row = [](const char *name, const QByteArray &message, const QByteArray &expected) {
        QTest::newRow(name) << message << expected;
    };
    row("string", R"({"s":"x"})", R"("x")");
    row("object", R"({"s":{"a":1}})", R"({"a":1})");
    row("null counts", R"({"s":null})", "null");
    row("missing", R"({"t":1})", "");
    row("array", R"([{"s":6}])", "");
    row("text", "s=7", "");
    row("nested", R"({"d":{"s":9}})", "");
    row("empty", "", "");
    row("space is dropped", "{ \"s\" : { \"a\" : [ 1 , 2 ] } }", R"({"a":[1,2]})");
    row("space in strings is kept", R"({"s":" a b "})", R"(" a b ")");
    row("numbers", R"({"s":[1.0,1.00,1e2,-0,0.10,1E-7,12345678901234567890,1e16,1e15]})",
        "[1.0,1.0,100.0,-0.0,0.1,1e-7,12345678901234567890,1e16,1000000000000000.0]");
    row("integers beyond 64 bits", R"({"s":18446744073709551616})", "1.8446744073709552e19");
    row("escapes", R"({"s":"\u0061\/\"\\\u0008\u000a\u001f\u00e9"})", R"("a/\"\\\b\n\u001fé")");
    row("pair of surrogates", R"({"s":"\ud83d\ude00"})", R"("😀")");
    row("order of keys is kept", R"({"s":{"b":1,"a":2}})", R"({"b":1,"a":2})");
    row("a repeated key inside", R"({"s":{"b":1,"a":2,"b":3}})", R"({"b":3,"a":2})");
    row("a repeated field", R"({"s":1,"s":2})", "2");
    row("escaped name", R"({"\u0073":1})", "1");
    row("malformed", R"({"s":1,)", "");
    row("malformed elsewhere", R"({"s":1,"t":x})", "");
    row("garbage behind", R"({"s":1} x)", "");
    row("space behind", "{\"s\":1} \n", "1");
    row("unreadable number elsewhere", R"({"s":1,"t":1e400})", "");
    row("lone surrogate elsewhere", R"({"s":1,"t":"\ud800"})", "");
    row("lone surrogate in a key", R"({"s":1,"\ud800":1})", "");
}

void TestHeartbeatTemplate::captures()
{
    QFETCH(const QByteArray, message);
    QFETCH(const QByteArray, expected);
    const JsonFieldCapture capture(u"s"_s);
    const std::optional<QByteArray> wanted
        = expected.isEmpty() ? std::nullopt : std::optional(expected);
    QCOMPARE(capture.capture(message), wanted);
    MessageView view(message);
    QCOMPARE(capture.capture(view), wanted);
}

void TestHeartbeatTemplate::keepsTheLastCapture()
{
    const HeartbeatTemplate heartbeat(u"{{state}}"_s, u"s"_s);
    std::optional<QByteArray> state;
    MessageView view;
    const auto receive = [&](QByteArrayView message) {
        view.reset(message);
        if (std::optional<QByteArray> captured = heartbeat.stateCapture()->capture(view)) {
            state = std::move(captured);
        }
        return heartbeat.render(state);
    };
    QCOMPARE(receive("hello"), QByteArray("null"));
    QCOMPARE(receive(R"({"s":5})"), QByteArray("5"));
    QCOMPARE(receive(R"({"t":1})"), QByteArray("5"));
    QCOMPARE(receive(R"([{"s":6}])"), QByteArray("5"));
    QCOMPARE(receive(R"({"s":null})"), QByteArray("null"));
}

void TestHeartbeatTemplate::capturesFromManyFields()
{
    QByteArray message = "{";
    for (size_t i = 0; i < MessageView::kMaxFields; ++i) {
        message += "\"f\":0,";
    }
    message += "\"s\":1}";
    MessageView view(message);
    QCOMPARE(JsonFieldCapture(u"s"_s).capture(view), std::optional(QByteArray("1")));
    QCOMPARE(view.state(), MessageView::State::TooMany);
}

/// The message itself is one of the containers.
void TestHeartbeatTemplate::capturesToTheDepthLimit()
{
    const JsonFieldCapture capture(u"s"_s);
    const auto message = [](int depth) -> QByteArray {
        return R"({"s":1,"t":)" + QByteArray(depth, '[') + QByteArray(depth, ']') + "}";
    };
    QVERIFY(capture.capture(message(json::kMaxReadDepth - 1)).has_value());
    QVERIFY(!capture.capture(message(json::kMaxReadDepth)).has_value());
    QVERIFY(!capture.capture(message(1'000'000)).has_value());
}

QTEST_GUILESS_MAIN(TestHeartbeatTemplate)
#include "tst_heartbeattemplate.moc"
