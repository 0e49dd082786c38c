// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/livemessagemodel.h"
#include "widgets/page.h"
#include "widgets/subscription.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace earshot::widgets {

class EmptyState;
class MessageTable;
class PayloadView;

/// The messages of one trigger as they come, with the whole body of the selected one.
class LivePage final : public Page
{
    Q_OBJECT
public:
    explicit LivePage(const PageContext &context, QWidget *parent = nullptr);

    void setTrigger(const QString &path) override;
    void onSummary(const rpc::TriggerSummary &summary) override;
    void onReady() override;
    void onLost() override;
    [[nodiscard]] items::LiveMessageModel &model() { return m_model; }
    [[nodiscard]] PayloadView *detail() const { return m_detail; }

private:
    void subscribe();
    void showCurrent();
    void showHint();
    void send();

    void readRuns();
    void enable();

    rpc::ControlClient &m_client;
    Clock &m_clock;
    items::LiveMessageModel m_model;
    Subscription<rpc::MessageSubscribe, rpc::MessageUnsubscribe> m_subscription;
    Subscription<rpc::RunSubscribe, rpc::RunUnsubscribe> m_runs;
    QString m_trigger;
    qint64 m_leftOut = 0;
    quint64 m_shownGeneration = 0;
    QStackedWidget *m_stack; ///< children, all of them
    MessageTable *m_table;
    EmptyState *m_empty;
    PayloadView *m_detail;
    QToolButton *m_pause;
    QToolButton *m_follow;
    QLabel *m_hint;
    QLineEdit *m_input;
    QPushButton *m_send;
};

} // namespace earshot::widgets
