// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"
#include "widgets/subscription.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QListWidget;
class QPlainTextEdit;
class QPushButton;

namespace earshot::widgets {

/// One message at a time, replies that wait for a look, a debugger.
class DebugPanel final : public QWidget
{
    Q_OBJECT
public:
    explicit DebugPanel(rpc::ControlClient &client, QWidget *parent = nullptr);

    void setTrigger(const QString &path);
    void setSummary(const rpc::TriggerSummary &summary);
    void setReady(bool ready);
    /// The oldest waiting message of the suspended trigger.
    void step();

signals:
    void failed(const earshot::Error &error);
    void said(const QString &text);
    void runActivated(RunId id);

private:
    QWidget *buildStep();
    QWidget *buildReplies();
    QWidget *buildAttach();
    void refresh();
    void listReplies();
    void showState(const rpc::DebugState &state);
    void showReplies(const QList<rpc::PendingReply> &replies);
    void setMode(TriggerMode mode);
    void sendReply();
    void dropReply();
    void toggleAttach();
    void showLastRun(const rpc::RunRow &run);
    void updateButtons();
    [[nodiscard]] const rpc::PendingReply *currentReply() const;

    rpc::ControlClient &m_client;
    Subscription<rpc::RunSubscribe, rpc::RunUnsubscribe> m_runs;
    QLabel *m_waiting; ///< children, all of them
    QPushButton *m_suspend;
    QPushButton *m_step;
    QPushButton *m_lastRun;
    QCheckBox *m_dry;
    QLabel *m_dryHint;
    QListWidget *m_replies;
    QPlainTextEdit *m_reply;
    QPushButton *m_send;
    QPushButton *m_drop;
    QPushButton *m_attach;
    QLabel *m_address;
    QPushButton *m_copyAddress;
    QPlainTextEdit *m_launch;
    QPushButton *m_copyLaunch;
    QString m_trigger;
    rpc::TriggerSummary m_summary;
    rpc::DebugState m_state;
    QList<rpc::PendingReply> m_pending;
    QHash<qint64, QString> m_edited; ///< what was typed, by reply
    RunId m_lastRunId = 0;
    quint64 m_generation = 0;
    bool m_ready = false;
    bool m_stepping = false;
    bool m_attaching = false;
    bool m_refreshing = false;
};

} // namespace earshot::widgets
