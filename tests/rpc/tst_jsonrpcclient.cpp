// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/controlclient.h"
#include "model/rpc/jsonrpcserver.h"

#include <QLocalServer>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <optional>

using namespace earshot;
using namespace earshot::rpc;
using namespace Qt::StringLiterals;

class TestJsonRpcClient final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void callsWithTypes();
    void callsMadeWhileConnectingWait();
    void failsWithoutAService();
    void failsPendingCallsWhenTheServiceGoes();
    void connectsAgain();
    void keepsTheDeadline();
    void forgetsACallWithItsContext();
    void refusesARequestThatIsTooLong();
    void saysWhyAnotherVersionIsRefused();
    void refusesAnEndlessLine();
    void passesPushesOn();
    void aCallbackMayCloseTheClient();

private:
    void serve();
    [[nodiscard]] QString path() const { return m_dir->filePath(u"c.sock"_s); }

    std::unique_ptr<QTemporaryDir> m_dir;
    SystemClock m_clock;
    std::unique_ptr<JsonRpcServer> m_server;
    std::optional<Reply<RunGet>> m_pending;
    std::unique_ptr<ControlClient> m_client;
};

void TestJsonRpcClient::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_client = std::make_unique<ControlClient>(m_clock);
}

void TestJsonRpcClient::cleanup()
{
    m_client.reset();
    m_pending.reset();
    m_server.reset();
    m_dir.reset();
}

void TestJsonRpcClient::serve()
{
    m_server = std::make_unique<JsonRpcServer>(m_clock);
    m_server->setServiceInfo({.version = u"9.9"_s});
    m_server->answer<SecretGet>([](const SecretGet::Params &params) -> Result<SecretInfo> {
        if (params.path == u"missing") {
            return Error{ErrorCode::NotFound, u"no such secret"_s, u"detail"_s};
        }
        return SecretInfo{.path = params.path, .exists = true, .value = u"v"_s};
    });
    m_server->handle<RunGet>(
        [this](const IdParams &, const Reply<RunGet> &reply) { m_pending = reply; });
    QVERIFY(m_server->listen(path()));
}

void TestJsonRpcClient::callsWithTypes()
{
    serve();
    QSignalSpy ready(m_client.get(), &ControlClient::ready);
    m_client->open(path(), u"test"_s);
    QVERIFY(ready.count() || ready.wait());
    QVERIFY(m_client->isReady());
    QCOMPARE(m_client->serviceInfo().version, u"9.9"_s);

    std::optional<Result<SecretInfo>> found;
    std::optional<Result<SecretInfo>> missing;
    m_client->call<SecretGet>({.path = u"a"_s, .reveal = true}, this,
        [&](const Result<SecretInfo> &result) { found = result; });
    m_client->call<SecretGet>({.path = u"missing"_s, .reveal = {}}, this,
        [&](const Result<SecretInfo> &result) { missing = result; });
    QVERIFY(!found);
    QTRY_VERIFY(found && missing);
    QVERIFY(*found);
    QCOMPARE((*found)->value, std::optional<QString>(u"v"_s));
    QVERIFY(!*missing);
    QCOMPARE(missing->error(), (Error{ErrorCode::NotFound, u"no such secret"_s, u"detail"_s}));
}

void TestJsonRpcClient::callsMadeWhileConnectingWait()
{
    serve();
    m_client->open(path(), u"test"_s);
    QStringList order;
    for (const QString &name : {u"a"_s, u"b"_s, u"c"_s}) {
        m_client->call<SecretGet>({.path = name, .reveal = {}}, this,
            [&](const Result<SecretInfo> &result) { order += result ? result->path : u"!"_s; });
    }
    QTRY_COMPARE(order.size(), 3);
    QCOMPARE(order, (QStringList{u"a"_s, u"b"_s, u"c"_s}));
}

void TestJsonRpcClient::failsWithoutAService()
{
    QSignalSpy lost(m_client.get(), &ControlClient::lost);
    m_client->open(path(), u"test"_s);
    std::optional<Error> error;
    m_client->call<ServiceGetStatus>(
        {}, this, [&](const Result<ServiceStatus> &result) { error = result.error(); });
    QVERIFY(lost.count() || lost.wait());
    QTRY_VERIFY(error);
    QCOMPARE(error->code, ErrorCode::Unavailable);
    QVERIFY(error->message.contains(path()));
    QCOMPARE(lost.count(), 1);

    error.reset();
    m_client->call<ServiceGetStatus>(
        {}, this, [&](const Result<ServiceStatus> &result) { error = result.error(); });
    QVERIFY(!error);
    QTRY_VERIFY(error);
    QCOMPARE(error->code, ErrorCode::Unavailable);
}

void TestJsonRpcClient::failsPendingCallsWhenTheServiceGoes()
{
    serve();
    m_client->open(path(), u"test"_s);
    std::optional<Error> error;
    m_client->call<RunGet>(
        {.id = 1}, this, [&](const Result<RunDetail> &result) { error = result.error(); });
    QTRY_VERIFY(m_pending);
    QSignalSpy lost(m_client.get(), &ControlClient::lost);
    QSignalSpy stopping(m_client.get(), &ControlClient::stopping);
    m_server->close();
    QVERIFY(lost.count() || lost.wait());
    QCOMPARE(stopping.count(), 1);
    QVERIFY(error);
    QCOMPARE(error->code, ErrorCode::Unavailable);
    QVERIFY(!m_client->isReady());
}

