// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/runprinter.h"
#include "app/cli/servicecall.h"
#include "app/cli/verbs.h"

#include <QDateTime>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

QList<OptionSpec> withJson(QList<OptionSpec> options = {})
{
    return options + serviceOptions() + QList<OptionSpec>{jsonOption()};
}

QString localTime(qint64 microseconds)
{
    return microseconds == 0 ? u"-"_s
                             : QDateTime::fromMSecsSinceEpoch(microseconds / 1000)
                                   .toString(u"yyyy-MM-dd HH:mm:ss.zzz"_s);
}

void showRow(const rpc::RunRow &run, bool json)
{
    if (json) {
        writeJson(run);
        return;
    }
    const bool good = run.status == RunStatus::Success;
    const Colour colour = good ? Colour::Green : isFinal(run.status) ? Colour::Red : Colour::Yellow;
    const qint64 took = run.startedAtUs > 0 && run.finishedAtUs > run.startedAtUs
        ? run.finishedAtUs - run.startedAtUs
        : 0;
    writeOut(u"%1 %2 %3 %4  %5  %6 → %7\n"_s.arg(run.id, 7)
                 .arg(coloured(colour, toString(run.status).leftJustified(11)),
                     coloured(Colour::Dim, localTime(run.receivedAtUs)),
                     duration(took).rightJustified(8),
                     run.trigger.isEmpty() ? run.runnable : run.trigger,
                     printable(run.message.toUtf8(), 60), printable(run.result.toUtf8(), 80))
                 .toUtf8());
}

Result<RunId> idArgument(const Arguments &arguments)
{
    bool ok = false;
    const RunId id = arguments.positional().first().toLongLong(&ok);
    if (!ok || id <= 0) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"the id of a run is a whole number, got \"%1\""_s.arg(
                arguments.positional().first()),
            .detail = {}};
    }
    return id;
}

int list(const Arguments &arguments)
{
    rpc::RunList::Params params;
    if (arguments.has(u"trigger"_s)) {
        params.trigger = arguments.value(u"trigger"_s);
    }
    if (arguments.has(u"status"_s)) {
        params.status = runStatusFromString(arguments.value(u"status"_s));
        if (!params.status) {
            return complain(
                {.code = ErrorCode::InvalidArgument,
                    .message = u"there is no status \"%1\""_s.arg(arguments.value(u"status"_s)),
                    .detail
                    = u"queued running success failure timeout cancelled crashed failed_to_start interrupted suspended"_s},
                Usage);
        }
    }
    const auto limit = arguments.integer(u"limit"_s, 50, 1, 1'000'000);
    const auto before = arguments.integer(u"before"_s, 0, 1, std::numeric_limits<qint64>::max());
    if (!limit || !before) {
        return complain(limit ? before.error() : limit.error(), Usage);
    }
    if (*before > 0) {
        params.before = *before;
    }
    const bool json = arguments.has(u"json"_s);
    ServiceSession session(arguments);
    auto left = std::make_shared<qint64>(*limit);
    auto page = std::make_shared<std::function<void(rpc::RunList::Params)>>();
    *page = [&session, left, json, weak = std::weak_ptr(page)](rpc::RunList::Params wanted) {
        wanted.limit = static_cast<int>(std::min<qint64>(*left, rpc::kMaxPageSize));
        session.call<rpc::RunList>(wanted,
            [&session, left, json, wanted, again = weak.lock()](
                const rpc::Page<rpc::RunRow> &found) {
                for (const rpc::RunRow &run : found.items) {
                    showRow(run, json);
                }
                *left -= found.items.size();
                if (!found.more || *left <= 0 || found.items.isEmpty()) {
                    session.finish(Success);
                    return;
                }
                auto next = wanted;
                next.before = found.items.last().id;
                (*again)(next);
            });
    };
    return session.run([&] { (*page)(params); });
}

void showBody(const QString &title, const QString &text, qint64 wholeSize)
{
    if (text.isEmpty()) {
        return;
    }
    writeOut(coloured(Colour::Bold, title).toUtf8() + '\n');
    for (const QString &line : text.split(u'\n')) {
        writeOut((u"  %1\n"_s.arg(printable(line.toUtf8(), 2000))).toUtf8());
    }
    if (wholeSize > rpc::kMaxInlineBytes) {
        writeOut(u"  … %1 bytes in all\n"_s.arg(wholeSize).toUtf8());
    }
}

