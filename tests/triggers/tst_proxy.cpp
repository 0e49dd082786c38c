// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/rawproxy.h"
#include "tests/triggers/connectionfixture.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot::triggers;
using namespace earshot::testsupport;

namespace earshot {

class TestProxy final : public QObject
{
    Q_OBJECT
private slots:
    void settings_data();
    void settings();
    void choice_data();
    void choice();
    void noProxy_data();
    void noProxy();
    void connectsThroughHttp();
    void connectsThroughHttpWithTls();
    void sendsCredentialsAtOnce_data();
    void sendsCredentialsAtOnce();
    void httpRefusals_data();
    void httpRefusals();
    void proxyNotThere();
    void connectsThroughSocks();
    void socksLogin();
    void socksRefusal();
    void environmentIsUsed();
};

void TestProxy::settings_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("mode"); // -1: refused
    const auto row = [](const char *text, int mode) {
        QTest::newRow(text) << QString::fromLatin1(text) << mode;
    };
    row("", int(ProxySetting::Mode::System));
    row("system", int(ProxySetting::Mode::System));
    row("None", int(ProxySetting::Mode::None));
    row("proxy", int(ProxySetting::Mode::Url));
    row("proxy:3128", int(ProxySetting::Mode::Url));
    row("http://u:p@proxy:3128/", int(ProxySetting::Mode::Url));
    row("https://proxy", int(ProxySetting::Mode::Url));
    row("socks5://proxy", int(ProxySetting::Mode::Url));
    row("http://[::1]:8080", int(ProxySetting::Mode::Url));
    row("ftp://proxy", -1);
    row("http://", -1);
    row("http://:8080", -1);
    row("proxy:0", -1);
    row("proxy:70000", -1);
    row("proxy:http", -1);
    row("http://[::1", -1);
    row("http://[::1]x", -1);
    row("a proxy", -1);
}

void TestProxy::settings()
{
    QFETCH(QString, text);
    QFETCH(int, mode);
    const auto setting = ProxySetting::fromText(text);
    QCOMPARE(setting ? int(setting->mode) : -1, mode);
    if (!setting) {
        QVERIFY(setting.error().message.startsWith(u"connection.proxy"_s));
    }
}

void TestProxy::choice_data()
{
    QTest::addColumn<QString>("variables"); // NAME=value;NAME=value
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("expected"); // kind host:port, or empty
    const auto row
        = [](const char *name, const char *variables, const char *url, const char *expected) {
              QTest::newRow(name) << QString::fromLatin1(variables) << QString::fromLatin1(url)
                                  << QString::fromLatin1(expected);
          };
    row("nothing set", "", "wss://h/", "");
    row("wss takes HTTPS_PROXY", "HTTPS_PROXY=http://a:1;HTTP_PROXY=http://b:2", "wss://h/",
        "http a:1");
    row("ws takes HTTP_PROXY", "HTTPS_PROXY=http://a:1;HTTP_PROXY=http://b:2", "ws://h/",
        "http b:2");
    row("no fallback for ws", "HTTPS_PROXY=http://a:1", "ws://h/", "");
    row("no fallback for wss", "HTTP_PROXY=http://a:1", "wss://h/", "");
    row("blank is none", "HTTPS_PROXY= ", "wss://h/", "");
    row("lower case", "https_proxy=http://a:1", "wss://h/", "http a:1");
    row("upper case first", "https_proxy=http://b:2;HTTPS_PROXY=http://a:1", "wss://h/",
        "http a:1");
    row("host alone", "HTTPS_PROXY=a", "wss://h/", "http a:80");
    row("http default port", "HTTPS_PROXY=http://a", "wss://h/", "http a:80");
    row("https default port", "HTTPS_PROXY=https://a", "wss://h/", "http a:443");
    row("IPv6", "HTTPS_PROXY=http://[::1]:8080", "wss://h/", "http ::1:8080");
    row("unreadable is none", "HTTPS_PROXY=http://a:port", "wss://h/", "");
    row("socks", "HTTPS_PROXY=socks5://a", "wss://h/", "socks a:1080");
    row("exempt", "HTTPS_PROXY=http://a:1;NO_PROXY=x, H.example", "wss://h.example/", "");
    row("not exempt", "HTTPS_PROXY=http://a:1;NO_PROXY=x", "wss://h.example/", "http a:1");
    row("exempt in lower case", "HTTPS_PROXY=http://a:1;no_proxy=h", "wss://h/", "");
}

void TestProxy::choice()
{
    QFETCH(QString, variables);
    QFETCH(QString, url);
    QFETCH(QString, expected);
    QProcessEnvironment environment;
    for (const QString &variable : variables.split(u';', Qt::SkipEmptyParts)) {
        environment.insert(variable.section(u'=', 0, 0), variable.section(u'=', 1));
    }
    const QNetworkProxy proxy = chooseProxy({}, QUrl(url), environment);
    const QString kind = proxy.type() == QNetworkProxy::HttpProxy ? u"http"_s
        : proxy.type() == QNetworkProxy::Socks5Proxy              ? u"socks"_s
                                                                  : QString();
    QCOMPARE(kind.isEmpty() ? kind : u"%1 %2:%3"_s.arg(kind, proxy.hostName()).arg(proxy.port()),
        expected);
    QVERIFY(proxy.type() != QNetworkProxy::DefaultProxy);
}

