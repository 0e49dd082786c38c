// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/controlclient.h"
#include "model/rpc/jsonrpcserver.h"
#include "model/rpc/subscriptionhub.h"
#include "rawclient.h"

#include <QJsonArray>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <memory>
#include <optional>

using namespace earshot;
using namespace earshot::rpc;
using namespace Qt::StringLiterals;

namespace {

/// Remembers everything.
class Source final : public MessageSource
{
public:
    [[nodiscard]] qint64 newestMessage() const override
    {
        return rows.isEmpty() ? -1 : rows.constLast().id;
    }
    [[nodiscard]] MessageRows messagesAfter(const MessageQuery &query) const override
    {
        MessageRows found{.last = newestMessage()};
        QList<qint64> hits;
        QList<qint64> others;
        for (const MessageRow &row : rows) {
            if (row.id <= query.after
                || (!query.trigger.isEmpty() && row.trigger != query.trigger)) {
                continue;
            }
            const QByteArray body = row.preview.toUtf8();
            (query.filter.matches({.body = body}) ? hits : others).append(row.id);
        }
        const QList<qint64> chosen
            = chooseRows(hits, query.hitsOnly ? QList<qint64>() : others, query.limit);
        for (const MessageRow &row : rows) {
            if (std::binary_search(chosen.cbegin(), chosen.cend(), row.id)) {
                found.rows.append(row);
            }
        }
        found.leftOut = hits.size() + others.size() - chosen.size();
        return found;
    }

    QList<MessageRow> rows;
};

} // namespace

class TestSubscriptionHub final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void knowsWhetherAnybodyListens();
    void batchesAtMostThirtyTimesASecond();
    void selectsByTrigger();
    void leavesTheOldestOutAndCounts();
    void countsWhatASlowClientMisses();
    void keepsALineUnderItsCap();
    void coalescesTriggers();
    void refusesTooManySubscriptions();
    void prefersWhatAFilterMatches();
    void refusesABadFilter();
    void endsWithTheClient();

private:
    RawClient &client() { return *m_client; }
    qint64 subscribe(const QByteArray &method, const QByteArray &params = "{}");
    void publish(const MessageRow &row)
    {
        m_source.rows.append(row);
        m_hub->messagesAdded();
    }
    static MessageRow message(qint64 id, const QString &trigger = u"f/a/b"_s);

    std::unique_ptr<QTemporaryDir> m_dir;
    ManualClock m_clock;
    Source m_source;
    std::unique_ptr<JsonRpcServer> m_server;
    std::unique_ptr<SubscriptionHub> m_hub;
    std::unique_ptr<RawClient> m_client;
};

void TestSubscriptionHub::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_server = std::make_unique<JsonRpcServer>(m_clock);
    m_source.rows.clear();
    m_hub = std::make_unique<SubscriptionHub>(*m_server, m_clock);
    m_hub->setMessageSource(&m_source);
    QVERIFY(m_server->listen(m_dir->filePath(u"h.sock"_s)));
    m_client = std::make_unique<RawClient>(m_server->socketPath());
    client().hello();
    QVERIFY(client().next().contains("result"_L1));
}

void TestSubscriptionHub::cleanup()
{
    m_client.reset();
    m_hub.reset();
    m_server.reset();
    m_dir.reset();
}

qint64 TestSubscriptionHub::subscribe(const QByteArray &method, const QByteArray &params)
{
    client().send(
        R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + '}');
    return client().next().value("result"_L1).toObject().value("subscription"_L1).toInteger();
}

MessageRow TestSubscriptionHub::message(qint64 id, const QString &trigger)
{
    MessageRow row;
    row.id = id;
    row.trigger = trigger;
    row.preview = u"text"_s;
    return row;
}

void TestSubscriptionHub::knowsWhetherAnybodyListens()
{
    QVERIFY(!m_hub->hasSubscribers(Topic::Messages));
    const qint64 id = subscribe("message.subscribe");
    QVERIFY(id > 0);
    QVERIFY(m_hub->hasSubscribers(Topic::Messages));
    QVERIFY(!m_hub->hasSubscribers(Topic::Runs));
    client().send(
        R"({"jsonrpc":"2.0","id":2,"method":"message.unsubscribe","params":{"subscription":)"
        + QByteArray::number(id) + "}}");
    QVERIFY(client().next().contains("result"_L1));
    QVERIFY(!m_hub->hasSubscribers(Topic::Messages));
    // a second time there is nothing to end
    client().send(
        R"({"jsonrpc":"2.0","id":2,"method":"message.unsubscribe","params":{"subscription":)"
        + QByteArray::number(id) + "}}");
    QVERIFY(client().next().contains("error"_L1));
    // publishing to nobody costs no timer
    const qsizetype timers = m_clock.pendingCount();
    publish(message(1));
    QCOMPARE(m_clock.pendingCount(), timers);
}

