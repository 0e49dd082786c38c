// SPDX-License-Identifier: GPL-3.0-or-later
#include "singleinstance.h"

#include "model/rpc/socketpath.h"

#include <QLocalSocket>

using namespace Qt::StringLiterals;

namespace earshot::desktop {

namespace {

constexpr const char *kRaise = "raise\n";
constexpr const char *kNewTrigger = "new\n";

} // namespace

SingleInstance::SingleInstance(QString socketPath, QObject *parent)
    : QObject(parent)
    , m_path(std::move(socketPath))
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &SingleInstance::onNewConnection);
}

Result<SingleInstance::Role> SingleInstance::claim(Request request)
{
    if (auto prepared = rpc::prepareSocketDirectory(m_path); !prepared) {
        return prepared.error();
    }
    m_lock = std::make_unique<QLockFile>(m_path + ".lock"_L1);
    m_lock->setStaleLockTime(0);
    if (m_lock->tryLock(0)) {
        QLocalServer::removeServer(m_path);
        if (!m_server.listen(m_path)) {
            return Error{ErrorCode::Io,
                u"cannot listen on %1: %2"_s.arg(m_path, m_server.errorString()), QString()};
        }
        return Role::First;
    }
    m_lock.reset();
    QLocalSocket socket;
    socket.connectToServer(m_path);
    if (!socket.waitForConnected(2'000)
        || socket.write(request == Request::NewTrigger ? kNewTrigger : kRaise) < 0
        || !socket.waitForReadyRead(2'000)) {
        return Error{ErrorCode::Unavailable,
            u"a window is running and does not answer: %1"_s.arg(socket.errorString()), QString()};
    }
    return Role::Second;
}

void SingleInstance::onNewConnection()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        socket->setReadBufferSize(64);
        connect(socket, &QLocalSocket::readyRead, socket, [this, socket] {
            const QByteArray line = socket->canReadLine() ? socket->readLine() : QByteArray();
            if (line == kRaise || line == kNewTrigger) {
                socket->write("ok\n");
                socket->flush();
                emit raiseRequested();
            }
            if (line == kNewTrigger) {
                emit newTriggerRequested();
            }
            socket->disconnectFromServer();
        });
    }
}

} // namespace earshot::desktop
