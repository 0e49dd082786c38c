// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/bodyarena.h"
#include "app/service/serviceevents.h"
#include "model/clock.h"
#include "model/messagefilter.h"
#include "model/redaction.h"
#include "model/rpc/messagesource.h"
#include "model/rpc/subscriptionhub.h"

#include <QHash>

#include <deque>
#include <functional>
#include <type_traits>
#include <vector>

namespace earshot::service {

/// What happened lately, for whoever looks: a ring of messages and events, and batches to
/// subscribers. Event-loop thread.
class LiveFeed final : public ServiceEvents, public rpc::MessageSource
{
public:
    /// Bytes of bodies the ring keeps; the oldest go first.
    static constexpr qint64 kMaxRingBytes = qint64(64) * 1024 * 1024;
    static constexpr qsizetype kMaxRingRows = 200'000;
    /// What a row costs beside its body.
    static constexpr qint64 kRowBytes = 96;
    /// What one message.match looks at: the event loop has other things to do.
    static constexpr qint64 kMaxMatchBytes = qint64(4) * 1024 * 1024;
    static constexpr qsizetype kMaxMatchRows = 20'000;
    /// What a filter may take before others get their turn.
    static constexpr qint64 kMaxFilterMs = 15;

    struct Collaborators
    {
        Clock &clock;
        rpc::SubscriptionHub &hub;
        std::function<const Redactor &()> redactor;
        std::function<void(const QString &triggerPath)> triggerChanged;
        std::function<void(const rpc::Notice &)> notice;
        std::function<void(const QString &triggerPath)> sessionOpened;
        std::function<void(const QString &triggerPath, int code, const QString &reason)>
            sessionClosed;
    };

    explicit LiveFeed(Collaborators collaborators);
    ~LiveFeed() override;
    Q_DISABLE_COPY_MOVE(LiveFeed)

    [[nodiscard]] rpc::Page<rpc::MessageRow> page(
        const std::optional<QString> &trigger, std::optional<qint64> before, int limit) const;
    /// NotFound once the ring let go of it.
    [[nodiscard]] Result<rpc::Chunk> read(const rpc::ChunkParams &params) const;
    /// Which messages of the ring a filter matches, a stretch at a time.
    [[nodiscard]] Result<rpc::MessageMatch::Result> match(
        const rpc::MessageMatch::Params &params) const;

    /// A message of the ring with its body, for whoever explains it.
    struct Found
    {
        QString trigger;
        rpc::Direction direction = rpc::Direction::In;
        rpc::Verdict verdict = rpc::Verdict::None;
        RunId run = 0;
        bool binary = false;
        QByteArray body;
    };
    [[nodiscard]] Result<Found> find(qint64 id) const;

    // rpc::MessageSource
    [[nodiscard]] qint64 newestMessage() const override { return m_nextId - 1; }
    [[nodiscard]] rpc::MessageRows messagesAfter(const rpc::MessageQuery &query) const override;
    struct Incoming
    {
        qint64 id = 0;
        qint64 atUs = 0;
        QByteArrayView body; ///< valid during the visit
    };
    /// Shows the text messages a trigger received, newest first, until `visit` says no.
    void visitIncoming(
        const QString &trigger, const std::function<bool(const Incoming &message)> &visit) const;

    // ServiceEvents
    [[nodiscard]] bool wantsMessages(const QString &triggerPath) const override;
    [[nodiscard]] bool wantsRunProgress() const override;
    void messageSeen(const MessageNotice &notice) override;
    void runChanged(const RunNotice &notice) override;
    void triggerChanged(const QString &triggerPath) override;
    void connectionReady(
        const QString &triggerPath, const triggers::SessionStatus &status) override;
    void connectionClosed(const QString &triggerPath, const triggers::CloseInfo &info) override;
    void sessionEvent(const QString &triggerPath, SessionEvent event, const QString &text) override;
    void alert(const QString &triggerPath, const QString &text) override;

private:
    struct RingRow
    {
        qint64 atUs = 0;
        RunId run = 0;
        BodyArena::Place body = {};
        quint32 trigger = 0; ///< index into m_paths
        rpc::Direction direction = rpc::Direction::In;
        rpc::PayloadKind kind = rpc::PayloadKind::Text;
        rpc::RowKind what = rpc::RowKind::Message;
        rpc::Verdict verdict = rpc::Verdict::None;
    };
    /// A run made of a message of the ring.
    struct RingRun
    {
        RunId run = 0;
        qint64 row = 0; ///< id of the message
        qint64 latencyUs = 0;
        std::optional<RunStatus> status = {}; ///< once it has ended
    };
    static_assert(std::is_trivially_copyable_v<RingRow>);

    void add(RingRow row, const QByteArray &body);
    [[nodiscard]] RingRow &slot(qint64 id)
    {
        return m_ring[static_cast<size_t>(id) & (m_ring.size() - 1)];
    }
    [[nodiscard]] const RingRow &slot(qint64 id) const
    {
        return m_ring[static_cast<size_t>(id) & (m_ring.size() - 1)];
    }
    void addEvent(const QString &triggerPath, rpc::RowKind what, const QString &text);
    [[nodiscard]] bool matches(const MessageFilter &filter, const RingRow &row) const;
    void makeRoom();
    [[nodiscard]] quint32 indexOf(const QString &triggerPath);
    [[nodiscard]] rpc::MessageRow shown(qint64 id) const;

    Collaborators m_with;
    std::vector<RingRow> m_ring; ///< a power of two of slots; a row is in the slot of its id
    std::deque<RingRun> m_runs; ///< ascending in runs and rows
    BodyArena m_bodies;
    std::vector<QString> m_paths; ///< of every trigger that was ever seen
    QHash<QString, quint32> m_indexOfPath;
    quint32 m_lastPath = 0;
    qint64 m_ringBytes = 0;
    qint64 m_oldestId = 1;
    qint64 m_nextId = 1;
};

} // namespace earshot::service
