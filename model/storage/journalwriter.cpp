// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/journalwriter.h"

#include "model/storage/rowformat.h"

#include <algorithm>
#include <utility>

#include <sqlite3.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

/// Phrases are few; if someone makes every URL different, memory stays bounded.
constexpr qsizetype kCachedPhrases = 4096;

Error storageError(const Connection &connection, int code)
{
    return connection.error(code, u"cannot write to the database"_s);
}

} // namespace

JournalWriter::JournalWriter(
    Connection connection, std::unique_ptr<BodyLog> bodies, RunLedger ledger, bool synchronousFull)
    : m_connection(std::move(connection))
    , m_bodies(std::move(bodies))
    , m_ledger(std::move(ledger))
    , m_synchronousFull(synchronousFull)
{ }

JournalWriter::~JournalWriter() = default;

Result<void> JournalWriter::prepare()
{
    const std::pair<Statement *, const char *> statements[] = {
        {&m_begin, "BEGIN IMMEDIATE"},
        {&m_commit, "COMMIT"},
        {&m_insertRun, "INSERT OR IGNORE INTO run VALUES (?,?,?,?,?,?,?,?,?)"},
        {&m_insertEnd, "INSERT OR IGNORE INTO run_end VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"},
        {&m_insertBlock, "INSERT OR IGNORE INTO run_block VALUES (?,?)"},
        {&m_insertPhrase, "INSERT OR IGNORE INTO phrase VALUES (?,?)"},
        {&m_findPhrase, "SELECT id FROM phrase WHERE text = ?"},
        {&m_setOpen, "INSERT OR REPLACE INTO run_open VALUES (?,?)"},
        {&m_clearOpen, "DELETE FROM run_open WHERE id = ?"},
        {&m_setDispatched, "INSERT OR REPLACE INTO dispatched VALUES (?,?)"},
        {&m_setMeta, "INSERT OR REPLACE INTO meta VALUES (?,?)"},
        {&m_setCount, "INSERT OR REPLACE INTO run_count VALUES (?,?,?)"},
        {&m_setSegment, "INSERT OR REPLACE INTO segment VALUES (?,?,?)"},
    };
    for (const auto &[statement, sql] : statements) {
        auto prepared = m_connection.prepare(sql);
        if (!prepared) {
            return std::move(prepared).error();
        }
        *statement = std::move(*prepared);
    }
    auto highestPhrase = m_connection.integer("SELECT coalesce(max(id), 0) FROM phrase");
    if (!highestPhrase) {
        return std::move(highestPhrase).error();
    }
    m_nextPhrase = *highestPhrase + 1;
    auto highestRun = m_connection.integer("SELECT coalesce(max(id), 0) FROM run");
    if (!highestRun) {
        return std::move(highestRun).error();
    }
    m_highest = *highestRun;
    auto open = m_connection.prepare(
        "SELECT first_run FROM segment WHERE number = ? AND last_run IS NULL");
    if (!open) {
        return std::move(open).error();
    }
    open->bind(1, m_bodies->segment());
    if (open->step() == SQLITE_ROW) {
        m_segment = SegmentRow{m_bodies->segment(), open->integer(0), 0};
    }
    return {};
}

qint64 JournalWriter::phrase(const QString &text)
{
    if (text.isEmpty()) {
        return 0;
    }
    for (size_t recent = 0; recent < 2; ++recent) {
        if (m_lastPhrase[recent] == text) {
            return m_lastPhraseId[recent];
        }
    }
    qint64 id = m_phrases.value(text);
    if (id == 0) {
        const QByteArray utf8 = text.toUtf8();
        m_findPhrase.bindText(1, utf8);
        if (m_findPhrase.step() == SQLITE_ROW) {
            id = m_findPhrase.integer(0);
        }
        m_findPhrase.reset();
        if (id == 0) {
            id = m_nextPhrase++;
            m_newPhrases.emplace_back(id, utf8);
        }
        if (m_phrases.size() >= kCachedPhrases) {
            m_phrases.clear();
        }
        m_phrases.insert(text, id);
    }
    m_lastPhrase[1] = std::exchange(m_lastPhrase[0], text);
    m_lastPhraseId[1] = std::exchange(m_lastPhraseId[0], id);
    return id;
}

void JournalWriter::planBody(RunId id)
{
    m_hasBodies = true;
    if (!m_segment || m_segment->number != m_bodies->segment()) {
        m_segment = SegmentRow{m_bodies->segment(), id, 0};
        m_segmentRows.push_back(*m_segment);
    } else if (id < m_segment->first) {
        m_segment->first = id;
        m_segmentRows.push_back(*m_segment);
    }
}

