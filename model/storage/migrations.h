// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/storage/sqlite.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace earshot::storage {

/// The steps from one version of the database to the next: resources/sql/NNN_name.sql.
struct Migration
{
    int version = 0; ///< NNN; what `user_version` is afterwards
    QString name;
    QList<QByteArray> steps;
};

[[nodiscard]] QString defaultMigrations();
/// All migrations in order; Internal when they are not numbered 1, 2, 3, …
[[nodiscard]] Result<QList<Migration>> loadMigrations(
    const QString &directory = defaultMigrations());

/// Brings the database up to date, each migration in one transaction. A database that has something
/// in it is copied first to `<file>.v<version>.backup` (an existing copy is kept). Unsupported when
/// the database is of a newer Earshot.
[[nodiscard]] Result<void> migrate(
    Connection &connection, const QString &file, const QList<Migration> &migrations);

} // namespace earshot::storage
