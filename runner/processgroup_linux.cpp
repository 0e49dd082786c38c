// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/processgroup.h"

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

// The guard uses this file as well: plain C++ without an event loop.
namespace earshot::runner {

namespace {

struct StatFields
{
    qint64 pgrp = 0;
    quint64 startTime = 0;
    qint64 residentPages = 0;
};

std::optional<StatFields> readStat(qint64 pid)
{
    std::array<char, 64> path{};
    std::snprintf(path.data(), path.size(), "/proc/%lld/stat", static_cast<long long>(pid));
    const int fd = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return std::nullopt;
    }
    std::array<char, 1024> buffer{};
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    ::close(fd);
    if (size <= 0) {
        return std::nullopt;
    }
    // The second field is a name in parentheses that may itself hold spaces and parentheses.
    const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    const std::size_t close = text.rfind(')');
    if (close == std::string_view::npos) {
        return std::nullopt;
    }
    StatFields fields;
    int number = 2;
    std::size_t at = close + 1;
    while (at < text.size()) {
        while (at < text.size() && text[at] == ' ') {
            ++at;
        }
        std::size_t end = text.find(' ', at);
        if (end == std::string_view::npos) {
            end = text.size();
        }
        ++number;
        const char *first = text.data() + at;
        const char *last = text.data() + end;
        if (number == 5) {
            std::from_chars(first, last, fields.pgrp);
        } else if (number == 22) {
            std::from_chars(first, last, fields.startTime);
        } else if (number == 24) {
            std::from_chars(first, last, fields.residentPages);
            return fields;
        }
        at = end;
    }
    return std::nullopt;
}

} // namespace

std::optional<quint64> processStartTime(qint64 pid)
{
    const auto fields = readStat(pid);
    return fields ? std::optional(fields->startTime) : std::nullopt;
}

bool signalGroup(qint64 pgid, int signalNumber)
{
    if (pgid <= 1) {
        return false;
    }
    return ::kill(static_cast<pid_t>(-pgid), signalNumber) == 0;
}

bool killRecordedGroup(const ProcessGroup &group, bool leaderMayBeGone)
{
    const auto start = processStartTime(group.pgid);
    if (start ? *start != group.startTime : !leaderMayBeGone) {
        return false;
    }
    return signalGroup(group.pgid, SIGKILL);
}

QHash<qint64, qint64> residentBytesByGroup()
{
    QHash<qint64, qint64> bytes;
    DIR *directory = ::opendir("/proc");
    if (directory == nullptr) {
        return bytes;
    }
    const qint64 pageSize = ::sysconf(_SC_PAGESIZE);
    while (const dirent *entry = ::readdir(directory)) {
        const char *name = static_cast<const char *>(entry->d_name);
        qint64 pid = 0;
        const auto [end, error] = std::from_chars(name, name + std::strlen(name), pid);
        if (error != std::errc() || *end != '\0') {
            continue;
        }
        if (const auto fields = readStat(pid)) {
            bytes[fields->pgrp] += fields->residentPages * pageSize;
        }
    }
    ::closedir(directory);
    return bytes;
}

qint64 residentBytes(qint64 pid)
{
    const auto fields = readStat(pid);
    return fields ? fields->residentPages * ::sysconf(_SC_PAGESIZE) : 0;
}

} // namespace earshot::runner
