// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakescripts.h"

#include <QCryptographicHash>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace earshot {

using namespace rpc;

namespace {

constexpr qint64 kFollowSubscription = 5'000;

QString hashOf(const QByteArray &content)
{
    return QString::fromLatin1(
        QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex());
}

RunnableInfo infoOf(const QString &file)
{
    const QString suffix = QFileInfo(file).suffix();
    RunnableInfo info;
    info.path = file.chopped(suffix.size() + 1);
    info.file = file;
    info.language = suffix == u"py"_s ? u"python3"_s : suffix == u"sh"_s ? u"bash"_s : u"bun"_s;
    return info;
}

} // namespace

FakeScripts::FakeScripts(FakeService &service)
    : m_service(service)
    , m_server(service.server())
{
    registerFiles();
    registerDebugging();
}

QString FakeScripts::fileOf(
    const std::optional<QString> &path, const std::optional<QString> &file) const
{
    if (file) {
        return *file;
    }
    for (auto one = m_files.begin(); one != m_files.end(); ++one) {
        if (infoOf(one.key()).path == path) {
            return one.key();
        }
    }
    return {};
}

void FakeScripts::registerFiles()
{
    const auto missing = [] { return Error{ErrorCode::NotFound, u"there is no such file"_s, {}}; };
    m_server.answer<RunnableList>([this](const ListParams &) -> Result<Page<RunnableInfo>> {
        Page<RunnableInfo> page;
        for (auto one = m_files.begin(); one != m_files.end(); ++one) {
            page.items.append(infoOf(one.key()));
        }
        return page;
    });
    m_server.answer<RunnableRead>(
        [this, missing](const RunnableRead::Params &params) -> Result<RunnableSource> {
            const QString file = fileOf(params.path, params.file);
            if (!m_files.contains(file)) {
                return missing();
            }
            const QByteArray content = m_files.value(file);
            return RunnableSource{.runnable = infoOf(file),
                .source = chunkOf(content, params.offset, params.length),
                .hash = hashOf(content)};
        });
    m_server.answer<RunnableWrite>(
        [this](const RunnableWrite::Params &params) -> Result<RunnableWrite::Result> {
            const QString file = fileOf(params.path, params.file);
            const bool exists = m_files.contains(file);
            if (params.create.value_or(false) && exists) {
                return Error{ErrorCode::AlreadyExists, u"%1 exists already"_s.arg(file), {}};
            }
            const QString now = exists ? hashOf(m_files.value(file)) : QString();
            RunnableWrite::Result result;
            result.runnable = infoOf(file);
            if (params.expectedHash && *params.expectedHash != now) {
                result.hash = now;
                result.source = chunkOf(m_files.value(file), {}, {});
                return result;
            }
            m_files[file] = params.content.toUtf8();
            result.written = true;
            result.hash = hashOf(m_files.value(file));
            tell(file);
            return result;
        });
    m_server.answer<RunnableRename>(
        [this, missing](const RunnableRename::Params &params) -> Result<RunnableRename::Result> {
            const QString file = fileOf(params.path, {});
            if (file.isEmpty()) {
                return missing();
            }
            const QString to = params.to + file.sliced(params.path.size());
            m_files[to] = m_files.take(file);
            tell(file);
            RunnableRename::Result result;
            result.runnable = infoOf(to);
            result.triggers = {u"f/bots/orders"_s};
            return result;
        });
    m_server.answer<RunnableDelete>(
        [this](const RunnableDelete::Params &params) -> Result<RunnableDelete::Result> {
            removeElsewhere(fileOf(params.path, {}));
            return RunnableDelete::Result{};
        });
    m_server.answer<RunnableLanguages>([](const Empty &) -> Result<Page<ScriptLanguage>> {
        Page<ScriptLanguage> page;
        page.items.append({.language = u"bun"_s,
            .name = u"TypeScript"_s,
            .ending = u".ts"_s,
            .problem = u"npm install -g bun"_s,
            .kinds = {u"message"_s, u"preprocessor"_s}});
        page.items.append({.language = u"python3"_s,
            .name = u"Python"_s,
            .ending = u".py"_s,
            .runtime = u"Python"_s,
            .kinds = {u"message"_s, u"url"_s}});
        return page;
    });
    m_server.answer<RunnableTemplate>(
        [](const RunnableTemplate::Params &params) -> Result<RunnableTemplate::Result> {
            return RunnableTemplate::Result{
                .ending = params.language == u"bun"_s ? u".ts"_s : u".py"_s,
                .text = u"# %1 %2\n"_s.arg(params.language, params.kind)};
        });
    m_server.answer<RunnableSignature>(
        [this](const PathParams &) -> Result<RunnableSignature::Result> {
            return RunnableSignature::Result{.signature = signature};
        });
    m_server.handle<RunnableSubscribe>(
        [this](const RunnableFileParams &params, const Reply<RunnableSubscribe> &reply) {
            m_watched[m_nextId] = {reply.clientId(), fileOf(params.path, params.file)};
            reply.finish({.subscription = m_nextId++});
        });
    m_server.answer<RunnableUnsubscribe>([this](const SubscriptionParams &params) -> Result<Empty> {
        m_watched.remove(params.subscription);
        return Empty{};
    });
}

