// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QObject>

class QAction;
class QMenu;
class QWidget;

namespace earshot::widgets {

/// What can be done with the selected trigger, as actions of menus.
class TriggerActions final : public QObject
{
    Q_OBJECT
public:
    TriggerActions(rpc::ControlClient &client, QWidget *window);

    void fillFile(QMenu *menu);
    void fillTrigger(QMenu *menu);
    /// Null = nothing is selected.
    void setCurrent(const rpc::TriggerSummary *trigger, bool connected);
    void createTrigger();
    void setMode(TriggerMode mode);
    void setModeOf(const QString &path, TriggerMode mode);
    void confirmDelete();
    void testConnection();
    /// The document a new trigger starts with.
    [[nodiscard]] static QString templateDocument();
    [[nodiscard]] static QString describe(const rpc::TestReport &report);

signals:
    void created(const QString &path);
    void failed(const earshot::Error &error);

private:
    void create(const QString &path);
    void resumeWaiting();
    void confirmPanic();

    rpc::ControlClient &m_client;
    QWidget *m_window;
    QString m_path;
    QAction *m_create; ///< children, all of them
    QAction *m_enable;
    QAction *m_suspend;
    QAction *m_disable;
    QAction *m_resume;
    QAction *m_test;
    QAction *m_delete;
    QAction *m_panic;
};

} // namespace earshot::widgets
