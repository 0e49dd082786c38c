// SPDX-License-Identifier: GPL-3.0-or-later
#include "socket.h"

#include <QByteArray>
#include <QCryptographicHash>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>

#include <sys/socket.h>
#include <unistd.h>

namespace earshot::bench {

namespace {

constexpr std::size_t kReadSize = 256 * 1024;
/// Beyond it the peer is broken or hostile: a request head is some hundred bytes.
constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::uint64_t kMaxFrame = 256ULL * 1024 * 1024;

std::string acceptKey(std::string_view key)
{
    QByteArray text(key.data(), static_cast<qsizetype>(key.size()));
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    return QCryptographicHash::hash(text, QCryptographicHash::Sha1).toBase64().toStdString();
}

/// The value of a header, found without regard to case; empty when absent.
std::string_view header(std::string_view head, std::string_view name)
{
    std::size_t line = head.find("\r\n");
    while (line != std::string_view::npos) {
        const std::string_view rest = head.substr(line + 2);
        if (rest.size() > name.size() && rest[name.size()] == ':'
            && strncasecmp(rest.data(), name.data(), name.size()) == 0) {
            std::string_view value
                = rest.substr(name.size() + 1, rest.find("\r\n") - name.size() - 1);
            while (value.starts_with(' '))
                value.remove_prefix(1);
            return value;
        }
        line = head.find("\r\n", line + 2);
    }
    return {};
}

void unmask(char *data, std::size_t size, const char *mask)
{
    std::uint32_t word = 0;
    std::memcpy(&word, mask, 4);
    const std::uint64_t wide = (static_cast<std::uint64_t>(word) << 32) | word;
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        std::uint64_t block = 0;
        std::memcpy(&block, data + i, 8);
        block ^= wide;
        std::memcpy(data + i, &block, 8);
    }
    for (; i < size; ++i)
        data[i] = static_cast<char>(data[i] ^ mask[i % 4]);
}

} // namespace

std::uint64_t now()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000ULL
        + static_cast<std::uint64_t>(time.tv_nsec);
}

Query::Query(std::string_view target)
{
    const std::size_t mark = target.find('?');
    m_path = target.substr(0, mark);
    std::string_view rest
        = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        m_values[std::string(pair.substr(0, equals))]
            = pair.substr(std::min(equals + 1, pair.size()));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    }
}

std::uint64_t Query::number(const std::string &key, std::uint64_t fallback) const
{
    const std::string value = text(key);
    std::uint64_t result = fallback;
    std::from_chars(value.data(), value.data() + value.size(), result);
    return result;
}

std::string Query::text(const std::string &key) const
{
    const auto found = m_values.find(key);
    return found == m_values.end() ? std::string() : found->second;
}

Socket::Socket(int descriptor, MakeBehaviour makeBehaviour)
    : m_descriptor(descriptor)
    , m_makeBehaviour(makeBehaviour)
{ }

Socket::~Socket()
{
    if (m_behaviour)
        m_behaviour->closed();
    ::close(m_descriptor);
}

std::uint64_t Socket::deadline() const
{
    return m_behaviour ? m_behaviour->deadline() : 0;
}

void Socket::timeout()
{
    if (m_behaviour)
        m_behaviour->timeout(*this);
}

