// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/clock.h"
#include "model/rpc/controlclient.h"
#include "model/rpc/socketpath.h"
#include "servicestarter.h"
#include "singleinstance.h"
#include "widgets/appearance.h"
#include "widgets/draftstore.h"
#include "widgets/mainwindow.h"
#include "widgets/trayicon.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QTextStream>

using namespace earshot;
using namespace Qt::StringLiterals;

namespace {

int refuse(const Error &error)
{
    QTextStream(stderr) << "earshot-desktop: " << error.message << '\n';
    if (!error.detail.isEmpty()) {
        QTextStream(stderr) << error.detail << '\n';
    }
    return 1;
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setApplicationName(u"earshot"_s);
    QApplication::setApplicationDisplayName(u"Earshot"_s);
    QApplication::setApplicationVersion(QStringLiteral(EARSHOT_VERSION));
    QApplication::setDesktopFileName(u"earshot"_s);

    QCommandLineParser parser;
    parser.setApplicationDescription(QApplication::translate(
        "main", "The window of Earshot. It starts the service if none runs."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption socketOption(
        u"socket"_s, QApplication::translate("main", "Control socket of the service."), u"path"_s);
    const QCommandLineOption dataOption(
        u"data-dir"_s, QApplication::translate("main", "Data directory of the service."), u"dir"_s);
    const QCommandLineOption workspaceOption(u"workspace"_s,
        QApplication::translate("main", "Workspace folder for a service that is started."),
        u"dir"_s);
    const QCommandLineOption noStartOption(
        u"no-start"_s, QApplication::translate("main", "Do not start a service."));
    parser.addOptions({socketOption, dataOption, workspaceOption, noStartOption});
    parser.process(application);

    const auto place
        = rpc::SocketPlace::fromEnvironment(parser.value(socketOption), parser.value(dataOption));
    const auto socket = rpc::socketPath(place);
    if (!socket) {
        return refuse(socket.error());
    }
    desktop::SingleInstance instance(*socket + u"-w"_s);
    const auto role = instance.claim();
    if (!role) {
        return refuse(role.error());
    }
    if (*role == desktop::SingleInstance::Role::Second) {
        return 0;
    }

    SystemClock clock;
    rpc::ControlClient client(clock);
    widgets::DraftStore drafts(place.dataDir + u"/window/drafts.json"_s);
    widgets::MainWindow window(client, clock, drafts);

    QStringList serviceArguments;
    for (const QCommandLineOption &option : {socketOption, dataOption, workspaceOption}) {
        if (parser.isSet(option)) {
            serviceArguments += {u"--"_s + option.names().constFirst(), parser.value(option)};
        }
    }
    desktop::ServiceStarter starter({}, serviceArguments, clock);
    starter.setAllowed(!parser.isSet(noStartOption));
    QObject::connect(&client, &rpc::ControlClient::stopping, &starter,
        [&starter] { starter.setAllowed(false); });
    QObject::connect(&client, &rpc::ControlClient::ready, &starter,
        [&] { starter.setAllowed(!parser.isSet(noStartOption)); });
    QObject::connect(&client, &rpc::ControlClient::lost, &starter, [&](const Error &error) {
        if (error.code == ErrorCode::Unavailable) {
            starter.considerStart();
        }
    });
    QObject::connect(&window, &widgets::MainWindow::startRequested, &starter, [&starter] {
        starter.setAllowed(true);
        starter.startNow();
    });
    QObject::connect(&starter, &desktop::ServiceStarter::started, &window, [&window] {
        window.setServiceText(
            QApplication::translate("main", "No service was running; starting one…"));
    });
    QObject::connect(
        &starter, &desktop::ServiceStarter::failed, &window, [&window](const Error &error) {
            window.setServiceText(error.detail.isEmpty()
                    ? error.message
                    : QString(error.message + u": "_s + error.detail));
        });

    widgets::TrayIcon tray;
    const auto useTray = [&](bool available) {
        QApplication::setQuitOnLastWindowClosed(!available);
        window.setHidesOnClose(available);
    };
    useTray(tray.isAvailable());
    QObject::connect(&tray, &widgets::TrayIcon::availableChanged, &window, useTray);
    QObject::connect(
        &tray, &widgets::TrayIcon::openRequested, &window, &widgets::MainWindow::raiseWindow);
    QObject::connect(
        &tray, &widgets::TrayIcon::toggleRequested, &window, &widgets::MainWindow::toggleWindow);
    QObject::connect(&tray, &widgets::TrayIcon::quitRequested, &application, &QApplication::quit);
    QObject::connect(
        &window, &widgets::MainWindow::quitRequested, &application, &QApplication::quit);
    QObject::connect(
        &window, &widgets::MainWindow::stateChanged, &tray, &widgets::TrayIcon::setState);
    QObject::connect(
        &client, &rpc::ControlClient::noticeArrived, &tray, [&tray](const rpc::Notice &notice) {
            if (notice.level == u"error") {
                tray.notify(notice.trigger, notice.text);
            }
        });
    QObject::connect(&instance, &desktop::SingleInstance::raiseRequested, &window,
        &widgets::MainWindow::raiseWindow);

    client.open(*socket, u"earshot-desktop "_s + QApplication::applicationVersion(),
        rpc::JsonRpcClient::Reconnect::Always);
    window.show();
    return QApplication::exec();
}
