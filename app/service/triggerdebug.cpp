// SPDX-License-Identifier: GPL-3.0-or-later
// The part of TriggerRegistry about debugging a trigger.
#include "app/service/triggerregistry.h"

#include <QTcpServer>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

/// Nobody else's at this moment; 0 when there is none.
quint16 freeLoopbackPort()
{
    QTcpServer probe;
    return probe.listen(QHostAddress::LocalHost, 0) ? probe.serverPort() : quint16(0);
}

QString withPort(const QString &text, quint16 port)
{
    // In JSON the port is a number.
    return QString(text)
        .replace("\"{port}\""_L1, QString::number(port))
        .replace("{port}"_L1, QString::number(port));
}

} // namespace

Result<rpc::DebugState> TriggerRegistry::debugState(const QString &path) const
{
    const auto entry = m_entries.value(path);
    if (!entry) {
        return stored(path).error();
    }
    rpc::DebugState state;
    state.dryReplies = m_with.replies.isDry(path);
    state.pendingReplies = m_with.replies.idsOf(path).size();
    const quint16 port = entry->runtime ? entry->runtime->debugPort() : quint16(0);
    if (port != 0) {
        state.attached = true;
        state.runtime = entry->debug.runtime;
        state.port = port;
        state.address = withPort(entry->debug.address, port);
        state.launch = withPort(entry->debug.launch, port);
    }
    return state;
}

Result<rpc::DebugState> TriggerRegistry::attachDebugger(
    const QString &path, const runner::Runner::DebugSupport &support)
{
    const auto runtime = live(path);
    if (!runtime) {
        return runtime.error();
    }
    if ((*runtime)->debugPort() == 0) {
        const quint16 port = freeLoopbackPort();
        if (port == 0) {
            return Error{.code = ErrorCode::Unavailable,
                .message = u"there is no free port on this machine"_s,
                .detail = {}};
        }
        m_entries.value(path)->debug = support;
        (*runtime)->setDebugPort(port);
    }
    return debugState(path);
}

void TriggerRegistry::keepAttached(const TriggerRuntime &previous, TriggerRuntime &next)
{
    // The old worker still has its port.
    if (previous.debugPort() != 0
        && previous.config().runnable.path == next.config().runnable.path) {
        next.setDebugPort(freeLoopbackPort());
    }
}

Result<rpc::DebugState> TriggerRegistry::detachDebugger(const QString &path)
{
    const auto runtime = live(path);
    if (runtime && (*runtime)->debugPort() != 0) {
        (*runtime)->setDebugPort(0);
    }
    return debugState(path);
}

} // namespace earshot::service
