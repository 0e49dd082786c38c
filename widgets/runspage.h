// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/items/runlistmodel.h"
#include "model/rpc/controlclient.h"
#include "widgets/subscription.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QStackedWidget;
class QTabWidget;
class QTableView;

namespace earshot::widgets {

class EmptyState;
class PayloadView;

/// The runs of one trigger with what the selected one got, gave and wrote.
class RunsPage final : public QWidget
{
    Q_OBJECT
public:
    RunsPage(rpc::ControlClient &client, Clock &clock, QWidget *parent = nullptr);

    void setTrigger(const QString &path);
    void onReady();
    void onLost();
    /// Shows a run, also one that is not on the pages read so far.
    void showRun(RunId id);
    [[nodiscard]] items::RunListModel &model() { return m_model; }
    /// The newest runs that were read, for whoever shows their messages.
    [[nodiscard]] QList<rpc::RunRow> newestRuns() const;
    [[nodiscard]] QTableView *table() const { return m_table; }
    [[nodiscard]] PayloadView *resultView() const { return m_result; }
    [[nodiscard]] PayloadView *logsView() const { return m_logs; }

signals:
    void runsChanged(const QList<earshot::rpc::RunRow> &runs);
    void failed(const earshot::Error &error);

private:
    void subscribe();
    void showDetail(const rpc::RunDetail &detail);
    void act(bool rerun);

    rpc::ControlClient &m_client;
    Clock &m_clock;
    items::ControlRunSource m_source;
    items::RunListModel m_model;
    Subscription<rpc::RunSubscribe, rpc::RunUnsubscribe> m_subscription;
    QString m_trigger;
    RunId m_shown = 0;
    RunStatus m_shownStatus = RunStatus::Queued;
    QStackedWidget *m_stack; ///< children, all of them
    QTableView *m_table;
    QTabWidget *m_tabs;
    PayloadView *m_message;
    PayloadView *m_result;
    PayloadView *m_logs;
    QLabel *m_facts;
    QPushButton *m_rerun;
    QPushButton *m_cancel;
};

} // namespace earshot::widgets
