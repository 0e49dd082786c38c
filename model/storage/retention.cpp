// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/retention.h"

#include "model/storage/rowformat.h"
#include "model/storage/storagelog.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QSqlError>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

constexpr qint64 kMicrosPerDay = qint64(86'400) * 1'000'000;

/// What Victims are read from; `r` is the run and `e` its end.
constexpr const char *kVictimColumns
    = "SELECT r.id, r.trigger_id, e.status, r.at, r.message_size + r.args_size, e.at, "
      "e.result_size + e.logs_size + e.preprocessed_size + e.reply_size, r.received_us ";

qint64 sum(const StatusCounts &counts)
{
    return std::accumulate(counts.begin(), counts.end(), qint64(0));
}

/// Consecutive ids, which are the rule, go as one range.
std::vector<std::pair<RunId, RunId>> rangesOf(std::vector<RunId> ids)
{
    std::sort(ids.begin(), ids.end());
    std::vector<std::pair<RunId, RunId>> ranges;
    for (const RunId id : ids) {
        if (!ranges.empty() && ranges.back().second + 1 == id) {
            ranges.back().second = id;
        } else {
            ranges.emplace_back(id, id);
        }
    }
    return ranges;
}

int deleteRuns(Connection &connection, const std::vector<std::pair<RunId, RunId>> &ranges,
    const std::set<std::pair<qint64, qint64>> &blocks)
{
    for (const auto &[first, last] : ranges) {
        for (const char *sql : {"DELETE FROM run WHERE id BETWEEN ? AND ?",
                 "DELETE FROM run_end WHERE id BETWEEN ? AND ?"}) {
            if (const int code = connection.change(sql, {first, last}); code != SQLITE_OK) {
                return code;
            }
        }
    }
    auto block = connection.prepare(
        "DELETE FROM run_block WHERE trigger_id = ?1 AND block = ?2 AND NOT EXISTS (SELECT 1 FROM "
        "run WHERE id BETWEEN ?2 << 5 AND (?2 << 5) + 31 AND trigger_id = ?1)");
    if (!block) {
        return SQLITE_ERROR;
    }
    for (const auto &[trigger, number] : blocks) {
        block->bind(1, trigger);
        block->bind(2, number);
        if (const int code = block->run(); code != SQLITE_OK) {
            return code;
        }
    }
    return SQLITE_OK;
}

} // namespace

Retention::Retention(QString bodiesDirectory)
    : m_bodiesDirectory(std::move(bodiesDirectory))
{ }

bool Retention::isOverdue(const RunLedger &ledger) const
{
    if (m_policy.maxRunsPerTrigger <= 0 || m_holds > 0) {
        return false;
    }
    const auto &counts = ledger.counts();
    return std::any_of(counts.cbegin(), counts.cend(),
        [this](const StatusCounts &of) { return sum(of) > 2 * m_policy.maxRunsPerTrigger; });
}

Result<Retention::Victims> Retention::tooOld(JournalWriter &writer, qint64 maxRows) const
{
    Victims victims;
    if (m_policy.maxAgeDays <= 0) {
        return victims;
    }
    auto rows = writer.connection().prepare(kVictimColumns
        + QByteArrayLiteral("FROM run r CROSS JOIN run_end e ON e.id = r.id WHERE r.id <= ?1 "
                            "ORDER BY r.id LIMIT ?2"));
    if (!rows) {
        return std::move(rows).error();
    }
    const qint64 cutoff
        = QDateTime::currentMSecsSinceEpoch() * 1000 - m_policy.maxAgeDays * kMicrosPerDay;
    rows->bind(1, writer.ledger().storedFinalThrough());
    rows->bind(2, maxRows);
    while (rows->step() == SQLITE_ROW && rows->integer(7) < cutoff) {
        victims.runs.push_back(
            {rows->integer(0), rows->integer(1), static_cast<RunStatus>(rows->integer(2))});
        victims.bodies.emplace_back(rows->integer(3), rows->integer(4));
        victims.bodies.emplace_back(rows->integer(5), rows->integer(6));
    }
    return victims;
}

Result<Retention::Victims> Retention::tooMany(JournalWriter &writer, qint64 maxRows) const
{
    Victims victims;
    if (m_policy.maxRunsPerTrigger <= 0) {
        return victims;
    }
    const auto counts = writer.ledger().counts();
    for (auto it = counts.cbegin(); it != counts.cend(); ++it) {
        const qint64 excess = sum(*it) - m_policy.maxRunsPerTrigger;
        if (excess <= 0) {
            continue;
        }
        auto rows = writer.connection().prepare(kVictimColumns
            + QByteArrayLiteral(
                "FROM run_block b CROSS JOIN run r ON r.id BETWEEN b.block << 5 AND "
                "(b.block << 5) + 31 CROSS JOIN run_end e ON e.id = r.id WHERE b.trigger_id = ?3 "
                "AND r.trigger_id = ?3 AND r.id <= ?1 ORDER BY b.block, r.id LIMIT ?2"));
        if (!rows) {
            return std::move(rows).error();
        }
        rows->bind(1, writer.ledger().storedFinalThrough());
        rows->bind(2, std::min(excess, maxRows));
        rows->bind(3, it.key());
        while (rows->step() == SQLITE_ROW) {
            victims.runs.push_back(
                {rows->integer(0), rows->integer(1), static_cast<RunStatus>(rows->integer(2))});
            victims.bodies.emplace_back(rows->integer(3), rows->integer(4));
            victims.bodies.emplace_back(rows->integer(5), rows->integer(6));
        }
        if (!victims.runs.empty()) {
            break;
        }
    }
    return victims;
}

