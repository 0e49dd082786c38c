// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/closeinfo.h"
#include "triggers/handshakeerror.h"
#include "triggers/privateaddress.h"

#include <QSet>
#include <QTest>
#include <QUrl>

using namespace Qt::StringLiterals;
using namespace earshot::triggers;
using Kind = earshot::triggers::HandshakeFault::Kind;

namespace earshot {

class TestCloseInfo final : public QObject
{
    Q_OBJECT
private slots:
    void handshakeErrors_data();
    void handshakeErrors();
    void transience_data();
    void transience();
    void maskedUrls_data();
    void maskedUrls();
    void foreignTextIsCutAndPrintable();
    void everyKindHasAName();
    void privateAddresses_data();
    void privateAddresses();
};

void TestCloseInfo::handshakeErrors_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("detail");
    const auto row = [](const char *text, Kind kind, int status, const char *detail) {
        QTest::newRow(text) << QString::fromLatin1(text) << kind << status
                            << QString::fromLatin1(detail);
    };
    const auto http = "QWebSocketPrivate::processHandshake: Unhandled http status code: ";
    const auto httpRow = [&](const char *rest, int status, const char *detail) {
        row(QByteArray(QByteArray(http) + rest).constData(), Kind::HttpStatus, status, detail);
    };
    httpRow("404 (Not Found).", 404, "Not Found");
    httpRow("503 (Service (very) Unavailable).", 503, "Service (very) Unavailable");
    httpRow("502 ().", 502, "");
    httpRow("99999999999999 (x).", 0, "");
    row("QWebSocketPrivate::processHandshake: Unknown error condition encountered. Aborting "
        "connection.",
        Kind::HttpStatus, 400, "Bad Request");
    row("Handshake: Server requests a version that we don't support: 7, 8.", Kind::VersionRefused,
        400, "7, 8");
    row("Header is too large", Kind::HeadersTooLarge, 0, "");
    row("WebSocket server has chosen protocol mqtt which has not been requested",
        Kind::SubprotocolNotOffered, 0, "mqtt");
    row("Accept-Key received from server a does not match the client key b.", Kind::WrongAcceptKey,
        0, "");
    const auto upgrade = "Invalid parameter(s) presented during protocol upgrade: ";
    row(QByteArray(QByteArray(upgrade)
            + "Accept-key size: 28, version: 1.1, upgrade: websocket, connection: keep-alive, "
              "Upgrade")
            .constData(),
        Kind::MixedConnectionHeader, 0, "keep-alive, Upgrade");
    row(QByteArray(QByteArray(upgrade)
            + "Accept-key size: 0, version: 1.1, upgrade: websocket, connection: keep-alive, "
              "Upgrade")
            .constData(),
        Kind::NotWebSocket, 0,
        "Accept-key size: 0, version: 1.1, upgrade: websocket, connection: keep-alive, Upgrade");
    row("Read handshake request status failed", Kind::NotHttp, 0, "");
    row("Parsing handshake request header failed", Kind::NotHttp, 0, "");
    row("something new", Kind::Unknown, 0, "something new");
    row("", Kind::Unknown, 0, "");
}

void TestCloseInfo::handshakeErrors()
{
    QFETCH(QString, text);
    QFETCH(Kind, kind);
    QFETCH(int, status);
    QFETCH(QString, detail);
    const HandshakeFault fault = parseHandshakeError(text);
    if (status == 0 && kind == Kind::HttpStatus) {
        QCOMPARE(fault.kind, Kind::Unknown); // a number out of range is no status
        return;
    }
    QCOMPARE(fault.kind, kind);
    QCOMPARE(fault.httpStatus, status);
    QCOMPARE(fault.detail, detail);
    QVERIFY(!closeInfoForHandshake(fault, {}).message.isEmpty());
}

