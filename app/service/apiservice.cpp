// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/doctor.h"
#include "app/service/serviceapi.h"

#include <QFile>
#include <QFileInfo>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::service {

qint64 residentBytes()
{
    QFile statm(u"/proc/self/statm"_s);
    if (!statm.open(QIODevice::ReadOnly)) {
        return 0;
    }
    const QList<QByteArray> fields = statm.readAll().split(' ');
    return fields.size() > 1 ? fields.at(1).toLongLong() * ::sysconf(_SC_PAGESIZE) : 0;
}

ServiceApi::ServiceApi(Collaborators collaborators)
    : m_with(std::move(collaborators))
    , m_files(m_with.workspace)
    , m_watch(new RunnableWatch(m_with.server, m_files, m_with.clock, this))
    , m_followers(new RunFollowers(
          m_with.server, m_with.clock,
          [this]() -> const Redactor & { return m_with.references.redactor(); }, this))
    , m_startedAtMs(m_with.clock.monotonicMs())
{
    m_with.coordinator.setFollowers(m_followers);
    handleService();
    handleTriggers();
    handlePresets();
    handleSessions();
    handleMessages();
    handleRuns();
    handleRunnables();
    handleDebugging();
    handleVariables();
    handleSecrets();
    handleSettings();
    resumeDemo();
}

ServiceApi::~ServiceApi()
{
    m_with.coordinator.setFollowers(nullptr);
}

rpc::ServiceStatus ServiceApi::status() const
{
    const auto statistics = m_with.runner.statistics();
    return {.service = m_with.server.serviceInfo(),
        .uptimeMs = m_with.clock.monotonicMs() - m_startedAtMs,
        .memoryBytes = residentBytes(),
        .processes = statistics.running + statistics.idle,
        .clients = m_with.server.clientCount(),
        .pendingWrites = m_with.storage.journal().pendingCount(),
        .problem = m_with.problem(),
        .totals = m_with.triggers.totals(),
        .triggers = m_with.triggers.count(),
        .ready = m_with.triggers.readyCount()};
}

void ServiceApi::handleService()
{
    rpc::JsonRpcServer &server = m_with.server;
    server.answer<rpc::ServiceGetStatus>(
        [this](const rpc::NoParams &) -> Result<rpc::ServiceStatus> { return status(); });
    server.answer<rpc::ServiceShutdown>([this](const rpc::NoParams &) -> Result<rpc::Empty> {
        m_with.shutdown();
        return rpc::Empty{};
    });
    server.answer<rpc::ServicePanic>(
        [this](const rpc::NoParams &) -> Result<rpc::ServicePanic::Result> {
            rpc::ServicePanic::Result result;
            result.sessionsClosed = m_with.triggers.panic();
            result.runsStopped = m_with.coordinator.activeCount();
            m_with.coordinator.cancelAll(u"panic"_s, u"user"_s);
            m_with.runner.panic();
            return result;
        });
    server.handle<rpc::DoctorReport>(
        [this](const rpc::NoParams &, const rpc::Reply<rpc::DoctorReport> &reply) {
            examine(m_with.runner,
                {.dataDir = m_with.server.serviceInfo().dataDir,
                    .workspace = m_with.workspace,
                    .socket = m_with.server.socketPath(),
                    .secretsPlace = m_with.secrets.place(),
                    .serviceRuns = true,
                    .notices = m_with.storage.notices()},
                [reply](const QList<rpc::DoctorCheck> &checks) {
                    reply.finish({.items = checks, .more = false});
                });
        });
    server.handle<rpc::StorageBackup>([this](const rpc::StorageBackup::Params &params,
                                          const rpc::Reply<rpc::StorageBackup> &reply) {
        if (QFileInfo::exists(params.file)) {
            reply.fail({.code = ErrorCode::AlreadyExists,
                .message = u"%1 exists already"_s.arg(params.file),
                .detail = u"name another file, or remove this one first"_s});
            return;
        }
        m_with.storage.backup(params.file, storage::Storage::Secrets::Leave,
            [reply](const Result<storage::BackupReport> &report) {
                report ? reply.finish({.file = report->file, .bytes = report->bytes})
                       : reply.fail(report.error());
            });
    });
    server.handle<rpc::StorageRestore>(
        [this](const rpc::StorageRestore::Params &params,
            const rpc::Reply<rpc::StorageRestore> &reply) { m_with.restore(params.file, reply); });
}

} // namespace earshot::service
