// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/storage/runjournal.h"

/// How values are packed into the rows of `run` and `run_end`. These numbers are in people's
/// databases: add, never change.
namespace earshot::storage::rowformat {

inline constexpr const char *kFinalThrough = "final_through";

/// run_block.block = id >> kBlockBits
inline constexpr int kBlockBits = 5;

static_assert(static_cast<int>(RunStatus::Queued) == 0 && static_cast<int>(RunStatus::Success) == 2
    && static_cast<int>(RunStatus::Interrupted) == 8
    && static_cast<int>(RunStatus::Suspended) == 9);
static_assert(
    static_cast<int>(RunPurpose::Message) == 0 && static_cast<int>(RunPurpose::Manual) == 4);

inline constexpr qint64 kPurposeMask = 0xf;
inline constexpr qint64 kBinary = 1 << 4;
inline constexpr qint64 kDispatched = 1 << 5;
inline constexpr qint64 kSuspended = 1 << 6;

[[nodiscard]] inline qint64 runFlags(const NewRun &run)
{
    return static_cast<qint64>(run.purpose) | (run.binary ? kBinary : 0)
        | (run.dispatched ? kDispatched : 0)
        | (run.status == RunStatus::Suspended ? kSuspended : 0);
}

inline constexpr qint64 kLogsTruncated = 1 << 0;
inline constexpr qint64 kReplyIsResult = 1 << 1;
inline constexpr qint64 kHasReply = 1 << 2;

[[nodiscard]] inline qint64 endFlags(bool logsTruncated, bool hasReply, bool replyIsResult)
{
    return (logsTruncated ? kLogsTruncated : 0) | (replyIsResult ? kReplyIsResult : 0)
        | (hasReply ? kHasReply : 0);
}

} // namespace earshot::storage::rowformat
