// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/sessionlog.h"

#include "model/storage/journal.h"

#include <sqlite3.h>

namespace earshot::storage {

Result<void> SessionLog::load(Connection &connection)
{
    const auto highest = connection.integer("SELECT coalesce(max(id), 0) FROM session");
    if (!highest) {
        return highest.error();
    }
    m_nextId = *highest + 1;
    return {};
}

qint64 SessionLog::opened(qint64 triggerId, qint64 atUs)
{
    const qint64 id = m_nextId++;
    m_journal->write(
        WriteOp{[id, triggerId, atUs](Connection &connection) {
                    auto insert = connection.prepare(
                        "INSERT INTO session (id, trigger_id, opened_us) VALUES (?,?,?)");
                    if (!insert) {
                        return SQLITE_ERROR;
                    }
                    insert->bind(1, id);
                    insert->bind(2, triggerId);
                    insert->bind(3, atUs);
                    return insert->run();
                },
            {}});
    return id;
}

void SessionLog::closed(qint64 sessionId, qint64 atUs, int closeCode, const QString &reason)
{
    m_journal->write(WriteOp{
        [sessionId, atUs, closeCode, reason = reason.toUtf8()](Connection &connection) {
            auto update = connection.prepare(
                "UPDATE session SET closed_us = ?, close_code = ?, reason = ? WHERE id = ?");
            if (!update) {
                return SQLITE_ERROR;
            }
            update->bind(1, atUs);
            update->bind(2, qint64(closeCode));
            update->bindText(3, reason);
            update->bind(4, sessionId);
            return update->run();
        },
        {}});
}

} // namespace earshot::storage
