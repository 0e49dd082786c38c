// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QtGlobal>

#include <functional>
#include <memory>

namespace earshot {

/// A pending call; destroying it cancels the call. Owned by whoever asked for it.
class TimerHandle
{
public:
    TimerHandle() = default;
    virtual ~TimerHandle() = default;
    Q_DISABLE_COPY_MOVE(TimerHandle)
};

/// Time and delayed calls, so that tests own the clock. All calls on the thread of the event loop.
class Clock
{
public:
    Clock() = default;
    virtual ~Clock() = default;
    Q_DISABLE_COPY_MOVE(Clock)

    /// Milliseconds of a clock that never jumps back; does not count time spent in suspend.
    [[nodiscard]] virtual qint64 monotonicMs() const = 0;
    /// Microseconds since 1970-01-01 UTC.
    [[nodiscard]] virtual qint64 wallMicros() const = 0;
    /// Calls `action` once after `delayMs`, unless the handle is destroyed before.
    [[nodiscard]] virtual std::unique_ptr<TimerHandle> after(
        qint64 delayMs, std::function<void()> action)
        = 0;
};

/// The machine's clock; one for the process, made in app/.
class SystemClock final : public Clock
{
public:
    [[nodiscard]] qint64 monotonicMs() const override;
    [[nodiscard]] qint64 wallMicros() const override;
    [[nodiscard]] std::unique_ptr<TimerHandle> after(
        qint64 delayMs, std::function<void()> action) override;
};

/// A clock for tests: time moves only by advance(), which runs what became due in order.
class ManualClock final : public Clock
{
public:
    ManualClock();
    ~ManualClock() override;
    Q_DISABLE_COPY_MOVE(ManualClock)

    [[nodiscard]] qint64 monotonicMs() const override;
    [[nodiscard]] qint64 wallMicros() const override;
    [[nodiscard]] std::unique_ptr<TimerHandle> after(
        qint64 delayMs, std::function<void()> action) override;

    void advance(qint64 milliseconds);
    /// Moves only the wall clock, as after a suspend or a changed system time.
    void jumpWall(qint64 milliseconds);
    [[nodiscard]] qsizetype pendingCount() const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace earshot
