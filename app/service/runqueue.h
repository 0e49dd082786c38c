// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"
#include "model/triggerconfig.h"

#include <QByteArray>
#include <QHash>
#include <QSet>
#include <QtGlobal>

#include <deque>
#include <optional>
#include <vector>

namespace earshot::service {

/// The waiting runs of one trigger: decides which may start next, by arrival order, by key and by
/// concurrency, and what happens when too many wait. Pure bookkeeping: ids, sizes and keys, no
/// bodies.
///
/// Without a key, and with concurrency 0, every waiting run may start (the runner has its own
/// limit). With a key, runs of one key start one after another while other keys go on.
class RunQueue final
{
public:
    struct Limits
    {
        qint64 maxCount = 100'000;
        qint64 maxBytes = qint64(256) * 1024 * 1024;
        Overflow overflow = Overflow::DropNewest;
        int concurrency = 0; ///< 0 = no limit of its own
    };

    struct Item
    {
        RunId id = 0;
        qint64 bytes = 0;
        QByteArray key; ///< empty = no order among others
    };

    enum class Admission {
        Accepted,
        Refused, ///< drop_newest: this one is not taken
        MakeRoom, ///< drop_oldest: taken; `dropped` were removed
        Stop, ///< not taken, and the trigger is to stop
    };

    struct AdmissionResult
    {
        Admission admission = Admission::Accepted;
        std::vector<RunId> dropped;
    };

    explicit RunQueue(Limits limits);

    /// True when a run that came now could start at once, before it is admitted: nothing waits, a
    /// slot is free and its key is idle.
    [[nodiscard]] bool canStartAtOnce(const QByteArray &key) const;
    [[nodiscard]] AdmissionResult admit(Item item);
    /// The run that may start next; it counts as running from now on.
    [[nodiscard]] std::optional<RunId> takeNext();
    /// The run was taken by takeNext() and has ended.
    void finished(RunId id);
    /// Taken runs that did not start after all; they wait again, before everything that arrived
    /// later.
    void putBack(std::vector<Item> items);
    /// Removes a waiting run. False when it does not wait here.
    bool remove(RunId id);
    /// Ascending.
    [[nodiscard]] std::vector<RunId> waitingIds() const;
    void setLimits(Limits limits) { m_limits = limits; }

    [[nodiscard]] qsizetype waitingCount() const { return m_waitingCount; }
    [[nodiscard]] qint64 waitingBytes() const { return m_waitingBytes; }
    [[nodiscard]] qsizetype runningCount() const { return m_running; }
    [[nodiscard]] const Limits &limits() const { return m_limits; }

private:
    [[nodiscard]] bool hasSlot() const;
    [[nodiscard]] bool overLimits(qint64 extraBytes) const;
    void insertReady(Item item);
    void enqueue(Item item);
    /// Removes and returns the waiting run with the lowest id.
    [[nodiscard]] Item popOldest();
    void promoteNext(const QByteArray &key);

    Limits m_limits;
    /// What may start, ascending by id; at most one run of each key.
    std::deque<Item> m_ready;
    /// Runs behind one of their key that is ready or running, ascending by id.
    QHash<QByteArray, std::deque<Item>> m_blocked;
    QSet<QByteArray> m_heldKeys; ///< keys with a run that is ready or running
    QHash<RunId, QByteArray> m_keyOfRunning; ///< keyed runs only
    qsizetype m_waitingCount = 0;
    qint64 m_waitingBytes = 0;
    qsizetype m_running = 0;
};

} // namespace earshot::service
