// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QJsonObject>
#include <QJsonValue>
#include <QStringList>

#include <memory>

#include <sys/types.h>

namespace earshot::tests {

/// A driver answers in milliseconds; only a loaded machine comes near this.
constexpr int kDeadlineMs = 30'000;

/// One response line with the raw bytes behind it.
struct Response
{
    QJsonObject head;
    QByteArray body;

    [[nodiscard]] QString type() const;
    [[nodiscard]] QJsonValue bodyJson() const;
};

/// A driver started as Earshot starts it: by its runtime file, with pipes on 3 and 4.
class DriverProcess final
{
public:
    enum class Mode { Serve, ForkServer };

    /// `environment` holds NAME=value lines beside the runtime's own.
    DriverProcess(const QString &runtime, const QString &script,
        const QStringList &environment = {}, Mode mode = Mode::Serve);
    ~DriverProcess();
    Q_DISABLE_COPY_MOVE(DriverProcess)

    [[nodiscard]] pid_t pid() const noexcept { return m_pid; }
    [[nodiscard]] QString folder() const { return m_folder; }

    void send(const QByteArray &bytes);
    void sendRun(int id, const QByteArray &message, const QJsonObject &more = {});
    void closeInput();
    /// What /proc calls the pipes on the driver's 3 and 4, as in `pipe:[123]`.
    [[nodiscard]] QByteArrayList pipeNames() const;

    /// The next response; `type()` is empty when the driver has closed its end, or nothing came in
    /// time.
    [[nodiscard]] Response next();
    /// The next response that is not `started`.
    [[nodiscard]] Response nextOutcome();
    /// Whether the driver's end of the responses closes, whatever else goes on.
    [[nodiscard]] bool waitForEndOfResponses();
    /// Exit status as waitpid() gives it; -1 when the process goes on.
    [[nodiscard]] int waitForExit();
    /// What was read so far; complete once waitForExit() has returned.
    [[nodiscard]] QByteArray output() const { return m_streams[0].text; }
    [[nodiscard]] QByteArray errorOutput() const { return m_streams[1].text; }
    /// Reads until `text` stands in the output or in the error output.
    [[nodiscard]] bool waitForOutput(const QByteArray &text);

private:
    struct Stream
    {
        int fd = -1;
        QByteArray text;
    };

    /// Waits for bytes on any of the streams; false when nothing came in time or all are closed.
    bool pump();
    [[nodiscard]] bool takeResponse(Response &response);

    pid_t m_pid = -1;
    int m_requestFd = -1;
    QString m_folder;
    QByteArray m_responses;
    Stream m_streams[3]; // stdout, stderr, responses
};

/// Absolute path of the interpreter: the runtime's own variable, the one the tests brought, or the
/// system's.
[[nodiscard]] QString interpreterOf(const QString &runtime);
/// What the driver prints for --signature.
[[nodiscard]] QJsonObject signatureOf(const QString &runtime, const QString &script);
QString writeScript(const QString &folder, const QString &name, const QByteArray &source);
/// Whether every key of `expected` is in `actual` with that value. A text that ends with an
/// ellipsis (…) is a prefix.
[[nodiscard]] bool includesJson(const QJsonValue &actual, const QJsonValue &expected);
[[nodiscard]] QJsonValue jsonOf(const QByteArray &text);
[[nodiscard]] QByteArray textOf(const QJsonValue &value);

} // namespace earshot::tests
