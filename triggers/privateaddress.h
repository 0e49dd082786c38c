// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHostAddress>

namespace earshot::triggers {

/// Whether `block_private` refuses an address: loopback, private, link-local, shared (CGNAT),
/// unspecified, broadcast, multicast, documentation, benchmarking and reserved ranges; also in IPv6
/// forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4).
[[nodiscard]] bool isPrivateAddress(const QHostAddress &address);

} // namespace earshot::triggers
