// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/rawwebsocketserver.h"

#include <QCryptographicHash>
#include <QFile>
#include <QSslCertificate>
#include <QSslKey>
#include <QSslServer>
#include <QSslSocket>
#include <QTcpServer>
#include <QTcpSocket>
#include <QtEndian>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace earshot::testsupport {

namespace {

template <typename Number>
void appendBigEndian(QByteArray &bytes, Number number)
{
    const Number swapped = qToBigEndian(number);
    bytes.append(reinterpret_cast<const char *>(&swapped), sizeof swapped);
}

/// Every request head the clients under test send is far below this.
constexpr qsizetype kMaxHeadBytes = 1024 * 1024;

} // namespace

QByteArray encodeFrameHead(int opcode, quint64 length, bool fin)
{
    QByteArray head;
    head.append(static_cast<char>((fin ? 0x80 : 0) | opcode));
    if (length < 126) {
        head.append(static_cast<char>(length));
    } else if (length <= 0xFFFF) {
        head.append(static_cast<char>(126));
        appendBigEndian(head, static_cast<quint16>(length));
    } else {
        head.append(static_cast<char>(127));
        appendBigEndian(head, length);
    }
    return head;
}

QByteArray encodeFrame(int opcode, const QByteArray &payload, bool fin, int reservedBits)
{
    QByteArray frame = encodeFrameHead(opcode, static_cast<quint64>(payload.size()), fin);
    frame[0] = static_cast<char>(frame[0] | (reservedBits << 4));
    return frame + payload;
}

RawPeer::RawPeer(QTcpSocket *socket, QObject *parent)
    : QObject(parent)
    , m_socket(socket)
{
    m_socket->setParent(this);
    connect(m_socket, &QIODevice::readyRead, this, &RawPeer::onReadyRead);
    connect(m_socket, &QAbstractSocket::disconnected, this, &RawPeer::disconnected);
}

RawPeer::~RawPeer()
{
    m_socket->disconnect(this);
}

QByteArray RawPeer::requestLine() const
{
    return m_head.first(std::max<qsizetype>(m_head.indexOf("\r\n"), 0));
}

QByteArray RawPeer::header(const QByteArray &name) const
{
    const auto lines = m_head.split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && line.first(colon).compare(name, Qt::CaseInsensitive) == 0) {
            return line.sliced(colon + 1).trimmed();
        }
    }
    return {};
}

int RawPeer::headerCount(const QByteArray &name) const
{
    int count = 0;
    const auto lines = m_head.split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype colon = line.indexOf(':');
        count += colon > 0 && line.first(colon).compare(name, Qt::CaseInsensitive) == 0 ? 1 : 0;
    }
    return count;
}

QList<QByteArray> RawPeer::texts() const
{
    QList<QByteArray> result;
    QByteArray message;
    int opcode = RawFrame::Text;
    for (const RawFrame &frame : m_frames) {
        if (frame.opcode > RawFrame::Binary) {
            continue;
        }
        if (frame.opcode != RawFrame::Continuation) {
            opcode = frame.opcode;
            message.clear();
        }
        message += frame.payload;
        if (frame.fin && opcode == RawFrame::Text) {
            result.append(message);
        }
    }
    return result;
}

bool RawPeer::isConnected() const
{
    return m_socket->state() == QAbstractSocket::ConnectedState;
}

QByteArray RawPeer::acceptKey() const
{
    return QCryptographicHash::hash(
        QByteArray(header("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"),
        QCryptographicHash::Sha1)
        .toBase64();
}

void RawPeer::acceptUpgrade(const QByteArray &extraHeaders)
{
    m_upgraded = true;
    sendRaw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: "
        + acceptKey() + "\r\n" + extraHeaders + "\r\n");
}