void TestSubscriptionHub::batchesAtMostThirtyTimesASecond()
{
    const qint64 id = subscribe("message.subscribe");
    QList<qint64> seen;
    int batches = 0;
    for (int ms = 0; ms < 1'000; ++ms) {
        publish(message(ms));
        m_clock.advance(1);
    }
    while (seen.isEmpty() || seen.constLast() < 979) {
        const QJsonObject push = client().next();
        QCOMPARE(push.value("method"_L1).toString(), QString::fromLatin1(kMessageBatch));
        const auto batch = fromJson<MessageBatch>(push.value("params"_L1).toObject());
        QVERIFY(batch);
        QCOMPARE(batch->subscription, id);
        QCOMPARE(batch->leftOut, 0);
        for (const MessageRow &row : batch->rows) {
            QCOMPARE(row.id, seen.size());
            QCOMPARE(row.preview, u"text"_s);
            seen.append(row.id);
        }
        ++batches;
    }
    QCOMPARE_LE(batches, 30);
    QCOMPARE_GE(batches, 25);
}

void TestSubscriptionHub::selectsByTrigger()
{
    const qint64 one = subscribe("message.subscribe", R"({"trigger":"f/a/one"})");
    const qint64 all = subscribe("message.subscribe");
    publish(message(1, u"f/a/one"_s));
    publish(message(2, u"f/a/two"_s));
    m_clock.advance(SubscriptionHub::kBatchMs);
    for (int i = 0; i < 2; ++i) {
        const auto batch = fromJson<MessageBatch>(client().next().value("params"_L1).toObject());
        QVERIFY(batch);
        QCOMPARE(batch->rows.size(), batch->subscription == one ? 1 : 2);
        QVERIFY(batch->subscription == one || batch->subscription == all);
    }
}

void TestSubscriptionHub::leavesTheOldestOutAndCounts()
{
    subscribe("message.subscribe");
    const auto total = static_cast<qint64>(SubscriptionHub::kMaxRows) + 7;
    for (qint64 i = 0; i < total; ++i) {
        publish(message(i));
    }
    m_clock.advance(SubscriptionHub::kBatchMs);
    const auto batch = fromJson<MessageBatch>(client().next().value("params"_L1).toObject());
    QVERIFY(batch);
    QCOMPARE(batch->leftOut, 7);
    QCOMPARE(batch->rows.size(), static_cast<qsizetype>(SubscriptionHub::kMaxRows));
    QCOMPARE(batch->rows.constFirst().id, 7);
    publish(message(total));
    m_clock.advance(SubscriptionHub::kBatchMs);
    const auto next = fromJson<MessageBatch>(client().next().value("params"_L1).toObject());
    QCOMPARE(next->leftOut, 0);
}

void TestSubscriptionHub::countsWhatASlowClientMisses()
{
    subscribe("message.subscribe");
    MessageRow row = message(0);
    row.preview = QString(kMaxPreviewBytes, u'x');
    // far more than the push cap of 4 MiB, and nobody reads
    qint64 published = 0;
    for (int round = 0; round < 60; ++round) {
        for (std::size_t i = 0; i < SubscriptionHub::kMaxRows; ++i) {
            row.id = published++;
            publish(row);
        }
        m_clock.advance(SubscriptionHub::kBatchMs);
    }
    qint64 received = 0;
    qint64 leftOut = 0;
    bool sentLast = false;
    while (received + leftOut < published + (sentLast ? 1 : 0)) {
        const QJsonObject push = client().next(200);
        if (push.isEmpty()) {
            // everything that waited was read: the next batch says what was missed
            QVERIFY(!sentLast);
            sentLast = true;
            row.id = published;
            publish(row);
            m_clock.advance(SubscriptionHub::kBatchMs);
            continue;
        }
        const auto batch = fromJson<MessageBatch>(push.value("params"_L1).toObject());
        QVERIFY(batch);
        received += batch->rows.size();
        leftOut += batch->leftOut;
    }
    QVERIFY(leftOut > 0);
    QCOMPARE(received + leftOut, published + (sentLast ? 1 : 0));
}

