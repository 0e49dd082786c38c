// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/logcollector.h"

#include "runner/limits.h"

#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

namespace earshot::runner {

namespace {

constexpr char kMark = '\x1e';
constexpr std::string_view kPrefix = "\x1e earshot-run ";
constexpr std::string_view kBegin = " begin \x1e\n";
constexpr std::string_view kEnd = " end \x1e\n";
constexpr qsizetype kMaxDigits = 19;
constexpr qint64 kHeadBytes = limits::kMaxLogBytes - limits::kLogTailBytes;

enum class Match { Yes, No, NeedsMore };

Match startsWith(std::string_view text, std::string_view wanted)
{
    const std::size_t size = std::min(text.size(), wanted.size());
    if (text.substr(0, size) != wanted.substr(0, size)) {
        return Match::No;
    }
    return size == wanted.size() ? Match::Yes : Match::NeedsMore;
}

} // namespace

void CappedLog::append(QByteArrayView bytes)
{
    if (m_tail.isEmpty()) {
        const qsizetype fits = std::min<qsizetype>(bytes.size(), kHeadBytes - m_head.size());
        m_head.append(bytes.first(fits));
        bytes = bytes.sliced(fits);
    }
    if (bytes.isEmpty()) {
        return;
    }
    if (bytes.size() > limits::kLogTailBytes) {
        m_dropped += m_tail.size() + bytes.size() - limits::kLogTailBytes;
        m_tail = bytes.last(limits::kLogTailBytes).toByteArray();
        return;
    }
    m_tail.append(bytes);
    if (m_tail.size() > 2 * limits::kLogTailBytes) {
        trimTail();
    }
}

void CappedLog::trimTail()
{
    const qsizetype excess = m_tail.size() - limits::kLogTailBytes;
    if (excess > 0) {
        m_tail.remove(0, excess);
        m_dropped += excess;
    }
}

QByteArray CappedLog::take()
{
    trimTail();
    QByteArray text = std::move(m_head);
    if (m_dropped > 0) {
        text.append("\n[truncated: ")
            .append(QByteArray::number(m_dropped))
            .append(" bytes dropped]\n");
    }
    text.append(m_tail);
    m_head.clear();
    m_tail.clear();
    return text;
}

void LogCollector::appendText(QByteArrayView bytes)
{
    if (bytes.isEmpty()) {
        return;
    }
    if (m_entries.empty()) {
        m_entries.emplace_back();
    }
    m_entries.back().log.append(bytes);
}

qsizetype LogCollector::readMarker(QByteArrayView bytes)
{
    const std::string_view text(bytes.data(), static_cast<std::size_t>(bytes.size()));
    switch (startsWith(text, kPrefix)) {
    case Match::No:
        return 0;
    case Match::NeedsMore:
        return -1;
    case Match::Yes:
        break;
    }
    RunId id = 0;
    const char *digits = text.data() + kPrefix.size();
    const char *limit = text.data() + text.size();
    const auto [end, error] = std::from_chars(digits, limit, id);
    if (end == limit && end - digits <= kMaxDigits) {
        return -1;
    }
    if (error != std::errc() || id <= 0) {
        return 0;
    }
    const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
    const Match begin = startsWith(rest, kBegin);
    const Match finish = startsWith(rest, kEnd);
    if (begin != Match::Yes && finish != Match::Yes) {
        return begin == Match::NeedsMore || finish == Match::NeedsMore ? -1 : 0;
    }
    if (begin == Match::Yes && (m_entries.empty() || m_entries.back().id != id)) {
        if (!m_entries.empty() && m_entries.back().id == 0) {
            // What the script printed while it was loaded belongs to its first run.
            m_entries.back().id = id;
        } else {
            if (m_entries.size() >= limits::kMaxOpenLogs) {
                m_entries.pop_front();
            }
            m_entries.emplace_back().id = id;
        }
    }
    return (end - text.data())
        + static_cast<qsizetype>(begin == Match::Yes ? kBegin.size() : kEnd.size());
}

void LogCollector::append(QByteArrayView bytes)
{
    QByteArray joined;
    if (!m_held.isEmpty()) {
        joined = std::exchange(m_held, {});
        joined.append(bytes);
        bytes = joined;
    }
    while (!bytes.isEmpty()) {
        const void *found
            = std::memchr(bytes.data(), kMark, static_cast<std::size_t>(bytes.size()));
        const qsizetype at
            = found == nullptr ? bytes.size() : static_cast<const char *>(found) - bytes.data();
        appendText(bytes.first(at));
        bytes = bytes.sliced(at);
        if (bytes.isEmpty()) {
            return;
        }
        const qsizetype length = readMarker(bytes);
        if (length < 0) {
            m_held = bytes.toByteArray();
            return;
        }
        if (length == 0) {
            appendText(bytes.first(1));
        }
        bytes = bytes.sliced(std::max<qsizetype>(length, 1));
    }
}

void LogCollector::finish()
{
    appendText(std::exchange(m_held, {}));
}

LogCollector::Log LogCollector::take(RunId id)
{
    // Answers come in the order of the runs: entries before this one belong to runs that never had
    // an answer of their own (dropped), and an entry without an id to the first run.
    while (!m_entries.empty()) {
        Entry &first = m_entries.front();
        if (first.id == id || first.id == 0) {
            Log log{.bytes = {}, .truncated = first.log.isTruncated()};
            log.bytes = first.log.take();
            m_entries.pop_front();
            return log;
        }
        bool later = false;
        for (const Entry &entry : m_entries) {
            later = later || entry.id == id;
        }
        if (!later) {
            return {};
        }
        m_entries.pop_front();
    }
    return {};
}

LogCollector::Log LogCollector::takeAll()
{
    finish();
    CappedLog all;
    bool truncated = false;
    for (Entry &entry : m_entries) {
        truncated = truncated || entry.log.isTruncated();
        all.append(entry.log.take());
    }
    m_entries.clear();
    truncated = truncated || all.isTruncated();
    return {.bytes = all.take(), .truncated = truncated};
}

} // namespace earshot::runner
