// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/profile.h"

#include "app/service/localengine.h"
#include "app/service/servicelog.h"
#include "model/redaction.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QRandomGenerator>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

constexpr int kStopPollMs = 50;

/// Random, and the same for the life of the profile, so that job ids of two profiles differ.
quint64 profileSalt(storage::Storage &storage)
{
    const QString key = u"profile.salt"_s;
    if (const auto stored = storage.settings().value(key)) {
        return stored->mid(1, stored->size() - 2).toULongLong(nullptr, 16);
    }
    const quint64 salt = QRandomGenerator::system()->generate64();
    storage.settings().set(key, '"' + QByteArray::number(salt, 16) + '"');
    return salt;
}

} // namespace

Result<std::unique_ptr<Profile>> Profile::open(const Options &options)
{
    auto storage = storage::Storage::open({.dataDir = options.dataDir});
    if (!storage) {
        return storage.error();
    }
    std::unique_ptr<Profile> profile(new Profile(options, std::move(storage).value()));
    if (const auto started = profile->start(); !started) {
        return started.error();
    }
    return profile;
}

Profile::Profile(Options options, std::unique_ptr<storage::Storage> storage)
    : m_options(std::move(options))
    , m_storage(std::move(storage))
    , m_settings(m_storage->settings())
    , m_references(*m_storage)
    , m_expressions(m_clock, QCoreApplication::applicationFilePath())
    , m_network(m_clock)
{ }

Profile::~Profile()
{
    // Owners before what they refer to; the journal writes its last batch in ~Storage.
    m_api.reset();
    m_triggers.reset();
    m_coordinator.reset();
    m_runner.reset();
    m_feed.reset();
    m_hub.reset();
    m_server.reset();
}

