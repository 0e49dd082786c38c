// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/logfile.h"
#include "app/cli/output.h"
#include "app/cli/signalwatch_posix.h"
#include "app/cli/verbs.h"
#include "app/service/profile.h"
#include "model/rpc/socketpath.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

QString absolute(const QString &folder)
{
    return folder.isEmpty() ? QString() : QDir::cleanPath(QFileInfo(folder).absoluteFilePath());
}

/// One `earshot serve` from start to exit; opens the profile anew after a restore.
class Serving final : public QObject
{
public:
    Serving(service::Profile::Options options, bool json)
        : m_options(std::move(options))
        , m_json(json)
    {
        connect(&m_signals, &SignalWatch::stopRequested, this, [this](int count) {
            if (count > 1 || !m_profile) {
                QCoreApplication::exit(Failed);
            } else {
                m_profile->stop();
            }
        });
    }

    [[nodiscard]] Result<void> open()
    {
        auto profile = service::Profile::open(m_options);
        if (!profile) {
            return profile.error();
        }
        m_profile = std::move(profile).value();
        connect(m_profile.get(), &service::Profile::stopped, this, [this] {
            QMetaObject::invokeMethod(
                this,
                [this] {
                    m_profile.reset();
                    QCoreApplication::exit(Success);
                },
                Qt::QueuedConnection);
        });
        connect(m_profile.get(), &service::Profile::restartNeeded, this, [this] {
            QMetaObject::invokeMethod(
                this, [this] { reopen(); }, Qt::QueuedConnection);
        });
        return {};
    }

    void announce() const
    {
        const rpc::ServiceInfo &info = m_profile->info();
        if (m_json) {
            writeOut(JsonLine()
                         .text(u"event", u"ready")
                         .text(u"socket", info.socket)
                         .number(u"pid", info.pid)
                         .text(u"data_dir", info.dataDir)
                         .text(u"workspace", info.workspace)
                         .text(u"version", info.version)
                         .toLine());
        } else {
            writeOut(u"ready: pid %1, socket %2, data %3, workspace %4\n"_s.arg(info.pid)
                         .arg(info.socket, info.dataDir,
                             info.workspace.isEmpty() ? u"none"_s : info.workspace)
                         .toUtf8());
        }
    }

private:
    void reopen()
    {
        m_profile.reset();
        if (const auto opened = open(); !opened) {
            QCoreApplication::exit(complain(opened.error(), Failed));
        }
    }

    service::Profile::Options m_options;
    bool m_json = false;
    SignalWatch m_signals;
    std::unique_ptr<service::Profile> m_profile;
};

int serve(const Arguments &arguments)
{
    const auto place = rpc::SocketPlace::fromEnvironment(
        arguments.value(u"socket"_s), arguments.value(u"data-dir"_s));
    const auto socket = rpc::socketPath(place);
    if (!socket) {
        return complain(socket.error(), Usage);
    }
    QString workspace
        = absolute(arguments.value(u"workspace"_s, qEnvironmentVariable("EARSHOT_WORKSPACE")));
    if (workspace.isEmpty()) {
        workspace = QDir::home().filePath(u"earshot"_s);
        QDir().mkpath(workspace);
    }
    if (!workspace.isEmpty() && !QFileInfo(workspace).isDir()) {
        return complain({.code = ErrorCode::NotFound,
                            .message = u"the workspace %1 is no folder"_s.arg(workspace),
                            .detail = u"make it with mkdir -p, or name another one"_s},
            Usage);
    }
    Serving serving({.dataDir = place.dataDir, .workspace = workspace, .socketPath = *socket},
        arguments.has(u"json"_s));
    if (const auto opened = serving.open(); !opened) {
        return complain(opened.error(), Failed);
    }
    installLogFile(place.dataDir + "/logs"_L1);
    serving.announce();
    return QCoreApplication::exec();
}

} // namespace

VerbSpec serveVerb()
{
    return {.name = u"serve"_s,
        .synopsis = u"[options]"_s,
        .summary = u"the service: holds connections, runs scripts, keeps the history"_s,
        .details
        = u"Runs in the foreground. When it accepts commands it prints one line, `ready …` (with "
          u"--json an\n"
          "object: event \"ready\", socket, pid, data_dir, workspace, version). Logs go to stderr "
          "and to\n"
          "logs/earshot.log in the data folder. SIGTERM or Ctrl+C ends it in order: servers are "
          "told, runs\n"
          "get 3 seconds, what waits is kept. A second service on one data folder is refused."_s,
        .examples = {u"earshot serve --workspace ~/bots"_s,
            u"earshot serve --data-dir /tmp/try --socket /tmp/try.sock --json"_s},
        .options
        = QList<OptionSpec>{{u"workspace"_s, u"dir"_s,
              u"folder of scripts in the layout of `wmill sync` (EARSHOT_WORKSPACE, else ~/earshot)"_s}}
            + serviceOptions() + QList<OptionSpec>{jsonOption()},
        .leastPositional = 0,
        .mostPositional = 0,
        .run = serve};
}

} // namespace earshot::cli
