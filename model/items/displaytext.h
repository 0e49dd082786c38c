// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/rows.h"
#include "model/rpc/types.h"

#include <QString>

/// Words for values of the API, the same in the window and the tray.
namespace earshot::items {

/// What a state means at a glance; the window gives each a colour.
enum class Tone { Quiet, Busy, Good, Warning, Bad };

/// Stands beside a state's colour for those who do not see it.
enum class StateShape {
    Ring, ///< off
    Arc, ///< on its way: finding the URL, connecting, starting
    Disc, ///< ready
    DiscInRing, ///< ready and silent
    Bars, ///< suspended
    Triangle, ///< backing off
    Square, ///< stopped
};

[[nodiscard]] StateShape shapeOf(const rpc::TriggerSummary &trigger, qint64 nowUs);
[[nodiscard]] Tone toneOf(const rpc::TriggerSummary &trigger);
[[nodiscard]] Tone toneOf(RunStatus status);
/// `ready`, `suspended, 3 waiting`, `next attempt in 8 s`, … at the given time.
[[nodiscard]] QString stateText(const rpc::TriggerSummary &trigger, qint64 nowUs);
[[nodiscard]] QString statusText(RunStatus status);
/// `120 received · 12 matched · 1 failed`; only what is not zero.
[[nodiscard]] QString counterText(const rpc::Counters &counters);
/// Local time with milliseconds; with the date when it is not today's.
[[nodiscard]] QString timeText(qint64 atUs, qint64 nowUs);
[[nodiscard]] QString sizeText(qint64 bytes);
[[nodiscard]] QString durationText(qint64 microseconds);
/// The text on one line: control characters shown, nothing else changed.
[[nodiscard]] QString oneLine(const QString &text);

} // namespace earshot::items
