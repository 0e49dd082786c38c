// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/childprocess.h"
#include "runner/limits.h"

#include <QCoreApplication>
#include <QFile>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr int kFirstOwnDescriptor = 10;
constexpr qsizetype kCoalesceBytes = 64 * 1024;

class Descriptor final
{
public:
    Descriptor() = default;
    explicit Descriptor(int fd)
        : m_fd(fd)
    { }
    Descriptor(Descriptor &&other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    { }
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~Descriptor()
    {
        if (m_fd >= 0) {
            ::close(m_fd);
        }
    }
    Q_DISABLE_COPY(Descriptor)

    [[nodiscard]] int get() const noexcept { return m_fd; }
    [[nodiscard]] int release() noexcept { return std::exchange(m_fd, -1); }

private:
    int m_fd = -1;
};

struct Pipe
{
    Descriptor readEnd;
    Descriptor writeEnd;
};

Descriptor movedUp(int fd)
{
    if (fd < 0 || fd >= kFirstOwnDescriptor) {
        return Descriptor(fd);
    }
    const Descriptor low(fd);
    return Descriptor(::fcntl(low.get(), F_DUPFD_CLOEXEC, kFirstOwnDescriptor));
}

enum class OurEnd { Read, Write };

bool openPipe(Pipe &pipe, OurEnd ours, bool wide)
{
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return false;
    }
    pipe.readEnd = movedUp(ends[0]);
    pipe.writeEnd = movedUp(ends[1]);
    if (pipe.readEnd.get() < 0 || pipe.writeEnd.get() < 0) {
        return false;
    }
    const int own = ours == OurEnd::Read ? pipe.readEnd.get() : pipe.writeEnd.get();
    // O_NONBLOCK belongs to the open description: each end of a pipe has its own, so the child's
    // end stays blocking, as scripts expect of their stdout.
    if (::fcntl(own, F_SETFL, ::fcntl(own, F_GETFL) | O_NONBLOCK) != 0) {
        return false;
    }
    if (wide) {
        // May be refused when the user's pipe budget is used up; smaller pipes only cost speed.
        (void)::fcntl(own, F_SETPIPE_SZ, limits::kPipeBytes);
    }
    return true;
}

Error startError(const QByteArray &program, int number)
{
    return Error{number == EACCES || number == EPERM ? ErrorCode::PermissionDenied
            : number == ENOENT                       ? ErrorCode::NotFound
                                                     : ErrorCode::Unavailable,
        u"cannot start %1: %2"_s.arg(
            QFile::decodeName(program), QString::fromLocal8Bit(std::strerror(number))),
        {}};
}

std::vector<char *> pointers(const QByteArrayList &texts, const QByteArray *first)
{
    std::vector<char *> result;
    result.reserve(static_cast<std::size_t>(texts.size()) + 2);
    // posix_spawn takes char *const[] for historical reasons and does not write to it.
    if (first != nullptr) {
        result.push_back(const_cast<char *>(first->constData())); // NOLINT
    }
    for (const QByteArray &text : texts) {
        result.push_back(const_cast<char *>(text.constData())); // NOLINT
    }
    result.push_back(nullptr);
    return result;
}

class SpawnActions final
{
public:
    SpawnActions()
    {
        ::posix_spawn_file_actions_init(&m_actions);
        ::posix_spawnattr_init(&m_attributes);
    }
    ~SpawnActions()
    {
        ::posix_spawn_file_actions_destroy(&m_actions);
        ::posix_spawnattr_destroy(&m_attributes);
    }
    Q_DISABLE_COPY_MOVE(SpawnActions)

