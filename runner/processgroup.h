// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QtGlobal>

#include <optional>

namespace earshot::runner {

/// A process group we made, told apart from a later one of the same number by its leader's start.
struct ProcessGroup
{
    qint64 pgid = 0;
    quint64 startTime = 0; ///< of the leader, in the kernel's ticks since boot
    friend bool operator==(const ProcessGroup &, const ProcessGroup &) = default;
};

/// Start of the process in ticks since boot; nothing when it does not exist.
[[nodiscard]] std::optional<quint64> processStartTime(qint64 pid);
/// Sends a signal to every process of the group. Refuses groups 0 and 1. False when there is none.
bool signalGroup(qint64 pgid, int signalNumber);
/// Kills the group if its leader is the one recorded. With `leaderMayBeGone`, also when no process
/// has the leader's number any more (the group then cannot be anybody else's for long).
bool killRecordedGroup(const ProcessGroup &group, bool leaderMayBeGone);
/// Resident bytes of every process group on the machine that belongs to this user.
[[nodiscard]] QHash<qint64, qint64> residentBytesByGroup();
/// Resident bytes of one process, 0 when it does not exist.
[[nodiscard]] qint64 residentBytes(qint64 pid);

} // namespace earshot::runner
