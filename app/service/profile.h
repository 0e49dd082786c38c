// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/expressionadapter.h"
#include "app/service/livefeed.h"
#include "app/service/networkwatch.h"
#include "app/service/runcoordinator.h"
#include "app/service/serviceapi.h"
#include "app/service/settingstable.h"
#include "app/service/storedreferences.h"
#include "app/service/triggerregistry.h"
#include "model/clock.h"
#include "model/rpc/jsonrpcserver.h"
#include "model/rpc/subscriptionhub.h"
#include "model/storage/storage.h"
#include "runner/runner.h"

#include <QObject>

#include <memory>

namespace earshot::service {

/// A running service: one data folder, its triggers, its runs, its control socket. Composition
/// only: whoever does the work is a member. Event-loop thread.
class Profile final : public QObject, public BodySource
{
    Q_OBJECT
public:
    struct Options
    {
        QString dataDir;
        QString workspace; ///< may be empty
        QString socketPath;
    };

    /// How long runs may go on after the sessions were closed.
    static constexpr qint64 kStopGraceMs = 3000;

    [[nodiscard]] static Result<std::unique_ptr<Profile>> open(const Options &options);
    ~Profile() override;
    Q_DISABLE_COPY_MOVE(Profile)

    [[nodiscard]] const rpc::ServiceInfo &info() const { return m_server->serviceInfo(); }
    /// Says goodbye to servers and clients, gives runs their time, then emits stopped().
    void stop();

    // BodySource
    void readMessages(
        const QList<RunId> &ids, std::function<void(const Result<Bodies> &)> done) override;

signals:
    void stopped();
    /// A backup is in place: open the profile anew.
    void restartNeeded();

private:
    Profile(Options options, std::unique_ptr<storage::Storage> storage);
    [[nodiscard]] Result<void> start();
    void applySettings();
    using RestoreDone = std::function<void(const Result<rpc::StorageRestore::Result> &)>;
    void restore(const QString &file, const RestoreDone &done);
    void loadSecrets();
    void onStalled(const Error &error);
    void onResumed();
    void pollStop(qint64 untilMs);
    void finishStop();

    Options m_options;
    SystemClock m_clock;
    std::unique_ptr<storage::Storage> m_storage;
    SettingsTable m_settings;
    StoredReferences m_references;
    std::unique_ptr<runner::Runner> m_runner;
    ExpressionAdapter m_expressions;
    std::unique_ptr<rpc::JsonRpcServer> m_server;
    std::unique_ptr<rpc::SubscriptionHub> m_hub;
    std::unique_ptr<LiveFeed> m_feed;
    PendingReplies m_replies;
    std::unique_ptr<RunCoordinator> m_coordinator;
    std::unique_ptr<TriggerRegistry> m_triggers;
    std::unique_ptr<ServiceApi> m_api;
    NetworkWatch m_network;
    std::unique_ptr<TimerHandle> m_stopTimer;
    QHash<QString, qint64> m_openSessions; ///< session ids by trigger path
    QString m_problem;
    bool m_stopping = false;
};

} // namespace earshot::service
