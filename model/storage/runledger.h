// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"

#include <QHash>
#include <QList>

#include <array>
#include <deque>
#include <optional>
#include <unordered_map>

namespace earshot::storage {

inline constexpr int kRunStatusCount = 10;
using StatusCounts = std::array<qint64, kRunStatusCount>;

/// Which runs are not over and how many are, so that a commit writes next to nothing beside the
/// runs themselves. Stored state and this one agree by these rules:
/// - a run up to finalThrough() without a `run_open` row is over;
/// - an unfinished run's state is its `run_open` row's; without one it is Running if it was
/// accepted
///   as dispatched or is not above its trigger's dispatchedThrough; else Queued;
/// - `run_count` holds the runs that are over up to the stored finalThrough().
/// Calls collect what has to be written in effects(). Pure; writer thread.
class RunLedger final
{
public:
    struct Effects
    {
        std::unordered_map<RunId, std::optional<RunStatus>> openRows; ///< nullopt = no row any more
        QHash<qint64, RunId> dispatchedThrough; ///< by trigger
        bool checkpointDue = false; ///< counts and finalThrough have to be written as well
    };

    /// Starts behind run `finalThrough` with what is stored.
    void restore(RunId finalThrough, QHash<qint64, StatusCounts> counts);
    void restoreOpen(RunId id, qint64 triggerId, RunStatus status);

    /// `status`: Queued, Running (accepted as dispatched) or Suspended.
    void append(RunId id, qint64 triggerId, RunStatus status, bool finalFollows);
    void markDispatched(RunId id);
    void markQueued(RunId id);
    /// False when the run is unknown or already over.
    [[nodiscard]] bool finish(RunId id, RunStatus status);
    /// Rows that are over were deleted.
    void removeCounted(qint64 triggerId, RunStatus status, qint64 count);
    /// Gives every unfinished run a row of its own: the next start has nothing to search, and one
    /// run that waits for long keeps nothing else from being counted and deleted.
    void settle();

    [[nodiscard]] Effects &effects() noexcept { return m_effects; }
    [[nodiscard]] RunId finalThrough() const noexcept { return m_base - 1; }
    [[nodiscard]] RunId storedFinalThrough() const noexcept { return m_stored; }
    [[nodiscard]] bool isCheckpointDue() const noexcept;
    /// Counts that changed since the last checkpoint; stored() says that they were written.
    [[nodiscard]] QList<qint64> changedTriggers() const { return m_changed.keys(); }
    /// Runs that are over, below finalThrough(), by trigger.
    [[nodiscard]] const QHash<qint64, StatusCounts> &counts() const noexcept { return m_counts; }
    [[nodiscard]] StatusCounts counted(qint64 triggerId) const { return m_counts.value(triggerId); }
    void stored();

    /// All runs by trigger and status, unfinished ones included.
    [[nodiscard]] QHash<qint64, StatusCounts> totals() const;
    [[nodiscard]] bool isUnfinished(RunId id) const;
    [[nodiscard]] bool hasUncheckpointed() const noexcept
    {
        return m_stored != m_base - 1 || !m_changed.isEmpty() || !m_window.empty();
    }

private:
    static constexpr quint8 kNone = 255;
    /// Runs from the oldest unfinished one on that are followed one by one; older ones get a row.
    static constexpr size_t kWindow = 131'072;
    static constexpr RunId kCheckpointEvery = 8'192;

    struct Entry
    {
        quint32 trigger = 0;
        quint8 status = kNone;
        bool hasRow = false;
    };
    struct Waiting
    {
        std::deque<RunId> ids; ///< ascending; negated = no longer waiting in order
        RunId through = 0;
    };

    [[nodiscard]] Entry *find(RunId id);
    void setRow(RunId id, Entry &entry, RunStatus status);
    void leaveOrder(qint64 triggerId, RunId id);
    void count(qint64 triggerId, RunStatus status, qint64 by);
    void advance();

    RunId m_base = 1; ///< id of the window's first entry
    RunId m_stored = 0;
    std::deque<Entry> m_window;
    std::unordered_map<RunId, Entry> m_outside; ///< unfinished runs below the window
    std::unordered_map<qint64, Waiting> m_waiting;
    QHash<qint64, StatusCounts> m_counts; ///< over, below the window
    QHash<qint64, bool> m_changed;
    Effects m_effects;
};

} // namespace earshot::storage