Result<void> Profile::start()
{
    const auto mask
        = [this](const QString &text) { return m_references.redactor().redact(maskUrlsIn(text)); };
    runner::RunnerOptions runnerOptions;
    runnerOptions.workspaceDirectory = m_options.workspace;
    runnerOptions.stateDirectory = m_options.dataDir;
    runnerOptions.helperProgram = QCoreApplication::applicationFilePath();
    runnerOptions.maxProcesses
        = static_cast<int>(m_settings.number(QString::fromUtf16(kMaxProcesses)));
    runnerOptions.memoryLimitBytes
        = m_settings.number(QString::fromUtf16(kMemoryMiB)) * 1024 * 1024;
    for (const rpc::Setting &setting : m_settings.list()) {
        const QString program = setting.value.toString();
        if (setting.key.startsWith("runtimes."_L1) && !program.isEmpty()) {
            runnerOptions.interpreters.insert(setting.key.sliced(9), program);
        }
    }
    m_runner = std::make_unique<runner::Runner>(m_clock, runnerOptions);

    m_server = std::make_unique<rpc::JsonRpcServer>(m_clock);
    m_server->setServiceInfo({.version = QStringLiteral(EARSHOT_VERSION),
        .pid = QCoreApplication::applicationPid(),
        .dataDir = m_options.dataDir,
        .workspace = m_options.workspace,
        .socket = m_options.socketPath,
        .startedAtUs = m_clock.wallMicros()});
    m_hub = std::make_unique<rpc::SubscriptionHub>(*m_server, m_clock);
    m_feed = std::make_unique<LiveFeed>(LiveFeed::Collaborators{.clock = m_clock,
        .hub = *m_hub,
        .redactor = [this]() -> const Redactor & { return m_references.redactor(); },
        .triggerChanged =
            [this](const QString &path) {
                if (m_triggers) {
                    m_triggers->publish(path);
                }
            },
        .notice =
            [this](const rpc::Notice &notice) {
                qCWarning(serviceLog).noquote()
                    << (notice.trigger.isEmpty() ? u"service"_s : notice.trigger) << notice.text;
                m_server->broadcast(QLatin1StringView(rpc::kServiceNotice), rpc::toJson(notice));
            },
        .sessionOpened =
            [this](const QString &path) {
                m_openSessions.insert(path,
                    m_storage->sessions().opened(
                        m_storage->triggers().idOf(path), m_clock.wallMicros()));
            },
        .sessionClosed =
            [this](const QString &path, int code, const QString &reason) {
                if (const qint64 session = m_openSessions.take(path)) {
                    m_storage->sessions().closed(session, m_clock.wallMicros(), code, reason);
                }
            }});
    m_coordinator = std::make_unique<RunCoordinator>(RunCoordinator::Collaborators{.clock = m_clock,
        .journal = m_storage->journal(),
        .executor = *m_runner,
        .references = m_references,
        .events = *m_feed,
        .expressions = &m_expressions,
        .bodies = this,
        .uniform = uniformRandom,
        .profileSalt = profileSalt(*m_storage),
        .redact =
            [this](RunOutcome &outcome) {
                const Redactor &redactor = m_references.redactor();
                if (!redactor.isEmpty()) {
                    outcome.result = redactor.redact(outcome.result);
                    outcome.logs = redactor.redact(outcome.logs);
                    outcome.preprocessedArgs = redactor.redact(outcome.preprocessedArgs);
                }
            },
        .triggerIdOf = [this](const QString &path) { return m_storage->triggers().idOf(path); }});
    const triggers::SessionEnvironment session{.clock = m_clock,
        .invoker = *m_coordinator,
        .references = m_references,
        .uniform = uniformRandom,
        .mask = mask};
    m_triggers
        = std::make_unique<TriggerRegistry>(TriggerRegistry::Collaborators{.storage = *m_storage,
            .coordinator = *m_coordinator,
            .executor = *m_runner,
            .feed = *m_feed,
            .hub = *m_hub,
            .session = session,
            .clock = m_clock,
            .replies = m_replies});
    m_api = std::make_unique<ServiceApi>(ServiceApi::Collaborators{.server = *m_server,
        .triggers = *m_triggers,
        .coordinator = *m_coordinator,
        .storage = *m_storage,
        .secrets = m_storage->secrets(),
        .references = m_references,
        .settings = m_settings,
        .feed = *m_feed,
        .replies = m_replies,
        .runner = *m_runner,
        .clock = m_clock,
        .session = session,
        .workspace = m_options.workspace,
        .problem = [this] { return m_problem; },
        .settingsChanged = [this] { applySettings(); },
        .shutdown
        = [this] { QMetaObject::invokeMethod(this, &Profile::stop, Qt::QueuedConnection); },
        .restore = [this](const QString &file, const RestoreDone &done) { restore(file, done); }});
    connect(&m_storage->journal(), &storage::RunJournal::stalled, this, &Profile::onStalled);
    connect(&m_storage->journal(), &storage::RunJournal::resumed, this, &Profile::onResumed);
    connect(&m_network, &NetworkWatch::checkNeeded, this, [this](const QString &reason) {
        qCInfo(serviceLog).noquote() << reason << "- checking every session";
        m_triggers->checkSessions();
    });
    if (const auto listening = m_server->listen(m_options.socketPath); !listening) {
        return listening.error();
    }
    for (const QString &notice : m_storage->notices()) {
        m_feed->alert({}, notice);
    }
    applySettings();
    loadSecrets();
    m_triggers->start();
    m_network.start();
    return {};
}

void Profile::applySettings()
{
    RunSettings settings;
    settings.workspaceErrorHandler = m_settings.text(QString::fromUtf16(kWorkspaceErrorHandler));
    if (settings.workspaceErrorHandler.startsWith("script/"_L1)) {
        settings.workspaceErrorHandler.remove(0, 7);
    }
    settings.workspaceErrorHandlerArgs
        = m_settings.object(QString::fromUtf16(kWorkspaceErrorHandlerArgs));
    m_coordinator->setSettings(settings);
    m_storage->setRetention(
        {.maxAgeDays = static_cast<int>(m_settings.number(QString::fromUtf16(kRetentionDays))),
            .maxRunsPerTrigger = m_settings.number(QString::fromUtf16(kRetentionRuns))});
}

