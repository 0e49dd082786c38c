// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/storage/runjournal.h"

namespace earshot::storage {

/// A journal that keeps nothing, for triggers without a database (`earshot listen`). Commits are
/// reported from the event loop, one for all calls of a turn, so callers see the order they see
/// with the durable one. Event-loop thread.
class InMemoryJournal final : public RunJournal
{
    Q_OBJECT
public:
    using RunJournal::RunJournal;

    [[nodiscard]] RunId takeId() override { return m_nextId++; }
    Ticket append(NewRun run) override;
    Ticket markDispatched(qint64 triggerId, RunId id) override;
    Ticket markQueued(qint64 triggerId, RunId id) override;
    Ticket finish(FinishedRun run) override;
    Ticket appendFinished(NewRun run, FinishedRun finished) override;
    [[nodiscard]] qsizetype pendingCount() const override
    {
        return static_cast<qsizetype>(m_ticket - m_committed);
    }

private:
    Ticket next();

    RunId m_nextId = 1;
    Ticket m_ticket = 0;
    Ticket m_committed = 0;
    bool m_isScheduled = false;
};

} // namespace earshot::storage
