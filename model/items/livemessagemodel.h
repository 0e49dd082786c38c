// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/items/liveentry.h"
#include "model/jsonpath.h"
#include "model/messagefilter.h"

#include <QAbstractTableModel>
#include <QHash>

#include <deque>
#include <memory>
#include <vector>

namespace earshot::items {

/// The live log: a window on what happened, oldest first, bounded by rows and bytes. What arrives
/// waits until the next flush (33 ms), which is one removal and one insertion whatever their
/// number. Paused, nothing is shown and the same bounds hold for what waits. A filter hides or
/// marks rows; repeats may stand in one row.
///
/// Older rows may be put in front. When that drops the newest, the model is detached: it takes
/// nothing new until clear().
class LiveMessageModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        DirectionColumn,
        TimeColumn,
        DeltaColumn,
        SizeColumn,
        TypeColumn,
        StateColumn,
        LatencyColumn,
        PreviewColumn,
        ColumnCount ///< columns from JSON paths follow
    };
    enum Role {
        IdRole = Qt::UserRole + 1, ///< LiveEntry::key()
        RunIdRole,
        ToneRole, ///< int of Tone, of the state
        HitRole, ///< bool: a filter highlights the row
        CountRole, ///< int: rows that stand in this one
        DirectionRole, ///< int of rpc::Direction
    };
    enum class FilterMode { Hide, Highlight };
    /// Whether rows were compared with the filter that is set.
    enum class Hits { Known, Unknown };
    struct Limits
    {
        std::size_t rows = 100'000;
        qint64 bytes = qint64(64) * 1024 * 1024;
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
    void append(const QList<rpc::MessageRow> &rows, Hits hits = Hits::Known);
    /// What happened before everything the model has, ascending too. With a filter they show once
    /// applyHits() reached them.
    void prepend(const QList<rpc::MessageRow> &rows);
    /// Older runs than everything the model has, newest first as the service lists them.
    void prependHistory(const QList<rpc::RunRow> &runs);
    /// Shows how a message's run goes.
    void applyRuns(const QList<rpc::RunRow> &runs);
    void clear();

    /// All rows are to be asked for their hits anew: see applyHits().
    void setFilter(const MessageFilter &filter, FilterMode mode);
    [[nodiscard]] const MessageFilter &filter() const noexcept { return m_filter; }
    [[nodiscard]] FilterMode filterMode() const noexcept { return m_mode; }
    /// The service's answer for messages from `downTo` on that were not answered for yet.
    void applyHits(const QList<qint64> &descendingIds, qint64 downTo);
    /// Where the next question goes on: only ids below; nothing when all are answered for.
    [[nodiscard]] std::optional<qint64> unanswered() const;
    void setCollapsed(bool collapsed);
    [[nodiscard]] bool isCollapsed() const noexcept { return m_collapsed; }
    /// JSON paths, each a column.
    void setPathColumns(const QStringList &paths);
    [[nodiscard]] QStringList pathColumns() const;

    void setPaused(bool paused);
    [[nodiscard]] bool isPaused() const noexcept { return m_paused; }
    [[nodiscard]] bool isDetached() const noexcept { return m_detached; }
    [[nodiscard]] qsizetype waitingCount() const
    {
        return static_cast<qsizetype>(m_pending.size()) + m_missed;
    }
    [[nodiscard]] const LiveEntry *entryAt(int row) const;
    /// -1 when no row shows it.
    [[nodiscard]] int rowOfKey(qint64 key) const;
    /// The row of the message a run was made of; -1 when there is none.
    [[nodiscard]] int rowOfRun(RunId run) const;
    /// From `row` (exclusive) on, the next row that the filter marks; -1 when there is none.
    [[nodiscard]] int nextHit(int row, bool forward) const;
    /// What was sent because of a run, oldest first.
    [[nodiscard]] std::vector<LiveEntry> sentBy(RunId run) const;
    /// The newest row of this kind at or before the row.
    [[nodiscard]] const LiveEntry *lastOfKind(rpc::RowKind kind, int row) const;
    /// Null while nothing is there.
    [[nodiscard]] const LiveEntry *oldest() const
    {
        return m_entries.empty() ? nullptr : &m_entries.front();
    }
    [[nodiscard]] std::size_t storedCount() const noexcept { return m_entries.size(); }
    /// Estimate of what the rows take.
    [[nodiscard]] qint64 byteCount() const noexcept { return m_bytes + m_pendingBytes; }

signals:
    void waitingChanged(qsizetype count);

private:
    /// A row of the view: one entry, or several that repeat each other.
    struct Shown
    {
        qint64 first = 0; ///< sequence numbers
        qint64 last = 0;
        int count = 1;
    };
    struct PathColumn
    {
        QString text;
        JsonPath path;
    };

    void dropPending();
    void flush();
    void schedule();
    void note(const LiveEntry &entry, qint64 sequence);
    [[nodiscard]] bool isShown(const LiveEntry &entry) const;
    [[nodiscard]] bool isHit(const LiveEntry &entry) const;
    [[nodiscard]] LiveEntry &at(qint64 sequence)
    {
        return m_entries.at(static_cast<std::size_t>(sequence - m_first));
    }
    [[nodiscard]] const LiveEntry &at(qint64 sequence) const
    {
        return m_entries.at(static_cast<std::size_t>(sequence - m_first));
    }
    [[nodiscard]] qint64 endSequence() const
    {
        return m_first + static_cast<qint64>(m_entries.size());
    }
    void addShown(std::deque<Shown> *rows, qint64 sequence) const;
    void showInFront(qint64 from);
    void pushFront(std::vector<LiveEntry> entries);
    void makeRoomAtTheEnd();
    void rebuild();
    [[nodiscard]] QVariant display(
        const LiveEntry &entry, const Shown &shown, int row, int column) const;
    [[nodiscard]] QString spoken(const LiveEntry &entry, const Shown &shown) const;

    Clock &m_clock;
    Limits m_limits;
    std::deque<LiveEntry> m_entries;
    std::deque<LiveEntry> m_pending;
    std::deque<Shown> m_shown; ///< of the entries from m_answered on
    QHash<RunId, qint64> m_sequenceOfRun;
    QHash<RunId, rpc::RunRow> m_pendingRuns; ///< states of messages that still wait, without bodies
    MessageFilter m_filter;
    FilterMode m_mode = FilterMode::Hide;
    std::vector<PathColumn> m_paths;
    qint64 m_first = 0; ///< sequence number of the oldest entry; grows as the front is dropped
    qint64 m_answered = 0; ///< entries below wait for their hits
    qint64 m_lastId = 0;
    qint64 m_bytes = 0;
    qint64 m_pendingBytes = 0;
    qsizetype m_missed = 0; ///< came while detached
    std::unique_ptr<TimerHandle> m_timer;
    bool m_paused = false;
    bool m_collapsed = false;
    bool m_detached = false;
};

} // namespace earshot::items
