// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/triggersession.h"

#include <QJsonDocument>
#include <QSignalSpy>
#include <QTest>
#include <QWebSocket>
#include <QWebSocketServer>

#include <memory>

using namespace earshot;
using namespace earshot::triggers;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatienceMs = 20'000;

class Observer final : public SessionObserver
{
public:
    RunId messageAccepted(QByteArray message, bool binary, quint64 connection) override
    {
        accepted.append(binary ? "binary:" + message : message);
        lastConnection = connection;
        return accepted.size();
    }
    void messageSeen(const QByteArray &message, bool, MessageFate fate, RunId) override
    {
        seen.append(QByteArray::number(static_cast<int>(fate)) + ' ' + message);
    }
    void messageSent(const QByteArray &message, bool, OutgoingKind kind) override
    {
        sent.append(toString(kind).toUtf8() + ' ' + message);
    }
    void statusChanged(const SessionStatus &status) override { texts.append(status.text); }
    void connectionClosed(const CloseInfo &info) override { closes.append(info.code); }
    void sessionStopped(const Error &error) override { stopped = error.message; }
    void runnableFailed(const RunnableRef &runnable, const RunOutcome &) override
    {
        failedRunnables.append(runnable.path);
    }

    QList<QByteArray> accepted;
    QList<QByteArray> seen;
    QList<QByteArray> sent;
    QStringList texts;
    QList<int> closes;
    QStringList failedRunnables;
    QString stopped;
    quint64 lastConnection = 0;
};

/// Keeps what it was asked for until the test answers.
class Invoker final : public RunnableInvoker
{
public:
    class Pending final : public PendingInvocation
    {
    public:
        explicit Pending(std::shared_ptr<bool> alive)
            : m_alive(std::move(alive))
        { }
        ~Pending() override { *m_alive = false; }
        Q_DISABLE_COPY_MOVE(Pending)

    private:
        std::shared_ptr<bool> m_alive;
    };

    [[nodiscard]] std::unique_ptr<PendingInvocation> invoke(
        Invocation invocation, std::function<void(const RunOutcome &)> done) override
    {
        asked.append(invocation);
        m_done = std::move(done);
        m_alive = std::make_shared<bool>(true);
        return std::make_unique<Pending>(m_alive);
    }
    void answer(RunStatus status, const QByteArray &result)
    {
        RunOutcome outcome;
        outcome.status = status;
        outcome.result = result;
        if (*m_alive) {
            m_done(outcome);
        }
    }
    QList<Invocation> asked;

private:
    std::function<void(const RunOutcome &)> m_done;
    std::shared_ptr<bool> m_alive;
};

class References final : public ReferenceResolver
{
public:
    [[nodiscard]] Result<QString> resolveText(const QString &text) const override
    {
        QString resolved = text;
        return resolved.replace(u"$var:u/a/token"_s, u"t0ken"_s);
    }
    [[nodiscard]] Result<QJsonObject> resolveArgs(const QJsonObject &args) const override
    {
        return args;
    }
};

class Server final : public QObject
{
public:
    Server()
        : m_server(u"test"_s, QWebSocketServer::NonSecureMode)
    {
        if (!m_server.listen(QHostAddress::LocalHost)) {
            qFatal("no port");
        }
        connect(&m_server, &QWebSocketServer::newConnection, this, [this] {
            client = m_server.nextPendingConnection();
            client->setParent(this); // QWebSocketServer leaves them to whoever takes them
            ++connections;
            path = client->requestUrl().toString(QUrl::RemoveScheme | QUrl::RemoveAuthority);
            connect(client, &QWebSocket::textMessageReceived, this,
                [this](const QString &text) { received.append(text); });
            if (!greeting.isEmpty()) {
                client->sendTextMessage(greeting);
            }
        });
    }
    [[nodiscard]] QString url() const { return u"ws://127.0.0.1:%1/"_s.arg(m_server.serverPort()); }

    QWebSocket *client = nullptr;
    QStringList received;
    QString greeting;
    QString path;
    int connections = 0;

private:
    QWebSocketServer m_server;
};

TriggerConfig config(const QString &url)
{
    TriggerConfig config;
    config.path = u"f/a/t"_s;
    config.runnable.path = u"f/a/script"_s;
    config.url = url;
    return config;
}

struct Bench
{
    ManualClock clock;
    Invoker invoker;
    References references;
    Observer observer;

    std::unique_ptr<TriggerSession> start(const TriggerConfig &configuration)
    {
        auto session = std::make_unique<TriggerSession>(configuration,
            SessionEnvironment{clock, invoker, references, [] { return 0.5; }, {}}, observer);
        session->start();
        return session;
    }
};

bool isReady(const TriggerSession &session)
{
    return session.status().phase == SessionPhase::Ready;
}

} // namespace

