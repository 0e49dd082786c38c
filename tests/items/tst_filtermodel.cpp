// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/filtermodel.h"

#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

using Kind = FilterNode::Kind;

class TestFilterModel final : public QObject
{
    Q_OBJECT
private slots:
    void untouchedPartsKeepTheirBytes();
    void showsWhatItCannotEdit();
    void edits();
    void movesWrapsAndRemoves();
    void findsEntriesByPointer();
    void builderAndTextSayTheSame();
};

void TestFilterModel::untouchedPartsKeepTheirBytes()
{
    const QByteArray written = "[\n  {\"value\" : 1.0, \"key\":\"a\"},\n  {\"any_of\":[ "
                               "{\"path\":\"b.c\",\"value\":{\"x\":1e3}} ]}\n]";
    FilterModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setFilters(written);
    QCOMPARE(model.filters(), written);
    QCOMPARE(model.rowCount(), 2);

    const QModelIndex inner = model.index(0, 0, model.index(1, 0));
    QVERIFY(model.setData(inner.siblingAtColumn(FilterModel::ValueColumn), u"2"_s, Qt::EditRole));
    QCOMPARE(model.filters(),
        "[\n  {\"value\" : 1.0, \"key\":\"a\"},\n  {\"any_of\": [{\"path\": \"b.c\", \"value\": "
        "2}]}\n]"_ba);
}

void TestFilterModel::showsWhatItCannotEdit()
{
    const QByteArray written
        = R"([5, {"key":"a","path":"b","value":1}, {"any_of":{}}, {"key":"k","value":1,"x":2}])";
    FilterModel model;
    model.setFilters(written);
    QCOMPARE(model.filters(), written);
    for (int row = 0; row < model.rowCount(); ++row) {
        const QModelIndex index = model.index(row, FilterModel::FieldColumn);
        QCOMPARE(Kind(index.data(FilterModel::KindRole).toInt()), Kind::Other);
        QVERIFY(!(model.flags(index) & Qt::ItemIsEditable));
        QVERIFY(!model.setData(index, u"x"_s, Qt::EditRole));
    }
    QCOMPARE(model.index(0, FilterModel::FieldColumn).data().toString(), u"5"_s);
}

void TestFilterModel::edits()
{
    FilterModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy edited(&model, &FilterModel::edited);
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    const QModelIndex first = model.add(Kind::Key, {});
    QCOMPARE(model.filters(), R"([{"key": "", "value": ""}])"_ba);
    model.setData(first.siblingAtColumn(FilterModel::FieldColumn), u"type"_s, Qt::EditRole);
    // what is no JSON is a string, so that a person may write a word
    model.setData(first.siblingAtColumn(FilterModel::ValueColumn), u"order"_s, Qt::EditRole);
    QCOMPARE(model.filters(), R"([{"key": "type", "value": "order"}])"_ba);
    model.setKind(first, Kind::Path);
    QCOMPARE(model.filters(), R"([{"path": "type", "value": "order"}])"_ba);
    model.setKind(first, Kind::AnyOf); // a condition does not become a group
    QCOMPARE(model.filters(), R"([{"path": "type", "value": "order"}])"_ba);
    QCOMPARE(edited.count(), 4);
    model.setFilters(model.filters());
    QCOMPARE(reset.count(), 0);
    QCOMPARE(edited.count(), 4);

    model.addCondition(u"a.b"_s, "1.0");
    model.addCondition(u"c"_s, "true");
    QCOMPARE(model.filters(),
        R"([{"path": "type", "value": "order"}, {"path": "a.b", "value": 1.0}, {"key": "c", "value": true}])"_ba);
}

void TestFilterModel::movesWrapsAndRemoves()
{
    FilterModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setFilters(R"([{"key":"a","value":1},{"key":"b","value":2}])");
    QVERIFY(!model.canMove(model.index(0, 0), -1));
    const QModelIndex moved = model.move(model.index(0, 0), 1);
    QCOMPARE(moved.row(), 1);
    QCOMPARE(model.filters(), R"([{"key":"b","value":2},{"key":"a","value":1}])"_ba);
    const QModelIndex group = model.wrap(moved, Kind::NoneOf);
    QCOMPARE(model.filters(), R"([{"key":"b","value":2},{"none_of": [{"key":"a","value":1}]}])"_ba);
    model.add(Kind::AllOf, group);
    QCOMPARE(model.rowCount(group), 2);
    model.add(Kind::Key, model.index(0, 0, group)); // behind a condition
    QCOMPARE(Kind(model.index(1, 0, group).data(FilterModel::KindRole).toInt()), Kind::Key);
    model.remove(group);
    QCOMPARE(model.filters(), R"([{"key":"b","value":2}])"_ba);
    model.remove(model.index(0, 0));
    QCOMPARE(model.filters(), "[]"_ba);
}

void TestFilterModel::findsEntriesByPointer()
{
    FilterModel model;
    model.setFilters(
        R"([{"key":"a","value":1},{"any_of":[{"key":"b","value":2},{"key":"c","value":3}]}])");
    const QModelIndex found = model.indexAt({u"1"_s, u"any_of"_s, u"1"_s, u"value"_s});
    QCOMPARE(found.siblingAtColumn(FilterModel::FieldColumn).data().toString(), u"c"_s);
    QVERIFY(!model.indexAt({u"9"_s}).isValid());
}

namespace {

std::unique_ptr<FilterNode> randomFilter(QRandomGenerator &random, int depth)
{
    static const QStringList fields{u"type"_s, u"a.b.c"_s, QString(), u"\"quoted\"\n"_s,
        u"\u202ebidi"_s, u"<b>html</b>"_s, u"日本"_s};
    static const QList<QByteArray> values{"1.0", "1", "-0", "1e400", "\"x\"", "null", "true",
        "{\"a\": [1, {\"b\": \"\\u00e9\"}]}", "[]", "\"\\\"\""};
    auto node = std::make_unique<FilterNode>();
    const int choice = int(random.bounded(depth > 3 ? 2 : 5));
    node->kind = Kind(choice);
    if (node->isLeaf()) {
        node->field = fields.at(random.bounded(int(fields.size())));
        node->value = values.at(random.bounded(int(values.size())));
    }
    const int children = node->isGroup() ? int(random.bounded(4)) : 0;
    for (int i = 0; i < children; ++i) {
        node->insert(node->children.size(), randomFilter(random, depth + 1));
    }
    return node;
}

} // namespace

void TestFilterModel::builderAndTextSayTheSame()
{
    QRandomGenerator random(42);
    for (int round = 0; round < 500; ++round) {
        FilterNode root;
        root.kind = Kind::AllOf;
        const int entries = int(random.bounded(5));
        for (int i = 0; i < entries; ++i) {
            root.insert(root.children.size(), randomFilter(random, 0));
        }
        const QByteArray text = writeFilters(root);
        QVERIFY2(JsonText::parse(text), text.constData());
        const auto read = readFilters(text);
        QVERIFY2(sameFilters(root, *read), text.constData());
        QCOMPARE(writeFilters(*read), text);
    }
}

QTEST_GUILESS_MAIN(TestFilterModel)
#include "tst_filtermodel.moc"
