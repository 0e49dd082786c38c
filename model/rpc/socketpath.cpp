// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/socketpath.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <cerrno>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::rpc {

namespace {

bool fits(const QString &path)
{
    return QFile::encodeName(path).size() <= kMaxSocketPathBytes;
}

QString fallbackDirectory()
{
    return u"/tmp/earshot-%1"_s.arg(::getuid());
}

} // namespace

QString defaultDataDir()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + "/earshot"_L1;
}

SocketPlace SocketPlace::fromEnvironment(const QString &socketOption, const QString &dataDirOption)
{
    SocketPlace place;
    place.socket = socketOption.isEmpty() ? qEnvironmentVariable("EARSHOT_SOCKET") : socketOption;
    place.runtimeDir = qEnvironmentVariable("XDG_RUNTIME_DIR");
    QString dataDir
        = dataDirOption.isEmpty() ? qEnvironmentVariable("EARSHOT_DATA_DIR") : dataDirOption;
    if (dataDir.isEmpty()) {
        dataDir = defaultDataDir();
    }
    place.dataDir = QDir::cleanPath(QDir(dataDir).absolutePath());
    if (place.dataDir != QDir::cleanPath(defaultDataDir())) {
        const QByteArray hash = QCryptographicHash::hash(
            QFile::encodeName(place.dataDir), QCryptographicHash::Sha256);
        place.profile = "data-"_L1 + QString::fromLatin1(hash.toHex().first(10));
    }
    return place;
}

Result<QString> socketPath(const SocketPlace &place)
{
    if (!place.socket.isEmpty()) {
        const QString path = QDir::cleanPath(QDir(place.socket).absolutePath());
        if (!fits(path)) {
            return Error{ErrorCode::InvalidArgument,
                u"the socket path %1 is %2 bytes long, at most %3 fit"_s.arg(path)
                    .arg(QFile::encodeName(path).size())
                    .arg(kMaxSocketPathBytes),
                u"choose a shorter one with --socket or EARSHOT_SOCKET"_s};
        }
        return path;
    }
    const QString fileName = place.profile + ".sock"_L1;
    if (!place.runtimeDir.isEmpty() && QFileInfo(place.runtimeDir).isDir()) {
        const QString path = QDir::cleanPath(place.runtimeDir) + "/earshot/"_L1 + fileName;
        if (fits(path)) {
            return path;
        }
    } else if (const QString path = place.dataDir + "/run/"_L1 + fileName; fits(path)) {
        return path;
    }
    return QString(fallbackDirectory() + u'/' + fileName);
}

Result<void> prepareSocketDirectory(const QString &socketPath)
{
    const QString directory = QFileInfo(socketPath).absolutePath();
    const QByteArray encoded = QFile::encodeName(directory);
    struct stat info
    { };
    if (::lstat(encoded.constData(), &info) != 0) {
        const QString parent = QFileInfo(directory).absolutePath();
        if (!QDir().mkpath(parent)) {
            return Error{ErrorCode::Io, u"cannot create the directory %1"_s.arg(parent), QString()};
        }
        if (::mkdir(encoded.constData(), 0700) != 0 && errno != EEXIST) {
            return Error{ErrorCode::Io,
                u"cannot create the directory %1: %2"_s.arg(
                    directory, QString::fromLocal8Bit(std::strerror(errno))),
                QString()};
        }
        if (::lstat(encoded.constData(), &info) != 0) {
            return Error{
                ErrorCode::Io, u"cannot read the directory %1"_s.arg(directory), QString()};
        }
    }
    if (directory == fallbackDirectory()
        && (!S_ISDIR(info.st_mode) || info.st_uid != ::getuid() || (info.st_mode & 0077) != 0)) {
        return Error{ErrorCode::PermissionDenied,
            u"the directory %1 exists and is not private to this user"_s.arg(directory),
            u"remove it, or choose another socket with --socket or EARSHOT_SOCKET"_s};
    }
    return {};
}

} // namespace earshot::rpc
