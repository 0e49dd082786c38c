// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/jsonscan.h"

#include <QVarLengthArray>

#include <cstring>

namespace earshot::triggers::json {

namespace {

/// Digits a number may have and certainly be below the largest double.
constexpr qsizetype kSafeDigits = 300;

[[nodiscard]] constexpr int hexValue(char c) noexcept
{
    if (isDigit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

[[nodiscard]] inline const char *skipWord(
    const char *at, const char *end, QByteArrayView word) noexcept
{
    if (end - at < word.size()
        || std::memcmp(at, word.data(), static_cast<size_t>(word.size())) != 0) {
        return nullptr;
    }
    return at + word.size();
}

/// Which containers are open, one bit each; true = object.
class Nesting
{
public:
    void open(bool isObject)
    {
        const qsizetype word = m_depth / 64;
        if (word == m_bits.size()) {
            m_bits.append(0);
        }
        const quint64 bit = quint64(1) << (m_depth % 64);
        m_bits[word] = isObject ? (m_bits[word] | bit) : (m_bits[word] & ~bit);
        ++m_depth;
        m_inObject = isObject;
    }
    void close() noexcept
    {
        --m_depth;
        m_inObject = m_depth > 0 && ((m_bits[(m_depth - 1) / 64] >> ((m_depth - 1) % 64)) & 1) != 0;
    }
    [[nodiscard]] qsizetype depth() const noexcept { return m_depth; }
    [[nodiscard]] bool inObject() const noexcept { return m_inObject; }

private:
    QVarLengthArray<quint64, 16> m_bits;
    qsizetype m_depth = 0;
    bool m_inObject = false;
};

/// Skips a key and its colon up to the value; null when malformed.
[[nodiscard]] inline const char *skipKey(const char *at, const char *end, unsigned &doubts) noexcept
{
    if (at == end || *at != '"') {
        return nullptr;
    }
    const StringEnd key = skipString(at + 1, end);
    if (key.after == nullptr) {
        return nullptr;
    }
    doubts |= key.hasSurrogates ? Escaped : NoDoubt;
    at = skipSpace(key.after, end);
    if (at == end || *at != ':') {
        return nullptr;
    }
    return skipSpace(at + 1, end);
}

} // namespace

int hexQuad(const char *at, const char *end) noexcept
{
    if (end - at < 4) {
        return -1;
    }
    int value = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hexValue(at[i]);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

const char *skipNumber(const char *at, const char *end, unsigned &doubts) noexcept
{
    const char *const begin = at;
    if (*at == '-') {
        ++at;
    }
    if (at == end || !isDigit(*at)) {
        return nullptr;
    }
    if (*at == '0') {
        ++at;
        if (at != end && isDigit(*at)) {
            return nullptr;
        }
    } else {
        do {
            ++at;
        } while (at != end && isDigit(*at));
    }
    if (at - begin > kSafeDigits) {
        doubts |= Wide;
    }
    if (at == end) {
        return at;
    }
    if (*at == '.') {
        ++at;
        if (at == end || !isDigit(*at)) {
            return nullptr;
        }
        do {
            ++at;
        } while (at != end && isDigit(*at));
        if (at == end) {
            return at;
        }
    }
    if (*at == 'e' || *at == 'E') {
        doubts |= Wide;
        ++at;
        if (at != end && (*at == '+' || *at == '-')) {
            ++at;
        }
        if (at == end || !isDigit(*at)) {
            return nullptr;
        }
        do {
            ++at;
        } while (at != end && isDigit(*at));
    }
    return at;
}

StringEnd skipStringFrom(const char *at, const char *end) noexcept
{
    StringEnd result;
    for (;; at = findRunEnd(at, end)) {
        if (at == end) {
            return {};
        }
        if (*at == '"') {
            result.after = at + 1;
            return result;
        }
        if (*at != '\\' || end - at < 2) {
            return {};
        }
        result.hasEscapes = true;
        switch (at[1]) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            at += 2;
            break;
        case 'u': {
            const int unit = hexQuad(at + 2, end);
            if (unit < 0) {
                return {};
            }
            result.hasSurrogates = result.hasSurrogates || isSurrogate(unit);
            at += 6;
            break;
        }
        default:
            return {};
        }
    }
}

const char *skipValue(const char *at, const char *end, unsigned &doubts)
{
    Nesting nesting;
    while (true) {
        // A value begins here.
        if (at == end) {
            return nullptr;
        }
        switch (*at) {
        case '"': {
            const StringEnd string = skipString(at + 1, end);
            at = string.after;
            doubts |= string.hasSurrogates ? Escaped : NoDoubt;
            break;
        }
        case '{':
        case '[': {
            const bool isObject = *at == '{';
            nesting.open(isObject);
            if (nesting.depth() >= kMaxReadDepth) {
                doubts |= Deep;
            }
            at = skipSpace(at + 1, end);
            if (at != end && *at == (isObject ? '}' : ']')) {
                break; // closed below
            }
            if (isObject) {
                at = skipKey(at, end, doubts);
                if (at == nullptr) {
                    return nullptr;
                }
            }
            continue;
        }
        case 't':
            at = skipWord(at, end, "true");
            break;
        case 'f':
            at = skipWord(at, end, "false");
            break;
        case 'n':
            at = skipWord(at, end, "null");
            break;
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
            at = skipNumber(at, end, doubts);
            break;
        default:
            return nullptr;
        }
        if (at == nullptr) {
            return nullptr;
        }
        // A value ended, or an empty container is about to: close what closes, then go on.
        while (true) {
            if (nesting.depth() == 0) {
                return at;
            }
            at = skipSpace(at, end);
            if (at == end) {
                return nullptr;
            }
            if (*at == ',') {
                at = skipSpace(at + 1, end);
                if (nesting.inObject()) {
                    at = skipKey(at, end, doubts);
                    if (at == nullptr) {
                        return nullptr;
                    }
                }
                break;
            }
            if (*at != (nesting.inObject() ? '}' : ']')) {
                return nullptr;
            }
            nesting.close();
            ++at;
        }
    }
}

bool Members::next()
{
    m_at = skipSpace(m_at, m_end);
    if (m_at != m_end && *m_at == ',') {
        m_at = skipSpace(m_at + 1, m_end);
    }
    if (m_at == m_end || *m_at == '}' || *m_at == ']') {
        return false;
    }
    if (m_isObject) {
        const StringEnd key = skipString(m_at + 1, m_end);
        if (key.after == nullptr) {
            return false; // never: the container is well-formed
        }
        m_key = QByteArrayView(m_at + 1, key.after - m_at - 2);
        m_keyHasEscapes = key.hasEscapes;
        m_at = skipSpace(skipSpace(key.after, m_end) + 1, m_end);
    }
    unsigned doubts = NoDoubt;
    const char *const after = skipValue(m_at, m_end, doubts);
    if (after == nullptr) {
        return false; // never: the container is well-formed
    }
    m_value = QByteArrayView(m_at, after - m_at);
    m_at = after;
    return true;
}

} // namespace earshot::triggers::json
