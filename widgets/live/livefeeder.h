// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/livemessagemodel.h"
#include "model/rpc/controlclient.h"
#include "widgets/subscription.h"

#include <QObject>

#include <array>

namespace earshot::widgets {

/// Fills the model of the live log from the service: what comes, what the ring remembers, what the
/// history has before that, and which of it a filter matches. Owned by the page.
class LiveFeeder final : public QObject
{
    Q_OBJECT
public:
    LiveFeeder(rpc::ControlClient &client, items::LiveMessageModel &model, QObject *parent);

    /// Empty = nothing.
    void setTrigger(const QString &path);
    void onReady();
    void onLost();
    /// Empties the model and begins anew with the newest.
    void reload();
    void setFilter(const MessageFilter &filter, items::LiveMessageModel::FilterMode mode);
    /// A page of what came before; olderLoaded() follows when there was one.
    void loadOlder();
    [[nodiscard]] bool hasOlder() const noexcept { return !m_historyDone; }
    [[nodiscard]] bool isLoading() const noexcept { return m_loadingOlder || m_matching; }
    [[nodiscard]] qint64 leftOut() const noexcept { return m_leftOut; }
    void forgetLeftOut() { m_leftOut = 0; }

signals:
    void olderLoaded();
    /// The filter was compared with all that is here.
    void filtered();
    void leftOutChanged();
    void runsChanged(const QList<earshot::rpc::RunRow> &runs);
    void failed(const earshot::Error &error);

private:
    using Feed = Subscription<rpc::MessageSubscribe, rpc::MessageUnsubscribe>;

    void subscribe();
    void readNewest();
    void readRuns();
    void matchMore(bool first);
    void takeRing(const rpc::Page<rpc::MessageRow> &page);
    void takeRuns(const rpc::Page<rpc::RunRow> &page);
    [[nodiscard]] rpc::MessageSubscribe::Params feedParams() const;

    rpc::ControlClient &m_client;
    items::LiveMessageModel &m_model;
    std::array<Feed, 2> m_feeds; ///< the other one takes over when the filter changes
    Subscription<rpc::RunSubscribe, rpc::RunUnsubscribe> m_runs;
    QString m_trigger;
    std::size_t m_active = 0;
    qint64 m_leftOut = 0;
    RunId m_oldestRun = 0; ///< the history was read down to it; 0 = not yet
    quint64 m_generation = 0; ///< of what is loaded
    quint64 m_filterGeneration = 0;
    bool m_switching = false;
    bool m_matching = false;
    bool m_loadingOlder = false;
    bool m_ringDone = false;
    bool m_historyDone = true;
};

} // namespace earshot::widgets
