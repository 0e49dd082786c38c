// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/errorcodes.h"
#include "model/rpc/jsonrpcserver.h"
#include "model/rpc/peercredentials.h"
#include "rawclient.h"

#include <QFile>
#include <QJsonArray>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <optional>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace earshot;
using namespace earshot::rpc;
using namespace Qt::StringLiterals;

namespace {

/// Lets everything that is under way between two sockets of this process happen.
void settle()
{
    for (int i = 0; i < 100; ++i) {
        QCoreApplication::processEvents();
    }
}

} // namespace

class TestJsonRpcServer final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void isForThisUserOnly();
    void knowsThePeer();
    void refusesASecondServer();
    void takesOverFromADeadServer();
    void refusesALongPath();
    void wantsHelloFirst();
    void refusesAnotherVersion();
    void answersErrorsWithTheirCodes_data();
    void answersErrorsWithTheirCodes();
    void keepsTheConnectionAfterAFault();
    void answersLater();
    void answersWhenAHandlerDoesNot();
    void replacesAnAnswerThatIsTooLong();
    void endsAfterALineThatIsTooLong();
    void refusesClientsAboveTheLimit();
    void endsASilentHandshake();
    void endsAnIdleClient();
    void endsAClientThatDoesNotRead();
    void dropsPushesAboveTheCapAndNoAnswers();
    void stopsReadingAtTheRequestLimit();
    void saysGoodbye();

private:
    void start(const ServerLimits &limits = {});
    [[nodiscard]] QString path() const { return m_dir->filePath(u"s/earshot.sock"_s); }

    std::unique_ptr<QTemporaryDir> m_dir;
    ManualClock m_clock;
    std::unique_ptr<JsonRpcServer> m_server;
    std::optional<Reply<RunGet>> m_pending;
};

void TestJsonRpcServer::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
}

void TestJsonRpcServer::cleanup()
{
    m_pending.reset();
    m_server.reset();
    m_dir.reset();
}

