// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/backup.h"

#include "model/storage/bodylog.h"
#include "model/storage/migrations.h"
#include "model/storage/sqlite.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSqlError>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

constexpr qint64 kChunkBytes = 1024 * 1024;
constexpr int kBusyTimeoutMs = 10'000;
/// What 001_initial.sql sets: "Ears".
constexpr qint64 kApplicationId = 0x45617273;

Error fileFailure(const QString &what, const QFile &file)
{
    return Error{ErrorCode::Io, u"%1 %2: %3"_s.arg(what, file.fileName(), file.errorString()), {}};
}

Result<void> vacuumInto(Connection &connection, const QString &target)
{
    const QSqlQuery vacuum = connection.run("VACUUM INTO ?", {target});
    if (!vacuum.isActive()) {
        return connection.error(vacuum.lastError(), u"cannot copy the database"_s);
    }
    return {};
}

bool isZero(const QByteArray &bytes)
{
    return bytes.count('\0') == bytes.size();
}

/// Holes, left by deleted runs, are skipped.
Result<void> packBodies(Connection &backup, const QString &directory)
{
    const auto names = QDir(directory).entryList({u"*.seg"_s}, QDir::Files);
    for (const QString &name : names) {
        QFile segment(directory + u'/' + name);
        if (!segment.open(QIODevice::ReadOnly)) {
            return fileFailure(u"cannot read"_s, segment);
        }
        qint64 offset = 0;
        while (true) {
            const QByteArray chunk = segment.read(kChunkBytes);
            if (chunk.isEmpty()) {
                break;
            }
            if (!isZero(chunk)) {
                const qint64 number = QStringView(name).chopped(4).toLongLong();
                if (auto done = backup.execute(
                        "INSERT INTO body_chunk VALUES (?,?,?)", {number, offset, chunk});
                    !done) {
                    return done;
                }
            }
            offset += chunk.size();
        }
        if (segment.error() != QFile::NoError) {
            return fileFailure(u"cannot read"_s, segment);
        }
    }
    return {};
}

Result<void> packSecrets(Connection &backup, const SecretValues &secrets)
{
    if (auto done
        = backup.execute("CREATE TABLE secret (path TEXT PRIMARY KEY, value TEXT NOT NULL)");
        !done) {
        return done;
    }
    for (auto it = secrets.cbegin(); it != secrets.cend(); ++it) {
        if (auto done = backup.execute("INSERT INTO secret VALUES (?,?)", {it.key(), it.value()});
            !done) {
            return done;
        }
    }
    return {};
}

Result<BackupReport> describe(Connection &connection)
{
    BackupReport report;
    const auto triggers = connection.integer("SELECT count(*) FROM \"trigger\" WHERE deleted = 0");
    const auto runs = connection.integer("SELECT count(*) FROM run");
    if (!triggers || !runs) {
        return !triggers ? triggers.error() : runs.error();
    }
    report.triggers = *triggers;
    report.runs = *runs;
    return report;
}

Result<BackupReport> pack(
    const QString &part, const QString &bodiesDirectory, const std::optional<SecretValues> &secrets)
{
    auto backup = Connection::open(part, Connection::Access::ReadWrite, kBusyTimeoutMs);
    if (!backup) {
        return std::move(backup).error();
    }
    auto done = backup->executeAll({"PRAGMA journal_mode = DELETE", "BEGIN",
        "CREATE TABLE body_chunk (segment INTEGER NOT NULL, offset INTEGER NOT NULL, data BLOB NOT "
        "NULL)"});
    if (done) {
        done = packBodies(*backup, bodiesDirectory);
    }
    if (done && secrets) {
        done = packSecrets(*backup, *secrets);
    }
    if (done) {
        done = backup->execute("COMMIT");
    }
    if (!done) {
        return done.error();
    }
    auto report = describe(*backup);
    if (report) {
        report->hasSecrets = secrets.has_value();
    }
    return report;
}

Result<void> check(Connection &backup, const QString &file)
{
    const auto application = backup.integer("PRAGMA application_id");
    if (!application || *application != kApplicationId) {
        return Error{ErrorCode::InvalidArgument, u"%1 is not a backup of Earshot"_s.arg(file), {}};
    }
    const auto verdict = backup.text("PRAGMA integrity_check(1)");
    if (!verdict || *verdict != u"ok"_s) {
        return Error{ErrorCode::Corrupt, u"the backup %1 is damaged"_s.arg(file),
            verdict ? *verdict : verdict.error().message};
    }
    return {};
}

