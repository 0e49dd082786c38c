// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/items/runsource.h"

#include <QAbstractTableModel>

#include <deque>

namespace earshot::items {

/// Runs of one trigger, newest first: read page by page as the view asks for more, and kept up to
/// date by pushes. One request at a time; answers for another trigger are dropped.
class RunListModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        StatusColumn,
        TimeColumn,
        DurationColumn,
        MessageColumn,
        ResultColumn,
        ColumnCount,
    };
    enum Role {
        IdRole = Qt::UserRole + 1,
        ToneRole, ///< int of Tone
    };
    static constexpr int kPageSize = 200;
    /// Rows kept; beyond it the oldest go and are read again when the view comes there.
    static constexpr std::size_t kMaxRows = 100'000;

    RunListModel(RunSource &source, Clock &clock, QObject *parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(
        int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;

    /// Another trigger's runs; an empty path empties the model.
    void setTrigger(const QString &path);
    /// After pushes were left out or the connection was lost: reads the newest page again.
    void reload();
    void apply(const QList<rpc::RunRow> &runs);

    [[nodiscard]] const rpc::RunRow *runAt(int row) const;
    [[nodiscard]] QModelIndex indexOf(RunId id) const;

signals:
    void failed(const earshot::Error &error);

private:
    void request(RunId before);
    void mergeNewest(const rpc::Page<rpc::RunRow> &page);
    void appendOlder(const rpc::Page<rpc::RunRow> &page);
    void insertNewer(const QList<rpc::RunRow> &ascending);
    void trim();
    [[nodiscard]] int rowOf(RunId id) const;

    RunSource &m_source;
    Clock &m_clock;
    QString m_trigger;
    std::deque<rpc::RunRow> m_runs; ///< ids descending
    quint64 m_generation = 0;
    bool m_more = false;
    bool m_loading = false;
    bool m_reloadAgain = false;
};

} // namespace earshot::items
