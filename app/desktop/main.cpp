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
#include <QTimer>

#include <chrono>

using namespace earshot;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

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
    QApplication::setOrganizationName(u"earshot"_s);
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
    const QCommandLineOption hiddenOption(u"hidden"_s,
        QApplication::translate(
            "main", "Start in the tray; where there is none the window opens."));
    const QCommandLineOption newOption(
        u"new"_s, QApplication::translate("main", "Make a new trigger."));
    parser.addOptions(
        {socketOption, dataOption, workspaceOption, noStartOption, hiddenOption, newOption});
    parser.process(application);

    const auto place
        = rpc::SocketPlace::fromEnvironment(parser.value(socketOption), parser.value(dataOption));
    const auto socket = rpc::socketPath(place);
    if (!socket) {
        return refuse(socket.error());
    }
    desktop::SingleInstance instance(*socket + u"-w"_s);
    const auto role
        = instance.claim(parser.isSet(newOption) ? desktop::SingleInstance::Request::NewTrigger
                                                 : desktop::SingleInstance::Request::Raise);
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

    // The window decides when a closed window is the end: it asks about the service first.
    QApplication::setQuitOnLastWindowClosed(false);
    widgets::TrayIcon tray;
    const auto useTray = [&](bool available) { window.setTrayAvailable(available); };
    useTray(tray.isAvailable());
    QObject::connect(&tray, &widgets::TrayIcon::availableChanged, &window, useTray);
    QObject::connect(
        &tray, &widgets::TrayIcon::openRequested, &window, &widgets::MainWindow::raiseWindow);
    QObject::connect(
        &tray, &widgets::TrayIcon::toggleRequested, &window, &widgets::MainWindow::toggleWindow);
    QObject::connect(
        &tray, &widgets::TrayIcon::quitRequested, &window, &widgets::MainWindow::requestQuit);
    QObject::connect(&window, &widgets::MainWindow::quit, &application, &QApplication::quit);
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

    QObject::connect(&instance, &desktop::SingleInstance::newTriggerRequested, &window,
        &widgets::MainWindow::newTriggerWhenReady);

    client.open(*socket, u"earshot-desktop "_s + QApplication::applicationVersion(),
        rpc::JsonRpcClient::Reconnect::Always);
    if (parser.isSet(hiddenOption)) {
        // A tray that is not there by then will not come (TrayIcon gives it ten seconds).
        QTimer::singleShot(12s, &window, [&] {
            if (!tray.isAvailable()) {
                window.show();
            }
        });
    } else {
        window.show();
    }
    if (parser.isSet(newOption)) {
        window.newTriggerWhenReady();
    }
    return QApplication::exec();
}