Result<void> unpackBodies(Connection &backup, const QString &directory)
{
    if (!QDir().mkpath(directory)) {
        return Error{ErrorCode::Io, u"cannot create %1"_s.arg(directory), {}};
    }
    QSqlQuery rows
        = backup.run("SELECT segment, offset, data FROM body_chunk ORDER BY segment, offset");
    QFile segment;
    while (rows.next()) {
        const qint64 number = rows.value(0).toLongLong();
        const qint64 offset = rows.value(1).toLongLong();
        const QByteArray data = rows.value(2).toByteArray();
        if (number <= 0 || offset < 0) {
            return Error{ErrorCode::Corrupt, u"the backup holds an impossible body"_s, {}};
        }
        const QString name = segmentFile(directory, number);
        if (segment.fileName() != name) {
            segment.close();
            segment.setFileName(name);
            if (!segment.open(QIODevice::ReadWrite)
                || !segment.setPermissions(QFile::ReadOwner | QFile::WriteOwner)) {
                return fileFailure(u"cannot write"_s, segment);
            }
        }
        if (!segment.seek(offset) || segment.write(data) != data.size() || !segment.flush()) {
            return fileFailure(u"cannot write"_s, segment);
        }
    }
    if (rows.lastError().isValid()) {
        return backup.error(rows.lastError(), u"cannot read"_s);
    }
    return {};
}

Result<std::optional<SecretValues>> unpackSecrets(Connection &backup)
{
    const auto has = backup.integer("SELECT count(*) FROM sqlite_master WHERE name = 'secret'");
    if (!has) {
        return has.error();
    }
    std::optional<SecretValues> secrets;
    if (*has > 0) {
        QSqlQuery rows = backup.run("SELECT path, value FROM secret");
        secrets.emplace();
        while (rows.next()) {
            secrets->insert(rows.value(0).toString(), rows.value(1).toString());
        }
        if (rows.lastError().isValid()) {
            return backup.error(rows.lastError(), u"cannot read"_s);
        }
    }
    return secrets;
}

} // namespace

Result<BackupReport> writeBackup(const QString &databaseFile, const QString &bodiesDirectory,
    const QString &target, const std::optional<SecretValues> &secrets)
{
    const QString part = target + u".part"_s;
    QFile::remove(part);
    // Nobody else may read what is being written, not even for a moment.
    QFile file(part);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly)
        || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)) {
        return fileFailure(u"cannot write the backup"_s, file);
    }
    file.close();
    auto source = Connection::open(databaseFile, Connection::Access::ReadOnly, kBusyTimeoutMs);
    if (!source) {
        return std::move(source).error();
    }
    if (auto copied = vacuumInto(*source, part); !copied) {
        QFile::remove(part);
        return copied.error();
    }
    source->close();
    auto report = pack(part, bodiesDirectory, secrets);
    if (!report) {
        QFile::remove(part);
        return report;
    }
    QFile::remove(target);
    if (!QFile::rename(part, target)) {
        return Error{ErrorCode::Io, u"cannot write the backup %1"_s.arg(target), {}};
    }
    report->file = target;
    report->bytes = QFileInfo(target).size();
    return report;
}

Result<UnpackedBackup> unpackBackup(const QString &backup, const QString &folder)
{
    if (!QFile::exists(backup)) {
        return Error{ErrorCode::NotFound, u"there is no file %1"_s.arg(backup), {}};
    }
    QDir(folder).removeRecursively();
    if (!QDir().mkpath(folder)) {
        return Error{ErrorCode::Io, u"cannot create %1"_s.arg(folder), {}};
    }
    // A copy: checking and unpacking must leave the backup as it is.
    const QString copy = folder + u"/backup.db"_s;
    if (!QFile::copy(backup, copy)
        || !QFile::setPermissions(copy, QFile::ReadOwner | QFile::WriteOwner)) {
        return Error{ErrorCode::Io, u"cannot read the backup %1"_s.arg(backup), {}};
    }
    auto source = Connection::open(copy, Connection::Access::ReadWrite, kBusyTimeoutMs);
    if (!source) {
        return std::move(source).error();
    }
    UnpackedBackup unpacked;
    unpacked.databaseFile = folder + u"/earshot.db"_s;
    unpacked.bodiesDirectory = folder + u"/bodies"_s;
    auto done = check(*source, backup);
    const auto migrations = loadMigrations();
    if (done && !migrations) {
        done = migrations.error();
    }
    if (done) {
        done = migrate(*source, copy, *migrations);
    }
    if (done) {
        done = unpackBodies(*source, unpacked.bodiesDirectory);
    }
    if (!done) {
        return done.error();
    }
    auto secrets = unpackSecrets(*source);
    if (!secrets) {
        return secrets.error();
    }
    unpacked.secrets = std::move(*secrets);
    // The copy without these tables has no trace of the secrets in free pages either.
    done = source->executeAll({"DROP TABLE body_chunk", "DROP TABLE IF EXISTS secret"});
    if (done) {
        done = vacuumInto(*source, unpacked.databaseFile);
    }
    if (!done) {
        return done.error();
    }
    auto report = describe(*source);
    if (!report) {
        return report.error();
    }
    unpacked.report = std::move(*report);
    unpacked.report.file = backup;
    unpacked.report.hasSecrets = unpacked.secrets.has_value();
    source->close();
    QFile::remove(copy);
    return unpacked;
}

} // namespace earshot::storage
