// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/serviceapi.h"

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

Error noSuchReply(qint64 id)
{
    return {.code = ErrorCode::NotFound,
        .message = u"there is no held back reply %1"_s.arg(id),
        .detail = {}};
}

} // namespace

void ServiceApi::handleDebugging()
{
    rpc::JsonRpcServer &server = m_with.server;
    server.handle<rpc::RunFollow>(
        [this](const rpc::IdParams &params, const rpc::Reply<rpc::RunFollow> &reply) {
            reply.finish(m_followers->add(reply.clientId(), params.id));
        });
    server.handle<rpc::RunUnfollow>(
        [this](const rpc::SubscriptionParams &params, const rpc::Reply<rpc::RunUnfollow> &reply) {
            reply(m_followers->remove(reply.clientId(), params.subscription));
        });
    server.answer<rpc::ReplyList>(
        [this](const rpc::PathParams &params) -> Result<rpc::Page<rpc::PendingReply>> {
            rpc::Page<rpc::PendingReply> page;
            qsizetype bytes = 0;
            for (const qint64 id : m_with.replies.idsOf(params.path)) {
                const PendingReplies::Reply &reply = *m_with.replies.find(id);
                // A line has 1 MiB: with very many long ones the later show only their start.
                const bool room = bytes < 24 * rpc::kMaxInlineBytes;
                const QByteArray shown = m_with.references.redactor().redact(
                    reply.text.left(rpc::kMaxInlineBytes + 4));
                page.items.append({.id = id,
                    .trigger = reply.trigger,
                    .runId = reply.run,
                    .duringRun = reply.duringRun,
                    .binary = reply.binary,
                    .size = reply.text.size(),
                    .text = reply.binary || !room ? rpc::previewOf(shown, reply.binary)
                                                  : rpc::textOf(shown, rpc::kMaxInlineBytes),
                    .atUs = reply.atUs});
                bytes += shown.size();
            }
            return page;
        });
    server.answer<rpc::ReplySend>(
        [this](const rpc::ReplySend::Params &params) -> Result<rpc::ReplySend::Result> {
            const PendingReplies::Reply *held = m_with.replies.find(params.id);
            if (held == nullptr) {
                return noSuchReply(params.id);
            }
            const QString trigger = held->trigger;
            const auto runtime = m_with.triggers.live(trigger);
            if (!runtime) {
                return runtime.error();
            }
            const QByteArray text = params.text ? params.text->toUtf8() : held->text;
            const auto sent
                = (*runtime)->sendHeldBack(held->run, text, held->binary && !params.text);
            if (!sent) {
                return sent.error();
            }
            m_with.replies.remove(params.id);
            m_with.triggers.publish(trigger);
            return rpc::ReplySend::Result{.bytes = text.size()};
        });
    server.answer<rpc::ReplyDrop>([this](const rpc::IdParams &params) -> Result<rpc::Empty> {
        const PendingReplies::Reply *held = m_with.replies.find(params.id);
        if (held == nullptr) {
            return noSuchReply(params.id);
        }
        const QString trigger = held->trigger;
        m_with.replies.remove(params.id);
        m_with.triggers.publish(trigger);
        return rpc::Empty{};
    });
    server.answer<rpc::DebugGetState>(
        [this](const rpc::PathParams &params) { return m_with.triggers.debugState(params.path); });
    server.answer<rpc::DebugSetDryReplies>(
        [this](const rpc::DebugSetDryReplies::Params &params) -> Result<rpc::DebugState> {
            if (const auto stored = m_with.triggers.stored(params.path); !stored) {
                return stored.error();
            }
            m_with.replies.setDry(params.path, params.on);
            m_with.triggers.publish(params.path);
            return m_with.triggers.debugState(params.path);
        });
    server.handle<rpc::DebugAttach>([this](const rpc::PathParams &params,
                                        const rpc::Reply<rpc::DebugAttach> &reply) {
        const auto runtime = m_with.triggers.live(params.path);
        if (!runtime) {
            reply.fail(runtime.error());
            return;
        }
        m_with.runner.debugSupport((*runtime)->config().runnable.path,
            [this, reply, path = params.path](const Result<runner::Runner::DebugSupport> &support) {
                if (!support) {
                    reply.fail(support.error());
                    return;
                }
                reply(m_with.triggers.attachDebugger(path, *support));
            });
    });
    server.answer<rpc::DebugDetach>([this](const rpc::PathParams &params) {
        return m_with.triggers.detachDebugger(params.path);
    });
}

} // namespace earshot::service
