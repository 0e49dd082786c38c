// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/servicecall.h"
#include "app/cli/signalwatch_posix.h"
#include "app/cli/verbs.h"

#include <QDateTime>
#include <QFile>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

QList<OptionSpec> withJson(QList<OptionSpec> options = {})
{
    return options + serviceOptions() + QList<OptionSpec>{jsonOption()};
}

QString clockTime(qint64 microseconds)
{
    return QDateTime::fromMSecsSinceEpoch(microseconds / 1000).toString(u"HH:mm:ss.zzz"_s);
}

void showStatus(const rpc::ServiceStatus &status, const QList<rpc::TriggerSummary> &triggers)
{
    writeOut(u"service   pid %1, version %2, up %3, %4 MiB, %5 script processes\n"_s
                 .arg(status.service.pid)
                 .arg(status.service.version, duration(status.uptimeMs * 1000))
                 .arg(status.memoryBytes / (1024 * 1024))
                 .arg(status.processes)
                 .toUtf8());
    if (!status.problem.isEmpty()) {
        writeOut((coloured(Colour::Red, status.problem) + u'\n').toUtf8());
    }
    writeOut(u"triggers  %1, ready %2\n"_s.arg(status.triggers).arg(status.ready).toUtf8());
    for (const rpc::TriggerSummary &trigger : triggers) {
        const rpc::Counters &count = trigger.counters;
        writeOut(
            u"\n%1  %2, %3\n  received %4  matched %5  queued %6  running %7  succeeded %8  failed %9"_s
                .arg(coloured(Colour::Bold, trigger.path), toString(trigger.mode),
                    toString(trigger.session.phase))
                .arg(count.received)
                .arg(count.matched)
                .arg(count.queued)
                .arg(count.running)
                .arg(count.succeeded)
                .arg(count.failed)
                .toUtf8());
        writeOut(u"  dropped %1  reconnects %2  suspended %3\n"_s.arg(count.dropped)
                     .arg(count.reconnects)
                     .arg(count.suspended)
                     .toUtf8());
        const QString problem = trigger.error.isEmpty() ? trigger.session.error : trigger.error;
        if (!problem.isEmpty()) {
            writeOut((u"  %1\n"_s.arg(printable(problem.toUtf8(), 400))).toUtf8());
        }
    }
}

