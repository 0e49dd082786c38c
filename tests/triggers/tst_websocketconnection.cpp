// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/triggers/connectionfixture.h"

#include <QSignalSpy>
#include <QTest>
#include <QTimer>

using namespace Qt::StringLiterals;
using namespace earshot::triggers;
using namespace earshot::testsupport;

namespace earshot {

/// What an open connection does, and every way it can end, against a server that sends chosen
/// bytes.
class TestWebSocketConnection final : public QObject
{
    Q_OBJECT
private slots:
    void opensAndTellsAboutTheHandshake();
    void requestHasTheHeadersAskedFor();
    void requestHasAPathEvenIfTheUrlHasNone();
    void userInfoBecomesAuthorization();
    void receivesTextAndBinaryUnchanged();
    void joinsFragments();
    void messagesRightBehindTheUpgradeArriveAfterOpened();
    void sendsTextAndBinaryAsOneFrame();
    void refusesToSendBadUtf8();
    void refusesToSendBeyondTheOutgoingCap();
    void oneLargeMessageMayExceedTheCap();
    void serverCloseCodes_data();
    void serverCloseCodes();
    void protocolFaults_data();
    void protocolFaults();
    void messageLimitActsOnFragments();
    void frameLimitActsAtTheHeader();
    void dropWithoutCloseIs1006();
    void resetIs1006();
    void stalledFrame_data();
    void stalledFrame();
    void missingPongEndsAHalfOpenConnection();
    void pongsKeepTheConnection();
    void bytesCountAsLifeWhileAPongIsLate();
    void probeFindsADeadPeer();
    void strayPongIsIgnored();
    void idleWatchdogCountsPings();
    void closeSendsACloseFrame();
    void closeCutsLongReasonsAtACharacter();
    void closeEndsEvenIfThePeerDoesNotRead();
    void abortEmitsClosedAtOnce();
    void abortWhileConnecting();
    void abortInsideAMessage();
    void noMessageAfterClose();
    void deletingWhileOpenIsSafe();
};

void TestWebSocketConnection::opensAndTellsAboutTheHandshake()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    QCOMPARE(client.handshake.peerAddress, u"127.0.0.1:%1"_s.arg(server.port()));
    QVERIFY(client.handshake.tlsProtocol.isEmpty());
    QCOMPARE(client.stages,
        (QList<ConnectStage>{
            ConnectStage::Resolved, ConnectStage::TcpConnected, ConnectStage::Upgraded}));
    QVERIFY(client.connection.isOpen());
    QCOMPARE(client.closes.size(), 0);
}

void TestWebSocketConnection::requestHasTheHeadersAskedFor()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.headers = {{"Authorization", "Bearer t0ken"}, {"X-A", "1"}, {"x-a", "2"},
        {"Cookie", "a=1"}, {"Cookie", "b=2"}, {"X-Name", "J\xc3\xb6rg"}};
    client.request.origin = "https://example.org";
    client.request.subprotocols = {u"v2.chat"_s, u"chat"_s, u"chat"_s};
    QVERIFY(client.openTo(server, u"/a%20b/c?x=1&y=%2B"_s));
    const RawPeer &peer = *server.peer();
    QCOMPARE(peer.requestLine(), "GET /a%20b/c?x=1&y=%2B HTTP/1.1");
    QCOMPARE(peer.header("Host"), "127.0.0.1:" + QByteArray::number(server.port()));
    QCOMPARE(peer.header("Authorization"), "Bearer t0ken");
    QCOMPARE(peer.header("X-A"), "1, 2");
    QCOMPARE(peer.header("Cookie"), "a=1; b=2");
    QCOMPARE(peer.header("X-Name"), "J\xc3\xb6rg");
    QCOMPARE(peer.header("Origin"), "https://example.org");
    QCOMPARE(peer.header("Sec-WebSocket-Protocol"), "v2.chat, chat");
    QCOMPARE(peer.header("User-Agent"), "Earshot/" EARSHOT_VERSION);
    for (const char *name : {"Host", "Upgrade", "Connection", "Sec-WebSocket-Key",
             "Sec-WebSocket-Version", "Origin", "X-A", "Sec-WebSocket-Protocol"}) {
        QCOMPARE(peer.headerCount(name), 1);
    }
    QCOMPARE(client.handshake.subprotocol, u"v2.chat"_s);
}

