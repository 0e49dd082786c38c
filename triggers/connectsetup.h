// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"
#include "triggers/connectrequest.h"
#include "triggers/runnableinvoker.h"

#include <optional>

namespace earshot::triggers {

/// What sessions and connection tests share: from a trigger's configuration to a connection.

/// The runnable of a `$script:` or `$flow:` URL.
[[nodiscard]] std::optional<RunnableRef> urlRunnable(const QString &url);
/// A URL that begins with `$` and is none of `$script:`, `$flow:`, `$var:`, `$res:`.
[[nodiscard]] bool isInvalidDollarUrl(const QString &url);
[[nodiscard]] Error invalidDollarUrl(const QString &url);
/// `Script f/a/b` or `Flow f/a/b`.
[[nodiscard]] QString runnableLabel(const RunnableRef &runnable);
/// The URL a runnable returned, or why there is none, in Windmill's words.
[[nodiscard]] Result<QString> urlFromOutcome(
    const RunnableRef &runnable, const RunOutcome &outcome);
/// `{"error":{"name":…,"message":…}}` as one line of text.
[[nodiscard]] QString errorText(const RunOutcome &outcome);

/// References in URL and headers resolved: may hold secrets.
[[nodiscard]] Result<ConnectRequest> buildConnectRequest(
    const TriggerConfig &config, const QString &url, const ReferenceResolver &references);

} // namespace earshot::triggers
