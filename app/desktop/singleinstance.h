// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QLocalServer>
#include <QLockFile>
#include <QObject>

#include <memory>

namespace earshot::desktop {

/// One window per service socket: the second start raises the first and ends.
class SingleInstance final : public QObject
{
    Q_OBJECT
public:
    enum class Role { First, Second };

    explicit SingleInstance(QString socketPath, QObject *parent = nullptr);

    /// What a second start asks of the first.
    enum class Request { Raise, NewTrigger };

    /// Second: the first was told and has acknowledged. Waits up to two seconds, before the event
    /// loop runs.
    [[nodiscard]] Result<Role> claim(Request request = Request::Raise);

signals:
    void raiseRequested();
    void newTriggerRequested();

private:
    void onNewConnection();

    QString m_path;
    std::unique_ptr<QLockFile> m_lock;
    QLocalServer m_server;
};

} // namespace earshot::desktop
