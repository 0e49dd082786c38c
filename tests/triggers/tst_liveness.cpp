// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/liveness.h"

#include <QTest>

using namespace earshot::triggers;
using Verdict = earshot::triggers::Liveness::Verdict;

namespace earshot {

class TestLiveness final : public QObject
{
    Q_OBJECT
private slots:
    void pingsEveryInterval();
    void aPongEndsTheWait();
    void silenceAfterAPingIsDeadAtTheSecondLook();
    void bytesClearASuspicion();
    void idleNeedsNoPing();
    void aProbeIsStricterOnce();
    void aProbeWorksWithoutPings();
    void nothingToDoWithoutLimits();
};

void TestLiveness::pingsEveryInterval()
{
    Liveness live;
    live.start({.pingInterval = 1000, .pongTimeout = 400, .idleTimeout = 0}, 0);
    QCOMPARE(live.nextLook(), 1000);
    QVERIFY(live.judge(900) == Verdict::Alive);
    QVERIFY(live.judge(950) == Verdict::SendPing); // a coarse timer may be 5 % early
    const QByteArray first = live.ping(950);
    QVERIFY(live.judge(951) == Verdict::Alive);
    QCOMPARE(live.nextLook(), 950 + 400);
    QCOMPARE(live.pong(first, 980), 30);
    QCOMPARE(live.nextLook(), 1950);
    QVERIFY(live.judge(1950) == Verdict::SendPing);
    QVERIFY(live.ping(1950) != first);
}

void TestLiveness::aPongEndsTheWait()
{
    Liveness live;
    live.start({.pingInterval = 1000, .pongTimeout = 400, .idleTimeout = 0}, 0);
    QVERIFY(!live.pong("1", 10)); // nobody asked
    const QByteArray payload = live.ping(1000);
    QVERIFY(!live.pong("something else", 1010));
    QVERIFY(live.pong(payload, 1020));
    QVERIFY(!live.pong(payload, 1030)); // twice
    QVERIFY(live.judge(1500) == Verdict::Alive);
}

void TestLiveness::silenceAfterAPingIsDeadAtTheSecondLook()
{
    Liveness live;
    live.start({.pingInterval = 1000, .pongTimeout = 400, .idleTimeout = 0}, 0);
    (void)live.ping(1000);
    QVERIFY(live.judge(1399) == Verdict::Alive);
    QVERIFY(live.judge(1400) == Verdict::LookAgain);
    QVERIFY(live.judge(1401) == Verdict::PongMissing);
}

void TestLiveness::bytesClearASuspicion()
{
    // The event loop was held up for long; what the server sent meanwhile waits in the socket.
    Liveness live;
    live.start({.pingInterval = 1000, .pongTimeout = 400, .idleTimeout = 2000}, 0);
    (void)live.ping(1000);
    QVERIFY(live.judge(60'000) == Verdict::LookAgain);
    live.noteBytes(60'001);
    QVERIFY(live.judge(60'002) == Verdict::SendPing);
    (void)live.ping(60'002);
    QVERIFY(live.judge(60'100) == Verdict::Alive);
}

void TestLiveness::idleNeedsNoPing()
{
    Liveness live;
    live.start({.pingInterval = 0, .pongTimeout = 400, .idleTimeout = 2000}, 0);
    QCOMPARE(live.nextLook(), 2000);
    live.noteBytes(500);
    QCOMPARE(live.nextLook(), 2500);
    QVERIFY(live.judge(2499) == Verdict::Alive);
    QVERIFY(live.judge(2500) == Verdict::LookAgain);
    QVERIFY(live.judge(2501) == Verdict::Idle);
}

void TestLiveness::aProbeIsStricterOnce()
{
    Liveness live;
    live.start({.pingInterval = 10'000, .pongTimeout = 4'000, .idleTimeout = 0}, 0);
    live.probe(500, 1000);
    QByteArray payload = live.ping(1000);
    QCOMPARE(live.nextLook(), 1500);
    QVERIFY(live.pong(payload, 1100));
    (void)live.ping(11'000);
    QCOMPARE(live.nextLook(), 15'000);

    live.probe(500, 12'000);
    (void)live.ping(12'000);
    QVERIFY(live.judge(12'500) == Verdict::LookAgain);
    QVERIFY(live.judge(12'501) == Verdict::PongMissing);
    QCOMPARE(live.pongAllowance(), 500);
}

void TestLiveness::aProbeWorksWithoutPings()
{
    Liveness live;
    live.start({}, 0);
    live.probe(500, 1000);
    (void)live.ping(1000);
    QVERIFY(live.judge(1500) == Verdict::LookAgain);
    live.noteBytes(1501); // alive, though not by a pong
    QVERIFY(live.judge(9'000) == Verdict::Alive);
}

void TestLiveness::nothingToDoWithoutLimits()
{
    Liveness live;
    live.start({}, 0);
    QVERIFY(!live.nextLook());
    QVERIFY(live.judge(1'000'000) == Verdict::Alive);
}

} // namespace earshot

QTEST_APPLESS_MAIN(earshot::TestLiveness)
#include "tst_liveness.moc"