class TestTriggerSession final : public QObject
{
    Q_OBJECT

private slots:
    void filtersAndCounts();
    void initialMessagesComeFirst();
    void initialMessageFromRunnable();
    void failedInitialRunnable_data();
    void failedInitialRunnable();
    void tooMuchHeldBackReconnects();
    void heartbeatWithState();
    void repliesOnlyToTheirConnection();
    void urlFromRunnableIsAskedForEachConnect();
    void urlRunnableThatReturnsNoString();
    void invalidDollarUrlStops();
    void referencesInTheUrl();
    void reconnectsAfterClose();
    void checkNowDoesNotWait();
    void holdOffAndResume();
    void binaryByConfiguration();
    void stopSaysGoodbye();
};

void TestTriggerSession::filtersAndCounts()
{
    Server server;
    Bench bench;
    auto configuration = config(server.url());
    configuration.filtersJson = R"([{"key":"type","value":"order"}])";
    const auto session = bench.start(configuration);
    session->setWatched(true);
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.client != nullptr, kPatienceMs);
    const QByteArray order = R"({"type":"order"})";
    server.client->sendTextMessage(QString::fromUtf8(order));
    server.client->sendTextMessage(u"other"_s);
    QTRY_COMPARE_WITH_TIMEOUT(bench.observer.seen.size(), 2, kPatienceMs);
    QCOMPARE(bench.observer.accepted, QList<QByteArray>{order});
    QCOMPARE(session->counters().received, 2U);
    QCOMPARE(session->counters().matched, 1U);
    QVERIFY(bench.observer.seen.at(0).startsWith("0 "));
    QVERIFY(bench.observer.seen.at(1).startsWith("1 "));
}

void TestTriggerSession::initialMessagesComeFirst()
{
    Server server;
    server.greeting = u"early"_s;
    Bench bench;
    auto configuration = config(server.url());
    configuration.initialMessages = {{.raw = u"\"quoted\""_s, .runnable = {}, .args = {}},
        {.raw = u"{\"op\":1}"_s, .runnable = {}, .args = {}},
        {.raw = {}, .runnable = {.path = u"f/a/hello"_s}, .args = {}},
        {.raw = u"last"_s, .runnable = {}, .args = {}}};
    const auto session = bench.start(configuration);
    QTRY_COMPARE_WITH_TIMEOUT(bench.invoker.asked.size(), 1, kPatienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(session->counters().received, 1U, kPatienceMs);
    // The message that came meanwhile waits.
    QVERIFY(bench.observer.accepted.isEmpty());
    bench.invoker.answer(RunStatus::Success, "null");
    QTRY_COMPARE_WITH_TIMEOUT(server.received.size(), 4, kPatienceMs);
    QCOMPARE(server.received, (QStringList{u"quoted"_s, u"{\"op\":1}"_s, u"null"_s, u"last"_s}));
    QCOMPARE(bench.observer.accepted, QList<QByteArray>{"early"});
    QVERIFY(isReady(*session));
}

void TestTriggerSession::initialMessageFromRunnable()
{
    Server server;
    Bench bench;
    auto configuration = config(server.url());
    configuration.initialMessages
        = {{.raw = {}, .runnable = {.path = u"f/a/hello"_s}, .args = {{u"a"_s, 1}}}};
    const auto session = bench.start(configuration);
    QTRY_COMPARE_WITH_TIMEOUT(bench.invoker.asked.size(), 1, kPatienceMs);
    QCOMPARE(bench.invoker.asked.first().args, (QJsonObject{{u"a"_s, 1}}));
    bench.invoker.answer(RunStatus::Success, "\"say \\\"x\\\"\"");
    QTRY_COMPARE_WITH_TIMEOUT(server.received, QStringList{u"say \"x\""_s}, kPatienceMs);
}

void TestTriggerSession::failedInitialRunnable_data()
{
    QTest::addColumn<bool>("windmill");
    QTest::newRow("windmill disables") << true;
    QTest::newRow("backoff tries again") << false;
}

void TestTriggerSession::failedInitialRunnable()
{
    QFETCH(bool, windmill);
    Server server;
    Bench bench;
    auto configuration = config(server.url());
    configuration.reconnectPolicy
        = windmill ? ReconnectPolicyKind::Windmill : ReconnectPolicyKind::Backoff;
    configuration.initialMessages = {{.raw = {}, .runnable = {.path = u"f/a/hello"_s}, .args = {}}};
    const auto session = bench.start(configuration);
    QTRY_COMPARE_WITH_TIMEOUT(bench.invoker.asked.size(), 1, kPatienceMs);
    bench.invoker.answer(
        RunStatus::Failure, "{\"error\":{\"name\":\"Error\",\"message\":\"boom\"}}");
    QCOMPARE(bench.observer.failedRunnables, QStringList{u"f/a/hello"_s});
    const QString text = u"Error sending initial messages: Script f/a/hello failed: Error: boom"_s;
    if (windmill) {
        QCOMPARE(bench.observer.stopped, text);
    } else {
        QVERIFY(bench.observer.stopped.isEmpty());
        QVERIFY(session->status().text.startsWith(text));
        QVERIFY(session->status().phase == SessionPhase::Waiting);
    }
}

void TestTriggerSession::tooMuchHeldBackReconnects()
{
    Server server;
    Bench bench;
    auto configuration = config(server.url());
    configuration.initialMessages = {{.raw = {}, .runnable = {.path = u"f/a/hello"_s}, .args = {}}};
    const auto session = bench.start(configuration);
    QTRY_COMPARE_WITH_TIMEOUT(bench.invoker.asked.size(), 1, kPatienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(server.client != nullptr, kPatienceMs);
    for (qsizetype i = 0; i <= TriggerSession::kMaxHeldMessages; ++i) {
        server.client->sendTextMessage(u"x"_s);
    }
    QTRY_VERIFY_WITH_TIMEOUT(session->status().phase == SessionPhase::Waiting, kPatienceMs);
    QVERIFY(session->status().text.contains(u"10000 messages"_s));
    QVERIFY(bench.observer.accepted.isEmpty());
}

void TestTriggerSession::heartbeatWithState()
{
    Server server;
    Bench bench;
    auto configuration = config(server.url());
    configuration.filtersJson = R"([{"key":"never","value":1}])";
    configuration.heartbeat = HeartbeatConfig{
        .intervalSecs = 5, .message = u"{\"d\":{{state}}}"_s, .stateField = u"s"_s};
    const auto session = bench.start(configuration);
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.client != nullptr, kPatienceMs);
    bench.clock.advance(4999);
    QCOMPARE(session->counters().heartbeats, 0U);
    bench.clock.advance(1);
    QTRY_COMPARE_WITH_TIMEOUT(server.received, QStringList{u"{\"d\":null}"_s}, kPatienceMs);
    // Filtered out, and still the state.
    server.client->sendTextMessage(u"{\"s\":7}"_s);
    QTRY_COMPARE_WITH_TIMEOUT(session->counters().received, 1U, kPatienceMs);
    bench.clock.advance(5000);
    QTRY_COMPARE_WITH_TIMEOUT(server.received.last(), u"{\"d\":7}"_s, kPatienceMs);
    // A new connection begins without state.
    server.client->close();
    QTRY_VERIFY_WITH_TIMEOUT(session->status().phase == SessionPhase::Waiting, kPatienceMs);
    bench.clock.advance(1000);
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.connections == 2, kPatienceMs);
    bench.clock.advance(5000);
    QTRY_COMPARE_WITH_TIMEOUT(server.received.last(), u"{\"d\":null}"_s, kPatienceMs);
}

