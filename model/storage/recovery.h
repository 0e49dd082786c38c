// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/run.h"
#include "model/storage/bodylog.h"
#include "model/storage/runledger.h"
#include "model/storage/sqlite.h"

#include <QList>

namespace earshot::storage {

/// What the last service left unfinished, in id order.
struct Recovered
{
    QList<RunRecord> queued; ///< waiting, Suspended ones included (see status); go on with these
    QList<RunRecord> interrupted; ///< went to a process, end unknown
};
/// Bodies that recovery brings along; beyond that a record has only sizes, and its body is read
/// when the run starts.
inline constexpr qint64 kRecoveredBodyBytes = qint64(256) * 1024 * 1024;

struct LedgerState
{
    RunLedger ledger;
    Recovered recovered;
    RunId nextId = 1;
};

/// Finds unfinished runs: by their rows after an orderly end, else also among the runs above the
/// low-water mark, which then get rows. A queued run whose body is lost counts as interrupted.
[[nodiscard]] Result<LedgerState> recoverRuns(Connection &connection, BodyReader &bodies);

} // namespace earshot::storage
