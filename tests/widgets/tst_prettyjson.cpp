// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/prettyjson.h"

#include <QTest>

using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestPrettyJson final : public QObject
{
    Q_OBJECT
private slots:
    void indents_data();
    void indents();
};

void TestPrettyJson::indents_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("pretty"); // null = not JSON
    QTest::newRow("object") << u"{\"b\":1.0,\"a\":[1,{}]}"_s
                            << u"{\n  \"b\": 1.0,\n  \"a\": [\n    1,\n    {}\n  ]\n}"_s;
    QTest::newRow("numbers stay") << u"[1.0,9007199254740993,1e5,-0]"_s
                                  << u"[\n  1.0,\n  9007199254740993,\n  1e5,\n  -0\n]"_s;
    QTest::newRow("order and twins stay")
        << u"{\"z\":1,\"a\":2,\"z\":3}"_s << u"{\n  \"z\": 1,\n  \"a\": 2,\n  \"z\": 3\n}"_s;
    QTest::newRow("strings stay") << u"[\"a:{,\\\"\\\\\"]"_s << u"[\n  \"a:{,\\\"\\\\\"\n]"_s;
    QTest::newRow("empty inside") << u"{ \"a\" : [ ] , \"b\" : { } }"_s
                                  << u"{\n  \"a\": [],\n  \"b\": {}\n}"_s;
    QTest::newRow("scalar") << u" 5 "_s << u"5"_s;
    QTest::newRow("text") << u"hello"_s << QString();
    QTest::newRow("nothing") << QString() << QString();
    QTest::newRow("two documents") << u"1,2"_s << QString();
    QTest::newRow("cut") << u"{\"a\":"_s << QString();
}

void TestPrettyJson::indents()
{
    QFETCH(QString, text);
    QFETCH(QString, pretty);
    const auto result = prettyJson(text);
    QCOMPARE(result.has_value(), !pretty.isNull());
    QCOMPARE(result.value_or(QString()), pretty);
}

QTEST_GUILESS_MAIN(TestPrettyJson)
#include "tst_prettyjson.moc"
