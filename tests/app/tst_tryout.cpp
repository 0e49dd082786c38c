// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/tryout.h"
#include "model/rpc/jsonrpcserver.h"
#include "model/rpc/subscriptionhub.h"

#include <QTest>

using namespace earshot;
using namespace earshot::service;
using namespace Qt::StringLiterals;

namespace {

/// `$var:u/a/token` is a secret, `$var:u/a/gone` does not exist.
class FakeReferences final : public triggers::ReferenceResolver
{
public:
    [[nodiscard]] Result<QString> resolveText(const QString &text) const override
    {
        if (text.contains(u"gone")) {
            return Error{ErrorCode::NotFound, u"Variable u/a/gone not found"_s, {}};
        }
        return QString(text).replace(u"$var:u/a/token"_s, u"s3cret-token"_s);
    }
    [[nodiscard]] Result<QJsonObject> resolveArgs(const QJsonObject &args) const override
    {
        return args;
    }
};

} // namespace

class TestTryout final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void countsAndSamples();
    void stopsAtTheLimits();
    void refusesWhatIsNoFilter();
    void neverShowsSecrets();
    void previewsInitialMessages();
    void previewsTheHeartbeat();

private:
    void receive(const QByteArray &message, bool binary = false, bool incoming = true,
        const QString &trigger = u"f/a/b"_s)
    {
        m_feed->messageSeen({.triggerPath = trigger,
            .message = message,
            .atUs = ++m_at,
            .binary = binary,
            .incoming = incoming});
    }
    [[nodiscard]] rpc::FilterTest::Result test(const QString &filters, int limit = 500)
    {
        const auto result = testFilter(*m_feed, m_redactor,
            {.trigger = u"f/a/b"_s, .filters = filters, .limit = limit, .sample = 2});
        return result ? *result : rpc::FilterTest::Result{.examined = -1};
    }
    [[nodiscard]] rpc::TriggerPreviewMessages::Result preview(const QString &document)
    {
        const auto result = previewTrigger(
            *m_feed, m_redactor, m_references, {.document = document, .path = u"f/a/b"_s});
        return result ? *result : rpc::TriggerPreviewMessages::Result{.state = u"failed"_s};
    }

    ManualClock m_clock;
    Redactor m_redactor;
    FakeReferences m_references;
    qint64 m_at = 0;
    std::unique_ptr<rpc::JsonRpcServer> m_server;
    std::unique_ptr<rpc::SubscriptionHub> m_hub;
    std::unique_ptr<LiveFeed> m_feed;
};

void TestTryout::init()
{
    m_feed.reset();
    m_hub.reset();
    m_redactor = Redactor(QStringList{u"s3cret-token"_s});
    m_server = std::make_unique<rpc::JsonRpcServer>(m_clock);
    m_hub = std::make_unique<rpc::SubscriptionHub>(*m_server, m_clock);
    m_feed = std::make_unique<LiveFeed>(LiveFeed::Collaborators{.clock = m_clock,
        .hub = *m_hub,
        .redactor = [this]() -> const Redactor & { return m_redactor; },
        .triggerChanged = [](const QString &) {},
        .notice = [](const rpc::Notice &) {},
        .sessionOpened = [](const QString &) {},
        .sessionClosed = [](const QString &, int, const QString &) {}});
}

void TestTryout::countsAndSamples()
{
    for (int i = 0; i < 20; ++i) {
        receive("{\"n\":" + QByteArray::number(i) + (i % 5 == 0 ? ",\"v\":1.0}" : ",\"v\":1}"));
        receive("binary", true);
        receive("{\"v\":1.0}", false, false); // sent, not received
        receive("{\"v\":1.0}", false, true, u"f/a/other"_s);
    }
    receive("not json");
    const auto result = test(u"[{\"key\":\"v\",\"value\":1.0}]"_s);
    QCOMPARE(result.examined, 21);
    QCOMPARE(result.matched, 4);
    QCOMPARE(result.matching.size(), 2);
    QCOMPARE(result.matching.constFirst().preview, u"{\"n\":15,\"v\":1.0}"_s);
    QVERIFY(result.matching.constFirst().matches);
    QVERIFY(result.matching.constFirst().reasons.constFirst().passed);
    QCOMPARE(result.others.size(), 2);
    QCOMPARE(result.others.constFirst().preview, u"not json"_s);
    QVERIFY(!result.others.constFirst().problem.isEmpty());
    QVERIFY(!result.others.at(1).reasons.constFirst().passed);
    QVERIFY(!result.others.at(1).reasons.constFirst().text.isEmpty());
    QCOMPARE(test(u"[]"_s).matched, 21);
}