void JournalWriter::planAppend(AppendOp &op)
{
    const NewRun &run = op.run;
    const RunStatus status = run.status == RunStatus::Suspended ? RunStatus::Suspended
        : run.dispatched || op.finalFollows                     ? RunStatus::Running
                                                                : RunStatus::Queued;
    m_ledger.append(run.id, run.triggerId, status, op.finalFollows);
    m_highest = std::max(m_highest, run.id);

    RunRow row{.id = run.id,
        .triggerId = run.triggerId,
        .flags = rowformat::runFlags(run),
        .receivedAtUs = run.receivedAtUs,
        .runnable = phrase(run.runnablePath),
        .url = phrase(run.eventUrl),
        .at = m_bodies->nextAddress(),
        .messageSize = run.message.size(),
        .argsSize = run.args.size()};
    if (row.messageSize + row.argsSize > 0) {
        planBody(run.id);
        m_bodies->put(run.message);
        m_bodies->put(run.args);
    } else {
        row.at = 0;
    }
    const qint64 block = run.id >> rowformat::kBlockBits;
    qint64 &last = m_lastBlock[run.triggerId];
    if (last != block + 1) {
        last = block + 1; // 0 is none yet
        m_blocks.emplace_back(run.triggerId, block);
    }
    m_rows.emplace_back(row);
}

void JournalWriter::planFinish(FinishOp &op)
{
    FinishedRun &run = op.run;
    if (!m_ledger.finish(run.id, run.outcome.status)) {
        return;
    }
    m_highest = std::max(m_highest, run.id);
    const RunOutcome &outcome = run.outcome;
    const bool replyIsResult = run.reply && *run.reply == outcome.result;
    EndRow row{.id = run.id,
        .status = static_cast<qint64>(outcome.status),
        .flags = rowformat::endFlags(outcome.logsTruncated, run.reply.has_value(), replyIsResult),
        .attempts = run.attempts,
        .exitCode = outcome.exitCode,
        .startedAtUs = outcome.startedAtUs,
        .finishedAtUs = outcome.finishedAtUs,
        .at = m_bodies->nextAddress(),
        .resultSize = outcome.result.size(),
        .logsSize = outcome.logs.size(),
        .preprocessedSize = outcome.preprocessedArgs.size(),
        .replySize = run.reply && !replyIsResult ? run.reply->size() : 0,
        .replyError = run.replyError.toUtf8()};
    if (row.resultSize + row.logsSize + row.preprocessedSize + row.replySize > 0) {
        planBody(run.id);
        m_bodies->put(outcome.result);
        m_bodies->put(outcome.logs);
        m_bodies->put(outcome.preprocessedArgs);
        if (row.replySize > 0) {
            m_bodies->put(*run.reply);
        }
    } else {
        row.at = 0;
    }
    m_rows.emplace_back(std::move(row));
}

void JournalWriter::plan(std::vector<WriterOp> &&batch)
{
    m_planned = true;
    if (m_bodies->isFull() && m_segment && m_bodies->roll()) {
        // A segment that cannot be replaced now just grows on.
        m_segment->last = m_highest;
        m_segmentRows.push_back(*m_segment);
        m_segment.reset();
    }
    m_rows.reserve(batch.size());
    for (WriterOp &op : batch) {
        if (auto *append = std::get_if<AppendOp>(&op)) {
            planAppend(*append);
        } else if (auto *finish = std::get_if<FinishOp>(&op)) {
            planFinish(*finish);
        } else if (auto *mark = std::get_if<MarkOp>(&op)) {
            if (mark->dispatched) {
                m_ledger.markDispatched(mark->id);
            } else {
                m_ledger.markQueued(mark->id);
            }
        } else if (auto *write = std::get_if<WriteOp>(&op)) {
            m_tasks.push_back(Task{std::move(*write), {}});
        }
    }
    batch.clear();
}

void JournalWriter::planSettled()
{
    m_planned = true;
    m_ledger.settle();
}

Result<void> JournalWriter::apply()
{
    if (!m_planned) {
        return {};
    }
    // Bodies first: a row must never refer to bytes that a crash of this process could lose.
    if (m_hasBodies) {
        if (auto flushed = m_bodies->flush(); !flushed) {
            return flushed;
        }
        if (m_synchronousFull) {
            if (auto synced = m_bodies->sync(); !synced) {
                return synced;
            }
        }
    }
    int code = m_begin.run();
    if (code == SQLITE_OK) {
        code = writeRows();
    }
    if (code == SQLITE_OK) {
        code = m_commit.run();
    }
    if (code != SQLITE_OK) {
        return failed(code);
    }
    if (m_ledger.isCheckpointDue()) {
        m_ledger.stored();
    }
    m_ledger.effects() = {};
    m_rows.clear();
    if (m_rows.capacity() > 16'384) {
        m_rows = {};
    }
    m_blocks.clear();
    m_newPhrases.clear();
    m_segmentRows.clear();
    m_hasBodies = false;
    m_planned = false;
    return {};
}

Error JournalWriter::failed(int code)
{
    Error error = storageError(m_connection, code);
    if (m_connection.inTransaction()) {
        // Cannot fail in a way that matters: the next BEGIN would say so.
        (void)m_connection.change("ROLLBACK");
    }
    return error;
}

std::vector<std::function<void()>> JournalWriter::takeCallbacks()
{
    std::vector<std::function<void()>> callbacks;
    for (Task &task : m_tasks) {
        if (task.op.done) {
            callbacks.emplace_back([done = std::move(task.op.done),
                                       outcome = std::move(task.outcome)] { done(outcome); });
        }
    }
    m_tasks.clear();
    return callbacks;
}

