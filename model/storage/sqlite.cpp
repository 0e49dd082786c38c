// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/sqlite.h"

#include <utility>

#include <sqlite3.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

Statement::Statement(sqlite3_stmt *handle) noexcept
    : m_handle(handle)
{ }

Statement::~Statement()
{
    sqlite3_finalize(m_handle);
}

Statement::Statement(Statement &&other) noexcept
    : m_handle(std::exchange(other.m_handle, nullptr))
{ }

Statement &Statement::operator=(Statement &&other) noexcept
{
    if (this != &other) {
        sqlite3_finalize(m_handle);
        m_handle = std::exchange(other.m_handle, nullptr);
    }
    return *this;
}

void Statement::bind(int index, qint64 value) noexcept
{
    sqlite3_bind_int64(m_handle, index, value);
}

void Statement::bindNull(int index) noexcept
{
    sqlite3_bind_null(m_handle, index);
}

void Statement::bindBlob(int index, QByteArrayView bytes) noexcept
{
    // A null pointer would bind NULL instead of an empty blob.
    sqlite3_bind_blob64(m_handle, index, bytes.isEmpty() ? "" : bytes.data(),
        static_cast<sqlite3_uint64>(bytes.size()), nullptr);
}

void Statement::bindText(int index, QByteArrayView text) noexcept
{
    sqlite3_bind_text64(m_handle, index, text.isEmpty() ? "" : text.data(),
        static_cast<sqlite3_uint64>(text.size()), nullptr, SQLITE_UTF8);
}

int Statement::step() noexcept
{
    return sqlite3_step(m_handle);
}

void Statement::reset() noexcept
{
    sqlite3_reset(m_handle);
}

int Statement::run() noexcept
{
    const int code = sqlite3_step(m_handle);
    const int again = sqlite3_reset(m_handle);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : again;
}

qint64 Statement::integer(int column) const noexcept
{
    return sqlite3_column_int64(m_handle, column);
}

bool Statement::isNull(int column) const noexcept
{
    return sqlite3_column_type(m_handle, column) == SQLITE_NULL;
}

QByteArray Statement::bytes(int column) const
{
    const auto *data = static_cast<const char *>(sqlite3_column_blob(m_handle, column));
    return {data, sqlite3_column_bytes(m_handle, column)};
}

QString Statement::text(int column) const
{
    return QString::fromUtf8(bytes(column));
}

Result<Connection> Connection::open(const QString &file, Access access, int busyTimeoutMs)
{
    Connection connection;
    connection.m_file = file;
    // Every connection stays on one thread, so SQLite needs no locks of its own.
    const int flags = (access == Access::ReadOnly ? SQLITE_OPEN_READONLY
                                                  : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
        | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code
        = sqlite3_open_v2(file.toUtf8().constData(), &connection.m_handle, flags, nullptr);
    if (code != SQLITE_OK) {
        return connection.error(code, u"cannot open the database"_s);
    }
    sqlite3_busy_timeout(connection.m_handle, busyTimeoutMs);
    return connection;
}

Connection::~Connection()
{
    close();
}

Connection::Connection(Connection &&other) noexcept
    : m_handle(std::exchange(other.m_handle, nullptr))
    , m_file(std::move(other.m_file))
{ }

Connection &Connection::operator=(Connection &&other) noexcept
{
    if (this != &other) {
        close();
        m_handle = std::exchange(other.m_handle, nullptr);
        m_file = std::move(other.m_file);
    }
    return *this;
}

void Connection::close() noexcept
{
    // close_v2 waits for statements that outlive their connection instead of leaking it.
    sqlite3_close_v2(std::exchange(m_handle, nullptr));
}

int Connection::exec(const char *sql) noexcept
{
    return sqlite3_exec(m_handle, sql, nullptr, nullptr, nullptr);
}

Result<void> Connection::execute(const QByteArray &sql)
{
    const int code = exec(sql.constData());
    if (code != SQLITE_OK) {
        return error(code, u"cannot change the database"_s);
    }
    return {};
}

Result<Statement> Connection::prepare(const QByteArray &sql)
{
    sqlite3_stmt *handle = nullptr;
    const int code = sqlite3_prepare_v3(m_handle, sql.constData(), static_cast<int>(sql.size()),
        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) {
        return error(code, u"cannot prepare a statement"_s);
    }
    return Statement(handle);
}

Result<qint64> Connection::integer(const QByteArray &sql)
{
    auto statement = prepare(sql);
    if (!statement) {
        return std::move(statement).error();
    }
    const int code = statement->step();
    if (code == SQLITE_ROW) {
        return statement->integer(0);
    }
    if (code == SQLITE_DONE) {
        return Error{ErrorCode::NotFound, u"no such row"_s, {}};
    }
    return error(code, u"cannot read the database"_s);
}

Result<QString> Connection::text(const QByteArray &sql)
{
    auto statement = prepare(sql);
    if (!statement) {
        return std::move(statement).error();
    }
    const int code = statement->step();
    if (code == SQLITE_ROW) {
        return statement->text(0);
    }
    if (code == SQLITE_DONE) {
        return Error{ErrorCode::NotFound, u"no such row"_s, {}};
    }
    return error(code, u"cannot read the database"_s);
}

bool Connection::inTransaction() const noexcept
{
    return sqlite3_get_autocommit(m_handle) == 0;
}

qint64 Connection::changes() const noexcept
{
    return sqlite3_changes64(m_handle);
}

Error Connection::error(int code, const QString &what) const
{
    Error error;
    const int primary = code & 0xff;
    QString hint;
    switch (primary) {
    case SQLITE_FULL:
        error.code = ErrorCode::LimitExceeded;
        hint = u"the disk is full"_s;
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        error.code = ErrorCode::Corrupt;
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        error.code = ErrorCode::Unavailable;
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        error.code = ErrorCode::PermissionDenied;
        break;
    case SQLITE_CONSTRAINT:
        error.code = ErrorCode::Conflict;
        break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        error.code = ErrorCode::Io;
        break;
    default:
        error.code = ErrorCode::Internal;
    }
    const QString said = m_handle != nullptr ? QString::fromUtf8(sqlite3_errmsg(m_handle))
                                             : QString::fromUtf8(sqlite3_errstr(code));
    error.message = u"%1 %2: %3"_s.arg(what, m_file, hint.isEmpty() ? said : hint);
    error.detail = u"SQLite %1: %2"_s.arg(code).arg(said);
    return error;
}

bool isTransient(int code) noexcept
{
    switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_CORRUPT: // retried without end: the journal stays stalled and says why
    case SQLITE_NOTADB:
        return true;
    default:
        return false;
    }
}

} // namespace earshot::storage
