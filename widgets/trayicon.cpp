// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/trayicon.h"

#include "widgets/appearance.h"

#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDBusServiceWatcher>
#include <QMenu>
#include <QSystemTrayIcon>
#include <QTimer>

#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

constexpr QLatin1StringView kWatcher("org.kde.StatusNotifierWatcher");

} // namespace

TrayIcon::TrayIcon(QObject *parent)
    : QObject(parent)
    , m_toolTip(u"Earshot"_s)
{
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (bus.isConnected()) {
        if (bus.interface()->isServiceRegistered(kWatcher)) {
            create();
            return;
        }
        auto *watcher = new QDBusServiceWatcher(
            kWatcher, bus, QDBusServiceWatcher::WatchForRegistration, this);
        connect(watcher, &QDBusServiceWatcher::serviceRegistered, this, &TrayIcon::create);
    }
    QTimer::singleShot(10s, this, &TrayIcon::create);
}

TrayIcon::~TrayIcon() = default;

void TrayIcon::create()
{
    if (m_icon || !QSystemTrayIcon::isSystemTrayAvailable()) {
        return;
    }
    m_menu = std::make_unique<QMenu>();
    connect(
        m_menu->addAction(tr("Open Earshot")), &QAction::triggered, this, &TrayIcon::openRequested);
    m_menu->addSeparator();
    connect(m_menu->addAction(tr("Quit the window")), &QAction::triggered, this,
        &TrayIcon::quitRequested);
    m_icon = std::make_unique<QSystemTrayIcon>(appIcon(m_tone));
    m_icon->setContextMenu(m_menu.get());
    m_icon->setToolTip(m_toolTip);
    connect(m_icon.get(), &QSystemTrayIcon::activated, this,
        [this](QSystemTrayIcon::ActivationReason reason) {
            if (reason == QSystemTrayIcon::Trigger) {
                emit toggleRequested();
            }
        });
    m_icon->show();
    emit availableChanged(true);
}

void TrayIcon::setState(items::Tone worst, const QString &toolTip)
{
    if (m_icon && m_tone != worst) {
        m_icon->setIcon(appIcon(worst));
    }
    if (m_icon && m_toolTip != toolTip) {
        m_icon->setToolTip(toolTip);
    }
    m_tone = worst;
    m_toolTip = toolTip;
}

void TrayIcon::notify(const QString &title, const QString &text)
{
    if (m_icon) {
        m_icon->showMessage(title, text, appIcon());
    }
}

} // namespace earshot::widgets
