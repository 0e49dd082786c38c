// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/livefeed.h"
#include "app/service/pendingreplies.h"
#include "app/service/triggerruntime.h"
#include "model/rpc/methods.h"
#include "model/storage/storage.h"
#include "runner/runner.h"

#include <QMap>

#include <functional>
#include <memory>
#include <vector>

namespace earshot::service {

/// The triggers of a profile: what is saved, what is at work, and the way from one to the other.
/// Event-loop thread. Changes are durable before `done` is called.
class TriggerRegistry final : public QObject, public TriggerHost
{
    Q_OBJECT
public:
    struct Collaborators
    {
        storage::Storage &storage;
        RunCoordinator &coordinator;
        runner::RunExecutor &executor;
        LiveFeed &feed;
        rpc::SubscriptionHub &hub;
        triggers::SessionEnvironment session;
        Clock &clock;
        PendingReplies &replies;
    };
    template <typename T>
    using Done = std::function<void(const Result<T> &)>;

    explicit TriggerRegistry(Collaborators collaborators);
    ~TriggerRegistry() override;
    Q_DISABLE_COPY_MOVE(TriggerRegistry)

    /// Starts what is enabled and takes up what the last service left unfinished.
    void start();
    /// Says goodbye on every connection; nothing new is accepted.
    void stopSessions();
    [[nodiscard]] bool hasOpenConnections() const;

    struct SaveRequest
    {
        QString path;
        QByteArray document; ///< JSON text
        std::optional<qint64> expectedRevision;
        QByteArray sourceBytes;
        QString sourceFormat = QStringLiteral("none");
        std::optional<TriggerMode> mode; ///< instead of the document's
    };
    void save(SaveRequest request, Done<rpc::SavedTrigger> done);
    void remove(const QString &path, Done<rpc::Empty> done);
    void rename(const QString &path, const QString &to, Done<rpc::TriggerSummary> done);
    void setMode(const QString &path, TriggerMode mode, Done<rpc::TriggerSummary> done);
    void resume(const rpc::TriggerJobsParams &which, Done<rpc::CountResult> done);
    void cancelSuspended(const rpc::TriggerJobsParams &which, Done<rpc::CountResult> done);
    /// Closes every session and stops every trigger; returns how many sessions there were.
    qint64 panic();

    [[nodiscard]] rpc::Page<rpc::TriggerSummary> list(const rpc::ListParams &params) const;
    [[nodiscard]] Result<rpc::TriggerDocument> get(const QString &path) const;
    [[nodiscard]] Result<const storage::StoredTrigger *> stored(const QString &path) const;
    [[nodiscard]] Result<TriggerConfig> config(const QString &path) const;
    [[nodiscard]] Result<TriggerRuntime *> live(const QString &path) const;
    [[nodiscard]] rpc::TriggerSummary summary(const QString &path) const;
    [[nodiscard]] rpc::Counters totals() const;
    [[nodiscard]] int count() const { return static_cast<int>(m_entries.size()); }
    [[nodiscard]] int readyCount() const;
    [[nodiscard]] RunCoordinator &coordinator() { return m_with.coordinator; }

    [[nodiscard]] Result<rpc::DebugState> debugState(const QString &path) const;
    /// A worker of its own with a debugger's port, without a time limit; `support` says how.
    [[nodiscard]] Result<rpc::DebugState> attachDebugger(
        const QString &path, const runner::Runner::DebugSupport &support);
    [[nodiscard]] Result<rpc::DebugState> detachDebugger(const QString &path);

    /// The clock jumped or a network came up.
    void checkSessions();
    /// Storage cannot write (`reason`): close the sessions until resumeAccepting().
    void holdOff(const QString &reason);
    void resumeAccepting();
    void publish(const QString &path);
    /// Somebody watches: counters are told once a second from now on.
    void startPublishing();

    // TriggerHost
    void modeChangeNeeded(
        const QString &triggerPath, TriggerMode mode, const Error &error) override;

private:
    struct Entry
    {
        TriggerConfig config;
        std::unique_ptr<TriggerRuntime> runtime; ///< enabled and suspended ones
        TriggerCounters past; ///< of runtimes that are gone
        runner::Runner::DebugSupport debug; ///< while a debugger's port is open
        qint64 suspendedCount = 0; ///< before `runtime` was made, less what was resumed
    };

    void apply(const QString &path);
    static void keepAttached(const TriggerRuntime &previous, TriggerRuntime &next);
    [[nodiscard]] std::unique_ptr<TriggerRuntime> makeRuntime(
        const storage::StoredTrigger &stored, const TriggerConfig &config);
    void retire(std::unique_ptr<TriggerRuntime> runtime);
    void recover();
    void countSuspended();
    void findSuspended(qint64 triggerId, const rpc::TriggerJobsParams &which,
        std::function<void(const Result<QList<RunRecord>> &)> done);
    void storeMode(const QString &path, TriggerMode mode, const QString &error,
        Done<rpc::TriggerSummary> done);
    void publishChanged();
    [[nodiscard]] rpc::Counters countersOf(const Entry &entry) const;
    [[nodiscard]] rpc::SessionState sessionOf(const Entry &entry) const;

    Collaborators m_with;
    QMap<QString, std::shared_ptr<Entry>> m_entries;
    std::vector<std::unique_ptr<TriggerRuntime>> m_draining;
    std::unique_ptr<TimerHandle> m_publishTimer;
    QHash<QString, rpc::Counters> m_published;
    QString m_holdOffReason;
};

} // namespace earshot::service