    void duplicate(int from, int to)
    {
        keep(::posix_spawn_file_actions_adddup2(&m_actions, from, to));
    }
    void openNull(int at)
    {
        keep(::posix_spawn_file_actions_addopen(&m_actions, at, "/dev/null", O_RDONLY, 0));
    }
    void finish(const QByteArray &directory, int closeFrom)
    {
        if (!directory.isEmpty()) {
            keep(::posix_spawn_file_actions_addchdir_np(&m_actions, directory.constData()));
        }
        keep(::posix_spawn_file_actions_addclosefrom_np(&m_actions, closeFrom));
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        keep(::posix_spawnattr_setsigmask(&m_attributes, &none));
        keep(::posix_spawnattr_setsigdefault(&m_attributes, &all));
        keep(::posix_spawnattr_setpgroup(&m_attributes, 0));
        keep(::posix_spawnattr_setflags(
            &m_attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    }
    [[nodiscard]] int spawn(pid_t &pid, const ChildSpec &spec) const
    {
        if (m_error != 0) {
            return m_error;
        }
        const std::vector<char *> arguments = pointers(spec.arguments, &spec.program);
        const std::vector<char *> environment = pointers(spec.environment, nullptr);
        return ::posix_spawn(&pid, spec.program.constData(), &m_actions, &m_attributes,
            arguments.data(), environment.data());
    }

private:
    void keep(int error)
    {
        if (m_error == 0) {
            m_error = error;
        }
    }

    posix_spawn_file_actions_t m_actions{};
    posix_spawnattr_t m_attributes{};
    int m_error = 0;
};

std::array<char, 64 * 1024> &outputScratch()
{
    thread_local std::array<char, 64 * 1024> scratch;
    return scratch;
}

} // namespace

void ChildProcess::holdLowDescriptors()
{
    static const bool held = [] {
        (void)::signal(SIGPIPE, SIG_IGN);
        for (int fd = 3; fd < kFirstOwnDescriptor; ++fd) {
            if (::fcntl(fd, F_GETFD) != -1) {
                continue;
            }
            const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            if (null.get() < 0) {
                return false;
            }
            if (null.get() == fd || ::dup3(null.get(), fd, O_CLOEXEC) < 0) {
                (void)const_cast<Descriptor &>(null).release(); // NOLINT: it sits where it shall
            }
        }
        return true;
    }();
    Q_UNUSED(held)
}

ChildProcess::ChildProcess(ChildListener &listener)
    : m_listener(listener)
{ }

ChildProcess::~ChildProcess()
{
    if (m_running) {
        // The leader is not reaped yet, so the group's number cannot be anybody else's.
        signalGroup(m_group.pgid, SIGKILL);
        int status = 0;
        while (::waitpid(static_cast<pid_t>(m_group.pgid), &status, 0) < 0 && errno == EINTR) { }
    }
    closeChannels();
    close(m_process);
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(
    const ChildSpec &spec, ChildListener &listener)
{
    holdLowDescriptors();
    const bool driver = spec.channels == ChildSpec::Channels::Driver;
    Pipe input;
    Pipe responses;
    Pipe log;
    Pipe result;
    if (!openPipe(input, OurEnd::Write, spec.wide) || !openPipe(log, OurEnd::Read, false)
        || (driver && !openPipe(responses, OurEnd::Read, spec.wide))
        || (!driver && !openPipe(result, OurEnd::Read, false))) {
        return startError(spec.program, errno);
    }

    SpawnActions actions;
    if (driver) {
        actions.openNull(0);
        actions.duplicate(log.writeEnd.get(), 1);
        actions.duplicate(log.writeEnd.get(), 2);
        actions.duplicate(input.readEnd.get(), 3);
        actions.duplicate(responses.writeEnd.get(), 4);
    } else {
        actions.duplicate(input.readEnd.get(), 0);
        actions.duplicate(result.writeEnd.get(), 1);
        actions.duplicate(log.writeEnd.get(), 2);
    }
    actions.finish(spec.workingDirectory, driver ? 5 : 3);
    pid_t pid = 0;
    if (const int error = actions.spawn(pid, spec); error != 0) {
        return startError(spec.program, error);
    }

    std::unique_ptr<ChildProcess> child(new ChildProcess(listener));
    child->m_group = ProcessGroup{.pgid = pid, .startTime = processStartTime(pid).value_or(0)};
    child->m_running = true;
    child->m_input.fd = input.writeEnd.release();
    child->m_log.fd = log.readEnd.release();
    child->m_responses.fd = responses.readEnd.release();
    child->m_result.fd = result.readEnd.release();
    child->m_process.fd = movedUp(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))).release();
    if (child->m_process.fd < 0) {
        return startError(spec.program, errno);
    }
    child->watch(child->m_process, QSocketNotifier::Read, &ChildProcess::onProcessEnded);
    child->watch(child->m_log, QSocketNotifier::Read, &ChildProcess::onLogReadable);
    if (driver) {
        child->watch(child->m_responses, QSocketNotifier::Read, &ChildProcess::onResponsesReadable);
    } else {
        child->watch(child->m_result, QSocketNotifier::Read, &ChildProcess::onResultReadable);
    }
    return child;
}

void ChildProcess::watch(
    Channel &channel, QSocketNotifier::Type type, void (ChildProcess::*handler)())
{
    channel.notifier = std::make_unique<QSocketNotifier>(channel.fd, type);
    QObject::connect(channel.notifier.get(), &QSocketNotifier::activated, channel.notifier.get(),
        [this, handler] { (this->*handler)(); });
}

void ChildProcess::close(Channel &channel)
{
    if (channel.notifier) {
        // The notifier may be the one that is calling us.
        channel.notifier->setEnabled(false);
        channel.notifier->disconnect();
        channel.notifier.release()->deleteLater();
    }
    if (channel.fd >= 0) {
        ::close(std::exchange(channel.fd, -1));
    }
}

void ChildProcess::closeChannels()
{
    close(m_input);
    close(m_responses);
    close(m_log);
    close(m_result);
    m_outgoing.clear();
    m_outgoingBytes = 0;
    m_outgoingOffset = 0;
}

