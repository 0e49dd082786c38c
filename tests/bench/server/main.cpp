// SPDX-License-Identifier: GPL-3.0-or-later
// A WebSocket server for measuring clients: one thread, epoll, no dependencies on the path of a
// message. README.md beside this file lists its paths, its commands on stdin and its output.
#include "behaviours.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <unordered_map>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace earshot::bench;

class Server
{
public:
    /// False when the port cannot be had.
    bool listen(std::uint16_t port)
    {
        m_epoll = epoll_create1(EPOLL_CLOEXEC);
        m_listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int on = 1;
        setsockopt(m_listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto *generic = reinterpret_cast<sockaddr *>(&address);
        socklen_t size = sizeof address;
        if (bind(m_listener, generic, size) != 0 || ::listen(m_listener, 4096) != 0
            || getsockname(m_listener, generic, &size) != 0)
            return false;
        watch(m_listener, EPOLL_CTL_ADD, EPOLLIN);
        watch(STDIN_FILENO, EPOLL_CTL_ADD, EPOLLIN);
        std::printf(
            "{\"event\":\"listening\",\"url\":\"ws://127.0.0.1:%d\"}\n", ntohs(address.sin_port));
        std::fflush(stdout);
        return true;
    }

    /// Until stdin ends or says `stop`.
    void run()
    {
        epoll_event events[256];
        while (!m_stopped) {
            const std::uint64_t next = nextDeadline();
            const std::uint64_t time = now();
            timespec wait{};
            if (next > time) {
                wait.tv_sec = static_cast<time_t>((next - time) / 1'000'000'000);
                wait.tv_nsec = static_cast<long>((next - time) % 1'000'000'000);
            }
            const int count = epoll_pwait2(m_epoll, events, static_cast<int>(std::size(events)),
                next == 0 ? nullptr : &wait, nullptr);
            for (int i = 0; i < count; ++i) {
                const int descriptor = events[i].data.fd;
                if (descriptor == m_listener)
                    acceptAll();
                else if (descriptor == STDIN_FILENO)
                    readCommands();
                else
                    serve(descriptor, events[i].events);
            }
            serveDeadlines();
        }
    }

private:
    void watch(int descriptor, int operation, std::uint32_t what) const
    {
        epoll_event event{};
        event.events = what;
        event.data.fd = descriptor;
        epoll_ctl(m_epoll, operation, descriptor, &event);
    }

    std::uint64_t nextDeadline() const
    {
        std::uint64_t next = 0;
        for (const auto &[descriptor, socket] : m_timed) {
            const std::uint64_t deadline = socket->deadline();
            if (deadline != 0 && (next == 0 || deadline < next))
                next = deadline;
        }
        return next;
    }

    void acceptAll()
    {
        int descriptor = -1;
        while ((descriptor = accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC))
            >= 0) {
            const int on = 1;
            setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            m_sockets.emplace(descriptor, std::make_unique<Socket>(descriptor, &makeBehaviour));
            watch(descriptor, EPOLL_CTL_ADD, EPOLLIN);
        }
    }

    void serve(int descriptor, std::uint32_t what)
    {
        const auto found = m_sockets.find(descriptor);
        if (found == m_sockets.end())
            return;
        Socket &socket = *found->second;
        if ((what & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !socket.readable()) {
            drop(descriptor);
            return;
        }
        settle(descriptor, socket);
    }

    /// Sends what there is and keeps the wake-ups of a connection in line with what it waits for.
    void settle(int descriptor, Socket &socket)
    {
        if (!socket.flush()) {
            drop(descriptor);
            return;
        }
        if (socket.deadline() != 0)
            m_timed[descriptor] = &socket;
        else
            m_timed.erase(descriptor);
        const bool wantsToWrite = socket.hasOutput();
        const bool waitsToWrite = m_writing.contains(descriptor);
        if (wantsToWrite != waitsToWrite) {
            watch(descriptor, EPOLL_CTL_MOD, wantsToWrite ? EPOLLIN | EPOLLOUT : EPOLLIN);
            if (wantsToWrite)
                m_writing[descriptor] = &socket;
            else
                m_writing.erase(descriptor);
        }
    }

    void serveDeadlines()
    {
        // `settle` changes the map; a connection that is gone by then is not in it any more.
        m_due.clear();
        const std::uint64_t time = now();
        for (const auto &[descriptor, socket] : m_timed) {
            if (const std::uint64_t deadline = socket->deadline();
                deadline != 0 && deadline <= time)
                m_due.push_back(descriptor);
        }
        for (const int descriptor : m_due) {
            if (const auto found = m_sockets.find(descriptor); found != m_sockets.end()) {
                found->second->timeout();
                settle(descriptor, *found->second);
            }
        }
    }

    void drop(int descriptor)
    {
        m_timed.erase(descriptor);
        m_writing.erase(descriptor);
        m_sockets.erase(descriptor);
    }

    void readCommands()
    {
        char buffer[4096];
        const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
        if (count <= 0) {
            m_stopped = true;
            return;
        }
        m_commands.append(buffer, static_cast<std::size_t>(count));
        for (std::size_t end = m_commands.find('\n'); end != std::string::npos;
             end = m_commands.find('\n')) {
            obey(m_commands.substr(0, end));
            m_commands.erase(0, end + 1);
        }
    }

    void obey(const std::string &command)
    {
        BeatTotals &beats = beatTotals();
        Numbering &numbers = numbering();
        if (command == "stop") {
            m_stopped = true;
        } else if (command == "reset") {
            beats = {.connections = beats.connections};
        } else if (command.starts_with("next ")) {
            numbers.next = std::strtoull(command.c_str() + 5, nullptr, 10);
        } else if (command == "drop") {
            while (!m_sockets.empty())
                drop(m_sockets.begin()->first);
        }
        std::printf("{\"event\":\"stats\",\"connections\":%zu,\"beating\":%" PRIu64
                    ",\"beats\":%" PRIu64 ",\"late\":%" PRIu64
                    ",\"longest_gap_ms\":%.3f,\"next\":%" PRIu64 ",\"highest_reply\":%" PRIu64
                    ",\"numbered_replies\":%" PRIu64 "}\n",
            m_sockets.size(), beats.connections, beats.beats, beats.late,
            static_cast<double>(beats.longestGapNanoseconds) / 1e6, numbers.next,
            numbers.highestReply, numbers.replies);
        std::fflush(stdout);
    }

    int m_epoll = -1;
    int m_listener = -1;
    bool m_stopped = false;
    std::string m_commands;
    std::unordered_map<int, std::unique_ptr<Socket>> m_sockets;
    /// Those with a deadline, and those whose output waits for room: parts of `m_sockets`.
    std::unordered_map<int, Socket *> m_timed;
    std::unordered_map<int, Socket *> m_writing;
    std::vector<int> m_due;
};

} // namespace

int main(int argc, char **argv)
{
    std::uint16_t port = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::string_view(argv[i]) == "--port")
            port = static_cast<std::uint16_t>(std::atoi(argv[i + 1]));
    }
    Server server;
    if (!server.listen(port)) {
        std::perror("bench_server: listen");
        return 1;
    }
    server.run();
    return 0;
}
