// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/servicecall.h"
#include "app/cli/verbs.h"
#include "model/jsontext.h"
#include "model/redaction.h"
#include "model/windmill/triggerfile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

constexpr qint64 kTestDeadlineMs = 45'000;

QList<OptionSpec> withJson(QList<OptionSpec> options = {})
{
    return options + serviceOptions() + QList<OptionSpec>{jsonOption()};
}

Result<QByteArray> readFile(const QString &name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error{.code = ErrorCode::Io,
            .message = u"%1 cannot be read: %2"_s.arg(name, file.errorString()),
            .detail = {}};
    }
    return file.read(kMaxDocumentBytes + 1);
}

void showSummary(const rpc::TriggerSummary &trigger, bool json)
{
    if (json) {
        writeJson(trigger);
        return;
    }
    const bool bad
        = !trigger.error.isEmpty() || trigger.session.phase == rpc::SessionPhase::Stopped;
    const Colour colour = bad                               ? Colour::Red
        : trigger.session.phase == rpc::SessionPhase::Ready ? Colour::Green
        : trigger.mode == TriggerMode::Disabled             ? Colour::Dim
                                                            : Colour::Yellow;
    QString line = u"%1 %2 %3"_s.arg(coloured(colour, toString(trigger.mode).leftJustified(10)),
        toString(trigger.session.phase).leftJustified(12), trigger.path);
    line += coloured(Colour::Dim,
        u"  received %1, matched %2, ok %3, failed %4"_s.arg(trigger.counters.received)
            .arg(trigger.counters.matched)
            .arg(trigger.counters.succeeded)
            .arg(trigger.counters.failed));
    if (trigger.counters.suspended > 0) {
        line += u"  suspended %1"_s.arg(trigger.counters.suspended);
    }
    const QString problem = trigger.error.isEmpty() ? trigger.session.error : trigger.error;
    if (!problem.isEmpty()) {
        line += u"\n           %1"_s.arg(printable(problem.toUtf8(), 400));
    }
    writeOut((line + u'\n').toUtf8());
}

int list(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    ServiceSession session(arguments);
    return session.run([&] {
        eachItem<rpc::TriggerList, rpc::TriggerSummary>(
            session, {}, [json](const rpc::TriggerSummary &trigger) { showSummary(trigger, json); },
            [&session] { session.finish(Success); });
    });
}

int show(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::TriggerGet>(arguments, {.path = arguments.positional().first()},
        [json](const rpc::TriggerDocument &trigger) {
            if (json) {
                writeJson(trigger);
                return Success;
            }
            showSummary(trigger.summary, false);
            if (!trigger.summary.inactiveKeys.isEmpty()) {
                writeOut(u"not active in this version: %1\n"_s
                             .arg(trigger.summary.inactiveKeys.join(u", "_s))
                             .toUtf8());
            }
            writeOut(maskTriggerDocument(trigger.document.toUtf8()) + '\n');
            return Success;
        });
}

int setMode(const Arguments &arguments, TriggerMode mode)
{
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::TriggerSetMode>(arguments,
        {.path = arguments.positional().first(), .mode = mode},
        [json](const rpc::TriggerSummary &trigger) {
            if (json) {
                writeJson(trigger);
            } else {
                writeOut(u"Trigger '%1' %2\n"_s.arg(trigger.path, toString(trigger.mode)).toUtf8());
            }
            return Success;
        });
}

int remove(const Arguments &arguments)
{
    const QString path = arguments.positional().first();
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::TriggerDelete>(
        arguments, {.path = path}, [json, path](const rpc::Empty &) {
            writeOut(json ? JsonLine().text(u"deleted", path).toLine()
                          : u"Trigger '%1' deleted\n"_s.arg(path).toUtf8());
            return Success;
        });
}

