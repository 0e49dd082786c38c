// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/migrations.h"

#include "model/storage/storagelog.h"

#include <QDir>
#include <QFile>
#include <QSqlError>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

/// Steps stand between lines `-- step`; what comes before the first is a comment.
QList<QByteArray> stepsOf(const QByteArray &text)
{
    QList<QByteArray> steps;
    bool isStep = false;
    const auto lines = text.split('\n');
    for (const QByteArray &line : lines) {
        if (line.trimmed() == "-- step") {
            steps.append(QByteArray());
            isStep = true;
        } else if (isStep) {
            steps.last() += line + '\n';
        }
    }
    return steps;
}

Result<void> backUp(Connection &connection, const QString &file, qint64 version)
{
    const QString copy = u"%1.v%2.backup"_s.arg(file).arg(version);
    if (QFile::exists(copy)) {
        return {};
    }
    const QString unfinished = copy + u".part"_s;
    QFile::remove(unfinished);
    const QSqlQuery vacuum = connection.run("VACUUM INTO ?", {unfinished});
    if (!vacuum.isActive()) {
        return connection.error(vacuum.lastError(), u"cannot back up before an upgrade:"_s);
    }
    if (!QFile::rename(unfinished, copy)) {
        return Error{ErrorCode::Io, u"cannot write the backup %1"_s.arg(copy), {}};
    }
    return {};
}

Result<void> runMigration(Connection &connection, const Migration &migration)
{
    auto outcome = connection.execute("BEGIN IMMEDIATE");
    for (const QByteArray &step : migration.steps) {
        if (!outcome) {
            break;
        }
        outcome = connection.execute(step);
    }
    if (outcome) {
        outcome
            = connection.execute("PRAGMA user_version = " + QByteArray::number(migration.version));
    }
    if (outcome) {
        outcome = connection.execute("COMMIT");
    }
    if (!outcome) {
        if (connection.inTransaction()) {
            (void)connection.change("ROLLBACK");
        }
        Error error = outcome.error();
        error.message
            = u"upgrading the database (%1) failed: %2"_s.arg(migration.name, error.message);
        return error;
    }
    return {};
}

} // namespace

QString defaultMigrations()
{
    return u":/earshot/sql"_s;
}

Result<QList<Migration>> loadMigrations(const QString &directory)
{
    QList<Migration> migrations;
    const auto names = QDir(directory).entryList({u"*.sql"_s}, QDir::Files, QDir::Name);
    for (const QString &name : names) {
        QFile file(directory + u'/' + name);
        if (!file.open(QIODevice::ReadOnly)) {
            return Error{ErrorCode::Internal, u"cannot read the migration %1"_s.arg(name), {}};
        }
        migrations.append(
            Migration{name.left(3).toInt(), name.chopped(4), stepsOf(file.readAll())});
        if (migrations.last().version != migrations.size()) {
            return Error{ErrorCode::Internal, u"migration %1 is out of order"_s.arg(name), {}};
        }
    }
    if (migrations.isEmpty()) {
        return Error{ErrorCode::Internal, u"no migrations in %1"_s.arg(directory), {}};
    }
    return migrations;
}

Result<void> migrate(
    Connection &connection, const QString &file, const QList<Migration> &migrations)
{
    const auto version = connection.integer("PRAGMA user_version");
    if (!version) {
        return version.error();
    }
    const qint64 newest = migrations.last().version;
    if (*version > newest) {
        return Error{ErrorCode::Unsupported,
            u"the database %1 was written by a newer Earshot (its format is %2, this version knows "
            "up to %3)"_s.arg(file)
                .arg(*version)
                .arg(newest),
            u"Install that version again, or point --data-dir to another folder."_s};
    }
    if (*version == newest) {
        return {};
    }
    if (*version > 0) {
        if (auto done = backUp(connection, file, *version); !done) {
            return done;
        }
    }
    for (const Migration &migration : migrations) {
        if (migration.version > *version) {
            if (auto done = runMigration(connection, migration); !done) {
                return done;
            }
            qCDebug(lcStorage) << "database is now at" << migration.name;
        }
    }
    return {};
}

} // namespace earshot::storage
