// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/privateaddress.h"

#include <QtEndian>

#include <algorithm>
#include <array>

namespace earshot::triggers {

namespace {

struct Range4
{
    quint32 network;
    int prefix;
};

constexpr std::array kPrivate4{
    Range4{0x00000000, 8}, // "this network"
    Range4{0x0A000000, 8}, // private
    Range4{0x64400000, 10}, // shared (CGNAT)
    Range4{0x7F000000, 8}, // loopback
    Range4{0xA9FE0000, 16}, // link-local, cloud metadata
    Range4{0xAC100000, 12}, // private
    Range4{0xC0000000, 24}, // protocol assignments
    Range4{0xC0000200, 24}, // documentation
    Range4{0xC0A80000, 16}, // private
    Range4{0xC6120000, 15}, // benchmarking
    Range4{0xC6336400, 24}, // documentation
    Range4{0xCB007100, 24}, // documentation
    Range4{0xE0000000, 3}, // multicast, reserved, broadcast
};

bool isPrivate4(quint32 address)
{
    return std::any_of(kPrivate4.begin(), kPrivate4.end(), [address](const Range4 &range) {
        return (address ^ range.network) >> (32 - range.prefix) == 0;
    });
}

} // namespace

bool isPrivateAddress(const QHostAddress &address)
{
    if (address.protocol() == QAbstractSocket::IPv4Protocol) {
        return isPrivate4(address.toIPv4Address());
    }
    if (address.protocol() != QAbstractSocket::IPv6Protocol) {
        return true; // no address at all
    }
    const Q_IPV6ADDR raw = address.toIPv6Address();
    const auto leading = [&raw](int count, int from = 0) {
        return std::all_of(
            raw.c + from, raw.c + from + count, [](quint8 byte) { return byte == 0; });
    };
    const auto embedded = [&raw](int at) { return qFromBigEndian<quint32>(raw.c + at); };
    if (leading(10) && ((raw[10] == 0xFF && raw[11] == 0xFF) || (raw[10] == 0 && raw[11] == 0))) {
        // ::ffff:a.b.c.d, ::a.b.c.d, :: and ::1 (the last two read as 0.0.0.0/8)
        return isPrivate4(embedded(12));
    }
    if (raw[0] == 0x00 && raw[1] == 0x64 && raw[2] == 0xFF && raw[3] == 0x9B) {
        return !leading(8, 4) || isPrivate4(embedded(12)); // NAT64; its local-use half is private
    }
    if (raw[0] == 0x20 && raw[1] == 0x02) {
        return isPrivate4(embedded(2)); // 6to4
    }
    const bool uniqueLocal = (raw[0] & 0xFE) == 0xFC;
    const bool linkOrSiteLocal = raw[0] == 0xFE && (raw[1] & 0x80) != 0;
    const bool multicast = raw[0] == 0xFF;
    const bool documentation
        = (raw[0] == 0x20 && raw[1] == 0x01 && raw[2] == 0x0D && raw[3] == 0xB8)
        || (raw[0] == 0x3F && raw[1] == 0xFF && (raw[2] & 0xF0) == 0);
    const bool discard = raw[0] == 0x01 && leading(7, 1);
    return uniqueLocal || linkOrSiteLocal || multicast || documentation || discard;
}

} // namespace earshot::triggers
