// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/sessionlog.h"

#include "model/storage/journal.h"

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
                    return connection.change(
                        "INSERT INTO session (id, trigger_id, opened_us) VALUES (?,?,?)",
                        {id, triggerId, atUs});
                },
            {}});
    return id;
}

void SessionLog::closed(qint64 sessionId, qint64 atUs, int closeCode, const QString &reason)
{
    m_journal->write(
        WriteOp{[sessionId, atUs, closeCode, reason](Connection &connection) {
                    return connection.change(
                        "UPDATE session SET closed_us = ?, close_code = ?, reason = ? WHERE id = ?",
                        {atUs, closeCode, reason, sessionId});
                },
            {}});
}

} // namespace earshot::storage
