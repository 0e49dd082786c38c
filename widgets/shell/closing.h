// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QObject>

#include <functional>

class QCloseEvent;
class QWidget;

namespace earshot::widgets {

/// What closing and quitting mean: into the tray where there is one (asked once, remembered),
/// else out; and whether the service goes on without a window.
class Closing final : public QObject
{
    Q_OBJECT
public:
    enum class OnClose { Ask, Tray, Quit };

    /// `edits` names the pages with something that would be lost.
    Closing(rpc::ControlClient &client, QWidget *window, std::function<QStringList()> edits);

    void setTrayAvailable(bool available) { m_tray = available; }
    /// A close event of the window; accepted only when the application ends.
    void onClose(QCloseEvent *event);
    /// Somebody chose Quit: asks, then emits quit().
    void requestQuit();
    [[nodiscard]] static OnClose remembered();
    static void remember(OnClose choice);

signals:
    /// The application ends now.
    void quit();

private:
    void askWhere();
    void askAboutEdits();
    void askAboutService();
    void leave(bool stopService);

    rpc::ControlClient &m_client;
    QWidget *m_window;
    std::function<QStringList()> m_edits;
    bool m_tray = false;
    bool m_asking = false;
    bool m_leaving = false;
};

} // namespace earshot::widgets
