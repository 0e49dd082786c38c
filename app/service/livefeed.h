// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/bodyarena.h"
#include "app/service/serviceevents.h"
#include "model/clock.h"
#include "model/redaction.h"
#include "model/rpc/subscriptionhub.h"

#include <QHash>

#include <functional>
#include <type_traits>
#include <vector>

namespace earshot::service {

/// What happened lately, for whoever looks: a ring of messages and events, and batches to
/// subscribers. Event-loop thread.
class LiveFeed final : public ServiceEvents
{
public:
    /// Bytes of bodies the ring keeps; the oldest go first.
    static constexpr qint64 kMaxRingBytes = qint64(64) * 1024 * 1024;
    static constexpr qsizetype kMaxRingRows = 200'000;
    /// What a row costs beside its body.
    static constexpr qint64 kRowBytes = 96;

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

    [[nodiscard]] rpc::Page<rpc::MessageRow> page(
        const std::optional<QString> &trigger, std::optional<qint64> before, int limit) const;
    /// NotFound once the ring let go of it.
    [[nodiscard]] Result<rpc::Chunk> read(const rpc::ChunkParams &params) const;
    /// An event of a session's life.
    void addEvent(const QString &triggerPath, const QString &text);

    // ServiceEvents
    [[nodiscard]] bool wantsMessages(const QString &triggerPath) const override;
    [[nodiscard]] bool wantsRunProgress() const override;
    void messageSeen(const MessageNotice &notice) override;
    void runChanged(const RunNotice &notice) override;
    void triggerChanged(const QString &triggerPath) override;
    void connectionReady(
        const QString &triggerPath, const triggers::SessionStatus &status) override;
    void connectionClosed(const QString &triggerPath, const triggers::CloseInfo &info) override;
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
        rpc::Verdict verdict = rpc::Verdict::None;
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
    void makeRoom();
    [[nodiscard]] quint32 indexOf(const QString &triggerPath);
    [[nodiscard]] rpc::MessageRow shown(qint64 id) const;

    Collaborators m_with;
    std::vector<RingRow> m_ring; ///< a power of two of slots; a row is in the slot of its id
    BodyArena m_bodies;
    std::vector<QString> m_paths; ///< of every trigger that was ever seen
    QHash<QString, quint32> m_indexOfPath;
    quint32 m_lastPath = 0;
    qint64 m_ringBytes = 0;
    qint64 m_oldestId = 1;
    qint64 m_nextId = 1;
};

} // namespace earshot::service
