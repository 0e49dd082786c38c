// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/rpc/jsonrpcmessage.h"

#include <QLocalSocket>
#include <QObject>

#include <functional>
#include <memory>

namespace earshot::rpc {

/// Bounds of the control socket; tests make them small.
struct ServerLimits
{
    int clients = 16;
    qint64 handshakeMs = 5'000; ///< from connecting to service.hello
    qint64 idleMs = 600'000; ///< without a request, a pending answer or a subscription
    qint64 stuckMs = 10'000; ///< without reading anything of what waits
    qint64 pushBytes = qint64(4) * 1024 * 1024; ///< waiting bytes above which pushes are dropped
    qint64 readBytes = qint64(8) * 1024 * 1024; ///< … above which no request is read
    int pendingRequests = 32; ///< … and the same for unanswered requests
};

/// One client of the server: bytes to requests and back, with the bounds. Owned by the server;
/// event-loop thread.
class JsonRpcConnection final : public QObject
{
    Q_OBJECT
public:
    /// Takes the socket as its child.
    JsonRpcConnection(quint64 id, QLocalSocket *socket, const ServerLimits &limits, Clock &clock,
        QObject *parent);
    ~JsonRpcConnection() override;
    Q_DISABLE_COPY_MOVE(JsonRpcConnection)

    [[nodiscard]] quint64 id() const noexcept { return m_id; }
    [[nodiscard]] bool hasGreeted() const noexcept { return m_greeted; }
    void setGreeted();
    /// A connection kept open is never idle (it has subscriptions).
    void setKeptOpen(bool keptOpen);

    /// An answer is never dropped; it ends one pending request.
    void answer(const QByteArray &line);
    /// False when the client is too slow: the push was dropped.
    bool push(const QByteArray &line);
    /// Writes what waits, then disconnects.
    void close();

signals:
    void requestReceived(const earshot::rpc::JsonRpcRequest &request);
    /// Once; `reason` is empty when the client left by itself.
    void closed(const QString &reason);

private:
    void onReadyRead();
    void onBytesWritten();
    void onDisconnected();
    void write(const QByteArray &line);
    void abort(const QString &reason);
    void watchIdle();
    void watchWriting();
    void handleLine(const QByteArray &line);

    quint64 m_id;
    QLocalSocket *m_socket; ///< child
    ServerLimits m_limits;
    Clock &m_clock;
    LineSplitter m_lines;
    std::unique_ptr<TimerHandle> m_idleTimer; ///< the handshake's first
    std::unique_ptr<TimerHandle> m_stuckTimer;
    QString m_reason;
    qint64 m_lastActivityMs = 0;
    int m_pending = 0;
    bool m_greeted = false;
    bool m_keptOpen = false;
    bool m_closed = false;
    bool m_closing = false;
};

} // namespace earshot::rpc
