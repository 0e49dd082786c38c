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
    void continuesWithTheHistory();
    void filtersWithTheServicesAnswer();
    void filtersByRuns();
    void collapsesRepeats();
    void showsValuesOfPaths();
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
    QCOMPARE(model.entryAt(999)->id, 1'000);
    QVERIFY(!model.entryAt(1'000));
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
    QCOMPARE(model.entryAt(0)->id, 21);
    model.append(rows(100, 500)); // a batch larger than the model
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 50);
    QCOMPARE(model.entryAt(49)->id, 599);
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
    QCOMPARE(model.entryAt(model.rowCount() - 1)->id, 10'000);
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
    QVERIFY(!model.isDetached());
    // The past is what is looked at: the newest make room.
    model.prepend(rows(80, 10));
    QCOMPARE(model.rowCount(), 20);
    QCOMPARE(model.entryAt(0)->id, 80);
    QCOMPARE(model.entryAt(19)->id, 99);
    QVERIFY(model.isDetached());
    QCOMPARE(model.waitingCount(), 5);
    model.append(rows(200, 3));
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 20);
    QCOMPARE(model.waitingCount(), 8);
    model.clear();
    QVERIFY(!model.isDetached());
}

void TestLiveMessageModel::continuesWithTheHistory()
{
    LiveMessageModel model(m_clock, {.rows = 30});
    const QAbstractItemModelTester tester(&model);
    model.append(rows(100, 5));
    m_clock.advance(LiveMessageModel::kFlushMs);
    QList<rpc::RunRow> runs;
    for (RunId id = 50; id > 30; --id) {
        rpc::RunRow run;
        run.id = id;
        run.status = id % 2 == 0 ? RunStatus::Failure : RunStatus::Success;
        run.purpose = id == 40 ? RunPurpose::Manual : RunPurpose::Message;
        run.message = u"run %1"_s.arg(id);
        run.receivedAtUs = 1'000;
        run.finishedAtUs = 3'500;
        runs.append(run);
    }
    model.prependHistory(runs);
    QCOMPARE(model.rowCount(), 24);
    QCOMPARE(model.entryAt(0)->runId, 31);
    QCOMPARE(model.entryAt(0)->key(), -31);
    QCOMPARE(model.entryAt(0)->latencyUs, 2'500);
    QCOMPARE(model.rowOfRun(50), 18);
    QCOMPARE(model.rowOfKey(-50), 18);
    QCOMPARE(model.rowOfKey(102), 21);
    for (int i = 0; i < 50; ++i) {
        for (rpc::RunRow &run : runs) {
            run.id -= 20;
        }
        model.prependHistory(runs);
        QCOMPARE_LE(model.storedCount(), std::size_t(30));
    }
    QVERIFY(model.isDetached());
}

void TestLiveMessageModel::filtersWithTheServicesAnswer()
{
    LiveMessageModel model(m_clock);
    const QAbstractItemModelTester tester(&model);
    model.append(rows(1, 100));
    m_clock.advance(LiveMessageModel::kFlushMs);
    QVERIFY(!model.unanswered());
    const auto filter = MessageFilter::parse(u"word");
    model.setFilter(*filter, LiveMessageModel::FilterMode::Hide);
    QCOMPARE(model.rowCount(), 0);
    QCOMPARE(model.unanswered(), std::optional<qint64>(101));
    // Rows that come by the subscription from before are compared by nobody …
    model.append(rows(101, 2), LiveMessageModel::Hits::Unknown);
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 0);
    // … but the answer, which is newer, knows them.
    model.applyHits({101, 90, 60}, 51);
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.entryAt(0)->id, 60);
    QCOMPARE(model.entryAt(2)->id, 101);
    QCOMPARE(model.unanswered(), std::optional<qint64>(51));
    model.applyHits({7}, 0);
    QVERIFY(!model.unanswered());
    QCOMPARE(model.entryAt(0)->id, 7);
    QCOMPARE(model.nextHit(-1, true), 0);
    // new rows come with what the service says
    QList<rpc::MessageRow> more = rows(200, 2);
    more[0].hit = false;
    model.append(more);
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 5);
    QCOMPARE(model.entryAt(4)->id, 201);
    // highlighting shows all and marks
    model.setFilter(*filter, LiveMessageModel::FilterMode::Highlight);
    QCOMPARE(model.rowCount(), 104);
    QVERIFY(model.index(6, 0).data(LiveMessageModel::HitRole).toBool());
    QVERIFY(!model.index(7, 0).data(LiveMessageModel::HitRole).toBool());
    QCOMPARE(model.nextHit(6, true), 59);
    QCOMPARE(model.nextHit(59, false), 6);
    model.setFilter({}, LiveMessageModel::FilterMode::Hide);
    QCOMPARE(model.rowCount(), 104);
    QVERIFY(!model.index(6, 0).data(LiveMessageModel::HitRole).toBool());
}

