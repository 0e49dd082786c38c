// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/recovery.h"

#include "model/storage/rowformat.h"
#include "model/storage/runrows.h"
#include "model/storage/storagelog.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <sqlite3.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

Error unreadable(const Connection &connection, int code)
{
    return connection.error(code, u"cannot read the runs"_s);
}

Result<QHash<qint64, StatusCounts>> readCounts(Connection &connection)
{
    auto rows = connection.prepare("SELECT trigger_id, status, count FROM run_count");
    if (!rows) {
        return std::move(rows).error();
    }
    QHash<qint64, StatusCounts> counts;
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        const qint64 status = rows->integer(1);
        if (status >= 0 && status < kRunStatusCount) {
            counts[rows->integer(0)][static_cast<size_t>(status)] = rows->integer(2);
        }
    }
    if (code != SQLITE_DONE) {
        return unreadable(connection, code);
    }
    return counts;
}

/// Ids above `through` that are not over; counts the ones that are.
Result<std::vector<RunId>> searchAbove(
    Connection &connection, RunId through, QHash<qint64, StatusCounts> &counts)
{
    auto rows
        = connection.prepare("SELECT r.id, r.trigger_id, e.status FROM run r "
                             "LEFT JOIN run_end e ON e.id = r.id WHERE r.id > ? ORDER BY r.id");
    if (!rows) {
        return std::move(rows).error();
    }
    rows->bind(1, through);
    std::vector<RunId> unfinished;
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        if (rows->isNull(2)) {
            unfinished.push_back(rows->integer(0));
        } else {
            const qint64 status = std::clamp<qint64>(rows->integer(2), 0, kRunStatusCount - 1);
            ++counts[rows->integer(1)][static_cast<size_t>(status)];
        }
    }
    if (code != SQLITE_DONE) {
        return unreadable(connection, code);
    }
    return unfinished;
}

Result<std::vector<RunId>> openBelow(Connection &connection, RunId through)
{
    auto rows = connection.prepare("SELECT id FROM run_open WHERE id <= ? ORDER BY id");
    if (!rows) {
        return std::move(rows).error();
    }
    rows->bind(1, through);
    std::vector<RunId> ids;
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        ids.push_back(rows->integer(0));
    }
    if (code != SQLITE_DONE) {
        return unreadable(connection, code);
    }
    return ids;
}

int writeAll(Connection &connection, RunId through, const QHash<qint64, StatusCounts> &counts,
    const std::vector<std::pair<RunId, RunStatus>> &open)
{
    auto setOpen = connection.prepare("INSERT OR REPLACE INTO run_open VALUES (?,?)");
    auto setCount = connection.prepare("INSERT OR REPLACE INTO run_count VALUES (?,?,?)");
    auto setMeta = connection.prepare("INSERT OR REPLACE INTO meta VALUES (?,?)");
    if (!setOpen || !setCount || !setMeta) {
        return SQLITE_ERROR;
    }
    for (const auto &[id, status] : open) {
        setOpen->bind(1, id);
        setOpen->bind(2, static_cast<qint64>(status));
        if (const int code = setOpen->run(); code != SQLITE_OK) {
            return code;
        }
    }
    for (auto it = counts.cbegin(); it != counts.cend(); ++it) {
        for (size_t status = 0; status < it->size(); ++status) {
            if ((*it)[status] == 0) {
                continue;
            }
            setCount->bind(1, it.key());
            setCount->bind(2, static_cast<qint64>(status));
            setCount->bind(3, (*it)[status]);
            if (const int code = setCount->run(); code != SQLITE_OK) {
                return code;
            }
        }
    }
    setMeta->bindText(1, rowformat::kFinalThrough);
    setMeta->bind(2, through);
    return setMeta->run();
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
        int code = connection.exec("BEGIN IMMEDIATE");
        if (code == SQLITE_OK) {
            code = writeAll(connection, through, *counts, open);
        }
        if (code == SQLITE_OK) {
            code = connection.exec("COMMIT");
        }
        if (code != SQLITE_OK) {
            Error error = connection.error(code, u"cannot record what was interrupted in"_s);
            if (connection.inTransaction()) {
                (void)connection.exec("ROLLBACK");
            }
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
