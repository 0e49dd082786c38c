// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/livemessagemodel.h"

#include <algorithm>
#include <limits>

namespace earshot::items {

LiveMessageModel::LiveMessageModel(Clock &clock, QObject *parent)
    : LiveMessageModel(clock, Limits(), parent)
{ }

LiveMessageModel::LiveMessageModel(Clock &clock, Limits limits, QObject *parent)
    : QAbstractTableModel(parent)
    , m_clock(clock)
    , m_limits(limits)
{ }

bool LiveMessageModel::isHit(const LiveEntry &entry) const
{
    return entry.hit
        && (!m_filter.dependsOnRun() || m_filter.matchesRun(entry.run, entry.latencyUs));
}

bool LiveMessageModel::isShown(const LiveEntry &entry) const
{
    return m_filter.isEmpty() || m_mode == FilterMode::Highlight || isHit(entry);
}

/// Adds the entry to the rows, into the last one where it repeats that.
void LiveMessageModel::addShown(std::deque<Shown> *rows, qint64 sequence) const
{
    if (m_collapsed && !rows->empty()
        && at(rows->back().last).repeatKey == at(sequence).repeatKey) {
        rows->back().last = sequence;
        ++rows->back().count;
    } else {
        rows->push_back({.first = sequence, .last = sequence});
    }
}

void LiveMessageModel::append(const QList<rpc::MessageRow> &rows, Hits hits)
{
    for (const rpc::MessageRow &row : rows) {
        if (row.id <= m_lastId) {
            continue;
        }
        m_lastId = row.id;
        if (m_detached) {
            ++m_missed;
            continue;
        }
        m_pending.push_back(LiveEntry::of(row));
        if (hits == Hits::Unknown && !m_filter.isEmpty()) {
            m_pending.back().hit = false;
        }
        if (m_pending.size() > 1 && m_pending.back().trigger == m_pending.front().trigger) {
            m_pending.back().trigger = m_pending.front().trigger; // one text for all
        }
        m_pendingBytes += m_pending.back().cost();
    }
    dropPending();
    if (m_paused || m_detached) {
        emit waitingChanged(waitingCount());
    } else {
        schedule();
    }
}

void LiveMessageModel::dropPending()
{
    while (!m_pending.empty()
        && (m_pending.size() > m_limits.rows || m_pendingBytes > m_limits.bytes)) {
        m_pendingRuns.remove(m_pending.front().runId);
        m_pendingBytes -= m_pending.front().cost();
        m_pending.pop_front();
    }
}

void LiveMessageModel::prepend(const QList<rpc::MessageRow> &rows)
{
    const qint64 oldestId = !m_entries.empty() ? m_entries.front().id
        : !m_pending.empty()                   ? m_pending.front().id
                                               : std::numeric_limits<qint64>::max();
    std::vector<LiveEntry> older;
    for (const rpc::MessageRow &row : rows) {
        if (row.id < oldestId) {
            older.push_back(LiveEntry::of(row));
            older.back().hit = m_filter.isEmpty();
        }
    }
    if (older.empty()) {
        return;
    }
    m_lastId = std::max(m_lastId, older.back().id);
    pushFront(std::move(older));
}

void LiveMessageModel::prependHistory(const QList<rpc::RunRow> &runs)
{
    std::vector<LiveEntry> older;
    for (auto run = runs.crbegin(); run != runs.crend(); ++run) {
        if (run->purpose != RunPurpose::Message) {
            continue;
        }
        LiveEntry entry = LiveEntry::of(*run);
        // Only the beginning is here: what a filter finds further on is found by its words.
        entry.hit = m_filter.matches({.body = entry.preview,
            .trigger = entry.trigger,
            .direction = u"in",
            .kind = u"text",
            .what = u"message",
            .verdict = u"matched",
            .size = entry.size});
        older.push_back(std::move(entry));
    }
    if (!older.empty()) {
        pushFront(std::move(older));
    }
}

void LiveMessageModel::pushFront(std::vector<LiveEntry> entries)
{
    const bool allAnswered = m_answered == m_first;
    const bool history = entries.back().isHistory();
    const qint64 boundary = m_first;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        m_bytes += entry->cost();
        --m_first;
        note(*entry, m_first);
        m_entries.push_front(std::move(*entry));
    }
    if (m_filter.isEmpty() || (history && allAnswered)) {
        m_answered = boundary;
        showInFront(m_first);
    }
    makeRoomAtTheEnd();
}

/// Shows the entries from `from` to m_answered in front of all others.
void LiveMessageModel::showInFront(qint64 from)
{
    std::deque<Shown> rows;
    for (qint64 sequence = from; sequence < m_answered; ++sequence) {
        if (isShown(at(sequence))) {
            addShown(&rows, sequence);
        }
    }
    m_answered = from;
    if (rows.empty()) {
        return;
    }
    beginInsertRows({}, 0, static_cast<int>(rows.size()) - 1);
    m_shown.insert(m_shown.begin(), rows.begin(), rows.end());
    endInsertRows();
}

