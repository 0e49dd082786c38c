// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>
#include <QPair>

class QMenu;

namespace earshot::widgets {

class MainWindow;
class TriggerActions;

/// The menus of the window, the command palette over them, and the list of their keys.
class WindowMenus final : public QObject
{
    Q_OBJECT
public:
    /// Child of the window. `trigger` is the menu of the selected trigger.
    WindowMenus(MainWindow &window, TriggerActions &actions, QMenu *trigger);

    void openPalette();
    void openShortcuts();

private:
    void fillPlaces(QMenu *places);

    MainWindow &m_window;
};

} // namespace earshot::widgets
