// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/runreader.h"

#include "model/storage/rowformat.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <sqlite3.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

QByteArray statusList(const QList<RunStatus> &statuses)
{
    QByteArray list;
    for (const RunStatus status : statuses) {
        list += (list.isEmpty() ? "" : ",") + QByteArray::number(static_cast<int>(status));
    }
    return list;
}

/// Selects what holds() looks at; `?1` before id, `?2` trigger.
constexpr const char *kCandidate
    = "SELECT r.id, r.at, r.message_size + r.args_size, e.at, e.result_size ";

} // namespace

RunReader::RunReader(QString databaseFile, QString bodiesDirectory, int busyTimeoutMs)
    : m_databaseFile(std::move(databaseFile))
    , m_busyTimeoutMs(busyTimeoutMs)
    , m_bodies(std::move(bodiesDirectory))
{ }

RunReader::~RunReader() = default;

Result<void> RunReader::open()
{
    if (m_connection.isOpen()) {
        return {};
    }
    auto opened = Connection::open(m_databaseFile, Connection::Access::ReadOnly, m_busyTimeoutMs);
    if (!opened) {
        return std::move(opened).error();
    }
    auto row = opened->prepare(runByIdSql());
    if (!row) {
        return std::move(row).error();
    }
    auto message = opened->prepare("SELECT at, message_size FROM run WHERE id = ?1");
    if (!message) {
        return std::move(message).error();
    }
    m_connection = std::move(*opened);
    m_message = std::move(*message);
    m_row = std::move(*row);
    return {};
}

Result<RunRow> RunReader::row(RunId id)
{
    m_row.reset();
    m_row.bind(1, id);
    const int code = m_row.step();
    if (code == SQLITE_ROW) {
        RunRow found = readRunRow(m_row);
        m_row.reset();
        return found;
    }
    Error error = code == SQLITE_DONE
        ? Error{ErrorCode::NotFound, u"there is no run %1"_s.arg(id), {}}
        : m_connection.error(code, u"cannot read the history"_s);
    m_row.reset();
    return error;
}

bool RunReader::holds(const Statement &candidate)
{
    if (m_text.pattern().isEmpty()) {
        return true;
    }
    for (const int column : {1, 3}) {
        if (candidate.isNull(column)) {
            continue;
        }
        const auto bytes = m_bodies.view(candidate.integer(column), candidate.integer(column + 1));
        if (bytes && m_text.indexIn(bytes->data(), bytes->size()) >= 0) {
            return true;
        }
    }
    return false;
}

Result<void> RunReader::collect(
    const QByteArray &sql, const RunQuery &query, std::vector<RunId> &ids)
{
    auto rows = m_connection.prepare(sql);
    if (!rows) {
        return std::move(rows).error();
    }
    const RunId before = query.beforeId > 0 ? query.beforeId : std::numeric_limits<RunId>::max();
    rows->bind(1, before);
    if (query.triggerId != 0) {
        rows->bind(2, query.triggerId);
    }
    int found = 0;
    int code = SQLITE_DONE;
    while (found < query.limit && (code = rows->step()) == SQLITE_ROW) {
        if (holds(*rows)) {
            ids.push_back(rows->integer(0));
            ++found;
        }
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return m_connection.error(code, u"cannot read the history"_s);
    }
    return {};
}

Result<void> RunReader::collectAll(const RunQuery &query, std::vector<RunId> &ids)
{
    QByteArray sql = kCandidate;
    if (query.triggerId != 0) {
        sql += "FROM run_block b CROSS JOIN run r ON r.id BETWEEN b.block << 5 AND (b.block << 5) "
               "+ 31 "
               "LEFT JOIN run_end e ON e.id = r.id WHERE b.trigger_id = ?2 AND b.block <= ?1 >> 5 "
               "AND r.trigger_id = ?2 AND r.id < ?1";
    } else {
        sql += "FROM run r LEFT JOIN run_end e ON e.id = r.id WHERE r.id < ?1";
    }
    if (!query.statuses.isEmpty()) {
        sql += " AND e.status IN (" + statusList(query.statuses) + ')';
    }
    sql += query.triggerId != 0 ? " ORDER BY b.block DESC, r.id DESC" : " ORDER BY r.id DESC";
    return collect(sql, query, ids);
}

