// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/subscriptionhub.h"

#include "model/rpc/jsonrpcserver.h"
#include "model/rpc/jsonwriter.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::rpc {

namespace {

QByteArray lineOf(const char *method, qint64 subscription, qint64 leftOut,
    const QStringList &removed, const QByteArray &rows)
{
    QByteArray line = "{\"jsonrpc\":\"2.0\",\"method\":\"" + QByteArray(method)
        + "\",\"params\":{\"subscription\":" + QByteArray::number(subscription)
        + ",\"left_out\":" + QByteArray::number(leftOut) + ",\"removed\":";
    appendJson(&line, removed);
    line += ",\"rows\":[";
    line += rows;
    line += "]}}\n";
    return line;
}

} // namespace

QList<qint64> chooseRows(
    const QList<qint64> &matching, const QList<qint64> &others, qsizetype limit)
{
    QList<qint64> chosen = matching.last(std::min(matching.size(), limit));
    chosen += others.last(std::min(others.size(), limit - chosen.size()));
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

SubscriptionHub::SubscriptionHub(JsonRpcServer &server, Clock &clock, QObject *parent)
    : QObject(parent)
    , m_server(server)
    , m_clock(clock)
{
    server.handle<MessageSubscribe>(
        [this](const MessageSubscribe::Params &params, const Reply<MessageSubscribe> &reply) {
            reply(addMessages(reply.clientId(), params));
        });
    server.handle<MessageUnsubscribe>(
        [this](const SubscriptionParams &params, const Reply<MessageUnsubscribe> &reply) {
            reply(remove(&m_messages, Topic::Messages, reply.clientId(), params.subscription));
        });
    server.handle<RunSubscribe>(
        [this](const SubscribeParams &params, const Reply<RunSubscribe> &reply) {
            reply(add(&m_runs, Topic::Runs, reply.clientId(), params.trigger.value_or(QString())));
        });
    server.handle<RunUnsubscribe>(
        [this](const SubscriptionParams &params, const Reply<RunUnsubscribe> &reply) {
            reply(remove(&m_runs, Topic::Runs, reply.clientId(), params.subscription));
        });
    server.handle<TriggerSubscribe>([this](const Empty &, const Reply<TriggerSubscribe> &reply) {
        reply(add(&m_triggers, Topic::Triggers, reply.clientId(), QString()));
    });
    server.handle<TriggerUnsubscribe>(
        [this](const SubscriptionParams &params, const Reply<TriggerUnsubscribe> &reply) {
            reply(remove(&m_triggers, Topic::Triggers, reply.clientId(), params.subscription));
        });
    connect(
        &server, &JsonRpcServer::clientClosed, this, [this](quint64 client) { forget(client); });
}

SubscriptionHub::~SubscriptionHub() = default;

template <typename Row>
Result<SubscriptionParams> SubscriptionHub::add(
    Subscriptions<Row> *list, Topic topic, quint64 client, const QString &trigger)
{
    list->emplace_back().trigger = trigger;
    return added(list, topic, client);
}

Result<SubscriptionParams> SubscriptionHub::addMessages(
    quint64 client, const MessageSubscribe::Params &params)
{
    auto filter = MessageFilter::parse(params.filter.value_or(QString()));
    if (!filter) {
        return filter.error();
    }
    m_messages.emplace_back().query = {.after = m_source ? m_source->newestMessage() : 0,
        .trigger = params.trigger.value_or(QString()),
        .filter = std::move(filter).value(),
        .hitsOnly = params.hitsOnly.value_or(false),
        .limit = static_cast<qsizetype>(kMaxRows)};
    return added(&m_messages, Topic::Messages, client);
}

/// The newest of the list gets its number, unless the client has too many.
template <typename List>
Result<SubscriptionParams> SubscriptionHub::added(List *list, Topic topic, quint64 client)
{
    if (countOf(client) >= kMaxPerClient) {
        list->pop_back();
        return Error{ErrorCode::LimitExceeded,
            u"this client has %1 subscriptions already"_s.arg(kMaxPerClient), QString()};
    }
    list->back().id = m_nextId++;
    list->back().client = client;
    ++m_counts[static_cast<std::size_t>(topic)];
    m_server.setKeptOpen(client, true);
    return SubscriptionParams{.subscription = list->back().id};
}

template <typename List>
Result<Empty> SubscriptionHub::remove(List *list, Topic topic, quint64 client, qint64 id)
{
    const auto found = std::find_if(list->begin(), list->end(),
        [=](const auto &entry) { return entry.id == id && entry.client == client; });
    if (found == list->end()) {
        return Error{ErrorCode::NotFound, u"there is no subscription %1"_s.arg(id), QString()};
    }
    list->erase(found);
    --m_counts[static_cast<std::size_t>(topic)];
    m_server.setKeptOpen(client, false);
    return Empty{};
}

template <typename Row>
void SubscriptionHub::enqueue(Subscriptions<Row> *list, const Row &row, const QString &trigger)
{
    for (Subscription<Row> &subscription : *list) {
        if (!subscription.trigger.isEmpty() && subscription.trigger != trigger) {
            continue;
        }
        if (subscription.pending.size() >= kMaxRows) {
            subscription.pending.pop_front();
            ++subscription.leftOut;
        }
        subscription.pending.push_back(row);
        schedule();
    }
}

void SubscriptionHub::publish(const RunRow &row)
{
    enqueue(&m_runs, row, row.trigger);
}

void SubscriptionHub::publish(const TriggerSummary &row)
{
    for (Subscription<TriggerSummary> &subscription : m_triggers) {
        const auto same = std::find_if(subscription.pending.begin(), subscription.pending.end(),
            [&](const TriggerSummary &pending) { return pending.path == row.path; });
        if (same != subscription.pending.end()) {
            *same = row;
        } else {
            subscription.pending.push_back(row);
        }
        subscription.removed.removeAll(row.path);
        schedule();
    }
}

void SubscriptionHub::publishRemoved(const QString &triggerPath)
{
    for (Subscription<TriggerSummary> &subscription : m_triggers) {
        std::erase_if(subscription.pending,
            [&](const TriggerSummary &pending) { return pending.path == triggerPath; });
        subscription.removed.removeAll(triggerPath);
        subscription.removed.append(triggerPath);
        schedule();
    }
}

void SubscriptionHub::schedule()
{
    if (!m_timer) {
        m_timer = m_clock.after(kBatchMs, [this] { flushAll(); });
    }
}

void SubscriptionHub::flushAll()
{
    m_timer.reset();
    flushMessages();
    flush(&m_runs, kRunBatch);
    flush(&m_triggers, kTriggerBatch);
}

void SubscriptionHub::flushMessages()
{
    for (MessageSubscription &subscription : m_messages) {
        const qint64 newest = m_source ? m_source->newestMessage() : 0;
        if (newest <= subscription.query.after) {
            continue;
        }
        const MessageRows found = m_source->messagesAfter(subscription.query);
        subscription.query.after = std::max(subscription.query.after, found.last);
        subscription.leftOut += found.leftOut;
        if (found.rows.isEmpty()) {
            continue;
        }
        QByteArray rows;
        qint64 count = 0;
        for (; count < found.rows.size() && rows.size() < kMaxBatchBytes; ++count) {
            if (count > 0) {
                rows += ',';
            }
            appendJson(&rows, found.rows.at(count));
        }
        subscription.leftOut += found.rows.size() - count;
        const QByteArray line
            = lineOf(kMessageBatch, subscription.id, subscription.leftOut, QStringList(), rows);
        if (m_server.push(subscription.client, line)) {
            subscription.leftOut = 0;
        } else {
            subscription.leftOut += count;
        }
    }
}

template <typename Row>
void SubscriptionHub::flush(Subscriptions<Row> *list, const char *method)
{
    constexpr bool kCoalesced = std::same_as<Row, TriggerSummary>;
    for (Subscription<Row> &subscription : *list) {
        if (subscription.pending.empty() && subscription.removed.isEmpty()) {
            continue;
        }
        QByteArray rows;
        qint64 count = 0;
        // States of triggers are never left out: what does not fit comes with the next batch.
        auto row = subscription.pending.cbegin();
        for (; row != subscription.pending.cend() && rows.size() < kMaxBatchBytes; ++row) {
            if (count++ > 0) {
                rows += ',';
            }
            appendJson(&rows, *row);
        }
        if (!kCoalesced) {
            subscription.leftOut += subscription.pending.cend() - row;
            row = subscription.pending.cend();
        }
        const QByteArray line
            = lineOf(method, subscription.id, subscription.leftOut, subscription.removed, rows);
        if (m_server.push(subscription.client, line)) {
            subscription.pending.erase(subscription.pending.cbegin(), row);
            subscription.leftOut = 0;
            subscription.removed.clear();
        } else if (!kCoalesced) {
            subscription.leftOut += count;
            subscription.pending.clear();
        }
        if (!subscription.pending.empty() || subscription.leftOut > 0) {
            schedule();
        }
    }
}

void SubscriptionHub::forget(quint64 client)
{
    const auto drop = [client](auto *list, int *count) {
        *count -= static_cast<int>(
            std::erase_if(*list, [client](const auto &entry) { return entry.client == client; }));
    };
    drop(&m_messages, &m_counts[static_cast<std::size_t>(Topic::Messages)]);
    drop(&m_runs, &m_counts[static_cast<std::size_t>(Topic::Runs)]);
    drop(&m_triggers, &m_counts[static_cast<std::size_t>(Topic::Triggers)]);
}

qsizetype SubscriptionHub::countOf(quint64 client) const
{
    const auto count = [client](const auto &list) {
        return std::count_if(list.begin(), list.end(),
            [client](const auto &entry) { return entry.client == client; });
    };
    return count(m_messages) + count(m_runs) + count(m_triggers);
}

} // namespace earshot::rpc
