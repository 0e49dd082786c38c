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
    QString installed = QCoreApplication::applicationDirPath() + u"/../share/earshot"_s;
    installed = QDir::cleanPath(installed);
#ifdef EARSHOT_SOURCE_RESOURCES
    const QString source = QStringLiteral(EARSHOT_SOURCE_RESOURCES);
    if (!QFileInfo(QString(installed + u"/runtimes"_s)).isDir()
        && QFileInfo(QString(source + u"/runtimes"_s)).isDir()) {
        return source;
    }
#endif
    return installed;
}

} // namespace earshot::runner
