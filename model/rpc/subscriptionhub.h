// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/rpc/messagesource.h"
#include "model/rpc/methods.h"

#include <QHash>
#include <QObject>
#include <QStringList>

#include <array>
#include <deque>
#include <memory>

namespace earshot::rpc {

class JsonRpcServer;

enum class Topic { Messages, Runs, Triggers };

/// Turns what happens in the service into batches for the clients that asked for it. Registers the
/// subscribe methods on the server. Rows are kept as values and become JSON only in the batch that
/// sends them, so what is left out costs next to nothing. Event-loop thread.
class SubscriptionHub final : public QObject
{
    Q_OBJECT
public:
    /// Between two batches of a subscription.
    static constexpr qint64 kBatchMs = 34;
    /// Rows of a batch; beyond it the oldest are left out and counted.
    static constexpr std::size_t kMaxRows = 500;
    /// Bytes of a batch (a line may have 1 MiB).
    static constexpr qsizetype kMaxBatchBytes = qsizetype(768) * 1024;
    /// Subscriptions of one client.
    static constexpr qsizetype kMaxPerClient = 64;

    SubscriptionHub(JsonRpcServer &server, Clock &clock, QObject *parent = nullptr);
    ~SubscriptionHub() override;
    Q_DISABLE_COPY_MOVE(SubscriptionHub)

    /// Cheap enough for every message: build a row only when this is true.
    [[nodiscard]] bool hasSubscribers(Topic topic) const noexcept
    {
        return m_counts[static_cast<std::size_t>(topic)] != 0;
    }

    /// Where message subscriptions read from; outlives the hub, or is set to null before it goes.
    void setMessageSource(const MessageSource *source) { m_source = source; }
    /// The source has something new. Cheap enough for every message.
    void messagesAdded()
    {
        if (!m_messages.empty() && !m_timer) {
            schedule();
        }
    }
    void publish(const RunRow &row);
    /// The newest state of a trigger replaces one that was not sent yet.
    void publish(const TriggerSummary &row);
    void publishRemoved(const QString &triggerPath);

private:
    template <typename Row>
    struct Subscription
    {
        qint64 id = 0;
        quint64 client = 0;
        QString trigger; ///< empty = all
        std::deque<Row> pending;
        qint64 leftOut = 0;
        QStringList removed;
    };
    struct MessageSubscription
    {
        qint64 id = 0;
        quint64 client = 0;
        MessageQuery query;
        qint64 leftOut = 0;
    };
    template <typename Row>
    using Subscriptions = std::deque<Subscription<Row>>;

    Result<SubscriptionParams> addMessages(quint64 client, const MessageSubscribe::Params &params);
    template <typename Row>
    Result<SubscriptionParams> add(
        Subscriptions<Row> *list, Topic topic, quint64 client, const QString &trigger);
    template <typename List>
    Result<SubscriptionParams> added(List *list, Topic topic, quint64 client);
    template <typename List>
    Result<Empty> remove(List *list, Topic topic, quint64 client, qint64 id);
    void flushMessages();
    template <typename Row>
    void enqueue(Subscriptions<Row> *list, const Row &row, const QString &trigger);
    template <typename Row>
    void flush(Subscriptions<Row> *list, const char *method);
    void flushAll();
    void schedule();
    void forget(quint64 client);
    [[nodiscard]] qsizetype countOf(quint64 client) const;

    JsonRpcServer &m_server;
    Clock &m_clock;
    const MessageSource *m_source = nullptr;
    std::deque<MessageSubscription> m_messages;
    Subscriptions<RunRow> m_runs;
    Subscriptions<TriggerSummary> m_triggers;
    std::array<int, 3> m_counts{};
    std::unique_ptr<TimerHandle> m_timer;
    qint64 m_nextId = 1;
};

} // namespace earshot::rpc
