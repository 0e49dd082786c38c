// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/serviceapi.h"
#include "model/redaction.h"
#include "triggers/filterprogram.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

constexpr double kDefaultTimeoutSecs = 300;
constexpr double kMaxTimeoutSecs = 86'400;
/// A body that `run.rerun` reads back at the most.
constexpr qint64 kMaxRerunBytes = qint64(256) * 1024 * 1024;

Error noSuchRun(RunId id)
{
    return {.code = ErrorCode::NotFound,
        .message = u"there is no run %1"_s.arg(id),
        .detail = u"`earshot runs` lists them; old ones are removed after some time"_s};
}

int pageLimit(const std::optional<int> &limit)
{
    return std::clamp(limit.value_or(rpc::kDefaultPageSize), 1, rpc::kMaxPageSize);
}

} // namespace

void ServiceApi::handleMessages()
{
    m_with.server.answer<rpc::MessagePage>(
        [this](const rpc::MessagePage::Params &params) -> Result<rpc::Page<rpc::MessageRow>> {
            return m_with.feed.page(params.trigger, params.before, pageLimit(params.limit));
        });
    m_with.server.answer<rpc::MessageRead>(
        [this](const rpc::ChunkParams &params) { return m_with.feed.read(params); });
    m_with.server.answer<rpc::MessageMatch>(
        [this](const rpc::MessageMatch::Params &params) { return m_with.feed.match(params); });
    m_with.server.answer<rpc::MessageExplain>(
        [this](const rpc::IdParams &params) { return explain(params.id); });
}

Result<rpc::MessageExplain::Result> ServiceApi::explain(qint64 id) const
{
    const auto message = m_with.feed.find(id);
    if (!message) {
        return message.error();
    }
    rpc::MessageExplain::Result result{.verdict = message->verdict, .runId = message->run};
    if (message->direction != rpc::Direction::In) {
        result.text = message->direction == rpc::Direction::Out
            ? u"It was sent, not received: filters are not asked."_s
            : u"It is an event of the session, not a message."_s;
        return result;
    }
    const auto config = m_with.triggers.config(message->trigger);
    if (!config) {
        return config.error();
    }
    const auto program = triggers::FilterProgram::compile(config->filtersJson, config->filterLogic);
    if (!program) {
        return program.error();
    }
    // As the session asks: binary data has no fields.
    const triggers::FilterVerdict verdict
        = program->explain(message->binary ? QByteArrayView() : QByteArrayView(message->body));
    result.matches = verdict.matches;
    const Redactor &redactor = m_with.references.redactor();
    for (const triggers::FilterReason &reason : verdict.entries) {
        result.entries.append({.passed = reason.passed, .text = redactor.redact(reason.text)});
    }
    switch (message->verdict) {
    case rpc::Verdict::Matched:
        result.text = program->isUnfiltered()
            ? u"The trigger has no filters: every message matches."_s
            : u"The filters matched it."_s;
        break;
    case rpc::Verdict::Filtered:
        result.text = verdict.message.isEmpty()
            ? u"The filters did not match it."_s
            : u"The filters did not match it: %1."_s.arg(verdict.message);
        break;
    case rpc::Verdict::Ignored:
        result.text
            = u"It is binary, and the trigger ignores binary messages (`delivery.binary`)."_s;
        break;
    case rpc::Verdict::Dropped:
        result.text = u"The filters matched it, but the queue was full (`delivery.queue_limit`)."_s;
        break;
    case rpc::Verdict::None:
        break;
    }
    const bool passed
        = message->verdict == rpc::Verdict::Matched || message->verdict == rpc::Verdict::Dropped;
    if (message->verdict != rpc::Verdict::Ignored && passed != verdict.matches) {
        result.text += u" The trigger has changed since: now it would be the other way."_s;
    }
    return result;
}

