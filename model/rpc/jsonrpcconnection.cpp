// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/jsonrpcconnection.h"

#include "model/rpc/errorcodes.h"

#include <QTimer>

#include <variant>

using namespace Qt::StringLiterals;

namespace earshot::rpc {

JsonRpcConnection::JsonRpcConnection(
    quint64 id, QLocalSocket *socket, const ServerLimits &limits, Clock &clock, QObject *parent)
    : QObject(parent)
    , m_id(id)
    , m_socket(socket)
    , m_limits(limits)
    , m_clock(clock)
    , m_lastActivityMs(clock.monotonicMs())
{
    m_socket->setParent(this);
    // Requests that are not read yet wait in the client, not in our memory.
    m_socket->setReadBufferSize(qint64(256) * 1024);
    connect(m_socket, &QLocalSocket::readyRead, this, &JsonRpcConnection::onReadyRead);
    connect(m_socket, &QLocalSocket::bytesWritten, this, &JsonRpcConnection::onBytesWritten);
    connect(m_socket, &QLocalSocket::disconnected, this, &JsonRpcConnection::onDisconnected);
    m_idleTimer = m_clock.after(
        m_limits.handshakeMs, [this] { abort(u"no service.hello within the time limit"_s); });
    if (m_socket->bytesAvailable() > 0) {
        QTimer::singleShot(0, this, &JsonRpcConnection::onReadyRead);
    }
}

JsonRpcConnection::~JsonRpcConnection() = default;

void JsonRpcConnection::setGreeted()
{
    m_greeted = true;
    watchIdle();
}

void JsonRpcConnection::setKeptOpen(bool keptOpen)
{
    m_keptOpen = keptOpen;
    m_lastActivityMs = m_clock.monotonicMs();
}

void JsonRpcConnection::answer(const QByteArray &line)
{
    --m_pending;
    m_lastActivityMs = m_clock.monotonicMs();
    write(line);
    if (m_socket->bytesAvailable() > 0 || m_lines.bufferedBytes() > 0) {
        // not from here: a handler that answers at once would recurse per line
        QTimer::singleShot(0, this, &JsonRpcConnection::onReadyRead);
    }
}

bool JsonRpcConnection::push(const QByteArray &line)
{
    if (m_closed || m_closing || m_socket->bytesToWrite() + line.size() > m_limits.pushBytes) {
        return false;
    }
    write(line);
    return true;
}

void JsonRpcConnection::close()
{
    if (m_closed || m_closing) {
        return;
    }
    m_closing = true;
    m_socket->flush();
    m_socket->disconnectFromServer();
}

void JsonRpcConnection::write(const QByteArray &line)
{
    if (m_closed) {
        return;
    }
    m_socket->write(line);
    if (!m_stuckTimer) {
        watchWriting();
    }
}

void JsonRpcConnection::watchWriting()
{
    m_stuckTimer = m_clock.after(m_limits.stuckMs, [this] {
        m_stuckTimer.reset();
        if (m_socket->bytesToWrite() > 0) {
            abort(u"the client does not read what is sent to it"_s);
        }
    });
}

void JsonRpcConnection::watchIdle()
{
    const qint64 quiet = m_clock.monotonicMs() - m_lastActivityMs;
    const bool busy = m_keptOpen || m_pending > 0;
    if (!busy && quiet >= m_limits.idleMs) {
        abort(u"idle"_s);
        return;
    }
    m_idleTimer
        = m_clock.after(busy ? m_limits.idleMs : m_limits.idleMs - quiet, [this] { watchIdle(); });
}

void JsonRpcConnection::onBytesWritten()
{
    m_stuckTimer.reset();
    if (m_socket->bytesToWrite() > 0) {
        watchWriting();
    }
    onReadyRead();
}

void JsonRpcConnection::onReadyRead()
{
    while (!m_closed && !m_closing && m_pending < m_limits.pendingRequests
        && m_socket->bytesToWrite() < m_limits.readBytes) {
        if (const auto line = m_lines.next()) {
            m_lastActivityMs = m_clock.monotonicMs();
            handleLine(*line);
        } else if (m_lines.isOverflown()) {
            write(faultLine({.code = kParseError,
                .message = u"a line is longer than %1 bytes"_s.arg(kMaxLineBytes)}));
            m_reason = u"a line is too long"_s;
            close();
        } else if (m_socket->bytesAvailable() > 0) {
            m_lines.append(m_socket->read(qint64(256) * 1024));
        } else {
            return;
        }
    }
}

void JsonRpcConnection::handleLine(const QByteArray &line)
{
    const auto parsed = parseRequest(line);
    if (const auto *fault = std::get_if<JsonRpcFault>(&parsed)) {
        write(faultLine(*fault));
        return;
    }
    ++m_pending;
    emit requestReceived(std::get<JsonRpcRequest>(parsed));
}

void JsonRpcConnection::abort(const QString &reason)
{
    m_reason = reason;
    // From a timer's callback: destroying that timer has to wait until it returned.
    QTimer::singleShot(0, this, [this] {
        m_socket->abort();
        onDisconnected();
    });
}

void JsonRpcConnection::onDisconnected()
{
    if (m_closed) {
        return;
    }
    m_closed = true;
    m_idleTimer.reset();
    m_stuckTimer.reset();
    emit closed(m_reason);
}

} // namespace earshot::rpc
