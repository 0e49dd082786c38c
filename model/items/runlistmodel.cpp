// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/runlistmodel.h"

#include "model/items/displaytext.h"

#include <algorithm>

namespace earshot::items {

RunListModel::RunListModel(RunSource &source, Clock &clock, QObject *parent)
    : QAbstractTableModel(parent)
    , m_source(source)
    , m_clock(clock)
{ }

int RunListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int RunListModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunListModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const rpc::RunRow &run = m_runs.at(static_cast<std::size_t>(index.row()));
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case StatusColumn:
            return statusText(run.status);
        case TimeColumn:
            return timeText(run.receivedAtUs, m_clock.wallMicros());
        case DurationColumn:
            return run.startedAtUs > 0 && run.finishedAtUs > 0
                ? durationText(run.finishedAtUs - run.startedAtUs)
                : QString();
        case MessageColumn:
            return oneLine(run.message);
        case ResultColumn:
            return oneLine(run.result);
        default:
            return {};
        }
    case Qt::TextAlignmentRole:
        return index.column() == DurationColumn ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                                                : QVariant();
    case IdRole:
        return run.id;
    case ToneRole:
        return static_cast<int>(toneOf(run.status));
    default:
        return {};
    }
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case StatusColumn:
        return tr("Status");
    case TimeColumn:
        return tr("Received");
    case DurationColumn:
        return tr("Duration");
    case MessageColumn:
        return tr("Message");
    case ResultColumn:
        return tr("Result");
    default:
        return {};
    }
}

QHash<int, QByteArray> RunListModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractTableModel::roleNames();
    names.insert({{IdRole, "id"}, {ToneRole, "tone"}});
    return names;
}

bool RunListModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && m_more && !m_loading && !m_runs.empty() && m_runs.size() < kMaxRows;
}

void RunListModel::fetchMore(const QModelIndex &parent)
{
    if (canFetchMore(parent)) {
        request(m_runs.back().id);
    }
}

void RunListModel::setTrigger(const QString &path)
{
    beginResetModel();
    m_trigger = path;
    m_runs.clear();
    m_more = false;
    m_loading = false;
    m_reloadAgain = false;
    ++m_generation;
    endResetModel();
    reload();
}

void RunListModel::reload()
{
    if (m_trigger.isEmpty()) {
        return;
    }
    if (m_loading) {
        m_reloadAgain = true;
        return;
    }
    request(0);
}

void RunListModel::request(RunId before)
{
    m_loading = true;
    m_source.fetch(m_trigger, before, kPageSize, this,
        [this, before, generation = m_generation](const Result<rpc::Page<rpc::RunRow>> &page) {
            if (generation != m_generation) {
                return;
            }
            m_loading = false;
            if (!page) {
                emit failed(page.error());
            } else if (before == 0) {
                mergeNewest(*page);
            } else {
                appendOlder(*page);
            }
            if (std::exchange(m_reloadAgain, false)) {
                reload();
            }
        });
}

void RunListModel::mergeNewest(const rpc::Page<rpc::RunRow> &page)
{
    const RunId oldest = page.items.isEmpty() ? 0 : page.items.constLast().id;
    // Rows the page covers come from it; those below stay only where no gap is between the two.
    const auto covered = std::find_if(m_runs.cbegin(), m_runs.cend(),
        [oldest](const rpc::RunRow &run) { return run.id < oldest; });
    const bool meets = std::any_of(m_runs.cbegin(), m_runs.cend(), [&](const rpc::RunRow &run) {
        return run.id >= oldest && !page.items.isEmpty() && run.id <= page.items.constFirst().id;
    });
    const bool keepsOlder = page.more && meets && covered != m_runs.cend();
    const int last = (keepsOlder ? static_cast<int>(covered - m_runs.cbegin()) : rowCount()) - 1;
    // A push may have overtaken the page: what is over stays over.
    QList<rpc::RunRow> rows = page.items;
    for (rpc::RunRow &row : rows) {
        const rpc::RunRow *known = runAt(rowOf(row.id));
        if (known && isFinal(known->status)) {
            row = *known;
        }
    }
    if (last >= 0) {
        beginRemoveRows({}, 0, last);
        m_runs.erase(m_runs.cbegin(), m_runs.cbegin() + last + 1);
        endRemoveRows();
    }
    if (!rows.isEmpty()) {
        beginInsertRows({}, 0, static_cast<int>(rows.size()) - 1);
        m_runs.insert(m_runs.begin(), rows.cbegin(), rows.cend());
        endInsertRows();
    }
    if (!keepsOlder) {
        m_more = page.more;
    }
    trim();
}