void TestProxy::noProxy_data()
{
    QTest::addColumn<QString>("list");
    QTest::addColumn<QString>("host");
    QTest::addColumn<bool>("exempt");
    const auto row = [](const char *list, const char *host, bool exempt) {
        QTest::addRow("%s / %s", list, host)
            << QString::fromLatin1(list) << QString::fromLatin1(host) << exempt;
    };
    row("", "h", false);
    row("*", "h", true);
    row("example.com", "example.com", true);
    row("example.com", "api.example.com", true);
    row("example.com", "notexample.com", false);
    row(".example.com", "example.com", true);
    row(".example.com", "api.example.com", true);
    row("example.com.", "example.com", true);
    row("example.com", "example.com.", true);
    row("EXAMPLE.com:8080", "api.Example.COM", true);
    row(" a , b ", "b", true);
    row("10.0.0.0/8", "10.1.2.3", false);
    row("10.1.2.3", "10.1.2.3", true);
    row("::1", "::1", false);
    row(",,", "h", false);
    row(".", "h", false);
}

void TestProxy::noProxy()
{
    QFETCH(QString, list);
    QFETCH(QString, host);
    QFETCH(bool, exempt);
    QCOMPARE(isExemptFromProxy(list, host), exempt);
}

namespace {

ProxySetting proxySetting(const RawProxy &proxy, const QString &scheme, const QString &login = {})
{
    return *ProxySetting::fromText(
        scheme + u"://"_s + login + u"127.0.0.1:"_s + QString::number(proxy.port()));
}

} // namespace

void TestProxy::connectsThroughHttp()
{
    RawWebSocketServer server;
    RawProxy proxy(RawProxy::Protocol::HttpConnect);
    ConnectionFixture client;
    client.request.proxy = proxySetting(proxy, u"http"_s);
    QVERIFY2(
        client.openTo(server), client.closes.isEmpty() ? "" : qPrintable(client.closes[0].message));
    QCOMPARE(proxy.requests().size(), 1);
    QVERIFY(proxy.requests().constFirst().startsWith(
        QByteArray("CONNECT 127.0.0.1:" + QByteArray::number(server.port()) + " HTTP/1.1\r\n")));
    QVERIFY(!proxy.requests().constFirst().contains("Proxy-Authorization"));
    QCOMPARE(client.handshake.peerAddress, u"127.0.0.1:%1 via proxy"_s.arg(proxy.port()));
    server.peer()->sendText("through");
    QTRY_COMPARE(client.texts, (QList<QByteArray>{"through"}));
}

void TestProxy::connectsThroughHttpWithTls()
{
    RawWebSocketServer server(serverTls());
    RawProxy proxy(RawProxy::Protocol::HttpConnect);
    ConnectionFixture client;
    client.request.proxy = proxySetting(proxy, u"http"_s);
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    QVERIFY2(
        client.openTo(server), client.closes.isEmpty() ? "" : qPrintable(client.closes[0].message));
    // The proxy resolves the name.
    QVERIFY(proxy.requests().constFirst().startsWith(
        QByteArray("CONNECT localhost:" + QByteArray::number(server.port()) + " HTTP/1.1\r\n")));
}

void TestProxy::sendsCredentialsAtOnce_data()
{
    QTest::addColumn<QString>("login");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("user and password") << u"u:p@"_s << QByteArray("Basic dTpw");
    QTest::newRow("user alone") << u"u@"_s << QByteArray("Basic dQ==");
    QTest::newRow("percent-encoding stays")
        << u"u:p%40@"_s << "Basic " + QByteArray("u:p%40").toBase64();
}

void TestProxy::sendsCredentialsAtOnce()
{
    QFETCH(QString, login);
    QFETCH(QByteArray, expected);
    RawWebSocketServer server;
    RawProxy proxy(RawProxy::Protocol::HttpConnect);
    ConnectionFixture client;
    client.request.proxy = proxySetting(proxy, u"http"_s, login);
    QVERIFY(client.openTo(server));
    QCOMPARE(proxy.requests().size(), 1);
    QVERIFY2(proxy.requests().constFirst().contains(
                 QByteArray("Proxy-Authorization: " + expected + "\r\n")),
        proxy.requests().constFirst().constData());
    // What is for the proxy does not go to the server.
    QVERIFY(server.peer()->header("Proxy-Authorization").isEmpty());
}

