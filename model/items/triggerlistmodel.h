// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/rpc/types.h"

#include <QAbstractListModel>
#include <QHash>
#include <QList>
#include <QStringList>

namespace earshot::items {

/// The triggers by path, with their newest state.
class TriggerListModel final : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role {
        PathRole = Qt::UserRole + 1,
        StateTextRole,
        ToneRole, ///< int of Tone
        CounterTextRole,
        ErrorRole,
        ShapeRole, ///< int of StateShape
        ModeRole, ///< int of TriggerMode
        QueueRole, ///< messages accepted and not started, suspended ones included
        FailedRole, ///< runs that failed since the service started
        RatesRole, ///< QList<int>: messages of each of the last seconds, oldest first
    };
    static constexpr int kRateSamples = 60;

    explicit TriggerListModel(Clock &clock, QObject *parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

    /// Everything anew, keeping rows (and with them selections) that are still there.
    void setTriggers(QList<rpc::TriggerSummary> triggers);
    void apply(const QList<rpc::TriggerSummary> &changed, const QStringList &removed);
    /// Texts that count down are not the same any more.
    void refreshTimes();
    /// Once a second: what came since the last time becomes the newest of the rates.
    void sampleRates();

    /// Null when there is none of this path.
    [[nodiscard]] const rpc::TriggerSummary *find(const QString &path) const;
    [[nodiscard]] QModelIndex indexOf(const QString &path) const;
    [[nodiscard]] const QList<rpc::TriggerSummary> &triggers() const noexcept { return m_triggers; }

private:
    struct Rates
    {
        qint64 received = 0; ///< at the last sample
        QList<int> samples = {};
    };

    void put(const rpc::TriggerSummary &trigger);
    void take(const QString &path);

    Clock &m_clock;
    QList<rpc::TriggerSummary> m_triggers; ///< by path
    QHash<QString, Rates> m_rates;
};

} // namespace earshot::items
