// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/types.h"

/// Parameters and results that several methods share.
namespace earshot::rpc {

/// Parameters of a method without any.
using NoParams = Empty;

struct PathParams
{
    QString path = {};
    template <typename F>
    static void fields(F &f)
    {
        f("path", &PathParams::path);
    }
};

struct IdParams
{
    qint64 id = 0;
    template <typename F>
    static void fields(F &f)
    {
        f("id", &IdParams::id);
    }
};

struct ListParams
{
    std::optional<QString> prefix = {};
    std::optional<QString> after = {}; ///< path of the last entry of the page before
    std::optional<int> limit = {};
    template <typename F>
    static void fields(F &f)
    {
        f("prefix", &ListParams::prefix);
        f("after", &ListParams::after);
        f("limit", &ListParams::limit);
    }
};

struct SubscribeParams
{
    std::optional<QString> trigger = {}; ///< path; absent = all
    template <typename F>
    static void fields(F &f)
    {
        f("trigger", &SubscribeParams::trigger);
    }
};

struct SubscriptionParams
{
    qint64 subscription = 0;
    template <typename F>
    static void fields(F &f)
    {
        f("subscription", &SubscriptionParams::subscription);
    }
};

struct ChunkParams
{
    qint64 id = 0;
    std::optional<qint64> offset = {};
    std::optional<qint64> length = {};
    template <typename F>
    static void fields(F &f)
    {
        f("id", &ChunkParams::id);
        f("offset", &ChunkParams::offset);
        f("length", &ChunkParams::length);
    }
};

struct TriggerJobsParams
{
    QString path = {};
    std::optional<QList<qint64>> ids = {}; ///< absent = all that wait
    std::optional<int> count = {}; ///< of these only the oldest
    template <typename F>
    static void fields(F &f)
    {
        f("path", &TriggerJobsParams::path);
        f("ids", &TriggerJobsParams::ids);
        f("count", &TriggerJobsParams::count);
    }
};

struct CountResult
{
    qint64 count = 0;
    template <typename F>
    static void fields(F &f)
    {
        f("count", &CountResult::count);
    }
    friend bool operator==(const CountResult &, const CountResult &) = default;
};

struct RunIdResult
{
    RunId id = 0;
    template <typename F>
    static void fields(F &f)
    {
        f("id", &RunIdResult::id);
    }
    friend bool operator==(const RunIdResult &, const RunIdResult &) = default;
};

/// A page: `more` says that another one follows.
template <typename T>
struct Page
{
    QList<T> items = {};
    bool more = false;
    template <typename F>
    static void fields(F &f)
    {
        f("items", &Page::items);
        f("more", &Page::more);
    }
    friend bool operator==(const Page &, const Page &) = default;
};

} // namespace earshot::rpc
