// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/params.h"
#include "model/rpc/rows.h"

/// Methods of the areas variable, resource, secret, settings, storage and doctor. Each is a type:
/// its name, whether it changes something, its parameters and its result.
namespace earshot::rpc {

struct VariableSet
{
    static constexpr const char *kName = "variable.set";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        QString value = {};
        std::optional<QString> description = {};
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("value", &Params::value);
            f("description", &Params::description);
        }
    };
    using Result = Empty;
};

struct VariableGet
{
    static constexpr const char *kName = "variable.get";
    static constexpr bool kHasSideEffects = false;
    using Params = PathParams;
    using Result = Entry;
};

struct VariableList
{
    static constexpr const char *kName = "variable.list";
    static constexpr bool kHasSideEffects = false;
    using Params = ListParams;
    using Result = Page<Entry>;
};

struct VariableDelete
{
    static constexpr const char *kName = "variable.delete";
    static constexpr bool kHasSideEffects = true;
    using Params = PathParams;
    using Result = Empty;
};

struct ResourceSet
{
    static constexpr const char *kName = "resource.set";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        QJsonValue value = {};
        std::optional<QString> resourceType = {};
        std::optional<QString> description = {};
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("value", &Params::value);
            f("resource_type", &Params::resourceType);
            f("description", &Params::description);
        }
    };
    using Result = Empty;
};

struct ResourceGet
{
    static constexpr const char *kName = "resource.get";
    static constexpr bool kHasSideEffects = false;
    using Params = PathParams;
    using Result = Entry;
};

struct ResourceList
{
    static constexpr const char *kName = "resource.list";
    static constexpr bool kHasSideEffects = false;
    using Params = ListParams;
    using Result = Page<Entry>;
};

struct ResourceDelete
{
    static constexpr const char *kName = "resource.delete";
    static constexpr bool kHasSideEffects = true;
    using Params = PathParams;
    using Result = Empty;
};

struct SecretSet
{
    static constexpr const char *kName = "secret.set";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        QString value = {};
        std::optional<QString> description = {};
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("value", &Params::value);
            f("description", &Params::description);
        }
    };
    using Result = Empty;
};

struct SecretGet
{
    static constexpr const char *kName = "secret.get";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        QString path = {};
        std::optional<bool> reveal = {};
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("reveal", &Params::reveal);
        }
    };
    using Result = SecretInfo;
};

struct SecretList
{
    static constexpr const char *kName = "secret.list";
    static constexpr bool kHasSideEffects = false;
    using Params = ListParams;
    using Result = Page<Entry>;
};

struct SecretDelete
{
    static constexpr const char *kName = "secret.delete";
    static constexpr bool kHasSideEffects = true;
    using Params = PathParams;
    using Result = Empty;
};

struct SettingsGet
{
    static constexpr const char *kName = "settings.get";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        QString key = {};
        template <typename F>
        static void fields(F &f)
        {
            f("key", &Params::key);
        }
    };
    using Result = Setting;
};

struct SettingsSet
{
    static constexpr const char *kName = "settings.set";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString key = {};
        QJsonValue value = {}; ///< null restores the default
        template <typename F>
        static void fields(F &f)
        {
            f("key", &Params::key);
            f("value", &Params::value);
        }
    };
    using Result = Setting;
};

struct SettingsList
{
    static constexpr const char *kName = "settings.list";
    static constexpr bool kHasSideEffects = false;
    using Params = NoParams;
    using Result = Page<Setting>;
};

struct StorageBackup
{
    static constexpr const char *kName = "storage.backup";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString file = {}; ///< absolute; must not exist
        template <typename F>
        static void fields(F &f)
        {
            f("file", &Params::file);
        }
    };
    struct Result
    {
        QString file = {};
        qint64 bytes = 0;
        template <typename F>
        static void fields(F &f)
        {
            f("file", &Result::file);
            f("bytes", &Result::bytes);
        }
    };
};

struct StorageRestore
{
    static constexpr const char *kName = "storage.restore";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString file = {}; ///< absolute
        template <typename F>
        static void fields(F &f)
        {
            f("file", &Params::file);
        }
    };
    struct Result
    {
        int triggers = 0;
        QString replaced = {}; ///< where what was replaced was kept
        template <typename F>
        static void fields(F &f)
        {
            f("triggers", &Result::triggers);
            f("replaced", &Result::replaced);
        }
    };
};

struct DoctorReport
{
    static constexpr const char *kName = "doctor.report";
    static constexpr bool kHasSideEffects = false;
    using Params = NoParams;
    using Result = Page<DoctorCheck>;
};

} // namespace earshot::rpc
