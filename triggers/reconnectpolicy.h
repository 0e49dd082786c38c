// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/triggerconfig.h"

#include <QString>

#include <functional>
#include <optional>

namespace earshot::triggers {

/// Why the last connection, or the attempt at one, ended.
enum class Setback {
    ClosedAfterReady, ///< was connected, then closed by anybody
    TransientFailure, ///< could not connect; trying again may work
    RefusedByServer, ///< HTTP 401, 403 or 404: once more with a fresh URL, then stop
    PermanentFailure, ///< bad URL, certificate, protocol: trying again cannot help
    RunnableFailed, ///< the runnable for the URL or an initial message failed
};

struct ReconnectDecision
{
    /// Not set: give up; the trigger is disabled with its error.
    std::optional<qint64> delayMs;
    int attempt = 0; ///< failed attempts in a row so far, for the status text
    int attemptsAllowed = 0; ///< 0 = no limit
};

/// Decides when to connect again. Pure: time and chance come from outside.
///
/// Backoff follows "full jitter" (AWS Architecture Blog, Exponential Backoff and Jitter): a delay
/// drawn from 0 to min(60 s, 1 s × 2^n), at least 0.2 s; n starts again after 60 s of ready.
/// Windmill's timing: 2, 4, 8, 16 s and five attempts in all; 15 to 30 s after a close.
class ReconnectPolicy final
{
public:
    static constexpr qint64 kBaseMs = 1000;
    static constexpr qint64 kCapMs = 60'000;
    static constexpr qint64 kFloorMs = 200;
    static constexpr qint64 kStableMs = 60'000;
    static constexpr int kWindmillAttempts = 5;

    /// `uniform` returns a number in [0, 1).
    ReconnectPolicy(ReconnectPolicyKind kind, std::function<double()> uniform);

    /// Gives up after this many failed attempts as long as no connection was ever made (`listen`);
    /// 0 = no limit.
    void setInitialAttemptLimit(int attempts);

    void noteReady(qint64 nowMs);
    [[nodiscard]] ReconnectDecision decide(Setback setback, qint64 nowMs);
    /// Forgets failed attempts: the person asked to try now, or the network came back.
    void reset();

private:
    [[nodiscard]] ReconnectDecision decideBackoff(Setback setback);
    [[nodiscard]] ReconnectDecision decideWindmill(Setback setback);

    ReconnectPolicyKind m_kind;
    std::function<double()> m_uniform;
    int m_initialAttemptLimit = 0;
    int m_failures = 0;
    int m_refusals = 0;
    bool m_everReady = false;
    std::optional<qint64> m_readySinceMs;
};

} // namespace earshot::triggers
