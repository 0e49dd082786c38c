// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/livefeed.h"

#include <QElapsedTimer>

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

rpc::RowKind kindOf(triggers::OutgoingKind kind)
{
    switch (kind) {
    case triggers::OutgoingKind::Initial:
        return rpc::RowKind::Initial;
    case triggers::OutgoingKind::Heartbeat:
        return rpc::RowKind::Heartbeat;
    case triggers::OutgoingKind::Reply:
        return rpc::RowKind::Reply;
    case triggers::OutgoingKind::Script:
        return rpc::RowKind::Script;
    case triggers::OutgoingKind::User:
        return rpc::RowKind::User;
    }
    return rpc::RowKind::Note;
}

rpc::RowKind kindOf(SessionEvent event)
{
    switch (event) {
    case SessionEvent::ResolvingUrl:
        return rpc::RowKind::ResolvingUrl;
    case SessionEvent::Connecting:
        return rpc::RowKind::Connecting;
    case SessionEvent::Open:
        return rpc::RowKind::Open;
    case SessionEvent::Starting:
        return rpc::RowKind::Starting;
    case SessionEvent::Ready:
        return rpc::RowKind::Ready;
    case SessionEvent::Pong:
        return rpc::RowKind::Pong;
    case SessionEvent::Closed:
        return rpc::RowKind::Closed;
    case SessionEvent::Waiting:
        return rpc::RowKind::Waiting;
    case SessionEvent::Stopped:
        return rpc::RowKind::Stopped;
    }
    return rpc::RowKind::Note;
}

/// As the API says it, without making a text of it for every message.
QStringView nameOf(rpc::Direction direction)
{
    return direction == rpc::Direction::In ? u"in"
        : direction == rpc::Direction::Out ? u"out"
                                           : u"event";
}

QStringView nameOf(rpc::PayloadKind kind)
{
    return kind == rpc::PayloadKind::Text  ? u"text"
        : kind == rpc::PayloadKind::Binary ? u"binary"
                                           : u"event";
}

} // namespace

LiveFeed::LiveFeed(Collaborators collaborators)
    : m_with(std::move(collaborators))
{
    m_with.hub.setMessageSource(this);
}

LiveFeed::~LiveFeed()
{
    m_with.hub.setMessageSource(nullptr);
}

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
    if (row.run != 0 && row.direction == rpc::Direction::In
        && (m_runs.empty() || m_runs.back().run < row.run)) {
        m_runs.push_back({.run = row.run, .row = id});
    }
    while (m_ringBytes > kMaxRingBytes || m_nextId - m_oldestId > kMaxRingRows) {
        if (!m_runs.empty() && m_runs.front().row == m_oldestId) {
            m_runs.pop_front();
        }
        const BodyArena::Place oldest = slot(m_oldestId++).body;
        m_ringBytes -= oldest.size + kRowBytes;
        m_bodies.removeOldest(oldest);
    }
    m_with.hub.messagesAdded();
}

bool LiveFeed::matches(const MessageFilter &filter, const RingRow &row) const
{
    return filter.isEmpty()
        || filter.matches({.body = m_bodies.view(row.body),
            .trigger = m_paths[row.trigger],
            .direction = nameOf(row.direction),
            .kind = nameOf(row.kind),
            .what = rpc::toString(row.what),
            .verdict = rpc::toString(row.verdict),
            .size = row.body.size});
}

rpc::MessageRows LiveFeed::messagesAfter(const rpc::MessageQuery &query) const
{
    rpc::MessageRows found{.last = m_nextId - 1};
    QList<qint64> hits;
    QList<qint64> others;
    QElapsedTimer timer;
    timer.start();
    const qint64 first = std::max(query.after + 1, m_oldestId);
    for (qint64 id = m_nextId; id > first;) {
        const RingRow &row = slot(--id);
        if (!query.trigger.isEmpty() && m_paths[row.trigger] != query.trigger) {
            continue;
        }
        if (!query.filter.isEmpty() && timer.hasExpired(kMaxFilterMs)) {
            ++found.leftOut; // more than can be looked at: the newest were
        } else if (matches(query.filter, row)) {
            hits.append(id);
        } else if (!query.hitsOnly) {
            others.append(id);
        }
    }
    std::reverse(hits.begin(), hits.end());
    std::reverse(others.begin(), others.end());
    const QList<qint64> chosen = rpc::chooseRows(hits, others, query.limit);
    found.leftOut += hits.size() + others.size() - chosen.size();
    found.rows.reserve(chosen.size());
    auto hit = hits.cbegin();
    for (const qint64 id : chosen) {
        rpc::MessageRow row = shown(id);
        hit = std::lower_bound(hit, hits.cend(), id);
        if (hit == hits.cend() || *hit != id) {
            row.hit = false;
        }
        found.rows.append(std::move(row));
    }
    return found;
}

Result<rpc::MessageMatch::Result> LiveFeed::match(const rpc::MessageMatch::Params &params) const
{
    const auto filter = MessageFilter::parse(params.filter);
    if (!filter) {
        return filter.error();
    }
    rpc::MessageMatch::Result result;
    qint64 bytes = 0;
    QElapsedTimer timer;
    timer.start();
    qint64 id = params.before ? std::clamp(*params.before, m_oldestId, m_nextId) : m_nextId;
    while (id > m_oldestId) {
        const RingRow &row = slot(--id);
        if (params.trigger && m_paths[row.trigger] != *params.trigger) {
            continue;
        }
        if (result.lookedAt > 0
            && (result.lookedAt >= kMaxMatchRows || bytes > kMaxMatchBytes
                || timer.hasExpired(kMaxFilterMs))) {
            result.next = id + 1;
            break;
        }
        ++result.lookedAt;
        bytes += row.body.size + kRowBytes;
        if (matches(*filter, row)) {
            result.ids.append(id);
        }
    }
    return result;
}