void Profile::loadSecrets()
{
    storage::SecretStore &secrets = m_storage->secrets();
    secrets.list([this, &secrets](const Result<QStringList> &paths) {
        if (!paths) {
            m_feed->alert({}, paths.error().message);
            return;
        }
        for (const QString &path : *paths) {
            secrets.get(path, [this, path](const Result<QString> &value) {
                if (value) {
                    m_references.setSecret(path, *value);
                } else {
                    m_feed->alert({}, value.error().message);
                }
            });
        }
    });
}

void Profile::onStalled(const Error &error)
{
    m_problem
        = u"nothing can be written: %1; no messages are accepted until it can"_s.arg(error.message);
    m_feed->alert({}, m_problem);
    m_triggers->holdOff(m_problem);
}

void Profile::onResumed()
{
    m_problem.clear();
    m_feed->alert({}, u"writing works again; messages are accepted"_s);
    m_triggers->resumeAccepting();
}

void Profile::readMessages(
    const QList<RunId> &ids, std::function<void(const Result<Bodies> &)> done)
{
    m_storage->readMessages(ids, std::move(done));
}

void Profile::stop()
{
    if (std::exchange(m_stopping, true)) {
        return;
    }
    m_triggers->stopSessions();
    pollStop(m_clock.monotonicMs() + kStopGraceMs);
}

/// Waits for what is with a process; what still runs at the deadline is killed and counts as
/// interrupted.
void Profile::pollStop(qint64 untilMs)
{
    bool busy = m_triggers->hasOpenConnections();
    m_coordinator->forEach([&busy](const ActiveRun &run) {
        busy = busy || run.stage == ActiveRun::Stage::Submitted
            || run.stage == ActiveRun::Stage::Started;
    });
    if (!busy || m_clock.monotonicMs() >= untilMs) {
        finishStop();
        return;
    }
    m_stopTimer = m_clock.after(kStopPollMs, [this, untilMs] { pollStop(untilMs); });
}

void Profile::restore(const QString &file, const RestoreDone &done)
{
    if (m_stopping) {
        done(Error{
            .code = ErrorCode::Unavailable, .message = u"the service is ending"_s, .detail = {}});
        return;
    }
    // What is plainly no backup is refused before anything is stopped.
    QFile backup(file);
    if (!backup.open(QIODevice::ReadOnly)
        || backup.read(16) != QByteArray("SQLite format 3\0", 16)) {
        done(Error{.code = backup.isOpen() ? ErrorCode::InvalidArgument : ErrorCode::Io,
            .message = u"%1 is no backup: %2"_s.arg(
                file, backup.isOpen() ? u"it is no SQLite file"_s : backup.errorString()),
            .detail = {}});
        return;
    }
    m_stopping = true;
    m_triggers->stopSessions();
    m_coordinator->cancelAll(u"the profile is being restored"_s, u"user"_s);
    m_storage->restore(file, [this, done](const Result<storage::BackupReport> &report) {
        // From here on the journal is another one: nobody may call the coordinator any more.
        m_runner->setObserver(nullptr);
        if (report) {
            const QStringList kept
                = QDir(m_options.dataDir)
                      .entryList({u"earshot.db.before-restore-*"_s}, QDir::Files, QDir::Name);
            done(rpc::StorageRestore::Result{.triggers = static_cast<int>(report->triggers),
                .replaced
                = kept.isEmpty() ? QString() : QString(m_options.dataDir + u'/' + kept.last())});
        } else {
            done(report.error());
        }
        m_server->close();
        emit restartNeeded();
    });
}

void Profile::finishStop()
{
    m_server->close();
    emit stopped();
}

} // namespace earshot::service