int resume(const Arguments &arguments)
{
    const QString path = arguments.positional().first();
    const bool json = arguments.has(u"json"_s);
    std::optional<QList<qint64>> ids;
    for (const QString &text : arguments.values(u"run"_s)) {
        bool ok = false;
        const qint64 id = text.toLongLong(&ok);
        if (!ok) {
            return complain({.code = ErrorCode::InvalidArgument,
                                .message = u"--run must be the id of a run, got \"%1\""_s.arg(text),
                                .detail = {}},
                Usage);
        }
        if (!ids) {
            ids.emplace();
        }
        ids->append(id);
    }
    const auto shown = [json](QLatin1StringView key, const QString &text) {
        return [json, key, text](const rpc::CountResult &result) {
            writeOut(json ? JsonLine().number(QString(key), result.count).toLine()
                          : text.arg(result.count).toUtf8());
            return int(Success);
        };
    };
    if (arguments.has(u"discard"_s)) {
        return callService<rpc::TriggerCancelSuspended>(
            arguments, {.path = path, .ids = ids}, [&](const rpc::CountResult &result) {
                return result.count == 0 && !json
                    ? (writeOut("No jobs to cancel\n"), int(Success))
                    : shown("cancelled"_L1, u"Canceled %1 jobs\n"_s)(result);
            });
    }
    return callService<rpc::TriggerResume>(
        arguments, {.path = path, .ids = ids}, shown("resumed"_L1, u"Reassigned %1 jobs\n"_s));
}

void showReport(const rpc::TestReport &report, bool json)
{
    if (json) {
        writeJson(report);
        return;
    }
    for (const rpc::TestStage &stage : report.stages) {
        writeOut(u"%1 %2 %3 ms  %4\n"_s
                     .arg(coloured(stage.ok ? Colour::Green : Colour::Red,
                              stage.ok ? u"ok  "_s : u"fail"_s),
                         stage.name.leftJustified(12))
                     .arg(stage.ms, 7, 'f', 1)
                     .arg(printable(stage.detail.toUtf8()))
                     .toUtf8());
    }
    writeOut(report.ok ? QByteArray("The connection works.\n")
                       : (printable(report.error.toUtf8(), 600) + u'\n').toUtf8());
}

int test(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    rpc::TriggerTestConnection::Params params;
    if (arguments.has(u"url"_s) == !arguments.positional().isEmpty()) {
        return complain({.code = ErrorCode::InvalidArgument,
                            .message = u"give the path of a trigger or --url URL"_s,
                            .detail = {}},
            Usage);
    }
    if (arguments.has(u"url"_s)) {
        params.url = arguments.value(u"url"_s);
    } else {
        params.path = arguments.positional().first();
    }
    return callService<rpc::TriggerTestConnection>(
        arguments, params,
        [json](const rpc::TestReport &report) {
            showReport(report, json);
            return report.ok ? Success : Failed;
        },
        kTestDeadlineMs);
}

struct FileToImport
{
    QString file;
    QString path;
    QByteArray text;
};

/// Reads and checks everything before anything is sent: all files or none.
Result<QList<FileToImport>> filesToImport(const Arguments &arguments)
{
    const QStringList files = arguments.positional();
    if (arguments.has(u"path"_s) && files.size() > 1) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"--path names one trigger: import one file with it"_s,
            .detail = {}};
    }
    const QString workspace
        = arguments.value(u"workspace"_s, qEnvironmentVariable("EARSHOT_WORKSPACE"));
    QList<FileToImport> list;
    for (const QString &file : files) {
        FileToImport one{.file = file, .path = arguments.value(u"path"_s), .text = {}};
        if (one.path.isEmpty()) {
            auto path = windmill::triggerPathOfFile(QFileInfo(file).absoluteFilePath(),
                workspace.isEmpty() ? QDir::currentPath()
                                    : QFileInfo(workspace).absoluteFilePath());
            if (!path) {
                return path.error();
            }
            one.path = std::move(path).value();
        }
        auto text = readFile(file);
        if (!text) {
            return text.error();
        }
        one.text = std::move(text).value();
        const auto imported = windmill::readTriggerFile(one.text, file);
        if (!imported) {
            return imported.error();
        }
        const auto config = parseTriggerConfig(one.path, imported->json);
        if (!config) {
            return Error{.code = config.error().code,
                .message = u"%1: %2"_s.arg(file, config.error().message),
                .detail = config.error().detail};
        }
        list.append(std::move(one));
    }
    return list;
}

