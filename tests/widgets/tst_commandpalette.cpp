// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/commandpalette.h"

#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QTest>

using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestCommandPalette final : public QObject
{
    Q_OBJECT
private slots:
    void ranksBeginsOfWordsFirst();
    void findsAndRuns();
    void findsNothing();
};

void TestCommandPalette::ranksBeginsOfWordsFirst()
{
    const auto score = [](const QString &title) { return CommandPalette::score(title, u"nt"_s); };
    QVERIFY(score(u"New trigger"_s) >= 0);
    QCOMPARE_LT(score(u"New trigger"_s), score(u"Connections that"_s));
    QCOMPARE(CommandPalette::score(u"New trigger"_s, u"xyz"_s), -1);
}

void TestCommandPalette::findsAndRuns()
{
    QString ran;
    QPointer<CommandPalette> palette = new CommandPalette(
        {{.title = u"Import"_s, .detail = u"File"_s, .act = [&ran] { ran = u"import"_s; }},
            {.title = u"f/bots/orders"_s,
                .detail = u"trigger, wss://stream.example.com"_s,
                .act = [&ran] { ran = u"orders"_s; }},
            {.title = u"f/bots/other"_s, .act = [&ran] { ran = u"other"_s; }}});
    palette->show();
    QCOMPARE(palette->list()->count(), 3);
    QTest::keyClicks(palette->input(), u"bots o"_s);
    QCOMPARE(palette->list()->count(), 2);
    QTest::keyClick(palette->input(), Qt::Key_Down);
    QTest::keyClick(palette->input(), Qt::Key_Up);
    palette->input()->selectAll();
    // by what a trigger belongs to, too
    QTest::keyClicks(palette->input(), u"stream.ex"_s);
    QCOMPARE(palette->list()->count(), 1);
    QTest::keyClick(palette->input(), Qt::Key_Return);
    QCOMPARE(ran, u"orders"_s);
    QTRY_VERIFY(!palette);
}

void TestCommandPalette::findsNothing()
{
    CommandPalette *palette = new CommandPalette({{.title = u"Import"_s}});
    palette->show();
    QTest::keyClicks(palette->input(), u"zzz"_s);
    QCOMPARE(palette->list()->count(), 0);
    QTest::keyClick(palette->input(), Qt::Key_Return);
    QVERIFY(palette->isVisible());
    palette->close();
}

QTEST_MAIN(TestCommandPalette)
#include "tst_commandpalette.moc"
