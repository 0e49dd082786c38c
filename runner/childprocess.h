// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "runner/processgroup.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QSocketNotifier>

#include <deque>
#include <memory>

namespace earshot::runner {

struct ChildSpec
{
    QByteArray program; ///< absolute file name
    QByteArrayList arguments; ///< without the program's name
    QByteArrayList environment; ///< `NAME=value`, all the child gets
    QByteArray workingDirectory;
    enum class Channels {
        Driver, ///< requests on 3, responses on 4; stdout and stderr are one stream; no stdin
        Executable, ///< stdin, stdout and stderr on pipes of their own
    };
    Channels channels = Channels::Driver;
    bool wide = false; ///< large pipes: for processes that serve many runs
};

struct ChildExit
{
    int exitCode = 0;
    int signalNumber = 0; ///< not 0 when a signal ended the process
};

enum class OutputChannel { Log, Result };

/// Told by a ChildProcess from the event loop. The process must not be destroyed from within.
class ChildListener
{
public:
    ChildListener() = default;
    virtual ~ChildListener() = default;
    Q_DISABLE_COPY_MOVE(ChildListener)

    /// readResponses() has something, maybe the end.
    virtual void responsesReadable() = 0;
    virtual void outputRead(OutputChannel channel, QByteArrayView bytes) = 0;
    /// The process ended; what its pipes still hold can be read until closeOutput().
    virtual void processEnded(ChildExit exit) = 0;
    /// A pipe came to its end; see isDrained().
    virtual void channelEnded() = 0;
};

/// A child in a process group of its own with raw pipes. Event-loop thread only; owned by value or
/// unique_ptr. Destroying it kills the group. Ending the leader kills what is left of its group.
class ChildProcess final
{
public:
    [[nodiscard]] static Result<std::unique_ptr<ChildProcess>> start(
        const ChildSpec &spec, ChildListener &listener);
    ~ChildProcess();
    Q_DISABLE_COPY_MOVE(ChildProcess)

    /// Occupies the free ones of descriptors 3 to 9 of this process, once, so that no pipe or
    /// library ever sits where a child expects the driver's channels. Also ignores SIGPIPE.
    static void holdLowDescriptors();

    [[nodiscard]] const ProcessGroup &group() const noexcept { return m_group; }
    [[nodiscard]] bool isRunning() const noexcept { return m_running; }

    /// Queues bytes for the child; nothing is written before flush().
    void write(const QByteArray &bytes);
    void flush();
    [[nodiscard]] qint64 bytesToWrite() const noexcept { return m_outgoingBytes; }
    /// Closes the child's input once everything queued is written.
    void finishInput();

    /// Bytes read, 0 at the end, -1 when there is nothing now.
    [[nodiscard]] qint64 readResponses(char *data, qint64 size);
    /// Hands what the output pipes hold now to the listener.
    void readOutput();
    /// True when every pipe from the child came to its end.
    [[nodiscard]] bool isDrained() const noexcept;
    [[nodiscard]] bool hasResponsesEnded() const noexcept { return m_responses.fd < 0; }
    /// Closes every pipe, whoever still holds the other end.
    void closeChannels();

    /// To the whole group; no effect once the leader is gone.
    void signal(int signalNumber) const;

private:
    struct Channel
    {
        int fd = -1;
        std::unique_ptr<QSocketNotifier> notifier;
    };

    explicit ChildProcess(ChildListener &listener);
    void close(Channel &channel);
    void watch(Channel &channel, QSocketNotifier::Type type, void (ChildProcess::*handler)());
    void readChannel(Channel &channel, OutputChannel kind);
    void onProcessEnded();
    void onResponsesReadable();
    void onLogReadable();
    void onResultReadable();

    ChildListener &m_listener;
    ProcessGroup m_group;
    bool m_running = false;
    bool m_inputFinished = false;
    Channel m_input; ///< fd 3 of a driver, stdin of an executable
    Channel m_responses; ///< fd 4 of a driver
    Channel m_log; ///< stderr, and stdout of a driver
    Channel m_result; ///< stdout of an executable
    Channel m_process; ///< pidfd
    std::deque<QByteArray> m_outgoing;
    qint64 m_outgoingOffset = 0; ///< written bytes of the first of them
    qint64 m_outgoingBytes = 0;
};

} // namespace earshot::runner
