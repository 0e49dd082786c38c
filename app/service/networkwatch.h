// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"

#include <QObject>

#include <memory>

class QSocketNotifier;

namespace earshot::service {

/// Notices what makes sockets lie: a suspended machine (the wall clock jumped) and a network that
/// came up. The part that hears of networks is in networkwatch_linux.cpp.
class NetworkWatch final : public QObject
{
    Q_OBJECT
public:
    static constexpr qint64 kCheckMs = 5000;
    static constexpr qint64 kJumpMs = 10'000;

    explicit NetworkWatch(Clock &clock, QObject *parent = nullptr);
    ~NetworkWatch() override;
    Q_DISABLE_COPY_MOVE(NetworkWatch)

    void start();

signals:
    void checkNeeded(const QString &reason);

private:
    void checkClock();
    void listenToKernel();
    void onKernelNews();

    Clock &m_clock;
    std::unique_ptr<TimerHandle> m_timer;
    QSocketNotifier *m_notifier = nullptr; ///< child
    qint64 m_offsetMs = 0; ///< wall minus monotonic at the last check
    int m_socket = -1;
};

} // namespace earshot::service
