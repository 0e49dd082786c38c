// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/driversession.h"

#include "runner/jsontext.h"
#include "runner/limits.h"
#include "runner/logging.h"
#include "runner/outcomes.h"

#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr qsizetype kMaxCarry = 64 * 1024; ///< bodies beyond it are read where they stay
constexpr qsizetype kShownGarbage = 80;
constexpr qint64 kMeanWeight = 8;

static_assert(kMaxCarry >= limits::kMaxResponseLineBytes);

/// Shared by all sessions: each empties it before it returns to the loop.
std::vector<char> &responseScratch()
{
    thread_local std::vector<char> scratch(
        static_cast<std::size_t>(2 * kMaxCarry + limits::kReadChunkBytes));
    return scratch;
}

QString printable(QByteArrayView bytes)
{
    QString text;
    for (const char byte : bytes.first(std::min(bytes.size(), kShownGarbage))) {
        const auto code = static_cast<unsigned char>(byte);
        if (code >= 0x20 && code < 0x7f) {
            text += QLatin1Char(byte);
        } else {
            text += u"\\x%1"_s.arg(code, 2, 16, QLatin1Char('0'));
        }
    }
    return text;
}

} // namespace

DriverSession::DriverSession(Clock &clock, SessionSettings settings, SessionListener &listener)
    : m_clock(clock)
    , m_settings(std::move(settings))
    , m_listener(listener)
{ }

DriverSession::~DriverSession() = default;

Result<std::unique_ptr<DriverSession>> DriverSession::start(
    Clock &clock, const ChildSpec &spec, SessionSettings settings, SessionListener &listener)
{
    std::unique_ptr<DriverSession> session(new DriverSession(clock, std::move(settings), listener));
    auto child = ChildProcess::start(spec, *session);
    if (!child) {
        return std::move(child).error();
    }
    session->m_child = std::move(child).value();
    session->m_frontSinceMs = clock.monotonicMs();
    return session;
}

void DriverSession::load(QByteArrayView signature)
{
    m_child->write(loadRequest(signature));
}

void DriverSession::run(const RunJob &job, QByteArrayView environment, QByteArrayView signature)
{
    QByteArray line;
    line.reserve(256);
    appendRunRequest(line, job, environment, signature, !m_settings.serial);
    const qint64 bytes = line.size() + (job.message ? job.message->size() : 0);
    m_child->write(line);
    if (job.message) {
        m_child->write(*job.message);
    }
    if (m_requests.empty()) {
        m_frontSinceMs = m_clock.monotonicMs();
        armTimer(m_frontSinceMs + m_settings.timeoutMs);
    }
    m_requests.push_back(Request{.id = job.id,
        .bytes = bytes,
        .startedAtUs = 0,
        .stepId = job.stepId,
        .preprocessedArgs = {},
        .reported = false});
    m_inFlightBytes += bytes;
    ++m_live;
    if (!m_settings.serial) {
        m_finishing = true;
        m_child->finishInput();
    }
}

void DriverSession::flush()
{
    m_child->flush();
}

void DriverSession::finish()
{
    if (m_over || m_ended || m_finishing) {
        return;
    }
    m_finishing = true;
    m_child->finishInput();
    checkDone();
}

void DriverSession::checkDone()
{
    if (m_finishing && m_requests.empty() && !m_ended && m_killAtMs == 0) {
        m_killAtMs = m_clock.monotonicMs() + m_settings.exitGraceMs;
        armTimer(m_killAtMs);
    }
}

bool DriverSession::holds(RunId id) const
{
    for (const Request &request : m_requests) {
        if (request.id == id) {
            return true;
        }
    }
    return false;
}

bool DriverSession::cancel(RunId id, const QString &reason, const QString &by)
{
    Request *request = find(id);
    if (request == nullptr || request->reported) {
        return request != nullptr;
    }
    if (m_ended) {
        return true; // its outcome is on the way
    }
    if (request->startedAtUs == 0 && m_settings.serial) {
        // The driver may still be about to read it: `dropped` confirms, `started` gets it stopped.
        request->reported = true;
        request->stepId.clear();
        --m_live;
        m_child->write(cancelRequest(id));
        m_child->flush();
        RunOutcome outcome;
        outcome.status = RunStatus::Cancelled;
        outcome.result = outcomes::cancelled(reason, by);
        outcome.finishedAtUs = m_clock.wallMicros();
        m_listener.sessionRunFinished(*this, id, std::move(outcome));
        return true;
    }
    m_cancelReason = reason;
    m_cancelBy = by;
    m_stoppedRun = id;
    stop(StopCause::Cancelled, {});
    return true;
}

