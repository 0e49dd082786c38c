// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractEventDispatcher>
#include <QHash>
#include <QList>

#include <chrono>
#include <map>
#include <optional>

class QObject;

namespace earshot::app {

/// The timers of an event dispatcher, with the promises Qt makes: a repeating timer does not drift,
/// missed beats are left out, a timer whose handler still runs (in a nested loop) is not called
/// again, and each timer is called at most once per pass. Coarse timers are moved by at most 2.5 %
/// (from 20 s on, to the full second) so that they wake the process together. Times are of the
/// steady clock.
class TimerQueue final
{
public:
    using Clock = std::chrono::steady_clock;
    using Time = Clock::time_point;

    void add(int id, qint64 intervalMs, Qt::TimerType type, QObject *object, Time now);
    bool remove(int id);
    bool removeAllOf(const QObject *object);
    [[nodiscard]] QList<QAbstractEventDispatcher::TimerInfo> timersOf(const QObject *object) const;
    /// Milliseconds, rounded up; 0 if due; nothing if there is no such timer.
    [[nodiscard]] std::optional<qint64> remaining(int id, Time now) const;

    /// When the next timer that is not in its own handler is due.
    [[nodiscard]] std::optional<Time> nextDue() const;
    /// Sends a QTimerEvent for each due timer; returns how many.
    int activate(Time now);

    [[nodiscard]] qsizetype count() const { return m_timers.size(); }

private:
    using Queue = std::multimap<Time, int>;
    struct Timer
    {
        QObject *object = nullptr;
        qint64 intervalMs = 0;
        Qt::TimerType type = Qt::CoarseTimer;
        quint64 serial = 0; ///< ids are used again
        Time ideal; ///< when it would be due if nothing was rounded
        Queue::iterator place;
        bool isRunning = false;
    };

    [[nodiscard]] static Time roundedDue(const Timer &timer);
    void schedule(int id, Timer &timer);

    QHash<int, Timer> m_timers;
    Queue m_queue;
    quint64 m_lastSerial = 0;
};

} // namespace earshot::app
