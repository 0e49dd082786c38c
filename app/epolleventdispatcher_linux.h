// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/timerqueue.h"

#include <QAbstractEventDispatcher>

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

class QSocketNotifier;

namespace earshot::app {

/// An event dispatcher whose cost does not grow with the number of idle sockets: Qt's own calls
/// poll() with all of them for every turn of the loop, which makes one busy connection beside 1,000
/// quiet ones ten times as expensive. For the main thread: QCoreApplication::setEventDispatcher()
/// before the application is made; Qt owns it then.
///
/// Order of a turn, as Qt's on Unix: posted events, wait, sockets, timers.
class EpollEventDispatcher final : public QAbstractEventDispatcher
{
    Q_OBJECT
public:
    explicit EpollEventDispatcher(QObject *parent = nullptr);
    ~EpollEventDispatcher() override;
    Q_DISABLE_COPY_MOVE(EpollEventDispatcher)

    /// False if the kernel gave no epoll: use Qt's dispatcher then.
    [[nodiscard]] bool isValid() const { return m_epoll >= 0 && m_wakeFd >= 0; }

    bool processEvents(QEventLoop::ProcessEventsFlags flags) override;

    void registerSocketNotifier(QSocketNotifier *notifier) override;
    void unregisterSocketNotifier(QSocketNotifier *notifier) override;

    void registerTimer(
        int timerId, qint64 interval, Qt::TimerType timerType, QObject *object) override;
    bool unregisterTimer(int timerId) override;
    bool unregisterTimers(QObject *object) override;
    [[nodiscard]] QList<TimerInfo> registeredTimers(QObject *object) const override;
    int remainingTime(int timerId) override;

    /// From any thread.
    void wakeUp() override;
    /// From any thread.
    void interrupt() override;

private:
    struct Watched
    {
        std::array<QSocketNotifier *, 3> notifiers{}; ///< by QSocketNotifier::Type
        std::uint32_t inKernel = 0; ///< events epoll watches for; 0 = not there
        bool isFile = false; ///< epoll refuses plain files; like poll(), they count as ready
        bool isDirty = false; ///< in m_dirty
    };

    [[nodiscard]] Watched *watched(int fd);
    [[nodiscard]] static std::uint32_t wantedEvents(const Watched &entry);
    void applyToKernel(int fd, Watched &entry);
    void applyDirty();
    /// Waits at most `timeoutMs` (-1: for ever); true if anything is ready or somebody called
    /// wakeUp().
    bool wait(int timeoutMs, bool includeNotifiers);
    void markReady(int fd, std::uint32_t events);
    [[nodiscard]] int activateNotifiers();

    int m_epoll = -1;
    int m_wakeFd = -1;
    std::atomic<bool> m_wakePending = false;
    std::atomic<bool> m_interrupted = false;
    bool m_postedHere = false; ///< wakeUp() from this thread since events were last sent
    bool m_waitWasSkipped = false;
    std::vector<Watched> m_watched; ///< by file descriptor
    std::vector<int> m_dirty;
    std::vector<int> m_files; ///< descriptors with isFile
    std::vector<QSocketNotifier *> m_ready; ///< to be activated, oldest first
    TimerQueue m_timers;
};

} // namespace earshot::app
