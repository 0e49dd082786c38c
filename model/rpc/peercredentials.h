// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <optional>

#include <sys/types.h>

namespace earshot::rpc {

/// The user at the other end of a connected local socket (Linux: SO_PEERCRED); nothing when it
/// cannot be told, which callers treat as a stranger.
[[nodiscard]] std::optional<uid_t> peerUserId(qintptr socketDescriptor);

} // namespace earshot::rpc
