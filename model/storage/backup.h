// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QMap>
#include <QString>

#include <optional>

namespace earshot::storage {

/// What a backup holds, in numbers for a person.
struct BackupReport
{
    QString file;
    qint64 bytes = 0;
    qint64 triggers = 0;
    qint64 runs = 0;
    bool hasSecrets = false;
};

using SecretValues = QMap<QString, QString>;

/// Writes one SQLite file (0600) with everything: the database as of now, the bodies, and the
/// secrets if given. An existing target is replaced only by a complete backup. The service may
/// write meanwhile, but bodies must not be deleted. Blocking: for a thread of its own.
[[nodiscard]] Result<BackupReport> writeBackup(const QString &databaseFile,
    const QString &bodiesDirectory, const QString &target,
    const std::optional<SecretValues> &secrets);

/// A backup taken apart, checked and brought up to date, ready to be moved into place.
struct UnpackedBackup
{
    QString databaseFile;
    QString bodiesDirectory;
    std::optional<SecretValues> secrets;
    BackupReport report;
};

/// Checks `backup` (Corrupt, Unsupported when newer, InvalidArgument when it is something else) and
/// unpacks it below `folder`, which is created. Blocking.
[[nodiscard]] Result<UnpackedBackup> unpackBackup(const QString &backup, const QString &folder);

} // namespace earshot::storage
