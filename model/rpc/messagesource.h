// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/messagefilter.h"
#include "model/rpc/rows.h"

namespace earshot::rpc {

/// Which messages a subscription has not been told of yet.
struct MessageQuery
{
    qint64 after = 0; ///< only ids above
    QString trigger = {}; ///< empty = all
    MessageFilter filter = {};
    bool hitsOnly = false; ///< leave out what the filter does not match, uncounted
    qsizetype limit = 0;
};

struct MessageRows
{
    QList<MessageRow> rows = {}; ///< ascending
    qint64 leftOut = 0; ///< what the filter does not match goes first, then the oldest
    qint64 last = 0; ///< id of the newest message looked at
};

/// Remembers messages. Subscriptions read it when a batch is due, so that a message nobody is told
/// of costs them nothing.
class MessageSource
{
public:
    MessageSource() = default;
    virtual ~MessageSource() = default;
    Q_DISABLE_COPY_MOVE(MessageSource)

    [[nodiscard]] virtual qint64 newestMessage() const = 0;
    [[nodiscard]] virtual MessageRows messagesAfter(const MessageQuery &query) const = 0;
};

/// Which of `matching` (ids of hits, ascending) and `others` (likewise) a batch of `limit` rows
/// holds: hits before others, newer before older; ascending again.
[[nodiscard]] QList<qint64> chooseRows(
    const QList<qint64> &matching, const QList<qint64> &others, qsizetype limit);

} // namespace earshot::rpc
