// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/retryschedule.h"

#include "runner/limits.h"

#include <algorithm>
#include <cmath>

namespace earshot::runner {

std::optional<qint64> retryDelayMs(const RetryConfig &retry, int previousRetries, double random)
{
    if (previousRetries < 0 || previousRetries >= limits::kMaxRetryAttempts) {
        return std::nullopt;
    }
    const auto capped = [](double milliseconds) {
        return static_cast<qint64>(
            std::clamp(milliseconds, 0.0, static_cast<double>(limits::kMaxRetryDelayMs)));
    };
    if (previousRetries < retry.constantAttempts) {
        return capped(1000.0 * retry.constantSeconds);
    }
    if (previousRetries - std::max(retry.constantAttempts, 0) >= retry.exponentialAttempts) {
        return std::nullopt;
    }
    // Windmill counts all attempts made so far, the constant ones too.
    double seconds = retry.exponentialMultiplier
        * std::pow(static_cast<double>(retry.exponentialSeconds), previousRetries + 1);
    const double spread = std::clamp(retry.randomFactor, 0, 100) / 100.0;
    seconds *= 1.0 + spread * (2.0 * random - 1.0);
    return capped(1000.0 * seconds);
}

} // namespace earshot::runner
