// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/networkwatch.h"

#include <cstdlib>

using namespace Qt::StringLiterals;

namespace earshot::service {

NetworkWatch::NetworkWatch(Clock &clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
{ }

void NetworkWatch::start()
{
    m_offsetMs = m_clock.wallMicros() / 1000 - m_clock.monotonicMs();
    m_timer = m_clock.after(kCheckMs, [this] { checkClock(); });
    listenToKernel();
}

void NetworkWatch::checkClock()
{
    // The monotonic clock stands still in suspend, the wall clock does not.
    const qint64 offset = m_clock.wallMicros() / 1000 - m_clock.monotonicMs();
    const qint64 jump = offset - m_offsetMs;
    m_offsetMs = offset;
    if (std::llabs(jump) > kJumpMs) {
        emit checkNeeded(u"the clock jumped by %1 s"_s.arg(jump / 1000));
    }
    m_timer = m_clock.after(kCheckMs, [this] { checkClock(); });
}

} // namespace earshot::service
