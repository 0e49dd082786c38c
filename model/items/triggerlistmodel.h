// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/rpc/types.h"

#include <QAbstractListModel>
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
    };

    explicit TriggerListModel(Clock &clock, QObject *parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

    /// Everything anew, keeping rows (and with them selections) that are still there.
    void setTriggers(QList<rpc::TriggerSummary> triggers);
    void apply(const QList<rpc::TriggerSummary> &changed, const QStringList &removed);
    /// Texts that count down are not the same any more.
    void refreshTimes();

    /// Null when there is none of this path.
    [[nodiscard]] const rpc::TriggerSummary *find(const QString &path) const;
    [[nodiscard]] QModelIndex indexOf(const QString &path) const;
    [[nodiscard]] const QList<rpc::TriggerSummary> &triggers() const noexcept { return m_triggers; }

private:
    void put(const rpc::TriggerSummary &trigger);
    void take(const QString &path);

    Clock &m_clock;
    QList<rpc::TriggerSummary> m_triggers; ///< by path
};

} // namespace earshot::items