void TestWebSocketConnection::requestHasAPathEvenIfTheUrlHasNone()
{
    // QWebSocket would send "GET ?x=1".
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server, u"?x=1"_s));
    QCOMPARE(server.peer()->requestLine(), "GET /?x=1 HTTP/1.1");
}

void TestWebSocketConnection::userInfoBecomesAuthorization()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.url = server.url(u"/x#part"_s);
    client.request.url.setUserInfo(u"user:p%40ss"_s);
    QVERIFY(client.open());
    QCOMPARE(server.peer()->requestLine(), "GET /x HTTP/1.1");
    QCOMPARE(server.peer()->header("Authorization"), "Basic " + QByteArray("user:p@ss").toBase64());
    client.connection.abort();
    QVERIFY(!client.closes.constFirst().message.contains(u"p@ss"_s));
    QVERIFY(!client.closes.constFirst().message.contains(u"p%40ss"_s));
    QVERIFY(client.closes.constFirst().message.contains(u"***@127.0.0.1"_s));
}

void TestWebSocketConnection::receivesTextAndBinaryUnchanged()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    const QByteArray odd("  \r\n\0 \xf0\x9f\x98\x80 \xed\x9f\xbf {\"a\":1.0}  ", 26);
    const QByteArray large = QByteArray("0123456789abcdef").repeated(20'000);
    server.peer()->sendText(odd);
    server.peer()->sendText({});
    server.peer()->sendText(large);
    server.peer()->sendBinary(QByteArray("\x00\xff\xfe", 3));
    QTRY_COMPARE(client.texts.size(), 3);
    QTRY_COMPARE(client.binaries.size(), 1);
    QCOMPARE(client.texts, (QList<QByteArray>{odd, QByteArray(), large}));
    QCOMPARE(client.binaries.constFirst(), QByteArray("\x00\xff\xfe", 3));
}

void TestWebSocketConnection::joinsFragments()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    RawPeer &peer = *server.peer();
    peer.sendRaw(encodeFrame(RawFrame::Text, "hel", false));
    peer.sendPing("in between");
    peer.sendRaw(encodeFrame(RawFrame::Continuation, {}, false));
    peer.sendRaw(encodeFrame(RawFrame::Continuation, "lo \xc3\xa4", true));
    QTRY_COMPARE(client.texts, (QList<QByteArray>{"hello \xc3\xa4"}));
    QTRY_VERIFY(!peer.frames().isEmpty());
    QCOMPARE(peer.frames().constFirst().opcode, int(RawFrame::Pong));
    QCOMPARE(peer.frames().constFirst().payload, "in between");
}

