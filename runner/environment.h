// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runner/runexecutor.h"

#include <QByteArrayList>

#include <array>

namespace earshot::runner {

/// The environment scripts get: an allow-list of the service's own, and Windmill's `WM_*`.
///
/// Passed on: PATH, HOME, LANG, LANGUAGE, LC_*, TZ, USER, LOGNAME, SHELL, TMPDIR, XDG_*, the proxy
/// variables, the places of certificates, and what a script needs to reach the user's desktop
/// (DISPLAY, WAYLAND_DISPLAY, XAUTHORITY, DBUS_SESSION_BUS_ADDRESS: notify-send works). Nothing
/// else: credentials in the service's environment (SSH_AUTH_SOCK, *_TOKEN, *_KEY) stay there.
class RunEnvironment final
{
public:
    struct Identity
    {
        QString workspace = QStringLiteral("local");
        QString baseUrl = QStringLiteral("http://localhost");
        QString email = QStringLiteral("user@localhost");
        QString user = QStringLiteral("user");
    };

    explicit RunEnvironment(const Identity &identity);

    [[nodiscard]] static bool isAllowed(QByteArrayView name);

    /// Of a process that serves runs of the script: its `NAME=value` list.
    [[nodiscard]] QByteArrayList forProcess(const QString &script) const;
    /// What changes with each run, as a JSON object.
    /// `sentUser` is what the process got last: variables stay, so an equal one is left out.
    [[nodiscard]] QByteArray forRun(const RunJob &job, qint64 nowUs, QString &sentUser);
    /// Both, for a process that is made for one run.
    [[nodiscard]] QByteArrayList forProcess(const QString &script, const RunJob &job, qint64 nowUs);

private:
    [[nodiscard]] QByteArray token();
    [[nodiscard]] const QByteArray &scheduledFor(qint64 nowUs);

    Identity m_identity;
    QByteArrayList m_inherited;
    std::array<unsigned char, 4096> m_random{};
    std::size_t m_randomUsed = sizeof(m_random);
    qint64 m_scheduledSecond = -1;
    QByteArray m_scheduledText;
};

} // namespace earshot::runner
