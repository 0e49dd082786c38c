// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/triggers/connectionfixture.h"

#include <QHostInfo>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot::triggers;
using namespace earshot::testsupport;

namespace earshot {

/// Every way an attempt can fail before the connection is open.
class TestHandshake final : public QObject
{
    Q_OBJECT
private slots:
    void httpAnswers_data();
    void httpAnswers();
    void badAnswers_data();
    void badAnswers();
    void headersBeyondTheCap_data();
    void headersBeyondTheCap();
    void answerInPieces();
    void subprotocolMissing();
    void subprotocolNotOffered();
    void subprotocolUnasked();
    void closedDuringTheHandshake_data();
    void closedDuringTheHandshake();
    void refusedConnection();
    void unknownHost();
    void connectTimeout_data();
    void connectTimeout();
    void invalidRequests_data();
    void invalidRequests();
    void blockPrivate_data();
    void blockPrivate();
    void messagesHoldNoSecrets();
    void nameIsResolvedFirst();
    void unreachableAddress();
};

void TestHandshake::httpAnswers_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("phrase");
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<bool>("transient");
    QTest::newRow("200") << 200 << QByteArray("OK") << QByteArray() << false;
    QTest::newRow("301") << 301 << QByteArray("Moved Permanently")
                         << QByteArray("Location: wss://elsewhere/\r\n") << false;
    QTest::newRow("400") << 400 << QByteArray("Bad Request") << QByteArray() << false;
    QTest::newRow("400 version") << 400 << QByteArray("Bad Request")
                                 << QByteArray("Sec-WebSocket-Version: 13\r\n") << false;
    QTest::newRow("400 other version") << 400 << QByteArray("Bad Request")
                                       << QByteArray("Sec-WebSocket-Version: 7, 8\r\n") << false;
    QTest::newRow("401") << 401 << QByteArray("Unauthorized")
                         << QByteArray("WWW-Authenticate: Basic realm=\"x\"\r\n") << false;
    QTest::newRow("403") << 403 << QByteArray("Forbidden") << QByteArray() << false;
    QTest::newRow("404") << 404 << QByteArray("Not Found") << QByteArray() << false;
    QTest::newRow("429") << 429 << QByteArray("Too Many Requests")
                         << QByteArray("Retry-After: 5\r\n") << true;
    QTest::newRow("500") << 500 << QByteArray("Internal Server Error") << QByteArray() << true;
    QTest::newRow("502") << 502 << QByteArray("Bad Gateway") << QByteArray() << true;
    QTest::newRow("503") << 503 << QByteArray("Service (very) Unavailable") << QByteArray() << true;
    QTest::newRow("no phrase") << 503 << QByteArray() << QByteArray() << true;
}

void TestHandshake::httpAnswers()
{
    QFETCH(int, status);
    QFETCH(QByteArray, phrase);
    QFETCH(QByteArray, headers);
    QFETCH(bool, transient);
    RawWebSocketServer server;
    server.setRequestHandler(
        [&](RawPeer &peer) { peer.rejectHttp(status, phrase, headers, "<html>no</html>"); });
    ConnectionFixture client;
    client.request.url = server.url();
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::HandshakeRefused);
    QCOMPARE(info.httpStatus, status);
    QCOMPARE(info.code, 1006);
    QCOMPARE(info.isTransient(), transient);
    QVERIFY(!info.wasOpen);
    QVERIFY2(
        status == 400 || info.message.contains(QString::number(status)), qPrintable(info.message));
    if (status != 400) {
        QCOMPARE(info.reason, QString::fromLatin1(phrase));
    }
    QCOMPARE(client.opens, 0);
    // The library leaves the connection open after a refused handshake.
    QTRY_VERIFY(!server.peer()->isConnected());
    QCOMPARE(client.closes.size(), 1);
}

