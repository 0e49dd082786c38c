// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QList>
#include <QObject>
#include <QPointer>
#include <QSslConfiguration>
#include <QString>
#include <QUrl>

#include <functional>
#include <optional>

class QTcpServer;
class QTcpSocket;

namespace earshot::testsupport {

/// One WebSocket frame as it came over the wire (payload unmasked).
struct RawFrame
{
    enum Opcode { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };
    int opcode = Text;
    bool fin = true;
    bool masked = false;
    QByteArray payload;

    friend bool operator==(const RawFrame &, const RawFrame &) = default;
};

/// A frame in bytes, as a server sends it. `reservedBits`: RSV1 to RSV3 as 4, 2, 1.
[[nodiscard]] QByteArray encodeFrame(
    int opcode, const QByteArray &payload, bool fin = true, int reservedBits = 0);
/// Only the head of a frame that claims `length` bytes.
[[nodiscard]] QByteArray encodeFrameHead(int opcode, quint64 length, bool fin = true);

/// One client of a RawWebSocketServer. Owned by it.
class RawPeer final : public QObject
{
    Q_OBJECT
public:
    RawPeer(QTcpSocket *socket, QObject *parent);
    ~RawPeer() override;
    Q_DISABLE_COPY_MOVE(RawPeer)

    /// The request up to and including its blank line; empty until it is complete.
    [[nodiscard]] QByteArray requestHead() const { return m_head; }
    /// `GET /path HTTP/1.1`
    [[nodiscard]] QByteArray requestLine() const;
    /// A request header, empty if absent; names in any case.
    [[nodiscard]] QByteArray header(const QByteArray &name) const;
    [[nodiscard]] int headerCount(const QByteArray &name) const;
    /// Bytes received above TLS, HTTP included.
    [[nodiscard]] qint64 bytesReceived() const { return m_bytesReceived; }
    [[nodiscard]] const QList<RawFrame> &frames() const { return m_frames; }
    /// Payloads of the text messages received so far, fragments joined.
    [[nodiscard]] QList<QByteArray> texts() const;
    [[nodiscard]] bool isConnected() const;
    [[nodiscard]] QTcpSocket *socket() const { return m_socket; }

    /// `101` with a right Sec-WebSocket-Accept; `extraHeaders`: lines ending in CRLF.
    void acceptUpgrade(const QByteArray &extraHeaders = {});
    /// The Sec-WebSocket-Accept that belongs to this request.
    [[nodiscard]] QByteArray acceptKey() const;
    void rejectHttp(int status, const QByteArray &phrase, const QByteArray &extraHeaders = {},
        const QByteArray &body = {});

    void sendRaw(const QByteArray &bytes);
    void sendText(const QByteArray &text) { sendRaw(encodeFrame(RawFrame::Text, text)); }
    void sendBinary(const QByteArray &data) { sendRaw(encodeFrame(RawFrame::Binary, data)); }
    void sendPing(const QByteArray &payload = {}) { sendRaw(encodeFrame(RawFrame::Ping, payload)); }
    void sendClose(std::optional<int> code, const QByteArray &reason = {});
    /// FIN, without a Close frame.
    void drop();
    /// RST.
    void reset();
    /// Stops reading: the client's writes pile up.
    void pauseReading();
    void resumeReading();

    /// Answer pings, and a Close frame with a Close frame and FIN (default: both).
    void setAutoPong(bool on) { m_autoPong = on; }
    void setAutoClose(bool on) { m_autoClose = on; }

signals:
    void requestReceived();
    void frameReceived(const earshot::testsupport::RawFrame &frame);
    /// A complete text message.
    void textReceived(const QByteArray &text);
    void binaryReceived(const QByteArray &data);
    void closeReceived(int code, const QByteArray &reason);
    void disconnected();

private:
    void onReadyRead();
    [[nodiscard]] bool takeFrame();
    void handleFrame(const RawFrame &frame);

    QTcpSocket *m_socket; ///< child
    QByteArray m_buffer;
    QByteArray m_head;
    QByteArray m_message;
    QList<RawFrame> m_frames;
    qint64 m_bytesReceived = 0;
    int m_messageOpcode = 0;
    bool m_upgraded = false;
    bool m_paused = false;
    bool m_autoPong = true;
    bool m_autoClose = true;
};

/// A WebSocket server on 127.0.0.1 that can do everything wrong, byte by byte. By default it
/// accepts every upgrade, chooses the first offered subprotocol, answers pings and closes properly.
class RawWebSocketServer final : public QObject
{
    Q_OBJECT
public:
    explicit RawWebSocketServer(QObject *parent = nullptr);
    /// TLS: the configuration holds certificate and key (see serverTls()).
    explicit RawWebSocketServer(const QSslConfiguration &tls, QObject *parent = nullptr);
    ~RawWebSocketServer() override;
    Q_DISABLE_COPY_MOVE(RawWebSocketServer)

    /// `ws://127.0.0.1:port/path`; with TLS `wss://localhost:port/path`.
    [[nodiscard]] QUrl url(const QString &pathAndQuery = QStringLiteral("/")) const;
    [[nodiscard]] quint16 port() const;
    /// Called with each complete request instead of accepting it.
    void setRequestHandler(std::function<void(RawPeer &)> handler);
    /// Called right after the default acceptance of an upgrade.
    void setUpgradedHandler(std::function<void(RawPeer &)> handler);

    /// All peers so far, also gone ones, oldest first.
    [[nodiscard]] const QList<RawPeer *> &peers() const { return m_peers; }
    /// The newest peer, or null.
    [[nodiscard]] RawPeer *peer() const
    {
        return m_peers.isEmpty() ? nullptr : m_peers.constLast();
    }
    /// TCP connections accepted, whether or not TLS or the upgrade followed.
    [[nodiscard]] int connectionCount() const { return m_connections; }
    /// Refuses new connections from now on.
    void closeListener();

signals:
    /// A connection is there, TLS done, nothing read yet.
    void peerConnected(earshot::testsupport::RawPeer *peer);
    void upgraded(earshot::testsupport::RawPeer *peer);

private:
    void listen();
    void onNewConnection();

    QTcpServer *m_server; ///< child
    bool m_tls = false;
    int m_connections = 0;
    QList<RawPeer *> m_peers; ///< children
    std::function<void(RawPeer &)> m_requestHandler;
    std::function<void(RawPeer &)> m_upgradedHandler;
};

/// Path of a file in tests/support/certs: `ca.pem`, `server.pem`, `client.pem`, `stranger.pem` and
/// keys.
[[nodiscard]] QString certPath(const QString &fileName);
/// TLS for a RawWebSocketServer with `<name>.pem` and `<name>.key`; `clientAuthority`: ask for a
/// client certificate this authority vouches for.
[[nodiscard]] QSslConfiguration serverTls(
    const QString &name = QStringLiteral("server"), const QString &clientAuthority = {});

} // namespace earshot::testsupport
