// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/serviceevents.h"

#include <functional>

namespace earshot::cli {

/// Prints what happens to a trigger in the foreground: a line per run on stdout, the life of the
/// connection on stderr.
class RunPrinter final : public service::ServiceEvents
{
public:
    struct Options
    {
        bool json = false;
        bool quiet = false; ///< no connection news
    };

    explicit RunPrinter(Options options)
        : m_options(options)
    { }

    /// Called after each message run with its final status.
    std::function<void(RunStatus)> runEnded;
    /// Where `triggerChanged` finds the session's status.
    std::function<triggers::SessionStatus()> status;

    [[nodiscard]] bool wantsMessages(const QString &) const override { return false; }
    [[nodiscard]] bool wantsRunProgress() const override { return false; }
    void messageSeen(const service::MessageNotice &) override { }
    void runChanged(const service::RunNotice &notice) override;
    void triggerChanged(const QString &triggerPath) override;
    void connectionReady(const QString &, const triggers::SessionStatus &) override { }
    void connectionClosed(const QString &triggerPath, const triggers::CloseInfo &info) override;
    void alert(const QString &triggerPath, const QString &text) override;

private:
    void printJson(const service::RunNotice &notice) const;
    void printText(const service::RunNotice &notice) const;

    Options m_options;
    QString m_lastStatus;
};

/// `error.message` of a failed result, else its text.
[[nodiscard]] QString errorLine(const QByteArray &result);

} // namespace earshot::cli