void DriverSession::stop(StopCause cause, const QString &text)
{
    if (m_ended || m_over) {
        return;
    }
    if (m_cause == StopCause::None) {
        m_cause = cause;
        m_causeText = text;
        if (m_stoppedRun == 0 && !m_requests.empty()) {
            m_stoppedRun = m_requests.front().id;
        }
    }
    if (m_killAtMs == 0 || !m_finishing) {
        m_child->signal(SIGTERM);
        // A stopped group would never see the polite signal.
        m_child->signal(SIGCONT);
    }
    m_finishing = true;
    const qint64 killAt = m_clock.monotonicMs() + m_settings.termGraceMs;
    if (m_killAtMs == 0 || m_killAtMs > killAt) {
        m_killAtMs = killAt;
    }
    armTimer(m_killAtMs);
}

void DriverSession::kill(StopCause cause)
{
    if (m_ended || m_over) {
        return;
    }
    stop(cause, {});
    m_child->signal(SIGKILL);
}

DriverSession::Request *DriverSession::find(RunId id)
{
    for (Request &request : m_requests) {
        if (request.id == id) {
            return &request;
        }
    }
    return nullptr;
}

void DriverSession::responsesReadable()
{
    readResponses();
}

void DriverSession::readResponses()
{
    if (m_reading || m_over) {
        return;
    }
    m_reading = true;
    auto &scratch = responseScratch();
    qint64 total = 0;
    bool more = true;
    while (more && total < limits::kMaxReadPerTurn && m_cause != StopCause::Protocol) {
        if (m_header && m_body.size() == m_header->bodyBytes && m_body.size() > kMaxCarry) {
            const qint64 count = m_child->readResponses(
                m_body.data() + m_bodyFilled, m_body.size() - m_bodyFilled);
            if (count <= 0) {
                break;
            }
            total += count;
            m_bodyFilled += count;
            if (m_bodyFilled == m_body.size()) {
                m_child->readOutput();
                m_nowUs = m_clock.wallMicros();
                const DriverResponse header = *std::exchange(m_header, std::nullopt);
                m_bodyFilled = 0;
                if (handle(header, std::exchange(m_body, {})) == Parsed::Stop) {
                    break;
                }
            }
            continue;
        }
        const qsizetype carried = m_partial.size();
        std::memcpy(scratch.data(), m_partial.constData(), static_cast<std::size_t>(carried));
        const qint64 room = static_cast<qint64>(scratch.size()) - carried;
        const qint64 count = m_child->readResponses(scratch.data() + carried, room);
        if (count <= 0) {
            break;
        }
        total += count;
        more = count == room;
        // What the runs printed was written before their answers: read it now, split it later.
        m_child->readOutput();
        m_nowUs = m_clock.wallMicros();
        const qsizetype size = carried + count;
        const qsizetype used = parse(scratch.data(), size);
        m_partial = QByteArray(scratch.data() + used, size - used);
        if (m_header && m_header->bodyBytes > kMaxCarry) {
            m_body = QByteArray(m_header->bodyBytes, Qt::Uninitialized);
            m_bodyFilled = m_partial.size();
            std::memcpy(
                m_body.data(), m_partial.constData(), static_cast<std::size_t>(m_partial.size()));
            m_partial.clear();
            more = true;
        }
    }
    m_reading = false;
    if (m_cause == StopCause::Protocol) {
        m_partial.clear();
    }
    m_listener.sessionProgressed(*this);
    if (!m_over) {
        m_child->flush();
        if (m_child->hasResponsesEnded()) {
            channelEnded();
        }
    }
}