void TestWebSocketConnection::messagesRightBehindTheUpgradeArriveAfterOpened()
{
    RawWebSocketServer server;
    const QByteArray large(300'000, 'x');
    server.setRequestHandler([&large](RawPeer &peer) {
        peer.acceptUpgrade();
        peer.sendText("first");
        peer.sendText(large);
    });
    ConnectionFixture client;
    bool textBeforeOpened = false;
    QObject::connect(&client.connection, &WebSocketConnection::textReceived, &client.connection,
        [&](const QByteArray &) { textBeforeOpened = textBeforeOpened || client.opens == 0; });
    QVERIFY(client.openTo(server));
    QTRY_COMPARE(client.texts.size(), 2);
    QCOMPARE(client.texts, (QList<QByteArray>{"first", large}));
    QVERIFY(!textBeforeOpened);
}

void TestWebSocketConnection::sendsTextAndBinaryAsOneFrame()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    const QByteArray large = QByteArray("\xc3\xa4").repeated(400'000);
    const QByteArray marked("\xef\xbb\xbfx");
    QVERIFY(client.connection.sendText("hi \xf0\x9f\x98\x80"));
    QVERIFY(client.connection.sendText({}));
    QVERIFY(client.connection.sendText(marked));
    QVERIFY(client.connection.sendBinary(QByteArray("\x00\x01", 2)));
    QVERIFY(client.connection.sendText(large));
    QTRY_COMPARE(server.peer()->frames().size(), 5);
    const auto &frames = server.peer()->frames();
    QCOMPARE(frames[0].payload, "hi \xf0\x9f\x98\x80");
    QCOMPARE(frames[1].payload, QByteArray());
    QCOMPARE(frames[2].payload, marked);
    QCOMPARE(frames[3].opcode, int(RawFrame::Binary));
    QCOMPARE(frames[4].payload, large);
    QVERIFY(frames[4].fin && frames[4].masked);
}

void TestWebSocketConnection::refusesToSendBadUtf8()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    const auto sent = client.connection.sendText("\xff");
    QVERIFY(!sent);
    QCOMPARE(sent.error().code, ErrorCode::InvalidArgument);
    QVERIFY(client.connection.isOpen());
}

