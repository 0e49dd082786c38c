// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/runqueue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace earshot::service {

RunQueue::RunQueue(Limits limits)
    : m_limits(limits)
{ }

bool RunQueue::hasSlot() const
{
    return m_limits.concurrency <= 0 || m_running < m_limits.concurrency;
}

bool RunQueue::canStartAtOnce(const QByteArray &key) const
{
    return m_ready.empty() && hasSlot() && (key.isEmpty() || !m_heldKeys.contains(key));
}

bool RunQueue::overLimits(qint64 extraBytes) const
{
    return m_waitingCount >= m_limits.maxCount || m_waitingBytes + extraBytes > m_limits.maxBytes;
}

RunQueue::AdmissionResult RunQueue::admit(Item item)
{
    AdmissionResult result;
    // One message larger than the whole allowance may still pass through an empty queue.
    if (m_waitingCount > 0 && overLimits(item.bytes)) {
        switch (m_limits.overflow) {
        case Overflow::DropNewest:
            result.admission = Admission::Refused;
            return result;
        case Overflow::Stop:
            result.admission = Admission::Stop;
            return result;
        case Overflow::DropOldest:
            result.admission = Admission::MakeRoom;
            while (m_waitingCount > 0 && overLimits(item.bytes)) {
                result.dropped.push_back(popOldest().id);
            }
            break;
        }
    }
    enqueue(std::move(item));
    return result;
}

void RunQueue::enqueue(Item item)
{
    ++m_waitingCount;
    m_waitingBytes += item.bytes;
    if (!item.key.isEmpty()) {
        if (m_heldKeys.contains(item.key)) {
            m_blocked[item.key].push_back(std::move(item));
            return;
        }
        m_heldKeys.insert(item.key);
    }
    insertReady(std::move(item));
}

void RunQueue::insertReady(Item item)
{
    if (m_ready.empty() || m_ready.back().id < item.id) {
        m_ready.push_back(std::move(item));
        return;
    }
    const auto place = std::lower_bound(m_ready.begin(), m_ready.end(), item.id,
        [](const Item &left, RunId right) { return left.id < right; });
    m_ready.insert(place, std::move(item));
}

void RunQueue::promoteNext(const QByteArray &key)
{
    const auto blocked = m_blocked.find(key);
    if (blocked == m_blocked.end()) {
        m_heldKeys.remove(key);
        return;
    }
    insertReady(std::move(blocked->front()));
    blocked->pop_front();
    if (blocked->empty()) {
        m_blocked.erase(blocked);
    }
}

RunQueue::Item RunQueue::popOldest()
{
    // Looking through the keys is dear, and happens only when the queue is full.
    auto oldestBlocked = m_blocked.end();
    for (auto blocked = m_blocked.begin(); blocked != m_blocked.end(); ++blocked) {
        if (oldestBlocked == m_blocked.end() || blocked->front().id < oldestBlocked->front().id) {
            oldestBlocked = blocked;
        }
    }
    Item item;
    if (oldestBlocked != m_blocked.end()
        && (m_ready.empty() || oldestBlocked->front().id < m_ready.front().id)) {
        item = std::move(oldestBlocked->front());
        oldestBlocked->pop_front();
        if (oldestBlocked->empty()) {
            m_blocked.erase(oldestBlocked);
        }
    } else {
        item = std::move(m_ready.front());
        m_ready.pop_front();
        if (!item.key.isEmpty()) {
            promoteNext(item.key);
        }
    }
    --m_waitingCount;
    m_waitingBytes -= item.bytes;
    return item;
}

std::optional<RunId> RunQueue::takeNext()
{
    if (!hasSlot() || m_ready.empty()) {
        return std::nullopt;
    }
    const Item item = std::move(m_ready.front());
    m_ready.pop_front();
    --m_waitingCount;
    m_waitingBytes -= item.bytes;
    ++m_running;
    if (!item.key.isEmpty()) {
        m_keyOfRunning.insert(item.id, item.key);
    }
    return item.id;
}

void RunQueue::finished(RunId id)
{
    --m_running;
    if (m_keyOfRunning.isEmpty()) {
        return;
    }
    if (const auto found = m_keyOfRunning.constFind(id); found != m_keyOfRunning.cend()) {
        const QByteArray key = *found;
        m_keyOfRunning.erase(found);
        promoteNext(key);
    }
}

void RunQueue::putBack(std::vector<Item> items)
{
    for (Item &item : items) {
        --m_running;
        ++m_waitingCount;
        m_waitingBytes += item.bytes;
        // Its key stays held: the run is ready instead of running.
        m_keyOfRunning.remove(item.id);
        insertReady(std::move(item));
    }
}

std::vector<RunId> RunQueue::waitingIds() const
{
    std::vector<RunId> ids;
    ids.reserve(static_cast<size_t>(m_waitingCount));
    for (const Item &item : m_ready) {
        ids.push_back(item.id);
    }
    for (const auto &blocked : m_blocked) {
        for (const Item &item : blocked) {
            ids.push_back(item.id);
        }
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

bool RunQueue::remove(RunId id)
{
    const auto before = [](const Item &left, RunId right) { return left.id < right; };
    const auto ready = std::lower_bound(m_ready.begin(), m_ready.end(), id, before);
    if (ready != m_ready.end() && ready->id == id) {
        const Item item = std::move(*ready);
        m_ready.erase(ready);
        if (!item.key.isEmpty()) {
            promoteNext(item.key);
        }
        --m_waitingCount;
        m_waitingBytes -= item.bytes;
        return true;
    }
    for (auto blocked = m_blocked.begin(); blocked != m_blocked.end(); ++blocked) {
        const auto found = std::lower_bound(blocked->begin(), blocked->end(), id, before);
        if (found == blocked->end() || found->id != id) {
            continue;
        }
        --m_waitingCount;
        m_waitingBytes -= found->bytes;
        blocked->erase(found);
        if (blocked->empty()) {
            m_blocked.erase(blocked);
        }
        return true;
    }
    return false;
}

} // namespace earshot::service