Result<LiveFeed::Found> LiveFeed::find(qint64 id) const
{
    if (id < m_oldestId || id >= m_nextId) {
        return Error{.code = ErrorCode::NotFound,
            .message = u"message %1 is no longer in the live view's memory"_s.arg(id),
            .detail = {}};
    }
    const RingRow &found = slot(id);
    return Found{.trigger = m_paths[found.trigger],
        .direction = found.direction,
        .verdict = found.verdict,
        .run = found.run,
        .binary = found.kind == rpc::PayloadKind::Binary,
        .body = m_bodies.view(found.body).toByteArray()};
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
    const auto run = row.run == 0 || row.direction != rpc::Direction::In
        ? m_runs.end()
        : std::lower_bound(m_runs.begin(), m_runs.end(), id,
            [](const RingRun &entry, qint64 message) { return entry.row < message; });
    const bool ran = run != m_runs.end() && run->row == id;
    return {.id = id,
        .trigger = m_paths[row.trigger],
        .direction = row.direction,
        .kind = row.kind,
        .what = row.what,
        .atUs = row.atUs,
        .size = body.size(),
        .verdict = row.verdict,
        .runId = row.run,
        .runStatus = ran ? run->status : std::nullopt,
        .latencyUs = ran && run->latencyUs > 0 ? std::optional(run->latencyUs) : std::nullopt,
        .preview = rpc::previewOf(plain ? start : m_with.redactor().redact(start), binary)};
}

void LiveFeed::messageSeen(const MessageNotice &notice)
{
    add({.atUs = notice.atUs,
            .run = notice.run,
            .trigger = indexOf(notice.triggerPath),
            .direction = notice.incoming ? rpc::Direction::In : rpc::Direction::Out,
            .kind = notice.binary ? rpc::PayloadKind::Binary : rpc::PayloadKind::Text,
            .what = notice.incoming ? rpc::RowKind::Message : kindOf(notice.kind),
            .verdict = notice.incoming ? verdictOf(notice.fate) : rpc::Verdict::None},
        notice.message);
}

void LiveFeed::addEvent(const QString &triggerPath, rpc::RowKind what, const QString &text)
{
    add({.atUs = m_with.clock.wallMicros(),
            .trigger = indexOf(triggerPath),
            .direction = rpc::Direction::Event,
            .kind = rpc::PayloadKind::Event,
            .what = what},
        text.toUtf8());
}

void LiveFeed::sessionEvent(const QString &triggerPath, SessionEvent event, const QString &text)
{
    addEvent(triggerPath, kindOf(event), m_with.redactor().redact(maskUrlsIn(text)));
}

void LiveFeed::runChanged(const RunNotice &notice)
{
    if (isFinal(notice.status)) {
        const auto found = std::lower_bound(m_runs.begin(), m_runs.end(), notice.id,
            [](const RingRun &entry, RunId run) { return entry.run < run; });
        if (found != m_runs.end() && found->run == notice.id) {
            found->status = notice.status;
            if (notice.outcome != nullptr) {
                found->latencyUs
                    = std::max<qint64>(0, notice.outcome->finishedAtUs - slot(found->row).atUs);
            }
        }
    }
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

void LiveFeed::connectionReady(const QString &triggerPath, const triggers::SessionStatus &)
{
    m_with.sessionOpened(triggerPath);
}

void LiveFeed::connectionClosed(const QString &triggerPath, const triggers::CloseInfo &info)
{
    sessionEvent(triggerPath, SessionEvent::Closed,
        info.reason.isEmpty()
            ? u"closed (%1): %2"_s.arg(info.code).arg(info.message)
            : u"closed (%1 %2): %3"_s.arg(info.code).arg(info.reason, info.message));
    m_with.sessionClosed(triggerPath, info.code, info.message);
}

void LiveFeed::alert(const QString &triggerPath, const QString &text)
{
    const QString shownText = m_with.redactor().redact(maskUrlsIn(text));
    addEvent(triggerPath, rpc::RowKind::Note, shownText);
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

void LiveFeed::visitIncoming(
    const QString &trigger, const std::function<bool(const Incoming &message)> &visit) const
{
    for (qint64 id = m_nextId - 1; id >= m_oldestId; --id) {
        const RingRow &row = slot(id);
        if (row.direction == rpc::Direction::In && row.kind == rpc::PayloadKind::Text
            && m_paths[row.trigger] == trigger
            && !visit({.id = id, .atUs = row.atUs, .body = m_bodies.view(row.body)})) {
            return;
        }
    }
}

Result<rpc::Chunk> LiveFeed::read(const rpc::ChunkParams &params) const
{
    const auto found = find(params.id);
    if (!found) {
        return found.error();
    }
    rpc::Chunk chunk
        = rpc::chunkOf(m_with.redactor().redact(found->body), params.offset, params.length);
    chunk.binary = found->binary;
    return chunk;
}

} // namespace earshot::service