void TestCloseInfo::transience_data()
{
    QTest::addColumn<CloseKind>("kind");
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("closedTransient"); // before it was open
    QTest::addColumn<bool>("openTransient");
    const auto row
        = [](const char *name, CloseKind kind, int status, bool closedOne, bool openOne) {
              QTest::newRow(name) << kind << status << closedOne << openOne;
          };
    row("local", CloseKind::Local, 0, false, false);
    row("dropped", CloseKind::Dropped, 0, true, true);
    row("connect", CloseKind::ConnectFailed, 0, true, true);
    row("time-out", CloseKind::ConnectTimeout, 0, true, true);
    row("proxy", CloseKind::ProxyFailed, 0, true, true);
    row("certificate", CloseKind::CertificateRejected, 0, false, true);
    row("TLS", CloseKind::TlsFailed, 0, false, true);
    row("request", CloseKind::InvalidRequest, 0, false, true);
    row("private", CloseKind::PrivateAddress, 0, false, true);
    row("handshake", CloseKind::HandshakeInvalid, 0, false, true);
    row("subprotocol", CloseKind::SubprotocolRefused, 0, false, true);
    for (const int status : {200, 301, 400, 401, 403, 404, 428, 499}) {
        row(QByteArray::number(status).constData(), CloseKind::HandshakeRefused, status, false,
            false);
    }
    for (const int status : {429, 500, 502, 503, 504, 599}) {
        row(QByteArray::number(status).constData(), CloseKind::HandshakeRefused, status, true,
            true);
    }
}

void TestCloseInfo::transience()
{
    QFETCH(CloseKind, kind);
    QFETCH(int, status);
    QFETCH(bool, closedTransient);
    QFETCH(bool, openTransient);
    CloseInfo info;
    info.kind = kind;
    info.httpStatus = status;
    QCOMPARE(info.isTransient(), closedTransient);
    info.wasOpen = true;
    QCOMPARE(info.isTransient(), openTransient);
}

void TestCloseInfo::maskedUrls_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("shown");
    const auto row = [](const char *url, const char *shown) {
        QTest::newRow(url) << QString::fromLatin1(url) << QString::fromLatin1(shown);
    };
    row("wss://h/p", "wss://h/p");
    row("wss://h:8443/p?token=abc&v=1", "wss://h:8443/p?token=***&v=***");
    row("wss://h/?abc", "wss://h/?***");
    row("wss://h/?a=b=c&&", "wss://h/?a=***&***&***");
    row("wss://user:pass@h/p", "wss://***@h/p");
    row("wss://token@h/p#secret", "wss://***@h/p");
    row("ws://[::1]:9/", "ws://[::1]:9/");
}

void TestCloseInfo::maskedUrls()
{
    QFETCH(QString, url);
    QFETCH(QString, shown);
    QCOMPARE(maskedUrl(QUrl(url)), shown);
}

void TestCloseInfo::foreignTextIsCutAndPrintable()
{
    const CloseInfo info = closeInfoForServerClose(4000, u"\x1b[31m"_s + QString(500, u'x'), {});
    QVERIFY(!info.message.contains(QChar(0x1b)));
    QVERIFY(info.message.size() < 300);
    const CloseInfo http = closeInfoForHandshake(
        {.kind = Kind::HttpStatus, .httpStatus = 500, .detail = QString(5000, u'x')}, {});
    QVERIFY(http.message.size() < 400);
}

void TestCloseInfo::everyKindHasAName()
{
    QSet<QString> names;
    for (int kind = 0; kind <= int(CloseKind::SubprotocolRefused); ++kind) {
        names.insert(closeKindName(CloseKind(kind)));
    }
    QVERIFY(!names.contains(QString()));
    QCOMPARE(names.size(), int(CloseKind::SubprotocolRefused) + 1);
}

void TestCloseInfo::privateAddresses_data()
{
    QTest::addColumn<bool>("refused");
    for (const char *address : {"127.0.0.1", "127.255.255.255", "10.0.0.1", "172.16.0.1",
             "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0", "255.255.255.255",
             "100.64.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "224.0.0.1",
             "::1", "::", "fe80::1", "fd00::1", "fc00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
             "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "2001:db8::1"}) {
        QTest::newRow(address) << true;
    }
    for (const char *address :
        {"8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "192.167.255.255", "100.63.255.255",
            "100.128.0.1", "11.0.0.1", "126.255.255.255", "128.0.0.1", "2606:4700::1111",
            "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"}) {
        QTest::newRow(address) << false;
    }
}

void TestCloseInfo::privateAddresses()
{
    QFETCH(bool, refused);
    const QHostAddress address(QString::fromLatin1(QTest::currentDataTag()));
    QVERIFY(!address.isNull());
    QCOMPARE(isPrivateAddress(address), refused);
}

} // namespace earshot

QTEST_APPLESS_MAIN(earshot::TestCloseInfo)
#include "tst_closeinfo.moc"