void TestLiveMessageModel::filtersByRuns()
{
    LiveMessageModel model(m_clock);
    const QAbstractItemModelTester tester(&model);
    model.append(rows(1, 5));
    m_clock.advance(LiveMessageModel::kFlushMs);
    model.setFilter(*MessageFilter::parse(u"run:failed"), LiveMessageModel::FilterMode::Hide);
    model.applyHits({5, 4, 3, 2, 1}, 0);
    QCOMPARE(model.rowCount(), 0);
    rpc::RunRow run;
    run.id = 1'000'003;
    run.status = RunStatus::Crashed;
    model.applyRuns({run});
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.entryAt(0)->id, 3);
}

void TestLiveMessageModel::collapsesRepeats()
{
    LiveMessageModel model(m_clock, {.rows = 20});
    const QAbstractItemModelTester tester(&model);
    model.setCollapsed(true);
    QList<rpc::MessageRow> list = rows(1, 10);
    for (qsizetype i = 0; i < 10; ++i) {
        list[i].runId = 0;
        list[i].what = i < 6 ? (i % 2 == 0 ? rpc::RowKind::Heartbeat : rpc::RowKind::Message)
                             : rpc::RowKind::Message;
        // beats and their answers are one thing
        list[i].preview = i < 6 ? u"{\"type\":\"pong\"}"_s : u"{\"type\":\"order%1\"}"_s.arg(i);
    }
    model.append(list);
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 5);
    QCOMPARE(model.index(0, 0).data(LiveMessageModel::CountRole).toInt(), 6);
    QVERIFY(model.index(0, LiveMessageModel::TypeColumn).data().toString().contains(u"×6"_s));
    // the count goes on in the last row
    model.append(rows(11, 3));
    m_clock.advance(LiveMessageModel::kFlushMs);
    model.append(rows(14, 4));
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.rowCount(), 6);
    QCOMPARE(model.index(5, 0).data(LiveMessageModel::CountRole).toInt(), 7);
    QCOMPARE(model.entryAt(5)->id, 17);
    // a row whose first members were dropped stays
    model.append(rows(18, 8));
    m_clock.advance(LiveMessageModel::kFlushMs);
    QCOMPARE(model.entryAt(0)->id, 6);
    model.setCollapsed(false);
    QCOMPARE(model.rowCount(), 20);
    QCOMPARE(model.entryAt(0)->id, 6);
}

void TestLiveMessageModel::showsValuesOfPaths()
{
    LiveMessageModel model(m_clock);
    const QAbstractItemModelTester tester(&model);
    QList<rpc::MessageRow> list = rows(1, 2);
    list[0].preview = u"{\"d\":{\"id\":12345678901234567890}}"_s;
    list[0].size = list[0].preview.size();
    list[1].preview = u"{\"d\":{\"x\":1"_s;
    list[1].size = 10'000;
    model.append(list);
    m_clock.advance(LiveMessageModel::kFlushMs);
    model.setPathColumns({u"$.d.id"_s, u"$["_s});
    QCOMPARE(model.pathColumns(), QStringList{u"$.d.id"_s});
    QCOMPARE(model.columnCount(), LiveMessageModel::ColumnCount + 1);
    const int column = LiveMessageModel::ColumnCount;
    QCOMPARE(model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(), u"d.id"_s);
    QCOMPARE(model.index(0, column).data().toString(), u"12345678901234567890"_s);
    QCOMPARE(model.index(1, column).data().toString(), u"…"_s);
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
    list = rows(2, 1);
    list[0].preview = u"{\"type\":\"order\"}"_s;
    list[0].latencyUs = 1'200;
    list[0].atUs = m_clock.wallMicros();
    model.append(list);
    m_clock.advance(LiveMessageModel::kFlushMs);
    for (int column = 0; column < LiveMessageModel::ColumnCount; ++column) {
        QVERIFY(!model.index(1, column).data().toString().isEmpty());
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
