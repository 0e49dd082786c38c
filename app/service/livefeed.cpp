// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/livefeed.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

constexpr std::size_t kFirstSlots = 64;

rpc::Verdict verdictOf(triggers::MessageFate fate)
{
    switch (fate) {
    case triggers::MessageFate::Accepted:
        return rpc::Verdict::Matched;
    case triggers::MessageFate::Filtered:
        return rpc::Verdict::Filtered;
    case triggers::MessageFate::Ignored:
        return rpc::Verdict::Ignored;
    case triggers::MessageFate::Dropped:
        return rpc::Verdict::Dropped;
    }
    return rpc::Verdict::None;
}

} // namespace

LiveFeed::LiveFeed(Collaborators collaborators)
    : m_with(std::move(collaborators))
{ }

bool LiveFeed::wantsMessages(const QString &) const
{
    return true;
}

bool LiveFeed::wantsRunProgress() const
{
    return m_with.hub.hasSubscribers(rpc::Topic::Runs);
}

void LiveFeed::makeRoom()
{
    std::vector<RingRow> larger(std::max<std::size_t>(kFirstSlots, 2 * m_ring.size()));
    for (qint64 id = m_oldestId; id < m_nextId; ++id) {
        larger[static_cast<std::size_t>(id) & (larger.size() - 1)] = slot(id);
    }
    m_ring = std::move(larger);
}

void LiveFeed::add(RingRow row, const QByteArray &body)
{
    if (m_nextId - m_oldestId == std::ssize(m_ring)) {
        makeRoom();
    }
    row.body = m_bodies.add(body);
    m_ringBytes += body.size() + kRowBytes;
    const qint64 id = m_nextId++;
    slot(id) = row;
    while (m_ringBytes > kMaxRingBytes || m_nextId - m_oldestId > kMaxRingRows) {
        const BodyArena::Place oldest = slot(m_oldestId++).body;
        m_ringBytes -= oldest.size + kRowBytes;
        m_bodies.removeOldest(oldest);
    }
    if (m_with.hub.hasSubscribers(rpc::Topic::Messages) && m_oldestId < m_nextId) {
        m_with.hub.publish(shown(id));
    }
}

quint32 LiveFeed::indexOf(const QString &triggerPath)
{
    // Messages come in rows of one trigger.
    if (m_lastPath < m_paths.size() && m_paths[m_lastPath] == triggerPath) {
        return m_lastPath;
    }
    if (const auto known = m_indexOfPath.constFind(triggerPath); known != m_indexOfPath.cend()) {
        return m_lastPath = *known;
    }
    m_lastPath = static_cast<quint32>(m_paths.size());
    m_paths.push_back(triggerPath);
    m_indexOfPath.insert(triggerPath, m_lastPath);
    return m_lastPath;
}

rpc::MessageRow LiveFeed::shown(qint64 id) const
{
    const RingRow &row = slot(id);
    const bool binary = row.kind == rpc::PayloadKind::Binary;
    const QByteArrayView body = m_bodies.view(row.body);
    // Only the start is shown, but a secret that is cut is not found: look a little further.
    const bool plain = m_with.redactor().isEmpty();
    const qsizetype wanted = plain ? rpc::kMaxPreviewBytes + 4 : rpc::kMaxInlineBytes;
    const QByteArray start = body.first(std::min(body.size(), wanted)).toByteArray();
    return {.id = id,
        .trigger = m_paths[row.trigger],
        .direction = row.direction,
        .kind = row.kind,
        .atUs = row.atUs,
        .size = body.size(),
        .verdict = row.verdict,
        .runId = row.run,
        .preview = rpc::previewOf(plain ? start : m_with.redactor().redact(start), binary)};
}

void LiveFeed::messageSeen(const MessageNotice &notice)
{
    add({.atUs = notice.atUs,
            .run = notice.run,
            .trigger = indexOf(notice.triggerPath),
            .direction = notice.incoming ? rpc::Direction::In : rpc::Direction::Out,
            .kind = notice.binary ? rpc::PayloadKind::Binary : rpc::PayloadKind::Text,
            .verdict = notice.incoming ? verdictOf(notice.fate) : rpc::Verdict::None},
        notice.message);
}

