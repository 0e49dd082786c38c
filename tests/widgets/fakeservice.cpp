// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakeservice.h"

#include "model/documentproblems.h"

#include <QCoreApplication>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace earshot {

using namespace rpc;

FakeService::FakeService(Clock &clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
    , m_server(clock)
    , m_hub(m_server, clock)
{
    ServiceInfo info;
    info.version = QStringLiteral(EARSHOT_VERSION);
    info.pid = QCoreApplication::applicationPid();
    m_server.setServiceInfo(info);
    m_hub.setMessageSource(this);
    registerTriggers();
    registerRest();
}

FakeService::~FakeService()
{
    m_hub.setMessageSource(nullptr);
}

Validation FakeService::validate(const QString &document) const
{
    if (isStrict) {
        Validation checked;
        for (const DocumentProblem &problem : documentProblems(document.toUtf8())) {
            checked.problems.append({.message = problem.error.message,
                .detail = problem.error.detail,
                .pointer = problem.pointer});
        }
        checked.valid = checked.problems.isEmpty();
        return checked;
    }
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(document.toUtf8(), &error).object();
    Validation validation;
    if (error.error != QJsonParseError::NoError) {
        validation.problems.append(
            {.message = u"not JSON: %1 at byte %2"_s.arg(error.errorString()).arg(error.offset)});
    } else if (!object.value("url"_L1).toString().startsWith("ws"_L1)) {
        validation.problems.append({.message = u"`url` must start with ws:// or wss://"_s});
    }
    if (object.contains("session"_L1)) {
        validation.inactiveKeys += u"session.rules"_s;
    }
    validation.valid = validation.problems.isEmpty();
    return validation;
}

void FakeService::registerTriggers()
{
    const auto missing = [](const QString &path) {
        return Error{ErrorCode::NotFound, u"there is no trigger %1"_s.arg(path), QString()};
    };
    m_server.answer<TriggerList>([this](const ListParams &params) -> Result<Page<TriggerSummary>> {
        Page<TriggerSummary> page;
        for (const TriggerSummary &trigger : std::as_const(m_triggers)) {
            if (params.after && trigger.path <= *params.after) {
                continue;
            }
            if (page.items.size() >= params.limit.value_or(kDefaultPageSize)) {
                page.more = true;
                break;
            }
            page.items.append(trigger);
        }
        return page;
    });
    m_server.answer<TriggerGet>(
        [this, missing](const PathParams &params) -> Result<TriggerDocument> {
            if (!m_triggers.contains(params.path)) {
                return missing(params.path);
            }
            const TriggerSummary summary = m_triggers.value(params.path);
            return TriggerDocument{.path = params.path,
                .document = m_documents.value(params.path),
                .revision = summary.revision,
                .summary = summary};
        });
    m_server.answer<TriggerSave>([this](const TriggerSave::Params &params) -> Result<SavedTrigger> {
        const Validation validation = validate(params.document);
        if (!validation.valid) {
            return Error{ErrorCode::InvalidArgument, validation.problems.constFirst().message, {}};
        }
        const bool created = !m_triggers.contains(params.path);
        TriggerSummary trigger = m_triggers.value(params.path);
        if (params.expectedRevision && *params.expectedRevision != trigger.revision) {
            return Error{
                ErrorCode::Conflict, u"%1 was changed meanwhile"_s.arg(params.path), QString()};
        }
        trigger.path = params.path;
        ++trigger.revision;
        m_documents.insert(params.path, params.document);
        update(trigger);
        return SavedTrigger{.path = params.path, .revision = trigger.revision, .created = created};
    });
    m_server.answer<TriggerValidate>(
        [this](const TriggerValidate::Params &params) -> Result<Validation> {
            return validate(params.document);
        });
    m_server.answer<TriggerDelete>([this, missing](const PathParams &params) -> Result<Empty> {
        if (m_triggers.remove(params.path) == 0) {
            return missing(params.path);
        }
        m_hub.publishRemoved(params.path);
        return Empty{};
    });
    m_server.answer<TriggerRename>(
        [this, missing](const TriggerRename::Params &params) -> Result<TriggerSummary> {
            if (!m_triggers.contains(params.path)) {
                return missing(params.path);
            }
            if (m_triggers.contains(params.to)) {
                return Error{ErrorCode::AlreadyExists,
                    u"there is a trigger %1 already"_s.arg(params.to), QString()};
            }
            TriggerSummary trigger = m_triggers.take(params.path);
            m_hub.publishRemoved(params.path);
            trigger.path = params.to;
            addTrigger(trigger, m_documents.take(params.path));
            return trigger;
        });
    m_server.answer<TriggerPreviewFile>(
        [](const TriggerPreviewFile::Params &params) -> Result<TriggerPreview> {
            TriggerPreview preview{.document = params.text,
                .hosts = {u"stream.example.com"_s},
                .references = {u"$var:f/bots/token"_s},
                .runnables = {u"f/bots/on_order"_s}};
            if (params.text.contains(u"broken"_s)) {
                preview.problems.append({.message = u"`url` is missing"_s});
            }
            return preview;
        });
    m_server.answer<TriggerImport>(
        [this](const TriggerImport::Params &params) -> Result<SavedTrigger> {
            TriggerSummary trigger;
            trigger.path = params.path;
            trigger.mode = params.mode.value_or(TriggerMode::Enabled);
            trigger.revision = 1;
            addTrigger(trigger, params.text);
            return SavedTrigger{.path = params.path, .revision = 1, .created = true};
        });
    m_server.answer<TriggerSetMode>(
        [this, missing](const TriggerSetMode::Params &params) -> Result<TriggerSummary> {
            if (!m_triggers.contains(params.path)) {
                return missing(params.path);
            }
            TriggerSummary trigger = m_triggers.value(params.path);
            trigger.mode = params.mode;
            trigger.session.phase
                = params.mode == TriggerMode::Disabled ? SessionPhase::Off : SessionPhase::Ready;
            trigger.error.clear();
            update(trigger);
            return trigger;
        });
    m_server.answer<TriggerTestConnection>(
        [](const TriggerTestConnection::Params &) -> Result<TestReport> {
            return TestReport{.ok = true,
                .stages
                = {{.name = u"connect"_s, .ok = true, .ms = 12.4, .detail = u"192.0.2.7:443"_s},
                    {.name = u"handshake"_s, .ok = true, .ms = 9.1}}};
        });
    m_server.answer<TriggerResume>([this](const TriggerJobsParams &params) -> Result<CountResult> {
        resumed.append(params);
        return CountResult{.count = 1};
    });
}

void FakeService::registerRest()
{
    m_server.answer<ServicePanic>(
        [](const Empty &) -> Result<ServicePanic::Result> { return ServicePanic::Result{}; });
    m_server.answer<SessionSend>(
        [this](const SessionSend::Params &params) -> Result<SessionSend::Result> {
            sent += params.text.value_or(QString());
            return SessionSend::Result{.bytes = params.text.value_or(QString()).size()};
        });
    m_server.answer<MessagePage>(
        [this](const MessagePage::Params &params) -> Result<Page<MessageRow>> {
            Page<MessageRow> page;
            for (auto row = m_messages.crbegin(); row != m_messages.crend(); ++row) {
                if (row->trigger != params.trigger.value_or(row->trigger)
                    || row->id >= params.before.value_or(row->id + 1)) {
                    continue;
                }
                if (page.items.size() >= params.limit.value_or(kDefaultPageSize)) {
                    page.more = true;
                    break;
                }
                page.items.append(*row);
            }
            return page;
        });
    m_server.answer<MessageRead>([this](const ChunkParams &params) -> Result<Chunk> {
        return chunkOf(m_bodies.value(params.id), params.offset, params.length);
    });
    m_server.answer<MessageMatch>(
        [this](const MessageMatch::Params &params) -> Result<MessageMatch::Result> {
            const auto filter = MessageFilter::parse(params.filter);
            if (!filter) {
                return filter.error();
            }
            MessageMatch::Result result;
            for (auto row = m_messages.crbegin(); row != m_messages.crend(); ++row) {
                if (row->trigger == params.trigger.value_or(row->trigger)
                    && row->id < params.before.value_or(row->id + 1)) {
                    ++result.lookedAt;
                    if (matches(*filter, *row)) {
                        result.ids.append(row->id);
                    }
                }
            }
            return result;
        });
    m_server.answer<MessageExplain>(
        [this](const IdParams &params) -> Result<MessageExplain::Result> {
            for (const MessageRow &row : m_messages) {
                if (row.id == params.id) {
                    MessageExplain::Result result;
                    result.verdict = row.verdict;
                    result.matches = row.verdict == Verdict::Matched;
                    result.text = result.matches ? u"The filters matched it."_s
                                                 : u"The filters did not match it."_s;
                    result.entries.append(
                        {.passed = result.matches, .text = u"`type` is compared with \"order\""_s});
                    result.runId = row.runId;
                    return result;
                }
            }
            return Error{ErrorCode::NotFound, u"no such message"_s, QString()};
        });
    m_server.answer<RunList>([this](const RunList::Params &params) -> Result<Page<RunRow>> {
        Page<RunRow> page;
        const QList<RunRecord> runs = m_runs.values();
        for (auto run = runs.crbegin(); run != runs.crend(); ++run) {
            if (run->triggerPath != params.trigger.value_or(run->triggerPath)
                || (params.before && run->id >= *params.before)) {
                continue;
            }
            if (page.items.size() >= params.limit.value_or(kDefaultPageSize)) {
                page.more = true;
                break;
            }
            page.items.append(rowOf(*run));
        }
        return page;
    });
    m_server.answer<RunGet>([this](const IdParams &params) -> Result<RunDetail> {
        if (!m_runs.contains(params.id)) {
            return Error{ErrorCode::NotFound, u"there is no run %1"_s.arg(params.id), QString()};
        }
        return detailOf(m_runs.value(params.id));
    });
    m_server.answer<RunRerun>([this](const IdParams &params) -> Result<RunIdResult> {
        return RunIdResult{.id = addRun(m_runs.value(params.id))};
    });
}

void FakeService::addTrigger(const TriggerSummary &trigger, const QString &document)
{
    m_documents.insert(trigger.path, document);
    update(trigger);
}

void FakeService::update(const TriggerSummary &trigger)
{
    m_triggers.insert(trigger.path, trigger);
    m_hub.publish(trigger);
}

void FakeService::saveElsewhere(const QString &path, const QString &document)
{
    TriggerSummary trigger = m_triggers.value(path);
    ++trigger.revision;
    m_documents.insert(path, document);
    update(trigger);
}

qint64 FakeService::addMessage(MessageRow row, const QByteArray &body)
{
    row.id = m_messages.empty() ? 1 : m_messages.back().id + 1;
    row.size = body.size();
    row.preview = previewOf(body, row.kind == PayloadKind::Binary);
    if (row.atUs == 0) {
        row.atUs = m_clock.wallMicros();
    }
    m_bodies.insert(row.id, body);
    m_messages.push_back(row);
    m_hub.messagesAdded();
    return row.id;
}

qint64 FakeService::newestMessage() const
{
    return m_messages.empty() ? 0 : m_messages.back().id;
}

MessageRows FakeService::messagesAfter(const MessageQuery &query) const
{
    MessageRows found;
    found.last = newestMessage();
    for (const MessageRow &row : m_messages) {
        if (row.id > query.after
            && row.trigger == (query.trigger.isEmpty() ? row.trigger : query.trigger)) {
            const bool hit = matches(query.filter, row);
            if (hit || !query.hitsOnly) {
                found.rows.append(row);
                if (!hit) {
                    found.rows.last().hit = false;
                }
            }
        }
    }
    return found;
}

bool FakeService::matches(const MessageFilter &filter, const MessageRow &row) const
{
    const QString direction = toString(row.direction);
    const QString kind = toString(row.kind);
    const QString what = toString(row.what);
    const QString verdict = toString(row.verdict);
    const QByteArray body = m_bodies.value(row.id);
    return filter.matches({.body = body,
        .trigger = row.trigger,
        .direction = direction,
        .kind = kind,
        .what = what,
        .verdict = verdict,
        .size = row.size});
}

RunId FakeService::addRun(RunRecord run)
{
    run.id = m_runs.isEmpty() ? 1 : m_runs.lastKey() + 1;
    changeRun(run);
    return run.id;
}

void FakeService::changeRun(RunRecord run)
{
    m_runs.insert(run.id, run);
    m_hub.publish(rowOf(run));
}

void FakeService::addExamples()
{
    const qint64 now = m_clock.wallMicros();
    const auto add = [&](const QString &path, const QString &url, TriggerMode mode,
                         SessionPhase phase, const QString &error, const Counters &counters) {
        TriggerSummary trigger;
        trigger.path = path;
        trigger.url = url;
        trigger.runnable = u"f/bots/on_message"_s;
        trigger.mode = mode;
        trigger.revision = 3;
        trigger.session.phase = phase;
        trigger.session.error = error;
        trigger.session.nextAttemptAtUs = now + 8'000'000;
        trigger.counters = counters;
        addTrigger(trigger,
            u"{\n  \"url\": \"%1\",\n  \"script_path\": \"f/bots/on_message\",\n  \"is_flow\": "
            "false,\n  \"filters\": [\n    {\"key\": \"type\", \"value\": \"order\"}\n  ],\n  "
            "\"can_return_message\": true,\n  \"retry\": {\"constant\": {\"attempts\": 3, "
            "\"seconds\": 5}}\n}\n"_s.arg(url));
    };
    Counters busy;
    busy.received = 128'402;
    busy.succeeded = 12'011;
    busy.failed = 3;
    Counters some;
    some.received = 512;
    some.suspended = 7;
    add(u"f/bots/discord_gateway"_s, u"wss://gateway.discord.gg/?v=10&encoding=json"_s,
        TriggerMode::Enabled, SessionPhase::BackingOff, u"the server closed with 1012"_s, some);
    add(u"f/bots/orders"_s, u"wss://stream.example.com/orders"_s, TriggerMode::Enabled,
        SessionPhase::Ready, {}, busy);
    add(u"f/home/door"_s, u"ws://homeassistant.local:8123/api/websocket"_s, TriggerMode::Suspended,
        SessionPhase::Ready, {}, some);
    add(u"f/market/a_very_long_name_that_does_not_fit_the_list"_s, u"wss://ws.kraken.example/v2"_s,
        TriggerMode::Enabled, SessionPhase::Stopped, u"the server refused the handshake with 403"_s,
        some);
    add(u"u/ada/echo"_s, u"ws://localhost:8080"_s, TriggerMode::Disabled, SessionPhase::Off, {},
        {});

    for (int i = 0; i < 60; ++i) {
        MessageRow row;
        row.trigger = u"f/bots/orders"_s;
        row.atUs = now - (60 - i) * 730'000;
        if (i == 0) {
            row.direction = Direction::Event;
            row.kind = PayloadKind::Event;
            addMessage(row, "connected to stream.example.com, ready after 43 ms");
            continue;
        }
        const bool order = i % 3 == 0;
        QByteArray body = "{\"type\":\"tick\",\"seq\":" + QByteArray::number(i) + "}";
        if (order) {
            body = "{\"type\":\"order\",\"id\":" + QByteArray::number(71'000 + i)
                + ",\"price\":1.0,\"items\":[{\"sku\":\"A-1\",\"n\":2},{\"sku\":\"B-7\",\"n\":1}],"
                  "\"customer\":{\"name\":\"Ada Lovelace\",\"city\":\"Köln\"}}";
        }
        row.verdict = order ? Verdict::Matched : Verdict::Filtered;
        if (order) {
            RunRecord run;
            run.triggerPath = row.trigger;
            run.runnablePath = u"f/bots/on_message"_s;
            run.message = body;
            run.receivedAtUs = row.atUs;
            run.startedAtUs = row.atUs + 410;
            run.finishedAtUs = row.atUs + 2'700 + i * 11;
            run.status = i % 15 == 0 ? RunStatus::Failure : RunStatus::Success;
            run.result = run.status == RunStatus::Success
                ? QByteArray("{\"accepted\":true,\"order\":" + QByteArray::number(71'000 + i) + '}')
                : QByteArray("{\"error\":{\"name\":\"TypeError\",\"message\":\"Cannot read "
                             "properties of undefined (reading 'sku')\",\"stack\":\"TypeError: "
                             "Cannot read properties of undefined\\n    at main "
                             "(f/bots/on_message.ts:4:12)\"}}");
            run.logs = "checking stock…\nreserved 3 items\n";
            if (run.status == RunStatus::Success) {
                run.reply = run.result;
            }
            row.runId = addRun(run);
        }
        addMessage(row, body);
        if (order && i % 15 != 0) {
            MessageRow reply;
            reply.trigger = row.trigger;
            reply.direction = Direction::Out;
            reply.atUs = row.atUs + 2'900;
            addMessage(reply, m_runs.value(row.runId).result);
        }
    }
}

} // namespace earshot
