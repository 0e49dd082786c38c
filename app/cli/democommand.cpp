// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/listendocument.h"
#include "app/cli/output.h"
#include "app/cli/runprinter.h"
#include "app/cli/signalwatch_posix.h"
#include "app/cli/verbs.h"
#include "app/service/demoserver.h"
#include "app/service/localengine.h"
#include "runner/resourcedir.h"
#include "runner/runner.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

/// For the last replies to arrive.
constexpr int kLastWordsMs = 1500;

struct DemoScript
{
    QString runtime; ///< id of the runtime that runs it
    QString file;
};

/// Best first: the first whose interpreter is here is used.
const QList<DemoScript> &demoScripts()
{
    static const QList<DemoScript> scripts{{u"bun"_s, u"on_order.ts"_s},
        {u"deno"_s, u"on_order.ts"_s}, {u"node"_s, u"on_order.mjs"_s},
        {u"python"_s, u"on_order.py"_s}, {u"bash"_s, u"on_order.sh"_s}};
    return scripts;
}

QString demoFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation)
        + "/earshot/demo"_L1;
}

/// Copies the script for the best runtime to a place where it may be edited; an edited one stays.
Result<QString> placeScript(runner::Runner &runner)
{
    for (const DemoScript &script : demoScripts()) {
        const auto runtime = runner.registry().byId(script.runtime);
        if (!runtime || runner.registry().interpreter(*runtime, QDir::homePath()).isEmpty()) {
            continue;
        }
        const QString source = runner::resourceDir() + "/demo/"_L1 + script.file;
        const QString target = demoFolder() + u'/' + script.file;
        if (!QFile::exists(target)) {
            QDir().mkpath(demoFolder());
            if (!QFile::copy(source, target)) {
                return Error{.code = ErrorCode::Io,
                    .message = u"%1 cannot be written"_s.arg(target),
                    .detail = {}};
            }
            QFile::setPermissions(
                target, QFile::permissions(target) | QFile::ReadOwner | QFile::WriteOwner);
        }
        return target;
    }
    return Error{.code = ErrorCode::Unavailable,
        .message = u"none of Bun, Deno, Node, Python and Bash was found"_s,
        .detail = u"`earshot doctor` says what to install"_s};
}

/// One `earshot demo` from start to exit.
class Demo final : public QObject, public service::TriggerHost
{
public:
    Demo(TriggerConfig config, RunPrinter &printer, service::LocalEngine &engine,
        service::DemoServer &server, bool json)
        : m_runtime(engine.makeRuntime(std::move(config), *this))
        , m_json(json)
    {
        printer.runEnded = [this](RunStatus status) {
            ++m_runs;
            m_failed += status == RunStatus::Success ? 0 : 1;
        };
        connect(&server, &service::DemoServer::sent, this, [this](const QString &text) {
            ++m_messages;
            if (!m_json) {
                writeOut((coloured(Colour::Dim, u"server says   "_s) + text + u'\n').toUtf8());
            }
        });
        connect(&server, &service::DemoServer::answered, this, [this](const QString &text) {
            ++m_replies;
            if (!m_json) {
                writeOut(
                    (coloured(Colour::Dim, u"server hears  "_s) + printable(text.toUtf8()) + u'\n')
                        .toUtf8());
            }
        });
        connect(&server, &service::DemoServer::finished, this,
            [this] { QTimer::singleShot(kLastWordsMs, this, [this] { finish(); }); });
    }

    void start() { m_runtime->start(); }

    void finish()
    {
        m_runtime->session().stop();
        if (m_json) {
            writeOut(JsonLine()
                         .text(u"event", u"summary")
                         .number(u"messages", m_messages)
                         .number(u"runs", m_runs)
                         .number(u"failed", m_failed)
                         .number(u"replies", m_replies)
                         .toLine());
        } else {
            writeOut(
                u"\n%1 messages, %2 matched and were run, %3 failed, %4 replies reached the server.\n"_s
                    .arg(m_messages)
                    .arg(m_runs)
                    .arg(m_failed)
                    .arg(m_replies)
                    .toUtf8());
        }
        QCoreApplication::exit(m_runs > 0 && m_failed == 0 ? Success : Failed);
    }

    void modeChangeNeeded(const QString &, TriggerMode, const Error &error) override
    {
        QCoreApplication::exit(complain(error, Failed));
    }

private:
    std::unique_ptr<service::TriggerRuntime> m_runtime;
    bool m_json = false;
    int m_messages = 0;
    int m_runs = 0;
    int m_failed = 0;
    int m_replies = 0;
};

int demo(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    service::DemoServer server(service::DemoServer::Story::Once);
    if (!server.listen()) {
        return complain(
            {.code = ErrorCode::Io, .message = u"no port is free on 127.0.0.1"_s, .detail = {}},
            Failed);
    }
    RunPrinter printer({.json = json, .quiet = true});
    service::LocalEngine engine({.workspace = {}}, printer);
    const auto script = placeScript(engine.runner());
    if (!script) {
        return complain(script.error(), Failed);
    }
    const auto config = parseTriggerConfig(u"u/local/demo"_s,
        QJsonDocument(
            QJsonObject{{u"url"_s, server.url()}, {u"script_path"_s, *script},
                {u"is_flow"_s, false},
                {u"filters"_s,
                    QJsonArray{QJsonObject{{u"key"_s, u"type"_s}, {u"value"_s, u"order"_s}}}},
                {u"can_return_message"_s, true}, {u"can_return_error_result"_s, false}})
            .toJson());
    if (!config) {
        return complain(config.error(), Failed);
    }
    if (!json) {
        writeOut(
            u"A small shop talks on %1. For every message with \"type\": \"order\" Earshot runs\n  "
            u"%2\n"
            "and sends the result back. Edit that file and run the demo again: it does what you "
            "say.\n"
            "The same without the demo: earshot listen %1 --run %2 --filter type=order --reply\n\n"_s
                .arg(server.url(), *script)
                .toUtf8());
    }
    Demo demonstration(*config, printer, engine, server, json);
    const SignalWatch signalWatch;
    QObject::connect(
        &signalWatch, &SignalWatch::stopRequested, &demonstration, [&] { demonstration.finish(); });
    demonstration.start();
    const int code = QCoreApplication::exec();
    printer.runEnded = nullptr;
    return code;
}

} // namespace

VerbSpec demoVerb()
{
    return {.name = u"demo"_s,
        .synopsis = {},
        .summary
        = u"a server, a trigger and a script at work for a few seconds; needs nothing else"_s,
        .details = u"Starts a small WebSocket server on this machine, listens to it with a filter, "
                   u"runs a script on the\n"
                   "best runtime found (Bash at least) and sends its results back. It says which "
                   "file the script is:\n"
                   "edit it and run the demo again."_s,
        .examples = {u"earshot demo"_s},
        .options = {jsonOption()},
        .run = demo};
}

} // namespace earshot::cli
