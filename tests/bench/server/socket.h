// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace earshot::bench {

/// Monotonic time in nanoseconds.
[[nodiscard]] std::uint64_t now();

class Socket;

/// What the server does on one connection, chosen by the request's path. Calls come on the server's
/// only thread.
class Behaviour
{
public:
    Behaviour() = default;
    virtual ~Behaviour() = default;
    Behaviour(const Behaviour &) = delete;
    Behaviour &operator=(const Behaviour &) = delete;

    virtual void opened(Socket &socket) = 0;
    virtual void message(Socket &socket, std::string_view payload) = 0;
    virtual void pong(Socket &socket) { static_cast<void>(socket); }
    /// The outgoing buffer ran empty: append more if there is more to say now.
    virtual void writable(Socket &socket) { static_cast<void>(socket); }
    /// When `timeout` is to be called, in the time of `now()`; 0 = never.
    [[nodiscard]] virtual std::uint64_t deadline() const { return 0; }
    virtual void timeout(Socket &socket) { static_cast<void>(socket); }
    virtual void closed() { }
};

/// The query of a request target, `/stream?n=10&rate=5`.
class Query
{
public:
    explicit Query(std::string_view target);
    [[nodiscard]] const std::string &path() const { return m_path; }
    [[nodiscard]] std::uint64_t number(const std::string &key, std::uint64_t fallback) const;
    [[nodiscard]] std::string text(const std::string &key) const;

private:
    std::string m_path;
    std::unordered_map<std::string, std::string> m_values;
};

/// One accepted connection: the opening handshake and RFC 6455 framing over a non-blocking socket.
class Socket
{
public:
    using MakeBehaviour = std::unique_ptr<Behaviour> (*)(const Query &query);

    Socket(int descriptor, MakeBehaviour makeBehaviour);
    ~Socket();
    Socket(const Socket &) = delete;
    Socket &operator=(const Socket &) = delete;

    [[nodiscard]] int descriptor() const { return m_descriptor; }
    [[nodiscard]] bool hasOutput() const { return m_written < m_out.size(); }
    [[nodiscard]] std::size_t outputSize() const { return m_out.size() - m_written; }
    [[nodiscard]] std::uint64_t deadline() const;

    /// False when the connection is over.
    [[nodiscard]] bool readable();
    [[nodiscard]] bool flush();
    void timeout();

    void sendText(std::string_view payload);
    /// A whole frame that the caller built.
    void sendRaw(std::string_view frame) { m_out.append(frame); }
    void sendPing();
    void sendClose(std::uint16_t code);

private:
    [[nodiscard]] bool handshake();
    [[nodiscard]] bool parseFrames();
    /// True when there is something to send.
    [[nodiscard]] bool refill();
    void frameHeader(unsigned char opcode, std::size_t size);

    int m_descriptor;
    MakeBehaviour m_makeBehaviour;
    std::unique_ptr<Behaviour> m_behaviour;
    std::string m_in;
    std::size_t m_parsed = 0;
    std::string m_fragments;
    std::string m_out;
    std::size_t m_written = 0;
};

} // namespace earshot::bench
