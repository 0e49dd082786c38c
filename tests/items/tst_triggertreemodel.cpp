// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/displaytext.h"
#include "model/items/triggertreemodel.h"

#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>

#include <memory>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

namespace {

rpc::TriggerSummary trigger(const QString &path)
{
    rpc::TriggerSummary summary;
    summary.path = path;
    summary.url = u"ws://example.com/"_s + path;
    return summary;
}

/// The tree as indented text, folders with a slash.
QString outline(const QAbstractItemModel &model, const QModelIndex &parent = {}, int depth = 0)
{
    QString text;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        const bool folder = index.data(TriggerTreeModel::IsFolderRole).toBool();
        text += QString(depth, u' ') + index.data().toString() + (folder ? u"/\n"_s : u"\n"_s);
        text += outline(model, index, depth + 1);
    }
    return text;
}

} // namespace

class TestTriggerTreeModel final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void putsTriggersIntoTheFoldersOfTheirPaths();
    void foldersComeAndGoWithTheirTriggers();
    void passesChangesOn();
    void movesByAsking();
    void movedPaths_data();
    void movedPaths();

private:
    ManualClock m_clock;
    std::unique_ptr<TriggerListModel> m_list;
    std::unique_ptr<TriggerTreeModel> m_tree;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
};

void TestTriggerTreeModel::init()
{
    m_tester.reset();
    m_tree.reset();
    m_list = std::make_unique<TriggerListModel>(m_clock);
    m_list->setTriggers({trigger(u"f/bots/b"_s)});
    m_tree = std::make_unique<TriggerTreeModel>(*m_list);
    m_tester = std::make_unique<QAbstractItemModelTester>(m_tree.get());
}

void TestTriggerTreeModel::putsTriggersIntoTheFoldersOfTheirPaths()
{
    m_list->apply({trigger(u"u/ada/echo"_s), trigger(u"f/bots/a"_s), trigger(u"f/bots/deep/er/x"_s),
                      // a trigger and a folder of one name
                      trigger(u"f/bots/deep"_s)},
        {});
    QCOMPARE(outline(*m_tree), u"f/bots/\n deep/\n  er/\n   x\n a\n b\n deep\nu/ada/\n echo\n"_s);
    const QModelIndex found = m_tree->indexOf(u"f/bots/deep/er/x"_s);
    QCOMPARE(found.data(TriggerListModel::PathRole).toString(), u"f/bots/deep/er/x"_s);
    QVERIFY(found.data(TriggerTreeModel::SearchRole).toString().contains(u"example.com"));
    QVERIFY(!m_tree->indexOf(u"f/bots/er"_s).isValid());
    QVERIFY(!m_tree->indexOf(u"f/none/er"_s).isValid());
}

void TestTriggerTreeModel::foldersComeAndGoWithTheirTriggers()
{
    m_list->apply({trigger(u"f/bots/deep/er/x"_s)}, {});
    const QPersistentModelIndex kept = m_tree->indexOf(u"f/bots/b"_s);
    m_list->apply({}, {u"f/bots/deep/er/x"_s});
    QCOMPARE(outline(*m_tree), u"f/bots/\n b\n"_s);
    QCOMPARE(kept.data().toString(), u"b"_s);
    m_list->apply({}, {u"f/bots/b"_s});
    QCOMPARE(m_tree->rowCount(), 0);
}

void TestTriggerTreeModel::passesChangesOn()
{
    QSignalSpy changed(m_tree.get(), &TriggerTreeModel::dataChanged);
    rpc::TriggerSummary ready = trigger(u"f/bots/b"_s);
    ready.session.phase = rpc::SessionPhase::Ready;
    m_list->apply({ready}, {});
    QCOMPARE(changed.count(), 1);
    const QModelIndex index = changed.constFirst().constFirst().toModelIndex();
    QCOMPARE(index.data().toString(), u"b"_s);
    QCOMPARE(index.data(TriggerListModel::ToneRole).toInt(), static_cast<int>(Tone::Good));
}

void TestTriggerTreeModel::movesByAsking()
{
    m_list->apply({trigger(u"u/ada/echo"_s)}, {});
    const std::unique_ptr<QMimeData> data(m_tree->mimeData({m_tree->indexOf(u"u/ada/echo"_s)}));
    const QModelIndex folder = m_tree->indexOf(u"f/bots/b"_s).parent();
    QSignalSpy moves(m_tree.get(), &TriggerTreeModel::moveRequested);
    QVERIFY(!m_tree->canDropMimeData(data.get(), Qt::MoveAction, -1, -1, {}));
    QVERIFY(!m_tree->canDropMimeData(
        data.get(), Qt::MoveAction, -1, -1, m_tree->indexOf(u"u/ada/echo"_s).parent()));
    QVERIFY(m_tree->canDropMimeData(data.get(), Qt::MoveAction, -1, -1, folder));
    // false: nothing is removed from the list by the view
    QVERIFY(!m_tree->dropMimeData(data.get(), Qt::MoveAction, -1, -1, folder));
    QCOMPARE(moves.count(), 1);
    QCOMPARE(moves.constFirst().at(0).toStringList(), QStringList{u"u/ada/echo"_s});
    QCOMPARE(moves.constFirst().at(1).toString(), u"f/bots"_s);
    QVERIFY(m_tree->indexOf(u"u/ada/echo"_s).isValid());
}

void TestTriggerTreeModel::movedPaths_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("moved");
    QTest::newRow("trigger") << u"u/ada/echo"_s << u"f/bots"_s << u"f/bots/echo"_s;
    QTest::newRow("where it is") << u"f/bots/echo"_s << u"f/bots"_s << QString();
    QTest::newRow("folder") << u"f/bots/deep/"_s << u"u/ada"_s << u"u/ada/deep/"_s;
    QTest::newRow("folder into itself") << u"f/bots/"_s << u"f/bots"_s << QString();
    QTest::newRow("folder into its child") << u"f/bots/"_s << u"f/bots/deep"_s << QString();
    QTest::newRow("similar name") << u"f/bot/"_s << u"f/bots"_s << u"f/bots/bot/"_s;
    QTest::newRow("nowhere") << u"f/bots/echo"_s << QString() << QString();
}

void TestTriggerTreeModel::movedPaths()
{
    QFETCH(QString, path);
    QFETCH(QString, folder);
    QFETCH(QString, moved);
    QCOMPARE(TriggerTreeModel::movedPath(path, folder), moved);
}

QTEST_GUILESS_MAIN(TestTriggerTreeModel)
#include "tst_triggertreemodel.moc"
