// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/storage/statement.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariant>

class QSqlError;
struct sqlite3;

namespace earshot::storage {

/// One QSQLITE connection of QtSql under a name of its own, opened, used and closed on one thread.
/// Its queries and statements are destroyed before it.
class Connection final
{
public:
    enum class Access { ReadWrite, ReadOnly };

    /// Unavailable without Qt's SQLite driver, Unsupported when that does not share our libsqlite3.
    [[nodiscard]] static Result<Connection> open(
        const QString &file, Access access, int busyTimeoutMs);
    Connection() = default;
    ~Connection();
    Connection(Connection &&other) noexcept;
    Connection &operator=(Connection &&other) noexcept;
    Q_DISABLE_COPY(Connection)

    [[nodiscard]] bool isOpen() const noexcept { return m_handle != nullptr; }
    void close() noexcept;

    /// Runs one statement; see isActive(), next() and lastError() of the query. Empty texts and
    /// blobs are never NULL, only QVariant() is.
    [[nodiscard]] QSqlQuery run(const QByteArray &sql, const QVariantList &values = {});
    /// A statement without rows: SQLITE_OK or an error code.
    [[nodiscard]] int change(const QByteArray &sql, const QVariantList &values = {});
    [[nodiscard]] Result<void> execute(const QByteArray &sql, const QVariantList &values = {});
    /// One after the other, up to the first that fails.
    [[nodiscard]] Result<void> executeAll(const QByteArrayList &statements);
    /// First column of the first row; NotFound without one.
    [[nodiscard]] Result<qint64> integer(const QByteArray &sql);
    [[nodiscard]] Result<QString> text(const QByteArray &sql);
    /// For what runs once per run; see Statement.
    [[nodiscard]] Result<Statement> prepare(const QByteArray &sql);

    [[nodiscard]] bool inTransaction() const noexcept;
    /// What the last failed call of this connection says, in words.
    [[nodiscard]] Error error(int code, const QString &what) const;
    [[nodiscard]] Error error(const QSqlError &failure, const QString &what) const;
    [[nodiscard]] sqlite3 *handle() const noexcept { return m_handle; }

private:
    [[nodiscard]] Result<QVariant> value(const QByteArray &sql);
    [[nodiscard]] Error describe(int code, const QString &what, const QString &said) const;
    [[nodiscard]] bool isOnItsThread() const;

    QSqlDatabase m_database;
    sqlite3 *m_handle = nullptr; ///< owned by m_database
    QString m_file;
};

/// Unsupported unless the driver's sqlite_source_id() is that of the library we link: Statement and
/// the driver share connections.
[[nodiscard]] Result<void> checkSameSqlite(const QString &sourceOfDriver);

/// True for failures of the medium (full, read-only, I/O, locked): the same write may succeed
/// later.
[[nodiscard]] bool isTransient(int code) noexcept;

} // namespace earshot::storage