/// Unfinished runs: those with a row of their own, and those above the low-water mark.
Result<void> RunReader::collectOpen(const RunQuery &query, std::vector<RunId> &ids)
{
    const QByteArray ofTrigger = query.triggerId != 0 ? " AND r.trigger_id = ?2" : "";
    const QByteArray statuses = statusList(query.statuses);
    auto done = collect(kCandidate
            + ("FROM run_open o CROSS JOIN run r ON r.id = o.id LEFT JOIN run_end e ON e.id = r.id "
               "WHERE o.id < ?1 AND o.state IN ("
                + statuses + ')' + ofTrigger + " ORDER BY o.id DESC"),
        query, ids);
    if (!done) {
        return done;
    }
    const QByteArray state = "CASE WHEN r.flags & " + QByteArray::number(rowformat::kDispatched)
        + " OR r.id <= (SELECT through FROM dispatched d WHERE d.trigger_id = r.trigger_id) THEN "
        + QByteArray::number(static_cast<int>(RunStatus::Running)) + " ELSE "
        + QByteArray::number(static_cast<int>(RunStatus::Queued)) + " END";
    return collect(kCandidate
            + ("FROM run r LEFT JOIN run_end e ON e.id = r.id WHERE r.id < ?1 AND r.id > "
               "coalesce((SELECT value FROM meta WHERE key = 'final_through'), 0) AND e.id IS NULL "
               "AND NOT EXISTS (SELECT 1 FROM run_open o WHERE o.id = r.id) AND "
                + state + " IN (" + statuses + ')' + ofTrigger + " ORDER BY r.id DESC"),
        query, ids);
}

Result<QList<RunRecord>> RunReader::query(const RunQuery &asked)
{
    if (auto opened = open(); !opened) {
        return opened.error();
    }
    RunQuery query = asked;
    query.limit = std::clamp(query.limit, 1, kMaxRunPage);
    m_text.setPattern(query.text);
    // Rare statuses have an index and unfinished runs are few; only successes are searched in
    // place.
    QList<RunStatus> open;
    QList<RunStatus> failed;
    bool wantsSuccess = query.statuses.isEmpty();
    for (const RunStatus status : std::as_const(query.statuses)) {
        if (status == RunStatus::Success) {
            wantsSuccess = true;
        } else if (isFinal(status)) {
            failed.append(status);
        } else {
            open.append(status);
        }
    }
    std::vector<RunId> ids;
    Result<void> done;
    if (wantsSuccess) {
        RunQuery successes = query;
        if (!query.statuses.isEmpty()) {
            successes.statuses = {RunStatus::Success};
        }
        done = collectAll(successes, ids);
    }
    for (const RunStatus status : std::as_const(failed)) {
        if (!done) {
            break;
        }
        done = collect(kCandidate
                + ("FROM run_end e CROSS JOIN run r ON r.id = e.id WHERE e.status = "
                    + QByteArray::number(static_cast<int>(status))
                    + " AND e.status <> 2 AND e.id < ?1"
                    + (query.triggerId != 0 ? " AND r.trigger_id = ?2" : "")
                    + " ORDER BY e.id DESC"),
            query, ids);
    }
    if (done && !open.isEmpty()) {
        RunQuery unfinished = query;
        unfinished.statuses = open;
        done = collectOpen(unfinished, ids);
    }
    if (!done) {
        return done.error();
    }
    std::sort(ids.begin(), ids.end(), std::greater<>());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    QList<RunRecord> records;
    for (const RunId id : ids) {
        if (records.size() >= query.limit) {
            break;
        }
        auto found = row(id);
        if (!found) {
            if (found.error().code == ErrorCode::NotFound) {
                continue; // deleted meanwhile by retention
            }
            return std::move(found).error();
        }
        fillPreviews(*found, m_bodies, kPreviewBytes);
        records.append(std::move(found->record));
    }
    return records;
}

Result<RunRecord> RunReader::run(RunId id)
{
    if (auto opened = open(); !opened) {
        return opened.error();
    }
    auto found = row(id);
    if (!found) {
        return std::move(found).error();
    }
    if (auto filled = fillBodies(*found, m_bodies, -1); !filled) {
        return filled.error();
    }
    return std::move(found->record);
}

Result<QByteArray> RunReader::body(RunId id, RunBody which, qint64 offset, qint64 length)
{
    if (auto opened = open(); !opened) {
        return opened.error();
    }
    const auto found = row(id);
    if (!found) {
        return found.error();
    }
    const auto span = found->span(which);
    const qint64 from = std::clamp<qint64>(offset, 0, span.size);
    return m_bodies.read(span.at + from, std::clamp<qint64>(length, 0, span.size - from));
}

Result<QList<Result<QByteArray>>> RunReader::messages(const QList<RunId> &ids)
{
    if (auto opened = open(); !opened) {
        return opened.error();
    }
    // One snapshot: the locks of the log are taken once.
    const bool isOneSnapshot = m_connection.execute("BEGIN").has_value();
    QList<Result<QByteArray>> bodies;
    bodies.reserve(ids.size());
    for (const RunId id : ids) {
        m_message.bind(1, id);
        const int code = m_message.step();
        if (code == SQLITE_ROW) {
            bodies.append(m_bodies.read(m_message.integer(0), m_message.integer(1)));
        } else {
            bodies.append(code == SQLITE_DONE
                    ? Error{ErrorCode::NotFound, u"there is no run %1"_s.arg(id), {}}
                    : m_connection.error(code, u"cannot read the history"_s));
        }
        m_message.reset();
    }
    if (isOneSnapshot) {
        (void)m_connection.execute("COMMIT");
    }
    return bodies;
}

} // namespace earshot::storage
