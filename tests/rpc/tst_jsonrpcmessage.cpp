// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/errorcodes.h"
#include "model/rpc/jsonrpcmessage.h"

#include <QTest>

using namespace earshot;
using namespace earshot::rpc;
using namespace Qt::StringLiterals;

class TestJsonRpcMessage final : public QObject
{
    Q_OBJECT
private slots:
    void splitsAcrossChunks();
    void skipsEmptyLinesAndCarriageReturns();
    void overflowsAtTheCap_data();
    void overflowsAtTheCap();
    void refusesWhatIsNoRequest_data();
    void refusesWhatIsNoRequest();
    void readsRequests();
    void answersRoundTrip();
    void errorsRoundTrip_data();
    void errorsRoundTrip();
};

void TestJsonRpcMessage::splitsAcrossChunks()
{
    const QByteArray stream = "{\"a\":1}\n{\"b\":\"\xc3\xa4\"}\nrest";
    for (qsizetype size = 1; size <= stream.size(); ++size) {
        LineSplitter splitter;
        QList<QByteArray> lines;
        for (qsizetype at = 0; at < stream.size(); at += size) {
            splitter.append(stream.mid(at, size));
            while (const auto line = splitter.next()) {
                lines.append(*line);
            }
        }
        QCOMPARE(lines, (QList<QByteArray>{"{\"a\":1}", "{\"b\":\"\xc3\xa4\"}"}));
        QCOMPARE(splitter.bufferedBytes(), 4);
    }
}

void TestJsonRpcMessage::skipsEmptyLinesAndCarriageReturns()
{
    LineSplitter splitter;
    splitter.append("\n\r\n{}\r\n\n");
    QCOMPARE(splitter.next(), QByteArray("{}"));
    QCOMPARE(splitter.next(), std::nullopt);
}

void TestJsonRpcMessage::overflowsAtTheCap_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("terminated");
    QTest::addColumn<bool>("fits");
    QTest::newRow("at the cap") << 64 << true << true;
    QTest::newRow("one more") << 65 << true << false;
    QTest::newRow("one more, unfinished") << 65 << false << false;
    QTest::newRow("at the cap, unfinished") << 64 << false << true;
}

void TestJsonRpcMessage::overflowsAtTheCap()
{
    QFETCH(int, size);
    QFETCH(bool, terminated);
    QFETCH(bool, fits);
    LineSplitter splitter(64);
    splitter.append("first\n");
    QCOMPARE(splitter.next(), QByteArray("first"));
    for (int i = 0; i < size; ++i) {
        splitter.append("x");
        QVERIFY(!splitter.next());
    }
    if (terminated) {
        splitter.append("\n");
    }
    QCOMPARE(splitter.next().has_value(), fits && terminated);
    QCOMPARE(splitter.isOverflown(), !fits);
    splitter.append("later\n");
    QCOMPARE(splitter.next().has_value(), fits && terminated);
    if (!fits) {
        QCOMPARE(splitter.bufferedBytes(), 0);
    }
}

