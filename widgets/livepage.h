// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/items/livemessagemodel.h"
#include "model/rpc/controlclient.h"
#include "widgets/subscription.h"

#include <QWidget>

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
class LivePage final : public QWidget
{
    Q_OBJECT
public:
    LivePage(rpc::ControlClient &client, Clock &clock, QWidget *parent = nullptr);

    /// Empty = nothing is selected.
    void setTrigger(const QString &path);
    /// The sentence while no message has come.
    void setEmptySentence(const QString &sentence, const QString &action = {});
    void onReady();
    void onLost();
    void applyRuns(const QList<rpc::RunRow> &runs) { m_model.applyRuns(runs); }
    [[nodiscard]] items::LiveMessageModel &model() { return m_model; }
    [[nodiscard]] PayloadView *detail() const { return m_detail; }

signals:
    void runActivated(earshot::RunId id);
    void failed(const earshot::Error &error);
    /// The button beside the empty sentence.
    void emptyActionTriggered();

private:
    void subscribe();
    void showCurrent();
    void showHint();
    void send();

    rpc::ControlClient &m_client;
    items::LiveMessageModel m_model;
    Subscription<rpc::MessageSubscribe, rpc::MessageUnsubscribe> m_subscription;
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