void TestJsonRpcServer::start(const ServerLimits &limits)
{
    m_server = std::make_unique<JsonRpcServer>(m_clock);
    m_server->setLimits(limits);
    m_server->setServiceInfo({.version = u"1.2.3"_s, .pid = 42});
    m_server->answer<SecretGet>([](const SecretGet::Params &params) -> Result<SecretInfo> {
        if (params.path == u"missing") {
            return Error{ErrorCode::NotFound, u"no secret `missing`"_s, u"set it"_s};
        }
        return SecretInfo{.path = params.path, .exists = true};
    });
    m_server->handle<RunGet>(
        [this](const IdParams &, const Reply<RunGet> &reply) { m_pending = reply; });
    m_server->handle<RunLogs>([](const ChunkParams &, const Reply<RunLogs> &) {});
    m_server->answer<VariableGet>([](const PathParams &params) -> Result<Entry> {
        return Entry{.path = params.path, .value = QString(2'000'000, u'x')};
    });
    m_server->answer<RunRead>([](const RunRead::Params &) -> Result<Chunk> {
        return chunkOf(QByteArray(50'000, 'x'), {}, {});
    });
    const auto listening = m_server->listen(path());
    QVERIFY2(listening, listening ? "" : qPrintable(listening.error().message));
}

void TestJsonRpcServer::isForThisUserOnly()
{
    const auto mask = ::umask(0);
    start();
    ::umask(mask);
    struct stat info
    { };
    QCOMPARE(::stat(QFile::encodeName(path()).constData(), &info), 0);
    QCOMPARE(info.st_mode & 0777, 0700U);
    QCOMPARE(::stat(QFile::encodeName(m_dir->filePath(u"s"_s)).constData(), &info), 0);
    QCOMPARE(info.st_mode & 0777, 0700U);
}

void TestJsonRpcServer::knowsThePeer()
{
    int pair[2] = {};
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    QCOMPARE(peerUserId(pair[0]), std::optional<uid_t>(::getuid()));
    ::close(pair[0]);
    ::close(pair[1]);
    QCOMPARE(peerUserId(pair[0]), std::nullopt);
}

void TestJsonRpcServer::refusesASecondServer()
{
    start();
    JsonRpcServer second(m_clock);
    const auto listening = second.listen(path());
    QVERIFY(!listening);
    QCOMPARE(listening.error().code, ErrorCode::Conflict);
    QVERIFY(listening.error().message.contains(QString::number(::getpid())));
    // and the first is still reachable
    RawClient client(path());
    client.hello();
    QCOMPARE(client.next().value("id"_L1).toInt(-1), 0);
}

void TestJsonRpcServer::takesOverFromADeadServer()
{
    start();
    // a crash leaves the socket and the lock of a process that is gone
    const QString socket = path();
    m_server.reset();
    QFile stale(socket);
    QVERIFY(stale.open(QIODevice::WriteOnly));
    stale.close();
    QFile lock(socket + u".lock"_s);
    QVERIFY(lock.open(QIODevice::WriteOnly));
    lock.write("4194303\nearshot\n" + QSysInfo::machineHostName().toLocal8Bit() + "\n");
    lock.close();
    start();
    RawClient client(path());
    QVERIFY(client.connected);
}

void TestJsonRpcServer::refusesALongPath()
{
    JsonRpcServer server(m_clock);
    const auto listening = server.listen(u"/tmp/"_s + QString(200, u'x'));
    QVERIFY(!listening);
    QCOMPARE(listening.error().code, ErrorCode::InvalidArgument);
}

void TestJsonRpcServer::wantsHelloFirst()
{
    start();
    RawClient client(path());
    client.send(R"({"jsonrpc":"2.0","id":1,"method":"secret.get","params":{"path":"a"}})");
    QCOMPARE(client.nextErrorCode(), kHelloRequired);
    client.hello();
    const QJsonObject info = client.next().value("result"_L1).toObject();
    QCOMPARE(info.value("version"_L1).toString(), u"1.2.3"_s);
    QCOMPARE(info.value("pid"_L1).toInt(), 42);
    client.send(R"({"jsonrpc":"2.0","id":"x","method":"secret.get","params":{"path":"a"}})");
    const QJsonObject answer = client.next();
    QCOMPARE(answer.value("id"_L1).toString(), u"x"_s);
    QCOMPARE(answer.value("result"_L1).toObject().value("exists"_L1).toBool(), true);
}

void TestJsonRpcServer::refusesAnotherVersion()
{
    start();
    RawClient client(path());
    client.hello(kApiVersion + 1);
    QCOMPARE(client.nextErrorCode(), rpcCode(ErrorCode::Conflict));
    client.send(R"({"jsonrpc":"2.0","id":1,"method":"secret.get","params":{"path":"a"}})");
    QCOMPARE(client.nextErrorCode(), kHelloRequired);
}

void TestJsonRpcServer::answersErrorsWithTheirCodes_data()
{
    QTest::addColumn<QByteArray>("rest");
    QTest::addColumn<int>("code");
    const auto row = [](const char *name, const char *rest, int code) {
        QTest::newRow(name) << QByteArray(rest) << code;
    };
    row("unknown method", R"("method":"secret.steal")", kUnknownMethod);
    row("method without a handler", R"("method":"storage.backup","params":{"file":"/x"})",
        rpcCode(ErrorCode::Unsupported));
    row("missing parameter", R"("method":"secret.get","params":{})",
        rpcCode(ErrorCode::InvalidArgument));
    row("no parameters", R"("method":"secret.get")", rpcCode(ErrorCode::InvalidArgument));
    row("unknown parameter", R"("method":"secret.get","params":{"path":"a","x":1})",
        rpcCode(ErrorCode::InvalidArgument));
    row("our own error", R"("method":"secret.get","params":{"path":"missing"})",
        rpcCode(ErrorCode::NotFound));
}

void TestJsonRpcServer::answersErrorsWithTheirCodes()
{
    QFETCH(QByteArray, rest);
    QFETCH(int, code);
    start();
    RawClient client(path());
    client.hello();
    client.next();
    client.send(R"({"jsonrpc":"2.0","id":9,)" + rest + '}');
    const QJsonObject answer = client.next();
    QCOMPARE(answer.value("id"_L1).toInt(), 9);
    const QJsonObject error = answer.value("error"_L1).toObject();
    QCOMPARE(error.value("code"_L1).toInt(), code);
    QCOMPARE(error.value("data"_L1).toObject().value("code"_L1).toString(), rpcName(code));
    QVERIFY(!error.value("message"_L1).toString().isEmpty());
}

void TestJsonRpcServer::keepsTheConnectionAfterAFault()
{
    start();
    RawClient client(path());
    client.hello();
    client.next();
    client.send("garbage");
    QCOMPARE(client.nextErrorCode(), kParseError);
    client.send("[]");
    QCOMPARE(client.nextErrorCode(), kInvalidRequest);
    client.send(R"({"jsonrpc":"2.0","id":1,"method":"secret.get","params":{"path":"a"}})");
    QVERIFY(client.next().contains("result"_L1));
}

void TestJsonRpcServer::answersLater()
{
    start();
    RawClient client(path());
    client.hello();
    client.next();
    client.send(R"({"jsonrpc":"2.0","id":1,"method":"run.get","params":{"id":5}})");
    client.send(R"({"jsonrpc":"2.0","id":2,"method":"secret.get","params":{"path":"a"}})");
    QCOMPARE(client.next().value("id"_L1).toInt(), 2);
    QVERIFY(m_pending);
    m_pending->finish({});
    m_pending->finish({}); // a second answer goes nowhere
    QCOMPARE(client.next().value("id"_L1).toInt(), 1);
    client.send(R"({"jsonrpc":"2.0","id":3,"method":"secret.get","params":{"path":"a"}})");
    QCOMPARE(client.next().value("id"_L1).toInt(), 3);

    client.send(R"({"jsonrpc":"2.0","id":4,"method":"run.get","params":{"id":5}})");
    m_pending.reset();
    QTRY_VERIFY(m_pending);
    QSignalSpy closed(m_server.get(), &JsonRpcServer::clientClosed);
    client.socket.abort();
    QVERIFY(closed.count() || closed.wait());
    m_pending->finish({}); // nobody there: no crash
}

void TestJsonRpcServer::answersWhenAHandlerDoesNot()
{
    start();
    RawClient client(path());
    client.hello();
    client.next();
    client.send(R"({"jsonrpc":"2.0","id":1,"method":"run.logs","params":{"id":5}})");
    QCOMPARE(client.nextErrorCode(), rpcCode(ErrorCode::Internal));
}

void TestJsonRpcServer::replacesAnAnswerThatIsTooLong()
{
    start();
    RawClient client(path());
    client.hello();
    client.next();
    client.send(R"({"jsonrpc":"2.0","id":1,"method":"variable.get","params":{"path":"a"}})");
    QCOMPARE(client.nextErrorCode(), rpcCode(ErrorCode::LimitExceeded));
}

void TestJsonRpcServer::endsAfterALineThatIsTooLong()
{
    start();
    QSignalSpy closed(m_server.get(), &JsonRpcServer::clientClosed);
    RawClient client(path());
    client.hello();
    client.next();
    client.send(QByteArray(kMaxLineBytes + 1, ' '));
    QCOMPARE(client.nextErrorCode(), kParseError);
    QVERIFY(client.waitForEnd());
    QVERIFY(closed.count() || closed.wait());
    QCOMPARE(m_server->clientCount(), 0);
}

void TestJsonRpcServer::refusesClientsAboveTheLimit()
{
    start({.clients = 2});
    RawClient first(path());
    RawClient second(path());
    QTRY_COMPARE(m_server->clientCount(), 2);
    RawClient third(path());
    QCOMPARE(third.nextErrorCode(), rpcCode(ErrorCode::Unavailable));
    QVERIFY(third.waitForEnd());
    first.socket.abort();
    QTRY_COMPARE(m_server->clientCount(), 1);
    RawClient fourth(path());
    fourth.hello();
    QVERIFY(fourth.next().contains("result"_L1));
}

void TestJsonRpcServer::endsASilentHandshake()
{
    start();
    RawClient client(path());
    QTRY_COMPARE(m_server->clientCount(), 1);
    m_clock.advance(4'999);
    RawClient other(path());
    other.hello();
    QVERIFY(other.next().contains("result"_L1));
    QCOMPARE(m_server->clientCount(), 2);
    m_clock.advance(1);
    QVERIFY(client.waitForEnd());
    QTRY_COMPARE(m_server->clientCount(), 1);
}

void TestJsonRpcServer::endsAnIdleClient()
{
    start();
    RawClient idle(path());
    RawClient kept(path());
    RawClient waiting(path());
    for (RawClient *client : {&idle, &kept, &waiting}) {
        client->hello();
        client->next();
    }
    m_server->setKeptOpen(2, true);
    waiting.send(R"({"jsonrpc":"2.0","id":1,"method":"run.get","params":{"id":5}})");
    QTRY_VERIFY(m_pending);
    m_clock.advance(599'000);
    idle.send(R"({"jsonrpc":"2.0","id":2,"method":"secret.get","params":{"path":"a"}})");
    idle.next();
    m_clock.advance(599'000);
    QCOMPARE(m_server->clientCount(), 3);
    m_clock.advance(2'000);
    QTRY_COMPARE(m_server->clientCount(), 2);
    QVERIFY(idle.waitForEnd());
    m_pending->finish({});
    QVERIFY(waiting.next().contains("result"_L1));
}

void TestJsonRpcServer::endsAClientThatDoesNotRead()
{
    start();
    QSignalSpy closed(m_server.get(), &JsonRpcServer::clientClosed);
    RawClient client(path());
    client.hello();
    client.next();
    client.socket.setReadBufferSize(1);
    int accepted = 0;
    while (m_server->push(1, QByteArray(100'000, 'x') + '\n')) {
        ++accepted;
        QVERIFY(accepted < 1'000);
    }
    // let the kernel's buffers fill until nothing moves any more
    settle();
    m_clock.advance(9'999);
    QCoreApplication::processEvents();
    QCOMPARE(m_server->clientCount(), 1);
    m_clock.advance(1);
    QVERIFY(closed.count() || closed.wait());
    QVERIFY(closed.constFirst().at(1).toString().contains(u"does not read"));
}

void TestJsonRpcServer::dropsPushesAboveTheCapAndNoAnswers()
{
    start({.pushBytes = 100'000});
    RawClient client(path());
    client.hello();
    client.next();
    int accepted = 0;
    while (m_server->push(1, notificationLine(u"x.y"_s, {{u"t"_s, QString(10'000, u'x')}}))) {
        ++accepted;
    }
    QCOMPARE_LE(accepted, 10);
    client.send(R"({"jsonrpc":"2.0","id":1,"method":"secret.get","params":{"path":"a"}})");
    for (int i = 0; i < accepted; ++i) {
        QCOMPARE(client.next().value("method"_L1).toString(), u"x.y"_s);
    }
    QCOMPARE(client.next().value("id"_L1).toInt(), 1);
    QVERIFY(m_server->push(1, notificationLine(u"x.y"_s, {})));
}

void TestJsonRpcServer::stopsReadingAtTheRequestLimit()
{
    // A client that asks and never reads must not make us keep what it asked for.
    start({.readBytes = 500'000});
    RawClient client(path());
    client.hello();
    client.next();
    client.socket.setReadBufferSize(1);
    constexpr int kRequests = 200;
    for (int i = 1; i <= kRequests; ++i) {
        client.send(R"({"jsonrpc":"2.0","id":)" + QByteArray::number(i)
            + R"(,"method":"run.read","params":{"id":1,"part":"logs"}})");
    }
    const auto *connection = m_server->findChild<JsonRpcConnection *>();
    const auto *socket = connection->findChild<QLocalSocket *>();
    QTRY_VERIFY(socket->bytesToWrite() >= 500'000);
    settle();
    QCOMPARE_LT(socket->bytesToWrite(), 1'000'000);
    client.socket.setReadBufferSize(0);
    for (int i = 1; i <= kRequests; ++i) {
        QCOMPARE(client.next().value("id"_L1).toInt(), i);
    }
}

void TestJsonRpcServer::saysGoodbye()
{
    start();
    RawClient client(path());
    client.hello();
    client.next();
    m_server->close();
    QCOMPARE(client.next().value("method"_L1).toString(), QString::fromLatin1(kServiceStopping));
    QVERIFY(client.waitForEnd());
    QVERIFY(!QFile::exists(path()));
}

QTEST_GUILESS_MAIN(TestJsonRpcServer)
#include "tst_jsonrpcserver.moc"
