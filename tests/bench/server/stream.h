// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "socket.h"

#include <vector>

namespace earshot::bench {

/// The number that follows `key` and a colon in a JSON text, blanks skipped; 0 when there is none.
[[nodiscard]] std::uint64_t numberAfter(std::string_view text, std::string_view key);

/// Sends `n` messages of `size` bytes, `match` per cent of them of type "order", at `rate` per
/// second (0: as fast as they are taken), `after_ms` after the opening and after `warm` messages
/// whose replies are awaited first. Checks each reply against what `main` must return for its
/// message and prints one JSON line when all is said.
class Stream final : public Behaviour
{
public:
    explicit Stream(const Query &query);

    void opened(Socket &socket) override;
    void message(Socket &socket, std::string_view payload) override;
    void pong(Socket &socket) override;
    void writable(Socket &socket) override;
    [[nodiscard]] std::uint64_t deadline() const override;
    void timeout(Socket &socket) override;
    void closed() override;

private:
    enum class Phase { Waiting, Warming, Pausing, Running, Draining, Done };

    [[nodiscard]] bool isOrder(std::uint64_t id) const { return (id * m_match) % 100 < m_match; }
    void append(Socket &socket, std::uint64_t id, bool order);
    void finishSending(Socket &socket);
    void finishIfComplete();
    void report() const;

    std::string m_name;
    std::uint64_t m_count;
    std::uint64_t m_rate;
    std::uint64_t m_match;
    std::uint64_t m_warm;
    std::uint64_t m_delay;
    Phase m_phase = Phase::Waiting;
    std::string m_order;
    std::string m_trade;
    std::size_t m_idAt = 0;
    std::size_t m_quantityAt = 0;

    std::uint64_t m_sent = 0;
    std::uint64_t m_expected = 0;
    std::uint64_t m_replies = 0;
    std::uint64_t m_doubled = 0;
    std::uint64_t m_wrong = 0;
    std::uint64_t m_warmReplies = 0;
    /// Sums over all orders and over all replies, so that the order of replies does not matter.
    std::uint64_t m_wantedSum = 0;
    std::uint64_t m_repliedSum = 0;
    bool m_ponged = false;
    std::uint64_t m_startedAt = 0;
    std::uint64_t m_endedAt = 0;
    std::vector<std::uint64_t> m_sentAt;
    std::vector<std::uint32_t> m_latencies;
    std::vector<bool> m_replied;
};

} // namespace earshot::bench