void TestJsonRpcMessage::refusesWhatIsNoRequest_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("code");
    QTest::addColumn<bool>("idKnown");
    QTest::newRow("not JSON") << QByteArray("hello") << kParseError << false;
    QTest::newRow("bad UTF-8") << QByteArray("{\"a\":\"\xff\"}") << kParseError << false;
    QTest::newRow("two documents") << QByteArray("{}{}") << kParseError << false;
    QTest::newRow("too deep") << QByteArray(200'000, '[') << kParseError << false;
    QTest::newRow("batch") << QByteArray("[]") << kInvalidRequest << false;
    QTest::newRow("no version") << QByteArray(R"({"id":7,"method":"a"})") << kInvalidRequest
                                << true;
    QTest::newRow("old version") << QByteArray(R"({"jsonrpc":"1.0","id":7,"method":"a"})")
                                 << kInvalidRequest << true;
    QTest::newRow("no id") << QByteArray(R"({"jsonrpc":"2.0","method":"a"})") << kInvalidRequest
                           << false;
    QTest::newRow("null id") << QByteArray(R"({"jsonrpc":"2.0","id":null,"method":"a"})")
                             << kInvalidRequest << false;
    QTest::newRow("fractional id")
        << QByteArray(R"({"jsonrpc":"2.0","id":1.5,"method":"a"})") << kInvalidRequest << false;
    QTest::newRow("id too long") << QByteArray(
        R"({"jsonrpc":"2.0","id":")" + QByteArray(257, 'x') + R"(","method":"a"})")
                                 << kInvalidRequest << false;
    QTest::newRow("no method") << QByteArray(R"({"jsonrpc":"2.0","id":7})") << kInvalidRequest
                               << true;
    QTest::newRow("array params") << QByteArray(
        R"({"jsonrpc":"2.0","id":7,"method":"a","params":[]})")
                                  << kInvalidRequest << true;
}

void TestJsonRpcMessage::refusesWhatIsNoRequest()
{
    QFETCH(QByteArray, line);
    QFETCH(int, code);
    QFETCH(bool, idKnown);
    const auto parsed = parseRequest(line);
    const auto *fault = std::get_if<JsonRpcFault>(&parsed);
    QVERIFY(fault);
    QCOMPARE(fault->code, code);
    QVERIFY(!fault->message.isEmpty());
    QCOMPARE(fault->id.toInteger(0), idKnown ? 7 : 0);
}

void TestJsonRpcMessage::readsRequests()
{
    const auto parsed = parseRequest(
        R"({"jsonrpc":"2.0","id":9007199254740993,"method":"run.get","params":{"id":1}})");
    const auto *request = std::get_if<JsonRpcRequest>(&parsed);
    QVERIFY(request);
    QCOMPARE(request->id.toInteger(), 9007199254740993);
    QCOMPARE(request->method, u"run.get"_s);
    QCOMPARE(request->params.value("id"_L1).toInt(), 1);
    QVERIFY(std::holds_alternative<JsonRpcRequest>(
        parseRequest(R"({"jsonrpc":"2.0","id":"a","method":"b"})")));
}

void TestJsonRpcMessage::answersRoundTrip()
{
    const QByteArray line = resultLine(5, {{u"text"_s, u"a\nb"_s}});
    QCOMPARE(line.count('\n'), 1);
    const auto answer = parseAnswer(line.chopped(1));
    QVERIFY(answer);
    const auto &response = std::get<JsonRpcResponse>(*answer);
    QCOMPARE(response.id.toInteger(), 5);
    QVERIFY(response.result);
    QCOMPARE(response.result->value("text"_L1).toString(), u"a\nb"_s);

    const auto push = parseAnswer(notificationLine(u"x.batch"_s, {{u"n"_s, 1}}).chopped(1));
    QVERIFY(push);
    QCOMPARE(std::get<JsonRpcNotification>(*push).method, u"x.batch"_s);

    QVERIFY(!parseAnswer("nonsense"));
    QVERIFY(!parseAnswer("{}"));
}

void TestJsonRpcMessage::errorsRoundTrip_data()
{
    QTest::addColumn<int>("code");
    for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code) {
        QTest::addRow("%d", code) << code;
    }
}

void TestJsonRpcMessage::errorsRoundTrip()
{
    QFETCH(int, code);
    const Error error{static_cast<ErrorCode>(code), u"what failed"_s, u"what to do"_s};
    const auto answer = parseAnswer(errorLine(u"id"_s, error).chopped(1));
    QVERIFY(answer);
    const auto &response = std::get<JsonRpcResponse>(*answer);
    QVERIFY(!response.result);
    QCOMPARE(response.result.error(), error);
}

QTEST_GUILESS_MAIN(TestJsonRpcMessage)
#include "tst_jsonrpcmessage.moc"
