// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace earshot::runner::limits {

/// One line of a driver's answer, without the raw bytes behind it.
constexpr qint64 kMaxResponseLineBytes = qint64(64) * 1024;
/// One line of a request, without the raw bytes behind it.
constexpr qint64 kMaxRequestLineBytes = qint64(1024) * 1024;
/// What a script returns, or one message it sends during a run.
constexpr qint64 kMaxResultBytes = qint64(128) * 1024 * 1024;
/// Output of a script kept per run: its beginning and, past the cut, its end.
constexpr qint64 kMaxLogBytes = qint64(1024) * 1024;
constexpr qint64 kLogTailBytes = qint64(64) * 1024;
/// Runs whose output is held while their answer is on its way.
constexpr int kMaxOpenLogs = 1024;
/// Characters of the log quoted in the error of a run that exited with a code.
constexpr qsizetype kErrorLogChars = 600;

/// Requests a fast worker may hold, and their bytes.
constexpr int kMaxPrefetchRuns = 256;
constexpr qint64 kMaxPrefetchBytes = qint64(1024) * 1024;
/// Scripts slower than this get no prefetch at all: it would save nothing and delay cancelling.
constexpr qint64 kPrefetchRunMicros = 2'000;

constexpr qint64 kTermGraceMs = 3'000; ///< between SIGTERM and SIGKILL
constexpr qint64 kDrainMs = 1'000; ///< for output after the process ended
constexpr qint64 kExitGraceMs = 1'000; ///< for a driver to exit after its last answer
constexpr qint64 kStandbyIdleMs = 10LL * 60 * 1000;
constexpr qint64 kRestartBackoffMinMs = 100;
constexpr qint64 kRestartBackoffMaxMs = 30'000;
/// While a worker is busy its script is looked at this often; an idle one before every run.
constexpr qint64 kBusyStatIntervalMs = 5;

/// Running processes over all pools, per core.
constexpr int kProcessesPerCore = 4;
/// Loaded standbys and idle workers over all pools, and their resident memory.
constexpr int kMaxIdleProcesses = 32;
constexpr qint64 kMaxIdleBytes = qint64(2) * 1024 * 1024 * 1024;
/// Files a driver may name as imported by its script.
constexpr int kMaxWatchedImports = 256;

constexpr int kPipeBytes = 1024 * 1024;
constexpr qint64 kReadChunkBytes = qint64(512) * 1024;
/// Bytes taken from one descriptor before the other sources of the loop get their turn.
constexpr qint64 kMaxReadPerTurn = qint64(8) * 1024 * 1024;

constexpr qint64 kExpressionTimeoutMs = 10'000;
constexpr qint64 kMaxExpressionBytes = qint64(1024) * 1024;
constexpr qint64 kMaxExpressionLineBytes = qint64(64) * 1024 * 1024;
constexpr qint64 kExpressionHeapBytes = qint64(1024) * 1024 * 1024;
constexpr int kMaxQueuedExpressions = 10'000;

/// Windmill's caps of a retry object.
constexpr int kMaxRetryAttempts = 1'000;
constexpr qint64 kMaxRetryDelayMs = qint64(6) * 60 * 60 * 1000;

} // namespace earshot::runner::limits
