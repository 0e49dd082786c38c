// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/params.h"

/// Methods that say what a document would do with real messages, without doing it. Each is a type:
/// its name, whether it changes something, its parameters and its result.
namespace earshot::rpc {

/// Why one entry of a filter let a message pass or not.
struct FilterReason
{
    bool passed = false;
    QString text = {};
    template <typename F>
    static void fields(F &f)
    {
        f("passed", &FilterReason::passed);
        f("text", &FilterReason::text);
    }
    friend bool operator==(const FilterReason &, const FilterReason &) = default;
};

struct TriedMessage
{
    qint64 id = 0; ///< as in message.page
    qint64 atUs = 0;
    qint64 size = 0;
    bool matches = false;
    QString preview = {};
    QString problem = {}; ///< of the message as a whole, such as not being a JSON object
    QList<FilterReason> reasons = {}; ///< one per entry of the filter
    template <typename F>
    static void fields(F &f)
    {
        f("id", &TriedMessage::id);
        f("at_us", &TriedMessage::atUs);
        f("size", &TriedMessage::size);
        f("matches", &TriedMessage::matches);
        f("preview", &TriedMessage::preview);
        f("problem", &TriedMessage::problem);
        f("reasons", &TriedMessage::reasons);
    }
    friend bool operator==(const TriedMessage &, const TriedMessage &) = default;
};

struct FilterTest
{
    static constexpr const char *kName = "filter.test";
    static constexpr bool kHasSideEffects = false;
    static constexpr int kDefaultLimit = 500;
    static constexpr int kMaxLimit = 5'000;
    static constexpr int kDefaultSample = 10;
    static constexpr int kMaxSample = 50;
    struct Params
    {
        QString trigger = {};
        QString filters = {}; ///< JSON text of the array: numbers keep their form
        std::optional<QString> logic = {};
        std::optional<int> limit = {};
        std::optional<int> sample = {};
        template <typename F>
        static void fields(F &f)
        {
            f("trigger", &Params::trigger);
            f("filters", &Params::filters);
            f("logic", &Params::logic);
            f("limit", &Params::limit);
            f("sample", &Params::sample);
        }
    };
    struct Result
    {
        qint64 examined = 0;
        qint64 matched = 0;
        QList<TriedMessage> matching = {}; ///< newest first
        QList<TriedMessage> others = {};
        template <typename F>
        static void fields(F &f)
        {
            f("examined", &Result::examined);
            f("matched", &Result::matched);
            f("matching", &Result::matching);
            f("others", &Result::others);
        }
    };
};

struct PreviewedMessage
{
    QString kind = {}; ///< `text`, `runnable`, or `none`: not sent
    QString text = {}; ///< what is sent, secrets masked
    qint64 size = 0;
    QString problem = {};
    template <typename F>
    static void fields(F &f)
    {
        f("kind", &PreviewedMessage::kind);
        f("text", &PreviewedMessage::text);
        f("size", &PreviewedMessage::size);
        f("problem", &PreviewedMessage::problem);
    }
    friend bool operator==(const PreviewedMessage &, const PreviewedMessage &) = default;
};

struct TriggerPreviewMessages
{
    static constexpr const char *kName = "trigger.preview_messages";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        QString document = {};
        std::optional<QString> path = {}; ///< whose messages give the heartbeat its state
        template <typename F>
        static void fields(F &f)
        {
            f("document", &Params::document);
            f("path", &Params::path);
        }
    };
    struct Result
    {
        QList<PreviewedMessage> initialMessages = {}; ///< one per entry of the document
        PreviewedMessage heartbeat = {};
        QString state = {}; ///< JSON text; empty: no message had one
        qint64 stateMessage = 0; ///< id of the message it is from
        template <typename F>
        static void fields(F &f)
        {
            f("initial_messages", &Result::initialMessages);
            f("heartbeat", &Result::heartbeat);
            f("state", &Result::state);
            f("state_message", &Result::stateMessage);
        }
    };
};

} // namespace earshot::rpc
