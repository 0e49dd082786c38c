// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/triggerconfig.h"

#include <optional>

namespace earshot::runner {

/// Milliseconds to wait before the next attempt, or nothing when the attempts are used up.
/// `previousRetries`: how many retries were made already, 0 after the first failure. `random`: from
/// [0, 1), spreads the delay by the configured percentage.
[[nodiscard]] std::optional<qint64> retryDelayMs(
    const RetryConfig &retry, int previousRetries, double random);

} // namespace earshot::runner
