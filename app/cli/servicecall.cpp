// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/servicecall.h"

#include "model/rpc/socketpath.h"

using namespace Qt::StringLiterals;

namespace earshot::cli {

ServiceSession::ServiceSession(const Arguments &arguments)
    : m_client(m_clock)
{
    const auto socket = rpc::socketPath(rpc::SocketPlace::fromEnvironment(
        arguments.value(u"socket"_s), arguments.value(u"data-dir"_s)));
    if (socket) {
        m_socket = *socket;
    } else {
        m_problem = socket.error();
    }
}

int ServiceSession::run(std::function<void()> start)
{
    if (m_socket.isEmpty()) {
        return complain(m_problem, Usage);
    }
    connect(&m_client, &rpc::ControlClient::ready, this, [this, start = std::move(start)] {
        m_ready = true;
        start();
    });
    connect(&m_client, &rpc::ControlClient::lost, this, [this](const Error &error) {
        if (m_finished) {
            return;
        }
        if (m_ready) {
            finish(complain(error, Failed));
            return;
        }
        const bool absent
            = error.code != ErrorCode::Conflict && error.code != ErrorCode::PermissionDenied;
        finish(complain(absent ? Error{.code = error.code,
                            .message = u"no service answers at %1"_s.arg(m_socket),
                            .detail = u"start it with `earshot serve` (%1)"_s.arg(error.message)}
                               : error,
            NoService));
    });
    m_client.open(m_socket, u"earshot %1"_s.arg(QStringLiteral(EARSHOT_VERSION)));
    if (!m_finished) {
        QCoreApplication::exec();
    }
    return m_code;
}

void ServiceSession::finish(int code)
{
    if (m_finished) {
        return;
    }
    m_finished = true;
    m_code = code;
    // Also when called before exec(): the loop then ends at once.
    QMetaObject::invokeMethod(
        QCoreApplication::instance(), [] { QCoreApplication::quit(); }, Qt::QueuedConnection);
}

} // namespace earshot::cli