void TestTriggerSession::repliesOnlyToTheirConnection()
{
    Server server;
    Bench bench;
    const auto session = bench.start(config(server.url()));
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.client != nullptr, kPatienceMs);
    server.client->sendTextMessage(u"question"_s);
    QTRY_COMPARE_WITH_TIMEOUT(bench.observer.accepted.size(), 1, kPatienceMs);
    const quint64 connection = bench.observer.lastConnection;
    QVERIFY(session->sendReply(connection, "answer").has_value());
    QTRY_COMPARE_WITH_TIMEOUT(server.received, QStringList{u"answer"_s}, kPatienceMs);
    server.client->close();
    QTRY_VERIFY_WITH_TIMEOUT(session->status().phase == SessionPhase::Waiting, kPatienceMs);
    bench.clock.advance(1000);
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session), kPatienceMs);
    const auto late = session->sendReply(connection, "late");
    QVERIFY(!late.has_value());
    QVERIFY(late.error().message.startsWith(u"Could not send runnable result to WebSocket "_s));
}

void TestTriggerSession::urlFromRunnableIsAskedForEachConnect()
{
    Server server;
    Bench bench;
    auto configuration = config(u"$script:f/a/url"_s);
    configuration.urlArgs = {{u"token"_s, u"x"_s}};
    const auto session = bench.start(configuration);
    QCOMPARE(session->status().text, u"Waiting on runnable to return WebSocket URL..."_s);
    QCOMPARE(bench.invoker.asked.first().args, configuration.urlArgs);
    bench.invoker.answer(RunStatus::Success, "\"" + server.url().toUtf8() + "\"");
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.client != nullptr, kPatienceMs);
    server.client->close();
    QTRY_VERIFY_WITH_TIMEOUT(session->status().phase == SessionPhase::Waiting, kPatienceMs);
    bench.clock.advance(1000);
    QCOMPARE(bench.invoker.asked.size(), 2);
}

