// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/errortext.h"
#include "widgets/script/sourcelocation.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestSourceLocation final : public QObject
{
    Q_OBJECT
private slots:
    void finds_data();
    void finds();
    void severalInOneLine();
    void staysQuick();
    void errorsSayEachThingOnce_data();
    void errorsSayEachThingOnce();
};

void TestSourceLocation::finds_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("column");
    QTest::newRow("node") << u"    at main (/ws/f/a/b.ts:4:12)"_s << u"/ws/f/a/b.ts"_s << 4 << 12;
    QTest::newRow("url") << u"    at file:///ws/f/a/b.deno.ts:10:3"_s << u"/ws/f/a/b.deno.ts"_s
                         << 10 << 3;
    QTest::newRow("python") << u"  File \"/ws/f/a b/c.py\", line 7, in main"_s
                            << u"/ws/f/a b/c.py"_s << 7 << 0;
    QTest::newRow("bash") << u"/ws/f/a/b.sh: line 3: foo: command not found"_s << u"/ws/f/a/b.sh"_s
                          << 3 << 0;
    QTest::newRow("relative") << u"f/a/b.mjs:1"_s << u"f/a/b.mjs"_s << 1 << 0;
    QTest::newRow("time") << u"at 12:30:45 nothing happened"_s << QString() << 0 << 0;
    QTest::newRow("plain") << u"nothing here"_s << QString() << 0 << 0;
}

void TestSourceLocation::finds()
{
    QFETCH(QString, line);
    QFETCH(QString, file);
    QFETCH(int, number);
    QFETCH(int, column);
    const auto found = sourceLocations(line);
    QCOMPARE(found.size(), file.isEmpty() ? 0 : 1);
    if (!found.isEmpty()) {
        QCOMPARE(found.constFirst().file, file);
        QCOMPARE(found.constFirst().line, number);
        QCOMPARE(found.constFirst().column, column);
        QVERIFY(line.sliced(found.constFirst().start, found.constFirst().length).contains(file));
    }
}

void TestSourceLocation::severalInOneLine()
{
    const auto found = sourceLocations(u"a.ts:1 and b.py:2:3"_s);
    QCOMPARE(found.size(), 2);
    QCOMPARE(found.at(0).file, u"a.ts"_s);
    QCOMPARE(found.at(1).column, 3);
}

void TestSourceLocation::staysQuick()
{
    QElapsedTimer timer;
    timer.start();
    QVERIFY(sourceLocations(QString(1'000'000, u'.')).isEmpty());
    QVERIFY(sourceLocations(QString(1'000'000, u'a')).isEmpty());
    QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
}

void TestSourceLocation::errorsSayEachThingOnce_data()
{
    QTest::addColumn<QString>("result");
    QTest::addColumn<QString>("text");
    const auto error = [](const QString &name, const QString &message, const QString &stack) {
        const QJsonObject object{{u"name"_s, name}, {u"message"_s, message}, {u"stack"_s, stack}};
        return QString::fromUtf8(QJsonDocument(QJsonObject{{u"error"_s, object}}).toJson());
    };
    QTest::newRow("javascript") << error(
        u"TypeError"_s, u"boom"_s, u"TypeError: boom\n  at a.ts:1"_s)
                                << u"TypeError: boom\n  at a.ts:1"_s;
    QTest::newRow("python") << error(
        u"ValueError"_s, u"boom"_s, u"  File \"a.py\", line 1\nValueError: boom\n"_s)
                            << u"ValueError: boom\n\nFile \"a.py\", line 1"_s;
    QTest::newRow("no stack") << error({}, u"boom"_s, {}) << u"boom"_s;
    QTest::newRow("no error") << u"{\"a\":1}"_s << QString();
    QTest::newRow("no json") << u"nothing"_s << QString();
}

void TestSourceLocation::errorsSayEachThingOnce()
{
    QFETCH(QString, result);
    QFETCH(QString, text);
    QCOMPARE(errorText(result), text);
}

QTEST_GUILESS_MAIN(TestSourceLocation)
#include "tst_sourcelocation.moc"
