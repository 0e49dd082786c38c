// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/displaytext.h"

#include <QObject>

#include <memory>

class QMenu;
class QSystemTrayIcon;

namespace earshot::widgets {

/// The tray icon, once there is a tray. Qt 6.4 asks for one only once in a process, so nothing is
/// asked before a StatusNotifierWatcher is on the bus or ten seconds passed.
class TrayIcon final : public QObject
{
    Q_OBJECT
public:
    explicit TrayIcon(QObject *parent = nullptr);
    ~TrayIcon() override;
    Q_DISABLE_COPY_MOVE(TrayIcon)

    [[nodiscard]] bool isAvailable() const noexcept { return m_icon != nullptr; }
    void setState(items::Tone worst, const QString &toolTip);
    /// Nothing where there is no tray.
    void notify(const QString &title, const QString &text);

signals:
    /// There is a tray now: closing the window need not quit any more.
    void availableChanged(bool available);
    void toggleRequested();
    void openRequested();
    void quitRequested();

private:
    void create();

    std::unique_ptr<QMenu> m_menu;
    std::unique_ptr<QSystemTrayIcon> m_icon;
    items::Tone m_tone = items::Tone::Quiet;
    QString m_toolTip;
};

} // namespace earshot::widgets
