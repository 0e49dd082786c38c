// SPDX-License-Identifier: GPL-3.0-or-later
// The half of TriggerRegistry that answers questions.
#include "app/service/triggerregistry.h"
#include "model/redaction.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

constexpr int kPublishIntervalMs = 1000;

rpc::SessionPhase phaseOf(triggers::SessionPhase phase)
{
    switch (phase) {
    case triggers::SessionPhase::Off:
        return rpc::SessionPhase::Off;
    case triggers::SessionPhase::ResolvingUrl:
        return rpc::SessionPhase::ResolvingUrl;
    case triggers::SessionPhase::Connecting:
        return rpc::SessionPhase::Connecting;
    case triggers::SessionPhase::SendingInitialMessages:
        return rpc::SessionPhase::Starting;
    case triggers::SessionPhase::Ready:
        return rpc::SessionPhase::Ready;
    case triggers::SessionPhase::Waiting:
        return rpc::SessionPhase::BackingOff;
    case triggers::SessionPhase::Stopped:
        return rpc::SessionPhase::Stopped;
    }
    return rpc::SessionPhase::Off;
}

Error notFound(const QString &path)
{
    return {.code = ErrorCode::NotFound,
        .message = u"Trigger not found at path: %1"_s.arg(path),
        .detail = u"`earshot trigger list` shows what there is"_s};
}

} // namespace

Result<const storage::StoredTrigger *> TriggerRegistry::stored(const QString &path) const
{
    if (const storage::StoredTrigger *found = m_with.storage.triggers().find(path)) {
        return found;
    }
    return notFound(path);
}

Result<TriggerConfig> TriggerRegistry::config(const QString &path) const
{
    if (const auto entry = m_entries.value(path)) {
        return entry->config;
    }
    return notFound(path);
}

Result<TriggerRuntime *> TriggerRegistry::live(const QString &path) const
{
    const auto entry = m_entries.value(path);
    if (!entry) {
        return notFound(path);
    }
    if (!entry->runtime) {
        return Error{.code = ErrorCode::Unavailable,
            .message = u"%1 is disabled"_s.arg(path),
            .detail = u"`earshot trigger enable %1` connects it"_s.arg(path)};
    }
    return entry->runtime.get();
}

rpc::Counters TriggerRegistry::countersOf(const Entry &entry) const
{
    const TriggerCounters counters = entry.runtime ? entry.runtime->counters() : entry.past;
    return {.received = static_cast<qint64>(counters.session.received),
        .matched = static_cast<qint64>(counters.session.matched),
        .queued = counters.queued,
        .running = counters.running,
        .succeeded = static_cast<qint64>(counters.succeeded),
        .failed = static_cast<qint64>(counters.failed),
        .dropped = static_cast<qint64>(counters.dropped + counters.session.oversized),
        .reconnects = static_cast<qint64>(counters.session.reconnects),
        .sent = static_cast<qint64>(counters.session.sent),
        // Below 0 until those of earlier services were counted.
        .suspended = std::max<qint64>(0,
            entry.suspendedCount
                + (entry.runtime ? static_cast<qint64>(entry.runtime->suspendedCount()) : 0))};
}

rpc::SessionState TriggerRegistry::sessionOf(const Entry &entry) const
{
    rpc::SessionState state;
    if (!entry.runtime) {
        return state;
    }
    state.lastMessageAtUs = entry.runtime->lastMessageAtUs();
    const triggers::SessionStatus &status = entry.runtime->session().status();
    state.phase = phaseOf(status.phase);
    state.url = maskUrl(entry.config.url);
    state.subprotocol = status.subprotocol;
    state.attempt = status.attempt;
    state.error = status.text;
    state.sinceAtUs = status.phaseSinceUs;
    if (status.phase == triggers::SessionPhase::Waiting && status.nextAttemptAtMs > 0) {
        state.nextAttemptAtUs = m_with.clock.wallMicros()
            + (status.nextAttemptAtMs - m_with.clock.monotonicMs()) * 1000;
    }
    return state;
}

