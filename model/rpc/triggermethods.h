// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/params.h"
#include "model/rpc/rows.h"

/// Methods of the areas service, trigger and session. Each is a type: its name, whether it changes
/// something, its parameters and its result.
namespace earshot::rpc {

struct ServiceHello
{
    static constexpr const char *kName = "service.hello";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        int api = kApiVersion;
        QString client = {}; ///< name and version of the program that calls, for the log
        template <typename F>
        static void fields(F &f)
        {
            f("api", &Params::api);
            f("client", &Params::client);
        }
    };
    using Result = ServiceInfo;
};

struct ServiceGetStatus
{
    static constexpr const char *kName = "service.status";
    static constexpr bool kHasSideEffects = false;
    using Params = NoParams;
    using Result = ServiceStatus;
};

struct ServiceShutdown
{
    static constexpr const char *kName = "service.shutdown";
    static constexpr bool kHasSideEffects = true;
    using Params = NoParams;
    using Result = Empty;
};

struct ServicePanic
{
    static constexpr const char *kName = "service.panic";
    static constexpr bool kHasSideEffects = true;
    using Params = NoParams;
    struct Result
    {
        qint64 sessionsClosed = 0;
        qint64 runsStopped = 0;
        template <typename F>
        static void fields(F &f)
        {
            f("sessions_closed", &Result::sessionsClosed);
            f("runs_stopped", &Result::runsStopped);
        }
    };
};

struct TriggerList
{
    static constexpr const char *kName = "trigger.list";
    static constexpr bool kHasSideEffects = false;
    using Params = ListParams;
    using Result = Page<TriggerSummary>;
};

struct TriggerGet
{
    static constexpr const char *kName = "trigger.get";
    static constexpr bool kHasSideEffects = false;
    using Params = PathParams;
    using Result = TriggerDocument;
};

struct TriggerSave
{
    static constexpr const char *kName = "trigger.save";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        QString document = {};
        std::optional<qint64> expectedRevision = {}; ///< 0 = it must not exist yet
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("document", &Params::document);
            f("expected_revision", &Params::expectedRevision);
        }
    };
    using Result = SavedTrigger;
};

struct TriggerDelete
{
    static constexpr const char *kName = "trigger.delete";
    static constexpr bool kHasSideEffects = true;
    using Params = PathParams;
    using Result = Empty;
};

struct TriggerRename
{
    static constexpr const char *kName = "trigger.rename";
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
    using Result = TriggerSummary;
};

struct TriggerSetMode
{
    static constexpr const char *kName = "trigger.set_mode";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        TriggerMode mode = TriggerMode::Disabled;
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("mode", &Params::mode);
        }
    };
    using Result = TriggerSummary;
};

struct TriggerTestConnection
{
    static constexpr const char *kName = "trigger.test_connection";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        std::optional<QString> path = {};
        std::optional<QString> url = {};
        std::optional<QString> document = {};
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("url", &Params::url);
            f("document", &Params::document);
        }
    };
    using Result = TestReport;
};

struct TriggerValidate
{
    static constexpr const char *kName = "trigger.validate";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        QString document = {};
        std::optional<QString> path = {}; ///< checked too when given
        template <typename F>
        static void fields(F &f)
        {
            f("document", &Params::document);
            f("path", &Params::path);
        }
    };
    using Result = Validation;
};

struct TriggerImport
{
    static constexpr const char *kName = "trigger.import";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        QString text = {}; ///< the file's content, YAML or JSON
        std::optional<TriggerMode> mode = {}; ///< instead of the file's own
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("text", &Params::text);
            f("mode", &Params::mode);
        }
    };
    using Result = SavedTrigger;
};

struct TriggerPreviewFile
{
    static constexpr const char *kName = "trigger.preview";
    static constexpr bool kHasSideEffects = false;
    struct Params
    {
        QString text = {}; ///< of the file
        template <typename F>
        static void fields(F &f)
        {
            f("text", &Params::text);
        }
    };
    using Result = TriggerPreview;
};

struct TriggerExport
{
    static constexpr const char *kName = "trigger.export";
    static constexpr bool kHasSideEffects = false;
    using Params = PathParams;
    using Result = ExportedTrigger;
};

struct TriggerResume
{
    static constexpr const char *kName = "trigger.resume";
    static constexpr bool kHasSideEffects = true;
    using Params = TriggerJobsParams;
    using Result = CountResult;
};

struct TriggerCancelSuspended
{
    static constexpr const char *kName = "trigger.cancel_suspended";
    static constexpr bool kHasSideEffects = true;
    using Params = TriggerJobsParams;
    using Result = CountResult;
};

struct TriggerPresets
{
    static constexpr const char *kName = "trigger.presets";
    static constexpr bool kHasSideEffects = false;
    using Params = NoParams;
    using Result = Page<Preset>;
};

struct TriggerDemo
{
    static constexpr const char *kName = "trigger.demo";
    static constexpr bool kHasSideEffects = true;
    using Params = NoParams;
    struct Result
    {
        QString url = {};
        QJsonObject scripts = {}; ///< text of a script for it, by language
        template <typename F>
        static void fields(F &f)
        {
            f("url", &Result::url);
            f("scripts", &Result::scripts);
        }
    };
};

struct TriggerSubscribe
{
    static constexpr const char *kName = "trigger.subscribe";
    static constexpr bool kHasSideEffects = false;
    using Params = NoParams;
    using Result = SubscriptionParams;
};

struct TriggerUnsubscribe
{
    static constexpr const char *kName = "trigger.unsubscribe";
    static constexpr bool kHasSideEffects = false;
    using Params = SubscriptionParams;
    using Result = Empty;
};

struct SessionGetState
{
    static constexpr const char *kName = "session.state";
    static constexpr bool kHasSideEffects = false;
    using Params = PathParams;
    using Result = SessionState;
};

struct SessionSend
{
    static constexpr const char *kName = "session.send";
    static constexpr bool kHasSideEffects = true;
    struct Params
    {
        QString path = {};
        std::optional<QString> text = {};
        std::optional<QByteArray> data = {}; ///< binary, base64 in JSON; instead of `text`
        template <typename F>
        static void fields(F &f)
        {
            f("path", &Params::path);
            f("text", &Params::text);
            f("data", &Params::data);
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

struct SessionClose
{
    static constexpr const char *kName = "session.close";
    static constexpr bool kHasSideEffects = true;
    using Params = PathParams;
    using Result = Empty;
};

} // namespace earshot::rpc
