// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/storage/journalwriter.h"
#include "model/storage/runjournal.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace earshot::storage {

/// The durable RunJournal: hands batches to the writer thread, which it owns, and reports commits.
/// Also the way of every other change to the database, so that all changes have one order.
/// Owned by Storage; event-loop thread.
class Journal final : public RunJournal
{
    Q_OBJECT
public:
    enum class Pace { Idle, Busy };
    struct Hooks
    {
        /// Writer thread: the write-ahead log is worth folding into the database.
        std::function<void()> checkpointDue;
        /// Writer thread: a step of upkeep; false = nothing left to do. Idle: nothing waits. Busy:
        /// `operations` were written since the last call, and only what is urgent should be done.
        std::function<bool(JournalWriter &, Pace, qint64 operations)> upkeep;
        /// Writer thread: everything is written, and the database is about to be closed.
        std::function<void()> closing;
    };
    /// What the writer thread starts with. Its connection is opened, used and closed there.
    struct Opened
    {
        std::unique_ptr<JournalWriter> writer;
        RunId nextId = 1;
    };

    explicit Journal(Hooks hooks);
    ~Journal() override;
    Q_DISABLE_COPY_MOVE(Journal)

    /// Only while stopped. Waits for `open`, which runs on the writer thread; ids go on from its
    /// `nextId` or from where they are, whichever is higher.
    [[nodiscard]] Result<void> start(const std::function<Result<Opened>()> &open);
    /// Writes what is pending; gives up, and logs it, if the disk does not take it. Waits for the
    /// writer thread, which closes the database.
    void stop();

    [[nodiscard]] RunId takeId() override { return m_nextId++; }
    Ticket append(NewRun run) override;
    Ticket markDispatched(qint64 triggerId, RunId id) override;
    Ticket markQueued(qint64 triggerId, RunId id) override;
    Ticket finish(FinishedRun run) override;
    Ticket appendFinished(NewRun run, FinishedRun finished) override;
    [[nodiscard]] qsizetype pendingCount() const override;

    /// Any other change; `done` is called on the event-loop thread after the commit.
    Ticket write(WriteOp op);
    /// Runs `look` on the writer thread between two batches, or between two tries while stalled.
    void inspect(std::function<void(JournalWriter &)> look);
    [[nodiscard]] bool isStalled() const noexcept { return m_isStalled; }

private:
    Ticket push(WriterOp op);
    void wake(size_t waiting);
    void wakeNow();
    // Writer thread.
    void own(Opened opened);
    void run();
    void commit(quint64 through);
    [[nodiscard]] bool waitToRetry(int milliseconds);
    [[nodiscard]] bool idle();
    void publish(quint64 through);
    void reportStalled(const Error &error);
    void reportResumed();
    void considerCheckpoint(int minimumPages);

    std::unique_ptr<JournalWriter> m_writer; ///< writer thread
    Hooks m_hooks;
    RunId m_nextId = 1;
    quint64 m_committed = 0;
    bool m_isStalled = false;
    bool m_isWakeScheduled = false;
    quint64 m_ticket = 0; ///< written by the event loop under m_mutex
    int m_walPages = 0; ///< writer thread
    int m_pagesAtRequest = 0; ///< writer thread
    qint64 m_operationsSinceUpkeep = 0; ///< writer thread

    std::mutex m_mutex; ///< guards m_ticket, m_pending, m_looks, m_sleeping and m_stopping
    std::condition_variable m_wake;
    std::vector<WriterOp> m_pending;
    std::vector<std::function<void(JournalWriter &)>> m_looks;
    bool m_sleeping = false;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace earshot::storage
