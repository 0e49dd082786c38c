// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/params.h"
#include "model/rpc/rows.h"

/// Methods of the areas message and run. Each is a type: its name, whether it changes
/// something, its parameters and its result.
namespace earshot::rpc {

struct MessageSubscribe
{
    static constexpr const char *kName = "message.subscribe";
    static constexpr bool kHasSideEffects = false;
    using Params = SubscribeParams;
    using Result = SubscriptionParams;
};

struct MessageUnsubscribe
{
    static constexpr const char *kName = "message.unsubscribe";
    static constexpr bool kHasSideEffects = false;
    using Params = SubscriptionParams;
    using Result = Empty;
};

struct MessagePage
{
    static constexpr const char *kName = "message.page";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        std::optional<QString> trigger = {};
        std::optional<qint64> before = {}; ///< only ids below; newest first
        std::optional<int> limit = {};
        template <typename F>
        static void fields(F &f)
        {
            f("trigger", &Params::trigger);
            f("before", &Params::before);
            f("limit", &Params::limit);
        }
    };
    using Result = Page<MessageRow>;
};

struct MessageRead
{
    static constexpr const char *kName = "message.read";
    static constexpr bool kHasSideEffects = false;
    using Params = ChunkParams;
    using Result = Chunk;
};

struct RunList
{
    static constexpr const char *kName = "run.list";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        std::optional<QString> trigger = {};
        std::optional<RunStatus> status = {};
        std::optional<qint64> before = {}; ///< only ids below; newest first
        std::optional<int> limit = {};
        template <typename F>
        static void fields(F &f)
        {
            f("trigger", &Params::trigger);
            f("status", &Params::status);
            f("before", &Params::before);
            f("limit", &Params::limit);
        }
    };
    using Result = Page<RunRow>;
};

struct RunGet
{
    static constexpr const char *kName = "run.get";
    static constexpr bool kHasSideEffects = false;
    using Params = IdParams;
    using Result = RunDetail;
};

struct RunLogs
{
    static constexpr const char *kName = "run.logs";
    static constexpr bool kHasSideEffects = false;
    using Params = ChunkParams;
    using Result = Chunk;
};

struct RunRead
{
    static constexpr const char *kName = "run.read";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        qint64 id = 0;
        RunPart part = RunPart::Message;
        std::optional<qint64> offset = {};
        std::optional<qint64> length = {};
        template <typename F>
        static void fields(F &f)
        {
            f("id", &Params::id);
            f("part", &Params::part);
            f("offset", &Params::offset);
            f("length", &Params::length);
        }
    };
    using Result = Chunk;
};

struct RunStart
{
    static constexpr const char *kName = "run.start";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString runnable = {}; ///< workspace path
        std::optional<QString> message = {}; ///< becomes `msg`
        std::optional<QJsonObject> args = {}; ///< instead of `message`
        std::optional<bool> event = {}; ///< `message` goes to the preprocessor as an event
        std::optional<QString> url = {}; ///< of the event
        std::optional<QString> trigger = {}; ///< of the event: `trigger_path`
        std::optional<double> timeoutSecs = {};
        template <typename F>
        static void fields(F &f)
        {
            f("runnable", &Params::runnable);
            f("message", &Params::message);
            f("args", &Params::args);
            f("event", &Params::event);
            f("url", &Params::url);
            f("trigger", &Params::trigger);
            f("timeout_secs", &Params::timeoutSecs);
        }
    };
    using Result = RunIdResult;
};

struct RunCancel
{
    static constexpr const char *kName = "run.cancel";
    static constexpr bool kHasSideEffects = true;
    using Params = IdParams;
    struct Result
    {
        RunStatus status = RunStatus::Cancelled; ///< Running while the stop ladder is under way
        template <typename F>
        static void fields(F &f)
        {
            f("status", &Result::status);
        }
    };
};

struct RunRerun
{
    static constexpr const char *kName = "run.rerun";
    static constexpr bool kHasSideEffects = true;
    using Params = IdParams;
    using Result = RunIdResult;
};

struct RunSubscribe
{
    static constexpr const char *kName = "run.subscribe";
    static constexpr bool kHasSideEffects = false;
    using Params = SubscribeParams;
    using Result = SubscriptionParams;
};

struct RunUnsubscribe
{
    static constexpr const char *kName = "run.unsubscribe";
    static constexpr bool kHasSideEffects = false;
    using Params = SubscriptionParams;
    using Result = Empty;
};

} // namespace earshot::rpc