void TestTryout::stopsAtTheLimits()
{
    const QByteArray large = "{\"x\":\"" + QByteArray(1'000'000, 'x') + "\"}";
    for (int i = 0; i < 12; ++i) {
        receive(large);
    }
    QCOMPARE(test(u"[]"_s, 3).examined, 3);
    // as many as it takes to reach 8 MiB
    QCOMPARE(test(u"[]"_s).examined, 9);
}

void TestTryout::refusesWhatIsNoFilter()
{
    const auto result = testFilter(*m_feed, m_redactor, {.trigger = u"f/a/b"_s, .filters = u"{"_s});
    QVERIFY(!result);
    QCOMPARE(test(u"[]"_s).examined, 0);
}

void TestTryout::neverShowsSecrets()
{
    receive("{\"token\":\"s3cret-token\"}");
    const auto result = test(u"[{\"key\":\"token\",\"value\":\"no\"}]"_s);
    QCOMPARE(result.others.size(), 1);
    QVERIFY(!result.others.constFirst().preview.contains(u"s3cret"));
    for (const rpc::FilterReason &reason : result.others.constFirst().reasons) {
        QVERIFY(!reason.text.contains(u"s3cret"));
    }
}

void TestTryout::previewsInitialMessages()
{
    const auto result
        = preview(u"{\"initial_messages\": [{\"raw_message\": "
                  "\"\\\"hel\\\\u006co\\\"\"}, {\"raw_message\": \"a $var:u/a/token\"}, "
                  "{\"raw_message\": \"$var:u/a/gone\"}, {\"runnable_result\": {}}, "
                  "{\"raw_message\": \"x\", \"runnable_result\": {}}, 5]}"_s);
    QCOMPARE(result.initialMessages.size(), 6);
    QCOMPARE(result.initialMessages.at(0).text, u"hello"_s); // content of a JSON string
    QCOMPARE(result.initialMessages.at(0).size, 5);
    QVERIFY(!result.initialMessages.at(1).text.contains(u"s3cret"));
    QVERIFY(result.initialMessages.at(1).text.startsWith(u"a "));
    QCOMPARE(result.initialMessages.at(2).kind, u"none"_s);
    QVERIFY(result.initialMessages.at(2).problem.contains(u"u/a/gone"));
    QCOMPARE(result.initialMessages.at(3).kind, u"runnable"_s);
    QCOMPARE(result.initialMessages.at(4).kind, u"none"_s);
    QCOMPARE(result.initialMessages.at(5).kind, u"none"_s);
    QCOMPARE(preview(u"{"_s).state, u"failed"_s);
    QVERIFY(preview(u"[]"_s).initialMessages.isEmpty());
}

void TestTryout::previewsTheHeartbeat()
{
    const QString document = u"{\"heartbeat\": {\"interval_secs\": 5, \"message\": "
                             "\"{\\\"d\\\": {{state}}}\", \"state_field\": \"s\"}}"_s;
    QCOMPARE(preview(document).heartbeat.text, u"{\"d\": null}"_s);
    QCOMPARE(preview(document).state, QString());
    receive("{\"s\":41}");
    receive("{\"s\":42}");
    receive("{\"other\":1}");
    const auto result = preview(document);
    QCOMPARE(result.heartbeat.text, u"{\"d\": 42}"_s);
    QCOMPARE(result.state, u"42"_s);
    QVERIFY(result.stateMessage > 0);
    QCOMPARE(
        preview(u"{\"heartbeat\": {\"message\": \"{{state}}\"}}"_s).heartbeat.text, u"{{state}}"_s);
}

QTEST_GUILESS_MAIN(TestTryout)
#include "tst_tryout.moc"
