// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"
#include "app/cli/runprinter.h"
#include "app/cli/signalwatch_posix.h"
#include "app/cli/verbs.h"
#include "app/service/localengine.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

constexpr qint64 kMaxTimeoutSecs = 86'400;

Error usageError(const QString &message)
{
    return {.code = ErrorCode::InvalidArgument, .message = message, .detail = {}};
}

struct Request
{
    QString script;
    QString workspace;
    std::optional<QByteArray> message;
    QByteArray args;
    bool event = false;
    QString url;
    QString triggerPath;
    qint64 timeoutMs = 300'000;
};

Result<Request> requestFrom(const Arguments &arguments)
{
    Request request;
    const QFileInfo file(arguments.positional().first());
    const QString workspace
        = arguments.value(u"workspace"_s, qEnvironmentVariable("EARSHOT_WORKSPACE"));
    request.workspace = workspace.isEmpty() ? QString() : QFileInfo(workspace).absoluteFilePath();
    request.script = file.isFile() ? file.canonicalFilePath() : arguments.positional().first();
    if (!file.isFile() && request.workspace.isEmpty()) {
        return usageError(
            u"there is no file %1; a workspace path needs --workspace or EARSHOT_WORKSPACE"_s.arg(
                arguments.positional().first()));
    }
    if (arguments.has(u"msg"_s) && arguments.has(u"args"_s)) {
        return usageError(u"give --msg or --args, not both"_s);
    }
    if (arguments.has(u"msg"_s)) {
        request.message = arguments.value(u"msg"_s).toUtf8();
    }
    if (arguments.has(u"args"_s)) {
        QJsonParseError problem;
        request.args = arguments.value(u"args"_s).toUtf8();
        const QJsonDocument parsed = QJsonDocument::fromJson(request.args, &problem);
        if (!parsed.isObject()) {
            return usageError(
                u"--args must be a JSON object%1"_s.arg(problem.error == QJsonParseError::NoError
                        ? QString()
                        : u": %1, at byte %2"_s.arg(problem.errorString()).arg(problem.offset)));
        }
    }
    request.event = arguments.has(u"event"_s);
    if (request.event && !request.message) {
        return usageError(u"--event needs --msg"_s);
    }
    request.url = arguments.value(u"url"_s, u"ws://localhost"_s);
    request.triggerPath = arguments.value(u"trigger-path"_s, u"u/local/test"_s);
    const auto timeout = arguments.milliseconds(u"timeout"_s, 300, kMaxTimeoutSecs);
    if (!timeout) {
        return timeout.error();
    }
    request.timeoutMs = *timeout;
    return request;
}

/// Nothing of a single run is news.
class Silence final : public service::ServiceEvents
{
public:
    [[nodiscard]] bool wantsMessages(const QString &) const override { return false; }
    [[nodiscard]] bool wantsRunProgress() const override { return false; }
    void messageSeen(const service::MessageNotice &) override { }
    void runChanged(const service::RunNotice &) override { }
    void triggerChanged(const QString &) override { }
    void connectionReady(const QString &, const triggers::SessionStatus &) override { }
    void connectionClosed(const QString &, const triggers::CloseInfo &) override { }
    void alert(const QString &, const QString &text) override { writeErr(text + u'\n'); }
};

void show(const RunOutcome &outcome, bool json)
{
    if (json) {
        JsonLine line;
        line.text(u"status", toString(outcome.status));
        if (outcome.status == RunStatus::Success) {
            line.json(u"result", outcome.result);
        } else {
            line.json(u"error",
                QJsonDocument(
                    QJsonDocument::fromJson(outcome.result).object().value("error"_L1).toObject())
                    .toJson(QJsonDocument::Compact));
        }
        const qint64 took
            = outcome.startedAtUs > 0 ? outcome.finishedAtUs - outcome.startedAtUs : 0;
        line.real(u"duration_ms", static_cast<double>(took) / 1000.0);
        if (!outcome.preprocessedArgs.isEmpty()) {
            line.json(u"preprocessed_args", outcome.preprocessedArgs);
        }
        line.utf8(u"logs", outcome.logs);
        writeOut(line.toLine());
        return;
    }
    if (!outcome.logs.isEmpty()) {
        writeErr(QString::fromUtf8(outcome.logs) + (outcome.logs.endsWith('\n') ? u""_s : u"\n"_s));
    }
    writeOut(outcome.result + '\n');
    if (outcome.status != RunStatus::Success) {
        writeErr(
            u"earshot run: %1: %2\n"_s.arg(toString(outcome.status), errorLine(outcome.result)));
    }
}

