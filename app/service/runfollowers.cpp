// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/runfollowers.h"

#include "model/rpc/jsonrpcmessage.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::service {

RunFollowers::RunFollowers(rpc::JsonRpcServer &server, Clock &clock,
    std::function<const Redactor &()> redactor, QObject *parent)
    : QObject(parent)
    , m_server(server)
    , m_clock(clock)
    , m_redactor(std::move(redactor))
{
    connect(&server, &rpc::JsonRpcServer::clientClosed, this, [this](quint64 client) {
        for (auto &[id, run] : m_runs) {
            std::erase_if(run.followers,
                [client](const Follower &follower) { return follower.client == client; });
        }
    });
}

RunFollowers::~RunFollowers() = default;

void RunFollowers::begin(RunId id)
{
    m_runs.try_emplace(id);
}

void RunFollowers::tell(Followed &run, const QString &stream, QByteArrayView bytes)
{
    if (bytes.isEmpty()) {
        return;
    }
    const QString text = QString::fromUtf8(m_redactor().redact(bytes.toByteArray()));
    if (run.pendingChars + text.size() > kMaxBytes) {
        run.leftOut += text.size();
    } else if (!run.pending.isEmpty() && run.pending.constLast().stream == stream) {
        run.pending.last().text += text;
        run.pendingChars += text.size();
    } else {
        run.pending.append({.stream = stream, .text = text});
        run.pendingChars += text.size();
    }
    if (!m_timer) {
        m_timer = m_clock.after(kBatchMs, [this] { flushAll(); });
    }
}

void RunFollowers::wrote(RunId id, runner::RunStream stream, QByteArrayView bytes)
{
    const auto found = m_runs.find(id);
    if (found == m_runs.end()) {
        return;
    }
    Followed &run = found->second;
    if (stream == runner::RunStream::PreprocessedArgs) {
        tell(run, u"preprocessed"_s, bytes.first(std::min(bytes.size(), rpc::kMaxInlineBytes)));
        return;
    }
    const qsizetype end = bytes.lastIndexOf('\n') + 1;
    if (end > 0) {
        run.line.append(bytes.first(end));
        tell(run, u"log"_s, std::exchange(run.line, {}));
    }
    run.line.append(bytes.sliced(end));
    if (run.line.size() > kMaxLineBytes) {
        tell(run, u"log"_s, std::exchange(run.line, {}));
    }
}

void RunFollowers::ended(RunId id, RunStatus status)
{
    const auto found = m_runs.find(id);
    if (found == m_runs.end()) {
        return;
    }
    Followed &run = found->second;
    tell(run, u"log"_s, std::exchange(run.line, {}));
    run.pending.append({.stream = u"end"_s, .text = toString(status)});
    flush(id, run);
    for (const Follower &follower : run.followers) {
        m_server.setKeptOpen(follower.client, false);
    }
    m_runs.erase(found);
}

void RunFollowers::flushAll()
{
    const auto timer = std::move(m_timer);
    for (auto &[id, run] : m_runs) {
        flush(id, run);
    }
}

void RunFollowers::flush(RunId id, Followed &run)
{
    if (run.pending.isEmpty() && run.leftOut == 0) {
        return;
    }
    for (Follower &follower : run.followers) {
        const rpc::RunOutput output{.subscription = follower.subscription,
            .id = id,
            .output = run.pending,
            .leftOut = run.leftOut + follower.leftOut};
        const bool sent = m_server.push(follower.client,
            rpc::notificationLine(QLatin1StringView(rpc::kRunOutput), rpc::toJson(output)));
        follower.leftOut = sent ? 0 : output.leftOut + run.pendingChars;
    }
    if (run.toldChars + run.pendingChars <= kMaxBytes) {
        run.told += run.pending;
        run.toldChars += run.pendingChars;
    }
    run.pending.clear();
    run.pendingChars = 0;
    run.leftOut = 0;
}

rpc::RunFollow::Result RunFollowers::add(quint64 client, RunId id)
{
    const auto found = m_runs.find(id);
    if (found == m_runs.end()) {
        return {};
    }
    flush(id, found->second);
    const qint64 subscription = m_nextId++;
    found->second.followers.push_back({.client = client, .subscription = subscription});
    m_server.setKeptOpen(client, true);
    return {.subscription = subscription, .output = found->second.told};
}

Result<rpc::Empty> RunFollowers::remove(quint64 client, qint64 subscription)
{
    for (auto &[id, run] : m_runs) {
        const auto removed
            = std::erase_if(run.followers, [client, subscription](const Follower &follower) {
                  return follower.client == client && follower.subscription == subscription;
              });
        if (removed > 0) {
            m_server.setKeptOpen(client, false);
            return rpc::Empty{};
        }
    }
    // The run may have ended meanwhile, and the subscription with it.
    return rpc::Empty{};
}

} // namespace earshot::service
