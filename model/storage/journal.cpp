// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/journal.h"

#include "model/storage/storagelog.h"

#include <QMetaObject>

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include <pthread.h>
#include <sqlite3.h>

namespace earshot::storage {

namespace {

constexpr int kFirstRetryMs = 50;
constexpr int kLastRetryMs = 2000;
/// 16 MiB of 4 KiB pages: the log is folded in even if it is never quiet. A start after a crash
/// reads all of the log.
constexpr int kBusyCheckpointPages = 4096;
/// The log starts over only when a checkpoint catches up with the writer; if none does, the writer
/// waits for one itself.
constexpr int kForcedCheckpointPages = 4 * kBusyCheckpointPages;
constexpr std::chrono::milliseconds kIdle(1000);
/// So much is a batch already; the writer need not wait for the end of the turn.
constexpr size_t kWakeAtOnce = 256;
constexpr qint64 kBusyUpkeepOperations = 4096;
/// Worth it in a quiet moment.
constexpr int kIdleCheckpointPages = 256;
/// One burst must not keep its memory for ever.
constexpr size_t kKeptBatch = 4096;

} // namespace

Journal::Journal(Hooks hooks)
    : m_hooks(std::move(hooks))
{ }

Journal::~Journal()
{
    stop();
}

Result<void> Journal::start(const std::function<Result<Opened>()> &open)
{
    m_stopping = false;
    std::promise<Result<RunId>> opening;
    auto nextId = opening.get_future();
    m_thread = std::thread([this, &open, opening = std::move(opening)]() mutable {
        auto opened = open();
        if (!opened) {
            opening.set_value(std::move(opened).error());
            return;
        }
        // From here on start() may be over, and `open` with it.
        opening.set_value(opened->nextId);
        own(std::move(*opened));
        run();
        if (m_hooks.closing) {
            m_hooks.closing();
        }
        m_writer.reset();
    });
    (void)pthread_setname_np(m_thread.native_handle(), "earshot-writer");
    const auto first = nextId.get();
    if (!first) {
        m_thread.join();
        return first.error();
    }
    m_nextId = std::max(m_nextId, *first);
    return {};
}

void Journal::own(Opened opened)
{
    m_writer = std::move(opened.writer);
    m_walPages = 0;
    m_pagesAtRequest = 0;
    sqlite3_wal_hook(
        m_writer->connection().handle(),
        [](void *self, sqlite3 *, const char *, int pages) {
            static_cast<Journal *>(self)->m_walPages = pages;
            return SQLITE_OK;
        },
        this);
}

void Journal::stop()
{
    if (m_thread.joinable()) {
        {
            const std::lock_guard lock(m_mutex);
            m_stopping = true;
        }
        m_wake.notify_one();
        m_thread.join();
    }
}

RunJournal::Ticket Journal::push(WriterOp op)
{
    size_t waiting = 0;
    {
        const std::lock_guard lock(m_mutex);
        m_pending.push_back(std::move(op));
        ++m_ticket;
        waiting = m_sleeping ? m_pending.size() : 0;
    }
    if (waiting != 0) {
        wake(waiting);
    }
    return m_ticket;
}

/// The writer sleeps. All that one turn of the event loop has to say goes into one commit: a writer
/// woken by the first call would commit it alone, and a busy service would pay for a commit per
/// run.
void Journal::wake(size_t waiting)
{
    if (waiting >= kWakeAtOnce) {
        wakeNow();
    } else if (!m_isWakeScheduled) {
        m_isWakeScheduled = true;
        QMetaObject::invokeMethod(
            this,
            [this] {
                m_isWakeScheduled = false;
                wakeNow();
            },
            Qt::QueuedConnection);
    }
}

void Journal::wakeNow()
{
    {
        const std::lock_guard lock(m_mutex);
        m_sleeping = false;
    }
    m_wake.notify_one();
}

RunJournal::Ticket Journal::append(NewRun run)
{
    return push(AppendOp{std::move(run), false});
}

RunJournal::Ticket Journal::markDispatched(qint64 /*triggerId*/, RunId id)
{
    return push(MarkOp{id, true});
}

RunJournal::Ticket Journal::markQueued(qint64 /*triggerId*/, RunId id)
{
    return push(MarkOp{id, false});
}

RunJournal::Ticket Journal::finish(FinishedRun run)
{
    return push(FinishOp{std::move(run)});
}

RunJournal::Ticket Journal::appendFinished(NewRun run, FinishedRun finished)
{
    size_t waiting = 0;
    {
        // Both in one batch: no crash leaves the run without its end.
        const std::lock_guard lock(m_mutex);
        m_pending.emplace_back(AppendOp{std::move(run), true});
        m_pending.emplace_back(FinishOp{std::move(finished)});
        ++m_ticket;
        waiting = m_sleeping ? m_pending.size() : 0;
    }
    if (waiting != 0) {
        wake(waiting);
    }
    return m_ticket;
}

RunJournal::Ticket Journal::write(WriteOp op)
{
    return push(std::move(op));
}

void Journal::inspect(std::function<void(JournalWriter &)> look)
{
    {
        const std::lock_guard lock(m_mutex);
        m_looks.push_back(std::move(look));
    }
    wakeNow();
}

qsizetype Journal::pendingCount() const
{
    return static_cast<qsizetype>(m_ticket - m_committed);
}

void Journal::run()
{
    std::vector<WriterOp> batch;
    std::vector<std::function<void(JournalWriter &)>> looks;
    bool isIdleDone = false;
    auto idleAt = std::chrono::steady_clock::now() + kIdle;
    while (true) {
        quint64 through = 0;
        {
            std::unique_lock lock(m_mutex);
            const auto hasWork
                = [this] { return m_stopping || !m_pending.empty() || !m_looks.empty(); };
            const auto isWoken = [this] { return m_stopping || !m_sleeping; };
            if (!hasWork()) {
                m_sleeping = true;
                // Upkeep waits for a second without changes, then the thread sleeps until it is
                // needed.
                if (isIdleDone) {
                    m_wake.wait(lock, isWoken);
                } else if (!m_wake.wait_until(lock, idleAt, isWoken)) {
                    lock.unlock();
                    isIdleDone = idle();
                    continue;
                }
            }
            m_sleeping = false;
            if (m_stopping && m_pending.empty() && m_looks.empty()) {
                break;
            }
            batch.swap(m_pending);
            looks.swap(m_looks);
            through = m_ticket;
        }
        if (!batch.empty()) {
            isIdleDone = false;
            m_operationsSinceUpkeep += static_cast<qint64>(batch.size());
            m_writer->plan(std::move(batch));
            batch.clear();
            if (batch.capacity() > kKeptBatch) {
                batch = {};
            }
            commit(through);
            idleAt = std::chrono::steady_clock::now() + kIdle;
        }
        for (const auto &look : looks) {
            look(*m_writer);
        }
        looks.clear();
    }
    m_writer->planSettled();
    if (auto applied = m_writer->apply(); !applied) {
        qCCritical(lcStorage) << "closing the database failed:" << applied.error().message;
    }
}

void Journal::commit(quint64 through)
{
    int delay = kFirstRetryMs;
    bool hasFailed = false;
    while (true) {
        const auto applied = m_writer->apply();
        if (applied) {
            break;
        }
        if (!hasFailed) {
            hasFailed = true;
            reportStalled(applied.error());
        }
        if (!waitToRetry(delay)) {
            qCCritical(lcStorage) << "closing with unwritten changes:" << applied.error().message;
            return;
        }
        delay = std::min(delay * 2, kLastRetryMs);
    }
    publish(through);
    if (hasFailed) {
        reportResumed();
    }
    if (m_hooks.upkeep && m_operationsSinceUpkeep >= kBusyUpkeepOperations) {
        (void)m_hooks.upkeep(*m_writer, Pace::Busy, std::exchange(m_operationsSinceUpkeep, 0));
    }
    considerCheckpoint(kBusyCheckpointPages);
}

/// False when the journal closes and there is no use in trying on.
bool Journal::waitToRetry(int milliseconds)
{
    std::vector<std::function<void(JournalWriter &)>> looks;
    {
        std::unique_lock lock(m_mutex);
        if (m_stopping) {
            // A last try was made; whoever closes must not hang on a full disk.
            return false;
        }
        m_wake.wait_for(lock, std::chrono::milliseconds(milliseconds),
            [this] { return m_stopping || !m_looks.empty(); });
        looks.swap(m_looks);
    }
    for (const auto &look : looks) {
        look(*m_writer);
    }
    return true;
}

/// False when something came up before all was done.
bool Journal::idle()
{
    if (m_writer->hasKeptBack()) {
        m_writer->planSettled();
        if (!m_writer->apply()) {
            return true; // planned still: the next batch writes it, or says why not
        }
    }
    const auto isQuiet = [this] {
        const std::lock_guard lock(m_mutex);
        return !m_stopping && m_pending.empty() && m_looks.empty();
    };
    bool hasMore = m_hooks.upkeep != nullptr;
    while (hasMore && isQuiet()) {
        hasMore = m_hooks.upkeep(*m_writer, Pace::Idle, 0);
    }
    if (hasMore) {
        return false;
    }
    m_operationsSinceUpkeep = 0;
    considerCheckpoint(kIdleCheckpointPages);
    return true;
}

void Journal::considerCheckpoint(int minimumPages)
{
    if (m_walPages < m_pagesAtRequest) {
        m_pagesAtRequest = 0; // the log started over
    }
    if (m_walPages >= kForcedCheckpointPages && m_walPages - m_pagesAtRequest >= minimumPages / 4) {
        // The reader thread has just done nearly all of it.
        m_pagesAtRequest = m_walPages;
        if (m_writer->connection().change("PRAGMA wal_checkpoint(PASSIVE)") != SQLITE_OK) {
            qCWarning(lcStorage) << "the write-ahead log cannot be folded in";
        }
    } else if (m_hooks.checkpointDue && m_walPages - m_pagesAtRequest >= minimumPages) {
        m_pagesAtRequest = m_walPages;
        m_hooks.checkpointDue();
    }
}

void Journal::publish(quint64 through)
{
    auto callbacks = m_writer->takeCallbacks();
    QMetaObject::invokeMethod(
        this,
        [this, through, callbacks = std::move(callbacks)] {
            m_committed = through;
            for (const auto &callback : callbacks) {
                callback();
            }
            emit committed(through);
        },
        Qt::QueuedConnection);
}

void Journal::reportStalled(const Error &error)
{
    QMetaObject::invokeMethod(
        this,
        [this, error] {
            m_isStalled = true;
            emit stalled(error);
        },
        Qt::QueuedConnection);
}

void Journal::reportResumed()
{
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_isStalled = false;
            emit resumed();
        },
        Qt::QueuedConnection);
}

} // namespace earshot::storage