void TestTriggerSession::urlRunnableThatReturnsNoString()
{
    Bench bench;
    auto configuration = config(u"$script:f/a/url"_s);
    configuration.reconnectPolicy = ReconnectPolicyKind::Windmill;
    const auto session = bench.start(configuration);
    bench.invoker.answer(RunStatus::Success, "{\"url\":\"x\"}");
    QCOMPARE(bench.observer.stopped,
        u"Error getting WebSocket URL from runnable after 5 tries: Script f/a/url did not return a string"_s);
    QCOMPARE(bench.invoker.asked.size(), 1);
    QVERIFY(session->status().phase == SessionPhase::Stopped);
}

void TestTriggerSession::invalidDollarUrlStops()
{
    Bench bench;
    const auto session = bench.start(config(u"$other:x"_s));
    QCOMPARE(bench.observer.stopped, u"Invalid WebSocket runnable path: $other:x"_s);
    QVERIFY(session->status().phase == SessionPhase::Stopped);
}

void TestTriggerSession::referencesInTheUrl()
{
    Server server;
    Bench bench;
    const auto session = bench.start(config(server.url() + u"?token=$var:u/a/token"_s));
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.client != nullptr, kPatienceMs);
    QCOMPARE(server.path, u"/?token=t0ken"_s);
}

void TestTriggerSession::reconnectsAfterClose()
{
    Server server;
    Bench bench;
    const auto session = bench.start(config(server.url()));
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.client != nullptr, kPatienceMs);
    server.client->close(QWebSocketProtocol::CloseCodeGoingAway, u"moving"_s);
    QTRY_COMPARE_WITH_TIMEOUT(bench.observer.closes, QList<int>{1001}, kPatienceMs);
    QVERIFY(session->status().text.startsWith(u"WebSocket closed"_s));
    bench.clock.advance(499);
    QVERIFY(session->status().phase == SessionPhase::Waiting);
    bench.clock.advance(1);
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.connections == 2, kPatienceMs);
    QCOMPARE(session->counters().reconnects, 1U);
}

void TestTriggerSession::checkNowDoesNotWait()
{
    Server server;
    Bench bench;
    const auto session = bench.start(config(server.url()));
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.client != nullptr, kPatienceMs);
    server.client->close();
    QTRY_VERIFY_WITH_TIMEOUT(session->status().phase == SessionPhase::Waiting, kPatienceMs);
    session->checkNow();
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session), kPatienceMs);
}

void TestTriggerSession::holdOffAndResume()
{
    Server server;
    Bench bench;
    const auto session = bench.start(config(server.url()));
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session), kPatienceMs);
    session->holdOff(u"the disk is full"_s);
    QCOMPARE(session->status().text, u"the disk is full"_s);
    bench.clock.advance(600'000);
    session->checkNow();
    QVERIFY(session->status().phase == SessionPhase::Waiting);
    session->resumeAccepting();
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session), kPatienceMs);
}

void TestTriggerSession::binaryByConfiguration()
{
    Server server;
    Bench bench;
    auto configuration = config(server.url());
    {
        const auto ignoring = bench.start(configuration);
        QTRY_VERIFY_WITH_TIMEOUT(isReady(*ignoring) && server.client != nullptr, kPatienceMs);
        server.client->sendBinaryMessage("\x01\x02");
        QTRY_COMPARE_WITH_TIMEOUT(ignoring->counters().ignoredBinary, 1U, kPatienceMs);
        QVERIFY(bench.observer.accepted.isEmpty());
    }
    configuration.delivery.binary = BinaryHandling::Base64;
    const auto taking = bench.start(configuration);
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*taking) && server.connections == 2, kPatienceMs);
    server.client->sendBinaryMessage("\x01\x02");
    QTRY_COMPARE_WITH_TIMEOUT(
        bench.observer.accepted, QList<QByteArray>{"binary:\x01\x02"}, kPatienceMs);
}

void TestTriggerSession::stopSaysGoodbye()
{
    Server server;
    Bench bench;
    const auto session = bench.start(config(server.url()));
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*session) && server.client != nullptr, kPatienceMs);
    QSignalSpy left(server.client, &QWebSocket::disconnected);
    QSignalSpy gone(session.get(), &TriggerSession::connectionGone);
    QVERIFY(session->send("last words", false, OutgoingKind::User).has_value());
    session->stop();
    QVERIFY(left.count() > 0 || left.wait(kPatienceMs));
    QCOMPARE(server.received, QStringList{u"last words"_s});
    QCOMPARE(server.client->closeCode(), QWebSocketProtocol::CloseCodeNormal);
    QVERIFY(gone.count() > 0 || gone.wait(kPatienceMs));
}

QTEST_GUILESS_MAIN(TestTriggerSession)
#include "tst_triggersession.moc"
