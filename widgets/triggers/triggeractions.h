// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QObject>

#include <functional>

class QAction;
class QMenu;
class QWidget;

namespace earshot::widgets {

/// What can be done with triggers, as actions of menus; most with the selected one.
class TriggerActions final : public QObject
{
    Q_OBJECT
public:
    TriggerActions(rpc::ControlClient &client, QWidget *window);

    void fillFile(QMenu *menu);
    void fillTrigger(QMenu *menu);
    /// Null = nothing is selected.
    void setCurrent(const rpc::TriggerSummary *trigger, bool connected);
    void setMode(TriggerMode mode);
    void setModeOf(const QString &path, TriggerMode mode);
    void testConnection();
    void rename();
    void duplicate();
    /// At once: removed() carries what brings it back.
    void remove();
    /// Puts a removed trigger where it was.
    void restore(const QString &path, const QString &document);
    /// Triggers, or folders whose paths end in a slash.
    void move(const QStringList &paths, const QString &folder, const QStringList &known);
    void importFile();
    void importText(const QString &fileName, const QString &text);
    void exportFile();
    void copyListenLine();
    [[nodiscard]] static QString describe(const rpc::TestReport &report);

signals:
    void createRequested();
    /// The trigger is there, or will be listed in a moment.
    void created(const QString &path);
    void renamed(const QString &from, const QString &to);
    void removed(const QString &path, const QString &document);
    void said(const QString &text);
    void failed(const earshot::Error &error);

private:
    using WithDocument = std::function<void(const rpc::TriggerDocument &document)>;

    void resumeWaiting();
    void confirmPanic();
    void withDocument(WithDocument then);
    void copyLineOf(const QString &document, const QString &file);

    rpc::ControlClient &m_client;
    QWidget *m_window;
    QString m_path;
    QAction *m_create; ///< children, all of them
    QAction *m_import;
    QAction *m_enable;
    QAction *m_suspend;
    QAction *m_disable;
    QAction *m_resume;
    QAction *m_test;
    QAction *m_rename;
    QAction *m_duplicate;
    QAction *m_export;
    QAction *m_copyLine;
    QAction *m_delete;
    QAction *m_panic;
};

} // namespace earshot::widgets
