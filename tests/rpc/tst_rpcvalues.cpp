// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/jsonwriter.h"
#include "model/rpc/methods.h"

#include <QJsonDocument>
#include <QTest>

using namespace earshot;
using namespace earshot::rpc;
using namespace Qt::StringLiterals;

class TestRpcValues final : public QObject
{
    Q_OBJECT
private slots:
    void rowsRoundTrip();
    void writerAgreesWithTheDocument_data();
    void writerAgreesWithTheDocument();
    void writerStaysUtf8();
    void parametersAreStrict_data();
    void parametersAreStrict();
    void resultsAreLenient();
    void previewsAreCutBetweenCharacters();
    void previewsAreBounded();
    void chunksStayWithinTheBody();
    void detailsFitALine();
};

void TestRpcValues::rowsRoundTrip()
{
    TriggerSummary summary;
    summary.path = u"f/a/b"_s;
    summary.mode = TriggerMode::Suspended;
    summary.session.phase = SessionPhase::BackingOff;
    summary.session.nextAttemptAtUs = 1'790'000'000'000'001;
    summary.counters.received = 9'007'199'254'740'993;
    summary.inactiveKeys = {u"session.rules"_s};
    QCOMPARE(*fromJson<TriggerSummary>(toJson(summary)), summary);

    RunDetail detail;
    detail.run.status = RunStatus::FailedToStart;
    detail.reply = u""_s;
    QCOMPARE(*fromJson<RunDetail>(toJson(detail)), detail);
    detail.reply.reset();
    QVERIFY(!toJson(detail).contains("reply"_L1));

    const Chunk chunk{.total = 3, .data = QByteArray("\0\xff\n", 3)};
    QCOMPARE(*fromJson<Chunk>(toJson(chunk)), chunk);
}

void TestRpcValues::writerAgreesWithTheDocument_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("plain") << u"hello"_s;
    QTest::newRow("empty") << QString();
    QTest::newRow("quotes") << u"\"\\/"_s;
    QString controls;
    for (char16_t c = 0; c < 0x20; ++c) {
        controls += QChar(c);
    }
    QTest::newRow("controls") << controls;
    QTest::newRow("beyond the BMP") << u"ä€😀\u2028"_s;
}

void TestRpcValues::writerAgreesWithTheDocument()
{
    QFETCH(QString, text);
    MessageRow row;
    row.id = -5;
    row.trigger = u"f/a/b"_s;
    row.preview = text;
    Batch<MessageRow> batch;
    batch.rows = {row, row};
    QByteArray written;
    appendJson(&written, batch);
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(written, &error).object();
    QCOMPARE(error.error, QJsonParseError::NoError);
    QCOMPARE(object, QJsonDocument::fromJson(QJsonDocument(toJson(batch)).toJson()).object());
}

void TestRpcValues::writerStaysUtf8()
{
    // what Qt's own document would write as an escape that other parsers refuse
    QByteArray written;
    appendJsonString(&written, QString(QString(QChar(0xd800)) + u'a'));
    QCOMPARE(written, QByteArray("\"?a\""));
}

void TestRpcValues::parametersAreStrict_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("message");
    QTest::newRow("good") << QByteArray(R"({"path":"a","mode":"enabled"})") << QString();
    QTest::newRow("missing") << QByteArray(R"({"path":"a"})") << u"`mode` is missing"_s;
    QTest::newRow("unknown") << QByteArray(R"({"path":"a","mode":"enabled","mod":1})")
                             << u"`mod` is not known here"_s;
    QTest::newRow("type") << QByteArray(R"({"path":1,"mode":"enabled"})")
                          << u"`path` must be text"_s;
    QTest::newRow("enum") << QByteArray(R"({"path":"a","mode":"on"})")
                          << u"`mode` has the unknown value `on`"_s;
    QTest::newRow("null") << QByteArray(R"({"path":null,"mode":"enabled"})")
                          << u"`path` must be text"_s;
}

