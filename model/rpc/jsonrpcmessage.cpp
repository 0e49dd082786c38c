// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/jsonrpcmessage.h"

#include "model/rpc/errorcodes.h"

#include <QJsonDocument>
#include <QJsonParseError>

using namespace Qt::StringLiterals;

namespace earshot::rpc {

namespace {

QByteArray lineOf(QJsonObject message)
{
    message.insert("jsonrpc"_L1, "2.0"_L1);
    QByteArray line = QJsonDocument(message).toJson(QJsonDocument::Compact);
    line += '\n';
    return line;
}

bool isWholeNumber(const QJsonValue &value)
{
    return value.isDouble() && value.toInteger(0) == value.toInteger(1);
}

bool isId(const QJsonValue &value)
{
    return isWholeNumber(value) || (value.isString() && value.toString().size() <= 256);
}

} // namespace

std::variant<JsonRpcRequest, JsonRpcFault> parseRequest(const QByteArray &line)
{
    QJsonParseError parseError;
    const QJsonDocument document = QJsonDocument::fromJson(line, &parseError);
    if (parseError.error != QJsonParseError::NoError) {
        return JsonRpcFault{.code = kParseError,
            .message
            = u"not JSON: %1 at byte %2"_s.arg(parseError.errorString()).arg(parseError.offset)};
    }
    if (document.isArray()) {
        return JsonRpcFault{
            .code = kInvalidRequest, .message = u"batches are not accepted, send a line each"_s};
    }
    const QJsonObject object = document.object();
    JsonRpcFault fault;
    fault.code = kInvalidRequest;
    const QJsonValue id = object.value("id"_L1);
    if (isId(id)) {
        fault.id = id;
    }
    if (object.value("jsonrpc"_L1).toString() != "2.0"_L1) {
        fault.message = u"`jsonrpc` must be \"2.0\""_s;
        return fault;
    }
    if (!isId(id)) {
        fault.message = u"`id` must be a whole number or a text of at most 256 characters"_s;
        return fault;
    }
    const QJsonValue method = object.value("method"_L1);
    if (!method.isString()) {
        fault.message = u"`method` must be text"_s;
        return fault;
    }
    const QJsonValue params = object.value("params"_L1);
    if (!params.isObject() && !params.isUndefined()) {
        fault.message = u"`params` must be an object"_s;
        return fault;
    }
    return JsonRpcRequest{.id = id, .method = method.toString(), .params = params.toObject()};
}

Result<std::variant<JsonRpcResponse, JsonRpcNotification>> parseAnswer(const QByteArray &line)
{
    using Answer = std::variant<JsonRpcResponse, JsonRpcNotification>;
    QJsonParseError parseError;
    const QJsonObject object = QJsonDocument::fromJson(line, &parseError).object();
    if (parseError.error != QJsonParseError::NoError) {
        return Error{ErrorCode::Parse,
            u"the service sent a line that is not JSON: %1"_s.arg(parseError.errorString()),
            QString()};
    }
    const QJsonValue id = object.value("id"_L1);
    if (id.isUndefined() && object.value("method"_L1).isString()) {
        return Answer(JsonRpcNotification{.method = object.value("method"_L1).toString(),
            .params = object.value("params"_L1).toObject()});
    }
    if (object.value("error"_L1).isObject()) {
        const QJsonObject error = object.value("error"_L1).toObject();
        const QString detail = error.value("data"_L1).toObject().value("detail"_L1).toString();
        return Answer(JsonRpcResponse{.id = id,
            .result = Error{errorCode(error.value("code"_L1).toInt()),
                error.value("message"_L1).toString(), detail}});
    }
    if (object.value("result"_L1).isObject()) {
        return Answer(JsonRpcResponse{.id = id, .result = object.value("result"_L1).toObject()});
    }
    return Error{
        ErrorCode::Parse, u"the service sent a line that is no JSON-RPC answer"_s, QString()};
}

QByteArray requestLine(const QJsonValue &id, const QString &method, const QJsonObject &params)
{
    return lineOf({{u"id"_s, id}, {u"method"_s, method}, {u"params"_s, params}});
}

QByteArray resultLine(const QJsonValue &id, const QJsonObject &result)
{
    return lineOf({{u"id"_s, id}, {u"result"_s, result}});
}

QByteArray errorLine(const QJsonValue &id, const Error &error)
{
    return faultLine(
        {.id = id, .code = rpcCode(error.code), .message = error.message}, error.detail);
}

QByteArray faultLine(const JsonRpcFault &fault, const QString &detail)
{
    QJsonObject data{{u"code"_s, rpcName(fault.code)}};
    if (!detail.isEmpty()) {
        data.insert("detail"_L1, detail);
    }
    return lineOf({{u"id"_s, fault.id},
        {u"error"_s,
            QJsonObject{
                {u"code"_s, fault.code}, {u"message"_s, fault.message}, {u"data"_s, data}}}});
}

QByteArray notificationLine(const QString &method, const QJsonObject &params)
{
    return lineOf({{u"method"_s, method}, {u"params"_s, params}});
}

void LineSplitter::append(const QByteArray &bytes)
{
    if (m_overflown) {
        return;
    }
    if (m_start == m_buffer.size()) {
        m_buffer = bytes;
        m_start = 0;
        m_scanned = 0;
        return;
    }
    m_buffer += bytes;
}

std::optional<QByteArray> LineSplitter::next()
{
    while (!m_overflown) {
        const qsizetype end = m_buffer.indexOf('\n', m_scanned);
        if ((end < 0 ? m_buffer.size() : end) - m_start > m_maxLineBytes) {
            m_overflown = true;
            m_buffer.clear();
            m_start = 0;
            m_scanned = 0;
            break;
        }
        if (end < 0) {
            // What was handed out is given back only now: one move per append, not per line.
            m_buffer.remove(0, m_start);
            m_start = 0;
            m_scanned = m_buffer.size();
            break;
        }
        QByteArray line = m_buffer.mid(m_start, end - m_start);
        m_start = end + 1;
        m_scanned = m_start;
        if (line.endsWith('\r')) {
            line.chop(1);
        }
        if (!line.isEmpty()) {
            return line;
        }
    }
    return std::nullopt;
}

} // namespace earshot::rpc
