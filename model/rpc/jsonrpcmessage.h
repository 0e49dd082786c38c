// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QString>

#include <optional>
#include <variant>

/// Lines of the control socket: one compact JSON-RPC 2.0 message each, ended by a newline.
namespace earshot::rpc {

/// Bytes of a line without its newline, in both directions.
inline constexpr qsizetype kMaxLineBytes = qsizetype(1024) * 1024;

struct JsonRpcRequest
{
    QJsonValue id; ///< text or a whole number
    QString method;
    QJsonObject params;
};

/// A line that is no request; `id` is null where it could not be told.
struct JsonRpcFault
{
    QJsonValue id = QJsonValue::Null;
    int code = 0;
    QString message;
};

struct JsonRpcNotification
{
    QString method;
    QJsonObject params;
};

struct JsonRpcResponse
{
    QJsonValue id;
    Result<QJsonObject> result;
};

[[nodiscard]] std::variant<JsonRpcRequest, JsonRpcFault> parseRequest(const QByteArray &line);
/// What a service says to a client.
[[nodiscard]] Result<std::variant<JsonRpcResponse, JsonRpcNotification>> parseAnswer(
    const QByteArray &line);

/// All with their newline.
[[nodiscard]] QByteArray requestLine(
    const QJsonValue &id, const QString &method, const QJsonObject &params);
[[nodiscard]] QByteArray resultLine(const QJsonValue &id, const QJsonObject &result);
[[nodiscard]] QByteArray errorLine(const QJsonValue &id, const Error &error);
[[nodiscard]] QByteArray faultLine(const JsonRpcFault &fault, const QString &detail = {});
[[nodiscard]] QByteArray notificationLine(const QString &method, const QJsonObject &params);

/// Cuts a stream into lines. Memory is bounded by the cap plus what one append() brought.
class LineSplitter
{
public:
    explicit LineSplitter(qsizetype maxLineBytes = kMaxLineBytes)
        : m_maxLineBytes(maxLineBytes)
    { }

    void append(const QByteArray &bytes);
    /// The next whole line without its newline (and carriage return); empty lines are skipped.
    [[nodiscard]] std::optional<QByteArray> next();
    /// A line grew past the cap: nothing more comes out.
    [[nodiscard]] bool isOverflown() const noexcept { return m_overflown; }
    [[nodiscard]] qsizetype bufferedBytes() const noexcept { return m_buffer.size() - m_start; }

private:
    QByteArray m_buffer;
    qsizetype m_start = 0; ///< of the line that is not complete yet
    qsizetype m_scanned = 0; ///< no newline between m_start and here
    qsizetype m_maxLineBytes;
    bool m_overflown = false;
};

} // namespace earshot::rpc
