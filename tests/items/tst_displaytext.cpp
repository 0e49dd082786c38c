// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/displaytext.h"

#include <QLocale>
#include <QTest>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

class TestDisplayText final : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void everyStatusHasAWordAndATone();
    void statesSayWhatHappensNext();
    void countersLeaveZerosOut();
    void durations();
    void sizes();
    void oneLineHidesNothing();
};

void TestDisplayText::everyStatusHasAWordAndATone()
{
    for (int i = 0; i <= static_cast<int>(RunStatus::Suspended); ++i) {
        QVERIFY(!statusText(static_cast<RunStatus>(i)).isEmpty());
    }
    QCOMPARE(toneOf(RunStatus::Crashed), Tone::Bad);
    QCOMPARE(toneOf(RunStatus::Success), Tone::Good);
}

void TestDisplayText::statesSayWhatHappensNext()
{
    rpc::TriggerSummary trigger;
    QCOMPARE(stateText(trigger, 0), u"off"_s);
    trigger.error = u"refused"_s;
    QCOMPARE(stateText(trigger, 0), u"stopped"_s);
    QCOMPARE(toneOf(trigger), Tone::Bad);
    trigger.session.phase = rpc::SessionPhase::BackingOff;
    trigger.session.nextAttemptAtUs = 7'000'001;
    QCOMPARE(stateText(trigger, 0), u"next attempt in 8 s"_s);
    QCOMPARE(stateText(trigger, 8'000'000), u"trying again"_s);
    trigger.session.phase = rpc::SessionPhase::Ready;
    trigger.mode = TriggerMode::Suspended;
    trigger.counters.suspended = 3;
    QCOMPARE(stateText(trigger, 0), u"suspended, 3 waiting"_s);
    QCOMPARE(toneOf(trigger), Tone::Warning);
}

void TestDisplayText::countersLeaveZerosOut()
{
    rpc::Counters counters;
    QCOMPARE(counterText(counters), QString());
    counters.received = 12;
    counters.failed = 1;
    QCOMPARE(counterText(counters), u"12 received · 1 failed"_s);
}

void TestDisplayText::durations()
{
    QCOMPARE(durationText(400), u"0.40 ms"_s);
    QCOMPARE(durationText(123'456), u"123 ms"_s);
    QCOMPARE(durationText(2'500'000), u"2.50 s"_s);
    QCOMPARE(durationText(-1), u"0.00 ms"_s);
}

void TestDisplayText::sizes()
{
    QCOMPARE(sizeText(999), u"999 B"_s);
    QCOMPARE(sizeText(1'500), u"1.5 kB"_s);
}

void TestDisplayText::oneLineHidesNothing()
{
    QCOMPARE(oneLine(u"a\nb"_s), u"a\u21b5b"_s);
    QCOMPARE(oneLine(QString(QChar(0x1b))), QString(QChar(0x241b)));
    QCOMPARE(oneLine(u"\u202e\u2066\u0085\u2028"_s).count(QChar::ReplacementCharacter), 4);
}

QTEST_GUILESS_MAIN(TestDisplayText)
#include "tst_displaytext.moc"
