// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/reconnectpolicy.h"

#include <QTest>

using namespace earshot;
using namespace earshot::triggers;

namespace {

constexpr double kHighest = 0.999999;

ReconnectPolicy policy(ReconnectPolicyKind kind, double chance)
{
    return {kind, [chance] { return chance; }};
}

} // namespace

class TestReconnectPolicy final : public QObject
{
    Q_OBJECT

private slots:
    void backoffDoublesUpToItsCap()
    {
        auto highest = policy(ReconnectPolicyKind::Backoff, kHighest);
        for (const qint64 ceiling :
            {1000, 2000, 4000, 8000, 16'000, 32'000, 60'000, 60'000, 60'000}) {
            const auto decision = highest.decide(Setback::TransientFailure, 0);
            QVERIFY(decision.delayMs.has_value());
            QVERIFY2(*decision.delayMs >= ceiling - 1 && *decision.delayMs <= ceiling,
                qPrintable(QString::number(*decision.delayMs)));
        }
    }

    void backoffHasAFloor()
    {
        auto lowest = policy(ReconnectPolicyKind::Backoff, 0);
        QCOMPARE(*lowest.decide(Setback::ClosedAfterReady, 0).delayMs, ReconnectPolicy::kFloorMs);
    }

    void backoffNeverGivesUpOnTransientFaults()
    {
        auto highest = policy(ReconnectPolicyKind::Backoff, kHighest);
        for (int attempt = 0; attempt < 10'000; ++attempt) {
            QVERIFY(highest.decide(Setback::TransientFailure, 0).delayMs.has_value());
            QVERIFY(highest.decide(Setback::RunnableFailed, 0).delayMs.has_value());
        }
    }

    void stableConnectionStartsAnew()
    {
        auto highest = policy(ReconnectPolicyKind::Backoff, kHighest);
        for (int attempt = 0; attempt < 5; ++attempt) {
            (void)highest.decide(Setback::TransientFailure, 0);
        }
        // Ready for a moment only: a server that throws us out after login is not hammered.
        highest.noteReady(1000);
        QVERIFY(*highest.decide(Setback::ClosedAfterReady, 2000).delayMs > 16'000);
        highest.noteReady(3000);
        QVERIFY(
            *highest.decide(Setback::ClosedAfterReady, 3000 + ReconnectPolicy::kStableMs).delayMs
            <= 1000);
    }

    void refusalIsTriedOnceMore()
    {
        auto highest = policy(ReconnectPolicyKind::Backoff, kHighest);
        QVERIFY(highest.decide(Setback::RefusedByServer, 0).delayMs.has_value());
        QVERIFY(!highest.decide(Setback::RefusedByServer, 0).delayMs.has_value());
    }

    void permanentFailuresStop()
    {
        for (const auto kind : {ReconnectPolicyKind::Backoff, ReconnectPolicyKind::Windmill}) {
            QVERIFY(!policy(kind, 0.5).decide(Setback::PermanentFailure, 0).delayMs.has_value());
        }
    }

    void listenGivesUpOnlyBeforeItsFirstConnection()
    {
        auto first = policy(ReconnectPolicyKind::Backoff, kHighest);
        first.setInitialAttemptLimit(5);
        for (int attempt = 1; attempt < 5; ++attempt) {
            const auto decision = first.decide(Setback::TransientFailure, 0);
            QVERIFY(decision.delayMs.has_value());
            QCOMPARE(decision.attempt, attempt);
            QCOMPARE(decision.attemptsAllowed, 5);
        }
        QVERIFY(!first.decide(Setback::TransientFailure, 0).delayMs.has_value());

        auto connected = policy(ReconnectPolicyKind::Backoff, kHighest);
        connected.setInitialAttemptLimit(5);
        connected.noteReady(0);
        for (int attempt = 0; attempt < 20; ++attempt) {
            QVERIFY(connected.decide(Setback::TransientFailure, 1).delayMs.has_value());
        }
    }

    void windmillTiming()
    {
        auto upstream = policy(ReconnectPolicyKind::Windmill, 0.5);
        int attempt = 0;
        for (const qint64 delay : {2000, 4000, 8000, 16'000}) {
            const auto decision = upstream.decide(Setback::TransientFailure, 0);
            QCOMPARE(decision.delayMs, std::optional(delay));
            QCOMPARE(decision.attempt, ++attempt);
            QCOMPARE(decision.attemptsAllowed, 5);
        }
        QVERIFY(!upstream.decide(Setback::TransientFailure, 0).delayMs.has_value());
        for (const double chance : {0.0, kHighest}) {
            const auto delay = *policy(ReconnectPolicyKind::Windmill, chance)
                                    .decide(Setback::ClosedAfterReady, 0)
                                    .delayMs;
            QVERIFY(delay >= 15'000 && delay <= 30'000);
        }
        for (const auto setback : {Setback::RefusedByServer, Setback::RunnableFailed}) {
            QVERIFY(
                !policy(ReconnectPolicyKind::Windmill, 0.5).decide(setback, 0).delayMs.has_value());
        }
    }
};

QTEST_GUILESS_MAIN(TestReconnectPolicy)
#include "tst_reconnectpolicy.moc"
