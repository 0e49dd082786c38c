// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/replytext.h"

#include "triggers/jsontext.h"

namespace earshot::triggers {

namespace {

[[nodiscard]] QByteArrayView trimmedSpace(QByteArrayView text)
{
    const char *const end = text.data() + text.size();
    const char *const begin = json::skipSpace(text.data(), end);
    const char *last = end;
    while (last != begin && json::skipSpace(last - 1, last) == last) {
        --last;
    }
    return {begin, last - begin};
}

/// The content, if the text is one JSON string and nothing else.
[[nodiscard]] std::optional<QByteArray> stringContent(QByteArrayView text)
{
    if (text.size() < 2 || text.front() != '"') {
        return std::nullopt;
    }
    const char *const end = text.data() + text.size();
    const json::StringEnd string = json::skipString(text.data() + 1, end);
    if (string.after != end) {
        return std::nullopt;
    }
    const QByteArrayView inner = text.sliced(1, text.size() - 2);
    return string.hasEscapes ? json::unescaped(inner) : inner.toByteArray();
}

} // namespace

QByteArray rawMessageText(const QByteArray &raw)
{
    return stringContent(trimmedSpace(raw)).value_or(raw);
}

QByteArray resultText(QByteArrayView resultJson)
{
    const QByteArrayView text = trimmedSpace(resultJson);
    if (std::optional<QByteArray> content = stringContent(text)) {
        return *std::move(content);
    }
    return json::withoutSpace(text);
}

std::optional<QByteArray> replyText(QByteArrayView resultJson, bool success, ReplyRule rule)
{
    if (!rule.canReturnMessage || (!success && !rule.canReturnErrorResult)) {
        return std::nullopt;
    }
    const QByteArrayView text = trimmedSpace(resultJson);
    if (text.isEmpty() || text == "null") {
        return std::nullopt;
    }
    return resultText(text);
}

} // namespace earshot::triggers