RunRecord ServiceApi::recordOf(const ActiveRun &run) const
{
    RunRecord record;
    record.id = run.id;
    record.status = m_with.coordinator.liveStatus(run);
    record.purpose = run.purpose;
    record.triggerPath = run.plan->triggerPath;
    record.runnablePath = run.plan->runnablePath;
    record.binary = run.binary;
    record.message = run.message;
    record.args = run.recordedArgs;
    record.eventUrl = maskUrl(run.plan->configuredUrl);
    record.attempts = std::max(1, run.attempts);
    record.receivedAtUs = run.receivedAtUs;
    record.startedAtUs = run.startedAtUs;
    record.messageSize = run.bodyInStorage ? run.size : run.message.size();
    return record;
}

rpc::RunRow ServiceApi::shownRow(const RunRecord &record) const
{
    rpc::RunRow row = rpc::rowOf(record);
    const Redactor &redactor = m_with.references.redactor();
    if (!redactor.isEmpty()) {
        row.message = redactor.redact(row.message);
        row.result = redactor.redact(row.result);
    }
    return row;
}

void ServiceApi::listRuns(const rpc::RunList::Params &params, const rpc::Reply<rpc::RunList> &reply)
{
    const int limit = pageLimit(params.limit);
    qint64 triggerId = 0;
    if (params.trigger) {
        triggerId = m_with.storage.triggers().idOf(*params.trigger);
        if (triggerId == 0) {
            reply.fail({.code = ErrorCode::NotFound,
                .message = u"Trigger not found at path: %1"_s.arg(*params.trigger),
                .detail = {}});
            return;
        }
    }
    if (params.status == RunStatus::Running) {
        // Running is not stored: it is what the coordinator says now.
        rpc::Page<rpc::RunRow> page;
        QList<RunRecord> running;
        m_with.coordinator.forEach([&](const ActiveRun &run) {
            if (m_with.coordinator.liveStatus(run) == RunStatus::Running
                && (!params.trigger || run.plan->triggerPath == *params.trigger)
                && (!params.before || run.id < *params.before)) {
                running.append(recordOf(run));
            }
        });
        std::sort(running.begin(), running.end(),
            [](const RunRecord &left, const RunRecord &right) { return left.id > right.id; });
        page.more = running.size() > limit;
        for (const RunRecord &run : running.first(std::min<qsizetype>(limit, running.size()))) {
            page.items.append(shownRow(run));
        }
        reply.finish(page);
        return;
    }
    storage::RunQuery query{.triggerId = triggerId,
        .statuses = {},
        .beforeId = params.before.value_or(0),
        .limit = limit + 1,
        .text = {}};
    if (params.status) {
        query.statuses = {*params.status};
    }
    m_with.storage.queryRuns(
        query, [this, reply, limit, wanted = params.status](const Result<QList<RunRecord>> &found) {
            if (!found) {
                reply.fail(found.error());
                return;
            }
            rpc::Page<rpc::RunRow> page;
            page.more = found->size() > limit;
            for (RunRecord record : found->first(std::min<qsizetype>(limit, found->size()))) {
                if (const ActiveRun *active = m_with.coordinator.find(record.id)) {
                    record.status = m_with.coordinator.liveStatus(*active);
                    record.startedAtUs = active->startedAtUs;
                    record.attempts = std::max(1, active->attempts);
                }
                if (!wanted || record.status == *wanted) {
                    page.items.append(shownRow(record));
                }
            }
            reply.finish(page);
        });
}

