// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/live/livefeeder.h"

#include <algorithm>

namespace earshot::widgets {

using items::LiveMessageModel;

LiveFeeder::LiveFeeder(rpc::ControlClient &client, items::LiveMessageModel &model, QObject *parent)
    : QObject(parent)
    , m_client(client)
    , m_model(model)
    , m_feeds{Feed(client, this), Feed(client, this)}
    , m_runs(client, this)
{
    connect(&m_client, &rpc::ControlClient::messagesArrived, this,
        [this](const rpc::MessageBatch &batch) {
            const bool current = m_feeds.at(m_active).isFor(batch.subscription);
            if (!current && !m_feeds.at(1 - m_active).isFor(batch.subscription)) {
                return;
            }
            m_model.append(batch.rows,
                current && !m_switching ? LiveMessageModel::Hits::Known
                                        : LiveMessageModel::Hits::Unknown);
            if (batch.leftOut > 0) {
                m_leftOut += batch.leftOut;
                emit leftOutChanged();
            }
        });
    connect(&m_client, &rpc::ControlClient::runsChanged, this, [this](const rpc::RunBatch &batch) {
        if (m_runs.isFor(batch.subscription)) {
            m_model.applyRuns(batch.rows);
            emit runsChanged(batch.rows);
        }
    });
}

rpc::MessageSubscribe::Params LiveFeeder::feedParams() const
{
    rpc::MessageSubscribe::Params params{.trigger = m_trigger};
    if (!m_model.filter().isEmpty()) {
        params.filter = m_model.filter().text();
    }
    return params;
}

void LiveFeeder::setTrigger(const QString &path)
{
    for (Feed &feed : m_feeds) {
        feed.stop();
    }
    m_runs.stop();
    m_trigger = path;
    reload();
}

void LiveFeeder::onReady()
{
    // Another service counts its messages anew: what is shown has no successors.
    reload();
}

void LiveFeeder::onLost()
{
    for (Feed &feed : m_feeds) {
        feed.forget();
    }
    m_runs.forget();
    ++m_generation;
    ++m_filterGeneration;
    m_loadingOlder = false;
    m_matching = false;
    m_switching = false;
}

void LiveFeeder::reload()
{
    ++m_generation;
    ++m_filterGeneration;
    m_leftOut = 0;
    m_oldestRun = 0;
    m_loadingOlder = false;
    m_matching = false;
    m_switching = false;
    m_ringDone = false;
    m_historyDone = m_trigger.isEmpty();
    m_model.clear();
    emit leftOutChanged();
    if (m_client.isReady() && !m_trigger.isEmpty()) {
        subscribe();
    }
}

void LiveFeeder::subscribe()
{
    // Subscribed first: what comes while the page is read is known twice, never lost.
    m_feeds.at(m_active).start(feedParams(), [this] { readNewest(); });
}

void LiveFeeder::readNewest()
{
    m_loadingOlder = true;
    m_client.call<rpc::MessagePage>({.trigger = m_trigger, .limit = rpc::kMaxPageSize}, this,
        [this, generation = m_generation](const Result<rpc::Page<rpc::MessageRow>> &page) {
            if (generation != m_generation) {
                return;
            }
            m_loadingOlder = false;
            if (page) {
                takeRing(*page);
                m_runs.start({.trigger = m_trigger}, [this] { readRuns(); });
            }
        });
}

/// The ring knows how runs ended, not how they stand: what waits and runs now is asked for.
void LiveFeeder::readRuns()
{
    m_client.call<rpc::RunList>({.trigger = m_trigger, .limit = rpc::kMaxPageSize}, this,
        [this, generation = m_generation](const Result<rpc::Page<rpc::RunRow>> &page) {
            if (page && generation == m_generation) {
                m_model.applyRuns(page->items);
            }
        });
}

void LiveFeeder::takeRing(const rpc::Page<rpc::MessageRow> &page)
{
    m_ringDone = !page.more;
    QList<rpc::MessageRow> rows = page.items;
    std::reverse(rows.begin(), rows.end());
    m_model.prepend(rows);
    if (!m_model.filter().isEmpty()) {
        matchMore(false);
    }
    emit olderLoaded();
}

void LiveFeeder::loadOlder()
{
    if (isLoading() || m_switching || m_historyDone || !m_client.isReady()) {
        return;
    }
    m_loadingOlder = true;
    const items::LiveEntry *oldest = m_model.oldest();
    if (!m_ringDone) {
        rpc::MessagePage::Params params{.trigger = m_trigger, .limit = rpc::kMaxPageSize};
        if (oldest != nullptr) {
            params.before = oldest->id;
        }
        m_client.call<rpc::MessagePage>(params, this,
            [this, generation = m_generation](const Result<rpc::Page<rpc::MessageRow>> &page) {
                if (generation != m_generation) {
                    return;
                }
                m_loadingOlder = false;
                if (page) {
                    takeRing(*page);
                }
            });
        return;
    }
    rpc::RunList::Params params{.trigger = m_trigger, .limit = rpc::kMaxPageSize};
    if (m_oldestRun != 0) {
        params.before = m_oldestRun;
    }
    m_client.call<rpc::RunList>(params, this,
        [this, generation = m_generation](const Result<rpc::Page<rpc::RunRow>> &page) {
            if (generation != m_generation) {
                return;
            }
            m_loadingOlder = false;
            if (page) {
                takeRuns(*page);
            }
        });
}

void LiveFeeder::takeRuns(const rpc::Page<rpc::RunRow> &page)
{
    m_historyDone = !page.more || page.items.isEmpty();
    QList<rpc::RunRow> runs;
    const items::LiveEntry *oldest = m_model.oldest();
    for (const rpc::RunRow &run : page.items) {
        // The newest ones stand in the ring already, as messages.
        const bool known = oldest != nullptr && !oldest->isHistory()
            && (run.receivedAtUs >= oldest->atUs || m_model.rowOfRun(run.id) >= 0);
        if (!known) {
            runs.append(run);
        }
        m_oldestRun = run.id;
    }
    m_model.prependHistory(runs);
    emit olderLoaded();
}

void LiveFeeder::setFilter(const MessageFilter &filter, LiveMessageModel::FilterMode mode)
{
    const bool same = filter.text() == m_model.filter().text();
    m_model.setFilter(filter, mode);
    if (same || m_trigger.isEmpty() || !m_client.isReady()) {
        return;
    }
    ++m_filterGeneration;
    m_matching = false;
    m_switching = true;
    // The new subscription is there before the old one goes: no row is missed.
    const std::size_t next = 1 - m_active;
    m_feeds.at(next).start(feedParams(), [this, next, generation = m_filterGeneration] {
        if (generation != m_filterGeneration) {
            return;
        }
        m_feeds.at(m_active).stop();
        m_active = next;
        m_switching = false;
        if (m_model.filter().isEmpty()) {
            emit filtered();
        } else {
            matchMore(true);
        }
    });
}

void LiveFeeder::matchMore(bool first)
{
    const auto before = m_model.unanswered();
    if (!before && !first) {
        m_matching = false;
        emit filtered();
        return;
    }
    m_matching = true;
    rpc::MessageMatch::Params params{.filter = m_model.filter().text(), .trigger = m_trigger};
    if (!first) {
        params.before = before;
    }
    m_client.call<rpc::MessageMatch>(params, this,
        [this, generation = m_filterGeneration](const Result<rpc::MessageMatch::Result> &answer) {
            if (generation != m_filterGeneration) {
                return;
            }
            if (!answer) {
                m_matching = false;
                emit failed(answer.error());
                return;
            }
            m_model.applyHits(answer->ids, answer->next);
            matchMore(false);
        });
}

} // namespace earshot::widgets
