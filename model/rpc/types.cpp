// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/types.h"

#include "model/rpc/rows.h"

#include <QStringDecoder>

#include <algorithm>
#include <array>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::rpc {

namespace {

template <typename E, std::size_t N>
using Names = std::array<std::pair<E, const char *>, N>;

constexpr Names<SessionPhase, 7> kPhases{{
    {SessionPhase::Off, "off"},
    {SessionPhase::ResolvingUrl, "resolving_url"},
    {SessionPhase::Connecting, "connecting"},
    {SessionPhase::Starting, "starting"},
    {SessionPhase::Ready, "ready"},
    {SessionPhase::BackingOff, "backing_off"},
    {SessionPhase::Stopped, "stopped"},
}};
constexpr Names<Direction, 3> kDirections{{
    {Direction::In, "in"},
    {Direction::Out, "out"},
    {Direction::Event, "event"},
}};
constexpr Names<PayloadKind, 3> kKinds{{
    {PayloadKind::Text, "text"},
    {PayloadKind::Binary, "binary"},
    {PayloadKind::Event, "event"},
}};
constexpr Names<Verdict, 5> kVerdicts{{
    {Verdict::None, "none"},
    {Verdict::Matched, "matched"},
    {Verdict::Filtered, "filtered"},
    {Verdict::Ignored, "ignored"},
    {Verdict::Dropped, "dropped"},
}};
constexpr Names<RowKind, 16> kRowKinds{{
    {RowKind::Message, "message"},
    {RowKind::Initial, "initial"},
    {RowKind::Heartbeat, "heartbeat"},
    {RowKind::Reply, "reply"},
    {RowKind::Script, "script"},
    {RowKind::User, "user"},
    {RowKind::ResolvingUrl, "resolving_url"},
    {RowKind::Connecting, "connecting"},
    {RowKind::Open, "open"},
    {RowKind::Starting, "starting"},
    {RowKind::Ready, "ready"},
    {RowKind::Pong, "pong"},
    {RowKind::Closed, "closed"},
    {RowKind::Waiting, "waiting"},
    {RowKind::Stopped, "stopped"},
    {RowKind::Note, "note"},
}};
constexpr Names<CheckState, 4> kChecks{{
    {CheckState::Ok, "ok"},
    {CheckState::Warning, "warning"},
    {CheckState::Missing, "missing"},
    {CheckState::Failed, "failed"},
}};
constexpr Names<RunPart, 6> kParts{{
    {RunPart::Message, "message"},
    {RunPart::Args, "args"},
    {RunPart::PreprocessedArgs, "preprocessed_args"},
    {RunPart::Result, "result"},
    {RunPart::Logs, "logs"},
    {RunPart::Reply, "reply"},
}};

template <typename E, std::size_t N>
QString nameOf(const Names<E, N> &names, E value)
{
    const auto found = std::find_if(
        names.begin(), names.end(), [value](const auto &entry) { return entry.first == value; });
    return found == names.end() ? QString() : QString::fromLatin1(found->second);
}

template <typename E, std::size_t N>
bool read(const Names<E, N> &names, QStringView text, E *value)
{
    for (const auto &[candidate, name] : names) {
        if (text == QLatin1StringView(name)) {
            *value = candidate;
            return true;
        }
    }
    return false;
}

template <typename E>
bool take(const std::optional<E> &found, E *value)
{
    if (found) {
        *value = *found;
    }
    return found.has_value();
}

/// Where the last whole UTF-8 character at or before `end` ends; bytes that are no UTF-8 at all are
/// cut anywhere.
qsizetype characterEnd(const QByteArray &body, qsizetype end)
{
    if (end >= body.size()) {
        return body.size();
    }
    qsizetype cut = end;
    while (cut > 0 && end - cut < 4 && (static_cast<uchar>(body.at(cut)) & 0xC0U) == 0x80U) {
        --cut;
    }
    return (static_cast<uchar>(body.at(cut)) & 0xC0U) == 0x80U ? end : cut;
}

} // namespace

QString toString(SessionPhase phase)
{
    return nameOf(kPhases, phase);
}

QString toString(Direction direction)
{
    return nameOf(kDirections, direction);
}

QString toString(PayloadKind kind)
{
    return nameOf(kKinds, kind);
}

QString toString(RowKind kind)
{
    return nameOf(kRowKinds, kind);
}

QString toString(Verdict verdict)
{
    return nameOf(kVerdicts, verdict);
}

QString toString(CheckState state)
{
    return nameOf(kChecks, state);
}