int importFiles(const Arguments &arguments)
{
    const auto files = filesToImport(arguments);
    if (!files) {
        return complain(files.error(), Failed);
    }
    std::optional<TriggerMode> mode;
    if (arguments.has(u"mode"_s)) {
        mode = triggerModeFromString(arguments.value(u"mode"_s));
        if (!mode) {
            return complain({.code = ErrorCode::InvalidArgument,
                                .message = u"--mode must be enabled, disabled or suspended"_s,
                                .detail = {}},
                Usage);
        }
    }
    const bool json = arguments.has(u"json"_s);
    ServiceSession session(arguments);
    auto left = std::make_shared<qsizetype>(files->size());
    return session.run([&] {
        for (const FileToImport &file : *files) {
            session.call<rpc::TriggerImport>(
                {.path = file.path, .text = QString::fromUtf8(file.text), .mode = mode},
                [&session, json, left](const rpc::SavedTrigger &saved) {
                    if (json) {
                        writeJson(saved);
                    } else {
                        writeOut(u"Trigger '%1' %2\n"_s
                                     .arg(saved.path, saved.created ? u"created"_s : u"updated"_s)
                                     .toUtf8());
                        if (!saved.inactiveKeys.isEmpty()) {
                            writeOut(u"  not active in this version: %1\n"_s
                                         .arg(saved.inactiveKeys.join(u", "_s))
                                         .toUtf8());
                        }
                    }
                    if (--*left == 0) {
                        session.finish(Success);
                    }
                });
        }
    });
}

int exportFile(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    const QString output = arguments.value(u"o"_s);
    return callService<rpc::TriggerExport>(arguments, {.path = arguments.positional().first()},
        [&](const rpc::ExportedTrigger &exported) -> int {
            if (output.isEmpty()) {
                if (json) {
                    writeJson(exported);
                } else {
                    writeOut(exported.text.toUtf8());
                }
                return Success;
            }
            QSaveFile file(output);
            if (!file.open(QIODevice::WriteOnly) || file.write(exported.text.toUtf8()) < 0
                || !file.commit()) {
                return complain(
                    {.code = ErrorCode::Io,
                        .message = u"%1 cannot be written: %2"_s.arg(output, file.errorString()),
                        .detail = {}},
                    Failed);
            }
            return Success;
        });
}

int validate(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    bool allValid = true;
    for (const QString &file : arguments.positional()) {
        QStringList problems;
        const auto text = readFile(file);
        const auto imported = text ? windmill::readTriggerFile(*text, file)
                                   : Result<windmill::ImportedTrigger>(text.error());
        if (!imported) {
            problems.append(imported.error().message);
        } else {
            for (const Error &problem : validateTriggerDocument(imported->json)) {
                problems.append(problem.message);
            }
        }
        allValid = allValid && problems.isEmpty();
        if (json) {
            writeOut(JsonLine()
                         .text(u"file", file)
                         .boolean(u"valid", problems.isEmpty())
                         .value(u"problems", QJsonArray::fromStringList(problems))
                         .toLine());
        } else {
            writeOut(
                u"%1: %2\n"_s.arg(file, problems.isEmpty() ? u"valid"_s : problems.join(u"\n  "_s))
                    .toUtf8());
        }
    }
    return allValid ? Success : Failed;
}

} // namespace