/// Returns how many bytes are dealt with. The caller keeps the rest.
qsizetype DriverSession::parse(const char *data, qsizetype size)
{
    qsizetype at = 0;
    while (at < size) {
        if (m_header) {
            if (size - at < m_header->bodyBytes) {
                return at;
            }
            const DriverResponse header = *std::exchange(m_header, std::nullopt);
            QByteArray body(data + at, static_cast<qsizetype>(header.bodyBytes));
            at += static_cast<qsizetype>(header.bodyBytes);
            if (handle(header, std::move(body)) == Parsed::Stop) {
                return size;
            }
            continue;
        }
        const void *found = std::memchr(data + at, '\n', static_cast<std::size_t>(size - at));
        const qsizetype length
            = found == nullptr ? size - at : static_cast<const char *>(found) - (data + at);
        const QByteArrayView line(data + at, length);
        if (length > limits::kMaxResponseLineBytes) {
            violate(u"a line of more than %1 bytes"_s.arg(limits::kMaxResponseLineBytes), line);
            return size;
        }
        if (found == nullptr) {
            return at;
        }
        at += length + 1;
        std::optional<DriverResponse> response = parseDriverResponse(line);
        if (!response) {
            violate(u"something that is no response"_s, line);
            return size;
        }
        if (response->bodyBytes > m_settings.maxResultBytes) {
            // Too large is the script's doing, not the driver's: the run gets the error.
            m_causeText = u"the result has %1 bytes, more than the limit of %2"_s.arg(
                QString::number(response->bodyBytes), QString::number(m_settings.maxResultBytes));
            stop(StopCause::Protocol, m_causeText);
            m_child->signal(SIGKILL);
            return size;
        }
        if (response->bodyBytes > 0) {
            m_header = std::move(response);
            continue;
        }
        if (handle(*response, {}) == Parsed::Stop) {
            return size;
        }
    }
    return at;
}

DriverSession::Parsed DriverSession::violate(const QString &what, QByteArrayView bytes)
{
    qCWarning(lcRunner).noquote() << m_settings.program << "wrote" << what
                                  << "on descriptor 4; it is stopped";
    // Also when the process ended meanwhile: what it wrote explains its end.
    stop(StopCause::Protocol, {});
    m_cause = StopCause::Protocol;
    m_causeText
        = u"the driver protocol was violated: %1 on descriptor 4: %2"_s.arg(what, printable(bytes));
    m_child->signal(SIGKILL);
    return Parsed::Stop;
}

DriverSession::Parsed DriverSession::handle(const DriverResponse &response, QByteArray body)
{
    using Type = DriverResponse::Type;
    switch (response.type) {
    case Type::Ready:
    case Type::LoadError:
        m_loaded = true;
        m_loadFailed = response.type == Type::LoadError;
        m_imports = response.imports;
        m_listener.sessionLoaded(*this, m_loadFailed);
        return Parsed::Continue;
    case Type::Started:
        return handleStarted(response);
    case Type::Preprocessed:
        if (Request *request = find(response.id)) {
            m_listener.sessionRunWrote(response.id, RunStream::PreprocessedArgs, body);
            request->preprocessedArgs = std::move(body);
        }
        return Parsed::Continue;
    case Type::Send:
        if (m_requests.empty() || m_requests.front().id != response.id) {
            return violate(
                u"a message of a run that is not running"_s, QByteArray::number(response.id));
        }
        if (!m_requests.front().reported && m_cause == StopCause::None) {
            m_listener.sessionRunSent(response.id, body, response.binary);
        }
        return Parsed::Continue;
    case Type::Result:
    case Type::Error:
        return handleFinished(response, std::move(body));
    case Type::Dropped:
        drop(response.id);
        return Parsed::Continue;
    }
    return Parsed::Continue;
}

DriverSession::Parsed DriverSession::handleStarted(const DriverResponse &response)
{
    if (m_stoppedAnswered) {
        // The run being stopped came to its end and the driver went on before the signal reached
        // it.
        if (Request *next = find(response.id)) {
            next->startedAtUs = m_nowUs;
        }
        return Parsed::Continue;
    }
    if (m_requests.empty() || m_requests.front().id != response.id) {
        return violate(
            u"the start of a run that is not the next one"_s, QByteArray::number(response.id));
    }
    Request &request = m_requests.front();
    m_startedRuns = true;
    if (request.startedAtUs != 0) {
        return Parsed::Continue;
    }
    request.startedAtUs = m_nowUs;
    m_frontSinceMs = m_clock.monotonicMs();
    armTimer(m_frontSinceMs + m_settings.timeoutMs);
    if (request.reported) {
        // Reported as cancelled, but the driver had it already: it must not do its work.
        stop(StopCause::Cancelled, {});
        return Parsed::Continue;
    }
    m_listener.sessionRunStarted(response.id, m_nowUs);
    return Parsed::Continue;
}

void DriverSession::drop(RunId id)
{
    for (auto it = m_requests.begin(); it != m_requests.end(); ++it) {
        if (it->id == id && it->reported) {
            m_inFlightBytes -= it->bytes;
            m_requests.erase(it);
            m_frontSinceMs = m_clock.monotonicMs();
            checkDone();
            return;
        }
    }
}

void DriverSession::popFront()
{
    m_inFlightBytes -= m_requests.front().bytes;
    m_requests.pop_front();
    m_frontSinceMs = m_clock.monotonicMs();
}

