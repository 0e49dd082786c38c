// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/displaytext.h"
#include "model/items/livemessagemodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

class TestLiveMessageModel final : public QObject
{
    Q_OBJECT
private slots:
    void flushesABatchAtOnce();
    void dropsTheFrontInOneStep();
    void boundsBytes();
    void boundsWhatWaits();
    void pauseStopsShowingOnly();
    void skipsWhatItKnows();
    void prependsOlderRows();
    void followsRuns();
    void hasTextForEachColumn();
    void clears();

private:
    static QList<rpc::MessageRow> rows(qint64 first, qint64 count, int preview = 4)
    {
        QList<rpc::MessageRow> list;
        for (qint64 id = first; id < first + count; ++id) {
            rpc::MessageRow row;
            row.id = id;
            row.runId = id + 1'000'000;
            row.verdict = rpc::Verdict::Matched;
            row.preview = QString(preview, u'x');
            list.append(row);
        }
        return list;
    }
    ManualClock m_clock;
};

void TestLiveMessageModel::flushesABatchAtOnce()
{
    LiveMessageModel model(m_clock);
    const QAbstractItemModelTester tester(&model);
    QSignalSpy inserted(&model, &LiveMessageModel::rowsInserted);
    for (int i = 0; i < 100; ++i) {
        model.append(rows(1 + i * 10, 10));
    }
    QCOMPARE(model.rowCount(), 0);
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(inserted.count(), 1);
    QCOMPARE(model.rowCount(), 1'000);
    QCOMPARE(model.messageAt(999)->id, 1'000);
    QVERIFY(!model.messageAt(1'000));
}

void TestLiveMessageModel::dropsTheFrontInOneStep()
{
    LiveMessageModel model(m_clock, {.rows = 50});
    const QAbstractItemModelTester tester(&model);
    model.append(rows(1, 40));
    m_clock.advance(LiveMessageModel::kFlushMs);
    QSignalSpy removed(&model, &LiveMessageModel::rowsRemoved);
    QSignalSpy inserted(&model, &LiveMessageModel::rowsInserted);
    model.append(rows(41, 30));
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(removed.count(), 1);
    QCOMPARE(inserted.count(), 1);
    QCOMPARE(model.rowCount(), 50);
    QCOMPARE(model.messageAt(0)->id, 21);
    model.append(rows(100, 500)); // a batch larger than the model
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 50);
    QCOMPARE(model.messageAt(49)->id, 599);
}

void TestLiveMessageModel::boundsBytes()
{
    LiveMessageModel model(m_clock, {.bytes = 1'000'000});
    for (int i = 0; i < 100; ++i) {
        model.append(rows(1 + i * 100, 100, 512));
        m_clock.advance(LiveMessageModel::kFlushMs);
        QCOMPARE_LE(model.byteCount(), 1'000'000);
    }
    QVERIFY(model.rowCount() > 100);
    QCOMPARE(model.messageAt(model.rowCount() - 1)->id, 10'000);
}

void TestLiveMessageModel::boundsWhatWaits()
{
    LiveMessageModel model(m_clock, {.rows = 50});
    model.setPaused(true);
    model.append(rows(1, 500));
    QCOMPARE(model.waitingCount(), 50);
    LiveMessageModel heavy(m_clock, {.bytes = 100'000});
    heavy.setPaused(true);
    heavy.append(rows(1, 5'000, 512));
    QCOMPARE_LE(heavy.byteCount(), 100'000);
}

void TestLiveMessageModel::pauseStopsShowingOnly()
{
    LiveMessageModel model(m_clock);
    QSignalSpy waiting(&model, &LiveMessageModel::waitingChanged);
    model.append(rows(1, 5));
    model.setPaused(true);
    m_clock.advance(1'000);
    QCOMPARE(model.rowCount(), 0);
    model.append(rows(6, 5));
    QCOMPARE(waiting.constLast().constFirst().toLongLong(), 10);
    model.setPaused(false);
    QCOMPARE(model.rowCount(), 10);
    QCOMPARE(waiting.constLast().constFirst().toLongLong(), 0);
}

void TestLiveMessageModel::skipsWhatItKnows()
{
    LiveMessageModel model(m_clock);
    model.append(rows(1, 5));
    model.append(rows(3, 5));
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 7);
}

void TestLiveMessageModel::prependsOlderRows()
{
    LiveMessageModel model(m_clock, {.rows = 20});
    const QAbstractItemModelTester tester(&model);
    model.append(rows(100, 5));
    model.prepend(rows(90, 12)); // two of them wait already
    QCOMPARE(model.rowCount(), 10);
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 15);
    model.prepend(rows(1, 80)); // more than there is room for: the newest of them
    QCOMPARE(model.rowCount(), 20);
    QCOMPARE(model.messageAt(0)->id, 76);
    QCOMPARE(model.messageAt(19)->id, 104);
}

void TestLiveMessageModel::followsRuns()
{
    LiveMessageModel model(m_clock, {.rows = 10});
    model.append(rows(1, 10));
    m_clock.advance(LiveMessageModel::kFlushMs);
    rpc::RunRow run;
    run.id = 1'000'003;
    run.status = RunStatus::Failure;
    QSignalSpy changed(&model, &LiveMessageModel::dataChanged);
    model.applyRuns({run});
    QCOMPARE(changed.count(), 1);
    const QModelIndex state = model.index(2, LiveMessageModel::StateColumn);
    QCOMPARE(changed.constFirst().constFirst().toModelIndex(), state);
    QCOMPARE(state.data().toString(), statusText(RunStatus::Failure));
    QCOMPARE(state.data(LiveMessageModel::ToneRole).toInt(), static_cast<int>(Tone::Bad));

    // the right row still, when the front was dropped and rows were put before it
    model.append(rows(11, 2));
    m_clock.advance(LiveMessageModel::kFlushMs);
    run.status = RunStatus::Success;
    model.applyRuns({run});
    QCOMPARE(model.index(0, LiveMessageModel::StateColumn).data().toString(),
        statusText(RunStatus::Success));

    // a run's news may come before its message is shown
    model.append(rows(20, 1));
    run.id = 1'000'020;
    model.applyRuns({run});
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.index(9, LiveMessageModel::StateColumn).data().toString(),
        statusText(RunStatus::Success));
    run.id = 1'000'001; // dropped long ago
    model.applyRuns({run});
}

void TestLiveMessageModel::hasTextForEachColumn()
{
    LiveMessageModel model(m_clock);
    auto list = rows(1, 1);
    list[0].preview = u"a\nb\u202ec"_s;
    list[0].size = 5;
    list[0].atUs = m_clock.wallMicros();
    model.append(list);
    m_clock.advance(LiveMessageModel::kFlushMs);
    for (int column = 0; column < LiveMessageModel::ColumnCount; ++column) {
        QVERIFY(!model.index(0, column).data().toString().isEmpty());
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
    }
    const QString preview = model.index(0, LiveMessageModel::PreviewColumn).data().toString();
    QVERIFY(!preview.contains(u'\n') && !preview.contains(QChar(0x202e)));
    QVERIFY(
        model.headerData(LiveMessageModel::ColumnCount, Qt::Horizontal, Qt::DisplayRole).isNull());
}

void TestLiveMessageModel::clears()
{
    LiveMessageModel model(m_clock);
    const QAbstractItemModelTester tester(&model);
    model.append(rows(1, 5));
    m_clock.advance(LiveMessageModel::kFlushMs);
    model.append(rows(6, 5));
    model.clear();
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 0);
    QCOMPARE(model.byteCount(), 0);
    model.append(rows(1, 5)); // another service counts from one again
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 5);
}

QTEST_GUILESS_MAIN(TestLiveMessageModel)
#include "tst_livemessagemodel.moc"