void FakeScripts::registerDebugging()
{
    m_server.answer<RunStart>([this](const RunStart::Params &params) -> Result<RunIdResult> {
        started = params;
        m_record = {};
        m_record.status = RunStatus::Running;
        run = m_service.addRun(m_record);
        m_record.id = run;
        return RunIdResult{.id = run};
    });
    m_server.handle<RunFollow>([this](const IdParams &, const Reply<RunFollow> &reply) {
        m_follower = reply.clientId();
        reply.finish({.subscription = kFollowSubscription});
    });
    m_server.answer<RunCancel>([this](const IdParams &params) -> Result<RunCancel::Result> {
        cancelled.append(params.id);
        return RunCancel::Result{.status = RunStatus::Running};
    });
    m_server.answer<DebugGetState>(
        [this](const PathParams &) -> Result<DebugState> { return debug; });
    m_server.answer<DebugSetDryReplies>(
        [this](const DebugSetDryReplies::Params &params) -> Result<DebugState> {
            debug.dryReplies = params.on;
            debug.pendingReplies = replies.size();
            return debug;
        });
    m_server.answer<DebugAttach>([this](const PathParams &) -> Result<DebugState> {
        if (!attachError.message.isEmpty()) {
            return attachError;
        }
        debug.attached = true;
        debug.runtime = u"Node.js"_s;
        debug.port = 9229;
        debug.address = u"127.0.0.1:9229"_s;
        debug.launch = u"{\n    \"version\": \"0.2.0\"\n}\n"_s;
        return debug;
    });
    m_server.answer<DebugDetach>([this](const PathParams &) -> Result<DebugState> {
        debug.attached = false;
        return debug;
    });
    m_server.answer<ReplyList>([this](const PathParams &) -> Result<Page<PendingReply>> {
        return Page<PendingReply>{.items = replies, .more = false};
    });
    const auto remove = [this](qint64 id) {
        replies.removeIf([id](const PendingReply &reply) { return reply.id == id; });
        debug.pendingReplies = replies.size();
    };
    m_server.answer<ReplySend>(
        [this, remove](const ReplySend::Params &params) -> Result<ReplySend::Result> {
            sentReplies.append(params);
            remove(params.id);
            return ReplySend::Result{.bytes = 1};
        });
    m_server.answer<ReplyDrop>([remove](const IdParams &params) -> Result<Empty> {
        remove(params.id);
        return Empty{};
    });
}

void FakeScripts::tell(const QString &file)
{
    for (auto one = m_watched.begin(); one != m_watched.end(); ++one) {
        if (one->second != file) {
            continue;
        }
        RunnableChange change;
        change.subscription = one.key();
        change.file = file;
        change.exists = m_files.contains(file);
        change.hash = change.exists ? hashOf(m_files.value(file)) : QString();
        m_server.push(
            one->first, notificationLine(QString::fromLatin1(kRunnableChanged), toJson(change)));
    }
}

void FakeScripts::writeElsewhere(const QString &file, const QByteArray &content)
{
    m_files[file] = content;
    tell(file);
}

void FakeScripts::removeElsewhere(const QString &file)
{
    m_files.remove(file);
    tell(file);
}

void FakeScripts::say(const QList<OutputPiece> &output)
{
    RunOutput push;
    push.subscription = kFollowSubscription;
    push.id = run;
    push.output = output;
    m_server.push(m_follower, notificationLine(QString::fromLatin1(kRunOutput), toJson(push)));
}

void FakeScripts::endRun(RunStatus status, const QByteArray &result, const QString &logs)
{
    m_record.status = status;
    m_record.startedAtUs = 1'000'000;
    m_record.finishedAtUs = 1'012'000;
    m_record.result = result;
    m_record.logs = logs.toUtf8();
    m_service.changeRun(m_record);
    say({{.stream = u"end"_s, .text = toString(status)}});
}

} // namespace earshot