void TestSubscriptionHub::keepsALineUnderItsCap()
{
    subscribe("message.subscribe");
    MessageRow row = message(1);
    row.preview = QString(kMaxPreviewBytes, QChar(1)); // six bytes each in JSON
    for (std::size_t i = 0; i < SubscriptionHub::kMaxRows; ++i) {
        publish(row);
    }
    m_clock.advance(SubscriptionHub::kBatchMs);
    QTRY_VERIFY(client().socket.canReadLine());
    const QByteArray line = client().socket.readLine();
    QCOMPARE_LT(line.size(), kMaxLineBytes);
    const auto batch = fromJson<MessageBatch>(
        QJsonDocument::fromJson(line).object().value("params"_L1).toObject());
    QVERIFY(batch);
    const auto written = batch->rows.size();
    QVERIFY(written < static_cast<qsizetype>(SubscriptionHub::kMaxRows));
    QCOMPARE(written + batch->leftOut, static_cast<qsizetype>(SubscriptionHub::kMaxRows));
}

void TestSubscriptionHub::coalescesTriggers()
{
    subscribe("trigger.subscribe");
    TriggerSummary summary;
    for (int i = 0; i < 100; ++i) {
        summary.path = i % 2 == 0 ? u"f/a/even"_s : u"f/a/odd"_s;
        summary.counters.received = i;
        m_hub->publish(summary);
    }
    m_hub->publishRemoved(u"f/a/odd"_s);
    m_clock.advance(SubscriptionHub::kBatchMs);
    const auto batch = fromJson<TriggerBatch>(client().next().value("params"_L1).toObject());
    QVERIFY(batch);
    QCOMPARE(batch->rows.size(), 1);
    QCOMPARE(batch->rows.constFirst().counters.received, 98);
    QCOMPARE(batch->removed, QStringList{u"f/a/odd"_s});
    QCOMPARE(batch->leftOut, 0);
}

void TestSubscriptionHub::refusesTooManySubscriptions()
{
    for (qsizetype i = 0; i < SubscriptionHub::kMaxPerClient; ++i) {
        QVERIFY(subscribe("run.subscribe") > 0);
    }
    client().send(R"({"jsonrpc":"2.0","id":1,"method":"run.subscribe","params":{}})");
    QVERIFY(client().next().contains("error"_L1));
}

void TestSubscriptionHub::prefersWhatAFilterMatches()
{
    subscribe("message.subscribe", R"({"filter":"rare"})");
    const auto total = static_cast<qint64>(SubscriptionHub::kMaxRows) + 100;
    for (qint64 i = 1; i <= total; ++i) {
        MessageRow row = message(i);
        if (i == 3) {
            row.preview = u"a RARE one"_s;
        }
        publish(row);
    }
    m_clock.advance(SubscriptionHub::kBatchMs);
    const auto batch = fromJson<MessageBatch>(client().next().value("params"_L1).toObject());
    QVERIFY(batch);
    QCOMPARE(batch->leftOut, 100);
    QCOMPARE(batch->rows.constFirst().id, 3);
    QCOMPARE(batch->rows.at(1).id, 102);
}

void TestSubscriptionHub::refusesABadFilter()
{
    client().send(
        R"({"jsonrpc":"2.0","id":1,"method":"message.subscribe","params":{"filter":"/x"}})");
    QVERIFY(client().next().contains("error"_L1));
    QVERIFY(!m_hub->hasSubscribers(Topic::Messages));
}

void TestSubscriptionHub::endsWithTheClient()
{
    subscribe("message.subscribe");
    subscribe("run.subscribe");
    subscribe("trigger.subscribe");
    publish(message(1));
    client().socket.abort();
    QTRY_VERIFY(!m_hub->hasSubscribers(Topic::Messages));
    QVERIFY(!m_hub->hasSubscribers(Topic::Runs));
    QVERIFY(!m_hub->hasSubscribers(Topic::Triggers));
    m_clock.advance(SubscriptionHub::kBatchMs);
}

QTEST_GUILESS_MAIN(TestSubscriptionHub)
#include "tst_subscriptionhub.moc"
