// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/environment.h"

#include "runner/jsontext.h"

#include <QDateTime>
#include <QTimeZone>

#include <algorithm>
#include <cstring>
#include <string_view>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr std::array<std::string_view, 33> kAllowed{"PATH", "HOME", "LANG", "LANGUAGE", "TZ",
    "USER", "LOGNAME", "SHELL", "TMPDIR", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    "ftp_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "FTP_PROXY", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "DENO_DIR",
    "BUN_INSTALL", "NODE_PATH", "PYENV_ROOT", "PYTHONPATH", "DISPLAY", "WAYLAND_DISPLAY",
    "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"};
constexpr std::array<std::string_view, 2> kAllowedPrefixes{"LC_", "XDG_"};

constexpr std::size_t kTokenBytes = 16;

/// Present in every run, empty where Earshot has no such thing.
constexpr std::array<const char *, 11> kEmpty{"WM_FLOW_JOB_ID", "WM_ROOT_FLOW_JOB_ID",
    "WM_FLOW_PATH", "WM_FLOW_STEP_ID", "WM_SCHEDULE_PATH", "WM_OBJECT_PATH", "WM_JOB_ID",
    "WM_TOKEN", "WM_USERNAME", "WM_SCHEDULED_FOR", "WM_END_USER_EMAIL"};

QByteArray variable(const char *name, const QString &value)
{
    return QByteArray(name) + '=' + value.toUtf8();
}

void appendVariable(QByteArray &json, const char *name, QByteArrayView value)
{
    json.append(json.isEmpty() ? '{' : ',').append('"').append(name).append("\":");
    appendJsonString(json, value);
}

} // namespace

bool RunEnvironment::isAllowed(QByteArrayView name)
{
    const std::string_view text(name.data(), static_cast<std::size_t>(name.size()));
    return std::find(kAllowed.begin(), kAllowed.end(), text) != kAllowed.end()
        || std::any_of(kAllowedPrefixes.begin(), kAllowedPrefixes.end(),
            [text](std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; });
}

RunEnvironment::RunEnvironment(const Identity &identity)
    : m_identity(identity)
{
    for (char **entry = environ; *entry != nullptr; ++entry) {
        const QByteArrayView text(*entry);
        const qsizetype equals = text.indexOf('=');
        if (equals > 0 && isAllowed(text.first(equals))) {
            m_inherited.append(text.toByteArray());
        }
    }
}

QByteArrayList RunEnvironment::forProcess(const QString &script) const
{
    QByteArrayList all = m_inherited;
    all.append(variable("WM_WORKSPACE", m_identity.workspace));
    all.append(variable("WM_EMAIL", m_identity.email));
    all.append(variable("WM_PERMISSIONED_AS", QString(u"u/"_s + m_identity.user)));
    all.append(variable("WM_BASE_URL", m_identity.baseUrl));
    all.append(variable("BASE_URL", m_identity.baseUrl));
    all.append(variable("BASE_INTERNAL_URL", m_identity.baseUrl));
    all.append(variable("WM_JOB_PATH", script));
    all.append(variable("WM_RUNNABLE_ID", script));
    all.append(variable("WM_STATE_PATH", QString(script + u"/user"_s)));
    all.append(variable("WM_STATE_PATH_NEW", QString(script + u"/user"_s)));
    all.append("WM_WORKER_GROUP=earshot");
    for (const char *name : kEmpty) {
        all.append(QByteArray(name) + '=');
    }
    return all;
}

QByteArray RunEnvironment::token()
{
    static constexpr char kHex[] = "0123456789abcdef";
    if (m_randomUsed + kTokenBytes > m_random.size()) {
        // The kernel's generator, asked for many tokens at once; at most 256 bytes a call.
        static_assert(sizeof(m_random) % 256 == 0);
        for (std::size_t at = 0; at < m_random.size(); at += 256) {
            if (::getentropy(m_random.data() + at, 256) != 0) {
                qFatal("the system has no random numbers");
            }
        }
        m_randomUsed = 0;
    }
    QByteArray text(static_cast<qsizetype>(2 * kTokenBytes), Qt::Uninitialized);
    for (std::size_t i = 0; i < kTokenBytes; ++i) {
        const unsigned char byte = m_random.at(m_randomUsed++);
        text[static_cast<qsizetype>(2 * i)] = kHex[byte >> 4U];
        text[static_cast<qsizetype>(2 * i + 1)] = kHex[byte & 0xFU];
    }
    return text;
}

const QByteArray &RunEnvironment::scheduledFor(qint64 nowUs)
{
    const qint64 second = nowUs / 1'000'000;
    if (second != m_scheduledSecond) {
        m_scheduledSecond = second;
        m_scheduledText = QDateTime::fromSecsSinceEpoch(second, QTimeZone::utc())
                              .toString(Qt::ISODate)
                              .toLatin1();
    }
    return m_scheduledText;
}

QByteArray RunEnvironment::forRun(const RunJob &job, qint64 nowUs, QString &sentUser)
{
    QByteArray json;
    json.reserve(192);
    appendVariable(json, "WM_JOB_ID", job.jobId.toLatin1());
    appendVariable(json, "WM_TOKEN", token());
    appendVariable(json, "WM_SCHEDULED_FOR", scheduledFor(nowUs));
    if (sentUser != job.username) {
        sentUser = job.username;
        appendVariable(json, "WM_USERNAME", job.username.toUtf8());
    }
    if (!job.stepId.isEmpty()) {
        appendVariable(json, "WM_FLOW_STEP_ID", job.stepId.toUtf8());
    }
    return json.append('}');
}

QByteArrayList RunEnvironment::forProcess(const QString &script, const RunJob &job, qint64 nowUs)
{
    QByteArrayList all = forProcess(script);
    all.removeIf([](const QByteArray &entry) {
        return entry == "WM_JOB_ID=" || entry == "WM_TOKEN=" || entry == "WM_USERNAME="
            || entry == "WM_SCHEDULED_FOR=" || entry == "WM_FLOW_STEP_ID=";
    });
    all.append(variable("WM_JOB_ID", job.jobId));
    all.append("WM_TOKEN=" + token());
    all.append("WM_SCHEDULED_FOR=" + scheduledFor(nowUs));
    all.append(variable("WM_USERNAME", job.username));
    all.append(variable("WM_FLOW_STEP_ID", job.stepId));
    return all;
}

} // namespace earshot::runner