/// What was asked for is what is looked at: the newest make room for it.
void LiveMessageModel::makeRoomAtTheEnd()
{
    std::size_t keep = m_entries.size();
    qint64 bytes = m_bytes;
    while (keep > 1 && (keep > m_limits.rows || bytes > m_limits.bytes)) {
        bytes -= m_entries.at(--keep).cost();
    }
    if (keep == m_entries.size()) {
        return;
    }
    const qint64 end = m_first + static_cast<qint64>(keep);
    std::size_t rows = m_shown.size();
    while (rows > 0 && m_shown.at(rows - 1).last >= end) {
        --rows;
    }
    if (rows < m_shown.size()) {
        beginRemoveRows({}, static_cast<int>(rows), static_cast<int>(m_shown.size()) - 1);
        m_shown.resize(rows);
        endRemoveRows();
    }
    m_missed += static_cast<qsizetype>(m_entries.size() - keep + m_pending.size());
    for (std::size_t i = keep; i < m_entries.size(); ++i) {
        m_sequenceOfRun.remove(m_entries.at(i).runId);
    }
    m_entries.resize(keep);
    m_answered = std::min(m_answered, endSequence());
    m_pending.clear();
    m_pendingRuns.clear();
    m_pendingBytes = 0;
    m_bytes = bytes;
    m_timer.reset();
    m_detached = true;
    emit waitingChanged(waitingCount());
}

void LiveMessageModel::note(const LiveEntry &entry, qint64 sequence)
{
    if (entry.runId != 0 && entry.direction == rpc::Direction::In) {
        m_sequenceOfRun.insert(entry.runId, sequence);
    }
}

void LiveMessageModel::applyRuns(const QList<rpc::RunRow> &runs)
{
    bool moved = false;
    for (const rpc::RunRow &run : runs) {
        const auto found = m_sequenceOfRun.constFind(run.id);
        if (found == m_sequenceOfRun.constEnd()) {
            // The message waits for its flush, or is not ours at all.
            if (static_cast<std::size_t>(m_pendingRuns.size()) < m_limits.rows && !m_detached) {
                rpc::RunRow state;
                state.status = run.status;
                state.finishedAtUs = run.finishedAtUs;
                m_pendingRuns.insert(run.id, state);
            }
            continue;
        }
        LiveEntry &entry = at(*found);
        const bool wasShown = isShown(entry);
        entry.run = run.status;
        if (run.finishedAtUs > entry.atUs) {
            entry.latencyUs = run.finishedAtUs - entry.atUs;
        }
        if (isShown(entry) != wasShown) {
            moved = true;
            continue;
        }
        if (!wasShown || *found < m_answered) {
            continue;
        }
        const auto row = std::lower_bound(m_shown.cbegin(), m_shown.cend(), *found,
            [](const Shown &shown, qint64 sequence) { return shown.last < sequence; });
        if (row != m_shown.cend() && row->last == *found) {
            const int line = static_cast<int>(row - m_shown.cbegin());
            emit dataChanged(
                index(line, StateColumn), index(line, LatencyColumn), {Qt::DisplayRole, ToneRole});
        }
    }
    if (m_pending.empty()) {
        m_pendingRuns.clear();
    }
    if (moved) {
        rebuild();
    }
}

/// The rows anew for the same entries.
void LiveMessageModel::rebuild()
{
    beginResetModel();
    m_shown.clear();
    for (qint64 sequence = m_answered; sequence < endSequence(); ++sequence) {
        if (isShown(at(sequence))) {
            addShown(&m_shown, sequence);
        }
    }
    endResetModel();
}

void LiveMessageModel::setFilter(const MessageFilter &filter, FilterMode mode)
{
    const bool same = filter.text() == m_filter.text();
    if (same && mode == m_mode) {
        return;
    }
    m_mode = mode;
    if (!same) {
        m_filter = filter;
        const bool none = filter.isEmpty();
        for (LiveEntry &entry : m_entries) {
            entry.hit = none;
        }
        for (LiveEntry &entry : m_pending) {
            entry.hit = none;
        }
        m_answered = none ? m_first : endSequence();
    }
    rebuild();
}

std::optional<qint64> LiveMessageModel::unanswered() const
{
    if (m_filter.isEmpty() || m_answered <= m_first) {
        return std::nullopt;
    }
    const LiveEntry &next = at(m_answered - 1);
    return next.id == 0 ? std::nullopt : std::optional(next.id + 1);
}

