// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/result.h"

#include <QObject>
#include <QStringList>

namespace earshot::desktop {

/// Starts `earshot serve` detached where no service answers: it outlives the window. At most one
/// attempt in ten seconds, so that a service that cannot start is not started for ever at speed.
class ServiceStarter final : public QObject
{
    Q_OBJECT
public:
    static constexpr qint64 kBetweenMs = 10'000;

    /// `program`: empty = `earshot` beside this executable, else in PATH.
    ServiceStarter(QString program, QStringList arguments, Clock &clock, QObject *parent = nullptr);

    /// Called when there was no connection; starts a service when it is time to.
    void considerStart();
    /// Somebody asked for it: at once.
    void startNow();
    /// After an ordered stop by a person the window waits instead of starting it again.
    void setAllowed(bool allowed) { m_allowed = allowed; }

signals:
    void started();
    void failed(const earshot::Error &error);

private:
    [[nodiscard]] QString findProgram() const;

    QString m_program;
    QStringList m_arguments;
    Clock &m_clock;
    qint64 m_lastMs = -kBetweenMs;
    bool m_allowed = true;
};

} // namespace earshot::desktop
