// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runner/runexecutor.h"

#include <QByteArrayList>

#include <optional>

namespace earshot::runner {

/// One response line of a driver (docs/driver-protocol.md), without the raw bytes behind it.
struct DriverResponse
{
    enum class Type {
        Ready,
        LoadError,
        Started,
        Preprocessed,
        Send,
        Result,
        Error,
        Dropped,
    };
    Type type = Type::Ready;
    RunId id = 0;
    qint64 bodyBytes = 0; ///< `result_bytes` or `send_bytes`
    bool binary = false;
    bool unchecked = false; ///< the result's bytes may not be JSON
    bool fromLog = false; ///< the result is the last line of the log
    std::optional<int> exitCode; ///< the error is that of an exit with this code
    QByteArray preprocessor; ///< of Ready
    QByteArray error; ///< of LoadError: JSON text
    QByteArrayList imports; ///< of Ready: files whose change asks for a reload
};

/// Reads one line without its line break. Nothing when the line is no response of the protocol.
[[nodiscard]] std::optional<DriverResponse> parseDriverResponse(QByteArrayView line);

/// Appends the request line of `job` (the message's raw bytes follow it). `environment` and
/// `signature` are JSON texts, empty = left out.
void appendRunRequest(QByteArray &out, const RunJob &job, QByteArrayView environment,
    QByteArrayView signature, bool last);

[[nodiscard]] QByteArray loadRequest(QByteArrayView signature);
[[nodiscard]] QByteArray cancelRequest(RunId id);

} // namespace earshot::runner
