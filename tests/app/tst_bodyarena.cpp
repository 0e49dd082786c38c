// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/bodyarena.h"

#include <QTest>

#include <deque>
#include <utility>

using namespace earshot::service;

class TestBodyArena final : public QObject
{
    Q_OBJECT

private slots:
    void givesBackWhatItWasGiven();
    void keepsTheOrderOfARing();
};

void TestBodyArena::givesBackWhatItWasGiven()
{
    BodyArena arena;
    const QByteArray large(BodyArena::kLargeBytes + 1, 'l');
    const auto empty = arena.add({});
    const auto small = arena.add("small");
    const auto big = arena.add(large);
    QCOMPARE(arena.view(empty).toByteArray(), QByteArray());
    QCOMPARE(arena.view(small).toByteArray(), QByteArray("small"));
    QCOMPARE(arena.view(big).toByteArray(), large);
}

/// Many times around: blocks are given back and used again while newer places stay readable.
void TestBodyArena::keepsTheOrderOfARing()
{
    BodyArena arena;
    std::deque<std::pair<BodyArena::Place, QByteArray>> ring;
    for (int i = 0; i < 20'000; ++i) {
        const QByteArray body = i % 1500 == 7 ? QByteArray(BodyArena::kLargeBytes + i, 'l')
                                              : QByteArray::number(i).repeated(i % 700);
        ring.emplace_back(arena.add(body), body);
        if (ring.size() > 3000) {
            arena.removeOldest(ring.front().first);
            ring.pop_front();
        }
        if (i % 997 == 0) {
            for (const auto &[place, expected] : ring) {
                QVERIFY(arena.view(place) == expected);
            }
        }
    }
}

QTEST_GUILESS_MAIN(TestBodyArena)
#include "tst_bodyarena.moc"
