// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/types.h"

/// Messages, runs and the other things the API lists or reads.
namespace earshot::rpc {

/// A message, or an event of a session's life, as the live view shows it.
struct MessageRow
{
    qint64 id = 0; ///< ascending within the life of the service
    QString trigger = {};
    Direction direction = Direction::In;
    PayloadKind kind = PayloadKind::Text;
    RowKind what = RowKind::Message;
    qint64 atUs = 0;
    qint64 size = 0; ///< of the whole body
    Verdict verdict = Verdict::None;
    qint64 runId = 0; ///< made of it, or (sent messages) that sent it; 0 = none
    std::optional<RunStatus> runStatus = {}; ///< once the run has ended
    std::optional<qint64> latencyUs = {}; ///< from the message to the end of its run
    std::optional<bool> hit = {}; ///< false: the subscription's filter does not match it
    QString preview = {};
    template <typename F>
    static void fields(F &f)
    {
        f("id", &MessageRow::id);
        f("trigger", &MessageRow::trigger);
        f("direction", &MessageRow::direction);
        f("kind", &MessageRow::kind);
        f("what", &MessageRow::what);
        f("at_us", &MessageRow::atUs);
        f("size", &MessageRow::size);
        f("verdict", &MessageRow::verdict);
        f("run_id", &MessageRow::runId);
        f("run_status", &MessageRow::runStatus);
        f("latency_us", &MessageRow::latencyUs);
        f("hit", &MessageRow::hit);
        f("preview", &MessageRow::preview);
    }
    friend bool operator==(const MessageRow &, const MessageRow &) = default;
};

/// A run in a list or a push; bodies are previews.
struct RunRow
{
    RunId id = 0;
    RunStatus status = RunStatus::Queued;
    RunPurpose purpose = RunPurpose::Message;
    QString trigger = {};
    QString runnable = {};
    int attempts = 1;
    qint64 receivedAtUs = 0;
    qint64 startedAtUs = 0;
    qint64 finishedAtUs = 0;
    qint64 messageSize = 0;
    qint64 resultSize = 0;
    QString message = {}; ///< preview; of the arguments for runs without a message
    QString result = {}; ///< preview
    bool replied = false;
    QString replyError = {};
    template <typename F>
    static void fields(F &f)
    {
        f("id", &RunRow::id);
        f("status", &RunRow::status);
        f("purpose", &RunRow::purpose);
        f("trigger", &RunRow::trigger);
        f("runnable", &RunRow::runnable);
        f("attempts", &RunRow::attempts);
        f("received_at_us", &RunRow::receivedAtUs);
        f("started_at_us", &RunRow::startedAtUs);
        f("finished_at_us", &RunRow::finishedAtUs);
        f("message_size", &RunRow::messageSize);
        f("result_size", &RunRow::resultSize);
        f("message", &RunRow::message);
        f("result", &RunRow::result);
        f("replied", &RunRow::replied);
        f("reply_error", &RunRow::replyError);
    }
    friend bool operator==(const RunRow &, const RunRow &) = default;
};

/// A run with the first kMaxInlineBytes of each body as text.
struct RunDetail
{
    RunRow run = {};
    bool binary = false; ///< the message was binary: `message` is hexadecimal
    QString message = {};
    QString args = {};
    QString preprocessedArgs = {};
    QString result = {};
    QString logs = {};
    std::optional<QString> reply = {}; ///< the text that was sent
    qint64 argsSize = 0;
    qint64 preprocessedArgsSize = 0;
    qint64 logsSize = 0;
    qint64 replySize = 0;
    bool logsTruncated = false; ///< the run said more than is kept
    QString eventUrl = {}; ///< masked
    template <typename F>
    static void fields(F &f)
    {
        f("run", &RunDetail::run);
        f("binary", &RunDetail::binary);
        f("message", &RunDetail::message);
        f("args", &RunDetail::args);
        f("preprocessed_args", &RunDetail::preprocessedArgs);
        f("result", &RunDetail::result);
        f("logs", &RunDetail::logs);
        f("reply", &RunDetail::reply);
        f("args_size", &RunDetail::argsSize);
        f("preprocessed_args_size", &RunDetail::preprocessedArgsSize);
        f("logs_size", &RunDetail::logsSize);
        f("reply_size", &RunDetail::replySize);
        f("logs_truncated", &RunDetail::logsTruncated);
        f("event_url", &RunDetail::eventUrl);
    }
    friend bool operator==(const RunDetail &, const RunDetail &) = default;
};

[[nodiscard]] RunRow rowOf(const RunRecord &record);
[[nodiscard]] RunDetail detailOf(const RunRecord &record);
/// The part's bytes; empty when the run has none.
[[nodiscard]] QByteArray partOf(const RunRecord &record, RunPart part);

/// A piece of a body.
struct Chunk
{
    qint64 offset = 0;
    qint64 total = 0; ///< bytes of the whole body
    bool binary = false;
    QByteArray data = {}; ///< base64 in JSON
    template <typename F>
    static void fields(F &f)
    {
        f("offset", &Chunk::offset);
        f("total", &Chunk::total);
        f("binary", &Chunk::binary);
        f("data", &Chunk::data);
    }
    friend bool operator==(const Chunk &, const Chunk &) = default;
};

/// Cuts a chunk out of `body`; offset and length are brought within it and kMaxChunkBytes.
[[nodiscard]] Chunk chunkOf(
    const QByteArray &body, std::optional<qint64> offset, std::optional<qint64> length);

struct RunnableInfo
{
    QString path = {};
    bool isFlow = false;
    QString language = {};
    QString file = {}; ///< relative to the workspace
    QString problem = {}; ///< why it cannot run here: two files for one path, missing runtime, …
    template <typename F>
    static void fields(F &f)
    {
        f("path", &RunnableInfo::path);
        f("is_flow", &RunnableInfo::isFlow);
        f("language", &RunnableInfo::language);
        f("file", &RunnableInfo::file);
        f("problem", &RunnableInfo::problem);
    }
    friend bool operator==(const RunnableInfo &, const RunnableInfo &) = default;
};

struct RunnableSource
{
    RunnableInfo runnable = {};
    Chunk source = {};
    QString hash = {}; ///< SHA-256 of the whole file, hexadecimal
    template <typename F>
    static void fields(F &f)
    {
        f("runnable", &RunnableSource::runnable);
        f("source", &RunnableSource::source);
        f("hash", &RunnableSource::hash);
    }
    friend bool operator==(const RunnableSource &, const RunnableSource &) = default;
};

/// A variable, resource or secret. Lists leave `value` out.
struct Entry
{
    QString path = {};
    std::optional<QJsonValue> value
        = {}; ///< text for variables and secrets, any JSON for resources
    QString description = {};
    QString resourceType = {}; ///< resources only
    qint64 updatedAtUs = 0;
    template <typename F>
    static void fields(F &f)
    {
        f("path", &Entry::path);
        f("value", &Entry::value);
        f("description", &Entry::description);
        f("resource_type", &Entry::resourceType);
        f("updated_at_us", &Entry::updatedAtUs);
    }
    friend bool operator==(const Entry &, const Entry &) = default;
};

struct SecretInfo
{
    QString path = {};
    bool exists = false;
    std::optional<QString> value = {}; ///< only when it was asked for with `reveal`
    template <typename F>
    static void fields(F &f)
    {
        f("path", &SecretInfo::path);
        f("exists", &SecretInfo::exists);
        f("value", &SecretInfo::value);
    }
    friend bool operator==(const SecretInfo &, const SecretInfo &) = default;
};

struct Setting
{
    QString key = {};
    QJsonValue value = {};
    QJsonValue defaultValue = {};
    QString description = {};
    template <typename F>
    static void fields(F &f)
    {
        f("key", &Setting::key);
        f("value", &Setting::value);
        f("default", &Setting::defaultValue);
        f("description", &Setting::description);
    }
    friend bool operator==(const Setting &, const Setting &) = default;
};

struct DoctorCheck
{
    QString area = {}; ///< `runtime`, `isolation`, `secrets`, `storage`, `service`, …
    QString name = {};
    CheckState state = CheckState::Ok;
    QString detail = {};
    QString fix = {}; ///< what to do about it, a command where there is one
    template <typename F>
    static void fields(F &f)
    {
        f("area", &DoctorCheck::area);
        f("name", &DoctorCheck::name);
        f("state", &DoctorCheck::state);
        f("detail", &DoctorCheck::detail);
        f("fix", &DoctorCheck::fix);
    }
    friend bool operator==(const DoctorCheck &, const DoctorCheck &) = default;
};

} // namespace earshot::rpc
