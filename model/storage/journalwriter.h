// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/storage/bodylog.h"
#include "model/storage/runjournal.h"
#include "model/storage/runledger.h"
#include "model/storage/sqlite.h"

#include <QHash>
#include <QString>

#include <functional>
#include <optional>
#include <variant>
#include <vector>

namespace earshot::storage {

struct AppendOp
{
    NewRun run;
    bool finalFollows = false; ///< its FinishOp is in the same batch
};
struct FinishOp
{
    FinishedRun run;
};
struct MarkOp
{
    RunId id = 0;
    bool dispatched = false;
};
/// Any other change. `work` runs inside the batch's transaction on the writer thread, possibly more
/// than once, and returns an SQLite code; `done` gets the outcome on the event-loop thread after
/// the commit.
struct WriteOp
{
    std::function<int(Connection &)> work;
    std::function<void(const Result<void> &)> done;
};
using WriterOp = std::variant<AppendOp, FinishOp, MarkOp, WriteOp>;

/// Turns a batch of operations into one transaction. Two steps, so that a failed write can be
/// repeated: plan() changes what is known and lists the rows, apply() writes them. Writer thread.
class JournalWriter final
{
public:
    JournalWriter(Connection connection, std::unique_ptr<BodyLog> bodies, RunLedger ledger,
        bool synchronousFull);
    ~JournalWriter();
    Q_DISABLE_COPY_MOVE(JournalWriter)

    [[nodiscard]] Result<void> prepare();
    void plan(std::vector<WriterOp> &&batch);
    /// Writes what was planned; after an Error it may be called again.
    [[nodiscard]] Result<void> apply();
    [[nodiscard]] bool hasPlan() const noexcept { return m_planned; }
    /// After a successful apply(): `done` of the batch's WriteOps with their outcomes.
    [[nodiscard]] std::vector<std::function<void()>> takeCallbacks();

    /// For a quiet moment and the end: writes what is kept back on the hot path (counts, the
    /// low-water mark, the rows of unfinished runs).
    [[nodiscard]] bool hasKeptBack() const noexcept { return m_ledger.hasUncheckpointed(); }
    void planSettled();

    /// Blocks were deleted: rows of the same ones may be needed again.
    void forgetBlocks() { m_lastBlock.clear(); }

    [[nodiscard]] RunLedger &ledger() noexcept { return m_ledger; }
    [[nodiscard]] Connection &connection() noexcept { return m_connection; }
    [[nodiscard]] qint64 openSegment() const noexcept { return m_bodies->segment(); }

private:
    struct RunRow
    {
        RunId id = 0;
        qint64 triggerId = 0;
        qint64 flags = 0;
        qint64 receivedAtUs = 0;
        qint64 runnable = 0; ///< 0 = NULL
        qint64 url = 0;
        BodyAddress at = 0;
        qint64 messageSize = 0;
        qint64 argsSize = 0;
    };
    struct EndRow
    {
        RunId id = 0;
        qint64 status = 0;
        qint64 flags = 0;
        qint64 attempts = 0;
        qint64 exitCode = 0;
        qint64 startedAtUs = 0;
        qint64 finishedAtUs = 0;
        BodyAddress at = 0;
        qint64 resultSize = 0;
        qint64 logsSize = 0;
        qint64 preprocessedSize = 0;
        qint64 replySize = 0;
        QByteArray replyError;
    };
    using Row = std::variant<RunRow, EndRow>;
    struct SegmentRow
    {
        qint64 number = 0;
        RunId first = 0;
        RunId last = 0; ///< 0 = still open
    };
    struct Task
    {
        WriteOp op;
        Result<void> outcome;
    };

    void planAppend(AppendOp &op);
    void planFinish(FinishOp &op);
    void planBody(RunId id);
    [[nodiscard]] qint64 phrase(const QString &text);
    [[nodiscard]] int writeRows();
    [[nodiscard]] int writeRun(const RunRow &row);
    [[nodiscard]] int writeEnd(const EndRow &row);
    [[nodiscard]] int writeLedger();
    [[nodiscard]] int writeCounts();
    [[nodiscard]] int writeSegments();
    [[nodiscard]] Error failed(int code);

    Connection m_connection;
    std::unique_ptr<BodyLog> m_bodies;
    RunLedger m_ledger;
    bool m_synchronousFull;

    Statement m_begin;
    Statement m_commit;
    Statement m_insertRun;
    Statement m_insertEnd;
    Statement m_insertBlock;
    Statement m_insertPhrase;
    Statement m_findPhrase;
    Statement m_setOpen;
    Statement m_clearOpen;
    Statement m_setDispatched;
    Statement m_setMeta;
    Statement m_setCount;
    Statement m_setSegment;

    bool m_planned = false;
    std::vector<Row> m_rows;
    std::vector<Task> m_tasks;
    std::vector<std::pair<qint64, qint64>> m_blocks; ///< trigger, block
    std::vector<std::pair<qint64, QByteArray>> m_newPhrases;
    std::vector<SegmentRow> m_segmentRows;
    std::optional<SegmentRow> m_segment; ///< the open one, once it has bodies
    bool m_hasBodies = false;

    QHash<qint64, qint64> m_lastBlock; ///< by trigger
    QHash<QString, qint64> m_phrases;
    QString m_lastPhrase[2];
    qint64 m_lastPhraseId[2] = {0, 0};
    qint64 m_nextPhrase = 1;
    RunId m_highest = 0;
};

} // namespace earshot::storage
