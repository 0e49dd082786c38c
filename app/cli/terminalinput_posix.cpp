// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/terminalinput_posix.h"

#include "app/cli/output.h"

#include <QFile>

#include <termios.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

constexpr qint64 kMaxLineBytes = qint64(64) * 1024;

/// Switches the echo off and, whatever happens, on again.
class HiddenInput
{
public:
    explicit HiddenInput(bool hidden)
        : m_active(hidden && ::tcgetattr(STDIN_FILENO, &m_before) == 0)
    {
        if (m_active) {
            termios silent = m_before;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        }
    }
    ~HiddenInput()
    {
        if (m_active) {
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_before);
        }
    }
    Q_DISABLE_COPY_MOVE(HiddenInput)

private:
    termios m_before = {};
    bool m_active = false;
};

} // namespace

bool stdinIsTerminal()
{
    return ::isatty(STDIN_FILENO) == 1;
}

Result<QString> askPerson(const QString &prompt, bool hidden)
{
    writeErr(prompt);
    QFile input;
    if (!input.open(stdin, QIODevice::ReadOnly)) {
        return Error{.code = ErrorCode::Io, .message = input.errorString(), .detail = {}};
    }
    QByteArray line;
    {
        const HiddenInput echo(hidden);
        line = input.readLine(kMaxLineBytes);
    }
    if (hidden) {
        writeErr(u"\n"_s);
    }
    if (line.isEmpty()) {
        return Error{
            .code = ErrorCode::Cancelled, .message = u"nothing was entered"_s, .detail = {}};
    }
    if (line.endsWith('\n')) {
        line.chop(1);
    }
    return QString::fromUtf8(line);
}

} // namespace earshot::cli
