// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/epolleventdispatcher_linux.h"

#include <QCoreApplication>
#include <QEvent>
#include <QSocketNotifier>
#include <QThread>

#include <algorithm>
#include <cerrno>
#include <limits>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace earshot::app {

namespace {

constexpr int kEventsPerWait = 256;

/// What each type of notifier hears, as in Qt's own dispatcher.
constexpr std::array<std::uint32_t, 3> kHeard{
    EPOLLIN | EPOLLHUP | EPOLLERR,
    EPOLLOUT | EPOLLHUP | EPOLLERR,
    EPOLLPRI | EPOLLHUP | EPOLLERR,
};
constexpr std::array<std::uint32_t, 3> kAsked{EPOLLIN, EPOLLOUT, EPOLLPRI};

} // namespace

EpollEventDispatcher::EpollEventDispatcher(QObject *parent)
    : QAbstractEventDispatcher(parent)
    , m_epoll(::epoll_create1(EPOLL_CLOEXEC))
    , m_wakeFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (isValid()) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = m_wakeFd;
        ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_wakeFd, &event);
    }
}

EpollEventDispatcher::~EpollEventDispatcher()
{
    if (m_wakeFd >= 0) {
        ::close(m_wakeFd);
    }
    if (m_epoll >= 0) {
        ::close(m_epoll);
    }
}

