// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/peercredentials.h"

#include <sys/socket.h>

namespace earshot::rpc {

std::optional<uid_t> peerUserId(qintptr socketDescriptor)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(
            static_cast<int>(socketDescriptor), SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        != 0) {
        return std::nullopt;
    }
    return credentials.uid;
}

} // namespace earshot::rpc
