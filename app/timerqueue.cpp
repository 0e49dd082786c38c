// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/timerqueue.h"

#include <QCoreApplication>
#include <QTimerEvent>

#include <algorithm>
#include <array>
#include <vector>

namespace earshot::app {

namespace {

using std::chrono::milliseconds;

/// The widest grid that moves a timer by at most 2.5 %.
milliseconds gridFor(Qt::TimerType type, qint64 intervalMs)
{
    if (type == Qt::VeryCoarseTimer || (type == Qt::CoarseTimer && intervalMs >= 20'000)) {
        return milliseconds(1000);
    }
    if (type == Qt::PreciseTimer || intervalMs <= 20) {
        return milliseconds(0);
    }
    constexpr std::array<qint64, 8> kGrids{500, 250, 100, 50, 20, 10, 5, 2};
    const auto grid = std::find_if(kGrids.begin(), kGrids.end(),
        [intervalMs](qint64 candidate) { return candidate * 20 <= intervalMs; });
    return milliseconds(grid == kGrids.end() ? 0 : *grid);
}

} // namespace

TimerQueue::Time TimerQueue::roundedDue(const Timer &timer)
{
    const milliseconds grid = gridFor(timer.type, timer.intervalMs);
    if (grid.count() == 0) {
        return timer.ideal;
    }
    const Clock::duration half = grid / 2;
    const Clock::duration shifted = timer.ideal.time_since_epoch() + half;
    return Time(shifted - shifted % Clock::duration(grid));
}

void TimerQueue::schedule(int id, Timer &timer)
{
    timer.place = m_queue.emplace(roundedDue(timer), id);
}

void TimerQueue::add(int id, qint64 intervalMs, Qt::TimerType type, QObject *object, Time now)
{
    remove(id);
    Timer timer;
    timer.object = object;
    timer.intervalMs = std::max<qint64>(intervalMs, 0);
    timer.type = type;
    timer.serial = ++m_lastSerial;
    timer.ideal = now + milliseconds(timer.intervalMs);
    const auto stored = m_timers.insert(id, timer);
    schedule(id, *stored);
}

bool TimerQueue::remove(int id)
{
    const auto found = m_timers.find(id);
    if (found == m_timers.end()) {
        return false;
    }
    m_queue.erase(found->place);
    m_timers.erase(found);
    return true;
}

bool TimerQueue::removeAllOf(const QObject *object)
{
    return m_timers.removeIf([this, object](QHash<int, Timer>::iterator it) {
        if (it->object != object) {
            return false;
        }
        m_queue.erase(it->place);
        return true;
    }) > 0;
}

QList<QAbstractEventDispatcher::TimerInfo> TimerQueue::timersOf(const QObject *object) const
{
    QList<QAbstractEventDispatcher::TimerInfo> result;
    for (auto it = m_timers.begin(); it != m_timers.end(); ++it) {
        if (it->object == object) {
            result.append(QAbstractEventDispatcher::TimerInfo(
                it.key(), static_cast<int>(it->intervalMs), it->type));
        }
    }
    return result;
}

std::optional<qint64> TimerQueue::remaining(int id, Time now) const
{
    const auto found = m_timers.find(id);
    if (found == m_timers.end()) {
        return std::nullopt;
    }
    const Time due = found->place->first;
    return due <= now ? 0 : std::chrono::ceil<milliseconds>(due - now).count();
}

std::optional<TimerQueue::Time> TimerQueue::nextDue() const
{
    for (const auto &[due, id] : m_queue) {
        if (!m_timers.find(id)->isRunning) {
            return due;
        }
    }
    return std::nullopt;
}

int TimerQueue::activate(Time now)
{
    // Which timers are due is settled first: handlers may add, remove and restart timers, and run
    // loops.
    struct Due
    {
        int id;
        quint64 serial;
    };
    std::vector<Due> due;
    for (auto it = m_queue.begin(); it != m_queue.end() && it->first <= now; ++it) {
        due.push_back({it->second, m_timers.find(it->second)->serial});
    }
    int activated = 0;
    for (const Due &entry : due) {
        const auto found = m_timers.find(entry.id);
        if (found == m_timers.end() || found->serial != entry.serial || found->place->first > now) {
            continue; // removed, replaced, or already called by a nested loop
        }
        Timer &timer = *found;
        m_queue.erase(timer.place);
        timer.ideal += milliseconds(timer.intervalMs);
        if (timer.ideal < now) {
            timer.ideal = now + milliseconds(timer.intervalMs); // missed beats are left out
        }
        schedule(entry.id, timer);
        if (timer.isRunning) {
            continue;
        }
        timer.isRunning = true;
        QTimerEvent event(entry.id);
        QCoreApplication::sendEvent(timer.object, &event); // `timer` may be gone now
        ++activated;
        if (const auto after = m_timers.find(entry.id);
            after != m_timers.end() && after->serial == entry.serial) {
            after->isRunning = false;
        }
    }
    return activated;
}

} // namespace earshot::app