void TestWebSocketConnection::refusesToSendBeyondTheOutgoingCap()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.maxOutgoingBytes = 1'000'000;
    QVERIFY(client.openTo(server));
    server.peer()->pauseReading();
    const QByteArray chunk(200'000, 'x');
    Result<void> sent;
    int accepted = 0;
    // The kernel's buffers take some megabytes; after that everything waits here.
    while (accepted < 1000 && (sent = client.connection.sendText(chunk))) {
        ++accepted;
        QCoreApplication::processEvents();
    }
    QVERIFY(!sent);
    QCOMPARE(sent.error().code, ErrorCode::LimitExceeded);
    QVERIFY(client.connection.bytesToWrite() <= 1'000'000 + 1000);
    QVERIFY(client.connection.isOpen());
    server.peer()->resumeReading();
    QTRY_COMPARE_WITH_TIMEOUT(server.peer()->texts().size(), accepted, 20'000);
    QVERIFY(client.connection.sendText(chunk));
}

void TestWebSocketConnection::oneLargeMessageMayExceedTheCap()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.maxOutgoingBytes = 1000;
    QVERIFY(client.openTo(server));
    QVERIFY(client.connection.sendText(QByteArray(500'000, 'x')));
    const auto second = client.connection.sendText(QByteArray(2000, 'y'));
    QVERIFY(!second);
    QTRY_COMPARE(server.peer()->texts().size(), 1);
}

void TestWebSocketConnection::serverCloseCodes_data()
{
    QTest::addColumn<int>("sentCode");
    QTest::addColumn<QByteArray>("reason");
    QTest::addColumn<CloseKind>("kind");
    QTest::addColumn<int>("shownCode");
    for (const int code :
        {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3008, 4004, 4999}) {
        QTest::addRow("%d", code) << code << QByteArray("why \xc3\xa4") << CloseKind::ServerClose
                                  << code;
    }
    // The library reports these as 1002 with "Invalid close code".
    for (const int code : {1012, 1013, 1014, 2000, 2999}) {
        QTest::addRow("%d", code) << code << QByteArray("restart") << CloseKind::ServerRestart
                                  << 1012;
    }
    QTest::newRow("no code") << -1 << QByteArray() << CloseKind::ServerClose << 1000;
    // The words the library uses for faults of its own must not confuse a server's close with one.
    QTest::newRow("a server complaining about us")
        << 1007 << QByteArray("Invalid UTF-8 code encountered.") << CloseKind::ServerClose << 1007;
    QTest::newRow("a server complaining about size")
        << 1009 << QByteArray("Received message is too big.") << CloseKind::ServerClose << 1009;
}

void TestWebSocketConnection::serverCloseCodes()
{
    QFETCH(int, sentCode);
    QFETCH(QByteArray, reason);
    QFETCH(CloseKind, kind);
    QFETCH(int, shownCode);
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    server.peer()->sendText("last words");
    server.peer()->sendClose(sentCode < 0 ? std::nullopt : std::optional<int>(sentCode), reason);
    QTRY_COMPARE(client.closes.size(), 1);
    const CloseInfo &info = client.closes.constFirst();
    QCOMPARE(client.texts, (QList<QByteArray>{"last words"}));
    QCOMPARE(info.kind, kind);
    QCOMPARE(info.code, shownCode);
    QVERIFY(info.wasOpen);
    QVERIFY(info.isTransient());
    if (kind == CloseKind::ServerClose) {
        QCOMPARE(info.reason, QString::fromUtf8(reason));
        QVERIFY(info.message.contains(QString::number(shownCode)));
    }
    QVERIFY(!client.connection.isOpen());
    QVERIFY(!client.connection.sendText("x"));
}

void TestWebSocketConnection::protocolFaults_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<CloseKind>("kind");
    QTest::addColumn<int>("code");
    const auto row = [](const char *name, const QByteArray &bytes, CloseKind kind, int code) {
        QTest::newRow(name) << bytes << kind << code;
    };
    row("bad UTF-8", encodeFrame(RawFrame::Text, "a\xff"), CloseKind::InvalidText, 1007);
    row("overlong UTF-8", encodeFrame(RawFrame::Text, "\xc0\xaf"), CloseKind::InvalidText, 1007);
    row("surrogate in UTF-8", encodeFrame(RawFrame::Text, "\xed\xa0\x80"), CloseKind::InvalidText,
        1007);
    // Valid by the RFC: a known fault of the library, which has to be named.
    row("fragmented inside a character",
        encodeFrame(RawFrame::Text, "\xc3", false) + encodeFrame(RawFrame::Continuation, "\xa4"),
        CloseKind::InvalidText, 1007);
    row("reserved bit", encodeFrame(RawFrame::Text, "x", true, 4), CloseKind::ProtocolError, 1002);
    row("reserved opcode", encodeFrame(3, "x"), CloseKind::ProtocolError, 1002);
    row("reserved control opcode", encodeFrame(11, "x"), CloseKind::ProtocolError, 1002);
    row("continuation of nothing", encodeFrame(RawFrame::Continuation, "x"),
        CloseKind::ProtocolError, 1002);
    row("text inside a fragmented text",
        encodeFrame(RawFrame::Text, "x", false) + encodeFrame(RawFrame::Text, "y"),
        CloseKind::ProtocolError, 1002);
    row("fragmented ping", encodeFrame(RawFrame::Ping, "x", false), CloseKind::ProtocolError, 1002);
    row("large ping", encodeFrame(RawFrame::Ping, QByteArray(126, 'x')), CloseKind::ProtocolError,
        1002);
    row("length not minimal", QByteArray("\x81\x7e\x00\x05hello", 9), CloseKind::ProtocolError,
        1002);
    row("length above 2^63", QByteArray("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10),
        CloseKind::ProtocolError, 1002);
    row("message too large", encodeFrame(RawFrame::Text, QByteArray(1001, 'x')),
        CloseKind::MessageTooLarge, 1009);
    row("binary too large", encodeFrame(RawFrame::Binary, QByteArray(1001, 'x')),
        CloseKind::MessageTooLarge, 1009);
}

void TestWebSocketConnection::protocolFaults()
{
    QFETCH(QByteArray, bytes);
    QFETCH(CloseKind, kind);
    QFETCH(int, code);
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.maxMessageBytes = 1000;
    QVERIFY(client.openTo(server));
    RawPeer &peer = *server.peer();
    QSignalSpy closeFrame(&peer, &RawPeer::closeReceived);
    peer.sendText(QByteArray(1000, 'a')); // exactly the limit
    peer.sendRaw(bytes);
    QTRY_COMPARE(client.closes.size(), 1);
    const CloseInfo &info = client.closes.constFirst();
    QCOMPARE(info.kind, kind);
    QCOMPARE(info.code, code);
    QVERIFY(info.isTransient());
    QCOMPARE(client.texts.size(), 1);
    QCOMPARE(client.binaries.size(), 0);
    QVERIFY(closeFrame.count() > 0 || closeFrame.wait());
    QCOMPARE(closeFrame.constFirst().constFirst().toInt(), code);
    if (kind == CloseKind::InvalidText) {
        QVERIFY(info.message.contains(u"fragmented inside a character"_s));
    }
    if (kind == CloseKind::MessageTooLarge) {
        QVERIFY(info.message.contains(u"1000 bytes"_s));
        QVERIFY(info.message.contains(u"max_message_bytes"_s));
    }
}

void TestWebSocketConnection::messageLimitActsOnFragments()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.maxMessageBytes = 1000;
    QVERIFY(client.openTo(server));
    server.peer()->sendRaw(encodeFrame(RawFrame::Text, QByteArray(600, 'x'), false));
    server.peer()->sendRaw(encodeFrame(RawFrame::Continuation, QByteArray(600, 'x'), true));
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::MessageTooLarge);
    QCOMPARE(client.texts.size(), 0);
}

void TestWebSocketConnection::frameLimitActsAtTheHeader()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    // 65 MiB announced, where 64 are allowed: refused before any of it is sent, let alone buffered.
    // (The library's own limit is 2 GiB.)
    server.peer()->sendRaw(encodeFrameHead(RawFrame::Binary, quint64(65) << 20));
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::MessageTooLarge);
}

