// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/storage/storage.h"

#include <QDateTime>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <optional>

namespace earshot::storage::testing {

inline constexpr int kDeadlineMs = 20'000;
/// Young enough for the default retention.
inline const qint64 kNowUs = QDateTime::currentMSecsSinceEpoch() * 1000;

inline std::unique_ptr<Storage> openIn(const QString &folder)
{
    Storage::Options options;
    options.dataDir = folder;
    auto storage = Storage::open(options);
    if (!storage) {
        qWarning("%s", qPrintable(storage.error().message));
        return nullptr;
    }
    return std::move(*storage);
}

inline bool waitCommitted(RunJournal &journal)
{
    return QTest::qWaitFor([&] { return journal.pendingCount() == 0; }, kDeadlineMs);
}

inline NewRun newRun(RunId id, const QByteArray &message, qint64 trigger = 1)
{
    NewRun run;
    run.id = id;
    run.triggerId = trigger;
    run.message = message;
    run.runnablePath = QStringLiteral("f/a/script");
    run.eventUrl = QStringLiteral("ws://example.org/");
    run.receivedAtUs = kNowUs + id;
    return run;
}

inline FinishedRun finished(
    RunId id, const QByteArray &result, RunStatus status = RunStatus::Success)
{
    FinishedRun run;
    run.id = id;
    run.outcome.status = status;
    run.outcome.result = result;
    run.outcome.startedAtUs = kNowUs + 100 + id;
    run.outcome.finishedAtUs = kNowUs + 200 + id;
    return run;
}

inline Result<QList<RunRecord>> query(Storage &storage, const RunQuery &asked)
{
    std::optional<Result<QList<RunRecord>>> answer;
    storage.queryRuns(asked, [&answer](const auto &result) { answer = result; });
    (void)QTest::qWaitFor([&] { return answer.has_value(); }, kDeadlineMs);
    return answer ? *answer : Error{ErrorCode::Timeout, QStringLiteral("no answer"), {}};
}

inline Result<RunRecord> readRun(Storage &storage, RunId id)
{
    std::optional<Result<RunRecord>> answer;
    storage.readRun(id, [&answer](const auto &result) { answer = result; });
    (void)QTest::qWaitFor([&] { return answer.has_value(); }, kDeadlineMs);
    return answer ? *answer : Error{ErrorCode::Timeout, QStringLiteral("no answer"), {}};
}

inline QList<RunId> idsOf(const QList<RunRecord> &records)
{
    QList<RunId> ids;
    for (const RunRecord &record : records) {
        ids.append(record.id);
    }
    return ids;
}

/// Counts of one trigger; {} when nothing answers.
inline StatusCounts countsOf(Storage &storage, qint64 trigger)
{
    std::optional<StatusCounts> answer;
    storage.countRuns([&answer, trigger](const auto &totals) { answer = totals.value(trigger); });
    (void)QTest::qWaitFor([&] { return answer.has_value(); }, kDeadlineMs);
    return answer.value_or(StatusCounts{});
}

inline qint64 at(const StatusCounts &counts, RunStatus status)
{
    return counts[static_cast<size_t>(status)];
}

} // namespace earshot::storage::testing
