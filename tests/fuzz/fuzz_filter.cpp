// SPDX-License-Identifier: GPL-3.0-or-later
// Input: the filters on the first line, then the message. Compiles and asks the filter in every
// way, and compares the answers with the plain definitions of tests/triggers/slowfilter.h.
#include "../triggers/slowfilter.h"
#include "triggers/filterprogram.h"
#include "triggers/jsonfield.h"
#include "triggers/messageview.h"
#include "triggers/replytext.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <cstdlib>

using namespace Qt::StringLiterals;
using namespace earshot::triggers;

namespace {

/// The slow definitions recurse, so they are only asked about what is not deep.
bool isShallow(const QByteArray &text)
{
    return text.count('[') + text.count('{') < 500;
}

/// The definitions are about text that the WebSocket layer has found to be UTF-8.
bool isUtf8(const QByteArray &text)
{
    return QString::fromUtf8(text).toUtf8() == text;
}

void require(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray input(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const qsizetype border = input.indexOf('\n');
    const QByteArray filters
        = border < 0 ? QByteArray(R"([{"path":"a.b","value":[1]}])") : input.left(border);
    const QByteArray message = border < 0 ? input : input.mid(border + 1);

    static_cast<void>(rawMessageText(message));
    static_cast<void>(
        replyText(message, true, {.canReturnMessage = true, .canReturnErrorResult = false}));
    const JsonFieldCapture capture(u"a"_s);
    MessageView view(message);
    const std::optional<QByteArray> captured = capture.capture(view);
    require(captured == capture.capture(message));
    const bool comparable = isShallow(message) && isUtf8(message);
    require(!comparable || captured == slow::capture("a", message));

    for (const QStringView logic : {u"and", u"or"}) {
        const auto program = FilterProgram::compile(filters, logic);
        if (!program) {
            return 0;
        }
        const bool matches = program->matches(message);
        require(matches == program->matches(view));
        require(matches == program->explain(message).matches);
        require(!comparable || !isUtf8(filters)
            || matches == slow::matches(filters, logic == u"or", message));
    }
    return 0;
}
