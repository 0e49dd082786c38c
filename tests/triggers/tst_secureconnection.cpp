// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/triggers/connectionfixture.h"
#include "triggers/tlssetup.h"

#include <QSignalSpy>
#include <QSslCertificate>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot::triggers;
using namespace earshot::testsupport;

namespace earshot {

/// TLS: verification is always on, and a wrong server gets no byte of the request.
class TestSecureConnection final : public QObject
{
    Q_OBJECT
private slots:
    void ownAuthorityIsTrusted();
    void largeMessagesOverTls();
    void unknownAuthorityIsRejected();
    void ownAuthorityDoesNotVouchForOthers();
    void wrongNameIsRejected();
    void pins_data();
    void pins();
    void wrongPinGetsNoByte();
    void clientCertificate();
    void missingClientCertificate();
    void plainServerBehindWss();
    void badFiles_data();
    void badFiles();
    void dropIsStill1006();

private:
    static QString spkiPin(const QString &name)
    {
        const auto certificates = QSslCertificate::fromPath(certPath(name + u".pem"_s));
        return QString::fromLatin1(publicKeyDigest(certificates.constFirst()).toHex());
    }
};

void TestSecureConnection::ownAuthorityIsTrusted()
{
    RawWebSocketServer server(serverTls());
    ConnectionFixture client;
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    QVERIFY2(
        client.openTo(server), client.closes.isEmpty() ? "" : qPrintable(client.closes[0].message));
    QCOMPARE(client.handshake.tlsProtocol, u"TLSv1.3"_s);
    QVERIFY(!client.handshake.tlsCipher.isEmpty());
    QCOMPARE(client.stages,
        (QList<ConnectStage>{ConnectStage::Resolved, ConnectStage::TcpConnected,
            ConnectStage::TlsEstablished, ConnectStage::Upgraded}));
    QVERIFY(client.connection.sendText("hi"));
    QTRY_COMPARE(server.peer()->texts(), (QList<QByteArray>{"hi"}));
}

void TestSecureConnection::largeMessagesOverTls()
{
    RawWebSocketServer server(serverTls());
    const QByteArray large = QByteArray("0123456789abcdef").repeated(100'000);
    server.setUpgradedHandler([&large](RawPeer &peer) {
        peer.sendText(large);
        peer.sendBinary(large);
    });
    ConnectionFixture client;
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    QVERIFY(client.openTo(server));
    QTRY_COMPARE(client.texts.size(), 1);
    QTRY_COMPARE(client.binaries.size(), 1);
    QCOMPARE(client.texts.constFirst(), large);
    QVERIFY(client.connection.sendText(large));
    QTRY_COMPARE(server.peer()->texts().size(), 1);
    QCOMPARE(server.peer()->texts().constFirst(), large);
    client.connection.close(1000, u"bye"_s);
    QTRY_COMPARE(client.closes.size(), 1);
    QTRY_COMPARE(server.peer()->frames().constLast().opcode, int(RawFrame::Close));
}

void TestSecureConnection::unknownAuthorityIsRejected()
{
    RawWebSocketServer server(serverTls());
    ConnectionFixture client;
    client.request.url = server.url(u"/?token=s3cret"_s);
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::CertificateRejected);
    QVERIFY2(info.message.contains(u"ca_file"_s), qPrintable(info.message));
    QVERIFY(!info.isTransient());
    QTRY_VERIFY(server.connectionCount() == 1);
    for (const RawPeer *peer : server.peers()) {
        QTRY_VERIFY(!peer->isConnected());
        QCOMPARE(peer->bytesReceived(), 0);
    }
}

void TestSecureConnection::ownAuthorityDoesNotVouchForOthers()
{
    RawWebSocketServer server(serverTls(u"stranger"_s));
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::CertificateRejected);
    for (const RawPeer *peer : server.peers()) {
        QTRY_VERIFY(!peer->isConnected());
        QCOMPARE(peer->bytesReceived(), 0);
    }
}

void TestSecureConnection::wrongNameIsRejected()
{
    RawWebSocketServer server(serverTls());
    ConnectionFixture client;
    // Reaches the server, under a name its certificate does not have.
    client.request.url = QUrl(u"wss://[::ffff:127.0.0.1]:%1/"_s.arg(server.port()));
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::CertificateRejected);
    for (const RawPeer *peer : server.peers()) {
        QTRY_VERIFY(!peer->isConnected());
        QCOMPARE(peer->bytesReceived(), 0);
    }
}

void TestSecureConnection::pins_data()
{
    QTest::addColumn<QStringList>("pins");
    const QString hex = spkiPin(u"server"_s);
    const QString base64 = QString::fromLatin1(QByteArray::fromHex(hex.toLatin1()).toBase64());
    QString colons;
    for (qsizetype i = 0; i < hex.size(); i += 2) {
        colons += (i > 0 ? u":"_s : QString()) + hex.sliced(i, 2).toUpper();
    }
    QTest::newRow("hex") << QStringList{hex};
    QTest::newRow("hex with colons") << QStringList{colons};
    QTest::newRow("base64") << QStringList{base64};
    QTest::newRow("as curl writes it") << QStringList{u"sha256//"_s + base64};
    QTest::newRow("second of two") << QStringList{spkiPin(u"stranger"_s), hex};
}