void TestHandshake::badAnswers_data()
{
    QTest::addColumn<QByteArray>("answer"); // KEY is replaced by the right Sec-WebSocket-Accept
    QTest::addColumn<QString>("words");
    QTest::newRow("another protocol")
        << QByteArray("SSH-2.0-OpenSSH_9.2p1 Debian\r\n") << u"begins with \"SSH-2.0-OpenSSH_\""_s;
    QTest::newRow("binary garbage")
        << QByteArray("\x15\x03\x01\x00\x02\x02\x46", 7) << u"not answer in HTTP"_s;
    QTest::newRow("no status") << QByteArray("HTTP/1.1\r\n\r\n") << u"readable HTTP"_s;
    QTest::newRow("wrong accept key") << QByteArray(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
                                      << u"wrong Sec-WebSocket-Accept"_s;
    QTest::newRow("no accept key")
        << QByteArray("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\n\r\n")
        << u"but not to WebSocket"_s;
    QTest::newRow("no upgrade header")
        << QByteArray("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: KEY\r\n\r\n")
        << u"but not to WebSocket"_s;
    QTest::newRow("upgrade to h2c")
        << QByteArray("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: KEY\r\n\r\n")
        << u"but not to WebSocket"_s;
    QTest::newRow("keep-alive, Upgrade")
        << QByteArray("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: KEY\r\n\r\n")
        << u"\"Connection: keep-alive, Upgrade\""_s;
}

void TestHandshake::badAnswers()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, words);
    RawWebSocketServer server;
    server.setRequestHandler([&](RawPeer &peer) {
        QByteArray bytes = answer;
        peer.sendRaw(bytes.replace("KEY", peer.acceptKey()));
    });
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.connectTimeoutMs = 10'000;
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::HandshakeInvalid);
    QVERIFY2(info.message.contains(words), qPrintable(info.message));
    QVERIFY(!info.isTransient());
    QCOMPARE(info.httpStatus, 0);
    QTRY_VERIFY(!server.peer()->isConnected());
}

void TestHandshake::headersBeyondTheCap_data()
{
    QTest::addColumn<QByteArray>("unit");
    QTest::newRow("lines") << QByteArray("X-Filler: 0123456789012345678901234567890123456789\r\n");
    // Without a line break the library would buffer for ever.
    QTest::newRow("one line") << QByteArray("0123456789012345678901234567890123456789");
}

void TestHandshake::headersBeyondTheCap()
{
    QFETCH(QByteArray, unit);
    RawWebSocketServer server;
    server.setRequestHandler([&](RawPeer &peer) {
        peer.sendRaw("HTTP/1.1 101 Switching Protocols");
        peer.sendRaw(unit.repeated(WebSocketConnection::kMaxHandshakeBytes / unit.size() + 1));
    });
    ConnectionFixture client;
    client.request.url = server.url();
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::HandshakeInvalid);
    QVERIFY2(info.message.contains(u"64 KiB"_s), qPrintable(info.message));
}

void TestHandshake::answerInPieces()
{
    RawWebSocketServer server;
    server.setRequestHandler([](RawPeer &peer) {
        const QByteArray answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
                                  "Connection: upgrade\r\nSec-WebSocket-Accept: "
            + peer.acceptKey() + "\r\nX-Filler: " + QByteArray(30'000, 'x') + "\r\n\r\n";
        peer.sendRaw("H");
        peer.sendRaw(answer.sliced(1, 20));
        peer.sendRaw(answer.sliced(21));
    });
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
}

void TestHandshake::subprotocolMissing()
{
    RawWebSocketServer server;
    server.setRequestHandler([](RawPeer &peer) {
        peer.acceptUpgrade();
        peer.sendText("too early");
    });
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.subprotocols = {u"graphql-transport-ws"_s, u"graphql-ws"_s};
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::SubprotocolRefused);
    QVERIFY2(
        info.message.contains(u"graphql-transport-ws, graphql-ws"_s), qPrintable(info.message));
    QVERIFY(!info.isTransient());
    QCOMPARE(client.opens, 0);
    QCOMPARE(client.texts.size(), 0);
}

void TestHandshake::subprotocolNotOffered()
{
    RawWebSocketServer server;
    server.setRequestHandler(
        [](RawPeer &peer) { peer.acceptUpgrade("Sec-WebSocket-Protocol: mqtt\r\n"); });
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.subprotocols = {u"stomp"_s};
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::SubprotocolRefused);
    QVERIFY2(info.message.contains(u"\"mqtt\""_s), qPrintable(info.message));
}

void TestHandshake::subprotocolUnasked()
{
    RawWebSocketServer server;
    server.setRequestHandler(
        [](RawPeer &peer) { peer.acceptUpgrade("Sec-WebSocket-Protocol: mqtt\r\n"); });
    ConnectionFixture client;
    client.request.url = server.url();
    QCOMPARE(client.openAndFail().kind, CloseKind::SubprotocolRefused);
}

