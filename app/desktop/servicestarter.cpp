// SPDX-License-Identifier: GPL-3.0-or-later
#include "servicestarter.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

using namespace Qt::StringLiterals;

namespace earshot::desktop {

ServiceStarter::ServiceStarter(
    QString program, QStringList arguments, Clock &clock, QObject *parent)
    : QObject(parent)
    , m_program(std::move(program))
    , m_arguments(std::move(arguments))
    , m_clock(clock)
    , m_lastMs(clock.monotonicMs() - kBetweenMs)
{ }

QString ServiceStarter::findProgram() const
{
    if (!m_program.isEmpty()) {
        return m_program;
    }
    const QDir own(QCoreApplication::applicationDirPath());
    // beside us where installed; in the neighbouring folder of a build tree
    for (const QString &candidate : {u"earshot"_s, u"../cli/earshot"_s}) {
        if (const QFileInfo file(own.filePath(candidate)); file.isFile() && file.isExecutable()) {
            return file.absoluteFilePath();
        }
    }
    return QStandardPaths::findExecutable(u"earshot"_s);
}

void ServiceStarter::considerStart()
{
    const qint64 now = m_clock.monotonicMs();
    if (!m_allowed || now - m_lastMs < kBetweenMs) {
        return;
    }
    startNow();
}

void ServiceStarter::startNow()
{
    m_lastMs = m_clock.monotonicMs();
    const QString program = findProgram();
    if (program.isEmpty()) {
        emit failed({ErrorCode::NotFound, tr("the program `earshot` was not found"),
            tr("install it, or start the service yourself with `earshot serve`")});
        return;
    }
    QProcess process;
    process.setProgram(program);
    process.setArguments(QStringList{u"serve"_s} + m_arguments);
    // It logs to a file of its own; ours may be a terminal that closes.
    process.setStandardInputFile(QProcess::nullDevice());
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(QProcess::nullDevice());
    if (!process.startDetached()) {
        emit failed({ErrorCode::Io,
            tr("%1 cannot be started: %2").arg(program, process.errorString()), QString()});
        return;
    }
    emit started();
}

} // namespace earshot::desktop
