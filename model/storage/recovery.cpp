// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/recovery.h"

#include "model/storage/rowformat.h"
#include "model/storage/runrows.h"
#include "model/storage/storagelog.h"

#include <QSqlError>

#include <algorithm>
#include <utility>
#include <vector>

#include <sqlite3.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

Error unreadable(const Connection &connection, const QSqlQuery &rows)
{
    return connection.error(rows.lastError(), u"cannot read the runs"_s);
}

Result<QHash<qint64, StatusCounts>> readCounts(Connection &connection)
{
    QSqlQuery rows = connection.run("SELECT trigger_id, status, count FROM run_count");
    QHash<qint64, StatusCounts> counts;
    while (rows.next()) {
        const qint64 status = rows.value(1).toLongLong();
        if (status >= 0 && status < kRunStatusCount) {
            counts[rows.value(0).toLongLong()][static_cast<size_t>(status)]
                = rows.value(2).toLongLong();
        }
    }
    if (rows.lastError().isValid()) {
        return unreadable(connection, rows);
    }
    return counts;
}

/// Ids above `through` that are not over; counts the ones that are.
Result<std::vector<RunId>> searchAbove(
    Connection &connection, RunId through, QHash<qint64, StatusCounts> &counts)
{
    QSqlQuery rows = connection.run("SELECT r.id, r.trigger_id, e.status FROM run r LEFT JOIN "
                                    "run_end e ON e.id = r.id WHERE r.id > ? ORDER BY r.id",
        {through});
    std::vector<RunId> unfinished;
    while (rows.next()) {
        if (rows.isNull(2)) {
            unfinished.push_back(rows.value(0).toLongLong());
        } else {
            const qint64 status
                = std::clamp<qint64>(rows.value(2).toLongLong(), 0, kRunStatusCount - 1);
            ++counts[rows.value(1).toLongLong()][static_cast<size_t>(status)];
        }
    }
    if (rows.lastError().isValid()) {
        return unreadable(connection, rows);
    }
    return unfinished;
}

Result<std::vector<RunId>> openBelow(Connection &connection, RunId through)
{
    QSqlQuery rows = connection.run("SELECT id FROM run_open WHERE id <= ? ORDER BY id", {through});
    std::vector<RunId> ids;
    while (rows.next()) {
        ids.push_back(rows.value(0).toLongLong());
    }
    if (rows.lastError().isValid()) {
        return unreadable(connection, rows);
    }
    return ids;
}

Result<void> writeAll(Connection &connection, RunId through,
    const QHash<qint64, StatusCounts> &counts, const std::vector<std::pair<RunId, RunStatus>> &open)
{
    for (const auto &[id, status] : open) {
        auto done = connection.execute(
            "INSERT OR REPLACE INTO run_open VALUES (?,?)", {id, static_cast<qint64>(status)});
        if (!done) {
            return done;
        }
    }
    for (auto it = counts.cbegin(); it != counts.cend(); ++it) {
        for (size_t status = 0; status < it->size(); ++status) {
            if ((*it)[status] == 0) {
                continue;
            }
            auto done = connection.execute("INSERT OR REPLACE INTO run_count VALUES (?,?,?)",
                {it.key(), static_cast<qint64>(status), (*it)[status]});
            if (!done) {
                return done;
            }
        }
    }
    return connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?)",
        {QString::fromLatin1(rowformat::kFinalThrough), through});
}

} // namespace

Result<LedgerState> recoverRuns(Connection &connection, BodyReader &bodies)
{
    const auto stored = connection.integer(
        "SELECT coalesce((SELECT value FROM meta WHERE key = 'final_through'), 0)");
    const auto highest = connection.integer("SELECT coalesce(max(id), 0) FROM run");
    auto counts = readCounts(connection);
    if (!stored || !highest || !counts) {
        return !stored ? stored.error() : !highest ? highest.error() : counts.error();
    }
    auto ids = openBelow(connection, *stored);
    auto above = searchAbove(connection, *stored, *counts);
    if (!ids || !above) {
        return !ids ? ids.error() : above.error();
    }
    ids->insert(ids->end(), above->begin(), above->end());

    LedgerState state;
    auto read = connection.prepare(runByIdSql());
    if (!read) {
        return std::move(read).error();
    }
    std::vector<std::pair<RunId, RunStatus>> open;
    std::vector<std::pair<RunId, qint64>> triggers;
    qint64 loaded = 0;
    for (const RunId id : *ids) {
        read->reset();
        read->bind(1, id);
        if (read->step() != SQLITE_ROW) {
            continue; // a mark without a run: nothing to go on with
        }
        RunRow row = readRunRow(*read);
        loaded += row.record.messageSize + row.argsSize;
        if (loaded <= kRecoveredBodyBytes) {
            if (auto filled = fillBodies(row, bodies, -1); !filled) {
                qCWarning(lcStorage) << "run" << id << "cannot go on:" << filled.error().message;
                row.record.status = RunStatus::Running;
            }
        }
        open.emplace_back(id, row.record.status);
        triggers.emplace_back(id, row.triggerId);
        auto &list = row.record.status == RunStatus::Running ? state.recovered.interrupted
                                                             : state.recovered.queued;
        list.append(std::move(row.record));
    }
    const RunId through = std::max(*stored, *highest);
    if (through > *stored) {
        auto done = connection.execute("BEGIN IMMEDIATE");
        if (done) {
            done = writeAll(connection, through, *counts, open);
        }
        if (done) {
            done = connection.execute("COMMIT");
        }
        if (!done) {
            if (connection.inTransaction()) {
                (void)connection.change("ROLLBACK");
            }
            Error error = done.error();
            error.message = u"cannot record what was interrupted: %1"_s.arg(error.message);
            return error;
        }
    }
    state.ledger.restore(through, *counts);
    for (size_t index = 0; index < open.size(); ++index) {
        state.ledger.restoreOpen(open[index].first, triggers[index].second, open[index].second);
    }
    state.nextId = through + 1;
    return state;
}

} // namespace earshot::storage
