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
    struct Params
    {
        std::optional<QString> trigger = {}; ///< path; absent = all
        std::optional<QString> filter = {}; ///< MessageFilter
        std::optional<bool> hitsOnly = {};
        template <typename F>
        static void fields(F &f)
        {
            f("trigger", &Params::trigger);
            f("filter", &Params::filter);
            f("hits_only", &Params::hitsOnly);
        }
    };
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

struct MessageMatch
{
    static constexpr const char *kName = "message.match";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        QString filter = {};
        std::optional<QString> trigger = {};
        std::optional<qint64> before = {}; ///< only ids below; newest first
        template <typename F>
        static void fields(F &f)
        {
            f("filter", &Params::filter);
            f("trigger", &Params::trigger);
            f("before", &Params::before);
        }
    };
    struct Result
    {
        QList<qint64> ids = {}; ///< of messages that match, descending
        qint64 lookedAt = 0; ///< how many
        qint64 next = 0; ///< go on with `before` = this; 0 = all were looked at
        template <typename F>
        static void fields(F &f)
        {
            f("ids", &Result::ids);
            f("looked_at", &Result::lookedAt);
            f("next", &Result::next);
        }
    };
};

/// One entry of a trigger's filters and what it says about a message.
struct FilterEntry
{
    bool passed = false;
    QString text = {};
    template <typename F>
    static void fields(F &f)
    {
        f("passed", &FilterEntry::passed);
        f("text", &FilterEntry::text);
    }
    friend bool operator==(const FilterEntry &, const FilterEntry &) = default;
};

struct MessageExplain
{
    static constexpr const char *kName = "message.explain";
    static constexpr bool kHasSideEffects = false;
    using Params = IdParams;
    struct Result
    {
        Verdict verdict = Verdict::None;
        bool matches = false; ///< by the filters as they are now
        QString text = {}; ///< one sentence
        QList<FilterEntry> entries = {};
        RunId runId = 0;
        template <typename F>
        static void fields(F &f)
        {
            f("verdict", &Result::verdict);
            f("matches", &Result::matches);
            f("text", &Result::text);
            f("entries", &Result::entries);
            f("run_id", &Result::runId);
        }
    };
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
