// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

struct sqlite3;
struct sqlite3_stmt;

namespace earshot::storage {

/// A prepared statement, kept for the life of its connection. Bound bytes are not copied: they must
/// live until the next reset(). Thread of the connection only.
class Statement final
{
public:
    Statement() = default;
    explicit Statement(sqlite3_stmt *handle) noexcept;
    ~Statement();
    Statement(Statement &&other) noexcept;
    Statement &operator=(Statement &&other) noexcept;
    Q_DISABLE_COPY(Statement)

    [[nodiscard]] bool isValid() const noexcept { return m_handle != nullptr; }
    void bind(int index, qint64 value) noexcept;
    void bindNull(int index) noexcept;
    void bindBlob(int index, QByteArrayView bytes) noexcept;
    /// UTF-8.
    void bindText(int index, QByteArrayView text) noexcept;

    /// SQLITE_ROW, SQLITE_DONE or an error code.
    [[nodiscard]] int step() noexcept;
    void reset() noexcept;
    /// step() and reset() of a statement without rows: SQLITE_OK or an error code.
    [[nodiscard]] int run() noexcept;

    [[nodiscard]] qint64 integer(int column) const noexcept;
    [[nodiscard]] bool isNull(int column) const noexcept;
    [[nodiscard]] QByteArray bytes(int column) const;
    [[nodiscard]] QString text(int column) const;

private:
    sqlite3_stmt *m_handle = nullptr;
};

/// One SQLite connection, used on one thread. SQLite's own interface instead of QSqlQuery: the same
/// inserts cost a fifth of the processor time (docs/performance.md), and the journal is on the path
/// of every message.
class Connection final
{
public:
    enum class Access { ReadWrite, ReadOnly };

    [[nodiscard]] static Result<Connection> open(
        const QString &file, Access access, int busyTimeoutMs);
    Connection() = default;
    ~Connection();
    Connection(Connection &&other) noexcept;
    Connection &operator=(Connection &&other) noexcept;
    Q_DISABLE_COPY(Connection)

    [[nodiscard]] bool isOpen() const noexcept { return m_handle != nullptr; }
    void close() noexcept;

    /// Runs statements without rows.
    [[nodiscard]] int exec(const char *sql) noexcept;
    [[nodiscard]] Result<void> execute(const QByteArray &sql);
    [[nodiscard]] Result<Statement> prepare(const QByteArray &sql);
    /// First column of the first row; NotFound without one.
    [[nodiscard]] Result<qint64> integer(const QByteArray &sql);
    [[nodiscard]] Result<QString> text(const QByteArray &sql);

    [[nodiscard]] bool inTransaction() const noexcept;
    [[nodiscard]] qint64 changes() const noexcept;
    /// What the last failed call of this connection says, in words.
    [[nodiscard]] Error error(int code, const QString &what) const;
    [[nodiscard]] sqlite3 *handle() const noexcept { return m_handle; }

private:
    sqlite3 *m_handle = nullptr;
    QString m_file;
};

/// True for failures of the medium (full, read-only, I/O, locked): the same write may succeed
/// later.
[[nodiscard]] bool isTransient(int code) noexcept;

} // namespace earshot::storage
