// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QObject>

#include <functional>

namespace earshot::widgets {

/// One subscription at a time of a kind, for whatever is looked at now. Answers for what was looked
/// at before end that subscription at once.
template <typename Subscribe, typename Unsubscribe>
class Subscription final
{
public:
    Subscription(rpc::ControlClient &client, QObject *context)
        : m_client(client)
        , m_context(context)
    { }

    /// `ready` is called when pushes may come.
    void start(const typename Subscribe::Params &params, std::function<void()> ready)
    {
        stop();
        m_client.call<Subscribe>(params, m_context,
            [this, ready = std::move(ready), generation = m_generation](
                const Result<rpc::SubscriptionParams> &answer) {
                if (!answer) {
                    return; // the connection is gone; whoever reconnects starts again
                }
                if (generation != m_generation) {
                    end(answer->subscription);
                    return;
                }
                m_id = answer->subscription;
                ready();
            });
    }

    void stop()
    {
        ++m_generation;
        if (const qint64 id = std::exchange(m_id, 0); id != 0) {
            end(id);
        }
    }

    /// The connection is gone, and the subscription with it.
    void forget()
    {
        ++m_generation;
        m_id = 0;
    }

    [[nodiscard]] bool isFor(qint64 subscription) const noexcept
    {
        return m_id != 0 && m_id == subscription;
    }

private:
    void end(qint64 id)
    {
        if (m_client.isReady()) {
            m_client.call<Unsubscribe>(
                {.subscription = id}, m_context, [](const Result<rpc::Empty> &) {});
        }
    }

    rpc::ControlClient &m_client;
    QObject *m_context;
    qint64 m_id = 0;
    quint64 m_generation = 0;
};

} // namespace earshot::widgets
