// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/demoserver.h"
#include "app/service/livefeed.h"
#include "app/service/pendingreplies.h"
#include "app/service/runfollowers.h"
#include "app/service/runnablewatch.h"
#include "app/service/settingstable.h"
#include "app/service/storedreferences.h"
#include "app/service/triggerregistry.h"
#include "app/service/workspaceeditor.h"
#include "model/rpc/jsonrpcserver.h"
#include "model/storage/secretstore.h"
#include "runner/runner.h"

#include <functional>
#include <memory>

namespace earshot::service {

/// What the methods of the control API do (docs/rpc.md). Event-loop thread; owned by the profile.
class ServiceApi final : public QObject
{
    Q_OBJECT
public:
    struct Collaborators
    {
        rpc::JsonRpcServer &server;
        TriggerRegistry &triggers;
        RunCoordinator &coordinator;
        storage::Storage &storage;
        storage::SecretStore &secrets;
        StoredReferences &references;
        SettingsTable &settings;
        LiveFeed &feed;
        PendingReplies &replies;
        runner::Runner &runner;
        Clock &clock;
        triggers::SessionEnvironment session;
        QString workspace;
        std::function<QString()> problem; ///< why nothing new is accepted
        std::function<void()> settingsChanged;
        std::function<void()> shutdown;
        /// Answers `done` and then ends every connection: the profile is opened anew.
        std::function<void(const QString &file,
            std::function<void(const Result<rpc::StorageRestore::Result> &)> done)>
            restore;
    };

    explicit ServiceApi(Collaborators collaborators);
    ~ServiceApi() override;
    Q_DISABLE_COPY_MOVE(ServiceApi)

private:
    // Each group of methods has a file of its own: api*.cpp.
    void handleService();
    void handleTriggers();
    void handlePresets();
    /// Starts the demo server again where a trigger uses it.
    void resumeDemo();
    void handleSessions();
    void handleMessages();
    void handleRuns();
    void handleRunnables();
    void handleDebugging();
    void handleVariables();
    void handleSecrets();
    void handleSettings();

    [[nodiscard]] rpc::ServiceStatus status() const;
    [[nodiscard]] Result<rpc::MessageExplain::Result> explain(qint64 id) const;
    void listRuns(const rpc::RunList::Params &params, const rpc::Reply<rpc::RunList> &reply);
    void readRun(
        RunId id, std::function<void(const Result<RunRecord> &)> done, int commitsToAwait = 2);
    [[nodiscard]] Result<RunId> startRun(const rpc::RunStart::Params &params);
    [[nodiscard]] rpc::RunRow shownRow(const RunRecord &record) const;
    [[nodiscard]] RunRecord recordOf(const ActiveRun &run) const;
    void testConnection(const rpc::TriggerTestConnection::Params &params,
        const rpc::Reply<rpc::TriggerTestConnection> &reply);

    [[nodiscard]] Result<rpc::RunnableInfo> fileOf(
        const std::optional<QString> &path, const std::optional<QString> &file) const;
    [[nodiscard]] Result<rpc::RunnableSource> readSource(
        const rpc::RunnableRead::Params &params) const;
    [[nodiscard]] Result<rpc::RunnableWrite::Result> writeSource(
        const rpc::RunnableWrite::Params &params);
    [[nodiscard]] QStringList triggersUsing(const QString &runnable) const;

    Collaborators m_with;
    WorkspaceEditor m_files;
    RunnableWatch *m_watch; ///< child
    std::unique_ptr<DemoServer> m_demo; ///< once it was asked for
    RunFollowers *m_followers; ///< child
    qint64 m_startedAtMs = 0;
};

/// Resident memory of this process in bytes; 0 where it cannot be told.
[[nodiscard]] qint64 residentBytes();

} // namespace earshot::service
