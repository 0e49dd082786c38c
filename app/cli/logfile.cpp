// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/logfile.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QMutex>
#include <QMutexLocker>

#include <memory>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

constexpr qint64 kMaxLogBytes = qint64(4) * 1024 * 1024;
constexpr int kKeptLogs = 3;

/// Guards the file: Qt calls the handler on whatever thread logs.
QMutex s_mutex;
std::unique_ptr<QFile> s_file;

void rotate()
{
    const QString name = s_file->fileName();
    s_file->close();
    QFile::remove(u"%1.%2"_s.arg(name).arg(kKeptLogs));
    for (int number = kKeptLogs - 1; number > 0; --number) {
        QFile::rename(u"%1.%2"_s.arg(name).arg(number), u"%1.%2"_s.arg(name).arg(number + 1));
    }
    QFile::rename(name, u"%1.1"_s.arg(name));
    if (!s_file->open(QIODevice::WriteOnly | QIODevice::Append)) {
        s_file.reset();
    }
}

void handleMessage(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    const char *level = type == QtDebugMsg ? "debug"
        : type == QtInfoMsg                ? "info"
        : type == QtWarningMsg             ? "warning"
                                           : "error";
    QByteArray line = QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs).toUtf8() + ' '
        + level + ' ' + (context.category != nullptr ? context.category : "default") + ": "
        + text.toUtf8().replace('\n', ' ') + '\n';
    const QMutexLocker lock(&s_mutex);
    [[maybe_unused]] const ssize_t written
        = ::write(STDERR_FILENO, line.constData(), static_cast<size_t>(line.size()));
    if (!s_file) {
        return;
    }
    s_file->write(line);
    s_file->flush();
    if (s_file->size() > kMaxLogBytes) {
        rotate();
    }
}

} // namespace

void installLogFile(const QString &folder)
{
    QDir().mkpath(folder);
    {
        const QMutexLocker lock(&s_mutex);
        s_file = std::make_unique<QFile>(folder + "/earshot.log"_L1);
        if (!s_file->open(QIODevice::WriteOnly | QIODevice::Append)) {
            s_file.reset();
        } else {
            s_file->setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        }
    }
    qInstallMessageHandler(handleMessage);
}

} // namespace earshot::cli
