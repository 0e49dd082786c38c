// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"
#include "model/storage/bodylog.h"
#include "model/storage/sqlite.h"

namespace earshot::storage {

/// Which body of a run.
enum class RunBody { Message, Args, Result, Logs, PreprocessedArgs, Reply };

/// A run's rows, joined; `record` has sizes and no bodies.
struct RunRow
{
    RunRecord record;
    qint64 triggerId = 0;
    BodyAddress at = 0; ///< message, args
    qint64 argsSize = 0;
    BodyAddress endAt = 0; ///< result, logs, preprocessed, reply
    qint64 logsSize = 0;
    qint64 preprocessedSize = 0;
    qint64 replySize = 0; ///< of a reply that is not the result
    bool hasReply = false;
    bool replyIsResult = false;
    int exitCode = 0;

    struct Span
    {
        BodyAddress at = 0;
        qint64 size = 0;
    };
    [[nodiscard]] Span span(RunBody which) const noexcept;
};

/// Selects what readRunRow() reads; the parameter is the run's id.
[[nodiscard]] QByteArray runByIdSql();
[[nodiscard]] RunRow readRunRow(const Statement &statement);

/// Fills the bodies of `row.record`, each at most `limit` bytes (-1 = whole). A body that cannot be
/// read stays empty; the first such failure is returned.
[[nodiscard]] Result<void> fillBodies(RunRow &row, BodyReader &bodies, qint64 limit);
/// The first `limit` bytes of message and result only, through the reader's cache.
void fillPreviews(RunRow &row, BodyReader &bodies, qint64 limit);

} // namespace earshot::storage
