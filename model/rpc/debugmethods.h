// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/params.h"
#include "model/rpc/rows.h"

/// Methods for looking over a script's shoulder: output while it runs, replies held back, a
/// debugger. Nothing of it is stored in a trigger's document.
namespace earshot::rpc {

/// Some output of a run.
struct OutputPiece
{
    QString stream = {}; ///< `log`, `preprocessed`, `end` (the text is the status)
    QString text = {};
    template <typename F>
    static void fields(F &f)
    {
        f("stream", &OutputPiece::stream);
        f("text", &OutputPiece::text);
    }
    friend bool operator==(const OutputPiece &, const OutputPiece &) = default;
};

struct RunFollow
{
    static constexpr const char *kName = "run.follow";
    static constexpr bool kHasSideEffects = false;
    using Params = IdParams;
    struct Result
    {
        qint64 subscription = 0; ///< 0: the run has ended
        QList<OutputPiece> output = {}; ///< so far
        template <typename F>
        static void fields(F &f)
        {
            f("subscription", &Result::subscription);
            f("output", &Result::output);
        }
    };
};

struct RunUnfollow
{
    static constexpr const char *kName = "run.unfollow";
    static constexpr bool kHasSideEffects = false;
    using Params = SubscriptionParams;
    using Result = Empty;
};

/// A reply that was not sent because the trigger's replies are dry.
struct PendingReply
{
    qint64 id = 0;
    QString trigger = {};
    RunId runId = 0;
    bool duringRun = false; ///< the script sent it itself; else it is the run's result
    bool binary = false;
    qint64 size = 0;
    QString text = {}; ///< the first 16 KiB
    qint64 atUs = 0;
    template <typename F>
    static void fields(F &f)
    {
        f("id", &PendingReply::id);
        f("trigger", &PendingReply::trigger);
        f("run_id", &PendingReply::runId);
        f("during_run", &PendingReply::duringRun);
        f("binary", &PendingReply::binary);
        f("size", &PendingReply::size);
        f("text", &PendingReply::text);
        f("at_us", &PendingReply::atUs);
    }
    friend bool operator==(const PendingReply &, const PendingReply &) = default;
};

struct ReplyList
{
    static constexpr const char *kName = "reply.list";
    static constexpr bool kHasSideEffects = false;
    using Params = PathParams;
    using Result = Page<PendingReply>;
};

struct ReplySend
{
    static constexpr const char *kName = "reply.send";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        qint64 id = 0;
        std::optional<QString> text = {}; ///< instead of what the script wrote
        template <typename F>
        static void fields(F &f)
        {
            f("id", &Params::id);
            f("text", &Params::text);
        }
    };
    struct Result
    {
        qint64 bytes = 0;
        template <typename F>
        static void fields(F &f)
        {
            f("bytes", &Result::bytes);
        }
    };
};

struct ReplyDrop
{
    static constexpr const char *kName = "reply.drop";
    static constexpr bool kHasSideEffects = true;
    using Params = IdParams;
    using Result = Empty;
};

/// How a trigger is being debugged.
struct DebugState
{
    bool dryReplies = false;
    qint64 pendingReplies = 0;
    bool attached = false;
    QString runtime = {}; ///< `Bun`
    QString address = {}; ///< where a debugger connects to
    int port = 0;
    QString launch = {}; ///< text of a launch.json
    template <typename F>
    static void fields(F &f)
    {
        f("dry_replies", &DebugState::dryReplies);
        f("pending_replies", &DebugState::pendingReplies);
        f("attached", &DebugState::attached);
        f("runtime", &DebugState::runtime);
        f("address", &DebugState::address);
        f("port", &DebugState::port);
        f("launch", &DebugState::launch);
    }
    friend bool operator==(const DebugState &, const DebugState &) = default;
};

struct DebugGetState
{
    static constexpr const char *kName = "debug.state";
    static constexpr bool kHasSideEffects = false;
    using Params = PathParams;
    using Result = DebugState;
};

struct DebugSetDryReplies
{
    static constexpr const char *kName = "debug.dry_replies";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        bool on = false;
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("on", &Params::on);
        }
    };
    using Result = DebugState;
};

struct DebugAttach
{
    static constexpr const char *kName = "debug.attach";
    static constexpr bool kHasSideEffects = true;
    using Params = PathParams;
    using Result = DebugState;
};

struct DebugDetach
{
    static constexpr const char *kName = "debug.detach";
    static constexpr bool kHasSideEffects = true;
    using Params = PathParams;
    using Result = DebugState;
};

} // namespace earshot::rpc