int run(const Arguments &arguments)
{
    const auto request = requestFrom(arguments);
    if (!request) {
        return complain(request.error(), Usage);
    }
    Silence silence;
    service::LocalEngine engine({.workspace = request->workspace}, silence);
    auto plan = std::make_shared<service::RunPlan>();
    plan->runnablePath = request->script;
    plan->triggerPath = request->triggerPath;
    plan->username = request->event ? QString("ws-"_L1 + request->triggerPath) : u"local"_s;
    plan->configuredUrl = request->url;
    plan->durable = false;
    plan->pool = engine.coordinator().oneOffPool(request->script, request->timeoutMs);
    service::ActiveRun &one = engine.coordinator().create(plan, RunPurpose::Manual);
    one.hasMessage = request->message.has_value();
    one.message = request->message.value_or(QByteArray());
    one.args = request->args;
    one.recordedArgs = request->args;
    one.wantsEvent = request->event;
    const RunId id = one.id;
    const bool json = arguments.has(u"json"_s);
    int code = Failed;
    const SignalWatch signalWatch;
    QObject::connect(
        &signalWatch, &SignalWatch::stopRequested, &engine.coordinator(), [&](int times) {
            if (times > 1) {
                QCoreApplication::exit(Failed);
            } else {
                engine.coordinator().cancel(id, u"interrupted"_s, u"user"_s);
            }
        });
    engine.coordinator().startManual(one, [&code, json](const RunOutcome &outcome) {
        show(outcome, json);
        code = outcome.status == RunStatus::Success ? Success : Failed;
        QMetaObject::invokeMethod(
            QCoreApplication::instance(), [] { QCoreApplication::quit(); }, Qt::QueuedConnection);
    });
    QCoreApplication::exec();
    return code;
}

} // namespace

VerbSpec runVerbSpec()
{
    return {.name = u"run"_s,
        .synopsis = u"PATH_OR_FILE [--msg TEXT | --args JSON] [--event]"_s,
        .summary = u"run a script once, without a server or the service"_s,
        .details
        = u"Calls main(msg) with --msg, or main with the arguments of --args by name. With --event "
          u"a script that\n"
          "has a preprocessor(event) gets the message as a WebSocket event, as from a trigger. The "
          "result is\n"
          "printed as JSON on stdout, what the script writes on stderr; exit 0 for success, 1 for a failed run."_s,
        .examples = {u"earshot run on_order.ts --msg '{\"type\":\"order\",\"id\":7}'"_s,
            u"earshot run f/bots/on_order --workspace ~/bots --msg hello --event --trigger-path f/bots/orders"_s},
        .options = {{u"msg"_s, u"text"_s, u"the message: becomes the argument msg"_s},
            {u"args"_s, u"json"_s, u"all arguments as a JSON object"_s},
            {u"event"_s, {}, u"hand the message to the preprocessor as an event"_s},
            {u"url"_s, u"url"_s, u"url of that event"_s},
            {u"trigger-path"_s, u"path"_s, u"trigger_path of that event"_s},
            {u"timeout"_s, u"secs"_s, u"time limit (300)"_s},
            {u"workspace"_s, u"dir"_s, u"folder of scripts (EARSHOT_WORKSPACE)"_s}, jsonOption()},
        .leastPositional = 1,
        .mostPositional = 1,
        .run = run};
}

} // namespace earshot::cli
