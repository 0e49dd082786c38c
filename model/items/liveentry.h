// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/displaytext.h"
#include "model/rpc/rows.h"

namespace earshot::items {

/// A row of the live log in memory: a message or event of the service's ring, or a run of the
/// history standing for the message it was made of.
struct LiveEntry
{
    qint64 id = 0; ///< of the message; 0 = from the history
    qint64 atUs = 0;
    qint64 size = 0;
    RunId runId = 0;
    qint64 latencyUs = 0; ///< 0 = not known
    QString trigger = {};
    QByteArray preview = {}; ///< UTF-8, or hexadecimal of a binary message
    quint64 repeatKey = 0; ///< same for rows that repeat each other
    std::optional<RunStatus> run = {};
    rpc::Direction direction = rpc::Direction::In;
    rpc::PayloadKind kind = rpc::PayloadKind::Text;
    rpc::RowKind what = rpc::RowKind::Message;
    rpc::Verdict verdict = rpc::Verdict::None;
    bool hit = true; ///< of the filter, without what it says about runs

    [[nodiscard]] static LiveEntry of(const rpc::MessageRow &row);
    [[nodiscard]] static LiveEntry of(const rpc::RunRow &run);

    /// Names the row as long as it exists: the id, or the negative id of the run.
    [[nodiscard]] qint64 key() const noexcept { return id != 0 ? id : -runId; }
    [[nodiscard]] bool isHistory() const noexcept { return id == 0; }
    /// The preview holds the whole body.
    [[nodiscard]] bool isWhole() const noexcept;
    /// What the row says in one line.
    [[nodiscard]] QString summary() const;
    [[nodiscard]] QString type() const;
    [[nodiscard]] QString stateText() const;
    [[nodiscard]] Tone tone() const;
    /// Estimate of what it takes in memory.
    [[nodiscard]] qint64 cost() const noexcept
    {
        return static_cast<qint64>(sizeof(LiveEntry)) + preview.size() + 32;
    }
};

/// What a row is, in a word: `in`, `reply`, `heartbeat`, `connecting`, …
[[nodiscard]] QString rowKindText(rpc::RowKind kind);

} // namespace earshot::items
