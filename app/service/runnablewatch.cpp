// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/runnablewatch.h"

#include "model/rpc/jsonrpcmessage.h"

#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::service {

RunnableWatch::RunnableWatch(
    rpc::JsonRpcServer &server, const WorkspaceEditor &files, Clock &clock, QObject *parent)
    : QObject(parent)
    , m_server(server)
    , m_files(files)
    , m_clock(clock)
{
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, &RunnableWatch::schedule);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, &RunnableWatch::schedule);
    connect(&server, &rpc::JsonRpcServer::clientClosed, this, [this](quint64 client) {
        std::erase_if(
            m_watched, [client](const auto &entry) { return entry.second.client == client; });
        unwatchUnused();
    });
}

RunnableWatch::~RunnableWatch() = default;

Result<rpc::SubscriptionParams> RunnableWatch::add(
    quint64 client, const QString &path, const QString &file)
{
    const auto count = std::ranges::count_if(
        m_watched, [client](const auto &entry) { return entry.second.client == client; });
    if (count >= kMaxPerClient) {
        return Error{.code = ErrorCode::LimitExceeded,
            .message = u"this client watches %1 files already"_s.arg(kMaxPerClient),
            .detail = {}};
    }
    const auto name = m_files.locate(file);
    if (!name) {
        return name.error();
    }
    Watched watched{.client = client, .path = path, .file = file, .name = *name};
    const auto content = m_files.read(file);
    watched.exists = content.has_value();
    watched.hash = content ? WorkspaceEditor::hashOf(*content) : QString();
    watch(watched);
    const qint64 id = m_nextId++;
    m_watched.emplace(id, std::move(watched));
    m_server.setKeptOpen(client, true);
    return rpc::SubscriptionParams{.subscription = id};
}

Result<rpc::Empty> RunnableWatch::remove(quint64 client, qint64 subscription)
{
    const auto found = m_watched.find(subscription);
    if (found == m_watched.end() || found->second.client != client) {
        return Error{.code = ErrorCode::NotFound,
            .message = u"there is no subscription %1"_s.arg(subscription),
            .detail = {}};
    }
    m_watched.erase(found);
    unwatchUnused();
    m_server.setKeptOpen(client, false);
    return rpc::Empty{};
}

void RunnableWatch::watch(Watched &watched)
{
    // The folder too: a file that is replaced by another one is no longer watched itself.
    watched.folder = QFileInfo(watched.name).path();
    while (!QFileInfo::exists(watched.folder) && watched.folder.contains(u'/')) {
        watched.folder = watched.folder.left(watched.folder.lastIndexOf(u'/'));
    }
    if (!watched.folder.isEmpty() && !m_watcher.directories().contains(watched.folder)) {
        m_watcher.addPath(watched.folder);
    }
    if (QFileInfo::exists(watched.name) && !m_watcher.files().contains(watched.name)) {
        m_watcher.addPath(watched.name);
    }
}

void RunnableWatch::unwatchUnused()
{
    const QStringList paths = m_watcher.files() + m_watcher.directories();
    for (const QString &path : paths) {
        const bool used = std::ranges::any_of(m_watched, [&path](const auto &entry) {
            return entry.second.name == path || entry.second.folder == path;
        });
        if (!used) {
            m_watcher.removePath(path);
        }
    }
}

void RunnableWatch::schedule()
{
    if (!m_timer) {
        m_timer = m_clock.after(kSettleMs, [this] { compare(); });
    }
}

void RunnableWatch::compare()
{
    const auto timer = std::move(m_timer);
    for (auto &[id, watched] : m_watched) {
        watch(watched);
        const auto content = m_files.read(watched.file);
        const QString hash = content ? WorkspaceEditor::hashOf(*content) : QString();
        if (content.has_value() == watched.exists && hash == watched.hash) {
            continue;
        }
        watched.exists = content.has_value();
        watched.hash = hash;
        const rpc::RunnableChange change{.subscription = id,
            .path = watched.path,
            .file = watched.file,
            .exists = watched.exists,
            .hash = hash};
        if (!m_server.push(watched.client,
                rpc::notificationLine(
                    QLatin1StringView(rpc::kRunnableChanged), rpc::toJson(change)))) {
            watched.hash = u"?"_s; // too slow for it now: told with the next look
            schedule();
        }
    }
    unwatchUnused();
}

} // namespace earshot::service
