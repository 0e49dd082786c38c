// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/triggerlistmodel.h"

#include "model/items/displaytext.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

auto lowerBound(const QList<rpc::TriggerSummary> &triggers, const QString &path)
{
    return std::lower_bound(triggers.cbegin(), triggers.cend(), path,
        [](const rpc::TriggerSummary &trigger, const QString &wanted) {
            return trigger.path < wanted;
        });
}

} // namespace

TriggerListModel::TriggerListModel(Clock &clock, QObject *parent)
    : QAbstractListModel(parent)
    , m_clock(clock)
{ }

int TriggerListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_triggers.size());
}

QVariant TriggerListModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const rpc::TriggerSummary &trigger = m_triggers.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case PathRole:
        return trigger.path;
    case StateTextRole:
        return stateText(trigger, m_clock.wallMicros());
    case ToneRole:
        return static_cast<int>(toneOf(trigger));
    case CounterTextRole:
        return counterText(trigger.counters);
    case ErrorRole:
        return trigger.error.isEmpty() ? trigger.session.error : trigger.error;
    case ShapeRole:
        return static_cast<int>(shapeOf(trigger, m_clock.wallMicros()));
    case ModeRole:
        return static_cast<int>(trigger.mode);
    case QueueRole:
        return trigger.queueDepth + trigger.counters.suspended;
    case FailedRole:
        return trigger.counters.failed;
    case RatesRole:
        return QVariant::fromValue(m_rates.value(trigger.path).samples);
    case Qt::ToolTipRole: {
        const QString error = data(index, ErrorRole).toString();
        QStringList lines{trigger.path, trigger.url, data(index, StateTextRole).toString()};
        if (const QString counters = counterText(trigger.counters); !counters.isEmpty()) {
            lines += counters;
        }
        if (!error.isEmpty()) {
            lines += error;
        }
        // The text comes from a server: never rich text.
        return u"<p style='white-space:pre-wrap'>%1</p>"_s.arg(lines.join(u'\n').toHtmlEscaped());
    }
    case Qt::AccessibleTextRole: {
        QStringList parts{trigger.path, stateText(trigger, m_clock.wallMicros())};
        if (const QString counters = counterText(trigger.counters); !counters.isEmpty()) {
            parts += counters;
        }
        return parts.join(u", "_s);
    }
    default:
        return {};
    }
}

QHash<int, QByteArray> TriggerListModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractListModel::roleNames();
    names.insert({{PathRole, "path"}, {StateTextRole, "stateText"}, {ToneRole, "tone"},
        {CounterTextRole, "counterText"}, {ErrorRole, "error"}, {ShapeRole, "shape"},
        {ModeRole, "mode"}, {QueueRole, "queue"}, {FailedRole, "failed"}, {RatesRole, "rates"}});
    return names;
}

void TriggerListModel::setTriggers(QList<rpc::TriggerSummary> triggers)
{
    QSet<QString> kept;
    for (const rpc::TriggerSummary &trigger : std::as_const(triggers)) {
        kept.insert(trigger.path);
    }
    QStringList removed;
    for (const rpc::TriggerSummary &trigger : std::as_const(m_triggers)) {
        if (!kept.contains(trigger.path)) {
            removed += trigger.path;
        }
    }
    apply(triggers, removed);
}

void TriggerListModel::apply(const QList<rpc::TriggerSummary> &changed, const QStringList &removed)
{
    for (const QString &path : removed) {
        take(path);
    }
    for (const rpc::TriggerSummary &trigger : changed) {
        put(trigger);
    }
}

void TriggerListModel::refreshTimes()
{
    for (int row = 0; row < m_triggers.size(); ++row) {
        const rpc::SessionPhase phase = m_triggers.at(row).session.phase;
        if (phase == rpc::SessionPhase::BackingOff
            || (phase == rpc::SessionPhase::Ready
                && shapeOf(m_triggers.at(row), m_clock.wallMicros()) == StateShape::DiscInRing)) {
            emit dataChanged(index(row), index(row), {StateTextRole, ShapeRole});
        }
    }
}

void TriggerListModel::sampleRates()
{
    for (int row = 0; row < m_triggers.size(); ++row) {
        const rpc::TriggerSummary &trigger = m_triggers.at(row);
        const auto known = m_rates.find(trigger.path);
        if (known == m_rates.end()) {
            m_rates.insert(trigger.path, {.received = trigger.counters.received});
            continue;
        }
        // Counters begin anew with the service.
        const qint64 came = trigger.counters.received >= known->received
            ? trigger.counters.received - known->received
            : trigger.counters.received;
        known->received = trigger.counters.received;
        const bool showed = std::any_of(
            known->samples.cbegin(), known->samples.cend(), [](int sample) { return sample > 0; });
        known->samples.append(static_cast<int>(std::min<qint64>(came, 1'000'000'000)));
        if (known->samples.size() > kRateSamples) {
            known->samples.removeFirst();
        }
        if (showed || came > 0) {
            emit dataChanged(index(row), index(row), {RatesRole});
        }
    }
}

const rpc::TriggerSummary *TriggerListModel::find(const QString &path) const
{
    const auto found = lowerBound(m_triggers, path);
    return found != m_triggers.cend() && found->path == path ? &*found : nullptr;
}

QModelIndex TriggerListModel::indexOf(const QString &path) const
{
    const auto found = lowerBound(m_triggers, path);
    return found != m_triggers.cend() && found->path == path
        ? index(static_cast<int>(found - m_triggers.cbegin()))
        : QModelIndex();
}

void TriggerListModel::put(const rpc::TriggerSummary &trigger)
{
    const auto at = lowerBound(m_triggers, trigger.path);
    const auto row = static_cast<int>(at - m_triggers.cbegin());
    if (at != m_triggers.cend() && at->path == trigger.path) {
        if (*at == trigger) {
            return;
        }
        m_triggers[row] = trigger;
        emit dataChanged(index(row), index(row));
        return;
    }
    beginInsertRows({}, row, row);
    m_triggers.insert(row, trigger);
    endInsertRows();
}

void TriggerListModel::take(const QString &path)
{
    const QModelIndex found = indexOf(path);
    if (!found.isValid()) {
        return;
    }
    beginRemoveRows({}, found.row(), found.row());
    m_triggers.removeAt(found.row());
    m_rates.remove(path);
    endRemoveRows();
}

} // namespace earshot::items
