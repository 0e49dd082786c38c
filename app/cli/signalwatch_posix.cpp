// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/signalwatch_posix.h"

#include <QSocketNotifier>

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace earshot::cli {

namespace {

std::array<int, 2> s_pair{-1, -1};

extern "C" void forwardSignal(int)
{
    const int saved = errno;
    const char byte = 1;
    // Only async-signal-safe calls; a full buffer means the loop has been told already.
    [[maybe_unused]] const ssize_t written = ::write(s_pair[0], &byte, 1);
    errno = saved;
}

} // namespace

SignalWatch::SignalWatch(QObject *parent)
    : QObject(parent)
{
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s_pair.data()) != 0) {
        return;
    }
    m_notifier = new QSocketNotifier(s_pair[1], QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, &SignalWatch::onReadable);
    struct sigaction action = {};
    action.sa_handler = forwardSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

SignalWatch::~SignalWatch()
{
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    for (int &end : s_pair) {
        if (end >= 0) {
            ::close(end);
            end = -1;
        }
    }
}

void SignalWatch::onReadable()
{
    std::array<char, 16> bytes{};
    const ssize_t count = ::read(s_pair[1], bytes.data(), bytes.size());
    for (ssize_t i = 0; i < count; ++i) {
        emit stopRequested(++m_count);
    }
}

} // namespace earshot::cli
