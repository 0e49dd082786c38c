// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/run.h"
#include "runner/childprocess.h"

#include <QString>

namespace earshot::runner {

/// Windmill's JSON forms of runs that failed outside the script's own error handling. Each returns
/// the whole `{"error":{…}}` text.
namespace outcomes {

/// The end of a log for an error text: at most 600 characters, escape sequences removed.
[[nodiscard]] QString lastLogLines(const QByteArray &log);

[[nodiscard]] QByteArray exitCode(
    const QString &program, int code, const QByteArray &log, const QString &stepId);
[[nodiscard]] QByteArray executionError(const QString &text, const QString &stepId);
[[nodiscard]] QByteArray timeout(qint64 limitMs, const QString &stepId);
[[nodiscard]] QByteArray cancelled(const QString &reason, const QString &by);
[[nodiscard]] QByteArray signalled(
    const QString &program, int signalNumber, const QByteArray &log, const QString &stepId);
[[nodiscard]] QByteArray failedToStart(const Error &error, const QString &stepId);
/// Puts an error object's JSON text into `{"error":…}`.
[[nodiscard]] QByteArray wrapped(QByteArrayView errorObject);

/// The last line of a log, trimmed, as a JSON string: the result of a shell script.
[[nodiscard]] QByteArray lastLine(QByteArrayView log);

[[nodiscard]] QString signalName(int signalNumber);

} // namespace outcomes

} // namespace earshot::runner
