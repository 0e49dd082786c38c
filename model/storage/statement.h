// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

struct sqlite3_stmt;

namespace earshot::storage {

/// A prepared statement on the native handle of a Connection, for what is done once per run: the
/// journal, its upkeep and the search through history. There the same insert costs 2.5 us instead
/// of 14.5 us through QSqlQuery (docs/performance.md); everything else goes through QSqlQuery.
/// Bound bytes are not copied: they must live until the next reset(). Destroyed before its
/// connection; thread of the connection only.
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

} // namespace earshot::storage