void TestRpcValues::parametersAreStrict()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, message);
    const auto params = fromJson<TriggerSetMode::Params>(
        QJsonDocument::fromJson(json).object(), FieldRule::Strict);
    QCOMPARE(params.has_value(), message.isEmpty());
    if (!params) {
        QCOMPARE(params.error().message, message);
        QCOMPARE(params.error().code, ErrorCode::InvalidArgument);
    }
}

void TestRpcValues::resultsAreLenient()
{
    const auto row = fromJson<RunRow>({{u"id"_s, 5}, {u"from_the_future"_s, true}});
    QVERIFY(row);
    QCOMPARE(row->id, 5);
    QCOMPARE(row->attempts, 1);
    for (const QJsonValue &id : {QJsonValue(1.5), QJsonValue(1e30), QJsonValue(u"1"_s)}) {
        QVERIFY(!fromJson<RunRow>({{u"id"_s, id}}));
    }
    QVERIFY(!fromJson<ServiceInfo>({{u"api"_s, qint64(5'000'000'000)}}));
    // null stands for "not given" where a member may be absent
    QVERIFY(fromJson<RunList::Params>({{u"limit"_s, QJsonValue::Null}}, FieldRule::Strict));
}

void TestRpcValues::previewsAreCutBetweenCharacters()
{
    for (qsizetype shift = 0; shift < 4; ++shift) {
        const QByteArray body
            = QByteArray(shift, 'x') + QByteArray("\xf0\x9f\x98\x80").repeated(200);
        const QString preview = previewOf(body);
        QVERIFY(!preview.contains(QChar::ReplacementCharacter));
        const qsizetype size = preview.toUtf8().size();
        QVERIFY(size <= kMaxPreviewBytes && size > kMaxPreviewBytes - 4);
    }
    QVERIFY(previewOf("\xff\xfe").contains(QChar::ReplacementCharacter));
    QCOMPARE(previewOf("\x01\xff", true), u"01ff"_s);
}

void TestRpcValues::previewsAreBounded()
{
    QCOMPARE(previewOf(QByteArray(5'000, 'x')).size(), kMaxPreviewBytes);
    QCOMPARE(previewOf(QByteArray(5'000, '\x80')).size(), kMaxPreviewBytes);
    QCOMPARE(previewOf(QByteArray(5'000, 'x'), true).size(), kMaxPreviewBytes);
    RunRecord record;
    record.message = QByteArray(5'000, 'm');
    record.replyError = QString(5'000, u'e');
    const RunRow row = rowOf(record);
    QCOMPARE(row.message.size(), kMaxPreviewBytes);
    QCOMPARE(row.replyError.size(), kMaxPreviewBytes);
    QCOMPARE(row.messageSize, 5'000);
}

void TestRpcValues::chunksStayWithinTheBody()
{
    const QByteArray body = QByteArray(kMaxChunkBytes, 'a') + "tail";
    QCOMPARE(chunkOf(body, {}, {}).data.size(), kMaxChunkBytes);
    QCOMPARE(chunkOf(body, kMaxChunkBytes, {}).data, QByteArray("tail"));
    QCOMPARE(chunkOf(body, 0, 3).data, QByteArray("aaa"));
    QCOMPARE(chunkOf(body, -5, -1).data, QByteArray());
    QCOMPARE(chunkOf(body, std::numeric_limits<qint64>::max(), 10).data, QByteArray());
    QCOMPARE(chunkOf(body, 0, std::numeric_limits<qint64>::max()).data.size(), kMaxChunkBytes);
    QVERIFY(QJsonDocument(toJson(chunkOf(body, {}, {}))).toJson().size() < 1024 * 1024);
}

void TestRpcValues::detailsFitALine()
{
    // a control byte takes six in JSON: the worst a body can do
    RunRecord record;
    record.message = record.args = record.preprocessedArgs = record.result = record.logs
        = QByteArray(1'000'000, '\x01');
    record.reply = record.logs;
    QVERIFY(QJsonDocument(toJson(detailOf(record))).toJson(QJsonDocument::Compact).size()
        < 1024 * 1024);
}

QTEST_GUILESS_MAIN(TestRpcValues)
#include "tst_rpcvalues.moc"
