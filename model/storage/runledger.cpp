// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/runledger.h"

#include <algorithm>
#include <utility>

namespace earshot::storage {

namespace {

size_t indexOf(RunStatus status)
{
    return static_cast<size_t>(status);
}

} // namespace

void RunLedger::restore(RunId finalThrough, QHash<qint64, StatusCounts> counts)
{
    m_base = finalThrough + 1;
    m_stored = finalThrough;
    m_counts = std::move(counts);
}

void RunLedger::restoreOpen(RunId id, qint64 triggerId, RunStatus status)
{
    m_outside[id] = Entry{static_cast<quint32>(triggerId), static_cast<quint8>(status), true};
}

RunLedger::Entry *RunLedger::find(RunId id)
{
    if (id < m_base) {
        const auto found = m_outside.find(id);
        return found == m_outside.end() ? nullptr : &found->second;
    }
    const auto index = static_cast<size_t>(id - m_base);
    return index < m_window.size() ? &m_window[index] : nullptr;
}

bool RunLedger::isUnfinished(RunId id) const
{
    if (id < m_base) {
        return m_outside.contains(id);
    }
    const auto index = static_cast<size_t>(id - m_base);
    return index < m_window.size() && m_window[index].status != kNone
        && !isFinal(static_cast<RunStatus>(m_window[index].status));
}

void RunLedger::setRow(RunId id, Entry &entry, RunStatus status)
{
    entry.status = static_cast<quint8>(status);
    entry.hasRow = true;
    m_effects.openRows[id] = status;
}

void RunLedger::append(RunId id, qint64 triggerId, RunStatus status, bool finalFollows)
{
    const Entry fresh{static_cast<quint32>(triggerId), static_cast<quint8>(status), false};
    Entry *entry = nullptr;
    if (id < m_base) {
        entry = &m_outside.insert_or_assign(id, fresh).first->second;
    } else {
        const auto index = static_cast<size_t>(id - m_base);
        if (index >= m_window.size()) {
            m_window.resize(index + 1);
        }
        m_window[index] = fresh;
        entry = &m_window[index];
    }
    if (finalFollows) {
        return;
    }
    Waiting *waiting = nullptr;
    bool needsRow = id < m_base || status == RunStatus::Suspended;
    if (status == RunStatus::Queued && !needsRow) {
        waiting = &m_waiting[triggerId];
        // Out of order: the trigger's mark would cover it.
        needsRow = id <= waiting->through
            || (!waiting->ids.empty() && std::abs(waiting->ids.back()) > id);
    }
    if (needsRow) {
        setRow(id, *entry, status);
    } else if (waiting != nullptr) {
        waiting->ids.push_back(id);
    }
    advance();
}

/// The run's state no longer follows from its trigger's mark.
void RunLedger::leaveOrder(qint64 triggerId, RunId id)
{
    const auto found = m_waiting.find(triggerId);
    if (found == m_waiting.end()) {
        return;
    }
    auto &ids = found->second.ids;
    const auto place = std::lower_bound(
        ids.begin(), ids.end(), id, [](RunId left, RunId right) { return std::abs(left) < right; });
    if (place != ids.end() && *place == id) {
        *place = -id;
    }
    while (!ids.empty() && ids.front() < 0) {
        ids.pop_front();
    }
}

void RunLedger::markDispatched(RunId id)
{
    Entry *entry = find(id);
    if (entry == nullptr || entry->status == kNone
        || isFinal(static_cast<RunStatus>(entry->status))) {
        return;
    }
    if (entry->hasRow || entry->status != static_cast<quint8>(RunStatus::Queued)) {
        setRow(id, *entry, RunStatus::Running);
        return;
    }
    Waiting &waiting = m_waiting[entry->trigger];
    if (!waiting.ids.empty() && waiting.ids.front() == id) {
        waiting.ids.pop_front();
        while (!waiting.ids.empty() && waiting.ids.front() < 0) {
            waiting.ids.pop_front();
        }
        waiting.through = id;
        entry->status = static_cast<quint8>(RunStatus::Running);
        m_effects.dispatchedThrough[entry->trigger] = id;
        return;
    }
    leaveOrder(entry->trigger, id);
    setRow(id, *entry, RunStatus::Running);
}

void RunLedger::markQueued(RunId id)
{
    Entry *entry = find(id);
    if (entry == nullptr || entry->status == kNone || isFinal(static_cast<RunStatus>(entry->status))
        || entry->status == static_cast<quint8>(RunStatus::Queued)) {
        return;
    }
    setRow(id, *entry, RunStatus::Queued);
}

bool RunLedger::finish(RunId id, RunStatus status)
{
    Entry *entry = find(id);
    if (entry == nullptr || entry->status == kNone
        || isFinal(static_cast<RunStatus>(entry->status))) {
        return false;
    }
    if (entry->hasRow) {
        m_effects.openRows[id] = std::nullopt;
    } else if (entry->status == static_cast<quint8>(RunStatus::Queued)) {
        leaveOrder(entry->trigger, id);
    }
    if (id < m_base) {
        count(entry->trigger, status, 1);
        m_outside.erase(id);
        // Its row is not searched again after a crash, so its count has to be stored with it.
        m_effects.checkpointDue = m_effects.checkpointDue || id <= m_stored;
        return true;
    }
    entry->status = static_cast<quint8>(status);
    advance();
    return true;
}

void RunLedger::count(qint64 triggerId, RunStatus status, qint64 by)
{
    m_counts[triggerId][indexOf(status)] += by;
    m_changed.insert(triggerId, true);
}

void RunLedger::advance()
{
    while (!m_window.empty()) {
        Entry &first = m_window.front();
        if (first.status != kNone) {
            const auto status = static_cast<RunStatus>(first.status);
            if (isFinal(status)) {
                count(first.trigger, status, 1);
            } else if (m_window.size() > kWindow || first.hasRow) {
                if (!first.hasRow) {
                    if (status == RunStatus::Queued) {
                        leaveOrder(first.trigger, m_base);
                    }
                    setRow(m_base, first, status);
                }
                m_outside.emplace(m_base, first);
            } else {
                return;
            }
        }
        m_window.pop_front();
        ++m_base;
    }
}

void RunLedger::removeCounted(qint64 triggerId, RunStatus status, qint64 by)
{
    count(triggerId, status, -by);
    m_effects.checkpointDue = true;
}

void RunLedger::settle()
{
    for (size_t index = 0; index < m_window.size(); ++index) {
        Entry &entry = m_window[index];
        if (entry.status != kNone && !entry.hasRow
            && !isFinal(static_cast<RunStatus>(entry.status))) {
            setRow(m_base + static_cast<RunId>(index), entry, static_cast<RunStatus>(entry.status));
        }
    }
    for (auto &[trigger, waiting] : m_waiting) {
        waiting.ids.clear();
    }
    advance();
    m_effects.checkpointDue = true;
}

bool RunLedger::isCheckpointDue() const noexcept
{
    return m_effects.checkpointDue || m_base - 1 - m_stored >= kCheckpointEvery;
}

void RunLedger::stored()
{
    m_stored = m_base - 1;
    m_changed.clear();
    m_effects.checkpointDue = false;
}

QHash<qint64, StatusCounts> RunLedger::totals() const
{
    QHash<qint64, StatusCounts> totals = m_counts;
    for (const Entry &entry : m_window) {
        if (entry.status != kNone) {
            ++totals[entry.trigger][entry.status];
        }
    }
    for (const auto &[id, entry] : m_outside) {
        ++totals[entry.trigger][entry.status];
    }
    return totals;
}

} // namespace earshot::storage