bool Retention::step(JournalWriter &writer, qint64 maxRows)
{
    if (m_holds > 0 || writer.hasPlan()) {
        return false;
    }
    for (auto select : {&Retention::tooOld, &Retention::tooMany}) {
        auto victims = (this->*select)(writer, maxRows);
        if (!victims) {
            qCWarning(lcStorage) << victims.error().message;
            return false;
        }
        if (!victims->runs.empty()) {
            return remove(writer, std::move(*victims));
        }
    }
    if (m_isSweepDue) {
        forgetSessions(writer);
        sweep(writer);
        m_isSweepDue = false;
    }
    return false;
}

bool Retention::remove(JournalWriter &writer, Victims victims)
{
    std::vector<RunId> ids;
    std::set<std::pair<qint64, qint64>> blocks;
    for (const Victim &victim : victims.runs) {
        ids.push_back(victim.id);
        blocks.emplace(victim.triggerId, victim.id >> rowformat::kBlockBits);
        writer.ledger().removeCounted(victim.triggerId, victim.status, 1);
    }
    std::vector<WriterOp> batch;
    batch.emplace_back(
        WriteOp{[ranges = rangesOf(std::move(ids)), blocks = std::move(blocks)](
                    Connection &connection) { return deleteRuns(connection, ranges, blocks); },
            {}});
    writer.forgetBlocks();
    writer.plan(std::move(batch));
    if (auto applied = writer.apply(); !applied) {
        return false; // stays planned; the next batch repeats it and reports why it fails
    }
    (void)writer.takeCallbacks();
    punch(std::move(victims.bodies));
    m_isSweepDue = true;
    return true;
}

void Retention::forgetSessions(JournalWriter &writer) const
{
    if (m_policy.maxAgeDays <= 0) {
        return;
    }
    const qint64 cutoff
        = QDateTime::currentMSecsSinceEpoch() * 1000 - m_policy.maxAgeDays * kMicrosPerDay;
    const auto done
        = writer.connection().execute("DELETE FROM session WHERE closed_us < ?", {cutoff});
    if (!done) {
        qCWarning(lcStorage) << "old sessions cannot be deleted:" << done.error().message;
    }
}

void Retention::punch(std::vector<std::pair<BodyAddress, qint64>> bodies) const
{
#ifdef FALLOC_FL_PUNCH_HOLE
    // Neighbours first become one range: only whole blocks of the file system are given back.
    std::sort(bodies.begin(), bodies.end());
    std::vector<std::pair<BodyAddress, qint64>> ranges;
    for (const auto &[at, size] : bodies) {
        if (size <= 0) {
            continue;
        }
        if (!ranges.empty() && ranges.back().first + ranges.back().second == at) {
            ranges.back().second += size;
        } else {
            ranges.emplace_back(at, size);
        }
    }
    qint64 segment = -1;
    int file = -1;
    for (const auto &[at, size] : ranges) {
        if (segmentOf(at) != segment) {
            if (file >= 0) {
                ::close(file);
            }
            segment = segmentOf(at);
            file = ::open(QFile::encodeName(segmentFile(m_bodiesDirectory, segment)).constData(),
                O_WRONLY | O_CLOEXEC);
        }
        // A file system without holes keeps the bytes until the whole segment goes.
        if (file >= 0
            && ::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offsetOf(at), size)
                != 0) {
            break;
        }
    }
    if (file >= 0) {
        ::close(file);
    }
#else
    Q_UNUSED(bodies)
#endif
}

void Retention::sweep(JournalWriter &writer)
{
    QSqlQuery rows = writer.connection().run("SELECT number, first_run, last_run FROM segment");
    auto used = writer.connection().prepare(
        "SELECT 1 FROM run r LEFT JOIN run_end e ON e.id = r.id WHERE r.id BETWEEN ?1 AND ?2 AND "
        "(r.at >> 40 = ?3 OR e.at >> 40 = ?3) LIMIT 1");
    if (!rows.isActive() || !used) {
        return;
    }
    std::set<qint64> known;
    std::vector<qint64> empty;
    while (rows.next()) {
        const qint64 number = rows.value(0).toLongLong();
        known.insert(number);
        if (rows.isNull(2) || number >= writer.openSegment()) {
            continue;
        }
        used->bind(1, rows.value(1).toLongLong());
        used->bind(2, rows.value(2).toLongLong());
        used->bind(3, number);
        const int code = used->step();
        used->reset();
        if (code == SQLITE_DONE) {
            empty.push_back(number);
        }
    }
    if (rows.lastError().isValid()) {
        return; // a segment that was not seen must not look unknown
    }
    rows.finish();
    std::vector<WriterOp> batch;
    batch.emplace_back(WriteOp{[empty](Connection &connection) {
                                   for (const qint64 number : empty) {
                                       const int code = connection.change(
                                           "DELETE FROM segment WHERE number = ?", {number});
                                       if (code != SQLITE_OK) {
                                           return code;
                                       }
                                   }
                                   return SQLITE_OK;
                               },
        {}});
    if (!empty.empty()) {
        writer.plan(std::move(batch));
        if (auto applied = writer.apply(); !applied) {
            return;
        }
        (void)writer.takeCallbacks();
    }
    // Row first, file second: what a crash in between leaves is a file without a row.
    const QSet<qint64> gone(empty.begin(), empty.end());
    const auto names = QDir(m_bodiesDirectory).entryList({u"*.seg"_s}, QDir::Files);
    for (const QString &name : names) {
        const qint64 number = QStringView(name).chopped(4).toLongLong();
        if (number < writer.openSegment() && (gone.contains(number) || !known.contains(number))
            && !QFile::remove(m_bodiesDirectory + u'/' + name)) {
            qCWarning(lcStorage) << "cannot remove" << name;
        }
    }
}

} // namespace earshot::storage
