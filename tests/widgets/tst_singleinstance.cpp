// SPDX-License-Identifier: GPL-3.0-or-later
#include "singleinstance.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace earshot;
using namespace earshot::desktop;
using namespace Qt::StringLiterals;

class TestSingleInstance final : public QObject
{
    Q_OBJECT
private slots:
    void theSecondRaisesTheFirst();
    void saysWhenTheFirstDoesNotAnswer();
};

void TestSingleInstance::theSecondRaisesTheFirst()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"w.sock"_s);
    SingleInstance first(path);
    const auto role = first.claim();
    QVERIFY(role && *role == SingleInstance::Role::First);
    QSignalSpy raised(&first, &SingleInstance::raiseRequested);
    // claim() waits for the acknowledgement, so the second needs a thread beside our event loop
    std::optional<Result<SingleInstance::Role>> second;
    std::thread other([&] {
        SingleInstance instance(path);
        second = instance.claim();
    });
    const bool heard = raised.count() > 0 || raised.wait();
    other.join();
    QVERIFY(heard);
    QVERIFY(*second && **second == SingleInstance::Role::Second);
}

void TestSingleInstance::saysWhenTheFirstDoesNotAnswer()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"w.sock"_s);
    SingleInstance first(path);
    QVERIFY(first.claim());
    SingleInstance second(path);
    const auto role = second.claim(); // the first's event loop does not run meanwhile
    QVERIFY(!role);
    QCOMPARE(role.error().code, ErrorCode::Unavailable);
}

QTEST_GUILESS_MAIN(TestSingleInstance)
#include "tst_singleinstance.moc"