void TestWebSocketConnection::dropWithoutCloseIs1006()
{
    // QWebSocket's own close code says 1000 here.
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    server.peer()->sendText("a");
    server.peer()->sendRaw(encodeFrameHead(RawFrame::Text, 100) + "half a me");
    server.peer()->drop();
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::Dropped);
    QCOMPARE(client.closes.constFirst().code, 1006);
    QVERIFY(client.closes.constFirst().wasOpen);
    QVERIFY(client.closes.constFirst().isTransient());
    QCOMPARE(client.texts.size(), 1);
}

void TestWebSocketConnection::resetIs1006()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    server.peer()->reset();
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::Dropped);
    QCOMPARE(client.closes.constFirst().code, 1006);
}

void TestWebSocketConnection::stalledFrame_data()
{
    QTest::addColumn<QList<QByteArray>>("pieces");
    QTest::newRow("in the head") << QList<QByteArray>{"\x81"};
    QTest::newRow("in the payload") << QList<QByteArray>{"\x81\x05he"};
    // After a second piece the library's own timer no longer runs: the pong deadline has to act.
    QTest::newRow("after two pieces") << QList<QByteArray>{"\x81\x05h", "e"};
}

void TestWebSocketConnection::stalledFrame()
{
    QFETCH(QList<QByteArray>, pieces);
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.stallTimeoutMs = 100;
    client.request.pingIntervalMs = 200;
    client.request.pongTimeoutMs = 200;
    QVERIFY(client.openTo(server));
    server.peer()->setAutoPong(false);
    for (const QByteArray &piece : pieces) {
        server.peer()->sendRaw(piece);
        QTest::qWait(1); // one piece per read
    }
    QTRY_COMPARE(client.closes.size(), 1);
    const CloseInfo &info = client.closes.constFirst();
    QVERIFY(info.kind == (pieces.size() == 1 ? CloseKind::FrameStalled : CloseKind::PongTimeout)
        || (pieces.size() > 1 && info.kind == CloseKind::FrameStalled));
    // The library closes with 1001, which would read as if the server had gone away.
    QCOMPARE(info.code, 1006);
    QCOMPARE(client.texts.size(), 0);
}

