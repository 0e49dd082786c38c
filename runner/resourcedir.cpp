// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/resourcedir.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace earshot::runner {

QString resourceDir()
{
    const QString given = qEnvironmentVariable("EARSHOT_RESOURCE_DIR");
    if (!given.isEmpty()) {
        return QDir(given).absolutePath();
    }
    const QDir program(QCoreApplication::applicationDirPath());
    const QString installed = QDir::cleanPath(program.filePath(u"../share/earshot"_s));
    // In the build tree (build/<preset>/app/cli) the sources are used as they are.
    const QString source = QDir::cleanPath(program.filePath(u"../../../../resources"_s));
    if (!QFileInfo(QString(installed + u"/runtimes"_s)).isDir()
        && QFileInfo(QString(source + u"/runtimes"_s)).isDir()) {
        return source;
    }
    return installed;
}

} // namespace earshot::runner