int status(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    ServiceSession session(arguments);
    auto triggers = std::make_shared<QList<rpc::TriggerSummary>>();
    return session.run([&] {
        session.call<rpc::ServiceGetStatus>(
            {}, [&session, json, triggers](const rpc::ServiceStatus &status) {
                if (json) {
                    QJsonObject line = rpc::toJson(status);
                    line.insert(u"event"_s, u"service"_s);
                    writeOut(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n');
                }
                eachItem<rpc::TriggerList, rpc::TriggerSummary>(
                    session, {},
                    [json, triggers](const rpc::TriggerSummary &trigger) {
                        if (json) {
                            QJsonObject line = rpc::toJson(trigger);
                            line.insert(u"event"_s, u"trigger"_s);
                            writeOut(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n');
                        } else {
                            triggers->append(trigger);
                        }
                    },
                    [&session, json, status, triggers] {
                        if (!json) {
                            showStatus(status, *triggers);
                        }
                        session.finish(Success);
                    });
            });
    });
}

void tailMessage(const rpc::MessageRow &row, bool json)
{
    if (json) {
        QJsonObject line = rpc::toJson(row);
        line.insert(u"event"_s, u"message"_s);
        writeOut(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n');
        return;
    }
    const QString arrow = row.direction == rpc::Direction::In ? u"←"_s
        : row.direction == rpc::Direction::Out                ? u"→"_s
                                                              : u"·"_s;
    const QString verdict = row.verdict == rpc::Verdict::None ? QString() : toString(row.verdict);
    writeOut(u"%1 %2 %3 %4 %5\n"_s
                 .arg(coloured(Colour::Dim, clockTime(row.atUs)), arrow, row.trigger,
                     coloured(row.verdict == rpc::Verdict::Matched ? Colour::Green : Colour::Dim,
                         verdict.leftJustified(8)),
                     printable(row.preview.toUtf8(), 300))
                 .toUtf8());
}

void tailRun(const rpc::RunRow &run, bool json)
{
    if (json) {
        QJsonObject line = rpc::toJson(run);
        line.insert(u"event"_s, u"run"_s);
        writeOut(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n');
        return;
    }
    const Colour colour = run.status == RunStatus::Success ? Colour::Green
        : isFinal(run.status)                              ? Colour::Red
                                                           : Colour::Dim;
    writeOut(u"%1 ▶ %2 run %3 %4 %5\n"_s
                 .arg(coloured(Colour::Dim,
                          clockTime(run.finishedAtUs > 0 ? run.finishedAtUs : run.receivedAtUs)),
                     run.trigger.isEmpty() ? run.runnable : run.trigger, QString::number(run.id),
                     coloured(colour, toString(run.status)), printable(run.result.toUtf8(), 200))
                 .toUtf8());
}

int tail(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    std::optional<QString> trigger;
    if (arguments.has(u"trigger"_s)) {
        trigger = arguments.value(u"trigger"_s);
    }
    ServiceSession session(arguments);
    const SignalWatch signalWatch;
    QObject::connect(&signalWatch, &SignalWatch::stopRequested, &session,
        [&session] { session.finish(Success); });
    const auto leftOut = [json](qint64 count) {
        if (count > 0) {
            writeOut(json
                    ? JsonLine().text(u"event", u"left_out").number(u"count", count).toLine()
                    : u"… %1 left out: more than a terminal can show\n"_s.arg(count).toUtf8());
        }
    };
    QObject::connect(&session.client(), &rpc::ControlClient::messagesArrived, &session,
        [json, leftOut](const rpc::MessageBatch &batch) {
            leftOut(batch.leftOut);
            for (const rpc::MessageRow &row : batch.rows) {
                tailMessage(row, json);
            }
        });
    QObject::connect(&session.client(), &rpc::ControlClient::runsChanged, &session,
        [json, leftOut](const rpc::RunBatch &batch) {
            leftOut(batch.leftOut);
            for (const rpc::RunRow &run : batch.rows) {
                tailRun(run, json);
            }
        });
    QObject::connect(&session.client(), &rpc::ControlClient::stopping, &session, [&session] {
        writeErr(u"the service ends\n"_s);
        session.finish(Success);
    });
    return session.run([&] {
        session.call<rpc::MessageSubscribe>(
            {.trigger = trigger}, [](const rpc::SubscriptionParams &) {});
        session.call<rpc::RunSubscribe>(
            {.trigger = trigger}, [json](const rpc::SubscriptionParams &) {
                if (json) {
                    writeOut(JsonLine().text(u"event", u"subscribed").toLine());
                }
            });
    });
}

int send(const Arguments &arguments)
{
    rpc::SessionSend::Params params{.path = arguments.positional().first(), .text = {}, .data = {}};
    QByteArray body;
    if (arguments.has(u"file"_s)) {
        QFile file(arguments.value(u"file"_s));
        if (!file.open(QIODevice::ReadOnly)) {
            return complain(
                {.code = ErrorCode::Io,
                    .message = u"%1 cannot be read: %2"_s.arg(file.fileName(), file.errorString()),
                    .detail = {}},
                Failed);
        }
        body = file.readAll();
    } else if (arguments.positional().size() == 2) {
        body = arguments.positional().at(1).toUtf8();
    } else {
        return complain({.code = ErrorCode::InvalidArgument,
                            .message = u"give the text to send, or --file FILE"_s,
                            .detail = {}},
            Usage);
    }
    if (arguments.has(u"binary"_s)) {
        params.data = body;
    } else {
        params.text = QString::fromUtf8(body);
    }
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::SessionSend>(
        arguments, params, [json](const rpc::SessionSend::Result &result) {
            writeOut(json ? JsonLine().number(u"bytes", result.bytes).toLine()
                          : u"sent %1 bytes\n"_s.arg(result.bytes).toUtf8());
            return Success;
        });
}

int panic(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::ServicePanic>(
        arguments, {}, [json](const rpc::ServicePanic::Result &result) {
            if (json) {
                writeJson(result);
            } else {
                writeOut(u"closed %1 connections, stopped %2 runs; every trigger is disabled\n"_s
                             .arg(result.sessionsClosed)
                             .arg(result.runsStopped)
                             .toUtf8());
            }
            return Success;
        });
}

} // namespace

std::vector<VerbSpec> liveVerbs()
{
    return {
        {.name = u"status"_s,
            .synopsis = {},
            .summary
            = u"the service and every trigger: mode, state, error, counters, queue, memory"_s,
            .details
            = u"With --json: a line with event \"service\", then one with event \"trigger\" for each."_s,
            .examples
            = {u"earshot status"_s, u"earshot status --json | jq 'select(.event==\"trigger\")'"_s},
            .options = withJson(),
            .run = status},
        {.name = u"tail"_s,
            .synopsis = u"[--trigger P]"_s,
            .summary = u"messages and runs as they happen"_s,
            .details = u"Terminal escapes in messages are shown, never obeyed. Ctrl+C ends it."_s,
            .examples = {u"earshot tail --trigger f/bots/orders"_s},
            .options = withJson({{u"trigger"_s, u"path"_s, u"only this trigger's"_s}}),
            .run = tail},
        {.name = u"send"_s,
            .synopsis = u"PATH TEXT"_s,
            .summary = u"send a message on the live session of a trigger"_s,
            .details = {},
            .examples = {u"earshot send f/bots/orders '{\"op\":\"ping\"}'"_s},
            .options = withJson({{u"file"_s, u"file"_s, u"send the content of a file"_s},
                {u"binary"_s, {}, u"as a binary message"_s}}),
            .leastPositional = 1,
            .mostPositional = 2,
            .run = send},
        {.name = u"panic"_s,
            .synopsis = {},
            .summary = u"disconnect everything and stop every run at once"_s,
            .details = u"Every trigger is disabled; `trigger enable` starts one again."_s,
            .examples = {u"earshot panic"_s},
            .options = withJson(),
            .run = panic},
    };
}

} // namespace earshot::cli
