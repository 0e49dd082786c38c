// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/runledger.h"

#include <QRandomGenerator>
#include <QTest>

#include <map>

using namespace earshot;
using namespace earshot::storage;
using namespace Qt::StringLiterals;

namespace {

/// What a database would hold after the ledger's effects, and what a start would read from it.
struct Stored
{
    struct Row
    {
        qint64 trigger = 0;
        bool dispatched = false;
        std::optional<RunStatus> end;
    };
    std::map<RunId, Row> runs;
    std::map<RunId, RunStatus> open;
    QHash<qint64, RunId> through;
    QHash<qint64, StatusCounts> counts;
    RunId finalThrough = 0;

    void apply(RunLedger &ledger)
    {
        for (const auto &[id, status] : ledger.effects().openRows) {
            if (status) {
                open[id] = *status;
            } else {
                open.erase(id);
            }
        }
        const auto &marks = ledger.effects().dispatchedThrough;
        for (auto it = marks.cbegin(); it != marks.cend(); ++it) {
            through[it.key()] = it.value();
        }
        if (ledger.isCheckpointDue()) {
            finalThrough = ledger.finalThrough();
            const auto changed = ledger.changedTriggers();
            for (const qint64 trigger : changed) {
                counts[trigger] = ledger.counted(trigger);
            }
            ledger.stored();
        }
        ledger.effects() = {};
    }

    [[nodiscard]] RunStatus statusOf(RunId id) const
    {
        const Row &row = runs.at(id);
        if (row.end) {
            return *row.end;
        }
        if (const auto found = open.find(id); found != open.end()) {
            return found->second;
        }
        return row.dispatched || id <= through.value(row.trigger) ? RunStatus::Running
                                                                  : RunStatus::Queued;
    }

    [[nodiscard]] QHash<qint64, StatusCounts> recounted() const
    {
        QHash<qint64, StatusCounts> all = counts;
        for (const auto &[id, row] : runs) {
            if (!row.end || id > finalThrough) {
                ++all[row.trigger][static_cast<size_t>(statusOf(id))];
            }
        }
        return all;
    }
};

} // namespace

class TestRunLedger : public QObject
{
    Q_OBJECT

private slots:
    void inOrderRunsCostNoRows()
    {
        RunLedger ledger;
        for (RunId id = 1; id <= 100; ++id) {
            ledger.append(id, 7, RunStatus::Queued, false);
        }
        for (RunId id = 1; id <= 100; ++id) {
            ledger.markDispatched(id);
        }
        QCOMPARE(ledger.effects().openRows.size(), 0U);
        QCOMPARE(ledger.effects().dispatchedThrough.value(7), 100);
        for (RunId id = 100; id >= 1; --id) {
            QVERIFY(ledger.finish(id, RunStatus::Success));
        }
        QCOMPARE(ledger.effects().openRows.size(), 0U);
        QCOMPARE(ledger.finalThrough(), 100);
        QVERIFY(!ledger.finish(50, RunStatus::Failure));
        QVERIFY(!ledger.finish(101, RunStatus::Failure));
    }

    void aRunThatNeverEndsDoesNotKeepTheRest()
    {
        RunLedger ledger;
        ledger.append(1, 1, RunStatus::Queued, false);
        for (RunId id = 2; id <= 150'000; ++id) {
            ledger.append(id, 1, RunStatus::Running, true);
            QVERIFY(ledger.finish(id, RunStatus::Success));
        }
        QCOMPARE_GT(ledger.finalThrough(), 149'000);
        QVERIFY(ledger.effects().openRows.contains(1));
        QVERIFY(ledger.isUnfinished(1));
    }

    /// Any order of calls, checked at each commit against what a start would make of the rows.
    void storedStateFollowsEveryCall()
    {
        QRandomGenerator random(11);
        for (int round = 0; round < 8; ++round) {
            RunLedger ledger;
            Stored stored;
            std::map<RunId, RunStatus> truth;
            std::vector<RunId> late;
            RunId next = 1;
            for (int call = 0; call < 1000; ++call) {
                const auto kind = random.bounded(10);
                RunId some = 0;
                if (!truth.empty()) {
                    auto it = truth.lower_bound(random.bounded(qint64(next)));
                    some = it == truth.end() ? truth.begin()->first : it->first;
                }
                if (kind < 3) {
                    const RunId id = next++;
                    if (random.bounded(8) == 0) {
                        late.push_back(id); // recorded only once it ended, or much later
                        continue;
                    }
                    append(ledger, stored, truth, id, random.bounded(3));
                } else if (kind == 3 && !late.empty()) {
                    const RunId id = late.back();
                    late.pop_back();
                    if (random.bounded(2) == 0) {
                        ledger.append(id, 1 + id % 3, RunStatus::Running, true);
                        stored.runs[id] = {1 + id % 3, true, RunStatus::Success};
                        QVERIFY(ledger.finish(id, RunStatus::Success));
                        truth[id] = RunStatus::Success;
                    } else {
                        append(ledger, stored, truth, id, 0);
                    }
                } else if (kind < 6 && some != 0 && !isFinal(truth[some])) {
                    ledger.markDispatched(some);
                    truth[some] = RunStatus::Running;
                } else if (kind == 6 && some != 0 && !isFinal(truth[some])) {
                    ledger.markQueued(some);
                    truth[some] = RunStatus::Queued;
                } else if (kind < 9 && some != 0) {
                    const auto status
                        = random.bounded(2) == 0 ? RunStatus::Success : RunStatus::Failure;
                    if (ledger.finish(some, status)) {
                        QVERIFY(!isFinal(truth[some]));
                        truth[some] = status;
                        stored.runs[some].end = status;
                    } else {
                        QVERIFY(isFinal(truth[some]));
                    }
                }
                if (random.bounded(15) == 0) {
                    if (random.bounded(10) == 0) {
                        ledger.settle();
                    }
                    stored.apply(ledger);
                    verify(ledger, stored, truth);
                    if (QTest::currentTestFailed()) {
                        return;
                    }
                }
            }
        }
    }

private:
    static void append(RunLedger &ledger, Stored &stored, std::map<RunId, RunStatus> &truth,
        RunId id, quint32 kind)
    {
        const RunStatus statuses[] = {RunStatus::Queued, RunStatus::Running, RunStatus::Suspended};
        ledger.append(id, 1 + id % 3, statuses[kind], false);
        stored.runs[id] = {1 + id % 3, kind == 1, std::nullopt};
        truth[id] = statuses[kind];
    }

    static void verify(
        const RunLedger &ledger, const Stored &stored, const std::map<RunId, RunStatus> &truth)
    {
        QHash<qint64, StatusCounts> expected;
        for (const auto &[id, status] : truth) {
            QCOMPARE(toString(stored.statusOf(id)), toString(status));
            QCOMPARE(ledger.isUnfinished(id), !isFinal(status));
            if (!isFinal(status) && id <= stored.finalThrough) {
                QVERIFY2(stored.open.contains(id), "a start would not find this run");
            }
            ++expected[1 + id % 3][static_cast<size_t>(status)];
        }
        QVERIFY(ledger.totals() == expected);
        QVERIFY(stored.recounted() == expected);
    }
};

QTEST_GUILESS_MAIN(TestRunLedger)
#include "tst_runledger.moc"
