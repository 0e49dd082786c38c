// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/documentstore.h"

#include "model/storage/journal.h"

#include <QSqlError>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::storage {

Result<void> DocumentStore::load(Connection &connection)
{
    QSqlQuery rows = connection.run(
        "SELECT path, value FROM document WHERE kind = ?", {static_cast<qint64>(m_kind)});
    m_values.clear();
    while (rows.next()) {
        m_values.insert(rows.value(0).toString(), rows.value(1).toByteArray());
    }
    if (rows.lastError().isValid()) {
        return connection.error(rows.lastError(), u"cannot read variables and settings"_s);
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
        WriteOp{[kind = m_kind, path, json](Connection &connection) {
                    return connection.change(
                        "INSERT OR REPLACE INTO document (kind, path, value) VALUES (?,?,?)",
                        {static_cast<qint64>(kind), path, json});
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
    m_journal->write(WriteOp{[kind = m_kind, path](Connection &connection) {
                                 return connection.change(
                                     "DELETE FROM document WHERE kind = ? AND path = ?",
                                     {static_cast<qint64>(kind), path});
                             },
        std::move(done)});
}

} // namespace earshot::storage
