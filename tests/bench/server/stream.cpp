// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream.h"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace earshot::bench {

namespace {

constexpr std::uint64_t kPrice = 37;
constexpr std::size_t kBatchBytes = 512 * 1024;
constexpr int kDigits = 10;
/// Between the last reply of the warm-up and the first message that counts.
constexpr std::uint64_t kPause = 200'000'000;

constexpr std::uint64_t quantityOf(std::uint64_t id)
{
    return id % 991 + 1;
}

/// Spreads (id, total) over 64 bits, so that two wrong replies do not cancel out.
constexpr std::uint64_t mix(std::uint64_t id, std::uint64_t total)
{
    std::uint64_t x = id * 0x9e3779b97f4a7c15ULL ^ (total + 0x7f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 29U;
    return x * 0x94d049bb133111ebULL;
}

/// Right-aligned: JSON allows blanks before a number, and every message has the same length.
void putNumber(char *at, std::uint64_t value)
{
    for (int i = kDigits - 1; i >= 0; --i) {
        at[i] = value == 0 && i < kDigits - 1 ? ' ' : static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

/// A WebSocket frame with a message of `size` bytes; the two numbers are blank.
std::string frame(const char *type, std::size_t size)
{
    std::string text = R"({"type":")" + std::string(type)
        + R"(","id":          ,"quantity":          ,"price":)" + std::to_string(kPrice)
        + R"(,"symbol":"EARS","venue":{"name":"loopback","open":true,"fees":[0.1,0.25,1e-3]},"tags":["a","b",null],"note":")";
    while (text.size() + 2 < size)
        text.push_back(static_cast<char>('a' + text.size() % 26));
    text += "\"}";
    std::string result = "\x81\x7e";
    if (text.size() < 126) {
        result[1] = static_cast<char>(text.size());
    } else if (text.size() < 65536) {
        result.push_back(static_cast<char>(text.size() >> 8U));
        result.push_back(static_cast<char>(text.size() & 0xffU));
    } else {
        result[1] = 0x7f;
        for (int shift = 56; shift >= 0; shift -= 8)
            result.push_back(
                static_cast<char>((text.size() >> static_cast<unsigned>(shift)) & 0xffU));
    }
    return result + text;
}

} // namespace

std::uint64_t numberAfter(std::string_view text, std::string_view key)
{
    std::size_t at = text.find(key);
    if (at == std::string_view::npos)
        return 0;
    at = text.find_first_not_of(" \t\n\r:", at + key.size());
    std::uint64_t value = 0;
    if (at != std::string_view::npos)
        std::from_chars(text.data() + at, text.data() + text.size(), value);
    return value;
}

