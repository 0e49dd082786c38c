// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/jsontreemodel.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QTest>

using namespace earshot::items;
using namespace Qt::StringLiterals;

class TestJsonTreeModel final : public QObject
{
    Q_OBJECT
private slots:
    void showsWhatIsWritten();
    void readsMembersInPages();
    void refusesWhatIsNoTree_data();
    void refusesWhatIsNoTree();
    void survivesDepth();
    void showsHostileTextPlainly();
    void finds();
};

void TestJsonTreeModel::showsWhatIsWritten()
{
    JsonTreeModel model;
    QAbstractItemModelTester tester(&model);
    tester.setUseFetchMore(false);
    const QByteArray json
        = R"( {"b":12345678901234567890,"a":{"odd key":[true,null,1.0]},"s":"x\ny","e":{}} )";
    QVERIFY(model.setJson(json));
    QCOMPARE(model.rowCount(), 4);
    const auto value = [&](const QModelIndex &index) {
        return index.siblingAtColumn(JsonTreeModel::ValueColumn).data().toString();
    };
    const QModelIndex number = model.index(0, 0);
    QCOMPARE(number.data().toString(), u"b"_s);
    QCOMPARE(value(number), u"12345678901234567890"_s);
    QCOMPARE(number.data(JsonTreeModel::PathRole).toString(), u"$.b"_s);
    const QModelIndex object = model.index(1, 0);
    QVERIFY(model.hasChildren(object));
    QCOMPARE(model.rowCount(object), 0);
    model.fetchMore(object);
    const QModelIndex list = model.index(0, 0, object);
    model.fetchMore(list);
    QCOMPARE(model.rowCount(list), 3);
    const QModelIndex last = model.index(2, 0, list);
    QCOMPARE(value(last), u"1.0"_s);
    QCOMPARE(last.data().toString(), u"[2]"_s);
    QCOMPARE(last.data(JsonTreeModel::PathRole).toString(), u"$.a[\"odd key\"][2]"_s);
    QCOMPARE(last.data(JsonTreeModel::RawRole).toByteArray(), QByteArray("1.0"));
    QVERIFY(!value(model.index(2, 0)).contains(u'\n'));
    QVERIFY(!model.hasChildren(model.index(3, 0)));
}

void TestJsonTreeModel::readsMembersInPages()
{
    QByteArray json = "[0";
    for (int i = 1; i < 100'000; ++i) {
        json += ',' + QByteArray::number(i);
    }
    json += ']';
    JsonTreeModel model;
    QElapsedTimer timer;
    timer.start();
    QVERIFY(model.setJson(json));
    QCOMPARE(model.rowCount(), JsonTreeModel::kPage);
    QVERIFY(model.canFetchMore({}));
    model.fetchMore({});
    QCOMPARE(model.rowCount(), 2 * JsonTreeModel::kPage);
    QCOMPARE(model.index(1'999, 1).data().toString(), u"1999"_s);
    while (model.canFetchMore({})) {
        model.fetchMore({});
    }
    QCOMPARE(model.rowCount(), 100'000);
}

void TestJsonTreeModel::refusesWhatIsNoTree_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("rows");
    QTest::newRow("empty") << QByteArray() << -1;
    QTest::newRow("text") << QByteArray("hello") << -1;
    QTest::newRow("scalar") << QByteArray("42") << -1;
    QTest::newRow("two documents") << QByteArray("{} {}") << -1;
    QTest::newRow("broken key") << QByteArray("{\"a\":1,b:2}") << 1;
    QTest::newRow("no value") << QByteArray("{\"a\":,\"b\":2}") << 0;
    QTest::newRow("cut") << QByteArray("{\"a\":1,\"b\":\"long te") << 2;
    QTest::newRow("cut key") << QByteArray("{\"a\":1,\"lon") << 1;
    QTest::newRow("wrong bracket") << QByteArray("{\"a\":1]") << 1;
}

void TestJsonTreeModel::refusesWhatIsNoTree()
{
    QFETCH(QByteArray, json);
    QFETCH(int, rows);
    JsonTreeModel model;
    QAbstractItemModelTester tester(&model);
    tester.setUseFetchMore(false);
    QCOMPARE(model.setJson(json), rows >= 0);
    QCOMPARE(model.rowCount(), std::max(rows, 0));
}

void TestJsonTreeModel::survivesDepth()
{
    JsonTreeModel model;
    QElapsedTimer timer;
    timer.start();
    QVERIFY(model.setJson(QByteArray(1'000'000, '[') + QByteArray(1'000'000, ']')));
    QModelIndex index;
    int depth = 0;
    while (model.canFetchMore(index) || model.rowCount(index) > 0) {
        if (model.canFetchMore(index)) {
            model.fetchMore(index);
        }
        if (model.rowCount(index) == 0) {
            break;
        }
        index = model.index(0, 0, index);
        ++depth;
    }
    QCOMPARE(depth, JsonTreeModel::kMaxDepth);
    QVERIFY(!model.index(0, 1).data().toString().isEmpty());
    QCOMPARE_LT(timer.elapsed(), 20'000);
}

void TestJsonTreeModel::showsHostileTextPlainly()
{
    JsonTreeModel model;
    const QByteArray json = "{\"<b>k\\u202e</b>\":\"<script>\\u001b[31m\xe2\x80\xae \xff\xfe\"}";
    QVERIFY(model.setJson(json));
    const QString key = model.index(0, 0).data().toString();
    const QString value = model.index(0, 1).data().toString();
    QVERIFY(key.startsWith(u"<b>"_s));
    for (const QString &text : {key, value}) {
        QVERIFY(!text.contains(QChar(0x202e)));
        QVERIFY(!text.contains(QChar(0x1b)));
    }
    QVERIFY(value.contains(QChar::ReplacementCharacter)); // bytes that are no UTF-8 are seen
}

void TestJsonTreeModel::finds()
{
    JsonTreeModel model;
    QByteArray json = "{\"list\":[";
    for (int i = 0; i < 3'000; ++i) {
        json += "{\"n\":" + QByteArray::number(i) + "},";
    }
    json += R"({"deep":{"Word":"here"}}],"tail":"a word"})";
    QVERIFY(model.setJson(json));
    QModelIndex found = model.find(u"word"_s, {});
    QCOMPARE(found.data(JsonTreeModel::PathRole).toString(), u"$.list[3000].deep.Word"_s);
    found = model.find(u"word"_s, found);
    QCOMPARE(found.data(JsonTreeModel::PathRole).toString(), u"$.tail"_s);
    QVERIFY(!model.find(u"word"_s, found).isValid());
    QVERIFY(!model.find(u"nothing"_s, {}).isValid());
}

QTEST_GUILESS_MAIN(TestJsonTreeModel)
#include "tst_jsontreemodel.moc"