int show(const Arguments &arguments)
{
    const auto id = idArgument(arguments);
    if (!id) {
        return complain(id.error(), Usage);
    }
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::RunGet>(arguments, {.id = *id}, [json](const rpc::RunDetail &detail) {
        if (json) {
            writeJson(detail);
            return Success;
        }
        const rpc::RunRow &run = detail.run;
        writeOut(
            u"run %1  %2  (%3)\n  runnable  %4\n  trigger   %5\n  received  %6\n  started   %7\n  finished  %8\n  attempts  %9\n"_s
                .arg(QString::number(run.id), toString(run.status), toString(run.purpose),
                    run.runnable, run.trigger.isEmpty() ? u"-"_s : run.trigger,
                    localTime(run.receivedAtUs), localTime(run.startedAtUs),
                    localTime(run.finishedAtUs), QString::number(run.attempts))
                .toUtf8());
        showBody(u"message"_s, detail.message, run.messageSize);
        showBody(u"arguments"_s, detail.args, detail.argsSize);
        showBody(u"preprocessed arguments"_s, detail.preprocessedArgs, detail.preprocessedArgsSize);
        showBody(u"result"_s, detail.result, run.resultSize);
        showBody(u"reply"_s, detail.reply.value_or(QString()), detail.replySize);
        showBody(u"reply not sent"_s, run.replyError, 0);
        showBody(
            detail.logsTruncated ? u"logs (truncated)"_s : u"logs"_s, detail.logs, detail.logsSize);
        return Success;
    });
}

int cancel(const Arguments &arguments)
{
    const auto id = idArgument(arguments);
    if (!id) {
        return complain(id.error(), Usage);
    }
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::RunCancel>(
        arguments, {.id = *id}, [json, id](const rpc::RunCancel::Result &result) {
            writeOut(json ? JsonLine()
                                .number(u"id", *id)
                                .text(u"status", toString(result.status))
                                .toLine()
                          : u"run %1: %2\n"_s.arg(*id)
                                .arg(result.status == RunStatus::Running ? u"is being stopped"_s
                                                                         : toString(result.status))
                                .toUtf8());
            return Success;
        });
}

int rerun(const Arguments &arguments)
{
    const auto id = idArgument(arguments);
    if (!id) {
        return complain(id.error(), Usage);
    }
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::RunRerun>(
        arguments, {.id = *id}, [json](const rpc::RunIdResult &result) {
            writeOut(json ? JsonLine().number(u"id", result.id).toLine()
                          : u"run %1 started: earshot runs show %1\n"_s.arg(result.id).toUtf8());
            return Success;
        });
}

} // namespace

std::vector<VerbSpec> runsVerbs()
{
    return {
        {.name = u"runs"_s,
            .synopsis = u"[--trigger P] [--status S] [--limit N] [--before ID]"_s,
            .summary = u"the history, newest first"_s,
            .details = u"Statuses: queued running success failure timeout cancelled crashed "
                       u"failed_to_start interrupted\n"
                       "suspended."_s,
            .examples = {u"earshot runs --trigger f/bots/orders --status failure --limit 20"_s},
            .options = withJson({{u"trigger"_s, u"path"_s, u"only runs of this trigger"_s},
                {u"status"_s, u"status"_s, u"only runs with this status"_s},
                {u"limit"_s, u"n"_s, u"at most so many (50)"_s},
                {u"before"_s, u"id"_s, u"only runs before this one"_s}}),
            .run = list},
        {.name = u"runs show"_s,
            .synopsis = u"ID"_s,
            .summary = u"one run with message, result, reply and logs"_s,
            .details = {},
            .examples = {u"earshot runs show 42"_s},
            .options = withJson(),
            .leastPositional = 1,
            .mostPositional = 1,
            .run = show},
        {.name = u"runs cancel"_s,
            .synopsis = u"ID"_s,
            .summary = u"take a waiting run out of its queue, stop a running one"_s,
            .details
            = u"A running script gets SIGTERM, and SIGKILL with all its children 3 seconds later."_s,
            .examples = {u"earshot runs cancel 42"_s},
            .options = withJson(),
            .leastPositional = 1,
            .mostPositional = 1,
            .run = cancel},
        {.name = u"runs rerun"_s,
            .synopsis = u"ID"_s,
            .summary = u"the same message again as a new run, which sends no reply"_s,
            .details = {},
            .examples = {u"earshot runs rerun 42"_s},
            .options = withJson(),
            .leastPositional = 1,
            .mostPositional = 1,
            .run = rerun},
    };
}

} // namespace earshot::cli
