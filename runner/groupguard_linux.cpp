// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/childprocess.h"
#include "runner/groupguard.h"
#include "runner/logging.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace earshot::runner {

namespace {

constexpr int kMaxHelperStarts = 5;
constexpr qint64 kCompactRecordBytes = 64 * 1024;
constexpr qint64 kMaxRecordBytes = 4 * 1024 * 1024;

QByteArray addLine(const ProcessGroup &group)
{
    return '+' + QByteArray::number(group.pgid) + ' ' + QByteArray::number(group.startTime) + '\n';
}

QByteArray removeLine(const ProcessGroup &group)
{
    return '-' + QByteArray::number(group.pgid) + '\n';
}

/// The lines of the pipe and of the record, read piece by piece.
class GroupLines final
{
public:
    void append(std::string_view text)
    {
        m_text.append(text);
        std::size_t newline = 0;
        while ((newline = m_text.find('\n')) != std::string::npos) {
            read(std::string_view(m_text).substr(0, newline));
            m_text.erase(0, newline + 1);
        }
    }
    [[nodiscard]] const QList<ProcessGroup> &groups() const { return m_groups; }

private:
    void read(std::string_view line)
    {
        ProcessGroup group;
        const char *end = line.data() + line.size();
        if (line.size() < 2
            || std::from_chars(line.data() + 1, end, group.pgid).ec != std::errc()) {
            return;
        }
        const std::size_t space = line.find(' ');
        if (line.front() == '+' && space != std::string_view::npos) {
            std::from_chars(line.data() + space + 1, end, group.startTime);
            m_groups.append(group);
        } else if (line.front() == '-') {
            m_groups.removeIf(
                [&group](const ProcessGroup &other) { return other.pgid == group.pgid; });
        }
    }

    std::string m_text;
    QList<ProcessGroup> m_groups;
};

QByteArray bootId()
{
    QFile file(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    return file.open(QIODevice::ReadOnly) ? file.readLine().trimmed() : QByteArray("unknown");
}

} // namespace

GroupGuard::GroupGuard(QString helperProgram, const QString &recordFile)
    : m_program(std::move(helperProgram))
{
    if (!recordFile.isEmpty()) {
        openRecord(recordFile);
    }
}

GroupGuard::~GroupGuard()
{
    stopHelper();
    if (m_record >= 0) {
        (void)::ftruncate(m_record, 0);
        ::close(m_record);
    }
}

void GroupGuard::openRecord(const QString &file)
{
    // Appended to at every start and end of a process, so no QSaveFile: a torn line is ignored.
    const QByteArray name = QFile::encodeName(file);
    m_record = ::open(name.constData(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (m_record < 0) {
        qCWarning(lcRunner) << "cannot keep the record of process groups in" << file << ":"
                            << std::strerror(errno);
        return;
    }
    QByteArray text(
        static_cast<qsizetype>(std::min<qint64>(::lseek(m_record, 0, SEEK_END), kMaxRecordBytes)),
        '\0');
    const ssize_t size = ::pread(m_record, text.data(), static_cast<std::size_t>(text.size()), 0);
    text.truncate(std::max<ssize_t>(size, 0));
    // Numbers and start times repeat after a reboot.
    const QByteArray header = "boot " + bootId() + '\n';
    if (text.startsWith(header)) {
        GroupLines lines;
        lines.append(std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
        for (const ProcessGroup &group : lines.groups()) {
            if (killRecordedGroup(group, false)) {
                ++m_leftovers;
            }
        }
        if (m_leftovers > 0) {
            qCWarning(lcRunner) << "killed" << m_leftovers
                                << "process groups a former service left";
        }
    }
    (void)::ftruncate(m_record, 0);
    m_recordBytes = 0;
    record(header);
}

void GroupGuard::record(const QByteArray &line)
{
    if (m_record < 0) {
        return;
    }
    QByteArray text = line;
    if (m_recordBytes > kCompactRecordBytes) {
        (void)::ftruncate(m_record, 0);
        m_recordBytes = 0;
        text = "boot " + bootId() + '\n';
        for (const ProcessGroup &group : std::as_const(m_groups)) {
            text += addLine(group);
        }
    }
    const ssize_t written
        = ::write(m_record, text.constData(), static_cast<std::size_t>(text.size()));
    m_recordBytes += std::max<ssize_t>(written, 0);
}

void GroupGuard::add(const ProcessGroup &group)
{
    m_groups.append(group);
    const QByteArray line = addLine(group);
    record(line);
    if (m_pipe < 0 && !m_program.isEmpty() && m_starts < kMaxHelperStarts) {
        startHelper(); // tells it every group
    } else {
        tell(line);
    }
}

void GroupGuard::remove(const ProcessGroup &group)
{
    m_groups.removeOne(group);
    const QByteArray line = removeLine(group);
    record(line);
    tell(line);
}

void GroupGuard::tell(const QByteArray &line)
{
    if (m_pipe < 0) {
        return;
    }
    m_unsent += line;
    while (!m_unsent.isEmpty()) {
        const ssize_t count
            = ::write(m_pipe, m_unsent.constData(), static_cast<std::size_t>(m_unsent.size()));
        if (count > 0) {
            m_unsent.remove(0, count);
        } else if (errno == EPIPE) {
            qCWarning(lcRunner) << "the guard process ended; another one is started";
            stopHelper();
            if (m_starts < kMaxHelperStarts && !m_groups.isEmpty()) {
                startHelper();
            }
            return;
        } else if (errno != EINTR) {
            return; // goes with the next line
        }
    }
}

void GroupGuard::startHelper()
{
    ++m_starts;
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return;
    }
    (void)::fcntl(ends[1], F_SETFL, O_WRONLY | O_NONBLOCK);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    // A session of its own: what is typed on our terminal must not end it.
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    const QByteArray program = QFile::encodeName(m_program);
    QByteArray verb = "__guard";
    QByteArray name = program;
    std::array<char *, 3> arguments{name.data(), verb.data(), nullptr};
    pid_t pid = 0;
    const int error = ::posix_spawn(
        &pid, program.constData(), &actions, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    ::close(ends[0]);
    if (error != 0) {
        qCWarning(lcRunner) << "cannot start the guard process" << m_program << ":"
                            << std::strerror(error);
        ::close(ends[1]);
        return;
    }
    m_pid = pid;
    m_pipe = ends[1];
    m_unsent.clear();
    QByteArray all;
    for (const ProcessGroup &group : std::as_const(m_groups)) {
        all += addLine(group);
    }
    tell(all);
}

void GroupGuard::stopHelper()
{
    if (m_pipe >= 0) {
        ::close(std::exchange(m_pipe, -1));
    }
    if (m_pid > 0) {
        // It ends by itself: its pipe is closed.
        int status = 0;
        while (::waitpid(static_cast<pid_t>(m_pid), &status, 0) < 0 && errno == EINTR) { }
        m_pid = 0;
    }
}

int guardMain(int argc, char **argv)
{
    Q_UNUSED(argc)
    Q_UNUSED(argv)
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) {
        (void)::signal(number, SIG_IGN);
    }
    GroupLines lines;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t count = ::read(0, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        lines.append(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    }
    for (const ProcessGroup &group : lines.groups()) {
        killRecordedGroup(group, true);
    }
    return 0;
}

} // namespace earshot::runner
