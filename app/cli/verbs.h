// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/arguments.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace earshot::cli {

/// Every verb, in the order of the overview.
[[nodiscard]] const std::vector<VerbSpec> &verbTable();

struct Invocation
{
    const VerbSpec *verb = nullptr;
    QStringList rest; ///< words after the verb's name
    bool wantsHelp = false;
};
[[nodiscard]] Invocation findVerb(const QStringList &words);

/// Says that there is no such verb, with the nearest one; returns the exit code.
int complainAboutVerb(const QStringList &words);
[[nodiscard]] QString overviewText();
/// `earshot` without a verb: the window where it is installed, else the overview.
int openWindow();

// The verbs' specifications, by file.
[[nodiscard]] VerbSpec listenVerb();
[[nodiscard]] VerbSpec runVerbSpec();
[[nodiscard]] VerbSpec demoVerb();
[[nodiscard]] VerbSpec serveVerb();
[[nodiscard]] VerbSpec doctorVerb();
[[nodiscard]] std::vector<VerbSpec> triggerVerbs();
[[nodiscard]] std::vector<VerbSpec> runsVerbs();
[[nodiscard]] std::vector<VerbSpec> liveVerbs(); ///< status, tail, send, panic
[[nodiscard]] std::vector<VerbSpec>
storeVerbs(); ///< variable, resource, secret, config, backup, restore

} // namespace earshot::cli