void RunListModel::appendOlder(const rpc::Page<rpc::RunRow> &page)
{
    m_more = page.more;
    QList<rpc::RunRow> older;
    for (const rpc::RunRow &run : page.items) {
        if (m_runs.empty() || run.id < m_runs.back().id) {
            older.append(run);
        }
    }
    if (older.isEmpty()) {
        return;
    }
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(older.size()) - 1);
    m_runs.insert(m_runs.end(), older.cbegin(), older.cend());
    endInsertRows();
}

void RunListModel::apply(const QList<rpc::RunRow> &runs)
{
    // A run may come several times in a batch; the last one counts.
    std::deque<rpc::RunRow> newer;
    int firstChanged = rowCount();
    int lastChanged = -1;
    for (const rpc::RunRow &run : runs) {
        if (run.trigger != m_trigger) {
            continue;
        }
        if (const int row = rowOf(run.id); row >= 0) {
            m_runs.at(static_cast<std::size_t>(row)) = run;
            firstChanged = std::min(firstChanged, row);
            lastChanged = std::max(lastChanged, row);
            continue;
        }
        const auto place = std::lower_bound(newer.begin(), newer.end(), run.id,
            [](const rpc::RunRow &known, RunId id) { return known.id < id; });
        if (place != newer.end() && place->id == run.id) {
            *place = run;
        } else if (m_runs.empty() || run.id > m_runs.front().id) {
            newer.insert(place, run);
        }
    }
    if (lastChanged >= 0) {
        emit dataChanged(index(firstChanged, 0), index(lastChanged, ColumnCount - 1),
            {Qt::DisplayRole, ToneRole});
    }
    insertNewer(QList<rpc::RunRow>(newer.cbegin(), newer.cend()));
}

void RunListModel::insertNewer(const QList<rpc::RunRow> &ascending)
{
    if (ascending.isEmpty()) {
        return;
    }
    beginInsertRows({}, 0, static_cast<int>(ascending.size()) - 1);
    for (const rpc::RunRow &run : ascending) {
        m_runs.push_front(run);
    }
    endInsertRows();
    trim();
}

void RunListModel::trim()
{
    if (m_runs.size() <= kMaxRows) {
        return;
    }
    beginRemoveRows({}, static_cast<int>(kMaxRows), rowCount() - 1);
    m_runs.resize(kMaxRows);
    m_more = true;
    endRemoveRows();
}

int RunListModel::rowOf(RunId id) const
{
    const auto found = std::lower_bound(m_runs.cbegin(), m_runs.cend(), id,
        [](const rpc::RunRow &run, RunId wanted) { return run.id > wanted; });
    return found != m_runs.cend() && found->id == id ? static_cast<int>(found - m_runs.cbegin())
                                                     : -1;
}

const rpc::RunRow *RunListModel::runAt(int row) const
{
    return row >= 0 && row < rowCount() ? &m_runs.at(static_cast<std::size_t>(row)) : nullptr;
}

QModelIndex RunListModel::indexOf(RunId id) const
{
    const int row = rowOf(id);
    return row < 0 ? QModelIndex() : index(row, 0);
}

} // namespace earshot::items
