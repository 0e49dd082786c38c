// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"
#include "triggers/triggersession.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace earshot::service {

/// A run at one moment, as told to whoever watches. References live only during the call.
struct RunNotice
{
    RunId id = 0;
    RunStatus status = RunStatus::Queued;
    RunPurpose purpose = RunPurpose::Message;
    const QString &triggerPath;
    const QString &runnablePath;
    const QByteArray &message;
    bool binary = false;
    qint64 receivedAtUs = 0;
    int attempts = 1;
    /// Final statuses only.
    const RunOutcome *outcome = nullptr;
    const std::optional<QByteArray> *reply = nullptr;
    const QString *replyError = nullptr;
};

struct MessageNotice
{
    const QString &triggerPath;
    const QByteArray &message;
    qint64 atUs = 0;
    bool binary = false;
    bool incoming = true;
    triggers::MessageFate fate = triggers::MessageFate::Filtered; ///< incoming only
    RunId run = 0; ///< made of it, or that sent it; 0 = none
    triggers::OutgoingKind kind = triggers::OutgoingKind::Reply; ///< outgoing only
};

/// A step of a session's life, as a row of the live log.
enum class SessionEvent {
    ResolvingUrl,
    Connecting,
    Open,
    Starting,
    Ready,
    Pong,
    Closed,
    Waiting,
    Stopped,
};

/// What happens in the service, for the live views, the API and the terminal. Calls come on the
/// event-loop thread and must be quick; the wants…() questions keep the hot path free of work that
/// nobody looks at.
class ServiceEvents
{
public:
    ServiceEvents() = default;
    virtual ~ServiceEvents() = default;
    Q_DISABLE_COPY_MOVE(ServiceEvents)

    /// Asked once for each session.
    [[nodiscard]] virtual bool wantsMessages(const QString &triggerPath) const = 0;
    /// Whether queued and running are told too; final statuses always are.
    [[nodiscard]] virtual bool wantsRunProgress() const = 0;
    virtual void messageSeen(const MessageNotice &notice) = 0;
    virtual void runChanged(const RunNotice &notice) = 0;
    virtual void triggerChanged(const QString &triggerPath) = 0;
    virtual void connectionReady(const QString &triggerPath, const triggers::SessionStatus &status)
        = 0;
    virtual void connectionClosed(const QString &triggerPath, const triggers::CloseInfo &info) = 0;
    /// `text` holds no secret; its first line says it all, further ones add details.
    virtual void sessionEvent(const QString &triggerPath, SessionEvent event, const QString &text)
    {
        Q_UNUSED(triggerPath)
        Q_UNUSED(event)
        Q_UNUSED(text)
    }
    /// Something a person should hear of: drops, a disabled trigger, an unsendable reply.
    virtual void alert(const QString &triggerPath, const QString &text) = 0;
};

} // namespace earshot::service
