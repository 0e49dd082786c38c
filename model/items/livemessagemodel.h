// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/rpc/rows.h"

#include <QAbstractTableModel>
#include <QHash>

#include <deque>
#include <memory>

namespace earshot::items {

/// The newest messages, oldest first, bounded by rows and bytes. What arrives waits until the next
/// flush (33 ms), which is one removal and one insertion whatever their number. Paused, nothing is
/// shown and the same bounds hold for what waits.
class LiveMessageModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        DirectionColumn,
        TimeColumn,
        SizeColumn,
        StateColumn,
        PreviewColumn,
        ColumnCount
    };
    enum Role {
        IdRole = Qt::UserRole + 1,
        RunIdRole,
        ToneRole, ///< int of Tone, of the state
    };
    struct Limits
    {
        std::size_t rows = 200'000;
        qint64 bytes = qint64(256) * 1024 * 1024;
    };
    static constexpr qint64 kFlushMs = 33;

    explicit LiveMessageModel(Clock &clock, QObject *parent = nullptr);
    LiveMessageModel(Clock &clock, Limits limits, QObject *parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(
        int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

    /// Rows in ascending order of ids; those that are known already are skipped.
    void append(const QList<rpc::MessageRow> &rows);
    /// What happened before everything the model has, ascending too.
    void prepend(const QList<rpc::MessageRow> &rows);
    /// Shows how a message's run goes.
    void applyRuns(const QList<rpc::RunRow> &runs);
    void clear();

    void setPaused(bool paused);
    [[nodiscard]] bool isPaused() const noexcept { return m_paused; }
    [[nodiscard]] qsizetype waitingCount() const
    {
        return static_cast<qsizetype>(m_pending.size());
    }
    [[nodiscard]] const rpc::MessageRow *messageAt(int row) const;
    /// Estimate of what the rows take.
    [[nodiscard]] qint64 byteCount() const noexcept { return m_bytes + m_pendingBytes; }

signals:
    void waitingChanged(qsizetype count);

private:
    struct Entry
    {
        rpc::MessageRow row;
        std::optional<RunStatus> run = {};
    };

    static qint64 cost(const Entry &entry);
    void dropPending();
    void flush();
    void schedule();
    void note(const Entry &entry, qint64 sequence);
    [[nodiscard]] QString stateOf(const Entry &entry) const;

    Clock &m_clock;
    Limits m_limits;
    std::deque<Entry> m_entries;
    std::deque<Entry> m_pending;
    QHash<qint64, qint64> m_sequenceOfRun; ///< run id → m_first + row
    QHash<qint64, RunStatus> m_pendingRuns; ///< states of messages that still wait
    qint64 m_first = 0; ///< sequence number of row 0; grows as the front is dropped
    qint64 m_lastId = 0;
    qint64 m_bytes = 0;
    qint64 m_pendingBytes = 0;
    std::unique_ptr<TimerHandle> m_timer;
    bool m_paused = false;
};

} // namespace earshot::items
