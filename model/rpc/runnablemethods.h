// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/params.h"
#include "model/rpc/rows.h"

/// Methods of the area runnable: the files of the workspace.
namespace earshot::rpc {

/// A file of the workspace: a script by its path, or any file by its name.
struct RunnableFileParams
{
    std::optional<QString> path = {}; ///< of the runnable
    std::optional<QString> file = {}; ///< relative to the workspace; instead of `path`
    template <typename F>
    static void fields(F &f)
    {
        f("path", &RunnableFileParams::path);
        f("file", &RunnableFileParams::file);
    }
};

struct RunnableList
{
    static constexpr const char *kName = "runnable.list";
    static constexpr bool kHasSideEffects = false;
    using Params = ListParams;
    using Result = Page<RunnableInfo>;
};

struct RunnableRead
{
    static constexpr const char *kName = "runnable.read";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        std::optional<QString> path = {};
        std::optional<QString> file = {}; ///< instead of `path`
        std::optional<qint64> offset = {};
        std::optional<qint64> length = {};
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("file", &Params::file);
            f("offset", &Params::offset);
            f("length", &Params::length);
        }
    };
    using Result = RunnableSource;
};

struct RunnableWrite
{
    static constexpr const char *kName = "runnable.write";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        std::optional<QString> path = {};
        std::optional<QString> file = {}; ///< instead of `path`; the way to make a new one
        QString content = {};
        std::optional<QString> expectedHash = {}; ///< written only while the file is still this
        std::optional<bool> create = {}; ///< the file must not exist yet
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("file", &Params::file);
            f("content", &Params::content);
            f("expected_hash", &Params::expectedHash);
            f("create", &Params::create);
        }
    };
    struct Result
    {
        bool written = false; ///< false: the file changed meanwhile, nothing was written
        RunnableInfo runnable = {};
        QString hash = {}; ///< of what is in the file now; empty = the file is gone
        std::optional<Chunk> source = {}; ///< what is in the file now, when it was not written
        template <typename F>
        static void fields(F &f)
        {
            f("written", &Result::written);
            f("runnable", &Result::runnable);
            f("hash", &Result::hash);
            f("source", &Result::source);
        }
    };
};

struct RunnableRename
{
    static constexpr const char *kName = "runnable.rename";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        QString to = {}; ///< the new path
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("to", &Params::to);
        }
    };
    struct Result
    {
        RunnableInfo runnable = {};
        QStringList triggers = {}; ///< that still name the old path
        template <typename F>
        static void fields(F &f)
        {
            f("runnable", &Result::runnable);
            f("triggers", &Result::triggers);
        }
    };
};

struct RunnableDelete
{
    static constexpr const char *kName = "runnable.delete";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        std::optional<QString> expectedHash = {};
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("expected_hash", &Params::expectedHash);
        }
    };
    struct Result
    {
        QStringList triggers = {}; ///< that name it
        template <typename F>
        static void fields(F &f)
        {
            f("triggers", &Result::triggers);
        }
    };
};

/// A language a script can be written in.
struct ScriptLanguage
{
    QString language = {}; ///< Windmill's name: `bun`, `deno`, `node`, `python3`, `bash`
    QString name = {}; ///< to show
    QString ending = {}; ///< of the file name
    QString runtime = {}; ///< what would run it here; empty = nothing
    QString problem = {}; ///< why nothing runs it, and what to install
    QStringList kinds = {}; ///< templates there are
    template <typename F>
    static void fields(F &f)
    {
        f("language", &ScriptLanguage::language);
        f("name", &ScriptLanguage::name);
        f("ending", &ScriptLanguage::ending);
        f("runtime", &ScriptLanguage::runtime);
        f("problem", &ScriptLanguage::problem);
        f("kinds", &ScriptLanguage::kinds);
    }
    friend bool operator==(const ScriptLanguage &, const ScriptLanguage &) = default;
};

struct RunnableLanguages
{
    static constexpr const char *kName = "runnable.languages";
    static constexpr bool kHasSideEffects = false;
    using Params = NoParams;
    using Result = Page<ScriptLanguage>;
};

struct RunnableTemplate
{
    static constexpr const char *kName = "runnable.template";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        QString language = {};
        QString kind = {}; ///< `message`, `preprocessor`, `url`, `initial_message`, `error_handler`
        template <typename F>
        static void fields(F &f)
        {
            f("language", &Params::language);
            f("kind", &Params::kind);
        }
    };
    struct Result
    {
        QString ending = {};
        QString text = {};
        template <typename F>
        static void fields(F &f)
        {
            f("ending", &Result::ending);
            f("text", &Result::text);
        }
    };
};

struct RunnableSignature
{
    static constexpr const char *kName = "runnable.signature";
    static constexpr bool kHasSideEffects = false;
    using Params = PathParams;
    struct Result
    {
        QJsonObject signature = {}; ///< as docs/driver-protocol.md says; empty = it has none
        template <typename F>
        static void fields(F &f)
        {
            f("signature", &Result::signature);
        }
    };
};

struct RunnableSubscribe
{
    static constexpr const char *kName = "runnable.subscribe";
    static constexpr bool kHasSideEffects = false;
    using Params = RunnableFileParams;
    using Result = SubscriptionParams;
};

struct RunnableUnsubscribe
{
    static constexpr const char *kName = "runnable.unsubscribe";
    static constexpr bool kHasSideEffects = false;
    using Params = SubscriptionParams;
    using Result = Empty;
};

} // namespace earshot::rpc
