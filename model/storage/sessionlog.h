// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/storage/sqlite.h"

#include <QString>

namespace earshot::storage {

class Journal;

/// When each trigger was connected and why it no longer is. Event-loop thread.
class SessionLog final
{
public:
    SessionLog() = default;
    Q_DISABLE_COPY_MOVE(SessionLog)

    [[nodiscard]] Result<void> load(Connection &connection);
    void attach(Journal *journal) { m_journal = journal; }

    /// Returns the session's id. Times are microseconds since 1970 UTC.
    qint64 opened(qint64 triggerId, qint64 atUs);
    /// `reason`: for people, without secrets.
    void closed(qint64 sessionId, qint64 atUs, int closeCode, const QString &reason);

private:
    Journal *m_journal = nullptr;
    qint64 m_nextId = 1;
};

} // namespace earshot::storage
