// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/runcoordinator.h"
#include "tests/app/fakes.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QUuid>

#include <memory>

using namespace earshot;
using namespace earshot::service;
using namespace earshot::service::test;
using namespace Qt::StringLiterals;

namespace {

// Not inside the macros below: moc 6.4 stumbles over raw strings in them.
const QByteArray kObject = R"({"a":1})";
const QByteArray kUrl = R"("ws://h")";
const QByteArray kHandled = R"({"note":1})";
const QByteArray kRecovered = R"({"recover":true})";
const QByteArray kAlmostRecovered = R"({"recover":"yes"})";

/// Answers what the test set.
class FixedExpression final : public ExpressionEvaluator
{
public:
    void evaluatePredicate(const QString &expression, const QByteArray &,
        std::function<void(Result<bool>)> done) override
    {
        asked = expression;
        done(answer);
    }
    QString asked;
    bool answer = true;
};

struct Bench
{
    ManualClock clock;
    FakeJournal journal;
    FakeExecutor executor;
    PlainReferences references;
    RecordingEvents events;
    FixedExpression expressions;
    RunCoordinator coordinator{{.clock = clock,
        .journal = journal,
        .executor = executor,
        .references = references,
        .events = events,
        .expressions = &expressions,
        .bodies = nullptr,
        .uniform = [] { return 0.5; },
        .profileSalt = 0x1234567890abcdef,
        .redact = {}}};

    std::shared_ptr<RunPlan> plan()
    {
        auto plan = std::make_shared<RunPlan>();
        plan->triggerId = 7;
        plan->triggerPath = u"f/a/t"_s;
        plan->runnablePath = u"f/a/script"_s;
        plan->pool = executor.openPool({});
        return plan;
    }
    ActiveRun &start(const std::shared_ptr<RunPlan> &plan)
    {
        ActiveRun &run = coordinator.create(plan, RunPurpose::Message);
        run.message = "hello";
        coordinator.dispatch(run);
        journal.commit();
        return run;
    }
};

} // namespace

class TestRunCoordinator final : public QObject
{
    Q_OBJECT

private slots:
    void nothingRunsBeforeItIsRecorded()
    {
        Bench bench;
        ActiveRun &run = bench.coordinator.create(bench.plan(), RunPurpose::Message);
        run.message = "hello";
        bench.coordinator.dispatch(run);
        QVERIFY(bench.executor.submitted.empty());
        QCOMPARE(bench.journal.appended.size(), 1);
        QVERIFY(bench.journal.appended.front().dispatched);
        bench.journal.commit();
        QCOMPARE(bench.executor.submitted.size(), 1);
        QCOMPARE(
            bench.executor.submitted.front().second.message, std::optional<QByteArray>("hello"));
    }

    void queuedRunIsMarkedBeforeItRuns()
    {
        Bench bench;
        ActiveRun &run = bench.coordinator.create(bench.plan(), RunPurpose::Message);
        const RunId id = run.id;
        bench.coordinator.recordQueued(run);
        bench.journal.commit();
        QVERIFY(bench.executor.submitted.empty());
        bench.coordinator.dispatch(run);
        QVERIFY(bench.executor.submitted.empty());
        QCOMPARE(bench.journal.dispatched, std::vector<RunId>{id});
        bench.journal.commit();
        QCOMPARE(bench.executor.lastId(), id);
    }

    void notDurableRunsAtOnceAndIsRecordedOnce()
    {
        Bench bench;
        auto plan = bench.plan();
        plan->durable = false;
        ActiveRun &run = bench.coordinator.create(plan, RunPurpose::Message);
        bench.coordinator.dispatch(run);
        QCOMPARE(bench.executor.submitted.size(), 1);
        QVERIFY(bench.journal.appended.empty());
        bench.executor.finish(run.id, RunStatus::Success, "1");
        QCOMPARE(bench.journal.appended.size(), 1);
        QCOMPARE(bench.journal.finished.size(), 1);
    }

    void successIsRecordedAndTold()
    {
        Bench bench;
        const RunId id = bench.start(bench.plan()).id;
        bench.executor.finish(id, RunStatus::Success, kObject);
        QCOMPARE(bench.journal.finished.size(), 1);
        QCOMPARE(bench.journal.finished.front().outcome.result, kObject);
        QCOMPARE(bench.events.statuses.last(), u"%1 success"_s.arg(id));
        QVERIFY(bench.coordinator.find(id) == nullptr);
    }

