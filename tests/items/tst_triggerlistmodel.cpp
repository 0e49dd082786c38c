// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/displaytext.h"
#include "model/items/triggerlistmodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

class TestTriggerListModel final : public QObject
{
    Q_OBJECT
private slots:
    void keepsTriggersByPath();
    void changesOnlyWhatChanged();
    void keepsPersistentIndexesOverANewList();
    void countsDown();
};

namespace {

rpc::TriggerSummary trigger(const QString &path)
{
    rpc::TriggerSummary summary;
    summary.path = path;
    return summary;
}

QStringList paths(const TriggerListModel &model)
{
    QStringList result;
    for (int row = 0; row < model.rowCount(); ++row) {
        result += model.index(row).data().toString();
    }
    return result;
}

} // namespace

void TestTriggerListModel::keepsTriggersByPath()
{
    ManualClock clock;
    TriggerListModel model(clock);
    const QAbstractItemModelTester tester(&model);
    model.setTriggers({trigger(u"f/b"_s), trigger(u"f/a"_s)});
    model.apply({trigger(u"f/aa"_s)}, {u"f/b"_s, u"f/unknown"_s});
    QCOMPARE(paths(model), (QStringList{u"f/a"_s, u"f/aa"_s}));
    QVERIFY(model.find(u"f/a"_s));
    QVERIFY(!model.find(u"f/b"_s));
    QCOMPARE(model.indexOf(u"f/aa"_s).row(), 1);
    QVERIFY(!model.indexOf(u"f/b"_s).isValid());
}

void TestTriggerListModel::changesOnlyWhatChanged()
{
    ManualClock clock;
    TriggerListModel model(clock);
    model.setTriggers({trigger(u"f/a"_s), trigger(u"f/b"_s)});
    QSignalSpy changed(&model, &TriggerListModel::dataChanged);
    rpc::TriggerSummary ready = trigger(u"f/b"_s);
    ready.session.phase = rpc::SessionPhase::Ready;
    model.apply({trigger(u"f/a"_s), ready}, {});
    QCOMPARE(changed.count(), 1);
    QCOMPARE(changed.constFirst().constFirst().toModelIndex().row(), 1);
    QCOMPARE(model.index(1).data(TriggerListModel::ToneRole).toInt(), static_cast<int>(Tone::Good));
}

void TestTriggerListModel::keepsPersistentIndexesOverANewList()
{
    ManualClock clock;
    TriggerListModel model(clock);
    model.setTriggers({trigger(u"f/a"_s), trigger(u"f/b"_s)});
    const QPersistentModelIndex selected = model.indexOf(u"f/b"_s);
    const QPersistentModelIndex gone = model.indexOf(u"f/a"_s);
    model.setTriggers({trigger(u"f/b"_s), trigger(u"f/0"_s)});
    QCOMPARE(selected.data().toString(), u"f/b"_s);
    QVERIFY(!gone.isValid());
}

void TestTriggerListModel::countsDown()
{
    ManualClock clock;
    TriggerListModel model(clock);
    rpc::TriggerSummary waiting = trigger(u"f/a"_s);
    waiting.session.phase = rpc::SessionPhase::BackingOff;
    waiting.session.nextAttemptAtUs = clock.wallMicros() + 8'000'000;
    model.setTriggers({waiting, trigger(u"f/b"_s)});
    QVERIFY(model.index(0).data(TriggerListModel::StateTextRole).toString().contains(u'8'));
    clock.advance(5'000);
    QSignalSpy changed(&model, &TriggerListModel::dataChanged);
    model.refreshTimes();
    QCOMPARE(changed.count(), 1);
    QVERIFY(model.index(0).data(TriggerListModel::StateTextRole).toString().contains(u'3'));
}

QTEST_GUILESS_MAIN(TestTriggerListModel)
#include "tst_triggerlistmodel.moc"