void DriverSession::reportFront(RunOutcome outcome)
{
    const RunId id = m_requests.front().id;
    const bool reported = m_requests.front().reported;
    popFront();
    if (!reported) {
        --m_live;
        m_listener.sessionRunFinished(*this, id, std::move(outcome));
    }
}

DriverSession::Parsed DriverSession::handleFinished(const DriverResponse &response, QByteArray body)
{
    if (m_stoppedAnswered) {
        return Parsed::Continue;
    }
    if (m_requests.empty() || m_requests.front().id != response.id) {
        return violate(u"the end of a run that is not running"_s, QByteArray::number(response.id));
    }
    Request &request = m_requests.front();
    if (m_cause != StopCause::None && m_stoppedRun == request.id) {
        // Being stopped: what it answers now is not its outcome. The next one must not begin.
        m_stoppedAnswered = true;
        m_child->signal(SIGKILL);
        return Parsed::Continue;
    }
    RunOutcome outcome;
    LogCollector::Log log = m_logs.take(request.id);
    outcome.logs = std::move(log.bytes);
    outcome.logsTruncated = log.truncated;
    readResult(response, std::move(body), request.stepId, outcome);
    outcome.preprocessedArgs = std::move(request.preprocessedArgs);
    outcome.startedAtUs = request.startedAtUs != 0 ? request.startedAtUs : m_nowUs;
    outcome.finishedAtUs = m_nowUs;
    const qint64 took = outcome.finishedAtUs - outcome.startedAtUs;
    m_meanRunMicros = m_meanRunMicros < 0
        ? took
        : std::max(m_meanRunMicros + (took - m_meanRunMicros) / kMeanWeight, qint64(0));
    reportFront(std::move(outcome));
    checkDone();
    return Parsed::Continue;
}

void DriverSession::readResult(const DriverResponse &response, QByteArray body,
    const QString &stepId, RunOutcome &outcome) const
{
    if (response.type == DriverResponse::Type::Error) {
        outcome.status = RunStatus::Failure;
        outcome.exitCode = response.exitCode.value_or(0);
        outcome.result = response.exitCode && body.isEmpty()
            ? outcomes::exitCode(m_settings.program, *response.exitCode, outcome.logs, stepId)
            : outcomes::wrapped(body);
        return;
    }
    if (response.fromLog) {
        outcome.status = RunStatus::Success;
        outcome.result = outcomes::lastLine(outcome.logs);
        return;
    }
    if (response.unchecked && !isJson(body)) {
        outcome.status = RunStatus::Failure;
        outcome.result = outcomes::executionError(
            u"the result the script wrote is not JSON: %1"_s.arg(printable(body)), stepId);
        return;
    }
    outcome.status = RunStatus::Success;
    outcome.result = body.isEmpty() ? QByteArray("null") : std::move(body);
}

void DriverSession::outputRead(OutputChannel channel, QByteArrayView bytes)
{
    Q_UNUSED(channel)
    m_logs.append(bytes);
    if (!m_requests.empty() && !m_requests.front().reported) {
        m_listener.sessionRunWrote(m_requests.front().id, RunStream::Log, bytes);
    }
}

void DriverSession::processEnded(ChildExit exit)
{
    m_ended = true;
    m_exit = exit;
    m_child->readOutput();
    readResponses();
    if (m_over) {
        return;
    }
    if (m_child->isDrained() || m_requests.empty()) {
        finalize();
        return;
    }
    m_closeAtMs = m_clock.monotonicMs() + m_settings.drainMs;
    armTimer(m_closeAtMs);
}

void DriverSession::channelEnded()
{
    if (m_over || m_reading) {
        return;
    }
    if (m_ended) {
        if (m_child->isDrained() || m_requests.empty()) {
            finalize();
        }
        return;
    }
    if (m_child->hasResponsesEnded() && m_killAtMs == 0) {
        // Nothing can be answered any more. Usually the process is just ending.
        m_finishing = true;
        m_killAtMs = m_clock.monotonicMs() + m_settings.drainMs;
        m_causeText = u"the driver closed descriptor 4 without an answer"_s;
        armTimer(m_killAtMs);
    }
}

void DriverSession::armTimer(qint64 atMs)
{
    if (m_timer && m_timerAtMs <= atMs) {
        return; // onTimer() looks at every deadline
    }
    m_timerAtMs = atMs;
    const qint64 delay = std::max<qint64>(atMs - m_clock.monotonicMs(), 0);
    m_timer = m_clock.after(delay, [this] { onTimer(); });
}

