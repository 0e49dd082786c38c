// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/displaytext.h"
#include "model/items/triggerlistmodel.h"
#include "widgets/page.h"
#include "widgets/subscription.h"

#include <QMainWindow>
#include <QTimer>

class QListWidget;
class QMenu;
class QLabel;
class QStackedWidget;
class QTabBar;

namespace earshot::widgets {

class Closing;
class EmptyState;
class NoticeBar;
class PageSet;
class TriggerActions;
class TriggerHeader;
class TriggersPanel;

/// The window: triggers and global places on the left, what is selected there on the right.
/// Everything it shows and does goes over the control API.
class MainWindow final : public QMainWindow
{
    Q_OBJECT
public:
    MainWindow(rpc::ControlClient &client, Clock &clock, DraftStore &drafts);
    ~MainWindow() override;
    Q_DISABLE_COPY_MOVE(MainWindow)

    /// With a tray, closing may hide the window instead of ending the application.
    void setTrayAvailable(bool available);
    /// Asks what has to be asked, then emits quit().
    void requestQuit();
    void newTrigger();
    /// As soon as the service answers.
    void newTriggerWhenReady();
    void raiseWindow();
    void toggleWindow();
    /// What is known about the service while it is not connected.
    void setServiceText(const QString &text);
    /// Opens a page, a trigger, a run: whatever `place` names. A trigger that is not listed yet is
    /// waited for.
    void go(const Place &place);
    [[nodiscard]] bool selectTrigger(const QString &path);
    [[nodiscard]] QString selectedTrigger() const { return m_selected; }
    [[nodiscard]] Place::Page currentPlace() const { return m_place; }

    [[nodiscard]] items::TriggerListModel &triggers() { return m_model; }
    [[nodiscard]] PageSet &pages() { return *m_pages; }
    /// Made if need be; null where the window has no such page.
    template <typename P>
    [[nodiscard]] P *page(Place::Page place)
    {
        return qobject_cast<P *>(pageAt(place));
    }
    [[nodiscard]] TriggersPanel *panel() const { return m_panel; }
    [[nodiscard]] TriggerHeader *header() const { return m_header; }
    [[nodiscard]] NoticeBar *noticeBar() const { return m_notice; }
    [[nodiscard]] QTabBar *tabs() const { return m_tabs; }
    [[nodiscard]] QString serviceText() const;

signals:
    /// The worst of all triggers, for the tray.
    void stateChanged(earshot::items::Tone worst, const QString &text);
    /// A person ended the application.
    void quit();
    /// A person asks for a service where none is.
    void startRequested();

protected:
    void changeEvent(QEvent *event) override;
    void closeEvent(QCloseEvent *event) override;

private:
    void buildLeft(QWidget *left);
    void buildRight(QWidget *right);
    void connectParts();
    [[nodiscard]] Page *pageAt(Place::Page place);
    void onReady(const rpc::ServiceInfo &info);
    void onLost(const Error &error);
    void listTriggers(const QString &after, QList<rpc::TriggerSummary> found);
    void onTriggersChanged();
    void setSelected(const QString &path);
    void showPage(Place::Page place);
    void updateRight();
    void updateHeader();
    void emitState();
    void showError(const Error &error);
    void showTitles();
    void checkVersion(const rpc::ServiceInfo &info);
    void restartWhenIdle();

    rpc::ControlClient &m_client;
    Clock &m_clock;
    items::TriggerListModel m_model;
    Subscription<rpc::TriggerSubscribe, rpc::TriggerUnsubscribe> m_subscription;
    PageSet *m_pages; ///< children, all of them
    TriggerActions *m_actions;
    QMenu *m_triggerMenu;
    TriggersPanel *m_panel;
    QListWidget *m_navigation;
    TriggerHeader *m_header;
    QTabBar *m_tabs;
    QStackedWidget *m_tabPages;
    QStackedWidget *m_right;
    QWidget *m_triggerView;
    EmptyState *m_nothing;
    EmptyState *m_offline;
    NoticeBar *m_notice;
    QLabel *m_service;
    Closing *m_closing;
    QTimer m_tick;
    QString m_selected;
    QString m_vanished; ///< was selected and is gone; a rename may tell where to
    Place m_pending; ///< waits for its trigger to be listed
    Place::Page m_place = Place::Page::Live;
    quint64 m_connection = 0; ///< grows with each, for late answers
    bool m_wasReady = false;
    bool m_stopping = false;
    bool m_restartWanted = false; ///< by a person, when runs are done
    bool m_restarting = false;
    bool m_newWhenReady = false;
};

} // namespace earshot::widgets