void TestSecureConnection::pins()
{
    QFETCH(QStringList, pins);
    RawWebSocketServer server(serverTls());
    ConnectionFixture client;
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    client.request.tls.pinSha256 = pins;
    QVERIFY2(
        client.openTo(server), client.closes.isEmpty() ? "" : qPrintable(client.closes[0].message));
}

void TestSecureConnection::wrongPinGetsNoByte()
{
    // The certificate is fine; the upgrade request already waits in the socket's buffer.
    RawWebSocketServer server(serverTls());
    ConnectionFixture client;
    client.request.url = server.url(u"/?token=s3cret"_s);
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    client.request.tls.pinSha256 = {spkiPin(u"stranger"_s)};
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::CertificateRejected);
    QVERIFY2(info.message.contains(u"pin_sha256"_s), qPrintable(info.message));
    QVERIFY(!info.isTransient());
    QTRY_COMPARE(server.connectionCount(), 1);
    for (const RawPeer *peer : server.peers()) {
        QTRY_VERIFY(!peer->isConnected());
        QCOMPARE(peer->bytesReceived(), 0);
    }
    QCOMPARE(client.closes.size(), 1);
}

void TestSecureConnection::clientCertificate()
{
    RawWebSocketServer server(serverTls(u"server"_s, u"ca"_s));
    ConnectionFixture client;
    client.request.tls = {.caFile = certPath(u"ca.pem"_s),
        .clientCert = certPath(u"client.pem"_s),
        .clientKey = certPath(u"client.key"_s),
        .pinSha256 = {}};
    QVERIFY2(
        client.openTo(server), client.closes.isEmpty() ? "" : qPrintable(client.closes[0].message));
}

void TestSecureConnection::missingClientCertificate()
{
    RawWebSocketServer server(serverTls(u"server"_s, u"ca"_s));
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    const CloseInfo info = client.openAndFail();
    // With TLS 1.3 the server refuses after the client believes all is well.
    QVERIFY2(info.kind == CloseKind::TlsFailed || info.kind == CloseKind::ConnectFailed,
        qPrintable(info.message));
    QVERIFY(!info.wasOpen);
    QCOMPARE(client.opens, 0);
}

void TestSecureConnection::plainServerBehindWss()
{
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.url.setScheme(u"wss"_s);
    QObject::connect(&server, &RawWebSocketServer::peerConnected, &server,
        [](RawPeer *peer) { peer->sendRaw("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::TlsFailed);
    QVERIFY2(info.message.contains(u"speaks TLS"_s), qPrintable(info.message));
}

void TestSecureConnection::badFiles_data()
{
    QTest::addColumn<TlsConfig>("tls");
    QTest::addColumn<QString>("words");
    const auto row = [](const char *name, const QString &ca, const QString &cert,
                         const QString &key, const QStringList &pins, const QString &words) {
        QTest::newRow(name) << TlsConfig{.caFile = ca,
            .clientCert = cert,
            .clientKey = key,
            .pinSha256 = pins}
                            << words;
    };
    const QString pem = certPath(u"client.pem"_s);
    const QString key = certPath(u"client.key"_s);
    row("no such CA", u"/nonexistent/ca.pem"_s, {}, {}, {}, u"ca_file: /nonexistent/ca.pem"_s);
    row("CA is a key", key, {}, {}, {}, u"holds no certificate"_s);
    row("certificate without key", {}, pem, {}, {}, u"client_cert and client_key together"_s);
    row("key without certificate", {}, {}, key, {}, u"client_cert and client_key together"_s);
    row("key is a certificate", {}, pem, pem, {}, u"holds no RSA or EC private key"_s);
    row("no such key", {}, pem, u"/nonexistent/key"_s, {}, u"client_key: /nonexistent/key"_s);
    row("bad pin", {}, {}, {}, {u"abc"_s}, u"not a SHA-256"_s);
    row("short pin", {}, {}, {}, {QString(63, u'a')}, u"not a SHA-256"_s);
}

void TestSecureConnection::badFiles()
{
    QFETCH(TlsConfig, tls);
    QFETCH(QString, words);
    RawWebSocketServer server(serverTls());
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.tls = tls;
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::InvalidRequest);
    QVERIFY2(info.message.contains(words), qPrintable(info.message));
    QCOMPARE(server.connectionCount(), 0);
}

void TestSecureConnection::dropIsStill1006()
{
    RawWebSocketServer server(serverTls());
    ConnectionFixture client;
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    QVERIFY(client.openTo(server));
    server.peer()->sendText("last");
    server.peer()->drop();
    QTRY_COMPARE(client.closes.size(), 1);
    QCOMPARE(client.closes.constFirst().kind, CloseKind::Dropped);
    QCOMPARE(client.closes.constFirst().code, 1006);
    QCOMPARE(client.texts.size(), 1);
}

} // namespace earshot

QTEST_GUILESS_MAIN(earshot::TestSecureConnection)
#include "tst_secureconnection.moc"