void TestProxy::httpRefusals_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("words"); // TARGET is replaced
    const auto row = [](const char *name, const char *status, const char *words) {
        QTest::newRow(name) << QByteArray(status) + "\r\nContent-Length: 0\r\n\r\n"
                            << QString::fromLatin1(words);
    };
    row("407",
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"",
        "HTTP proxy CONNECT to TARGET rejected: HTTP/1.1 407");
    row("403", "HTTP/1.1 403 Forbidden", "HTTP proxy CONNECT to TARGET rejected: HTTP/1.1 403");
    row("404", "HTTP/1.1 404 Not Found", "HTTP proxy CONNECT to TARGET rejected: HTTP/1.1 404");
    row("503", "HTTP/1.1 503 Unavailable", "HTTP proxy CONNECT to TARGET rejected: HTTP/1.1 503");
    row("502", "HTTP/1.1 502 Bad Gateway", "HTTP proxy CONNECT to TARGET rejected: ");
    QTest::newRow("end") << QByteArray("")
                         << u"HTTP proxy closed connection before sending CONNECT response"_s;
}

void TestProxy::httpRefusals()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, words);
    RawWebSocketServer server;
    RawProxy proxy(RawProxy::Protocol::HttpConnect);
    proxy.setAnswer(answer, true);
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.proxy = proxySetting(proxy, u"http"_s, u"u:s3cret@"_s);
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::ProxyFailed);
    words.replace(u"TARGET"_s, u"127.0.0.1:%1"_s.arg(server.port()));
    QVERIFY2(info.message.contains(words), qPrintable(info.message));
    QVERIFY(!info.message.contains(u"s3cret"_s));
    QVERIFY(info.isTransient());
    QCOMPARE(server.connectionCount(), 0);
    QCOMPARE(client.closes.size(), 1);
}

void TestProxy::proxyNotThere()
{
    QString url;
    {
        RawProxy gone(RawProxy::Protocol::HttpConnect);
        url = u"http://127.0.0.1:%1"_s.arg(gone.port());
    }
    RawWebSocketServer server;
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.proxy = *ProxySetting::fromText(url);
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::ProxyFailed);
    QVERIFY2(info.message.contains(u"refused the connection"_s), qPrintable(info.message));
    QVERIFY(info.isTransient());
    QCOMPARE(server.connectionCount(), 0);
}

void TestProxy::connectsThroughSocks()
{
    RawWebSocketServer server(serverTls());
    RawProxy proxy(RawProxy::Protocol::Socks5);
    ConnectionFixture client;
    client.request.proxy = proxySetting(proxy, u"socks5"_s);
    client.request.tls.caFile = certPath(u"ca.pem"_s);
    QVERIFY2(
        client.openTo(server), client.closes.isEmpty() ? "" : qPrintable(client.closes[0].message));
    QCOMPARE(
        proxy.requests(), (QList<QByteArray>{"localhost:" + QByteArray::number(server.port())}));
    server.peer()->sendText("through");
    QTRY_COMPARE(client.texts, (QList<QByteArray>{"through"}));
}

void TestProxy::socksLogin()
{
    RawWebSocketServer server;
    RawProxy proxy(RawProxy::Protocol::Socks5);
    proxy.setSocksLogin("user", "p@ss");
    ConnectionFixture client;
    client.request.proxy = proxySetting(proxy, u"socks5"_s, u"user:p%40ss@"_s);
    QVERIFY2(
        client.openTo(server), client.closes.isEmpty() ? "" : qPrintable(client.closes[0].message));
}

void TestProxy::socksRefusal()
{
    RawWebSocketServer server;
    RawProxy proxy(RawProxy::Protocol::Socks5);
    proxy.setSocksReply(2);
    ConnectionFixture client;
    client.request.url = server.url();
    client.request.proxy = proxySetting(proxy, u"socks5"_s);
    const CloseInfo info = client.openAndFail();
    QCOMPARE(info.kind, CloseKind::ProxyFailed);
    QVERIFY2(info.message.startsWith(u"SOCKS5 proxy"_s), qPrintable(info.message));
    QVERIFY(info.isTransient());
    QCOMPARE(server.connectionCount(), 0);
}

void TestProxy::environmentIsUsed()
{
    RawWebSocketServer server;
    RawProxy proxy(RawProxy::Protocol::HttpConnect);
    ConnectionFixture client;
    client.request.proxy = {};
    client.request.environment = QProcessEnvironment();
    client.request.environment.insert(u"HTTP_PROXY"_s, u"127.0.0.1:%1"_s.arg(proxy.port()));
    QVERIFY(client.openTo(server));
    QCOMPARE(proxy.requests().size(), 1);

    ConnectionFixture direct;
    direct.request.proxy = {};
    direct.request.environment = client.request.environment;
    direct.request.environment.insert(u"NO_PROXY"_s, u"127.0.0.1"_s);
    QVERIFY(direct.openTo(server));
    QCOMPARE(proxy.requests().size(), 1);
}

} // namespace earshot

QTEST_GUILESS_MAIN(earshot::TestProxy)
#include "tst_proxy.moc"