void ServiceApi::readRun(
    RunId id, std::function<void(const Result<RunRecord> &)> done, int commitsToAwait)
{
    m_with.storage.readRun(
        id, [this, id, done = std::move(done), commitsToAwait](const Result<RunRecord> &stored) {
            const ActiveRun *active = m_with.coordinator.find(id);
            if (!stored && stored.error().code == ErrorCode::NotFound && active == nullptr
                && commitsToAwait > 0 && m_with.storage.journal().pendingCount() > 0) {
                // It ended a moment ago and is being written: the commit after the next holds it.
                connect(
                    &m_with.storage.journal(), &storage::RunJournal::committed, this,
                    [this, id, done, commitsToAwait] { readRun(id, done, commitsToAwait - 1); },
                    Qt::SingleShotConnection);
                return;
            }
            if (!stored) {
                if (active != nullptr) {
                    done(recordOf(*active));
                } else {
                    done(stored.error().code == ErrorCode::NotFound ? noSuchRun(id)
                                                                    : stored.error());
                }
                return;
            }
            RunRecord record = *stored;
            if (active != nullptr) {
                record.status = m_with.coordinator.liveStatus(*active);
                record.startedAtUs = active->startedAtUs;
                record.attempts = std::max(1, active->attempts);
            }
            record.eventUrl = maskUrl(record.eventUrl);
            const Redactor &redactor = m_with.references.redactor();
            if (!redactor.isEmpty()) {
                for (QByteArray *body : {&record.message, &record.args, &record.preprocessedArgs,
                         &record.result, &record.logs}) {
                    *body = redactor.redact(*body);
                }
                if (record.reply) {
                    record.reply = redactor.redact(*record.reply);
                }
            }
            done(record);
        });
}

