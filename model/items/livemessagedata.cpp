// SPDX-License-Identifier: GPL-3.0-or-later
// The half of LiveMessageModel that answers questions.
#include "model/items/livemessagemodel.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::items {

int LiveMessageModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

int LiveMessageModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount + static_cast<int>(m_paths.size());
}

QVariant LiveMessageModel::display(
    const LiveEntry &entry, const Shown &shown, int row, int column) const
{
    switch (column) {
    case DirectionColumn:
        return entry.direction == rpc::Direction::In ? tr("↓ in")
            : entry.direction == rpc::Direction::Out ? tr("↑ out")
                                                     : tr("● event");
    case TimeColumn:
        return timeText(entry.atUs, m_clock.wallMicros());
    case DeltaColumn: {
        if (row == 0) {
            return {};
        }
        const qint64 delta
            = entry.atUs - at(m_shown.at(static_cast<std::size_t>(row) - 1).last).atUs;
        return u"+%1"_s.arg(durationText(delta));
    }
    case SizeColumn:
        return entry.kind == rpc::PayloadKind::Event ? QString() : sizeText(entry.size);
    case TypeColumn:
        return shown.count == 1
            ? entry.type()
            : tr("%1 ×%2", "a repeated row").arg(entry.type(), QLocale().toString(shown.count));
    case StateColumn:
        return entry.stateText();
    case LatencyColumn:
        return entry.latencyUs > 0 ? durationText(entry.latencyUs) : QString();
    case PreviewColumn:
        return entry.summary();
    default:
        break;
    }
    const auto value
        = m_paths.at(static_cast<std::size_t>(column - ColumnCount)).path.find(entry.preview);
    if (value) {
        return oneLine(jsonScalarText(value->raw) + (value->cut ? u"…"_s : QString()));
    }
    // It may stand further on in a message that is longer than the row knows.
    return entry.isWhole() || entry.kind != rpc::PayloadKind::Text ? QString() : u"…"_s;
}

/// The row in one sentence, for those who hear it.
QString LiveMessageModel::spoken(const LiveEntry &entry, const Shown &shown) const
{
    const QString direction = entry.direction == rpc::Direction::In ? tr("received")
        : entry.direction == rpc::Direction::Out                    ? tr("sent")
                                                                    : tr("event");
    QStringList parts{direction, entry.type(), timeText(entry.atUs, m_clock.wallMicros())};
    if (shown.count > 1) {
        parts += tr("%n times", nullptr, shown.count);
    }
    if (entry.kind != rpc::PayloadKind::Event) {
        parts += sizeText(entry.size);
    }
    parts += entry.stateText();
    parts += entry.summary().left(200);
    parts.removeAll(QString());
    return parts.join(u", "_s);
}

QVariant LiveMessageModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Shown &shown = m_shown.at(static_cast<std::size_t>(index.row()));
    const LiveEntry &entry = at(shown.last);
    switch (role) {
    case Qt::DisplayRole:
        return display(entry, shown, index.row(), index.column());
    case Qt::TextAlignmentRole:
        return index.column() == SizeColumn || index.column() == DeltaColumn
                || index.column() == LatencyColumn
            ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
            : QVariant();
    case Qt::ToolTipRole:
        if (index.column() == TimeColumn) {
            const QDateTime at = QDateTime::fromMSecsSinceEpoch(entry.atUs / 1'000).toUTC();
            return tr("%1 UTC").arg(at.toString(u"yyyy-MM-dd HH:mm:ss.zzz"_s));
        }
        return {};
    case Qt::AccessibleTextRole:
        return spoken(entry, shown);
    case IdRole:
        return entry.key();
    case RunIdRole:
        return entry.runId;
    case ToneRole:
        return static_cast<int>(entry.tone());
    case HitRole:
        return !m_filter.isEmpty() && m_mode == FilterMode::Highlight && isHit(entry);
    case CountRole:
        return shown.count;
    case DirectionRole:
        return static_cast<int>(entry.direction);
    default:
        return {};
    }
}

QVariant LiveMessageModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) {
        return {};
    }
    if (role == Qt::ToolTipRole && section >= ColumnCount) {
        return m_paths.at(static_cast<std::size_t>(section - ColumnCount)).text;
    }
    if (role == Qt::TextAlignmentRole) {
        return section == SizeColumn || section == DeltaColumn || section == LatencyColumn
            ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
            : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case DirectionColumn:
        return tr("Direction");
    case TimeColumn:
        return tr("Time");
    case DeltaColumn:
        return tr("Δ", "time since the row before");
    case SizeColumn:
        return tr("Size");
    case TypeColumn:
        return tr("Type");
    case StateColumn:
        return tr("State");
    case LatencyColumn:
        return tr("Latency");
    case PreviewColumn:
        return tr("Message");
    default:
        break;
    }
    const QString &text = m_paths.at(static_cast<std::size_t>(section - ColumnCount)).text;
    return text.startsWith(u"$.") ? text.sliced(2) : text;
}

QHash<int, QByteArray> LiveMessageModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractTableModel::roleNames();
    names.insert({{IdRole, "id"}, {RunIdRole, "runId"}, {ToneRole, "tone"}, {HitRole, "hit"},
        {CountRole, "count"}, {DirectionRole, "direction"}});
    return names;
}

const LiveEntry *LiveMessageModel::entryAt(int row) const
{
    return row >= 0 && row < rowCount() ? &at(m_shown.at(static_cast<std::size_t>(row)).last)
                                        : nullptr;
}

int LiveMessageModel::rowOfKey(qint64 key) const
{
    for (std::size_t i = m_entries.size(); i-- > 0;) {
        if (m_entries.at(i).key() != key) {
            continue;
        }
        const qint64 sequence = m_first + static_cast<qint64>(i);
        const auto row = std::lower_bound(m_shown.cbegin(), m_shown.cend(), sequence,
            [](const Shown &shown, qint64 wanted) { return shown.last < wanted; });
        return row != m_shown.cend() && row->first <= sequence
            ? static_cast<int>(row - m_shown.cbegin())
            : -1;
    }
    return -1;
}

int LiveMessageModel::rowOfRun(RunId run) const
{
    const auto sequence = m_sequenceOfRun.constFind(run);
    return sequence == m_sequenceOfRun.constEnd() ? -1 : rowOfKey(at(*sequence).key());
}

int LiveMessageModel::nextHit(int row, bool forward) const
{
    const int step = forward ? 1 : -1;
    for (int i = row + step; i >= 0 && i < rowCount(); i += step) {
        if (isHit(at(m_shown.at(static_cast<std::size_t>(i)).last))) {
            return i;
        }
    }
    return -1;
}

std::vector<LiveEntry> LiveMessageModel::sentBy(RunId run) const
{
    std::vector<LiveEntry> sent;
    for (const LiveEntry &entry : m_entries) {
        if (run != 0 && entry.runId == run && entry.direction == rpc::Direction::Out) {
            sent.push_back(entry);
        }
    }
    return sent;
}

const LiveEntry *LiveMessageModel::lastOfKind(rpc::RowKind kind, int row) const
{
    if (row < 0 || row >= rowCount()) {
        return nullptr;
    }
    for (qint64 sequence = m_shown.at(static_cast<std::size_t>(row)).last; sequence >= m_first;
         --sequence) {
        if (at(sequence).what == kind) {
            return &at(sequence);
        }
    }
    return nullptr;
}

} // namespace earshot::items
