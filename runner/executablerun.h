// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runner/driversession.h"

namespace earshot::runner {

class ExecutableRun;

class ExecutableListener
{
public:
    ExecutableListener() = default;
    virtual ~ExecutableListener() = default;
    Q_DISABLE_COPY_MOVE(ExecutableListener)

    /// The run must not be destroyed from within.
    virtual void executableFinished(ExecutableRun &run, RunOutcome outcome) = 0;
    virtual void executableWrote(RunId id, RunStream stream, QByteArrayView bytes) = 0;
};

/// One run of a program without a driver: arguments as JSON on its stdin, the result on its stdout.
class ExecutableRun final : private ChildListener
{
public:
    [[nodiscard]] static Result<std::unique_ptr<ExecutableRun>> start(Clock &clock,
        const ChildSpec &spec, SessionSettings settings, const RunJob &job,
        ExecutableListener &listener);
    ~ExecutableRun() override;
    Q_DISABLE_COPY_MOVE(ExecutableRun)

    [[nodiscard]] RunId id() const noexcept { return m_id; }
    [[nodiscard]] bool isOver() const noexcept { return m_over; }
    [[nodiscard]] const ProcessGroup &group() const noexcept { return m_child->group(); }
    void cancel(const QString &reason, const QString &by);
    void stop(DriverSession::StopCause cause, const QString &text);
    void kill(DriverSession::StopCause cause);

    /// `{"msg":…}` and the other arguments.
    [[nodiscard]] static QByteArray argumentsJson(const RunJob &job);

private:
    ExecutableRun(Clock &clock, SessionSettings settings, ExecutableListener &listener);

    void responsesReadable() override;
    void outputRead(OutputChannel channel, QByteArrayView bytes) override;
    void processEnded(ChildExit exit) override;
    void channelEnded() override;
    void onTimer();
    void armTimer(qint64 atMs);
    void finalize();
    void readResult(RunOutcome &outcome);

    Clock &m_clock;
    SessionSettings m_settings;
    ExecutableListener &m_listener;
    std::unique_ptr<ChildProcess> m_child;
    std::unique_ptr<TimerHandle> m_timer;
    CappedLog m_log;
    QByteArray m_result;
    QString m_stepId;
    QString m_causeText;
    QString m_cancelReason;
    QString m_cancelBy;
    DriverSession::StopCause m_cause = DriverSession::StopCause::None;
    ChildExit m_exit;
    RunId m_id = 0;
    qint64 m_startedAtUs = 0;
    qint64 m_limitAtMs = 0;
    qint64 m_killAtMs = 0;
    qint64 m_closeAtMs = 0;
    bool m_tooLarge = false;
    bool m_ended = false;
    bool m_over = false;
};

} // namespace earshot::runner