void TestHandshake::closedDuringTheHandshake_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<bool>("hard");
    QTest::newRow("nothing") << QByteArray() << false;
    QTest::newRow("half an answer") << QByteArray("HTTP/1.1 101 Swit") << false;
    QTest::newRow("reset") << QByteArray() << true;
}

void TestHandshake::closedDuringTheHandshake()
{
    QFETCH(QByteArray, answer);
    QFETCH(bool, hard);
    RawWebSocketServer server;
    server.setRequestHandler([&](RawPeer &peer) {
        peer.sendRaw(answer);
        if (hard) {
            peer.reset();
        } else {
            peer.drop();
        }
    });
    ConnectionFixture client;
    client.request.url = server.url();
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::ConnectFailed);
    QVERIFY(info.isTransient());
    QVERIFY(!info.wasOpen);
    QCOMPARE(info.code, 1006);
    QCOMPARE(client.closes.size(), 1);
}

void TestHandshake::refusedConnection()
{
    // A refused connect makes QWebSocket emit error and disconnected: still one closed().
    RawWebSocketServer server;
    const QUrl url = server.url();
    server.closeListener();
    ConnectionFixture client;
    client.request.url = url;
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::ConnectFailed);
    QVERIFY2(info.message.contains(u"refused"_s), qPrintable(info.message));
    QVERIFY(info.isTransient());
    QTest::qWait(0);
    QCOMPARE(client.closes.size(), 1);
}

void TestHandshake::unknownHost()
{
    ConnectionFixture client;
    client.request.url = QUrl(u"ws://no-such-host.invalid/"_s);
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::ConnectFailed);
    QVERIFY2(info.message.contains(u"not found"_s), qPrintable(info.message));
    QVERIFY(info.isTransient());
}

void TestHandshake::connectTimeout_data()
{
    QTest::addColumn<bool>("tls");
    QTest::addColumn<QString>("words");
    QTest::newRow("no answer to the upgrade") << false << u"did not answer the upgrade"_s;
    QTest::newRow("no answer to TLS") << true << u"TLS handshake did not end"_s;
}

void TestHandshake::connectTimeout()
{
    QFETCH(bool, tls);
    QFETCH(QString, words);
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    ConnectionFixture client;
    client.request.url
        = QUrl((tls ? u"wss://127.0.0.1:%1/"_s : u"ws://127.0.0.1:%1/"_s).arg(silent.serverPort()));
    client.request.connectTimeoutMs = 100;
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::ConnectTimeout);
    QVERIFY2(info.message.contains(words), qPrintable(info.message));
    QVERIFY2(info.message.contains(u"0.1 s"_s), qPrintable(info.message));
    QVERIFY(info.isTransient());
}

