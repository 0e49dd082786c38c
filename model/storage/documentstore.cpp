// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/documentstore.h"

#include "model/storage/journal.h"

#include <utility>

#include <sqlite3.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

Result<void> DocumentStore::load(Connection &connection)
{
    auto rows = connection.prepare("SELECT path, value FROM document WHERE kind = ?");
    if (!rows) {
        return std::move(rows).error();
    }
    rows->bind(1, static_cast<qint64>(m_kind));
    m_values.clear();
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        m_values.insert(rows->text(0), rows->bytes(1));
    }
    if (code != SQLITE_DONE) {
        return connection.error(code, u"cannot read variables and settings"_s);
    }
    return {};
}

std::optional<QByteArray> DocumentStore::value(const QString &path) const
{
    const auto found = m_values.constFind(path);
    return found == m_values.cend() ? std::nullopt : std::optional(*found);
}

void DocumentStore::set(const QString &path, const QByteArray &json, Done done)
{
    if (json.size() > kMaxValueBytes) {
        if (done) {
            done(Error{ErrorCode::LimitExceeded,
                u"the value of %1 is larger than 16 MiB"_s.arg(path), {}});
        }
        return;
    }
    m_values.insert(path, json);
    m_journal->write(
        WriteOp{[kind = m_kind, path = path.toUtf8(), json](Connection &connection) {
                    auto statement = connection.prepare(
                        "INSERT OR REPLACE INTO document (kind, path, value) VALUES (?,?,?)");
                    if (!statement) {
                        return SQLITE_ERROR;
                    }
                    statement->bind(1, static_cast<qint64>(kind));
                    statement->bindText(2, path);
                    statement->bindBlob(3, json);
                    return statement->run();
                },
            std::move(done)});
}

void DocumentStore::remove(const QString &path, Done done)
{
    if (m_values.remove(path) == 0) {
        if (done) {
            done(Error{ErrorCode::NotFound, u"there is no %1"_s.arg(path), {}});
        }
        return;
    }
    m_journal->write(WriteOp{[kind = m_kind, path = path.toUtf8()](Connection &connection) {
                                 auto statement = connection.prepare(
                                     "DELETE FROM document WHERE kind = ? AND path = ?");
                                 if (!statement) {
                                     return SQLITE_ERROR;
                                 }
                                 statement->bind(1, static_cast<qint64>(kind));
                                 statement->bindText(2, path);
                                 return statement->run();
                             },
        std::move(done)});
}

} // namespace earshot::storage
