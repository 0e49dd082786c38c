// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/executablerun.h"

#include "runner/jsontext.h"
#include "runner/outcomes.h"

#include <csignal>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::runner {

using StopCause = DriverSession::StopCause;

ExecutableRun::ExecutableRun(Clock &clock, SessionSettings settings, ExecutableListener &listener)
    : m_clock(clock)
    , m_settings(std::move(settings))
    , m_listener(listener)
{ }

ExecutableRun::~ExecutableRun() = default;

QByteArray ExecutableRun::argumentsJson(const RunJob &job)
{
    const QByteArray given = job.args.trimmed();
    const bool hasMore = given.size() > 2 && given.startsWith('{');
    if (!job.message) {
        return hasMore ? given : QByteArray("{}");
    }
    QByteArray json = R"({"msg":)";
    json.reserve(job.message->size() + given.size() + 16);
    appendJsonString(json, *job.message);
    if (hasMore && !QByteArrayView(given).sliced(1, given.size() - 2).trimmed().isEmpty()) {
        return json.append(',').append(QByteArrayView(given).sliced(1));
    }
    return json.append('}');
}

Result<std::unique_ptr<ExecutableRun>> ExecutableRun::start(Clock &clock, const ChildSpec &spec,
    SessionSettings settings, const RunJob &job, ExecutableListener &listener)
{
    std::unique_ptr<ExecutableRun> run(new ExecutableRun(clock, std::move(settings), listener));
    auto child = ChildProcess::start(spec, *run);
    if (!child) {
        return std::move(child).error();
    }
    run->m_child = std::move(child).value();
    run->m_id = job.id;
    run->m_stepId = job.stepId;
    run->m_startedAtUs = clock.wallMicros();
    run->m_limitAtMs = clock.monotonicMs() + run->m_settings.timeoutMs;
    run->armTimer(run->m_limitAtMs);
    run->m_child->write(argumentsJson(job));
    run->m_child->finishInput();
    return run;
}

void ExecutableRun::responsesReadable() { }

void ExecutableRun::outputRead(OutputChannel channel, QByteArrayView bytes)
{
    m_log.append(bytes);
    m_listener.executableWrote(m_id, RunStream::Log, bytes);
    if (channel != OutputChannel::Result || m_tooLarge) {
        return;
    }
    if (m_result.size() + bytes.size() > m_settings.maxResultBytes) {
        m_tooLarge = true;
        m_result.clear();
        stop(StopCause::Protocol,
            u"the program wrote more than %1 bytes, the limit of a result"_s.arg(
                m_settings.maxResultBytes));
        return;
    }
    m_result.append(bytes);
}

void ExecutableRun::processEnded(ChildExit exit)
{
    m_ended = true;
    m_exit = exit;
    m_child->readOutput();
    if (m_child->isDrained()) {
        finalize();
        return;
    }
    m_closeAtMs = m_clock.monotonicMs() + m_settings.drainMs;
    armTimer(m_closeAtMs);
}

void ExecutableRun::channelEnded()
{
    if (m_ended && !m_over && m_child->isDrained()) {
        finalize();
    }
}

void ExecutableRun::cancel(const QString &reason, const QString &by)
{
    m_cancelReason = reason;
    m_cancelBy = by;
    stop(StopCause::Cancelled, {});
}

void ExecutableRun::stop(StopCause cause, const QString &text)
{
    if (m_ended || m_over || m_cause != StopCause::None) {
        return;
    }
    m_cause = cause;
    m_causeText = text;
    m_child->signal(SIGTERM);
    m_child->signal(SIGCONT);
    m_killAtMs = m_clock.monotonicMs() + m_settings.termGraceMs;
    armTimer(m_killAtMs);
}

void ExecutableRun::kill(StopCause cause)
{
    stop(cause, {});
    m_child->signal(SIGKILL);
}

void ExecutableRun::armTimer(qint64 atMs)
{
    m_timer
        = m_clock.after(std::max<qint64>(atMs - m_clock.monotonicMs(), 0), [this] { onTimer(); });
}

void ExecutableRun::onTimer()
{
    const std::unique_ptr<TimerHandle> current = std::move(m_timer);
    if (m_over) {
        return;
    }
    if (m_ended) {
        finalize();
    } else if (m_killAtMs != 0) {
        m_child->signal(SIGKILL);
    } else {
        stop(StopCause::Timeout, {});
    }
}

void ExecutableRun::readResult(RunOutcome &outcome)
{
    switch (m_cause) {
    case StopCause::Cancelled:
    case StopCause::Panic:
        outcome.status = RunStatus::Cancelled;
        outcome.result = m_cause == StopCause::Panic
            ? outcomes::cancelled(u"everything was stopped"_s, u"earshot"_s)
            : outcomes::cancelled(m_cancelReason, m_cancelBy);
        return;
    case StopCause::Timeout:
        outcome.status = RunStatus::Timeout;
        outcome.result = outcomes::timeout(m_settings.timeoutMs, m_stepId);
        return;
    case StopCause::Memory:
    case StopCause::Protocol:
        outcome.status = m_cause == StopCause::Memory ? RunStatus::Crashed : RunStatus::Failure;
        outcome.result = outcomes::executionError(m_causeText, m_stepId);
        return;
    case StopCause::None:
        break;
    }
    if (m_exit.signalNumber != 0) {
        outcome.status = RunStatus::Crashed;
        outcome.result
            = outcomes::signalled(m_settings.program, m_exit.signalNumber, outcome.logs, m_stepId);
        return;
    }
    if (m_exit.exitCode != 0) {
        outcome.status = RunStatus::Failure;
        outcome.result
            = outcomes::exitCode(m_settings.program, m_exit.exitCode, outcome.logs, m_stepId);
        return;
    }
    outcome.status = RunStatus::Success;
    if (isJson(m_result)) {
        outcome.result = m_result.trimmed();
        return;
    }
    if (m_result.endsWith('\n')) {
        m_result.chop(m_result.endsWith("\r\n") ? 2 : 1);
    }
    appendJsonString(outcome.result, QString::fromUtf8(m_result).toUtf8());
}

void ExecutableRun::finalize()
{
    m_over = true;
    m_timer.reset();
    m_child->closeChannels();
    RunOutcome outcome;
    outcome.logsTruncated = m_log.isTruncated();
    outcome.logs = m_log.take();
    outcome.exitCode = m_exit.exitCode;
    outcome.startedAtUs = m_startedAtUs;
    outcome.finishedAtUs = m_clock.wallMicros();
    readResult(outcome);
    m_listener.executableFinished(*this, std::move(outcome));
}

} // namespace earshot::runner
