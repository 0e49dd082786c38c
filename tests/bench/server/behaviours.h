// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "socket.h"

namespace earshot::bench {

/// What the beats of all `/beats` connections amount to.
struct BeatTotals
{
    std::uint64_t connections = 0;
    std::uint64_t beats = 0;
    /// Beats that came more than half an interval late.
    std::uint64_t late = 0;
    std::uint64_t longestGapNanoseconds = 0;
};

/// The numbering shared by all `/numbered` connections, so that it goes on when the client comes
/// back.
struct Numbering
{
    std::uint64_t next = 1;
    std::uint64_t highestReply = 0;
    std::uint64_t replies = 0;
};

[[nodiscard]] BeatTotals &beatTotals();
[[nodiscard]] Numbering &numbering();

/// The behaviour for a path, or null: `/stream`, `/big`, `/beats`, `/numbered`, described in the
/// README beside this file.
[[nodiscard]] std::unique_ptr<Behaviour> makeBehaviour(const Query &query);

} // namespace earshot::bench