Stream::Stream(const Query &query)
    : m_name(query.text("name"))
    , m_count(query.number("n", 100'000))
    , m_rate(query.number("rate", 0))
    , m_match(query.number("match", 100))
    , m_warm(query.number("warm", 0))
    , m_delay(query.number("after_ms", 0) * 1'000'000)
{
    const std::size_t size = static_cast<std::size_t>(query.number("size", 1024));
    m_order = frame("order", size);
    m_trade = frame("trade", size);
    m_idAt = m_order.find("\"id\":") + 5;
    m_quantityAt = m_order.find("\"quantity\":") + 11;
    m_sentAt.resize(m_count + m_warm);
    m_replied.resize(m_count + m_warm);
    m_latencies.reserve(m_count * m_match / 100 + 1);
}

void Stream::opened(Socket &socket)
{
    static_cast<void>(socket);
    m_startedAt = now() + m_delay;
}

void Stream::append(Socket &socket, std::uint64_t id, bool order)
{
    std::string &text = order ? m_order : m_trade;
    putNumber(text.data() + m_idAt, id);
    putNumber(text.data() + m_quantityAt, quantityOf(id));
    m_sentAt[id] = now();
    socket.sendRaw(text);
    if (order && id < m_count) {
        ++m_expected;
        m_wantedSum += mix(id, quantityOf(id) * kPrice);
    }
}

void Stream::writable(Socket &socket)
{
    if (m_phase != Phase::Running || m_rate != 0)
        return;
    while (m_sent < m_count && socket.outputSize() < kBatchBytes) {
        append(socket, m_sent, isOrder(m_sent));
        ++m_sent;
    }
    finishSending(socket);
}

std::uint64_t Stream::deadline() const
{
    if (m_phase == Phase::Waiting || m_phase == Phase::Pausing)
        return m_startedAt;
    if (m_phase == Phase::Running && m_rate != 0)
        return m_startedAt + m_sent * 1'000'000'000ULL / m_rate;
    return 0;
}

void Stream::timeout(Socket &socket)
{
    if (m_phase == Phase::Waiting && m_warm > 0) {
        m_phase = Phase::Warming;
        for (std::uint64_t i = 0; i < m_warm; ++i)
            append(socket, m_count + i, true);
    } else if (m_phase == Phase::Waiting || m_phase == Phase::Pausing) {
        m_phase = Phase::Running;
        m_startedAt = now();
    }
    while (m_rate != 0 && m_phase == Phase::Running && deadline() <= now()) {
        append(socket, m_sent, isOrder(m_sent));
        ++m_sent;
        finishSending(socket);
    }
}

void Stream::finishSending(Socket &socket)
{
    if (m_phase == Phase::Running && m_sent == m_count) {
        m_phase = Phase::Draining;
        // Its pong says that the client has come to the end of what we sent, replies or not.
        socket.sendPing();
    }
}

void Stream::message(Socket &socket, std::string_view payload)
{
    static_cast<void>(socket);
    const std::uint64_t time = now();
    const std::uint64_t id = numberAfter(payload, "\"id\"");
    const std::uint64_t total = numberAfter(payload, "\"total\"");
    if (id >= m_replied.size() || m_sentAt[id] == 0 || total != quantityOf(id) * kPrice) {
        ++m_wrong;
        return;
    }
    if (m_replied[id]) {
        ++m_doubled;
        return;
    }
    m_replied[id] = true;
    if (id >= m_count) {
        if (++m_warmReplies == m_warm) {
            m_phase = Phase::Pausing;
            m_startedAt = time + kPause;
        }
        return;
    }
    ++m_replies;
    m_repliedSum += mix(id, total);
    m_latencies.push_back(static_cast<std::uint32_t>(
        std::min<std::uint64_t>((time - m_sentAt[id]) / 1000, UINT32_MAX)));
    finishIfComplete();
}

void Stream::pong(Socket &socket)
{
    static_cast<void>(socket);
    if (m_phase == Phase::Draining)
        m_ponged = true;
    finishIfComplete();
}

void Stream::finishIfComplete()
{
    if (m_phase != Phase::Draining || !m_ponged || m_replies < m_expected)
        return;
    m_phase = Phase::Done;
    m_endedAt = now();
    std::sort(m_latencies.begin(), m_latencies.end());
    report();
}

void Stream::closed()
{
    // Cut short, or something came after the end: said in a second line.
    if (m_phase == Phase::Done && m_doubled == 0 && m_wrong == 0)
        return;
    if (m_phase != Phase::Done) {
        m_endedAt = now();
        std::sort(m_latencies.begin(), m_latencies.end());
    }
    report();
}

void Stream::report() const
{
    const auto percentile = [this](std::size_t hundredths) {
        return m_latencies.empty() ? 0U : m_latencies[(m_latencies.size() - 1) * hundredths / 100];
    };
    const double seconds = static_cast<double>(m_endedAt - m_startedAt) / 1e9;
    const bool ok = m_phase == Phase::Done && m_replies == m_expected && m_doubled == 0
        && m_wrong == 0 && m_wantedSum == m_repliedSum;
    std::printf(
        "{\"event\":\"%s\",\"name\":\"%s\",\"ok\":%s,\"sent\":%" PRIu64 ",\"expected\":%" PRIu64
        ",\"replies\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"wrong\":%" PRIu64
        ",\"checksum\":\"%016" PRIx64 "\",\"wanted\":\"%016" PRIx64
        "\",\"seconds\":%.6f,\"per_second\":%.0f,\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n",
        m_phase == Phase::Done ? "finished" : "cut", m_name.c_str(), ok ? "true" : "false", m_sent,
        m_expected, m_replies, m_doubled, m_wrong, m_repliedSum, m_wantedSum, seconds,
        static_cast<double>(m_sent) / seconds, percentile(50), percentile(99), percentile(100));
    std::fflush(stdout);
}

} // namespace earshot::bench
