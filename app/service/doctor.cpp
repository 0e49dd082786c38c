// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/doctor.h"

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QStorageInfo>

#include <memory>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

constexpr qint64 kLowDiskBytes = qint64(512) * 1024 * 1024;

rpc::DoctorCheck runtimeCheck(runner::RuntimeRegistry &registry, const runner::Runtime &runtime)
{
    const runner::InterpreterStatus status = registry.status(runtime);
    rpc::DoctorCheck check{.area = u"runtime"_s,
        .name = runtime.name,
        .state = rpc::CheckState::Ok,
        .detail = {},
        .fix = {}};
    if (status.program.isEmpty()) {
        check.state = rpc::CheckState::Missing;
        check.detail = u"not found; needed for %1"_s.arg(runtime.files.join(u", "_s));
        check.fix = runtime.install;
        return check;
    }
    check.detail = u"%1 %2"_s.arg(status.versionText, status.program).trimmed();
    if (status.version.isNull()) {
        check.state = rpc::CheckState::Failed;
        check.detail = u"%1 does not say its version"_s.arg(status.program);
        check.fix = runtime.install;
    } else if (!runtime.minimumVersion.isNull() && status.version < runtime.minimumVersion) {
        check.state = rpc::CheckState::Warning;
        check.detail += u"; %1 or newer is needed"_s.arg(runtime.minimumVersion.toString());
        check.fix = runtime.install;
    }
    return check;
}

rpc::DoctorCheck folderCheck(const QString &name, const QString &folder, bool mayBeMissing)
{
    rpc::DoctorCheck check{.area = u"storage"_s,
        .name = name,
        .state = rpc::CheckState::Ok,
        .detail = folder,
        .fix = {}};
    const QFileInfo info(folder);
    if (folder.isEmpty() || !info.exists()) {
        check.state = mayBeMissing ? rpc::CheckState::Warning : rpc::CheckState::Missing;
        check.detail = folder.isEmpty() ? u"none is set"_s : u"%1 does not exist yet"_s.arg(folder);
        check.fix = folder.isEmpty() ? u"earshot serve --workspace DIR, or EARSHOT_WORKSPACE"_s
                                     : u"mkdir -p %1"_s.arg(folder);
    } else if (!info.isWritable() && !mayBeMissing) {
        check.state = rpc::CheckState::Failed;
        check.detail = u"%1 cannot be written"_s.arg(folder);
        check.fix = u"chown or chmod it for this user"_s;
    } else if (const QStorageInfo disk(folder); disk.bytesAvailable() < kLowDiskBytes) {
        check.state = rpc::CheckState::Warning;
        check.detail
            = u"%1: only %2 MiB free"_s.arg(folder).arg(disk.bytesAvailable() / (1024 * 1024));
        check.fix = u"free some space; Earshot stops accepting messages when the disk is full"_s;
    }
    return check;
}

QList<rpc::DoctorCheck> isolationChecks(const runner::Runner &runner)
{
    const auto statistics = runner.statistics();
    QList<rpc::DoctorCheck> checks;
    checks.append({.area = u"isolation"_s,
        .name = u"processes"_s,
        .state = rpc::CheckState::Ok,
        .detail
        = u"at most %1 scripts at once; each in its own process group, killed with all its children"_s
              .arg(statistics.limit),
        .fix = {}});
    const bool bubblewrap = !QStandardPaths::findExecutable(u"bwrap"_s).isEmpty();
    checks.append({.area = u"isolation"_s,
        .name = u"sandbox"_s,
        .state = rpc::CheckState::Warning,
        .detail = bubblewrap
            ? u"bubblewrap is there; this version does not use it: scripts run with your rights"_s
            : u"scripts run with your rights"_s,
        .fix = u"run only scripts you trust"_s});
    return checks;
}

} // namespace

void examine(runner::Runner &runner, const DoctorContext &context,
    std::function<void(const QList<rpc::DoctorCheck> &)> done)
{
    const auto finish = [&runner, context, done = std::move(done)] {
        QList<rpc::DoctorCheck> checks;
        for (const auto &runtime : runner.registry().runtimes()) {
            if (!runtime->interpreterNames.isEmpty()) {
                checks.append(runtimeCheck(runner.registry(), *runtime));
            }
        }
        for (const Error &problem : runner.registry().problems()) {
            checks.append({.area = u"runtime"_s,
                .name = u"runtime file"_s,
                .state = rpc::CheckState::Failed,
                .detail = problem.message,
                .fix = problem.detail});
        }
        checks.append(isolationChecks(runner));
        checks.append(folderCheck(u"data folder"_s, context.dataDir, !context.serviceRuns));
        checks.append(folderCheck(u"workspace"_s, context.workspace, true));
        checks.append({.area = u"secrets"_s,
            .name = u"kept in"_s,
            .state = rpc::CheckState::Ok,
            .detail = context.secretsPlace,
            .fix = {}});
        checks.append({.area = u"service"_s,
            .name = u"service"_s,
            .state = context.serviceRuns ? rpc::CheckState::Ok : rpc::CheckState::Warning,
            .detail = context.serviceRuns ? context.socket : u"does not run"_s,
            .fix = context.serviceRuns ? QString() : u"earshot serve"_s});
        for (const QString &notice : context.notices) {
            checks.append({.area = u"storage"_s,
                .name = u"database"_s,
                .state = rpc::CheckState::Warning,
                .detail = notice,
                .fix = {}});
        }
        done(checks);
    };
    auto open = std::make_shared<int>(1);
    const auto oneLess = [open, finish] {
        if (--*open == 0) {
            finish();
        }
    };
    for (const auto &runtime : runner.registry().runtimes()) {
        if (!runtime->interpreterNames.isEmpty()
            && !runner.registry().interpreter(*runtime, QDir::homePath()).isEmpty()) {
            ++*open;
            runner.registry().probe(*runtime, oneLess);
        }
    }
    oneLess();
}

} // namespace earshot::service
