// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/servicecall.h"
#include "app/cli/verbs.h"
#include "app/service/doctor.h"
#include "model/rpc/socketpath.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

int show(const QList<rpc::DoctorCheck> &checks, bool json)
{
    bool failed = false;
    QString area;
    for (const rpc::DoctorCheck &check : checks) {
        failed = failed || check.state == rpc::CheckState::Failed;
        if (json) {
            writeJson(check);
            continue;
        }
        if (check.area != area) {
            area = check.area;
            writeOut((u"\n%1\n"_s.arg(coloured(Colour::Bold, area))).toUtf8());
        }
        const Colour colour = check.state == rpc::CheckState::Ok ? Colour::Green
            : check.state == rpc::CheckState::Failed             ? Colour::Red
                                                                 : Colour::Yellow;
        writeOut(u"  %1 %2 %3\n"_s
                     .arg(coloured(colour, toString(check.state).leftJustified(8)),
                         check.name.leftJustified(14), check.detail)
                     .toUtf8());
        if (!check.fix.isEmpty() && check.state != rpc::CheckState::Ok) {
            writeOut(u"           → %1\n"_s.arg(check.fix).toUtf8());
        }
    }
    return failed ? Failed : Success;
}

int examineHere(const Arguments &arguments, bool json)
{
    const auto place = rpc::SocketPlace::fromEnvironment(
        arguments.value(u"socket"_s), arguments.value(u"data-dir"_s));
    const QString workspace = qEnvironmentVariable("EARSHOT_WORKSPACE");
    SystemClock clock;
    runner::Runner runner(clock, {.workspaceDirectory = workspace});
    int code = Success;
    service::examine(runner,
        {.dataDir = place.dataDir,
            .workspace = workspace.isEmpty() ? workspace : QFileInfo(workspace).absoluteFilePath(),
            .socket = rpc::socketPath(place).value_or(QString()),
            .secretsPlace = u"%1/secrets.json, readable by you only"_s.arg(place.dataDir),
            .serviceRuns = false,
            .notices = {}},
        [&code, json](const QList<rpc::DoctorCheck> &checks) {
            code = show(checks, json);
            QMetaObject::invokeMethod(
                QCoreApplication::instance(), [] { QCoreApplication::quit(); },
                Qt::QueuedConnection);
        });
    QCoreApplication::exec();
    return code;
}

int doctor(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    const auto socket = rpc::socketPath(rpc::SocketPlace::fromEnvironment(
        arguments.value(u"socket"_s), arguments.value(u"data-dir"_s)));
    if (!socket || !QFileInfo::exists(*socket)) {
        return examineHere(arguments, json);
    }
    SystemClock clock;
    rpc::ControlClient client(clock);
    std::optional<int> code;
    QObject::connect(&client, &rpc::ControlClient::ready, &client, [&](const rpc::ServiceInfo &) {
        client.call<rpc::DoctorReport>(
            {}, &client, [&](const Result<rpc::Page<rpc::DoctorCheck>> &page) {
                code = page ? show(page->items, json) : complain(page.error(), Failed);
                QCoreApplication::quit();
            });
    });
    QObject::connect(&client, &rpc::ControlClient::lost, &client, [] { QCoreApplication::quit(); });
    client.open(*socket, u"earshot doctor"_s);
    QCoreApplication::exec();
    // A dead service left its socket behind: look from here.
    return code ? *code : examineHere(arguments, json);
}

} // namespace

VerbSpec doctorVerb()
{
    return {.name = u"doctor"_s,
        .synopsis = {},
        .summary = u"what works on this machine, what is missing and how to install it"_s,
        .details = u"Asks the service when it runs, else looks by itself."_s,
        .examples = {u"earshot doctor"_s},
        .options = serviceOptions() + QList<OptionSpec>{jsonOption()},
        .run = doctor};
}

} // namespace earshot::cli