void LiveMessageModel::applyHits(const QList<qint64> &descendingIds, qint64 downTo)
{
    // What was flushed or waited while the service looked is answered for as well.
    const auto apply = [&](LiveEntry &entry) {
        entry.hit = entry.hit
            || std::binary_search(
                descendingIds.cbegin(), descendingIds.cend(), entry.id, std::greater<qint64>());
    };
    for (LiveEntry &entry : m_pending) {
        apply(entry);
    }
    bool late = false;
    for (qint64 sequence = endSequence() - 1; sequence >= m_answered; --sequence) {
        LiveEntry &entry = at(sequence);
        if (entry.id < downTo || descendingIds.isEmpty() || entry.id < descendingIds.constLast()) {
            break;
        }
        const bool before = entry.hit;
        apply(entry);
        late = late || before != entry.hit;
    }
    qint64 from = m_answered;
    while (from > m_first) {
        LiveEntry &entry = at(from - 1);
        if (entry.id != 0 && entry.id < downTo) {
            break;
        }
        if (entry.id == 0) {
            entry.hit = m_filter.matches({.body = entry.preview,
                .trigger = entry.trigger,
                .direction = u"in",
                .kind = u"text",
                .what = u"message",
                .verdict = u"matched",
                .size = entry.size});
        } else {
            apply(entry);
        }
        --from;
    }
    if (late) {
        m_answered = from;
        rebuild();
    } else {
        showInFront(from);
    }
}

void LiveMessageModel::setCollapsed(bool collapsed)
{
    if (m_collapsed != collapsed) {
        m_collapsed = collapsed;
        rebuild();
    }
}

void LiveMessageModel::setPathColumns(const QStringList &paths)
{
    beginResetModel();
    m_paths.clear();
    for (const QString &text : paths) {
        if (auto path = JsonPath::parse(text)) {
            m_paths.push_back({.text = text, .path = std::move(path).value()});
        }
    }
    endResetModel();
}

QStringList LiveMessageModel::pathColumns() const
{
    QStringList paths;
    for (const PathColumn &column : m_paths) {
        paths += column.text;
    }
    return paths;
}

void LiveMessageModel::clear()
{
    beginResetModel();
    m_entries.clear();
    m_pending.clear();
    m_shown.clear();
    m_sequenceOfRun.clear();
    m_pendingRuns.clear();
    m_timer.reset();
    m_first = 0;
    m_answered = 0;
    m_lastId = 0;
    m_bytes = 0;
    m_pendingBytes = 0;
    m_missed = 0;
    m_detached = false;
    endResetModel();
    emit waitingChanged(0);
}

void LiveMessageModel::setPaused(bool paused)
{
    if (m_paused == paused) {
        return;
    }
    m_paused = paused;
    if (paused) {
        m_timer.reset();
        emit waitingChanged(waitingCount());
    } else {
        flush();
    }
}

void LiveMessageModel::schedule()
{
    if (!m_timer && !m_pending.empty()) {
        m_timer = m_clock.after(kFlushMs, [this] { flush(); });
    }
}

void LiveMessageModel::flush()
{
    m_timer.reset();
    if (m_pending.empty()) {
        return;
    }
    std::size_t drop = 0;
    qint64 bytes = m_bytes + m_pendingBytes;
    while (drop < m_entries.size()
        && (m_entries.size() - drop + m_pending.size() > m_limits.rows || bytes > m_limits.bytes)) {
        bytes -= m_entries.at(drop++).cost();
    }
    if (drop > 0) {
        const qint64 first = m_first + static_cast<qint64>(drop);
        std::size_t rows = 0;
        while (rows < m_shown.size() && m_shown.at(rows).last < first) {
            ++rows;
        }
        if (rows > 0) {
            beginRemoveRows({}, 0, static_cast<int>(rows) - 1);
            m_shown.erase(m_shown.begin(), m_shown.begin() + static_cast<std::ptrdiff_t>(rows));
        }
        for (std::size_t i = 0; i < drop; ++i) {
            m_sequenceOfRun.remove(m_entries.front().runId);
            m_bytes -= m_entries.front().cost();
            m_entries.pop_front();
        }
        m_first = first;
        m_answered = std::max(m_answered, m_first);
        if (rows > 0) {
            endRemoveRows();
        }
    }
    std::deque<Shown> added;
    if (!m_shown.empty()) {
        added.push_back(m_shown.back());
    }
    const int before = added.empty() ? 0 : added.front().count;
    for (LiveEntry &entry : m_pending) {
        if (const auto run = m_pendingRuns.constFind(entry.runId);
            run != m_pendingRuns.constEnd() && entry.direction == rpc::Direction::In) {
            entry.run = run->status;
            entry.latencyUs = run->finishedAtUs > entry.atUs ? run->finishedAtUs - entry.atUs : 0;
        }
        const qint64 sequence = endSequence();
        note(entry, sequence);
        m_entries.push_back(std::move(entry));
        if (isShown(m_entries.back())) {
            addShown(&added, sequence);
        }
    }
    m_bytes += m_pendingBytes;
    m_pendingBytes = 0;
    m_pending.clear();
    m_pendingRuns.clear();
    const bool repeated = before > 0 && added.front().count != before;
    const int last = rowCount() - 1;
    if (before > 0) {
        m_shown.back() = added.front();
        added.pop_front();
    }
    if (!added.empty()) {
        beginInsertRows({}, last + 1, last + static_cast<int>(added.size()));
        m_shown.insert(m_shown.end(), added.begin(), added.end());
        endInsertRows();
    }
    if (repeated) {
        emit dataChanged(index(last, 0), index(last, columnCount() - 1));
    }
    emit waitingChanged(0);
}

} // namespace earshot::items
