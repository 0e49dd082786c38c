// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/jsonrpcmessage.h"
#include "model/rpc/jsonwriter.h"
#include "model/rpc/methods.h"

#include <cstdint>
#include <cstdlib>

using namespace earshot::rpc;

namespace {

/// Every answer has to be one line that a client reads back.
void check(const QByteArray &line)
{
    if (line.count('\n') != 1 || !line.endsWith('\n') || !parseAnswer(line.chopped(1))) {
        std::abort();
    }
}

template <typename Method>
void readParameters(const JsonRpcRequest &request)
{
    if (request.method != QLatin1StringView(Method::kName)) {
        return;
    }
    const auto params = fromJson<typename Method::Params>(request.params, FieldRule::Strict);
    if (!params) {
        check(errorLine(request.id, params.error()));
        return;
    }
    // what was understood is said again in a form that is understood the same
    const auto again = fromJson<typename Method::Params>(toJson(*params), FieldRule::Strict);
    if (!again || toJson(*again) != toJson(*params)) {
        std::abort();
    }
}

} // namespace

/// The control socket's side that strangers' bytes reach: lines out of a stream, requests out of
/// lines, parameters out of requests.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto bytes = QByteArray::fromRawData(
        reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    // The same lines must come out whole and byte by byte, under a small cap as well.
    LineSplitter whole(256);
    LineSplitter pieces(256);
    whole.append(QByteArray(bytes.constData(), bytes.size()));
    QList<QByteArray> lines;
    while (auto line = whole.next()) {
        lines.append(*line);
    }
    qsizetype index = 0;
    for (const char byte : bytes) {
        pieces.append(QByteArray(1, byte));
        while (const auto line = pieces.next()) {
            if (index >= lines.size() || lines.at(index++) != *line) {
                std::abort();
            }
        }
    }
    if (index != lines.size() || whole.isOverflown() != pieces.isOverflown()) {
        std::abort();
    }

    lines.append(bytes);
    for (const QByteArray &line : std::as_const(lines)) {
        const auto parsed = parseRequest(line);
        if (const auto *fault = std::get_if<JsonRpcFault>(&parsed)) {
            check(faultLine(*fault));
        } else {
            const auto &request = std::get<JsonRpcRequest>(parsed);
            readParameters<ServiceHello>(request);
            readParameters<TriggerSave>(request);
            readParameters<TriggerSetMode>(request);
            readParameters<TriggerResume>(request);
            readParameters<SessionSend>(request);
            readParameters<RunList>(request);
            readParameters<RunRead>(request);
            readParameters<RunStart>(request);
            readParameters<ResourceSet>(request);
            check(resultLine(request.id, request.params));
        }
        if (const auto answer = parseAnswer(line)) {
            QByteArray text;
            appendJsonString(&text, previewOf(line));
        }
    }
    return 0;
}