void LiveFeed::addEvent(const QString &triggerPath, const QString &text)
{
    add({.atUs = m_with.clock.wallMicros(),
            .trigger = indexOf(triggerPath),
            .direction = rpc::Direction::Event,
            .kind = rpc::PayloadKind::Event},
        text.toUtf8());
}

void LiveFeed::runChanged(const RunNotice &notice)
{
    if (!m_with.hub.hasSubscribers(rpc::Topic::Runs)) {
        return;
    }
    rpc::RunRow row{.id = notice.id,
        .status = notice.status,
        .purpose = notice.purpose,
        .trigger = notice.triggerPath,
        .runnable = notice.runnablePath,
        .attempts = std::max(1, notice.attempts),
        .receivedAtUs = notice.receivedAtUs,
        .messageSize = notice.message.size(),
        .message = rpc::previewOf(m_with.redactor().redact(notice.message), notice.binary)};
    if (notice.outcome != nullptr) {
        row.startedAtUs = notice.outcome->startedAtUs;
        row.finishedAtUs = notice.outcome->finishedAtUs;
        row.resultSize = notice.outcome->result.size();
        row.result = rpc::previewOf(notice.outcome->result);
        row.replied = notice.reply != nullptr && notice.reply->has_value();
        row.replyError = notice.replyError != nullptr ? *notice.replyError : QString();
    }
    m_with.hub.publish(row);
}

void LiveFeed::triggerChanged(const QString &triggerPath)
{
    m_with.triggerChanged(triggerPath);
}

void LiveFeed::connectionReady(const QString &triggerPath, const triggers::SessionStatus &status)
{
    addEvent(triggerPath,
        status.subprotocol.isEmpty()
            ? u"connected to %1"_s.arg(status.peer)
            : u"connected to %1, %2"_s.arg(status.peer, status.subprotocol));
    m_with.sessionOpened(triggerPath);
}

void LiveFeed::connectionClosed(const QString &triggerPath, const triggers::CloseInfo &info)
{
    addEvent(triggerPath,
        info.reason.isEmpty()
            ? u"closed (%1): %2"_s.arg(info.code).arg(info.message)
            : u"closed (%1 %2): %3"_s.arg(info.code).arg(info.reason, info.message));
    m_with.sessionClosed(triggerPath, info.code, info.message);
}

void LiveFeed::alert(const QString &triggerPath, const QString &text)
{
    const QString shownText = m_with.redactor().redact(maskUrlsIn(text));
    addEvent(triggerPath, shownText);
    m_with.notice({.level = u"warning"_s, .trigger = triggerPath, .text = shownText});
}

rpc::Page<rpc::MessageRow> LiveFeed::page(
    const std::optional<QString> &trigger, std::optional<qint64> before, int limit) const
{
    rpc::Page<rpc::MessageRow> page;
    qint64 id = before ? std::clamp(*before, m_oldestId, m_nextId) : m_nextId;
    while (id > m_oldestId) {
        const RingRow &row = slot(--id);
        if (trigger && m_paths[row.trigger] != *trigger) {
            continue;
        }
        if (page.items.size() >= limit) {
            page.more = true;
            break;
        }
        page.items.append(shown(id));
    }
    return page;
}

Result<rpc::Chunk> LiveFeed::read(const rpc::ChunkParams &params) const
{
    if (params.id < m_oldestId || params.id >= m_nextId) {
        return Error{.code = ErrorCode::NotFound,
            .message = u"message %1 is no longer in the live view's memory"_s.arg(params.id),
            .detail = {}};
    }
    const RingRow &row = slot(params.id);
    rpc::Chunk chunk = rpc::chunkOf(m_with.redactor().redact(m_bodies.view(row.body).toByteArray()),
        params.offset, params.length);
    chunk.binary = row.kind == rpc::PayloadKind::Binary;
    return chunk;
}

} // namespace earshot::service