std::vector<VerbSpec> triggerVerbs()
{
    const auto modeVerb = [](const QString &name, TriggerMode mode, const QString &summary) {
        return VerbSpec{.name = u"trigger %1"_s.arg(name),
            .synopsis = u"PATH"_s,
            .summary = summary,
            .details = {},
            .examples = {u"earshot trigger %1 f/bots/orders"_s.arg(name)},
            .options = withJson(),
            .leastPositional = 1,
            .mostPositional = 1,
            .run = [mode](const Arguments &arguments) { return setMode(arguments, mode); }};
    };
    return {
        {.name = u"trigger import"_s,
            .synopsis = u"FILE… [--path P]"_s,
            .summary = u"save triggers from *.websocket_trigger.yaml (or .json) files"_s,
            .details
            = u"The path comes from the file's name below the workspace (--workspace, "
              u"EARSHOT_WORKSPACE, else the\n"
              "current folder): f/bots/orders.websocket_trigger.yaml is f/bots/orders. All files "
              "are checked\n"
              "before the first one is saved; a refused file leaves the trigger as it was."_s,
            .examples = {u"earshot trigger import f/bots/orders.websocket_trigger.yaml"_s,
                u"earshot trigger import /tmp/shared.yaml --path u/ada/shared --mode disabled"_s},
            .options = withJson({{u"path"_s, u"path"_s, u"path of the trigger, for one file"_s},
                {u"mode"_s, u"mode"_s, u"enabled, disabled or suspended instead of the file's"_s},
                {u"workspace"_s, u"dir"_s, u"folder that paths begin in"_s}}),
            .leastPositional = 1,
            .mostPositional = -1,
            .run = importFiles},
        {.name = u"trigger export"_s,
            .synopsis = u"PATH [-o FILE]"_s,
            .summary = u"the trigger as a file that `wmill` accepts"_s,
            .details = u"A trigger that was imported and not changed gives its original bytes."_s,
            .examples
            = {u"earshot trigger export f/bots/orders -o f/bots/orders.websocket_trigger.yaml"_s},
            .options = withJson({{u"o"_s, u"file"_s, u"write there instead of stdout"_s}}),
            .leastPositional = 1,
            .mostPositional = 1,
            .run = exportFile},
        {.name = u"trigger list"_s,
            .synopsis = {},
            .summary = u"every trigger with its state"_s,
            .details = {},
            .examples = {u"earshot trigger list"_s},
            .options = withJson(),
            .run = list},
        {.name = u"trigger show"_s,
            .synopsis = u"PATH"_s,
            .summary = u"one trigger: state, counters, document, keys that are not active"_s,
            .details = {},
            .examples = {u"earshot trigger show f/bots/orders"_s},
            .options = withJson(),
            .leastPositional = 1,
            .mostPositional = 1,
            .run = show},
        {.name = u"trigger delete"_s,
            .synopsis = u"PATH"_s,
            .summary = u"remove a trigger; its finished runs stay in the history"_s,
            .details = {},
            .examples = {u"earshot trigger delete f/bots/orders"_s},
            .options = withJson(),
            .leastPositional = 1,
            .mostPositional = 1,
            .run = remove},
        modeVerb(u"enable"_s, TriggerMode::Enabled, u"connect and run"_s),
        modeVerb(u"disable"_s, TriggerMode::Disabled, u"disconnect; what waits is still run"_s),
        modeVerb(u"suspend"_s, TriggerMode::Suspended,
            u"stay connected; messages wait as suspended runs until `trigger resume`"_s),
        {.name = u"trigger resume"_s,
            .synopsis = u"PATH [--run ID]… [--discard]"_s,
            .summary = u"run what waits in a suspended trigger, or discard it"_s,
            .details = u"The mode stays as it is: `trigger enable` goes back to running at once."_s,
            .examples = {u"earshot trigger resume f/bots/orders"_s,
                u"earshot trigger resume f/bots/orders --run 42 --run 43"_s},
            .options = withJson({{u"run"_s, u"id"_s, u"only this run; may be repeated"_s},
                {u"discard"_s, {}, u"cancel them instead"_s}}),
            .leastPositional = 1,
            .mostPositional = 1,
            .run = resume},
        {.name = u"trigger test"_s,
            .synopsis = u"PATH | --url URL"_s,
            .summary = u"connect once and close again, with the time of each stage"_s,
            .details = u"Sends nothing and runs nothing, but for a script that returns the URL."_s,
            .examples = {u"earshot trigger test f/bots/orders"_s,
                u"earshot trigger test --url wss://stream.example.com"_s},
            .options = withJson({{u"url"_s, u"url"_s, u"an address alone"_s}}),
            .leastPositional = 0,
            .mostPositional = 1,
            .run = test},
        {.name = u"trigger validate"_s,
            .synopsis = u"FILE…"_s,
            .summary = u"every problem of trigger files, without saving them; needs no service"_s,
            .details = {},
            .examples = {u"earshot trigger validate f/bots/*.websocket_trigger.yaml"_s},
            .options = {jsonOption()},
            .leastPositional = 1,
            .mostPositional = -1,
            .run = validate},
    };
}

} // namespace earshot::cli
