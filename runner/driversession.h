// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "runner/childprocess.h"
#include "runner/drivermessage.h"
#include "runner/logcollector.h"

#include <deque>
#include <memory>

namespace earshot::runner {

class DriverSession;

/// Told by a DriverSession. The session must not be destroyed from within: see
/// DriverSession::isOver.
class SessionListener
{
public:
    SessionListener() = default;
    virtual ~SessionListener() = default;
    Q_DISABLE_COPY_MOVE(SessionListener)

    virtual void sessionLoaded(DriverSession &session, bool failed) = 0;
    virtual void sessionRunStarted(RunId id, qint64 startedAtUs) = 0;
    virtual void sessionRunSent(RunId id, const QByteArray &message, bool binary) = 0;
    /// Output and preprocessed arguments as they come; a worker's output has the driver's marks.
    virtual void sessionRunWrote(RunId id, RunStream stream, QByteArrayView bytes) = 0;
    /// A run of this session has its outcome, or was never executed (`returned`) and may go
    /// elsewhere.
    virtual void sessionRunFinished(DriverSession &session, RunId id, RunOutcome outcome) = 0;
    virtual void sessionRunReturned(DriverSession &session, RunId id) = 0;
    /// After each batch of answers.
    virtual void sessionProgressed(DriverSession &session) = 0;
    /// The process is gone and every run it held was reported.
    virtual void sessionEnded(DriverSession &session) = 0;
};

struct SessionSettings
{
    QString program; ///< as error texts name it: `bash run`
    qint64 timeoutMs = 300'000;
    qint64 termGraceMs = 0;
    qint64 drainMs = 0;
    qint64 exitGraceMs = 0;
    qint64 maxResultBytes = 0;
    bool serial = false; ///< serves run after run (worker); else one run and the end
};

/// One driver process: requests go in, runs come out, at most one at a time is executing. Owned by
/// its pool; event-loop thread only.
class DriverSession final : private ChildListener
{
public:
    /// Why a process is being stopped; decides the outcome of the run it is in.
    enum class StopCause { None, Cancelled, Timeout, Memory, Protocol, Panic };

    [[nodiscard]] static Result<std::unique_ptr<DriverSession>> start(
        Clock &clock, const ChildSpec &spec, SessionSettings settings, SessionListener &listener);
    ~DriverSession() override;
    Q_DISABLE_COPY_MOVE(DriverSession)

    void load(QByteArrayView signature);
    /// Not written before flush() or the end of the current batch.
    void run(const RunJob &job, QByteArrayView environment, QByteArrayView signature);
    void flush();
    /// No further runs: the driver ends after those it holds.
    void finish();
    /// A run that has not started is reported as cancelled at once; one that has is stopped.
    bool cancel(RunId id, const QString &reason, const QString &by);
    void stop(StopCause cause, const QString &text);
    void kill(StopCause cause);

    [[nodiscard]] bool isOver() const noexcept { return m_over; }
    /// Takes further runs.
    [[nodiscard]] bool isOpen() const noexcept { return !m_over && !m_finishing && !m_ended; }
    [[nodiscard]] bool isLoaded() const noexcept { return m_loaded; }
    [[nodiscard]] bool hasLoadFailed() const noexcept { return m_loadFailed; }
    /// Some run of it reached the script's code.
    [[nodiscard]] bool hasStartedRuns() const noexcept { return m_startedRuns; }
    [[nodiscard]] bool holds(RunId id) const;
    [[nodiscard]] int inFlight() const noexcept { return m_live; }
    [[nodiscard]] qint64 inFlightBytes() const noexcept { return m_inFlightBytes; }
    [[nodiscard]] qint64 meanRunMicros() const noexcept { return m_meanRunMicros; }
    [[nodiscard]] const ProcessGroup &group() const noexcept { return m_child->group(); }
    [[nodiscard]] const QByteArrayList &imports() const noexcept { return m_imports; }
    [[nodiscard]] qint64 idleSinceMs() const noexcept { return m_frontSinceMs; }

private:
    struct Request
    {
        RunId id = 0;
        qint64 bytes = 0;
        qint64 startedAtUs = 0;
        QString stepId;
        QByteArray preprocessedArgs;
        bool reported = false; ///< cancelled before it started; only `dropped` is awaited
    };
    enum class Parsed { Continue, Stop };

    DriverSession(Clock &clock, SessionSettings settings, SessionListener &listener);

    void responsesReadable() override;
    void outputRead(OutputChannel channel, QByteArrayView bytes) override;
    void processEnded(ChildExit exit) override;
    void channelEnded() override;

    void readResponses();
    qsizetype parse(const char *data, qsizetype size);
    Parsed handle(const DriverResponse &response, QByteArray body);
    Parsed handleStarted(const DriverResponse &response);
    Parsed handleFinished(const DriverResponse &response, QByteArray body);
    void readResult(const DriverResponse &response, QByteArray body, const QString &stepId,
        RunOutcome &outcome) const;
    Parsed violate(const QString &what, QByteArrayView bytes);
    Request *find(RunId id);
    void drop(RunId id);
    void popFront();
    void reportFront(RunOutcome outcome);
    void finalize();
    [[nodiscard]] RunOutcome outcomeOfEnd(const Request &request);
    void armTimer(qint64 atMs);
    void onTimer();
    void checkDone();

    Clock &m_clock;
    SessionSettings m_settings;
    SessionListener &m_listener;
    std::unique_ptr<ChildProcess> m_child;
    LogCollector m_logs;
    std::deque<Request> m_requests;
    QByteArray m_partial; ///< of a line or a small body
    std::optional<DriverResponse> m_header; ///< its body is still coming
    QByteArray m_body; ///< of m_header when it is large
    qint64 m_bodyFilled = 0;
    qint64 m_inFlightBytes = 0;
    qint64 m_nowUs = 0; ///< of the current batch
    qint64 m_frontSinceMs = 0; ///< when the first request could begin
    qint64 m_meanRunMicros = -1; ///< of the last runs; -1 before the first
    int m_live = 0; ///< requests not yet reported
    StopCause m_cause = StopCause::None;
    QString m_causeText;
    QString m_cancelReason;
    QString m_cancelBy;
    RunId m_stoppedRun = 0;
    ChildExit m_exit;
    QByteArrayList m_imports;
    std::unique_ptr<TimerHandle> m_timer;
    qint64 m_timerAtMs = 0;
    qint64 m_killAtMs = 0; ///< 0 = no SIGKILL is due
    qint64 m_closeAtMs = 0; ///< 0 = the pipes stay open
    bool m_loaded = false;
    bool m_loadFailed = false;
    bool m_startedRuns = false;
    bool m_stoppedAnswered = false; ///< the run being stopped ended by itself
    bool m_finishing = false;
    bool m_ended = false; ///< the process is gone
    bool m_over = false; ///< everything was reported
    bool m_reading = false;
};

} // namespace earshot::runner
