// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/livemessagemodel.h"

#include "model/items/displaytext.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::items {

LiveMessageModel::LiveMessageModel(Clock &clock, QObject *parent)
    : LiveMessageModel(clock, Limits(), parent)
{ }

LiveMessageModel::LiveMessageModel(Clock &clock, Limits limits, QObject *parent)
    : QAbstractTableModel(parent)
    , m_clock(clock)
    , m_limits(limits)
{ }

int LiveMessageModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

int LiveMessageModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString LiveMessageModel::stateOf(const Entry &entry) const
{
    if (entry.run) {
        return statusText(*entry.run);
    }
    switch (entry.row.verdict) {
    case rpc::Verdict::None:
        return {};
    case rpc::Verdict::Matched:
        return tr("matched");
    case rpc::Verdict::Filtered:
        return tr("filtered");
    case rpc::Verdict::Ignored:
        return tr("ignored");
    case rpc::Verdict::Dropped:
        return tr("dropped");
    }
    return {};
}

QVariant LiveMessageModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Entry &entry = m_entries.at(static_cast<std::size_t>(index.row()));
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case DirectionColumn:
            return entry.row.direction == rpc::Direction::In ? tr("↓ in")
                : entry.row.direction == rpc::Direction::Out ? tr("↑ out")
                                                             : tr("● event");
        case TimeColumn:
            return timeText(entry.row.atUs, m_clock.wallMicros());
        case SizeColumn:
            return entry.row.kind == rpc::PayloadKind::Event ? QString() : sizeText(entry.row.size);
        case StateColumn:
            return stateOf(entry);
        case PreviewColumn:
            return oneLine(entry.row.preview);
        default:
            return {};
        }
    case Qt::TextAlignmentRole:
        return index.column() == SizeColumn ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                                            : QVariant();
    case IdRole:
        return entry.row.id;
    case RunIdRole:
        return entry.row.runId;
    case ToneRole:
        if (entry.run) {
            return static_cast<int>(toneOf(*entry.run));
        }
        return static_cast<int>(
            entry.row.verdict == rpc::Verdict::Dropped ? Tone::Bad : Tone::Quiet);
    default:
        return {};
    }
}

QVariant LiveMessageModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case DirectionColumn:
        return tr("Direction");
    case TimeColumn:
        return tr("Time");
    case SizeColumn:
        return tr("Size");
    case StateColumn:
        return tr("State");
    case PreviewColumn:
        return tr("Message");
    default:
        return {};
    }
}

QHash<int, QByteArray> LiveMessageModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractTableModel::roleNames();
    names.insert({{IdRole, "id"}, {RunIdRole, "runId"}, {ToneRole, "tone"}});
    return names;
}

qint64 LiveMessageModel::cost(const Entry &entry)
{
    return static_cast<qint64>(sizeof(Entry)) + entry.row.preview.size() * 2;
}

void LiveMessageModel::append(const QList<rpc::MessageRow> &rows)
{
    for (const rpc::MessageRow &row : rows) {
        if (row.id <= m_lastId) {
            continue;
        }
        m_lastId = row.id;
        m_pending.push_back({.row = row});
        m_pendingBytes += cost(m_pending.back());
    }
    dropPending();
    if (m_paused) {
        emit waitingChanged(waitingCount());
    } else {
        schedule();
    }
}

void LiveMessageModel::dropPending()
{
    while (!m_pending.empty()
        && (m_pending.size() > m_limits.rows || m_pendingBytes > m_limits.bytes)) {
        m_pendingRuns.remove(m_pending.front().row.runId);
        m_pendingBytes -= cost(m_pending.front());
        m_pending.pop_front();
    }
}

void LiveMessageModel::prepend(const QList<rpc::MessageRow> &rows)
{
    const qint64 oldest = !m_entries.empty() ? m_entries.front().row.id
        : !m_pending.empty()                 ? m_pending.front().row.id
                                             : std::numeric_limits<qint64>::max();
    QList<rpc::MessageRow> older;
    for (const rpc::MessageRow &row : rows) {
        if (row.id < oldest) {
            older.append(row);
        }
    }
    const std::size_t room
        = m_limits.rows > m_entries.size() ? m_limits.rows - m_entries.size() : 0;
    if (older.size() > static_cast<qsizetype>(room)) {
        older.remove(0, older.size() - static_cast<qsizetype>(room));
    }
    if (older.isEmpty()) {
        return;
    }
    beginInsertRows({}, 0, static_cast<int>(older.size()) - 1);
    m_first -= older.size();
    for (auto row = older.crbegin(); row != older.crend(); ++row) {
        m_entries.push_front({.row = *row});
        m_bytes += cost(m_entries.front());
    }
    for (qsizetype i = 0; i < older.size(); ++i) {
        note(m_entries.at(static_cast<std::size_t>(i)), m_first + i);
    }
    m_lastId = std::max(m_lastId, older.constLast().id);
    endInsertRows();
}

void LiveMessageModel::note(const Entry &entry, qint64 sequence)
{
    if (entry.row.runId != 0) {
        m_sequenceOfRun.insert(entry.row.runId, sequence);
    }
}

void LiveMessageModel::applyRuns(const QList<rpc::RunRow> &runs)
{
    for (const rpc::RunRow &run : runs) {
        const auto found = m_sequenceOfRun.constFind(run.id);
        if (found == m_sequenceOfRun.constEnd()) {
            // The message waits for its flush, or is not ours at all.
            if (static_cast<std::size_t>(m_pendingRuns.size()) < m_limits.rows) {
                m_pendingRuns.insert(run.id, run.status);
            }
            continue;
        }
        const auto row = static_cast<int>(*found - m_first);
        m_entries.at(static_cast<std::size_t>(row)).run = run.status;
        const QModelIndex changed = index(row, StateColumn);
        emit dataChanged(changed, changed, {Qt::DisplayRole, ToneRole});
    }
    if (m_pending.empty()) {
        m_pendingRuns.clear();
    }
}

void LiveMessageModel::clear()
{
    beginResetModel();
    m_entries.clear();
    m_pending.clear();
    m_sequenceOfRun.clear();
    m_pendingRuns.clear();
    m_timer.reset();
    m_first = 0;
    m_lastId = 0;
    m_bytes = 0;
    m_pendingBytes = 0;
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

const rpc::MessageRow *LiveMessageModel::messageAt(int row) const
{
    return row >= 0 && row < rowCount() ? &m_entries.at(static_cast<std::size_t>(row)).row
                                        : nullptr;
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
        bytes -= cost(m_entries.at(drop++));
    }
    if (drop > 0) {
        beginRemoveRows({}, 0, static_cast<int>(drop) - 1);
        for (std::size_t i = 0; i < drop; ++i) {
            m_sequenceOfRun.remove(m_entries.front().row.runId);
            m_bytes -= cost(m_entries.front());
            m_entries.pop_front();
        }
        m_first += static_cast<qint64>(drop);
        endRemoveRows();
    }
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(m_pending.size()) - 1);
    for (Entry &entry : m_pending) {
        if (const auto run = m_pendingRuns.constFind(entry.row.runId);
            run != m_pendingRuns.constEnd()) {
            entry.run = *run;
        }
        note(entry, m_first + static_cast<qint64>(m_entries.size()));
        m_entries.push_back(std::move(entry));
    }
    m_bytes += m_pendingBytes;
    m_pendingBytes = 0;
    m_pending.clear();
    m_pendingRuns.clear();
    endInsertRows();
    emit waitingChanged(0);
}

} // namespace earshot::items
