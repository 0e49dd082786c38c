// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/inmemoryjournal.h"

#include <QMetaObject>

namespace earshot::storage {

RunJournal::Ticket InMemoryJournal::next()
{
    ++m_ticket;
    if (!m_isScheduled) {
        m_isScheduled = true;
        QMetaObject::invokeMethod(
            this,
            [this] {
                m_isScheduled = false;
                m_committed = m_ticket;
                emit committed(m_committed);
            },
            Qt::QueuedConnection);
    }
    return m_ticket;
}

RunJournal::Ticket InMemoryJournal::append(NewRun /*run*/)
{
    return next();
}

RunJournal::Ticket InMemoryJournal::markDispatched(qint64 /*triggerId*/, RunId /*id*/)
{
    return next();
}

RunJournal::Ticket InMemoryJournal::markQueued(qint64 /*triggerId*/, RunId /*id*/)
{
    return next();
}

RunJournal::Ticket InMemoryJournal::finish(FinishedRun /*run*/)
{
    return next();
}

RunJournal::Ticket InMemoryJournal::appendFinished(NewRun /*run*/, FinishedRun /*finished*/)
{
    return next();
}

} // namespace earshot::storage
