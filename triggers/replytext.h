// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

/// What goes out on the socket for an initial message or a result. UTF-8, for a text message.
namespace earshot::triggers {

/// A `raw_message`: one that is a JSON string stands for its content, un-escaped; anything else is
/// sent as it is.
[[nodiscard]] QByteArray rawMessageText(const QByteArray &raw);

/// The result of an initial message's runnable: the content of a JSON string, else JSON text on one
/// line, `null` included.
[[nodiscard]] QByteArray resultText(QByteArrayView resultJson);

struct ReplyRule
{
    bool canReturnMessage = false;
    bool canReturnErrorResult = false; ///< means nothing without canReturnMessage
};

/// The reply for a finished run, or nothing if none is to be sent: replies are off, the run failed
/// and failures are not returned, or the result is `null` (or no text at all).
[[nodiscard]] std::optional<QByteArray> replyText(
    QByteArrayView resultJson, bool success, ReplyRule rule);

} // namespace earshot::triggers