void RawPeer::rejectHttp(
    int status, const QByteArray &phrase, const QByteArray &extraHeaders, const QByteArray &body)
{
    sendRaw("HTTP/1.1 " + QByteArray::number(status) + ' ' + phrase + "\r\n" + extraHeaders
        + "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
}

void RawPeer::sendRaw(const QByteArray &bytes)
{
    m_socket->write(bytes);
    m_socket->flush();
}

void RawPeer::sendClose(std::optional<int> code, const QByteArray &reason)
{
    QByteArray payload;
    if (code) {
        appendBigEndian(payload, static_cast<quint16>(*code));
        payload += reason;
    }
    sendRaw(encodeFrame(RawFrame::Close, payload));
}

void RawPeer::drop()
{
    m_socket->disconnectFromHost();
}

void RawPeer::reset()
{
    const linger hard{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(
        static_cast<int>(m_socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    m_socket->abort();
}

void RawPeer::pauseReading()
{
    m_paused = true;
    m_socket->setReadBufferSize(1);
}

void RawPeer::resumeReading()
{
    m_paused = false;
    m_socket->setReadBufferSize(0);
    onReadyRead();
}

void RawPeer::onReadyRead()
{
    if (m_paused) {
        return;
    }
    const QByteArray bytes = m_socket->readAll();
    m_bytesReceived += bytes.size();
    m_buffer += bytes;
    if (m_head.isEmpty()) {
        const qsizetype end = m_buffer.indexOf("\r\n\r\n");
        if (end < 0) {
            if (m_buffer.size() > kMaxHeadBytes) {
                m_socket->abort();
            }
            return;
        }
        m_head = m_buffer.first(end + 4);
        m_buffer.remove(0, end + 4);
        emit requestReceived();
    }
    while (m_upgraded && takeFrame()) { }
}

bool RawPeer::takeFrame()
{
    if (m_buffer.size() < 2) {
        return false;
    }
    const auto byte = [this](qsizetype i) { return static_cast<unsigned char>(m_buffer[i]); };
    RawFrame frame{.opcode = byte(0) & 0x0F,
        .fin = (byte(0) & 0x80) != 0,
        .masked = (byte(1) & 0x80) != 0,
        .payload = {}};
    qsizetype at = 2;
    quint64 length = byte(1) & 0x7F;
    if (length >= 126) {
        const qsizetype width = length == 126 ? 2 : 8;
        if (m_buffer.size() < at + width) {
            return false;
        }
        length = width == 2 ? qFromBigEndian<quint16>(m_buffer.constData() + at)
                            : qFromBigEndian<quint64>(m_buffer.constData() + at);
        at += width;
    }
    const qsizetype maskAt = at;
    at += frame.masked ? 4 : 0;
    if (static_cast<quint64>(m_buffer.size() - at) < length || m_buffer.size() < at) {
        return false;
    }
    frame.payload = m_buffer.sliced(at, static_cast<qsizetype>(length));
    if (frame.masked) {
        for (qsizetype i = 0; i < frame.payload.size(); ++i) {
            frame.payload[i] = static_cast<char>(frame.payload[i] ^ m_buffer[maskAt + i % 4]);
        }
    }
    m_buffer.remove(0, at + static_cast<qsizetype>(length));
    handleFrame(frame);
    return true;
}

void RawPeer::handleFrame(const RawFrame &frame)
{
    m_frames.append(frame);
    emit frameReceived(frame);
    switch (frame.opcode) {
    case RawFrame::Ping:
        if (m_autoPong) {
            sendRaw(encodeFrame(RawFrame::Pong, frame.payload));
        }
        break;
    case RawFrame::Close: {
        const bool hasCode = frame.payload.size() >= 2;
        emit closeReceived(hasCode ? qFromBigEndian<quint16>(frame.payload.constData()) : 1005,
            hasCode ? frame.payload.sliced(2) : QByteArray());
        if (m_autoClose) {
            sendRaw(encodeFrame(RawFrame::Close, frame.payload));
            drop();
        }
        break;
    }
    case RawFrame::Text:
    case RawFrame::Binary:
    case RawFrame::Continuation:
        if (frame.opcode != RawFrame::Continuation) {
            m_messageOpcode = frame.opcode;
            m_message.clear();
        }
        m_message += frame.payload;
        if (frame.fin) {
            if (m_messageOpcode == RawFrame::Text) {
                emit textReceived(m_message);
            } else {
                emit binaryReceived(m_message);
            }
        }
        break;
    default:
        break;
    }
}

RawWebSocketServer::RawWebSocketServer(QObject *parent)
    : QObject(parent)
    , m_server(new QTcpServer(this))
{
    listen();
}

RawWebSocketServer::RawWebSocketServer(const QSslConfiguration &tls, QObject *parent)
    : QObject(parent)
    , m_server(nullptr)
    , m_tls(true)
{
    auto *server = new QSslServer(this);
    server->setSslConfiguration(tls);
    // Counted when TCP is there: whether TLS follows is what some tests are about.
    connect(server, &QSslServer::startedEncryptionHandshake, this, [this] { ++m_connections; });
    m_server = server;
    listen();
}

RawWebSocketServer::~RawWebSocketServer() = default;

void RawWebSocketServer::listen()
{
    m_server->setListenBacklogSize(1024);
    connect(m_server, &QTcpServer::pendingConnectionAvailable, this,
        &RawWebSocketServer::onNewConnection);
    if (!m_server->listen(QHostAddress::LocalHost)) {
        qFatal("no port to listen on: %ls", qUtf16Printable(m_server->errorString()));
    }
}

QUrl RawWebSocketServer::url(const QString &pathAndQuery) const
{
    const QString base = m_tls ? u"wss://localhost:%1%2"_s : u"ws://127.0.0.1:%1%2"_s;
    return QUrl(base.arg(QString::number(port()), pathAndQuery));
}

quint16 RawWebSocketServer::port() const
{
    return m_server->serverPort();
}

void RawWebSocketServer::setRequestHandler(std::function<void(RawPeer &)> handler)
{
    m_requestHandler = std::move(handler);
}

void RawWebSocketServer::setUpgradedHandler(std::function<void(RawPeer &)> handler)
{
    m_upgradedHandler = std::move(handler);
}

void RawWebSocketServer::closeListener()
{
    m_server->close();
}

void RawWebSocketServer::onNewConnection()
{
    while (QTcpSocket *socket = m_server->nextPendingConnection()) {
        m_connections += m_tls ? 0 : 1;
        auto *peer = new RawPeer(socket, this);
        m_peers.append(peer);
        connect(peer, &RawPeer::requestReceived, this, [this, peer] {
            if (m_requestHandler) {
                m_requestHandler(*peer);
                return;
            }
            const QByteArray offered = peer->header("Sec-WebSocket-Protocol");
            peer->acceptUpgrade(offered.isEmpty() ? QByteArray()
                                                  : "Sec-WebSocket-Protocol: "
                        + offered.split(',').constFirst().trimmed() + "\r\n");
            if (m_upgradedHandler) {
                m_upgradedHandler(*peer);
            }
            emit upgraded(peer);
        });
        emit peerConnected(peer);
        if (socket->bytesAvailable() > 0) {
            emit socket->readyRead();
        }
    }
}

QString certPath(const QString &fileName)
{
    return qEnvironmentVariable("EARSHOT_SOURCE_DIR") + u"/tests/support/certs/"_s + fileName;
}

QSslConfiguration serverTls(const QString &name, const QString &clientAuthority)
{
    QFile keyFile(certPath(name + u".key"_s));
    if (!keyFile.open(QIODevice::ReadOnly)) {
        qFatal("no test key %ls (is EARSHOT_SOURCE_DIR set?)", qUtf16Printable(keyFile.fileName()));
    }
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setLocalCertificateChain(QSslCertificate::fromPath(certPath(name + u".pem"_s)));
    tls.setPrivateKey(QSslKey(&keyFile, QSsl::Ec));
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    if (!clientAuthority.isEmpty()) {
        tls.setCaCertificates(QSslCertificate::fromPath(certPath(clientAuthority + u".pem"_s)));
        tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    }
    return tls;
}

} // namespace earshot::testsupport
