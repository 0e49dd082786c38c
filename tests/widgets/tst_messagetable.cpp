// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/livemessagemodel.h"
#include "widgets/messagetable.h"

#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestMessageTable final : public QObject
{
    Q_OBJECT
private slots:
    void followsTheEnd();
    void staysWhereItWasScrolled();

private:
    static QList<rpc::MessageRow> rows(qint64 first, qint64 count)
    {
        QList<rpc::MessageRow> list;
        for (qint64 id = first; id < first + count; ++id) {
            rpc::MessageRow row;
            row.id = id;
            list.append(row);
        }
        return list;
    }
};

void TestMessageTable::followsTheEnd()
{
    ManualClock clock;
    items::LiveMessageModel model(clock, {.rows = 300});
    MessageTable table;
    table.resize(600, 200);
    table.setModel(&model);
    table.show();
    for (int i = 0; i < 10; ++i) {
        model.append(rows(1 + i * 100, 100));
        clock.advance(items::LiveMessageModel::kFlushMs);
        QVERIFY(table.isFollowing());
        QCOMPARE(table.verticalScrollBar()->value(), table.verticalScrollBar()->maximum());
    }
}

void TestMessageTable::staysWhereItWasScrolled()
{
    ManualClock clock;
    items::LiveMessageModel model(clock, {.rows = 300});
    MessageTable table;
    table.resize(600, 200);
    table.setModel(&model);
    table.show();
    QSignalSpy following(&table, &MessageTable::followingChanged);
    QSignalSpy below(&table, &MessageTable::rowsBelow);
    model.append(rows(1, 300));
    clock.advance(items::LiveMessageModel::kFlushMs);
    table.verticalScrollBar()->setValue(150);
    QVERIFY(!table.isFollowing());
    QCOMPARE(following.count(), 1);
    const auto topId = [&] { return model.entryAt(table.rowAt(0))->id; };
    const qint64 before = topId();
    model.append(rows(301, 40)); // forty leave at the front
    clock.advance(items::LiveMessageModel::kFlushMs);
    QVERIFY(!table.isFollowing());
    QCOMPARE(topId(), before);
    QCOMPARE(below.constLast().constFirst().toInt(), 40);
    table.follow();
    QVERIFY(table.isFollowing());
    QCOMPARE(table.verticalScrollBar()->value(), table.verticalScrollBar()->maximum());
}

QTEST_MAIN(TestMessageTable)
#include "tst_messagetable.moc"