bool Socket::readable()
{
    // One read per turn: other connections and our own sending get theirs.
    const std::size_t old = m_in.size();
    m_in.resize(old + kReadSize);
    const ssize_t count = ::recv(m_descriptor, m_in.data() + old, kReadSize, 0);
    m_in.resize(old + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    if (count == 0)
        return false;
    if (!m_behaviour && !handshake())
        return false;
    return !m_behaviour || parseFrames();
}

bool Socket::handshake()
{
    const std::size_t end = m_in.find("\r\n\r\n");
    if (end == std::string::npos)
        return m_in.size() < kMaxHead;
    const std::string_view head(m_in.data(), end + 2);
    const std::size_t from = head.find(' ') + 1;
    const Query query(head.substr(from, head.find(' ', from) - from));
    m_behaviour = m_makeBehaviour(query);
    const std::string_view key = header(head, "Sec-WebSocket-Key");
    if (!m_behaviour || key.empty()) {
        sendRaw("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        static_cast<void>(flush());
        return false;
    }
    sendRaw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    sendRaw("Sec-WebSocket-Accept: " + acceptKey(key) + "\r\n");
    const std::string_view protocols = header(head, "Sec-WebSocket-Protocol");
    if (!protocols.empty()) {
        sendRaw("Sec-WebSocket-Protocol: ");
        sendRaw(protocols.substr(0, protocols.find(',')));
        sendRaw("\r\n");
    }
    sendRaw("\r\n");
    m_parsed = end + 4;
    m_behaviour->opened(*this);
    return true;
}

bool Socket::parseFrames()
{
    while (m_in.size() - m_parsed >= 6) {
        auto *frame = m_in.data() + m_parsed;
        const auto byte = [frame](std::size_t i) { return static_cast<unsigned char>(frame[i]); };
        const std::size_t available = m_in.size() - m_parsed;
        std::uint64_t size = byte(1) & 0x7fU;
        std::size_t head = 2;
        const std::size_t lengthBytes = size == 126 ? 2 : size == 127 ? 8 : 0;
        if ((byte(1) & 0x80U) == 0 || available < 2 + lengthBytes + 4)
            return (byte(1) & 0x80U) != 0; // an unmasked frame is a protocol error
        if (lengthBytes > 0) {
            size = 0;
            for (std::size_t i = 0; i < lengthBytes; ++i)
                size = (size << 8U) | byte(2 + i);
            head += lengthBytes;
        }
        if (size > kMaxFrame)
            return false;
        const std::size_t whole = head + 4 + static_cast<std::size_t>(size);
        if (available < whole) {
            m_in.reserve(m_parsed + whole + kReadSize);
            break;
        }
        char *payload = frame + head + 4;
        unmask(payload, static_cast<std::size_t>(size), frame + head);
        const std::string_view text(payload, static_cast<std::size_t>(size));
        const bool isFinal = (byte(0) & 0x80U) != 0;
        const unsigned opcode = byte(0) & 0x0fU;
        m_parsed += whole;
        switch (opcode) {
        case 0x0:
        case 0x1:
        case 0x2:
            if (isFinal && m_fragments.empty()) {
                m_behaviour->message(*this, text);
            } else {
                m_fragments.append(text);
                if (isFinal) {
                    m_behaviour->message(*this, m_fragments);
                    m_fragments.clear();
                }
            }
            break;
        case 0x8:
            sendClose(1000);
            static_cast<void>(flush());
            return false;
        case 0x9:
            frameHeader(0x8a, text.size());
            m_out.append(text);
            break;
        case 0xa:
            m_behaviour->pong(*this);
            break;
        default:
            return false;
        }
    }
    m_in.erase(0, m_parsed);
    m_parsed = 0;
    return true;
}

void Socket::frameHeader(unsigned char opcode, std::size_t size)
{
    m_out.push_back(static_cast<char>(opcode));
    const std::size_t lengthBytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    m_out.push_back(static_cast<char>(lengthBytes == 0 ? size : lengthBytes == 2 ? 126 : 127));
    for (std::size_t i = lengthBytes; i > 0; --i)
        m_out.push_back(static_cast<char>((size >> (8 * (i - 1))) & 0xffU));
}

void Socket::sendText(std::string_view payload)
{
    frameHeader(0x81, payload.size());
    m_out.append(payload);
}

void Socket::sendPing()
{
    frameHeader(0x89, 0);
}

void Socket::sendClose(std::uint16_t code)
{
    frameHeader(0x88, 2);
    m_out.push_back(static_cast<char>(code >> 8U));
    m_out.push_back(static_cast<char>(code & 0xffU));
}

bool Socket::flush()
{
    // A few rounds per turn, so that a fast reader does not keep us from reading its replies.
    for (int round = 0; round < 4 && refill(); ++round) {
        const ssize_t count = ::send(
            m_descriptor, m_out.data() + m_written, m_out.size() - m_written, MSG_NOSIGNAL);
        if (count < 0)
            return errno == EAGAIN || errno == EINTR;
        m_written += static_cast<std::size_t>(count);
    }
    // What is left makes the caller wait for room and come again.
    static_cast<void>(refill());
    return true;
}

bool Socket::refill()
{
    if (!hasOutput()) {
        m_out.clear();
        m_written = 0;
        if (m_behaviour)
            m_behaviour->writable(*this);
    }
    return hasOutput();
}

} // namespace earshot::bench
