// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/items/displaytext.h"
#include "model/items/triggerlistmodel.h"
#include "model/rpc/controlclient.h"
#include "widgets/draftstore.h"
#include "widgets/subscription.h"

#include <QMainWindow>
#include <QTimer>

class QLabel;
class QListView;
class QStackedWidget;
class QTabWidget;

namespace earshot::widgets {

class DocumentPage;
class ElidedLabel;
class EmptyState;
class LivePage;
class RunsPage;
class TriggerActions;

/// The window: triggers on the left, what the selected one does on the right. Everything it shows
/// and does goes over the control API.
class MainWindow final : public QMainWindow
{
    Q_OBJECT
public:
    MainWindow(rpc::ControlClient &client, Clock &clock, DraftStore &drafts);
    ~MainWindow() override;
    Q_DISABLE_COPY_MOVE(MainWindow)

    /// With a tray, closing hides the window instead of ending the application.
    void setHidesOnClose(bool hides) { m_hidesOnClose = hides; }
    void raiseWindow();
    void toggleWindow();
    /// What is known about the service while it is not connected.
    void setServiceText(const QString &text);
    [[nodiscard]] bool selectTrigger(const QString &path);
    [[nodiscard]] QString selectedTrigger() const { return m_selected; }

    [[nodiscard]] items::TriggerListModel &triggers() { return m_model; }
    [[nodiscard]] LivePage *livePage() const { return m_live; }
    [[nodiscard]] RunsPage *runsPage() const { return m_runs; }
    [[nodiscard]] DocumentPage *documentPage() const { return m_document; }
    [[nodiscard]] QTabWidget *tabs() const { return m_tabs; }
    [[nodiscard]] QString serviceText() const;

signals:
    /// The worst of all triggers, for the tray.
    void stateChanged(earshot::items::Tone worst, const QString &text);
    void closedByUser();
    /// A person asks for a service where none is.
    void startRequested();

protected:
    void changeEvent(QEvent *event) override;
    void closeEvent(QCloseEvent *event) override;

private:
    void build();
    void onReady(const rpc::ServiceInfo &info);
    void onLost(const Error &error);
    void listTriggers(const QString &after, QList<rpc::TriggerSummary> found);
    void onSelected();
    void onTriggersChanged();
    void showError(const Error &error);
    void updateHeader();

    rpc::ControlClient &m_client;
    Clock &m_clock;
    DraftStore &m_drafts;
    items::TriggerListModel m_model;
    Subscription<rpc::TriggerSubscribe, rpc::TriggerUnsubscribe> m_subscription;
    TriggerActions *m_actions; ///< children, all of them
    QListView *m_list;
    QStackedWidget *m_left;
    QStackedWidget *m_right;
    EmptyState *m_offline;
    QTabWidget *m_tabs;
    LivePage *m_live;
    RunsPage *m_runs;
    DocumentPage *m_document;
    ElidedLabel *m_title;
    QLabel *m_state;
    ElidedLabel *m_subtitle;
    QLabel *m_service;
    QTimer m_tick;
    QString m_selected;
    QString m_selectWhenListed;
    quint64 m_connection = 0; ///< grows with each, for late answers
    bool m_wasReady = false;
    bool m_stopping = false;
    bool m_hidesOnClose = false;
};

} // namespace earshot::widgets
