// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/payloadcodec.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

#include <zlib.h>

using namespace earshot::items;
using namespace Qt::StringLiterals;

class TestPayloadCodec final : public QObject
{
    Q_OBJECT
private slots:
    void decodes_data();
    void decodes();
    void stopsAtABomb();
    void dumps();
    void quotesForAShell();
    void writesFixtures();

private:
    static QByteArray gzip(const QByteArray &bytes);
};

QByteArray TestPayloadCodec::gzip(const QByteArray &bytes)
{
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    QByteArray out(
        static_cast<qsizetype>(deflateBound(&stream, static_cast<uLong>(bytes.size()))) + 64, 0);
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.constData()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.truncate(out.size() - static_cast<qsizetype>(stream.avail_out));
    deflateEnd(&stream);
    return out;
}

void TestPayloadCodec::decodes_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("codec");
    QTest::addColumn<QByteArray>("bytes"); // empty: nothing is found
    const QByteArray json = "{\"a\":1}";
    QTest::newRow("gzip") << gzip(json) << u"gzip"_s << json;
    QTest::newRow("zlib") << qCompress(json).mid(4) << u"zlib"_s << json;
    QTest::newRow("base64") << json.toBase64() << u"base64"_s << json;
    QTest::newRow("base64 of gzip") << gzip(json).toBase64() << u"base64 → gzip"_s << json;
    QTest::newRow("hex") << json.toHex() << u"hexadecimal"_s << json;
    QTest::newRow("JSON string") << QByteArray("\"{\\\"a\\\":1}\"") << u"JSON string"_s << json;
    QTest::newRow("percent") << QByteArray("a%20b%C3%BC") << u"percent encoding"_s
                             << QByteArray("a b\xc3\xbc");
    QTest::newRow("token") << QByteArray("{\"alg\":\"none\"}")
                                  .toBase64(QByteArray::Base64UrlEncoding
                                      | QByteArray::OmitTrailingEquals)
            + '.' + json.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals)
            + ".sig" << u"JSON web token"_s
                           << QByteArray("[{\"alg\":\"none\"},{\"a\":1}]");
    QTest::newRow("a word") << QByteArray("trades") << QString() << QByteArray();
    QTest::newRow("JSON") << json << QString() << QByteArray();
    QTest::newRow("empty") << QByteArray() << QString() << QByteArray();
    QTest::newRow("no gzip") << QByteArray("\x1f\x8b\x08nothing", 10) << QString() << QByteArray();
}

void TestPayloadCodec::decodes()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, codec);
    QFETCH(QByteArray, bytes);
    const QList<DecodedPayload> all = decodePayload(body);
    if (codec.isEmpty()) {
        QVERIFY(all.isEmpty());
        return;
    }
    bool found = false;
    for (const DecodedPayload &decoded : all) {
        found = found || (decoded.codec == codec && decoded.bytes == bytes);
    }
    QVERIFY(found);
}

void TestPayloadCodec::stopsAtABomb()
{
    const QByteArray bomb = gzip(QByteArray(200'000'000, '0'));
    const QList<DecodedPayload> all = decodePayload(bomb);
    QVERIFY(!all.isEmpty());
    QVERIFY(all.constFirst().cut);
    QCOMPARE_LE(all.constFirst().bytes.size(), kMaxDecodedBytes);
}

void TestPayloadCodec::dumps()
{
    QCOMPARE(hexDump("A\x01"), u"00000000  41 01%1  A.\n"_s.arg(QString(42, u' ')));
}

void TestPayloadCodec::quotesForAShell()
{
    const QString hostile = u"it's $(date) `x` \\ \"q\"\nnext"_s;
    QProcess shell;
    shell.start(u"/bin/sh"_s, {u"-c"_s, QString(u"printf %s "_s + shellQuoted(hostile))});
    QVERIFY(shell.waitForFinished());
    QCOMPARE(QString::fromUtf8(shell.readAllStandardOutput()), hostile);
    QVERIFY(websocatCommand(u"ws://h/?a=1&b='"_s, "x", false).contains(u"websocat"));
    QVERIFY(curlCommand(u"ws://h"_s, QByteArray(1, '\0'), true).contains(u"base64 -d"));
}

void TestPayloadCodec::writesFixtures()
{
    const QByteArray line = fixtureLine(u"in"_s, 5, "{\"n\":1.0}", false);
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    QCOMPARE(object.value("text"_L1).toString(), u"{\"n\":1.0}"_s);
    const QByteArray bytes = QByteArray("\xff\x00z", 3);
    QCOMPARE(QByteArray::fromBase64(QJsonDocument::fromJson(fixtureLine(u"in"_s, 5, bytes, true))
                                        .object()
                                        .value("base64"_L1)
                                        .toString()
                                        .toLatin1()),
        bytes);
    QVERIFY(fixtureLine(u"in"_s, 5, bytes, false).contains("base64"));
}

QTEST_GUILESS_MAIN(TestPayloadCodec)
#include "tst_payloadcodec.moc"
