// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/runlistmodel.h"
#include "widgets/page.h"
#include "widgets/subscription.h"

class QLabel;
class QPushButton;
class QStackedWidget;
class QTabWidget;
class QTableView;

namespace earshot::widgets {

class EmptyState;
class PayloadView;

/// The runs of one trigger with what the selected one got, gave and wrote.
class RunsPage final : public Page
{
    Q_OBJECT
public:
    explicit RunsPage(const PageContext &context, QWidget *parent = nullptr);

    void setTrigger(const QString &path) override;
    void onReady() override;
    void onLost() override;
    void showPlace(const Place &place) override;
    /// Shows a run, also one that is not on the pages read so far.
    void showRun(RunId id);
    [[nodiscard]] items::RunListModel &model() { return m_model; }
    [[nodiscard]] QTableView *table() const { return m_table; }
    [[nodiscard]] PayloadView *resultView() const { return m_result; }
    [[nodiscard]] PayloadView *logsView() const { return m_logs; }

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
