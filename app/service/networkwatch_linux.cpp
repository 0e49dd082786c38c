// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/networkwatch.h"

#include <QSocketNotifier>

#include <array>
#include <cstring>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::service {

NetworkWatch::~NetworkWatch()
{
    if (m_socket >= 0) {
        ::close(m_socket);
    }
}

void NetworkWatch::listenToKernel()
{
    m_socket = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (m_socket < 0) {
        return; // a container may forbid it; the clock is still watched
    }
    sockaddr_nl address = {};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (::bind(m_socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
        ::close(m_socket);
        m_socket = -1;
        return;
    }
    m_notifier = new QSocketNotifier(m_socket, QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, &NetworkWatch::onKernelNews);
}

void NetworkWatch::onKernelNews()
{
    alignas(nlmsghdr) std::array<char, 16 * 1024> buffer{};
    bool cameUp = false;
    while (true) {
        const ssize_t size = ::recv(m_socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size <= 0) {
            break;
        }
        const auto *header = reinterpret_cast<const nlmsghdr *>(buffer.data());
        for (auto left = static_cast<unsigned>(size); NLMSG_OK(header, left);) {
            cameUp = cameUp || header->nlmsg_type == RTM_NEWADDR;
            const unsigned aligned = NLMSG_ALIGN(header->nlmsg_len);
            if (aligned >= left) {
                break;
            }
            left -= aligned;
            header = reinterpret_cast<const nlmsghdr *>(
                reinterpret_cast<const char *>(header) + aligned);
        }
    }
    if (cameUp) {
        emit checkNeeded(u"a network came up"_s);
    }
}

} // namespace earshot::service
