// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/groupguard.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace earshot::runner;
using namespace Qt::StringLiterals;

/// Scripts die with the process that owns them, however that ends.
class TestGroupGuard : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void killedOwner();
    void killedOwnerAndGuard();
    void strangersAreSpared();

private:
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<QProcess> m_owner;
    qint64 m_group = 0;
    qint64 m_guard = 0;
};

void TestGroupGuard::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    const QString script = m_directory->filePath(u"script"_s);
    QFile file(script);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("#!/bin/sh\ntrap '' TERM HUP INT\nsleep 1000 &\nsleep 1000\n");
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    file.close();
    m_owner = std::make_unique<QProcess>();
    m_owner->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_owner->start(QStringLiteral(RUNNERHOST), {u"own"_s, script, m_directory->path()});
    QTRY_VERIFY_WITH_TIMEOUT(m_owner->canReadLine(), 30'000);
    const QList<QByteArray> numbers = m_owner->readLine().trimmed().split(' ');
    m_group = numbers.value(0).toLongLong();
    m_guard = numbers.value(1).toLongLong();
    QVERIFY(m_group > 1);
    QVERIFY(m_guard > 1);
    QVERIFY(signalGroup(m_group, 0));
}

void TestGroupGuard::cleanup()
{
    signalGroup(m_group, SIGKILL);
    m_owner->kill();
    m_owner->waitForFinished();
}

void TestGroupGuard::killedOwner()
{
    ::kill(pid_t(m_owner->processId()), SIGKILL);
    QVERIFY(m_owner->waitForFinished());
    QTRY_VERIFY_WITH_TIMEOUT(!signalGroup(m_group, 0), 20'000);
    QTRY_VERIFY_WITH_TIMEOUT(!processStartTime(m_guard), 20'000);
}

void TestGroupGuard::killedOwnerAndGuard()
{
    ::kill(pid_t(m_guard), SIGKILL);
    ::kill(pid_t(m_owner->processId()), SIGKILL);
    QVERIFY(m_owner->waitForFinished());
    QVERIFY(signalGroup(m_group, 0));
    const GroupGuard next(QString(), m_directory->filePath(u"process-groups"_s));
    QCOMPARE(next.leftoversKilled(), 1);
    QTRY_VERIFY_WITH_TIMEOUT(!signalGroup(m_group, 0), 20'000);
}

void TestGroupGuard::strangersAreSpared()
{
    const ProcessGroup stranger{
        .pgid = m_group, .startTime = processStartTime(m_group).value_or(0) + 1};
    QVERIFY(!killRecordedGroup(stranger, true));
    QVERIFY(signalGroup(m_group, 0));
    QVERIFY(!signalGroup(0, 0));
    QVERIFY(!signalGroup(1, 0));
}

QTEST_GUILESS_MAIN(TestGroupGuard)
#include "tst_groupguard.moc"
