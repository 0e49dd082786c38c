// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/clock.h"

#include <QTimer>

#include <chrono>
#include <map>
#include <utility>

namespace earshot {

namespace {

class SystemTimer final : public TimerHandle
{
public:
    SystemTimer(qint64 delayMs, std::function<void()> action)
        : m_action(std::move(action))
    {
        m_timer.setSingleShot(true);
        m_timer.setTimerType(delayMs < 2000 ? Qt::PreciseTimer : Qt::CoarseTimer);
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] {
            // The action may destroy this handle.
            const auto pending = std::exchange(m_action, {});
            if (pending) {
                pending();
            }
        });
        m_timer.start(std::chrono::milliseconds(delayMs));
    }

private:
    QTimer m_timer;
    std::function<void()> m_action;
};

} // namespace

qint64 SystemClock::monotonicMs() const
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

qint64 SystemClock::wallMicros() const
{
    return std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::unique_ptr<TimerHandle> SystemClock::after(qint64 delayMs, std::function<void()> action)
{
    return std::make_unique<SystemTimer>(delayMs, std::move(action));
}

struct ManualClock::State
{
    qint64 nowMs = 1'000'000;
    qint64 wallOffsetMs = 1'700'000'000'000 - 1'000'000;
    quint64 nextId = 1;
    std::map<std::pair<qint64, quint64>, std::function<void()>> due;
};

namespace {

class ManualTimer final : public TimerHandle
{
public:
    explicit ManualTimer(std::function<void()> cancel)
        : m_cancel(std::move(cancel))
    { }
    ~ManualTimer() override { m_cancel(); }
    Q_DISABLE_COPY_MOVE(ManualTimer)

private:
    std::function<void()> m_cancel;
};

} // namespace

ManualClock::ManualClock()
    : m_state(std::make_shared<State>())
{ }

ManualClock::~ManualClock() = default;

qint64 ManualClock::monotonicMs() const
{
    return m_state->nowMs;
}

qint64 ManualClock::wallMicros() const
{
    return (m_state->nowMs + m_state->wallOffsetMs) * 1000;
}

std::unique_ptr<TimerHandle> ManualClock::after(qint64 delayMs, std::function<void()> action)
{
    const auto key = std::pair(m_state->nowMs + delayMs, m_state->nextId++);
    m_state->due.emplace(key, std::move(action));
    return std::make_unique<ManualTimer>([state = std::weak_ptr(m_state), key] {
        if (const auto alive = state.lock()) {
            alive->due.erase(key);
        }
    });
}

void ManualClock::advance(qint64 milliseconds)
{
    const qint64 target = m_state->nowMs + milliseconds;
    while (!m_state->due.empty() && m_state->due.begin()->first.first <= target) {
        const auto first = m_state->due.begin();
        m_state->nowMs = std::max(m_state->nowMs, first->first.first);
        const auto action = std::move(first->second);
        m_state->due.erase(first);
        action();
    }
    m_state->nowMs = target;
}

void ManualClock::jumpWall(qint64 milliseconds)
{
    m_state->wallOffsetMs += milliseconds;
}

qsizetype ManualClock::pendingCount() const
{
    return static_cast<qsizetype>(m_state->due.size());
}

} // namespace earshot
