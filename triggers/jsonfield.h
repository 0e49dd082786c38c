// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <optional>

namespace earshot::triggers {

class MessageView;

/// Captures one top-level field of the messages that have it, as a heartbeat's `state_field` does.
/// A value; thread-safe.
class JsonFieldCapture
{
public:
    explicit JsonFieldCapture(const QString &fieldName);

    /// The field's JSON text on one line without spaces, with numbers and escapes normalised
    /// (`1.00` becomes `1.0`), or nothing when the message leaves the state as it is: it is not
    /// JSON, not an object or has no such field. Unlike a filter this needs the whole message to
    /// be readable JSON with nothing behind it, and of a repeated field the last one counts.
    /// Scans the view, so that a filter asked later need not.
    [[nodiscard]] std::optional<QByteArray> capture(MessageView &view) const;
    [[nodiscard]] std::optional<QByteArray> capture(QByteArrayView utf8Message) const;

private:
    QByteArray m_fieldName;
};

} // namespace earshot::triggers
