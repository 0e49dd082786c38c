// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringView>

#include <optional>

namespace earshot {

/// Identifies a run within a profile; ascending in the order runs were accepted. 0 is no run.
using RunId = qint64;

enum class RunStatus {
    Queued,
    Running,
    Success,
    Failure,
    Timeout,
    Cancelled,
    Crashed,
    FailedToStart,
    Interrupted, ///< the service ended while the run was in flight
    Suspended, ///< waits for `resume` or `cancel` (trigger mode suspended)
};

[[nodiscard]] QString toString(RunStatus status);
[[nodiscard]] std::optional<RunStatus> runStatusFromString(QStringView text);
/// True for statuses that never change again.
[[nodiscard]] bool isFinal(RunStatus status) noexcept;

/// What a run is for.
enum class RunPurpose {
    Message, ///< a message of a trigger
    Url, ///< computes a trigger's URL
    InitialMessage, ///< computes an initial message
    ErrorHandler,
    Manual, ///< asked for by a person: `earshot run`, test, rerun
};

[[nodiscard]] QString toString(RunPurpose purpose);
[[nodiscard]] std::optional<RunPurpose> runPurposeFromString(QStringView text);

/// How a run ended, as the runner reports it.
struct RunOutcome
{
    RunStatus status = RunStatus::Failure;
    /// JSON text: the result, or `{"error":{…}}` for every status but Success.
    QByteArray result;
    /// stdout and stderr in the order they arrived, capped (design: 1 MiB kept per run).
    QByteArray logs;
    bool logsTruncated = false;
    /// JSON text of what the preprocessor returned; empty without one.
    QByteArray preprocessedArgs;
    int exitCode = 0; ///< of the process when it ended by itself, else 0
    qint64 startedAtUs = 0; ///< microseconds since 1970 UTC; 0 when it never started
    qint64 finishedAtUs = 0;
};

/// A run as stored and shown.
struct RunRecord
{
    RunId id = 0;
    RunStatus status = RunStatus::Queued;
    RunPurpose purpose = RunPurpose::Message;
    QString triggerPath; ///< empty for runs without a trigger
    QString runnablePath;
    bool binary = false; ///< the message was binary
    QByteArray message; ///< bytes of the message; empty when `args` is used
    QByteArray args; ///< JSON text of the arguments for runs not made by a message
    QString eventUrl; ///< the configured URL, for the preprocessor's event
    QByteArray preprocessedArgs;
    QByteArray result;
    QByteArray logs;
    bool logsTruncated = false;
    std::optional<QByteArray> reply; ///< text that was sent to the server because of this run
    QString replyError; ///< why a due reply was not sent
    int attempts = 1;
    qint64 receivedAtUs = 0;
    qint64 startedAtUs = 0;
    qint64 finishedAtUs = 0;
    /// Sizes of the bodies in bytes, also where the bodies themselves were not read.
    qint64 messageSize = 0;
    qint64 resultSize = 0;

    friend bool operator==(const RunRecord &, const RunRecord &) = default;
};

} // namespace earshot
