// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/scripttemplates.h"
#include "app/service/serviceapi.h"
#include "app/service/workspacefiles.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

Result<void> checkRunnablePath(const QString &path)
{
    static const QRegularExpression valid(u"^[fu](/[\\w.-]+){2,}$"_s);
    if (valid.match(path).hasMatch()) {
        return {};
    }
    return Error{.code = ErrorCode::InvalidArgument,
        .message = u"\"%1\" is no path of a script"_s.arg(path),
        .detail
        = u"it must be like f/bots/echo or u/ada/echo: letters, digits, \"_\", \"-\", \".\""_s};
}

bool uses(const TriggerConfig &config, const QString &runnable)
{
    return config.runnable.path == runnable || config.url == "$script:"_L1 + runnable
        || config.errorHandlerPath == runnable
        || std::ranges::any_of(config.initialMessages, [&](const InitialMessage &message) {
               return !message.raw && message.runnable.path == runnable;
           });
}

} // namespace

QStringList ServiceApi::triggersUsing(const QString &runnable) const
{
    QStringList users;
    rpc::ListParams page;
    for (bool more = true; more;) {
        const auto triggers = m_with.triggers.list(page);
        for (const rpc::TriggerSummary &trigger : triggers.items) {
            const auto config = m_with.triggers.config(trigger.path);
            if (config && uses(*config, runnable)) {
                users.append(trigger.path);
            }
        }
        more = triggers.more && !triggers.items.isEmpty();
        page.after = triggers.items.isEmpty() ? QString() : triggers.items.constLast().path;
    }
    return users;
}

Result<rpc::RunnableInfo> ServiceApi::fileOf(
    const std::optional<QString> &path, const std::optional<QString> &file) const
{
    if (path.has_value() == file.has_value()) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"give either path or file"_s,
            .detail = {}};
    }
    return file ? Result<rpc::RunnableInfo>(fileInfo(m_with.runner, *file))
                : runnableInfo(m_with.workspace, m_with.runner, *path);
}

Result<rpc::RunnableSource> ServiceApi::readSource(const rpc::RunnableRead::Params &params) const
{
    auto info = fileOf(params.path, params.file);
    if (!info) {
        return info.error();
    }
    const auto content = m_files.read(info->file);
    if (!content) {
        return content.error();
    }
    return rpc::RunnableSource{.runnable = *std::move(info),
        .source = rpc::chunkOf(*content, params.offset, params.length),
        .hash = WorkspaceEditor::hashOf(*content)};
}

Result<rpc::RunnableWrite::Result> ServiceApi::writeSource(const rpc::RunnableWrite::Params &params)
{
    auto info = fileOf(params.path, params.file);
    if (!info && info.error().code == ErrorCode::NotFound) {
        return Error{.code = ErrorCode::NotFound,
            .message = info.error().message,
            .detail = u"to make one, give file: its name says the language (f/bots/echo.ts)"_s};
    }
    if (!info) {
        return info.error();
    }
    const auto outcome = m_files.write(info->file,
        {.content = params.content.toUtf8(),
            .expectedHash = params.expectedHash,
            .create = params.create.value_or(false)});
    if (!outcome) {
        return outcome.error();
    }
    rpc::RunnableWrite::Result result{.written = outcome->written,
        .runnable = outcome->written ? fileInfo(m_with.runner, info->file) : *info,
        .hash = outcome->exists ? WorkspaceEditor::hashOf(outcome->current) : QString(),
        .source = {}};
    if (!outcome->written) {
        result.source = rpc::chunkOf(outcome->current, {}, {});
    }
    return result;
}

void ServiceApi::handleRunnables()
{
    rpc::JsonRpcServer &server = m_with.server;
    server.answer<rpc::RunnableList>(
        [this](const rpc::ListParams &params) -> Result<rpc::Page<rpc::RunnableInfo>> {
            return listRunnables(m_with.workspace, m_with.runner, params);
        });
    server.answer<rpc::RunnableRead>(
        [this](const rpc::RunnableRead::Params &params) { return readSource(params); });
    server.answer<rpc::RunnableWrite>(
        [this](const rpc::RunnableWrite::Params &params) { return writeSource(params); });
    server.answer<rpc::RunnableRename>(
        [this](const rpc::RunnableRename::Params &params) -> Result<rpc::RunnableRename::Result> {
            const auto info = runnableInfo(m_with.workspace, m_with.runner, params.path);
            const auto valid = checkRunnablePath(params.to);
            if (!info || !valid) {
                return info ? valid.error() : info.error();
            }
            if (runnableInfo(m_with.workspace, m_with.runner, params.to)) {
                return Error{.code = ErrorCode::AlreadyExists,
                    .message = u"there is a script %1 already"_s.arg(params.to),
                    .detail = u"choose another name"_s};
            }
            const QString ending = info->file.sliced(params.path.size());
            if (const auto renamed = m_files.rename(params.path, params.to, ending); !renamed) {
                return renamed.error();
            }
            return rpc::RunnableRename::Result{
                .runnable = fileInfo(m_with.runner, QString(params.to + ending)),
                .triggers = triggersUsing(params.path)};
        });
    server.answer<rpc::RunnableDelete>(
        [this](const rpc::RunnableDelete::Params &params) -> Result<rpc::RunnableDelete::Result> {
            const auto info = runnableInfo(m_with.workspace, m_with.runner, params.path);
            if (!info) {
                return info.error();
            }
            const auto content = m_files.read(info->file);
            if (!content) {
                return content.error();
            }
            if (params.expectedHash && WorkspaceEditor::hashOf(*content) != *params.expectedHash) {
                return Error{.code = ErrorCode::Conflict,
                    .message = u"%1 changed meanwhile; it was not deleted"_s.arg(info->file),
                    .detail = {}};
            }
            if (const auto removed = m_files.remove(info->file, params.path); !removed) {
                return removed.error();
            }
            return rpc::RunnableDelete::Result{.triggers = triggersUsing(params.path)};
        });
    server.answer<rpc::RunnableLanguages>(
        [this](const rpc::NoParams &) -> Result<rpc::Page<rpc::ScriptLanguage>> {
            return rpc::Page<rpc::ScriptLanguage>{
                .items = scriptLanguages(m_with.runner), .more = false};
        });
    server.answer<rpc::RunnableTemplate>([](const rpc::RunnableTemplate::Params &params) {
        return scriptTemplate(params.language, params.kind);
    });
    server.handle<rpc::RunnableSignature>([this](const rpc::PathParams &params,
                                              const rpc::Reply<rpc::RunnableSignature> &reply) {
        m_with.runner.signature(params.path, [reply](const Result<QByteArray> &signature) {
            signature ? reply.finish({.signature = QJsonDocument::fromJson(*signature).object()})
                      : reply.fail(signature.error());
        });
    });
    server.handle<rpc::RunnableSubscribe>([this](const rpc::RunnableFileParams &params,
                                              const rpc::Reply<rpc::RunnableSubscribe> &reply) {
        const auto info = fileOf(params.path, params.file);
        info ? reply(m_watch->add(reply.clientId(), info->path, info->file))
             : reply.fail(info.error());
    });
    server.handle<rpc::RunnableUnsubscribe>([this](const rpc::SubscriptionParams &params,
                                                const rpc::Reply<rpc::RunnableUnsubscribe> &reply) {
        reply(m_watch->remove(reply.clientId(), params.subscription));
    });
}

} // namespace earshot::service