void TestWebSocketConnection::missingPongEndsAHalfOpenConnection()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.pingIntervalMs = 20;
    client.request.pongTimeoutMs = 60;
    QVERIFY(client.openTo(server));
    server.peer()->setAutoPong(false);
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::PongTimeout);
    QCOMPARE(client.closes.constFirst().code, 1006);
    QVERIFY(client.closes.constFirst().message.contains(u"0.06 s"_s));
    QVERIFY(client.pongs.isEmpty());
}

void TestWebSocketConnection::pongsKeepTheConnection()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.pingIntervalMs = 10;
    client.request.pongTimeoutMs = 5'000;
    QVERIFY(client.openTo(server));
    QTRY_VERIFY(client.pongs.size() >= 5);
    QVERIFY(client.connection.isOpen());
    QVERIFY(client.pongs.constFirst() >= 0);
    QVERIFY(client.pongs.constFirst() < 5'000);
}

void TestWebSocketConnection::bytesCountAsLifeWhileAPongIsLate()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.pingIntervalMs = 50;
    client.request.pongTimeoutMs = 400;
    QVERIFY(client.openTo(server));
    RawPeer &peer = *server.peer();
    peer.setAutoPong(false);
    // A frame that arrives piece by piece for longer than the deadline: no pong can come in
    // between.
    const int pieces = 16;
    peer.sendRaw(encodeFrameHead(RawFrame::Text, pieces));
    QTimer feeder;
    int sent = 0;
    QObject::connect(&feeder, &QTimer::timeout, &feeder, [&] {
        peer.sendRaw("x");
        if (++sent == pieces) {
            feeder.stop();
        }
    });
    feeder.start(50);
    QTRY_COMPARE_WITH_TIMEOUT(client.texts.size() + client.closes.size(), 1, 20'000);
    QCOMPARE(client.texts.size(), 1);
    QCOMPARE(client.closes.size(), 0);
}

void TestWebSocketConnection::probeFindsADeadPeer()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.pingIntervalMs = 0;
    QVERIFY(client.openTo(server));
    client.connection.probe(5'000);
    QTRY_COMPARE(client.pongs.size(), 1);
    server.peer()->setAutoPong(false);
    client.connection.probe(30);
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::PongTimeout);
}

void TestWebSocketConnection::strayPongIsIgnored()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    server.peer()->sendRaw(encodeFrame(RawFrame::Pong, "whatever"));
    server.peer()->sendText("after");
    QTRY_COMPARE(client.texts.size(), 1);
    QVERIFY(client.pongs.isEmpty());
}

void TestWebSocketConnection::idleWatchdogCountsPings()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.pingIntervalMs = 0;
    client.request.idleTimeoutMs = 300;
    QVERIFY(client.openTo(server));
    RawPeer &peer = *server.peer();
    // Pings of the server reach no signal of QWebSocket, yet they are life.
    QTimer pinger;
    int pings = 0;
    QObject::connect(&pinger, &QTimer::timeout, &pinger, [&] {
        peer.sendPing("p");
        if (++pings == 10) {
            pinger.stop();
        }
    });
    pinger.start(50);
    QTRY_COMPARE_WITH_TIMEOUT(pings, 10, 20'000);
    QCOMPARE(client.closes.size(), 0);
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::IdleTimeout);
    QVERIFY(client.closes.constFirst().message.contains(u"0.3 s"_s));
}

void TestWebSocketConnection::closeSendsACloseFrame()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    QSignalSpy closeFrame(server.peer(), &RawPeer::closeReceived);
    QVERIFY(client.connection.sendText("bye"));
    client.connection.close(3001, u"done"_s);
    QVERIFY(closeFrame.count() > 0 || closeFrame.wait());
    QCOMPARE(closeFrame.constFirst().at(0).toInt(), 3001);
    QCOMPARE(closeFrame.constFirst().at(1).toByteArray(), "done");
    QCOMPARE(server.peer()->texts(), (QList<QByteArray>{"bye"}));
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::Local);
    QCOMPARE(client.closes.constFirst().code, 3001);
    QVERIFY(!client.closes.constFirst().isTransient());
}