    /// windmill.md 1.12: constant attempts first, then exponential ones.
    void retriesConstantThenExponential()
    {
        Bench bench;
        auto plan = bench.plan();
        plan->retry = RetryConfig{.constantAttempts = 1,
            .constantSeconds = 3,
            .exponentialAttempts = 1,
            .exponentialMultiplier = 1,
            .exponentialSeconds = 2};
        const RunId id = bench.start(plan).id;
        bench.executor.fail(id);
        bench.clock.advance(2999);
        QCOMPARE(bench.executor.submitted.size(), 1);
        bench.clock.advance(1);
        QCOMPARE(bench.executor.submitted.size(), 2);
        bench.executor.fail(id);
        bench.clock.advance(60'000);
        QCOMPARE(bench.executor.submitted.size(), 3);
        bench.executor.fail(id);
        QCOMPARE(bench.journal.finished.size(), 1);
        QCOMPARE(bench.journal.finished.front().attempts, 3);
        QCOMPARE(bench.clock.pendingCount(), 0);
    }

    void retryIfDecides()
    {
        Bench bench;
        auto plan = bench.plan();
        plan->retry
            = RetryConfig{.constantAttempts = 5, .constantSeconds = 1, .retryIf = u"error.x"_s};
        bench.expressions.answer = false;
        const RunId id = bench.start(plan).id;
        bench.executor.fail(id);
        QCOMPARE(bench.expressions.asked, u"error.x"_s);
        QCOMPARE(bench.executor.submitted.size(), 1);
        QCOMPARE(bench.journal.finished.size(), 1);
    }

    void ownHandlerGivesTheResult_data()
    {
        QTest::addColumn<QByteArray>("handlerResult");
        QTest::addColumn<QString>("status");
        QTest::newRow("handled") << kHandled << u"failure"_s;
        QTest::newRow("recovered") << kRecovered << u"success"_s;
        QTest::newRow("recover has to be true") << kAlmostRecovered << u"failure"_s;
    }
    void ownHandlerGivesTheResult()
    {
        QFETCH(QByteArray, handlerResult);
        QFETCH(QString, status);
        Bench bench;
        bench.coordinator.setSettings({.workspaceErrorHandler = u"f/ops/workspace"_s});
        auto plan = bench.plan();
        plan->errorHandlerPath = u"f/ops/own"_s;
        plan->errorHandlerArgs = {{u"token"_s, u"$var:u/a/secret"_s}, {u"path"_s, u"mine"_s}};
        const RunId id = bench.start(plan).id;
        bench.executor.fail(id);
        // One handler only, and it gets what Windmill gives it; static arguments win.
        QCOMPARE(bench.executor.submitted.size(), 2);
        const runner::RunJob handler = bench.executor.submitted.back().second;
        const QJsonObject args = QJsonDocument::fromJson(handler.args).object();
        QCOMPARE(args.value("error"_L1).toObject().value("message"_L1).toString(), u"boom"_s);
        QCOMPARE(args.value("path"_L1).toString(), u"mine"_s);
        QCOMPARE(args.value("trigger_path"_L1).toString(), u"websocket_trigger/f/a/t"_s);
        QCOMPARE(args.value("is_flow"_L1), QJsonValue(false));
        QCOMPARE(args.value("token"_L1).toString(), u"s3cret"_s);
        QVERIFY(!QUuid::fromString(args.value("job_id"_L1).toString()).isNull());
        bench.executor.finish(handler.id, RunStatus::Success, handlerResult);
        QVERIFY(bench.events.statuses.contains(u"%1 success"_s.arg(handler.id)));
        const auto record
            = std::find_if(bench.journal.finished.begin(), bench.journal.finished.end(),
                [id](const storage::FinishedRun &run) { return run.id == id; });
        QVERIFY(record != bench.journal.finished.end());
        QCOMPARE(toString(record->outcome.status), status);
        QCOMPARE(record->outcome.result, handlerResult);
        // The resolved secret is in no record.
        for (const storage::NewRun &run : bench.journal.appended) {
            QVERIFY(!run.args.contains("s3cret"));
        }
    }

    void workspaceHandlerRunsWithoutChangingTheResult()
    {
        Bench bench;
        bench.coordinator.setSettings({.workspaceErrorHandler = u"f/ops/workspace"_s});
        const RunId id = bench.start(bench.plan()).id;
        bench.executor.fail(id);
        QCOMPARE(bench.executor.submitted.size(), 2);
        QCOMPARE(bench.executor.pools.back().script, u"f/ops/workspace"_s);
        QCOMPARE(toString(bench.journal.finished.front().outcome.status), u"failure"_s);
        // A handler that fails has no handler.
        bench.executor.fail(bench.executor.lastId());
        QCOMPARE(bench.executor.submitted.size(), 2);
    }

    void cancelledRunHasNoHandlerAndNoRetry()
    {
        Bench bench;
        auto plan = bench.plan();
        plan->retry = RetryConfig{.constantAttempts = 3};
        plan->errorHandlerPath = u"f/ops/own"_s;
        const RunId id = bench.start(plan).id;
        bench.coordinator.cancel(id, u"why"_s, u"ada"_s);
        QCOMPARE(bench.executor.cancelled, QStringList{u"%1 why ada"_s.arg(id)});
        bench.executor.finish(id, RunStatus::Cancelled, "{}");
        QCOMPARE(bench.executor.submitted.size(), 1);
        QCOMPARE(toString(bench.journal.finished.front().outcome.status), u"cancelled"_s);
    }

    void cancelWhileCommittingNeverReachesTheRunner()
    {
        Bench bench;
        ActiveRun &run = bench.coordinator.create(bench.plan(), RunPurpose::Message);
        const RunId id = run.id;
        bench.coordinator.dispatch(run);
        bench.coordinator.cancel(id, u"why"_s, u"ada"_s);
        QVERIFY(bench.coordinator.find(id) != nullptr);
        bench.journal.commit();
        QVERIFY(bench.executor.submitted.empty());
        QCOMPARE(toString(bench.journal.finished.front().outcome.status), u"cancelled"_s);
        const QJsonObject error
            = QJsonDocument::fromJson(bench.journal.finished.front().outcome.result)
                  .object()
                  .value("error"_L1)
                  .toObject();
        QCOMPARE(error.value("message"_L1).toString(), u"Job canceled: why by ada"_s);
        QCOMPARE(error.value("name"_L1).toString(), u"Canceled"_s);
    }

    void cancelBetweenAttemptsEndsTheRun()
    {
        Bench bench;
        auto plan = bench.plan();
        plan->retry = RetryConfig{.constantAttempts = 3, .constantSeconds = 10};
        const RunId id = bench.start(plan).id;
        bench.executor.fail(id);
        bench.coordinator.cancel(id, u"why"_s, u"ada"_s);
        QCOMPARE(toString(bench.journal.finished.front().outcome.status), u"cancelled"_s);
        bench.clock.advance(60'000);
        QCOMPARE(bench.executor.submitted.size(), 1);
    }

    void invocationIsAnsweredAndItsArgumentsAreNotRecorded()
    {
        Bench bench;
        std::optional<RunOutcome> answer;
        const auto pending
            = bench.coordinator.invoke({.purpose = RunPurpose::Url,
                                           .triggerPath = u"f/a/t"_s,
                                           .runnable = {.path = u"f/a/url"_s},
                                           .args = {{u"token"_s, u"$var:u/a/secret"_s}}},
                [&](const RunOutcome &outcome) { answer = outcome; });
        QCOMPARE(bench.executor.submitted.size(), 1);
        QVERIFY(bench.executor.submitted.front().second.args.contains("s3cret"));
        bench.executor.finish(bench.executor.lastId(), RunStatus::Success, kUrl);
        QVERIFY(answer.has_value());
        QCOMPARE(answer->result, kUrl);
        QVERIFY(bench.journal.appended.front().args.contains("$var:u/a/secret"));
    }

    void droppedInvocationIsCancelledAndNeverAnswered()
    {
        Bench bench;
        bool answered = false;
        auto pending = bench.coordinator.invoke({.purpose = RunPurpose::Url,
                                                    .triggerPath = u"f/a/t"_s,
                                                    .runnable = {.path = u"f/a/url"_s},
                                                    .args = {}},
            [&](const RunOutcome &) { answered = true; });
        pending.reset();
        QCOMPARE(bench.executor.cancelled.size(), 1);
        bench.executor.finish(bench.executor.lastId(), RunStatus::Cancelled, "{}");
        QVERIFY(!answered);
    }

    void jobIdsAreUuidsOfTheirOwn()
    {
        Bench bench;
        const QString first = bench.coordinator.jobId(1);
        QVERIFY(!QUuid::fromString(first).isNull());
        QVERIFY(first != bench.coordinator.jobId(2));
        QCOMPARE(first, bench.coordinator.jobId(1));
    }
};

QTEST_GUILESS_MAIN(TestRunCoordinator)
#include "tst_runcoordinator.moc"
