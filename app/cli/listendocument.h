// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/arguments.h"
#include "model/triggerconfig.h"

namespace earshot::cli {

/// The trigger document that the options of `earshot listen` stand for, parsed and checked like a
/// saved one. `url` and `scriptFile` (absolute) are given apart.
[[nodiscard]] Result<TriggerConfig> listenConfig(
    const QString &url, const QString &scriptFile, const Arguments &arguments);

/// One `--filter`: a JSON object as it is, or `key=value` (the key literal, the value JSON if it
/// parses, else a string). Returns JSON text of one filter entry.
[[nodiscard]] Result<QByteArray> filterFromText(const QString &text);

} // namespace earshot::cli
