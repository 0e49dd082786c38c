// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/windowmenus.h"

#include "widgets/mainwindow.h"
#include "widgets/shell/commandpalette.h"
#include "widgets/shell/pages.h"
#include "widgets/shell/shortcutsdialog.h"
#include "widgets/triggers/triggeractions.h"
#include "widgets/triggers/triggerspanel.h"

#include <QAction>
#include <QMenu>
#include <QMenuBar>
#include <QPointer>
#include <QShortcut>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

QString plain(const QString &title)
{
    QString text = title;
    text.replace(u"&&"_s, u"\x01"_s).remove(u'&').replace(u'\x01', u'&');
    return text.endsWith(u'…') ? text.chopped(1) : text;
}

QString keysOf(const QAction *action)
{
    return action->shortcut().toString(QKeySequence::NativeText);
}

} // namespace

WindowMenus::WindowMenus(MainWindow &window, TriggerActions &actions, QMenu *trigger)
    : QObject(&window)
    , m_window(window)
{
    QMenu *file = window.menuBar()->addMenu(tr("&File"));
    actions.fillFile(file);
    file->addSeparator();
    QAction *close = file->addAction(tr("&Close window"), &window, &MainWindow::close);
    close->setShortcut(QKeySequence::Close);
    QAction *quit = file->addAction(tr("&Quit…"), &window, &MainWindow::requestQuit);
    quit->setShortcut(QKeySequence(u"Ctrl+Q"_s));
    quit->setMenuRole(QAction::QuitRole);
    actions.fillTrigger(trigger);
    window.menuBar()->addMenu(trigger);
    fillPlaces(window.menuBar()->addMenu(tr("&Go")));
    QMenu *help = window.menuBar()->addMenu(tr("&Help"));
    QAction *palette = help->addAction(tr("&Commands…"), this, &WindowMenus::openPalette);
    palette->setShortcut(QKeySequence(u"Ctrl+K"_s));
    QAction *keys = help->addAction(tr("&Keys…"), this, &WindowMenus::openShortcuts);
    keys->setShortcut(QKeySequence::HelpContents);
    // Where a text is typed, a question mark is a text: the input takes it first.
    connect(new QShortcut(QKeySequence(Qt::Key_Question), &window), &QShortcut::activated, this,
        &WindowMenus::openShortcuts);
}

void WindowMenus::fillPlaces(QMenu *places)
{
    int number = 0;
    bool global = false;
    for (const PageSpec &spec : m_window.pages().specs()) {
        if (spec.scope == PageScope::Global && !std::exchange(global, true)) {
            places->addSeparator();
        }
        QAction *action = places->addAction(
            spec.title, this, [this, place = spec.place] { m_window.go({.page = place}); });
        if (++number <= 9) {
            action->setShortcut(QKeySequence(u"Alt+%1"_s.arg(number)));
        }
    }
    places->addSeparator();
    QAction *search
        = places->addAction(tr("Search triggers"), m_window.panel(), &TriggersPanel::focusSearch);
    search->setShortcut(QKeySequence(u"Ctrl+Shift+F"_s));
}

void WindowMenus::openPalette()
{
    QList<Command> commands;
    for (const rpc::TriggerSummary &trigger : m_window.triggers().triggers()) {
        commands.append({.title = trigger.path,
            .detail = tr("trigger, %1").arg(trigger.url),
            .act = [window = &m_window, path = trigger.path] {
                window->go({.page = Place::Page::Live, .trigger = path});
            }});
    }
    const QList<QAction *> menus = m_window.menuBar()->actions();
    for (const QAction *menu : menus) {
        const QList<QAction *> entries
            = menu->menu() ? menu->menu()->actions() : QList<QAction *>();
        for (QAction *action : entries) {
            if (action->isSeparator() || !action->isEnabled() || action->text().isEmpty()) {
                continue;
            }
            commands.append({.title = plain(action->text()),
                .detail = plain(menu->text()),
                .shortcut = keysOf(action),
                .act = [action = QPointer<QAction>(action)] {
                    if (action) {
                        action->trigger();
                    }
                }});
        }
    }
    (new CommandPalette(commands, &m_window))->open();
}

void WindowMenus::openShortcuts()
{
    QList<ShortcutsDialog::Line> lines;
    const QList<QAction *> menus = m_window.menuBar()->actions();
    for (const QAction *menu : menus) {
        const QList<QAction *> entries
            = menu->menu() ? menu->menu()->actions() : QList<QAction *>();
        for (const QAction *action : entries) {
            if (const QString keys = keysOf(action); !keys.isEmpty()) {
                lines.append({u"%1: %2"_s.arg(plain(menu->text()), plain(action->text())), keys});
            }
        }
    }
    (new ShortcutsDialog(lines + ShortcutsDialog::others(), &m_window))->open();
}

} // namespace earshot::widgets
