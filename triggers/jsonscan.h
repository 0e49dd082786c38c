// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QtEndian>

#include <bit>
#include <cstring>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/// JSON scanned as text, for messages that must stay bytes: nothing here builds a document, keeps
/// state, needs padding or recurses. The grammar is that of the parser Windmill uses, so that both
/// agree on what is malformed. Input is UTF-8 that the WebSocket layer has validated; other bytes
/// from 0x80 up pass through inside strings and are refused elsewhere. Thread-safe.
namespace earshot::triggers::json {

/// Containers inside each other that a value may have and still be read. A value that is only
/// skipped may be as deep as it likes.
constexpr int kMaxReadDepth = 127;

/// What skipping noticed about a value. A well-formed value without any of these is readable.
enum Doubt : unsigned {
    NoDoubt = 0,
    Escaped = 1, ///< a string with an escape `\uD800` to `\uDFFF`: may be a lone surrogate
    Wide = 2, ///< a number with an exponent or very many digits: may be beyond a double
    Deep = 4, ///< kMaxReadDepth or more containers inside each other
};

[[nodiscard]] constexpr bool isDigit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool isSurrogate(int unit) noexcept
{
    return unit >= 0xD800 && unit <= 0xDFFF;
}

/// The value of the four hexadecimal digits at `at`, or -1.
[[nodiscard]] int hexQuad(const char *at, const char *end) noexcept;

[[nodiscard]] inline const char *skipSpace(const char *at, const char *end) noexcept
{
    while (at != end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        ++at;
    }
    return at;
}

struct StringEnd
{
    const char *after = nullptr; ///< past the closing quote; null = malformed
    bool hasEscapes = false;
    bool hasSurrogates = false; ///< an escape `\uD800` to `\uDFFF` is in it
};

[[nodiscard]] constexpr bool endsPlainRun(char c) noexcept
{
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

/// The first quote, backslash or control character at or after `at`, or the end.
[[nodiscard]] inline const char *findRunEnd(const char *at, const char *end) noexcept
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i lastControl = _mm_set1_epi8(0x1F);
    while (end - at >= 16) {
        __m128i bytes;
        std::memcpy(&bytes, at, sizeof bytes);
        const __m128i hits = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
            _mm_cmpeq_epi8(_mm_min_epu8(bytes, lastControl), bytes));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits));
        if (mask != 0) {
            return at + std::countr_zero(mask);
        }
        at += 16;
    }
#else
    constexpr quint64 ones = ~quint64(0) / 255;
    constexpr quint64 highs = ones << 7;
    while (end - at >= 8) {
        const auto bytes = qFromLittleEndian<quint64>(at);
        const quint64 quotes = bytes ^ (ones * '"');
        const quint64 backslashes = bytes ^ (ones * '\\');
        const quint64 hits = (((bytes - ones * 0x20) & ~bytes) | ((quotes - ones) & ~quotes)
                                 | ((backslashes - ones) & ~backslashes))
            & highs;
        if (hits != 0) {
            return at + std::countr_zero(hits) / 8;
        }
        at += 8;
    }
#endif
    while (at != end && !endsPlainRun(*at)) {
        ++at;
    }
    return at;
}

/// Goes on with a string from findRunEnd().
[[nodiscard]] StringEnd skipStringFrom(const char *at, const char *end) noexcept;

/// `at` is past the opening quote.
[[nodiscard]] inline StringEnd skipString(const char *at, const char *end) noexcept
{
    at = findRunEnd(at, end);
    if (at != end && *at == '"') [[likely]] {
        return {.after = at + 1};
    }
    return skipStringFrom(at, end);
}

/// `at` is at the first byte of a number. Null when it is malformed.
[[nodiscard]] const char *skipNumber(const char *at, const char *end, unsigned &doubts) noexcept;

/// `at` is at the first byte of a value. Returns where it ends, or null when it is malformed.
/// Doubts are added to `doubts`. Takes time linear in the length.
[[nodiscard]] const char *skipValue(const char *at, const char *end, unsigned &doubts);

/// Steps through the members of an object or the items of an array. The container must be
/// well-formed and begin with its bracket.
class Members
{
public:
    explicit Members(QByteArrayView container) noexcept
        : m_at(container.data() + 1)
        , m_end(container.data() + container.size())
        , m_isObject(container.front() == '{')
    { }

    [[nodiscard]] bool next();
    [[nodiscard]] QByteArrayView key() const noexcept { return m_key; } ///< without quotes
    [[nodiscard]] bool keyHasEscapes() const noexcept { return m_keyHasEscapes; }
    [[nodiscard]] QByteArrayView value() const noexcept { return m_value; }

private:
    const char *m_at;
    const char *m_end;
    QByteArrayView m_key;
    QByteArrayView m_value;
    bool m_isObject;
    bool m_keyHasEscapes = false;
};

/// One top-level field of a message, as text.
struct Field
{
    QByteArrayView key; ///< without quotes, not unescaped
    QByteArrayView value;
    unsigned doubts = NoDoubt; ///< about the value
    bool keyHasEscapes = false;
    bool keyHasSurrogates = false;
};

enum class ScanEnd {
    Complete, ///< an object, well-formed up to its closing brace
    NoObject, ///< malformed, or something other than an object
    Stopped, ///< the visitor wanted no more; nothing is known about the rest
};

struct Scan
{
    ScanEnd end = ScanEnd::NoObject;
    const char *after = nullptr; ///< past the closing brace (Complete), or where it went wrong
};

/// Calls `visit(field)` for each top-level field, in order and with repetitions, until it returns
/// false. A field is visited before the rest of the message is known to be well-formed.
template <typename Visit>
[[nodiscard]] Scan scanFields(QByteArrayView message, Visit &&visit)
{
    const char *at = message.data();
    const char *const end = at + message.size();
    at = skipSpace(at, end);
    if (at == end || *at != '{') {
        return {ScanEnd::NoObject, at};
    }
    at = skipSpace(at + 1, end);
    if (at != end && *at == '}') {
        return {ScanEnd::Complete, at + 1};
    }
    while (true) {
        if (at == end || *at != '"') {
            return {ScanEnd::NoObject, at};
        }
        Field field;
        const StringEnd key = skipString(at + 1, end);
        if (key.after == nullptr) {
            return {ScanEnd::NoObject, at};
        }
        field.key = QByteArrayView(at + 1, key.after - at - 2);
        field.keyHasEscapes = key.hasEscapes;
        field.keyHasSurrogates = key.hasSurrogates;
        at = skipSpace(key.after, end);
        if (at == end || *at != ':') {
            return {ScanEnd::NoObject, at};
        }
        at = skipSpace(at + 1, end);
        const char *const after = skipValue(at, end, field.doubts);
        if (after == nullptr) {
            return {ScanEnd::NoObject, at};
        }
        field.value = QByteArrayView(at, after - at);
        if (!visit(std::as_const(field))) {
            return {ScanEnd::Stopped, after};
        }
        at = skipSpace(after, end);
        if (at != end && *at == '}') {
            return {ScanEnd::Complete, at + 1};
        }
        if (at == end || *at != ',') {
            return {ScanEnd::NoObject, at};
        }
        at = skipSpace(at + 1, end);
    }
}

} // namespace earshot::triggers::json
