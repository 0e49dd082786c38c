// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "triggers/closeinfo.h"
#include "triggers/connectrequest.h"
#include "triggers/liveness.h"

#include <QBasicTimer>
#include <QElapsedTimer>
#include <QObject>
#include <QPointer>

#include <memory>

class QHostInfo;
class QTcpSocket;
class QWebSocket;

namespace earshot::triggers {

struct ConnectAttempt;

enum class ConnectStage { Resolved, TcpConnected, TlsEstablished, Upgraded };

/// One connection attempt and, if it succeeds, the connection: a new object for every attempt. The
/// only file that touches QWebSocket; what that class leaves out or gets wrong is put right or into
/// words here. Lives on the event-loop thread that made it. Delete it with deleteLater() from its
/// own signals.
class WebSocketConnection final : public QObject
{
    Q_OBJECT
public:
    /// An answer to the upgrade request that is larger is refused.
    static constexpr qint64 kMaxHandshakeBytes = 64 * 1024;

    explicit WebSocketConnection(QObject *parent = nullptr);
    ~WebSocketConnection() override;
    Q_DISABLE_COPY_MOVE(WebSocketConnection)

    /// Once per object. Whatever is wrong with the request comes through closed(), never from here.
    void open(const ConnectRequest &request);

    /// `utf8` has to be valid UTF-8. LimitExceeded: more than `maxOutgoingBytes` would wait,
    /// nothing was sent. Unavailable: not open.
    [[nodiscard]] Result<void> sendText(const QByteArray &utf8);
    [[nodiscard]] Result<void> sendBinary(const QByteArray &data);
    /// Sends a Close frame (1000, 1001, 3000 to 4999; anything else is sent as 1000) and ends;
    /// closed() follows. Before the upgrade it just ends.
    void close(int code = 1000, const QString &reason = {});
    /// Ends at once, without a Close frame; closed() is emitted before it returns.
    void abort();
    /// Pings now; without a byte from the server within `timeoutMs` the connection ends
    /// (PongTimeout). For a clock that jumped or a network that changed.
    void probe(int timeoutMs = 5000);

    [[nodiscard]] bool isOpen() const { return m_state == State::Open; }
    [[nodiscard]] qint64 bytesToWrite() const;

signals:
    /// `elapsedMs` since open(). Resolved is left out when a proxy resolves.
    void stageReached(earshot::triggers::ConnectStage stage, qint64 elapsedMs);
    void opened(const earshot::triggers::HandshakeInfo &info);
    /// Of a small text the bytes sit in a large buffer: to keep them, copy them out of it.
    void textReceived(const QByteArray &utf8);
    void binaryReceived(const QByteArray &data);
    void pongReceived(qint64 roundTripMs);
    /// Exactly once, whatever happened; no other signal follows.
    void closed(const earshot::triggers::CloseInfo &info);

protected:
    void timerEvent(QTimerEvent *event) override;

private slots: // connected by name to an internal object of QWebSocket, see hookFrameReader()
    void onServerCloseFrame();
    void onFrameFault();

private:
    enum class State { New, Resolving, Connecting, Open, Closing, Closed };

    void onResolved(const QHostInfo &host);
    void refusePrivateAddress();
    void startSocket();
    void flushSoon();
    void connectSocketSignals();
    void hookFrameReader();
    void watchInnerSocket();
    void onHostFound();
    void onInnerConnected();
    void onEncrypted();
    void onBytes();
    void inspectHandshake();
    void onUpgraded();
    void forgetConnecting();
    void onText(const QString &text);
    void onBinary(const QByteArray &data);
    void onPong(const QByteArray &payload);
    void onSocketError(QAbstractSocket::SocketError error);
    void onDisconnected();
    [[nodiscard]] Result<void> checkOutgoing(qsizetype size) const;
    void checkDeadlines();
    void checkLiveness();
    void armTimer();
    void startClosing();
    [[nodiscard]] CloseContext context() const;
    [[nodiscard]] CloseInfo localInfo(
        CloseKind kind, const QString &message, int code = 1006) const;
    void fail(const Error &error);
    void finish(const CloseInfo &info);

    // What only connecting needs; gone once the connection is open, so that an idle one stays
    // small.
    std::unique_ptr<ConnectAttempt> m_attempt;
    QWebSocket *m_socket = nullptr; ///< child, deleted later
    QPointer<QTcpSocket> m_inner; ///< child of m_socket
    QString m_server; ///< masked URL
    QElapsedTimer m_clock;
    QBasicTimer m_timer;
    qint64 m_maxMessageBytes = 0;
    qint64 m_maxOutgoingBytes = 0;
    qint64 m_connectDeadline = 0; ///< times on m_clock, milliseconds
    qint64 m_closeDeadline = 0;
    Liveness m_liveness;
    int m_closeTimeout = 0;
    State m_state = State::New;
    bool m_isFlushPosted = false;
    bool m_wasOpen = false;
    bool m_serverClosed = false; ///< a Close frame arrived before we closed
    bool m_frameFault = false; ///< the library found a fault in a frame and closes
};

} // namespace earshot::triggers