void TestJsonRpcClient::connectsAgain()
{
    QSignalSpy ready(m_client.get(), &ControlClient::ready);
    QSignalSpy lost(m_client.get(), &ControlClient::lost);
    m_client->open(path(), u"test"_s, JsonRpcClient::Reconnect::Always);
    QVERIFY(lost.count() || lost.wait());
    serve();
    QVERIFY(ready.count() || ready.wait(10'000));
    m_server.reset();
    QTRY_VERIFY(!m_client->isReady());
    serve();
    QTRY_COMPARE_WITH_TIMEOUT(ready.count(), 2, 10'000);
    m_client->close();
    QVERIFY(!m_client->isReady());
}

void TestJsonRpcClient::keepsTheDeadline()
{
    serve();
    m_client->open(path(), u"test"_s);
    int calls = 0;
    std::optional<Error> error;
    m_client->call<RunGet>(
        {.id = 1}, this,
        [&](const Result<RunDetail> &result) {
            ++calls;
            error = result.error();
        },
        200);
    QTRY_VERIFY(error);
    QCOMPARE(error->code, ErrorCode::Timeout);
    QTRY_VERIFY(m_pending);
    m_pending->finish({}); // too late
    bool answered = false;
    m_client->call<SecretGet>(
        {.path = u"a"_s, .reveal = {}}, this, [&](const Result<SecretInfo> &) { answered = true; });
    QTRY_VERIFY(answered);
    QCOMPARE(calls, 1);
}

void TestJsonRpcClient::forgetsACallWithItsContext()
{
    serve();
    m_client->open(path(), u"test"_s);
    auto context = std::make_unique<QObject>();
    bool called = false;
    m_client->call<RunGet>(
        {.id = 1}, context.get(), [&](const Result<RunDetail> &) { called = true; });
    QTRY_VERIFY(m_pending);
    context.reset();
    m_pending->finish({});
    bool answered = false;
    m_client->call<SecretGet>(
        {.path = u"a"_s, .reveal = {}}, this, [&](const Result<SecretInfo> &) { answered = true; });
    QTRY_VERIFY(answered);
    QVERIFY(!called);
}

void TestJsonRpcClient::refusesARequestThatIsTooLong()
{
    serve();
    m_client->open(path(), u"test"_s);
    std::optional<Error> error;
    m_client->call<SecretGet>({.path = QString(kMaxLineBytes, u'x'), .reveal = {}}, this,
        [&](const Result<SecretInfo> &result) { error = result.error(); });
    QVERIFY(!error);
    QTRY_VERIFY(error);
    QCOMPARE(error->code, ErrorCode::LimitExceeded);
    // the connection is none the worse for it
    bool answered = false;
    m_client->call<SecretGet>({.path = u"a"_s, .reveal = {}}, this,
        [&](const Result<SecretInfo> &result) { answered = result.has_value(); });
    QTRY_VERIFY(answered);
}

void TestJsonRpcClient::saysWhyAnotherVersionIsRefused()
{
    QLocalServer server;
    QVERIFY(server.listen(path()));
    QObject::connect(&server, &QLocalServer::newConnection, &server, [&server] {
        QLocalSocket *socket = server.nextPendingConnection();
        QObject::connect(socket, &QLocalSocket::readyRead, socket, [socket] {
            socket->readAll();
            socket->write(
                R"({"jsonrpc":"2.0","id":1,"error":{"code":-32004,"message":"other version"}})"
                "\n");
        });
    });
    QSignalSpy lost(m_client.get(), &ControlClient::lost);
    m_client->open(path(), u"test"_s);
    QVERIFY(lost.count() || lost.wait());
    const auto error = lost.constFirst().constFirst().value<Error>();
    QCOMPARE(error.code, ErrorCode::Conflict);
    QCOMPARE(error.message, u"other version"_s);
}

void TestJsonRpcClient::refusesAnEndlessLine()
{
    QLocalServer server;
    QVERIFY(server.listen(path()));
    QObject::connect(&server, &QLocalServer::newConnection, &server,
        [&server] { server.nextPendingConnection()->write(QByteArray(kMaxLineBytes + 2, 'x')); });
    QSignalSpy lost(m_client.get(), &ControlClient::lost);
    m_client->open(path(), u"test"_s);
    QVERIFY(lost.count() || lost.wait());
    QCOMPARE(lost.constFirst().constFirst().value<Error>().code, ErrorCode::LimitExceeded);
}

void TestJsonRpcClient::passesPushesOn()
{
    serve();
    QSignalSpy ready(m_client.get(), &ControlClient::ready);
    QSignalSpy notice(m_client.get(), &ControlClient::noticeArrived);
    m_client->open(path(), u"test"_s);
    QVERIFY(ready.count() || ready.wait());
    m_server->broadcast(u"from.the_future"_s, {});
    m_server->broadcast(QString::fromLatin1(kServiceNotice),
        toJson(Notice{.level = u"error"_s, .trigger = u"f/a/b"_s, .text = u"stopped"_s}));
    QVERIFY(notice.count() || notice.wait());
    QCOMPARE(notice.constFirst().constFirst().value<Notice>().text, u"stopped"_s);
}

void TestJsonRpcClient::aCallbackMayCloseTheClient()
{
    serve();
    m_client->open(path(), u"test"_s);
    int calls = 0;
    for (int i = 0; i < 3; ++i) {
        m_client->call<SecretGet>(
            {.path = u"a"_s, .reveal = {}}, this, [&](const Result<SecretInfo> &) {
                ++calls;
                m_client->close();
            });
    }
    QTRY_COMPARE(calls, 3);
}

QTEST_GUILESS_MAIN(TestJsonRpcClient)
#include "tst_jsonrpcclient.moc"