void TestHandshake::invalidRequests_data()
{
    QTest::addColumn<QUrl>("url");
    QTest::addColumn<QByteArray>("headerName");
    QTest::addColumn<QByteArray>("headerValue");
    QTest::addColumn<QString>("subprotocol");
    QTest::addColumn<QString>("words");
    const auto url = [](const char *name, const QUrl &bad, const QString &words) {
        QTest::newRow(name) << bad << QByteArray() << QByteArray() << QString() << words;
    };
    url("empty", QUrl(), u"URL is not valid"_s);
    url("http", QUrl(u"http://127.0.0.1/"_s), u"begin with ws:// or wss://, not http:"_s);
    url("no scheme", QUrl(u"//127.0.0.1/x"_s), u"begin with ws:// or wss://"_s);
    url("no host", QUrl(u"ws:///x"_s), u"no host"_s);
    url("port 0", QUrl(u"ws://127.0.0.1:0/"_s), u"port 0"_s);
    url("bad port", QUrl(u"ws://127.0.0.1:99999/?token=s3cret"_s, QUrl::StrictMode),
        u"URL is not valid"_s);
    url("line break in the path", QUrl(u"ws://127.0.0.1:1/a%0D%0AX: y"_s), u"holds a line break"_s);
    url("huge", QUrl(u"ws://127.0.0.1:1/"_s + QString(70'000, u'x')), u"64 KiB"_s);
    const QUrl good(u"ws://127.0.0.1:1/"_s);
    const auto header = [&good](const char *label, const QByteArray &name, const QByteArray &value,
                            const QString &words) {
        QTest::newRow(label) << good << name << value << QString() << words;
    };
    header("line break in a header", "X-A", "s3cret\r\nX-B: 2", u"line break"_s);
    header("NUL in a header", "X-A", QByteArray("a\0b", 3), u"control character"_s);
    header("bad header name", "X A", "1", u"not a header name"_s);
    header("empty header name", "", "1", u"not a header name"_s);
    header("Host", "host", "elsewhere", u"set by the WebSocket handshake"_s);
    header("Connection", "Connection", "close", u"set by the WebSocket handshake"_s);
    header("Sec-WebSocket-Key", "Sec-WebSocket-Key", "x", u"set by the WebSocket handshake"_s);
    QTest::newRow("bad subprotocol")
        << good << QByteArray() << QByteArray() << u"a b"_s << u"not a subprotocol name"_s;
    QTest::newRow("line break in a subprotocol")
        << good << QByteArray() << QByteArray() << u"a\r\nb"_s << u"not a subprotocol name"_s;
}

void TestHandshake::invalidRequests()
{
    QFETCH(QUrl, url);
    QFETCH(QByteArray, headerName);
    QFETCH(QByteArray, headerValue);
    QFETCH(QString, subprotocol);
    QFETCH(QString, words);
    ConnectionFixture client;
    client.request.url = url;
    if (!headerValue.isEmpty()) {
        client.request.headers = {{headerName, headerValue}};
    }
    if (!subprotocol.isEmpty()) {
        client.request.subprotocols = {subprotocol};
    }
    client.connection.open(client.request);
    const bool synchronous = !client.closes.isEmpty();
    QVERIFY(QTest::qWaitFor([&client] { return !client.closes.isEmpty(); }, 20'000));
    const CloseInfo info = client.closes.constFirst();
    QCOMPARE(info.kind, CloseKind::InvalidRequest);
    QVERIFY2(info.message.contains(words), qPrintable(info.message));
    QVERIFY(!info.message.contains(u"s3cret"_s));
    QVERIFY(!info.isTransient());
    QVERIFY(!synchronous);
}

void TestHandshake::blockPrivate_data()
{
    QTest::addColumn<QString>("host");
    QTest::newRow("literal") << u"127.0.0.1"_s;
    QTest::newRow("name") << u"localhost"_s;
    QTest::newRow("IPv6") << u"[::1]"_s;
    QTest::newRow("mapped") << u"[::ffff:127.0.0.1]"_s;
    QTest::newRow("short form") << u"127.1"_s;
    QTest::newRow("decimal form") << u"2130706433"_s;
}

void TestHandshake::blockPrivate()
{
    QFETCH(QString, host);
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.url = QUrl(u"ws://%1:%2/"_s.arg(host).arg(server.port()));
    client.request.blockPrivate = true;
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::PrivateAddress);
    QVERIFY2(info.message.contains(u"private/internal IP address"_s), qPrintable(info.message));
    QVERIFY(!info.isTransient());
    QCOMPARE(server.connectionCount(), 0);
}

void TestHandshake::messagesHoldNoSecrets()
{
    RawWebSocketServer server;
    server.setRequestHandler([](RawPeer &peer) { peer.rejectHttp(401, "Unauthorized"); });
    ConnectionFixture client;
    client.request.url = server.url(u"/p?token=s3cret&v=10&s3cret"_s);
    client.request.headers = {{"Authorization", "Bearer s3cret"}};
    const CloseInfo info = client.openAndFail();
    QVERIFY(!info.message.contains(u"s3cret"_s));
    QVERIFY2(info.message.contains(u"/p?token=***&v=***&***"_s), qPrintable(info.message));
}

void TestHandshake::nameIsResolvedFirst()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.url = QUrl(u"ws://localhost:%1/"_s.arg(server.port()));
    QVERIFY(client.open());
    QCOMPARE(client.stages,
        (QList<ConnectStage>{
            ConnectStage::Resolved, ConnectStage::TcpConnected, ConnectStage::Upgraded}));
    QCOMPARE(server.peer()->header("Host"), "localhost:" + QByteArray::number(server.port()));
}

void TestHandshake::unreachableAddress()
{
    // Fails within connect(): closed() still comes later, and it is no fault of the request.
    ConnectionFixture client;
    client.request.url = QUrl(u"ws://255.255.255.255:9/"_s);
    client.connection.open(client.request);
    QVERIFY(client.closes.isEmpty());
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::ConnectFailed);
    QVERIFY(client.closes.constFirst().isTransient());
}

} // namespace earshot

QTEST_GUILESS_MAIN(earshot::TestHandshake)
#include "tst_handshake.moc"
