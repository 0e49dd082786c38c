// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "triggers/jsonfield.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace earshot::triggers {

/// A heartbeat's message and the field its `{{state}}` comes from. A value. The state itself
/// belongs to one connection, so the session keeps it and forgets it when it reconnects.
class HeartbeatTemplate
{
public:
    /// Without a state field the message is sent as it is written.
    HeartbeatTemplate(const QString &message, const std::optional<QString> &stateField);

    /// Set when there is a state field: to be shown every incoming text message.
    [[nodiscard]] const std::optional<JsonFieldCapture> &stateCapture() const noexcept
    {
        return m_capture;
    }

    /// The text to send. `state` is what stateCapture() last returned; nothing = not captured yet.
    [[nodiscard]] QByteArray render(const std::optional<QByteArray> &state) const;

private:
    std::optional<JsonFieldCapture> m_capture;
    QList<QByteArray> m_pieces; ///< the text around each `{{state}}`
};

} // namespace earshot::triggers
