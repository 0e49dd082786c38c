// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/runrows.h"

#include "model/storage/rowformat.h"

#include <algorithm>
#include <utility>

namespace earshot::storage {

RunRow::Span RunRow::span(RunBody which) const noexcept
{
    const qint64 resultSize = record.resultSize;
    switch (which) {
    case RunBody::Message:
        return {at, record.messageSize};
    case RunBody::Args:
        return {at + record.messageSize, argsSize};
    case RunBody::Result:
        return {endAt, resultSize};
    case RunBody::Logs:
        return {endAt + resultSize, logsSize};
    case RunBody::PreprocessedArgs:
        return {endAt + resultSize + logsSize, preprocessedSize};
    case RunBody::Reply:
        return replyIsResult ? Span{endAt, resultSize}
                             : Span{endAt + resultSize + logsSize + preprocessedSize, replySize};
    }
    return {};
}

QByteArray runByIdSql()
{
    return QByteArrayLiteral(
        "SELECT r.id, r.trigger_id, r.flags, r.received_us, pr.text, pu.text, r.at, "
        "r.message_size, r.args_size, t.path, e.status, e.flags, e.attempts, e.exit_code, "
        "e.started_us, e.finished_us, e.at, e.result_size, e.logs_size, e.preprocessed_size, "
        "e.reply_size, e.reply_error, o.state, d.through FROM run r"
        " LEFT JOIN run_end e ON e.id = r.id"
        " LEFT JOIN run_open o ON o.id = r.id"
        " LEFT JOIN dispatched d ON d.trigger_id = r.trigger_id"
        " LEFT JOIN \"trigger\" t ON t.id = r.trigger_id"
        " LEFT JOIN phrase pr ON pr.id = r.runnable"
        " LEFT JOIN phrase pu ON pu.id = r.url WHERE r.id = ?");
}

RunRow readRunRow(const Statement &statement)
{
    RunRow row;
    RunRecord &record = row.record;
    record.id = statement.integer(0);
    row.triggerId = statement.integer(1);
    const qint64 flags = statement.integer(2);
    record.purpose = static_cast<RunPurpose>(
        std::min<qint64>(flags & rowformat::kPurposeMask, static_cast<qint64>(RunPurpose::Manual)));
    record.binary = (flags & rowformat::kBinary) != 0;
    record.receivedAtUs = statement.integer(3);
    record.runnablePath = statement.text(4);
    record.eventUrl = statement.text(5);
    row.at = statement.integer(6);
    record.messageSize = statement.integer(7);
    row.argsSize = statement.integer(8);
    record.triggerPath = statement.text(9);
    if (!statement.isNull(10)) {
        record.status = static_cast<RunStatus>(std::clamp<qint64>(
            statement.integer(10), 0, static_cast<qint64>(RunStatus::Suspended)));
        const qint64 endFlags = statement.integer(11);
        record.logsTruncated = (endFlags & rowformat::kLogsTruncated) != 0;
        row.replyIsResult = (endFlags & rowformat::kReplyIsResult) != 0;
        row.hasReply = (endFlags & rowformat::kHasReply) != 0;
        record.attempts = static_cast<int>(statement.integer(12));
        row.exitCode = static_cast<int>(statement.integer(13));
        record.startedAtUs = statement.integer(14);
        record.finishedAtUs = statement.integer(15);
        row.endAt = statement.integer(16);
        record.resultSize = statement.integer(17);
        row.logsSize = statement.integer(18);
        row.preprocessedSize = statement.integer(19);
        row.replySize = statement.integer(20);
        record.replyError = statement.text(21);
    } else if (!statement.isNull(22)) {
        record.status = static_cast<RunStatus>(std::clamp<qint64>(
            statement.integer(22), 0, static_cast<qint64>(RunStatus::Suspended)));
    } else {
        const bool isDispatched = (flags & rowformat::kDispatched) != 0
            || (!statement.isNull(23) && record.id <= statement.integer(23));
        record.status = isDispatched ? RunStatus::Running : RunStatus::Queued;
    }
    return row;
}

Result<void> fillBodies(RunRow &row, BodyReader &bodies, qint64 limit)
{
    Result<void> outcome;
    const auto fill = [&](RunBody which) {
        const auto span = row.span(which);
        auto bytes = bodies.read(span.at, limit < 0 ? span.size : std::min(span.size, limit));
        if (!bytes && outcome) {
            outcome = bytes.error();
        }
        return std::move(bytes).value_or(QByteArray());
    };
    RunRecord &record = row.record;
    record.message = fill(RunBody::Message);
    record.args = fill(RunBody::Args);
    record.result = fill(RunBody::Result);
    record.logs = fill(RunBody::Logs);
    record.preprocessedArgs = fill(RunBody::PreprocessedArgs);
    if (row.hasReply) {
        record.reply = row.replyIsResult ? record.result : fill(RunBody::Reply);
    }
    return outcome;
}

void fillPreviews(RunRow &row, BodyReader &bodies, qint64 limit)
{
    const auto preview = [&](RunBody which) {
        const auto span = row.span(which);
        const auto bytes = bodies.view(span.at, std::min(span.size, limit));
        return bytes ? bytes->toByteArray() : QByteArray();
    };
    row.record.message = preview(RunBody::Message);
    row.record.args = preview(RunBody::Args);
    row.record.result = preview(RunBody::Result);
    if (row.hasReply) {
        row.record.reply = preview(RunBody::Reply);
    }
}

} // namespace earshot::storage