bool EpollEventDispatcher::processEvents(QEventLoop::ProcessEventsFlags flags)
{
    m_interrupted = false;
    emit awake();
    m_postedHere = false;
    QCoreApplication::sendPostedEvents();
    if (m_interrupted) {
        return false;
    }
    const bool includeTimers = !flags.testFlag(QEventLoop::X11ExcludeTimers);
    const bool includeNotifiers = !flags.testFlag(QEventLoop::ExcludeSocketNotifiers);
    // Whatever was posted since sendPostedEvents() began has called wakeUp(), which ends the wait
    // at once.
    int timeoutMs = 0;
    if (flags.testFlag(QEventLoop::WaitForMoreEvents)) {
        emit aboutToBlock();
        if (m_interrupted) {
            return false;
        }
        timeoutMs = -1;
        if (const auto due = includeTimers ? m_timers.nextDue() : std::nullopt) {
            const auto left
                = std::chrono::ceil<std::chrono::milliseconds>(*due - TimerQueue::Clock::now());
            timeoutMs = static_cast<int>(
                std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
        }
    }
    bool any = m_postedHere;
    if (m_postedHere && !m_waitWasSkipped) {
        // What this turn posted goes before a look at the sockets, but not twice in a row.
        m_waitWasSkipped = true;
    } else {
        m_waitWasSkipped = false;
        any = wait(m_postedHere ? 0 : timeoutMs, includeNotifiers) || any;
    }
    if (includeNotifiers) {
        any = activateNotifiers() > 0 || any;
    }
    if (includeTimers) {
        any = m_timers.activate(TimerQueue::Clock::now()) > 0 || any;
    }
    return any;
}

bool EpollEventDispatcher::wait(int timeoutMs, bool includeNotifiers)
{
    bool woken = false;
    if (includeNotifiers) {
        applyDirty();
        if (!m_files.empty() || !m_ready.empty()) {
            timeoutMs = 0;
        }
        std::array<epoll_event, kEventsPerWait>
            events; // NOLINT(*-member-init): written by the kernel
        const int count = ::epoll_wait(m_epoll, events.data(), kEventsPerWait, timeoutMs);
        for (int i = 0; i < count; ++i) {
            const epoll_event &event = events[static_cast<std::size_t>(i)];
            if (event.data.fd == m_wakeFd) {
                woken = true;
            } else {
                markReady(event.data.fd, event.events);
            }
        }
        for (const int fd : m_files) {
            markReady(fd, EPOLLIN | EPOLLOUT);
        }
    } else {
        pollfd wake{.fd = m_wakeFd, .events = POLLIN, .revents = 0};
        woken = ::poll(&wake, 1, timeoutMs) > 0;
    }
    if (woken) {
        // Emptied first: a wakeUp() between the two lines belongs to something posted before the
        // next sendPostedEvents().
        std::uint64_t value = 0;
        (void)::read(m_wakeFd, &value, sizeof value);
        m_wakePending.store(false);
    }
    return woken;
}

void EpollEventDispatcher::markReady(int fd, std::uint32_t events)
{
    Watched *entry = watched(fd);
    if (entry == nullptr) {
        return;
    }
    for (std::size_t type = 0; type < kHeard.size(); ++type) {
        QSocketNotifier *notifier = entry->notifiers[type];
        if (notifier != nullptr && (events & kHeard[type]) != 0
            && std::find(m_ready.begin(), m_ready.end(), notifier) == m_ready.end()) {
            m_ready.push_back(notifier);
        }
    }
}

int EpollEventDispatcher::activateNotifiers()
{
    int activated = 0;
    // Taken one by one: a handler may delete or disable others, which takes them out, or run a
    // nested loop, which serves the rest.
    while (!m_ready.empty()) {
        QSocketNotifier *notifier = m_ready.front();
        m_ready.erase(m_ready.begin());
        QEvent event(QEvent::SockAct);
        QCoreApplication::sendEvent(notifier, &event);
        ++activated;
    }
    return activated;
}

EpollEventDispatcher::Watched *EpollEventDispatcher::watched(int fd)
{
    const auto index = static_cast<std::size_t>(fd);
    return fd >= 0 && index < m_watched.size() ? &m_watched[index] : nullptr;
}

std::uint32_t EpollEventDispatcher::wantedEvents(const Watched &entry)
{
    std::uint32_t events = 0;
    for (std::size_t type = 0; type < kAsked.size(); ++type) {
        events |= entry.notifiers[type] != nullptr ? kAsked[type] : 0;
    }
    return events;
}

void EpollEventDispatcher::applyToKernel(int fd, Watched &entry)
{
    const std::uint32_t wanted = wantedEvents(entry);
    if (entry.isFile) {
        if (wanted == 0) {
            entry.isFile = false;
            std::erase(m_files, fd);
        }
        return;
    }
    if (wanted == entry.inKernel) {
        return;
    }
    epoll_event event{};
    event.events = wanted;
    event.data.fd = fd;
    if (wanted == 0) {
        // Fails if the descriptor was closed before its notifier: then the kernel has forgotten it
        // already.
        ::epoll_ctl(m_epoll, EPOLL_CTL_DEL, fd, &event);
    } else if (entry.inKernel == 0 || ::epoll_ctl(m_epoll, EPOLL_CTL_MOD, fd, &event) != 0) {
        if (::epoll_ctl(m_epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
            if (errno == EEXIST) {
                ::epoll_ctl(m_epoll, EPOLL_CTL_MOD, fd, &event);
            } else if (errno == EPERM) {
                entry.isFile = true;
                m_files.push_back(fd);
                return;
            } else {
                qErrnoWarning("file descriptor %d cannot be watched", fd);
                return;
            }
        }
    }
    entry.inKernel = wanted;
}

void EpollEventDispatcher::applyDirty()
{
    for (const int fd : m_dirty) {
        Watched &entry = m_watched[static_cast<std::size_t>(fd)];
        entry.isDirty = false;
        applyToKernel(fd, entry);
    }
    m_dirty.clear();
}

void EpollEventDispatcher::registerSocketNotifier(QSocketNotifier *notifier)
{
    const auto fd = static_cast<int>(notifier->socket());
    if (fd < 0) {
        qWarning("a socket notifier has no file descriptor");
        return;
    }
    if (static_cast<std::size_t>(fd) >= m_watched.size()) {
        m_watched.resize(static_cast<std::size_t>(fd) + 1);
    }
    Watched &entry = m_watched[static_cast<std::size_t>(fd)];
    QSocketNotifier *&place = entry.notifiers[static_cast<std::size_t>(notifier->type())];
    if (place != nullptr && place != notifier) {
        qWarning("two socket notifiers of one type for file descriptor %d", fd);
        std::erase(m_ready, place);
        entry.inKernel = 0; // the number was closed and is somebody else's now
    }
    place = notifier;
    // A new descriptor is watched at once; a change (writing switched on and off) waits for the
    // next turn and often has undone itself by then.
    if (entry.inKernel == 0) {
        applyToKernel(fd, entry);
    } else if (!entry.isDirty) {
        entry.isDirty = true;
        m_dirty.push_back(fd);
    }
}

void EpollEventDispatcher::unregisterSocketNotifier(QSocketNotifier *notifier)
{
    std::erase(m_ready, notifier);
    const auto fd = static_cast<int>(notifier->socket());
    Watched *entry = watched(fd);
    if (entry == nullptr) {
        return;
    }
    QSocketNotifier *&place = entry->notifiers[static_cast<std::size_t>(notifier->type())];
    if (place != notifier) {
        return;
    }
    place = nullptr;
    // At once, because the descriptor may be closed next, and its number be somebody else's.
    if (wantedEvents(*entry) == 0) {
        applyToKernel(fd, *entry);
    } else if (!entry->isDirty) {
        entry->isDirty = true;
        m_dirty.push_back(fd);
    }
}

void EpollEventDispatcher::registerTimer(
    int timerId, qint64 interval, Qt::TimerType timerType, QObject *object)
{
    m_timers.add(timerId, interval, timerType, object, TimerQueue::Clock::now());
}

bool EpollEventDispatcher::unregisterTimer(int timerId)
{
    return m_timers.remove(timerId);
}

bool EpollEventDispatcher::unregisterTimers(QObject *object)
{
    return m_timers.removeAllOf(object);
}

QList<QAbstractEventDispatcher::TimerInfo> EpollEventDispatcher::registeredTimers(
    QObject *object) const
{
    return m_timers.timersOf(object);
}

int EpollEventDispatcher::remainingTime(int timerId)
{
    const auto remaining = m_timers.remaining(timerId, TimerQueue::Clock::now());
    return remaining
        ? static_cast<int>(std::min<qint64>(*remaining, std::numeric_limits<int>::max()))
        : -1;
}

void EpollEventDispatcher::wakeUp()
{
    if (QThread::currentThread() == thread()) {
        m_postedHere = true; // this thread is not waiting
    } else if (!m_wakePending.exchange(true)) {
        const std::uint64_t one = 1;
        (void)::write(m_wakeFd, &one, sizeof one);
    }
}

void EpollEventDispatcher::interrupt()
{
    m_interrupted = true;
    wakeUp();
}

} // namespace earshot::app