int JournalWriter::writeRows()
{
    for (const auto &[id, text] : m_newPhrases) {
        m_insertPhrase.bind(1, id);
        m_insertPhrase.bindText(2, text);
        if (const int code = m_insertPhrase.run(); code != SQLITE_OK) {
            return code;
        }
    }
    for (const auto &[trigger, block] : m_blocks) {
        m_insertBlock.bind(1, trigger);
        m_insertBlock.bind(2, block);
        if (const int code = m_insertBlock.run(); code != SQLITE_OK) {
            return code;
        }
    }
    for (const Row &row : m_rows) {
        const int code = row.index() == 0 ? writeRun(std::get<0>(row)) : writeEnd(std::get<1>(row));
        if (code != SQLITE_OK) {
            return code;
        }
    }
    for (Task &task : m_tasks) {
        const int code = task.op.work(m_connection);
        if (code != SQLITE_OK && isTransient(code)) {
            return code;
        }
        task.outcome = code == SQLITE_OK ? Result<void>() : storageError(m_connection, code);
    }
    if (const int code = writeLedger(); code != SQLITE_OK) {
        return code;
    }
    return writeSegments();
}

int JournalWriter::writeRun(const RunRow &row)
{
    m_insertRun.bind(1, row.id);
    m_insertRun.bind(2, row.triggerId);
    m_insertRun.bind(3, row.flags);
    m_insertRun.bind(4, row.receivedAtUs);
    row.runnable != 0 ? m_insertRun.bind(5, row.runnable) : m_insertRun.bindNull(5);
    row.url != 0 ? m_insertRun.bind(6, row.url) : m_insertRun.bindNull(6);
    row.at != 0 ? m_insertRun.bind(7, row.at) : m_insertRun.bindNull(7);
    m_insertRun.bind(8, row.messageSize);
    m_insertRun.bind(9, row.argsSize);
    return m_insertRun.run();
}

int JournalWriter::writeEnd(const EndRow &row)
{
    m_insertEnd.bind(1, row.id);
    m_insertEnd.bind(2, row.status);
    m_insertEnd.bind(3, row.flags);
    m_insertEnd.bind(4, row.attempts);
    m_insertEnd.bind(5, row.exitCode);
    m_insertEnd.bind(6, row.startedAtUs);
    m_insertEnd.bind(7, row.finishedAtUs);
    row.at != 0 ? m_insertEnd.bind(8, row.at) : m_insertEnd.bindNull(8);
    m_insertEnd.bind(9, row.resultSize);
    m_insertEnd.bind(10, row.logsSize);
    m_insertEnd.bind(11, row.preprocessedSize);
    m_insertEnd.bind(12, row.replySize);
    if (row.replyError.isEmpty()) {
        m_insertEnd.bindNull(13);
    } else {
        m_insertEnd.bindText(13, row.replyError);
    }
    return m_insertEnd.run();
}

int JournalWriter::writeLedger()
{
    const RunLedger::Effects &effects = m_ledger.effects();
    for (const auto &[id, status] : effects.openRows) {
        Statement &statement = status ? m_setOpen : m_clearOpen;
        statement.bind(1, id);
        if (status) {
            statement.bind(2, static_cast<qint64>(*status));
        }
        if (const int code = statement.run(); code != SQLITE_OK) {
            return code;
        }
    }
    for (auto it = effects.dispatchedThrough.cbegin(); it != effects.dispatchedThrough.cend();
         ++it) {
        m_setDispatched.bind(1, it.key());
        m_setDispatched.bind(2, it.value());
        if (const int code = m_setDispatched.run(); code != SQLITE_OK) {
            return code;
        }
    }
    return m_ledger.isCheckpointDue() ? writeCounts() : SQLITE_OK;
}

int JournalWriter::writeCounts()
{
    m_setMeta.bindText(1, rowformat::kFinalThrough);
    m_setMeta.bind(2, m_ledger.finalThrough());
    if (const int code = m_setMeta.run(); code != SQLITE_OK) {
        return code;
    }
    const auto triggers = m_ledger.changedTriggers();
    for (const qint64 trigger : triggers) {
        const StatusCounts counts = m_ledger.counted(trigger);
        for (size_t status = 0; status < counts.size(); ++status) {
            if (counts[status] == 0 && !isFinal(static_cast<RunStatus>(status))) {
                continue;
            }
            m_setCount.bind(1, trigger);
            m_setCount.bind(2, static_cast<qint64>(status));
            m_setCount.bind(3, counts[status]);
            if (const int code = m_setCount.run(); code != SQLITE_OK) {
                return code;
            }
        }
    }
    return SQLITE_OK;
}

int JournalWriter::writeSegments()
{
    for (const SegmentRow &row : m_segmentRows) {
        m_setSegment.bind(1, row.number);
        m_setSegment.bind(2, row.first);
        row.last != 0 ? m_setSegment.bind(3, row.last) : m_setSegment.bindNull(3);
        if (const int code = m_setSegment.run(); code != SQLITE_OK) {
            return code;
        }
    }
    return SQLITE_OK;
}

} // namespace earshot::storage
