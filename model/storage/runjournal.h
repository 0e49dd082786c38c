// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/run.h"

#include <QByteArray>
#include <QObject>
#include <QString>

#include <optional>

namespace earshot::storage {

/// A run to be recorded. `id` comes from RunJournal::takeId(), ascending in call order.
struct NewRun
{
    RunId id = 0;
    qint64 triggerId = 0; ///< 0 for runs without a trigger
    RunStatus status = RunStatus::Queued; ///< Queued or Suspended; a final status with `outcome`
    RunPurpose purpose = RunPurpose::Message;
    /// The run goes to a process as soon as this record is durable: after a crash it counts as
    /// possibly executed (interrupted), not as waiting.
    bool dispatched = false;
    bool binary = false;
    QString runnablePath; ///< empty = the trigger's runnable
    QByteArray message;
    QByteArray args;
    QString eventUrl;
    qint64 receivedAtUs = 0;
};

struct FinishedRun
{
    RunId id = 0;
    RunOutcome outcome;
    int attempts = 1;
    std::optional<QByteArray> reply;
    QString replyError;
};

/// What a crash must not lose. Every call returns a ticket; committed(t) says that the calls up to
/// ticket t are durable. Commits are self-clocking: at once when idle, else everything that came
/// during the running commit. Event-loop thread only; order of calls is kept.
class RunJournal : public QObject
{
    Q_OBJECT
public:
    using Ticket = quint64;
    using QObject::QObject;

    [[nodiscard]] virtual RunId takeId() = 0;
    virtual Ticket append(NewRun run) = 0;
    /// The run (appended as queued) is about to go to a process.
    virtual Ticket markDispatched(qint64 triggerId, RunId id) = 0;
    /// Dispatched runs that provably did not start are waiting again.
    virtual Ticket markQueued(qint64 triggerId, RunId id) = 0;
    virtual Ticket finish(FinishedRun run) = 0;
    /// A run that is recorded only once it ended (`durable: false`).
    virtual Ticket appendFinished(NewRun run, FinishedRun finished) = 0;
    /// Calls not yet durable; the caller stops accepting messages when it grows without end.
    [[nodiscard]] virtual qsizetype pendingCount() const = 0;

signals:
    void committed(quint64 throughTicket);
    /// Writing fails (disk full, read-only): nothing is lost, the journal retries by itself;
    /// nothing new should be accepted until resumed().
    void stalled(const earshot::Error &error);
    void resumed();
};

} // namespace earshot::storage