bool ChildProcess::isDrained() const noexcept
{
    return m_responses.fd < 0 && m_log.fd < 0 && m_result.fd < 0;
}

void ChildProcess::write(const QByteArray &bytes)
{
    if (m_input.fd < 0 || bytes.isEmpty()) {
        return;
    }
    m_outgoingBytes += bytes.size();
    if (!m_outgoing.empty() && m_outgoing.back().size() + bytes.size() <= kCoalesceBytes) {
        m_outgoing.back().append(bytes);
    } else {
        // Large bodies are shared, not copied.
        m_outgoing.push_back(bytes);
        if (bytes.size() < kCoalesceBytes / 2) {
            m_outgoing.back().reserve(kCoalesceBytes);
        }
    }
}

void ChildProcess::flush()
{
    while (m_input.fd >= 0 && !m_outgoing.empty()) {
        std::array<iovec, 16> parts{};
        int count = 0;
        qint64 offset = m_outgoingOffset;
        for (auto it = m_outgoing.cbegin(); it != m_outgoing.cend() && count < 16; ++it, ++count) {
            auto &part = parts.at(static_cast<std::size_t>(count));
            part.iov_base = const_cast<char *>(it->constData() + offset); // NOLINT: only read
            part.iov_len = static_cast<std::size_t>(it->size() - offset);
            offset = 0;
        }
        const ssize_t written = ::writev(m_input.fd, parts.data(), count);
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno == EAGAIN) {
                if (!m_input.notifier) {
                    watch(m_input, QSocketNotifier::Write, &ChildProcess::flush);
                }
                m_input.notifier->setEnabled(true);
                return;
            }
            // EPIPE: the child closed its input or ended; its end is reported by the other
            // channels.
            m_outgoing.clear();
            m_outgoingBytes = 0;
            m_outgoingOffset = 0;
            close(m_input);
            return;
        }
        m_outgoingBytes -= written;
        qint64 left = written + m_outgoingOffset;
        while (!m_outgoing.empty() && left >= m_outgoing.front().size()) {
            left -= m_outgoing.front().size();
            m_outgoing.pop_front();
        }
        m_outgoingOffset = left;
    }
    if (m_input.notifier) {
        m_input.notifier->setEnabled(false);
    }
    if (m_inputFinished) {
        close(m_input);
    }
}

void ChildProcess::finishInput()
{
    m_inputFinished = true;
    flush();
}

qint64 ChildProcess::readResponses(char *data, qint64 size)
{
    while (m_responses.fd >= 0) {
        const ssize_t count = ::read(m_responses.fd, data, static_cast<std::size_t>(size));
        if (count > 0) {
            return count;
        }
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && errno == EAGAIN) {
            return -1;
        }
        close(m_responses);
    }
    return 0;
}

void ChildProcess::readChannel(Channel &channel, OutputChannel kind)
{
    qint64 total = 0;
    auto &scratch = outputScratch();
    while (channel.fd >= 0 && total < limits::kMaxReadPerTurn) {
        const ssize_t count = ::read(channel.fd, scratch.data(), scratch.size());
        if (count > 0) {
            total += count;
            m_listener.outputRead(kind, QByteArrayView(scratch.data(), count));
            if (count < static_cast<ssize_t>(scratch.size())) {
                return;
            }
            continue;
        }
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && errno == EAGAIN) {
            return;
        }
        close(channel);
    }
}

void ChildProcess::readOutput()
{
    readChannel(m_log, OutputChannel::Log);
    readChannel(m_result, OutputChannel::Result);
}

void ChildProcess::onLogReadable()
{
    readChannel(m_log, OutputChannel::Log);
    if (m_log.fd < 0) {
        m_listener.channelEnded();
    }
}

void ChildProcess::onResultReadable()
{
    readChannel(m_result, OutputChannel::Result);
    if (m_result.fd < 0) {
        m_listener.channelEnded();
    }
}

void ChildProcess::onResponsesReadable()
{
    m_listener.responsesReadable();
}

void ChildProcess::onProcessEnded()
{
    if (!m_running) {
        return;
    }
    // Before reaping: until then nobody else can have the group's number.
    signalGroup(m_group.pgid, SIGKILL);
    int status = 0;
    const pid_t reaped = ::waitpid(static_cast<pid_t>(m_group.pgid), &status, WNOHANG);
    if (reaped == 0 || (reaped < 0 && errno == EINTR)) {
        return;
    }
    m_running = false;
    close(m_process);
    close(m_input);
    ChildExit exit;
    if (reaped > 0 && WIFSIGNALED(status)) {
        exit.signalNumber = WTERMSIG(status);
    } else if (reaped > 0) {
        exit.exitCode = WEXITSTATUS(status);
    }
    m_listener.processEnded(exit);
}

void ChildProcess::signal(int signalNumber) const
{
    if (m_running) {
        signalGroup(m_group.pgid, signalNumber);
    }
}

} // namespace earshot::runner
