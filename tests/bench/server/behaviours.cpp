// SPDX-License-Identifier: GPL-3.0-or-later
#include "behaviours.h"

#include "stream.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace earshot::bench {

namespace {

/// One message of `bytes`, and the time until the same text comes back.
class Big final : public Behaviour
{
public:
    explicit Big(const Query &query)
        : m_bytes(static_cast<std::size_t>(query.number("bytes", 64ULL * 1024 * 1024)))
        , m_startAt(now() + query.number("after_ms", 0) * 1'000'000)
    { }

    void opened(Socket &socket) override { timeout(socket); }
    [[nodiscard]] std::uint64_t deadline() const override { return m_sentAt == 0 ? m_startAt : 0; }

    void timeout(Socket &socket) override
    {
        if (m_sentAt != 0 || now() < m_startAt)
            return;
        m_payload = R"({"type":"order","id":1,"body":")";
        while (m_payload.size() + 2 < m_bytes)
            m_payload.push_back(static_cast<char>('a' + m_payload.size() % 26));
        m_payload += "\"}";
        m_sentAt = now();
        socket.sendText(m_payload);
    }

    void message(Socket &socket, std::string_view payload) override
    {
        static_cast<void>(socket);
        std::printf(
            "{\"event\":\"big\",\"bytes\":%zu,\"reply_bytes\":%zu,\"same\":%s,\"seconds\":%.6f}\n",
            m_payload.size(), payload.size(), payload == m_payload ? "true" : "false",
            static_cast<double>(now() - m_sentAt) / 1e9);
        std::fflush(stdout);
    }

private:
    std::size_t m_bytes;
    std::uint64_t m_startAt;
    std::uint64_t m_sentAt = 0;
    std::string m_payload;
};

/// Says nothing; every message that comes is a heartbeat.
class Beats final : public Behaviour
{
public:
    explicit Beats(const Query &query)
        : m_interval(query.number("interval_ms", 1000) * 1'000'000)
    { }

    void opened(Socket &socket) override
    {
        static_cast<void>(socket);
        m_last = now();
        ++beatTotals().connections;
    }

    void message(Socket &socket, std::string_view payload) override
    {
        static_cast<void>(socket);
        static_cast<void>(payload);
        const std::uint64_t time = now();
        const std::uint64_t gap = time - m_last;
        m_last = time;
        BeatTotals &totals = beatTotals();
        ++totals.beats;
        if (gap > m_interval + m_interval / 2)
            ++totals.late;
        totals.longestGapNanoseconds = std::max(totals.longestGapNanoseconds, gap);
    }

    void closed() override { --beatTotals().connections; }

private:
    std::uint64_t m_interval;
    std::uint64_t m_last = 0;
};

/// Sends 1, 2, 3 … at `rate` for as long as a client is there.
class Numbered final : public Behaviour
{
public:
    explicit Numbered(const Query &query)
        : m_interval(1'000'000'000ULL / std::max<std::uint64_t>(1, query.number("rate", 2000)))
    { }

    void opened(Socket &socket) override
    {
        static_cast<void>(socket);
        m_next = now();
    }

    [[nodiscard]] std::uint64_t deadline() const override { return m_next; }

    void timeout(Socket &socket) override
    {
        for (const std::uint64_t time = now(); m_next <= time; m_next += m_interval) {
            if (socket.outputSize() > kMaxUnsent) {
                m_next = time + m_interval;
                return;
            }
            char text[64];
            const int size = std::snprintf(
                text, sizeof text, R"({"type":"order","n":%)" PRIu64 "}", numbering().next++);
            socket.sendText(std::string_view(text, static_cast<std::size_t>(size)));
        }
    }

    void message(Socket &socket, std::string_view payload) override
    {
        static_cast<void>(socket);
        Numbering &numbers = numbering();
        ++numbers.replies;
        numbers.highestReply = std::max(numbers.highestReply, numberAfter(payload, "\"n\""));
    }

private:
    static constexpr std::size_t kMaxUnsent = 1024 * 1024;
    std::uint64_t m_interval;
    std::uint64_t m_next = 0;
};

} // namespace

BeatTotals &beatTotals()
{
    static BeatTotals totals;
    return totals;
}

Numbering &numbering()
{
    static Numbering numbers;
    return numbers;
}

std::unique_ptr<Behaviour> makeBehaviour(const Query &query)
{
    if (query.path() == "/stream")
        return std::make_unique<Stream>(query);
    if (query.path() == "/big")
        return std::make_unique<Big>(query);
    if (query.path() == "/beats")
        return std::make_unique<Beats>(query);
    if (query.path() == "/numbered")
        return std::make_unique<Numbered>(query);
    return nullptr;
}

} // namespace earshot::bench
