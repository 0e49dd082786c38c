// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/statement.h"

#include <utility>

#include <sqlite3.h>

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

} // namespace earshot::storage
