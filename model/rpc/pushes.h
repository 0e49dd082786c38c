// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/debugmethods.h"
#include "model/rpc/rows.h"

/// What the service sends without being asked.
namespace earshot::rpc {

/// Rows of one subscription: `message.batch`, `run.batch`, `trigger.batch`.
template <typename Row>
struct Batch
{
    qint64 subscription = 0;
    QList<Row> rows = {}; ///< in the order they happened
    qint64 leftOut = 0; ///< rows that were not sent since the batch before: too many, or too slow
    QStringList removed = {}; ///< paths of deleted triggers; `trigger.batch` only
    template <typename F>
    static void fields(F &f)
    {
        f("subscription", &Batch::subscription);
        f("rows", &Batch::rows);
        f("left_out", &Batch::leftOut);
        f("removed", &Batch::removed);
    }
    friend bool operator==(const Batch &, const Batch &) = default;
};

/// A file of the workspace is another one now: `runnable.changed`.
struct RunnableChange
{
    qint64 subscription = 0;
    QString path = {}; ///< as it was subscribed to
    QString file = {};
    bool exists = false;
    QString hash = {}; ///< of the new content; empty = gone
    template <typename F>
    static void fields(F &f)
    {
        f("subscription", &RunnableChange::subscription);
        f("path", &RunnableChange::path);
        f("file", &RunnableChange::file);
        f("exists", &RunnableChange::exists);
        f("hash", &RunnableChange::hash);
    }
    friend bool operator==(const RunnableChange &, const RunnableChange &) = default;
};

/// What a followed run wrote: `run.output`.
struct RunOutput
{
    qint64 subscription = 0;
    qint64 id = 0;
    QList<OutputPiece> output = {};
    qint64 leftOut = 0; ///< characters that were not sent: too many, or too slow
    template <typename F>
    static void fields(F &f)
    {
        f("subscription", &RunOutput::subscription);
        f("id", &RunOutput::id);
        f("output", &RunOutput::output);
        f("left_out", &RunOutput::leftOut);
    }
    friend bool operator==(const RunOutput &, const RunOutput &) = default;
};

/// Something a person should hear about: `service.notice`, sent to every client.
struct Notice
{
    QString level = {}; ///< `info`, `warning`, `error`
    QString trigger = {}; ///< empty = the service itself
    QString text = {};
    template <typename F>
    static void fields(F &f)
    {
        f("level", &Notice::level);
        f("trigger", &Notice::trigger);
        f("text", &Notice::text);
    }
    friend bool operator==(const Notice &, const Notice &) = default;
};

inline constexpr const char *kMessageBatch = "message.batch";
inline constexpr const char *kRunBatch = "run.batch";
inline constexpr const char *kTriggerBatch = "trigger.batch";
inline constexpr const char *kRunnableChanged = "runnable.changed";
inline constexpr const char *kRunOutput = "run.output";
inline constexpr const char *kServiceNotice = "service.notice";
/// The service ends in order; the connection closes soon after.
inline constexpr const char *kServiceStopping = "service.stopping";

} // namespace earshot::rpc
