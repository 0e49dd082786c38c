// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/workspaceeditor.h"
#include "model/clock.h"
#include "model/rpc/jsonrpcserver.h"

#include <QFileSystemWatcher>
#include <QObject>

#include <map>
#include <memory>

namespace earshot::service {

/// Tells clients when a file they look at is another one (`runnable.changed`). Event-loop thread;
/// owned by the ServiceApi.
class RunnableWatch final : public QObject
{
    Q_OBJECT
public:
    /// Editors write a file in several steps: they are one change.
    static constexpr qint64 kSettleMs = 80;
    static constexpr int kMaxPerClient = 64;

    RunnableWatch(
        rpc::JsonRpcServer &server, const WorkspaceEditor &files, Clock &clock, QObject *parent);
    ~RunnableWatch() override;
    Q_DISABLE_COPY_MOVE(RunnableWatch)

    [[nodiscard]] Result<rpc::SubscriptionParams> add(
        quint64 client, const QString &path, const QString &file);
    [[nodiscard]] Result<rpc::Empty> remove(quint64 client, qint64 subscription);

private:
    struct Watched
    {
        quint64 client = 0;
        QString path;
        QString file; ///< relative to the workspace
        QString name; ///< absolute
        QString folder; ///< the nearest that exists
        QString hash; ///< as told last
        bool exists = false;
    };

    void watch(Watched &watched);
    void schedule();
    void compare();
    void unwatchUnused();

    rpc::JsonRpcServer &m_server;
    const WorkspaceEditor &m_files;
    Clock &m_clock;
    QFileSystemWatcher m_watcher;
    std::map<qint64, Watched> m_watched;
    std::unique_ptr<TimerHandle> m_timer;
    qint64 m_nextId = 1;
};

} // namespace earshot::service
