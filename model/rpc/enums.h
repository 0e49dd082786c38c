// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"
#include "model/triggerconfig.h"

#include <QString>
#include <QStringView>

/// The enums of the control API and their texts.
namespace earshot::rpc {

/// Where a session stands.
enum class SessionPhase {
    Off, ///< the trigger is disabled
    ResolvingUrl, ///< a runnable computes the URL
    Connecting,
    Starting, ///< open; initial messages are being sent
    Ready,
    BackingOff, ///< waits for the next attempt
    Stopped, ///< gave up; `error` says why
};
enum class Direction : quint8 { In, Out, Event };
enum class PayloadKind : quint8 { Text, Binary, Event };
/// What a row of the live log is.
enum class RowKind : quint8 {
    Message, ///< received
    Initial, ///< sent: an initial message
    Heartbeat, ///< sent
    Reply, ///< sent: the result of a run
    Script, ///< sent by a script while it ran
    User, ///< sent by a person
    ResolvingUrl,
    Connecting,
    Open, ///< the handshake is done; the body says how
    Starting, ///< initial messages are being sent
    Ready,
    Pong, ///< the answer to a ping
    Closed,
    Waiting, ///< for the next attempt
    Stopped, ///< gave up
    Note, ///< anything else a person should hear of
};
/// What became of a message.
enum class Verdict : quint8 {
    None, ///< life-cycle events and sent messages
    Matched, ///< a run was made of it
    Filtered, ///< the filters did not match
    Ignored, ///< binary while `delivery.binary` is `ignore`, or not valid
    Dropped, ///< the queue was full
};
enum class CheckState { Ok, Warning, Missing, Failed };
enum class RunPart { Message, Args, PreprocessedArgs, Result, Logs, Reply };

[[nodiscard]] QString toString(SessionPhase phase);
[[nodiscard]] QString toString(Direction direction);
[[nodiscard]] QString toString(PayloadKind kind);
[[nodiscard]] QString toString(Verdict verdict);
[[nodiscard]] QString toString(RowKind kind);
[[nodiscard]] QString toString(CheckState state);
[[nodiscard]] QString toString(RunPart part);
using earshot::toString;
/// False when the text is none of the enum's; `*value` is then unchanged.
[[nodiscard]] bool readEnum(QStringView text, SessionPhase *value);
[[nodiscard]] bool readEnum(QStringView text, Direction *value);
[[nodiscard]] bool readEnum(QStringView text, PayloadKind *value);
[[nodiscard]] bool readEnum(QStringView text, Verdict *value);
[[nodiscard]] bool readEnum(QStringView text, RowKind *value);
[[nodiscard]] bool readEnum(QStringView text, CheckState *value);
[[nodiscard]] bool readEnum(QStringView text, RunPart *value);
[[nodiscard]] bool readEnum(QStringView text, TriggerMode *value);
[[nodiscard]] bool readEnum(QStringView text, RunStatus *value);
[[nodiscard]] bool readEnum(QStringView text, RunPurpose *value);

} // namespace earshot::rpc
