// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QHash>
#include <QObject>

namespace earshot::widgets {

/// Makes what a new trigger needs, one after the other: secrets, scripts, the trigger. What is
/// there already in the very same words counts as made, so that it can be tried again after a
/// refusal.
class Creation final : public QObject
{
    Q_OBJECT
public:
    struct Plan
    {
        struct Script
        {
            QString path = {};
            QString ending = {};
            QString text = {};
        };
        QHash<QString, QString> secrets = {};
        QList<Script> scripts = {};
        bool keepExisting = false; ///< a script that is there already is used as it is
        QString path = {};
        QString document = {};
    };
    enum class Step { Secret, Script, Trigger };

    Creation(rpc::ControlClient &client, Plan plan, QObject *parent);

    void start();

signals:
    void done(const QString &path);
    void refused(earshot::widgets::Creation::Step step, const earshot::Error &error);

private:
    void nextSecret();
    void nextScript();
    void compare(const Plan::Script &script);
    [[nodiscard]] static bool isTaken(const Error &error);
    void saveTrigger();

    rpc::ControlClient &m_client;
    Plan m_plan;
    QStringList m_secretPaths;
    qsizetype m_script = 0;
};

} // namespace earshot::widgets
