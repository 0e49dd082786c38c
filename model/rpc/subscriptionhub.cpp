// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/subscriptionhub.h"

#include "model/rpc/jsonrpcserver.h"
#include "model/rpc/jsonwriter.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::rpc {

SubscriptionHub::SubscriptionHub(JsonRpcServer &server, Clock &clock, QObject *parent)
    : QObject(parent)
    , m_server(server)
    , m_clock(clock)
{
    server.handle<MessageSubscribe>(
        [this](const SubscribeParams &params, const Reply<MessageSubscribe> &reply) {
            reply(add(&m_messages, Topic::Messages, reply.clientId(),
                params.trigger.value_or(QString())));
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
    if (countOf(client) >= kMaxPerClient) {
        return Error{ErrorCode::LimitExceeded,
            u"this client has %1 subscriptions already"_s.arg(kMaxPerClient), QString()};
    }
    Subscription<Row> subscription;
    subscription.id = m_nextId++;
    subscription.client = client;
    subscription.trigger = trigger;
    list->push_back(std::move(subscription));
    ++m_counts[static_cast<std::size_t>(topic)];
    m_server.setKeptOpen(client, true);
    return SubscriptionParams{.subscription = list->back().id};
}

template <typename Row>
Result<Empty> SubscriptionHub::remove(
    Subscriptions<Row> *list, Topic topic, quint64 client, qint64 id)
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

void SubscriptionHub::publish(const MessageRow &row)
{
    enqueue(&m_messages, row, row.trigger);
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
    flush(&m_messages, kMessageBatch);
    flush(&m_runs, kRunBatch);
    flush(&m_triggers, kTriggerBatch);
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
        QByteArray line = "{\"jsonrpc\":\"2.0\",\"method\":\"" + QByteArray(method)
            + "\",\"params\":{\"subscription\":" + QByteArray::number(subscription.id)
            + ",\"left_out\":" + QByteArray::number(subscription.leftOut) + ",\"removed\":";
        appendJson(&line, subscription.removed);
        line += ",\"rows\":[";
        line += rows;
        line += "]}}\n";
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