QString toString(RunPart part)
{
    return nameOf(kParts, part);
}

bool readEnum(QStringView text, SessionPhase *value)
{
    return read(kPhases, text, value);
}

bool readEnum(QStringView text, Direction *value)
{
    return read(kDirections, text, value);
}

bool readEnum(QStringView text, PayloadKind *value)
{
    return read(kKinds, text, value);
}

bool readEnum(QStringView text, RowKind *value)
{
    return read(kRowKinds, text, value);
}

bool readEnum(QStringView text, Verdict *value)
{
    return read(kVerdicts, text, value);
}

bool readEnum(QStringView text, CheckState *value)
{
    return read(kChecks, text, value);
}

bool readEnum(QStringView text, RunPart *value)
{
    return read(kParts, text, value);
}

bool readEnum(QStringView text, TriggerMode *value)
{
    return take(triggerModeFromString(text), value);
}

bool readEnum(QStringView text, RunStatus *value)
{
    return take(runStatusFromString(text), value);
}

bool readEnum(QStringView text, RunPurpose *value)
{
    return take(runPurposeFromString(text), value);
}

QString textOf(const QByteArray &body, qsizetype maxBytes)
{
    return QString::fromUtf8(body.constData(), characterEnd(body, maxBytes));
}

QString previewOf(const QByteArray &body, bool binary)
{
    if (binary) {
        return QString::fromLatin1(body.first(std::min(body.size(), kMaxPreviewBytes / 2)).toHex());
    }
    return textOf(body, kMaxPreviewBytes);
}

QByteArray partOf(const RunRecord &record, RunPart part)
{
    switch (part) {
    case RunPart::Message:
        return record.message;
    case RunPart::Args:
        return record.args;
    case RunPart::PreprocessedArgs:
        return record.preprocessedArgs;
    case RunPart::Result:
        return record.result;
    case RunPart::Logs:
        return record.logs;
    case RunPart::Reply:
        return record.reply.value_or(QByteArray());
    }
    return {};
}

RunRow rowOf(const RunRecord &record)
{
    RunRow row;
    row.id = record.id;
    row.status = record.status;
    row.purpose = record.purpose;
    row.trigger = record.triggerPath;
    row.runnable = record.runnablePath;
    row.attempts = record.attempts;
    row.receivedAtUs = record.receivedAtUs;
    row.startedAtUs = record.startedAtUs;
    row.finishedAtUs = record.finishedAtUs;
    row.messageSize = std::max<qint64>(record.messageSize, record.message.size());
    row.resultSize = std::max<qint64>(record.resultSize, record.result.size());
    row.message
        = row.messageSize > 0 ? previewOf(record.message, record.binary) : previewOf(record.args);
    row.result = previewOf(record.result);
    row.replied = record.reply.has_value();
    row.replyError = textOf(record.replyError.toUtf8(), kMaxPreviewBytes);
    return row;
}

RunDetail detailOf(const RunRecord &record)
{
    RunDetail detail;
    detail.run = rowOf(record);
    detail.binary = record.binary;
    detail.message = record.binary
        ? QString::fromLatin1(
            record.message.first(std::min(record.message.size(), kMaxInlineBytes / 2)).toHex())
        : textOf(record.message, kMaxInlineBytes);
    detail.args = textOf(record.args, kMaxInlineBytes);
    detail.preprocessedArgs = textOf(record.preprocessedArgs, kMaxInlineBytes);
    detail.result = textOf(record.result, kMaxInlineBytes);
    detail.logs = textOf(record.logs, kMaxInlineBytes);
    if (record.reply) {
        detail.reply = textOf(*record.reply, kMaxInlineBytes);
        detail.replySize = record.reply->size();
    }
    detail.argsSize = record.args.size();
    detail.preprocessedArgsSize = record.preprocessedArgs.size();
    detail.logsSize = record.logs.size();
    detail.logsTruncated = record.logsTruncated;
    detail.eventUrl = record.eventUrl;
    return detail;
}

Chunk chunkOf(const QByteArray &body, std::optional<qint64> offset, std::optional<qint64> length)
{
    Chunk chunk;
    chunk.total = body.size();
    chunk.offset = std::clamp<qint64>(offset.value_or(0), 0, body.size());
    const qint64 wanted = std::clamp<qint64>(length.value_or(kMaxChunkBytes), 0, kMaxChunkBytes);
    chunk.data = body.mid(chunk.offset, std::min<qint64>(wanted, body.size() - chunk.offset));
    return chunk;
}

} // namespace earshot::rpc