void TestWebSocketConnection::closeCutsLongReasonsAtACharacter()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    QSignalSpy closeFrame(server.peer(), &RawPeer::closeReceived);
    client.connection.close(1006, u"\U0001F600"_s.repeated(40)); // 160 bytes; 1006 must not be sent
    QVERIFY(closeFrame.count() > 0 || closeFrame.wait());
    QCOMPARE(closeFrame.constFirst().at(0).toInt(), 1000);
    QCOMPARE(
        closeFrame.constFirst().at(1).toByteArray(), QByteArray("\xf0\x9f\x98\x80").repeated(30));
}

void TestWebSocketConnection::closeEndsEvenIfThePeerDoesNotRead()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.closeTimeoutMs = 50;
    client.request.maxOutgoingBytes = 100'000'000;
    QVERIFY(client.openTo(server));
    server.peer()->pauseReading();
    QVERIFY(client.connection.sendText(QByteArray(30'000'000, 'x')));
    client.connection.close();
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::Local);
}

void TestWebSocketConnection::abortEmitsClosedAtOnce()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    client.connection.abort();
    QCOMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::Local);
    client.connection.abort();
    client.connection.close();
    QSignalSpy gone(server.peer(), &RawPeer::disconnected);
    QVERIFY(gone.count() > 0 || gone.wait());
    QCOMPARE(client.closes.size(), 1);
}

void TestWebSocketConnection::abortWhileConnecting()
{
    RawWebSocketServer server;
    server.setRequestHandler([](RawPeer &) {});
    ConnectionFixture client;
    client.request.url = server.url();
    client.connection.open(client.request);
    client.connection.abort();
    QCOMPARE(client.closes.size(), 1);
    QVERIFY(!client.closes.constFirst().wasOpen);

    ConnectionFixture second;
    second.request.url = server.url();
    second.connection.open(second.request);
    QTRY_VERIFY(server.peer() != nullptr && !server.peer()->requestHead().isEmpty());
    second.connection.close();
    QCOMPARE(second.closes.size(), 1);
    QCOMPARE(second.closes.constFirst().kind, CloseKind::Local);
}

void TestWebSocketConnection::abortInsideAMessage()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    QObject::connect(&client.connection, &WebSocketConnection::textReceived, &client.connection,
        [&client](const QByteArray &) { client.connection.abort(); });
    server.peer()->sendRaw(encodeFrame(RawFrame::Text, "1") + encodeFrame(RawFrame::Text, "2"));
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.texts.size(), 1);
}

void TestWebSocketConnection::noMessageAfterClose()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    QVERIFY(client.openTo(server));
    QObject::connect(&client.connection, &WebSocketConnection::textReceived, &client.connection,
        [&client](const QByteArray &) { client.connection.close(); });
    server.peer()->sendRaw(encodeFrame(RawFrame::Text, "1") + encodeFrame(RawFrame::Text, "2"));
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.texts.size(), 1);
}

void TestWebSocketConnection::deletingWhileOpenIsSafe()
{
    RawWebSocketServer server;
    auto connection = std::make_unique<WebSocketConnection>();
    QSignalSpy opened(connection.get(), &WebSocketConnection::opened);
    QSignalSpy closed(connection.get(), &WebSocketConnection::closed);
    ConnectRequest request;
    request.url = server.url();
    request.proxy.mode = ProxySetting::Mode::None;
    connection->open(request);
    QVERIFY(opened.count() > 0 || opened.wait());
    QSignalSpy gone(server.peer(), &RawPeer::disconnected);
    connection.reset();
    QVERIFY(gone.count() > 0 || gone.wait());
    QCOMPARE(closed.count(), 0);
}

} // namespace earshot

QTEST_GUILESS_MAIN(earshot::TestWebSocketConnection)
#include "tst_websocketconnection.moc"