void DriverSession::onTimer()
{
    // The handle is not destroyed here: it is on the call stack.
    m_timerAtMs = 0;
    const std::unique_ptr<TimerHandle> current = std::move(m_timer);
    if (m_over) {
        return;
    }
    const qint64 now = m_clock.monotonicMs();
    if (m_ended) {
        if (m_closeAtMs != 0 && now >= m_closeAtMs) {
            finalize();
            return;
        }
        armTimer(m_closeAtMs);
        return;
    }
    if (m_killAtMs != 0) {
        if (now >= m_killAtMs) {
            m_child->signal(SIGKILL);
        } else {
            armTimer(m_killAtMs);
        }
        return;
    }
    if (!m_requests.empty()) {
        const qint64 limit = m_frontSinceMs + m_settings.timeoutMs;
        if (now >= limit) {
            m_stoppedRun = m_requests.front().id;
            stop(StopCause::Timeout, {});
        } else {
            armTimer(limit);
        }
    }
}

RunOutcome DriverSession::outcomeOfEnd(const Request &request)
{
    RunOutcome outcome;
    LogCollector::Log log = m_logs.takeAll();
    outcome.logs = std::move(log.bytes);
    outcome.logsTruncated = log.truncated;
    outcome.preprocessedArgs = request.preprocessedArgs;
    outcome.startedAtUs = request.startedAtUs;
    outcome.finishedAtUs = m_clock.wallMicros();
    outcome.exitCode = m_exit.exitCode;
    if (m_stoppedAnswered && request.id != m_stoppedRun && m_cause != StopCause::Panic) {
        outcome.status = RunStatus::Crashed;
        outcome.result = outcomes::executionError(
            u"the worker was stopped because of the run before, when this one had just begun"_s,
            request.stepId);
        return outcome;
    }
    switch (m_cause) {
    case StopCause::Cancelled:
    case StopCause::Panic:
        outcome.status = RunStatus::Cancelled;
        outcome.result = m_cause == StopCause::Panic
            ? outcomes::cancelled(u"everything was stopped"_s, u"earshot"_s)
            : outcomes::cancelled(m_cancelReason, m_cancelBy);
        return outcome;
    case StopCause::Timeout:
        outcome.status = RunStatus::Timeout;
        outcome.result = outcomes::timeout(m_settings.timeoutMs, request.stepId);
        return outcome;
    case StopCause::Memory:
    case StopCause::Protocol:
        outcome.status = m_cause == StopCause::Memory ? RunStatus::Crashed : RunStatus::Failure;
        outcome.result = outcomes::executionError(m_causeText, request.stepId);
        return outcome;
    case StopCause::None:
        break;
    }
    if (m_exit.signalNumber != 0 && m_causeText.isEmpty()) {
        outcome.status = RunStatus::Crashed;
        outcome.result = outcomes::signalled(
            m_settings.program, m_exit.signalNumber, outcome.logs, request.stepId);
    } else if (m_exit.exitCode != 0) {
        outcome.status = RunStatus::Failure;
        outcome.result
            = outcomes::exitCode(m_settings.program, m_exit.exitCode, outcome.logs, request.stepId);
    } else {
        outcome.status = RunStatus::Failure;
        outcome.result = outcomes::executionError(m_causeText.isEmpty()
                ? u"\"%1\" ended without a result, last log lines:\n%2"_s.arg(
                    m_settings.program, outcomes::lastLogLines(outcome.logs))
                : m_causeText,
            request.stepId);
    }
    return outcome;
}

void DriverSession::finalize()
{
    m_over = true;
    m_timer.reset();
    m_logs.finish();
    m_child->closeChannels();
    // The run it was in has this end as its outcome. So has the first one when the process never
    // got as far as running anything: otherwise a script that ends while loading would be tried for
    // ever.
    bool first = true;
    while (!m_requests.empty()) {
        const Request request = m_requests.front();
        const bool own = request.startedAtUs != 0 || m_cause == StopCause::Panic
            || (first && (!m_settings.serial || !m_startedRuns || request.id == m_stoppedRun));
        first = false;
        if (own && !request.reported) {
            RunOutcome outcome = outcomeOfEnd(request);
            reportFront(std::move(outcome));
        } else {
            popFront();
            if (!request.reported) {
                --m_live;
                m_listener.sessionRunReturned(*this, request.id);
            }
        }
    }
    m_listener.sessionEnded(*this);
}

} // namespace earshot::runner