rpc::TriggerSummary TriggerRegistry::summary(const QString &path) const
{
    const storage::StoredTrigger *stored = m_with.storage.triggers().find(path);
    const auto entry = m_entries.value(path);
    if (stored == nullptr || !entry) {
        return {.path = path};
    }
    rpc::TriggerSummary summary{.path = path,
        .revision = stored->editedAtUs,
        .mode = stored->mode,
        .url = maskUrl(entry->config.url),
        .runnable = entry->config.runnable.path,
        .isFlow = entry->config.runnable.isFlow,
        .session = sessionOf(*entry),
        .counters = countersOf(*entry),
        .error = stored->error,
        .inactiveKeys = entry->config.inactiveKeys};
    summary.queueDepth = summary.counters.queued;
    return summary;
}

rpc::Page<rpc::TriggerSummary> TriggerRegistry::list(const rpc::ListParams &params) const
{
    rpc::Page<rpc::TriggerSummary> page;
    const int limit
        = std::clamp(params.limit.value_or(rpc::kDefaultPageSize), 1, rpc::kMaxPageSize);
    for (auto entry = params.after ? m_entries.upperBound(*params.after) : m_entries.begin();
         entry != m_entries.end(); ++entry) {
        if (params.prefix && !entry.key().startsWith(*params.prefix)) {
            continue;
        }
        if (page.items.size() >= limit) {
            page.more = true;
            break;
        }
        page.items.append(summary(entry.key()));
    }
    return page;
}

Result<rpc::TriggerDocument> TriggerRegistry::get(const QString &path) const
{
    const storage::StoredTrigger *stored = m_with.storage.triggers().find(path);
    if (stored == nullptr) {
        return notFound(path);
    }
    return rpc::TriggerDocument{.path = path,
        .document = QString::fromUtf8(stored->document),
        .revision = stored->editedAtUs,
        .summary = summary(path)};
}

rpc::Counters TriggerRegistry::totals() const
{
    rpc::Counters sum;
    for (const auto &entry : m_entries) {
        const rpc::Counters one = countersOf(*entry);
        sum.received += one.received;
        sum.matched += one.matched;
        sum.queued += one.queued;
        sum.running += one.running;
        sum.succeeded += one.succeeded;
        sum.failed += one.failed;
        sum.dropped += one.dropped;
        sum.reconnects += one.reconnects;
        sum.sent += one.sent;
        sum.suspended += one.suspended;
    }
    return sum;
}

int TriggerRegistry::readyCount() const
{
    return static_cast<int>(
        std::count_if(m_entries.begin(), m_entries.end(), [](const auto &entry) {
            return entry->runtime
                && entry->runtime->session().status().phase == triggers::SessionPhase::Ready;
        }));
}

void TriggerRegistry::publish(const QString &path)
{
    if (!m_with.hub.hasSubscribers(rpc::Topic::Triggers) || !m_entries.contains(path)) {
        return;
    }
    const rpc::TriggerSummary row = summary(path);
    m_published.insert(path, row.counters);
    m_with.hub.publish(row);
    startPublishing();
}

void TriggerRegistry::startPublishing()
{
    if (!m_publishTimer && m_with.hub.hasSubscribers(rpc::Topic::Triggers)) {
        m_publishTimer = m_with.clock.after(kPublishIntervalMs, [this] { publishChanged(); });
    }
}

/// Counters move without anybody telling: looked at once a second, only while somebody watches.
void TriggerRegistry::publishChanged()
{
    m_publishTimer.reset();
    if (!m_with.hub.hasSubscribers(rpc::Topic::Triggers)) {
        m_published.clear();
        return;
    }
    for (auto entry = m_entries.begin(); entry != m_entries.end(); ++entry) {
        if (m_published.value(entry.key()) != countersOf(**entry)) {
            publish(entry.key());
        }
    }
    startPublishing();
}

} // namespace earshot::service