void ServiceApi::handleRuns()
{
    rpc::JsonRpcServer &server = m_with.server;
    server.handle<rpc::RunList>(
        [this](const rpc::RunList::Params &params, const rpc::Reply<rpc::RunList> &reply) {
            listRuns(params, reply);
        });
    server.handle<rpc::RunGet>(
        [this](const rpc::IdParams &params, const rpc::Reply<rpc::RunGet> &reply) {
            readRun(params.id, [reply](const Result<RunRecord> &record) {
                record ? reply.finish(rpc::detailOf(*record)) : reply.fail(record.error());
            });
        });
    server.handle<rpc::RunLogs>(
        [this](const rpc::ChunkParams &params, const rpc::Reply<rpc::RunLogs> &reply) {
            readRun(params.id, [reply, params](const Result<RunRecord> &record) {
                record ? reply.finish(rpc::chunkOf(record->logs, params.offset, params.length))
                       : reply.fail(record.error());
            });
        });
    server.handle<rpc::RunRead>(
        [this](const rpc::RunRead::Params &params, const rpc::Reply<rpc::RunRead> &reply) {
            readRun(params.id, [reply, params](const Result<RunRecord> &record) {
                if (!record) {
                    reply.fail(record.error());
                    return;
                }
                rpc::Chunk chunk
                    = rpc::chunkOf(rpc::partOf(*record, params.part), params.offset, params.length);
                chunk.binary = record->binary && params.part == rpc::RunPart::Message;
                reply.finish(chunk);
            });
        });
    server.answer<rpc::RunStart>(
        [this](const rpc::RunStart::Params &params) -> Result<rpc::RunIdResult> {
            const auto id = startRun(params);
            if (!id) {
                return id.error();
            }
            return rpc::RunIdResult{.id = *id};
        });
    server.handle<rpc::RunCancel>([this](const rpc::IdParams &params,
                                      const rpc::Reply<rpc::RunCancel> &reply) {
        if (m_with.coordinator.find(params.id) == nullptr) {
            readRun(params.id, [reply, id = params.id](const Result<RunRecord> &record) {
                if (!record) {
                    reply.fail(record.error());
                } else if (isFinal(record->status)) {
                    reply.fail({.code = ErrorCode::Conflict,
                        .message = u"run %1 is over: %2"_s.arg(id).arg(toString(record->status)),
                        .detail = {}});
                } else {
                    reply.fail({.code = ErrorCode::Conflict,
                        .message = u"run %1 is suspended"_s.arg(id),
                        .detail
                        = u"discard it with trigger.cancel_suspended (`earshot trigger resume --discard`)"_s});
                }
            });
            return;
        }
        m_with.coordinator.cancel(params.id, u"cancelled"_s, u"user"_s);
        const ActiveRun *still = m_with.coordinator.find(params.id);
        reply.finish({.status = still != nullptr ? RunStatus::Running : RunStatus::Cancelled});
    });
    server.handle<rpc::RunRerun>(
        [this](const rpc::IdParams &params, const rpc::Reply<rpc::RunRerun> &reply) {
            m_with.storage.readRun(
                params.id, [this, reply, id = params.id](const Result<RunRecord> &record) {
                    if (!record) {
                        reply.fail(record.error().code == ErrorCode::NotFound ? noSuchRun(id)
                                                                              : record.error());
                        return;
                    }
                    if (record->message.size() > kMaxRerunBytes) {
                        reply.fail({.code = ErrorCode::LimitExceeded,
                            .message = u"the message of run %1 is too large to run again"_s.arg(id),
                            .detail = {}});
                        return;
                    }
                    const auto args = m_with.references.resolveArgs(
                        QJsonDocument::fromJson(record->args).object());
                    if (!args) {
                        reply.fail(args.error());
                        return;
                    }
                    auto plan = std::make_shared<RunPlan>();
                    plan->triggerPath = record->triggerPath;
                    plan->triggerId = m_with.storage.triggers().idOf(record->triggerPath);
                    plan->runnablePath = record->runnablePath;
                    // The trigger may have another script by now: that is the one to try.
                    if (const auto config = m_with.triggers.config(record->triggerPath);
                        config && record->purpose == RunPurpose::Message) {
                        plan->runnablePath = config->runnable.path;
                    }
                    plan->username = record->triggerPath.isEmpty()
                        ? u"local"_s
                        : QString("ws-"_L1 + record->triggerPath);
                    plan->configuredUrl = record->eventUrl;
                    plan->pool = m_with.coordinator.oneOffPool(plan->runnablePath, 300'000);
                    plan->durable = false;
                    ActiveRun &run = m_with.coordinator.create(plan, RunPurpose::Manual);
                    run.binary = record->binary;
                    run.hasMessage = record->args.isEmpty();
                    run.message = record->message;
                    run.recordedArgs = record->args;
                    if (!run.hasMessage) {
                        run.args = QJsonDocument(*args).toJson(QJsonDocument::Compact);
                    }
                    const RunId newId = run.id;
                    m_followers->begin(newId);
                    m_with.runner.follow(newId);
                    m_with.coordinator.startManual(run, {});
                    reply.finish({.id = newId});
                });
        });
}

Result<RunId> ServiceApi::startRun(const rpc::RunStart::Params &params)
{
    if (params.message.has_value() && params.args.has_value()) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"give either message or args"_s,
            .detail = {}};
    }
    const double timeout = params.timeoutSecs.value_or(kDefaultTimeoutSecs);
    if (!(timeout > 0) || timeout > kMaxTimeoutSecs) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"timeout_secs must be above 0 and at most %1"_s.arg(kMaxTimeoutSecs),
            .detail = {}};
    }
    const auto resolved = m_with.references.resolveArgs(params.args.value_or(QJsonObject()));
    if (!resolved) {
        return resolved.error();
    }
    auto plan = std::make_shared<RunPlan>();
    plan->runnablePath = params.runnable;
    plan->triggerPath = params.trigger.value_or(QString());
    plan->triggerId = m_with.storage.triggers().idOf(plan->triggerPath);
    plan->username
        = plan->triggerPath.isEmpty() ? u"local"_s : QString("ws-"_L1 + plan->triggerPath);
    plan->configuredUrl = params.url.value_or(QString());
    plan->pool
        = m_with.coordinator.oneOffPool(params.runnable, static_cast<qint64>(timeout * 1000.0));
    plan->durable = false;
    ActiveRun &run = m_with.coordinator.create(plan, RunPurpose::Manual);
    run.wantsEvent = params.event.value_or(false);
    run.hasMessage = params.message.has_value();
    if (run.hasMessage) {
        run.message = params.message->toUtf8();
    } else {
        run.args = QJsonDocument(*resolved).toJson(QJsonDocument::Compact);
        run.recordedArgs
            = QJsonDocument(params.args.value_or(QJsonObject())).toJson(QJsonDocument::Compact);
    }
    const RunId id = run.id;
    m_followers->begin(id);
    m_with.runner.follow(id);
    m_with.coordinator.startManual(run, {});
    return id;
}

} // namespace earshot::service
