// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/jsontext.h"

#include <QHash>
#include <QList>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

namespace earshot::triggers::json {

namespace {

/// Beyond any exponent that matters; keeps sums of exponents far from overflow.
constexpr qint64 kHugeExponent = qint64(1) << 40;

void appendUtf8(QByteArray &to, char32_t code)
{
    const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
    if (code < 0x80) {
        to.append(byte(code));
    } else if (code < 0x800) {
        to.append(byte(0xC0 | (code >> 6)));
        to.append(byte(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        to.append(byte(0xE0 | (code >> 12)));
        to.append(byte(0x80 | ((code >> 6) & 0x3F)));
        to.append(byte(0x80 | (code & 0x3F)));
    } else {
        to.append(byte(0xF0 | (code >> 18)));
        to.append(byte(0x80 | ((code >> 12) & 0x3F)));
        to.append(byte(0x80 | ((code >> 6) & 0x3F)));
        to.append(byte(0x80 | (code & 0x3F)));
    }
}

[[nodiscard]] constexpr char simpleEscape(char c) noexcept
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

/// The power of ten of the first digit that is not zero, to tell a number that is too large from
/// one that is too small. Only called when a number fits no double.
[[nodiscard]] bool isTooLarge(QByteArrayView text)
{
    qsizetype at = text.startsWith('-') ? 1 : 0;
    qint64 power = 0;
    bool seenDigit = false;
    bool afterPoint = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '.') {
            afterPoint = true;
        } else if (isDigit(c)) {
            seenDigit = seenDigit || c != '0';
            if (afterPoint) {
                power -= seenDigit ? 0 : 1;
            } else {
                power += seenDigit ? 1 : 0;
            }
        } else {
            break;
        }
    }
    if (!seenDigit) {
        return false;
    }
    if (at < text.size()) {
        ++at; // the e
        const bool negative = at < text.size() && text[at] == '-';
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
            ++at;
        }
        qint64 exponent = 0;
        for (; at < text.size(); ++at) {
            exponent = std::min(exponent * 10 + (text[at] - '0'), kHugeExponent);
        }
        power += negative ? -exponent : exponent;
    }
    return power > 0;
}

/// The shortest digits that read back as the same double, in the form `1.0`, `12.5`, `1e16`,
/// `1.5e-7`: plain from 1e-5 up to below 1e16.
[[nodiscard]] QByteArray realToText(double real)
{
    std::array<char, 40> buffer{};
    const auto [end, status] = std::to_chars(
        buffer.data(), buffer.data() + buffer.size(), real, std::chars_format::scientific);
    Q_UNUSED(status)
    const QByteArrayView text(buffer.data(), end - buffer.data());
    QByteArray result;
    qsizetype at = 0;
    if (text[0] == '-') {
        result.append('-');
        at = 1;
    }
    const qsizetype mark = text.indexOf('e');
    QByteArray digits(1, text[at]);
    if (mark > at + 2) {
        digits.append(text.sliced(at + 2, mark - at - 2));
    }
    const int exponent = text.sliced(mark + (text[mark + 1] == '+' ? 2 : 1)).toInt();
    const qsizetype count = digits.size();
    const qsizetype point = exponent + 1; // digits before the point
    if (count <= point && point <= 16) {
        return result + digits + QByteArray(point - count, '0') + ".0";
    }
    if (point > 0 && point <= 16) {
        return result + digits.left(point) + '.' + digits.mid(point);
    }
    if (point > -5 && point <= 0) {
        return result + "0." + QByteArray(-point, '0') + digits;
    }
    result.append(digits.front());
    if (count > 1) {
        result.append('.');
        result.append(digits.mid(1));
    }
    return result + 'e' + QByteArray::number(exponent);
}

void appendNumber(QByteArray &to, QByteArrayView text)
{
    const std::optional<Number> number = toNumber(text);
    if (!number.has_value()) {
        to.append(text); // never: the value is readable
        return;
    }
    switch (number->kind) {
    case Number::Kind::Unsigned:
    case Number::Kind::Negative:
        to.append(text); // an integer has only one spelling
        return;
    case Number::Kind::Double:
        to.append(realToText(number->real));
        return;
    }
}

void appendString(QByteArray &to, QByteArrayView inner)
{
    to.append('"');
    if (!inner.contains('\\')) {
        to.append(inner);
        to.append('"');
        return;
    }
    static constexpr char kHex[] = "0123456789abcdef";
    const QByteArray content = unescaped(inner).value_or(QByteArray());
    for (const char c : content) {
        switch (c) {
        case '"':
            to.append("\\\"");
            break;
        case '\\':
            to.append("\\\\");
            break;
        case '\b':
            to.append("\\b");
            break;
        case '\f':
            to.append("\\f");
            break;
        case '\n':
            to.append("\\n");
            break;
        case '\r':
            to.append("\\r");
            break;
        case '\t':
            to.append("\\t");
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                to.append("\\u00");
                to.append(kHex[(c >> 4) & 0xF]);
                to.append(kHex[c & 0xF]);
            } else {
                to.append(c);
            }
        }
    }
    to.append('"');
}

void appendCompacted(QByteArray &to, QByteArrayView value);

void appendObject(QByteArray &to, QByteArrayView value)
{
    struct Member
    {
        QByteArray key;
        QByteArrayView value;
    };
    QList<Member> members;
    QHash<QByteArray, qsizetype> places;
    Members each(value);
    while (each.next()) {
        QByteArray key;
        appendString(key, each.key());
        const auto place = places.constFind(key);
        if (place != places.cend()) {
            members[*place].value = each.value();
        } else {
            places.insert(key, members.size());
            members.append({key, each.value()});
        }
    }
    to.append('{');
    bool first = true;
    for (const Member &member : std::as_const(members)) {
        if (!first) {
            to.append(',');
        }
        first = false;
        to.append(member.key);
        to.append(':');
        appendCompacted(to, member.value);
    }
    to.append('}');
}

/// Recursion is bounded: a readable value is at most kMaxReadDepth deep.
void appendCompacted(QByteArray &to, QByteArrayView value)
{
    switch (value.front()) {
    case '{':
        appendObject(to, value);
        return;
    case '[': {
        to.append('[');
        Members each(value);
        bool first = true;
        while (each.next()) {
            if (!first) {
                to.append(',');
            }
            first = false;
            appendCompacted(to, each.value());
        }
        to.append(']');
        return;
    }
    case '"':
        appendString(to, value.sliced(1, value.size() - 2));
        return;
    case 't':
    case 'f':
    case 'n':
        to.append(value);
        return;
    default:
        appendNumber(to, value);
    }
}

} // namespace

bool isReadable(QByteArrayView value)
{
    // The value is well-formed: a quote outside a string opens one, and a number begins with a
    // digit or a minus.
    const char *at = value.data();
    const char *const end = at + value.size();
    int depth = 0;
    while (at != end) {
        switch (*at) {
        case '"': {
            const StringEnd string = skipString(at + 1, end);
            if (string.after == nullptr) {
                return false; // never: the value is well-formed
            }
            if (string.hasSurrogates
                && !unescaped(QByteArrayView(at + 1, string.after - at - 2)).has_value()) {
                return false;
            }
            at = string.after;
            break;
        }
        case '{':
        case '[':
            if (++depth > kMaxReadDepth) {
                return false;
            }
            ++at;
            break;
        case '}':
        case ']':
            --depth;
            ++at;
            break;
        default:
            if (*at == '-' || isDigit(*at)) {
                unsigned doubts = NoDoubt;
                const char *const after = skipNumber(at, end, doubts);
                if (after == nullptr) {
                    return false; // never: the value is well-formed
                }
                if ((doubts & Wide) != 0 && !toNumber(QByteArrayView(at, after - at)).has_value()) {
                    return false;
                }
                at = after;
            } else {
                ++at;
            }
        }
    }
    return true;
}

std::optional<QByteArray> unescaped(QByteArrayView inner)
{
    QByteArray result;
    result.reserve(inner.size());
    const char *at = inner.data();
    const char *const end = at + inner.size();
    while (at != end) {
        const auto *const mark
            = static_cast<const char *>(std::memchr(at, '\\', static_cast<size_t>(end - at)));
        if (mark == nullptr) {
            result.append(at, end - at);
            break;
        }
        result.append(at, mark - at);
        if (mark[1] != 'u') {
            result.append(simpleEscape(mark[1]));
            at = mark + 2;
            continue;
        }
        const int unit = hexQuad(mark + 2, end);
        at = mark + 6;
        if (!isSurrogate(unit)) {
            appendUtf8(result, static_cast<char32_t>(unit));
            continue;
        }
        if (unit >= 0xDC00 || end - at < 6 || at[0] != '\\' || at[1] != 'u') {
            return std::nullopt;
        }
        const int low = hexQuad(at + 2, end);
        if (low < 0xDC00 || low > 0xDFFF) {
            return std::nullopt;
        }
        appendUtf8(result,
            0x10000 + ((static_cast<char32_t>(unit) - 0xD800) << 10)
                + (static_cast<char32_t>(low) - 0xDC00));
        at += 6;
    }
    return result;
}

QByteArray compacted(QByteArrayView value)
{
    QByteArray result;
    result.reserve(value.size());
    appendCompacted(result, value);
    return result;
}

QByteArray withoutSpace(QByteArrayView json)
{
    QByteArray result;
    result.reserve(json.size());
    const char *at = json.data();
    const char *const end = at + json.size();
    while (at != end) {
        const char *const begin = at;
        if (*at == '"') {
            const StringEnd string = skipString(at + 1, end);
            at = string.after != nullptr ? string.after : end;
        } else {
            ++at;
            if (skipSpace(begin, at) != begin) {
                continue;
            }
        }
        result.append(begin, at - begin);
    }
    return result;
}

std::optional<Number> toNumber(QByteArrayView text)
{
    const bool negative = text.front() == '-';
    quint64 magnitude = 0;
    bool fits = true;
    qsizetype at = negative ? 1 : 0;
    for (; at < text.size() && isDigit(text[at]); ++at) {
        const auto digit = static_cast<quint64>(text[at] - '0');
        fits = fits && !__builtin_mul_overflow(magnitude, quint64(10), &magnitude)
            && !__builtin_add_overflow(magnitude, digit, &magnitude);
    }
    if (at == text.size() && fits) {
        if (!negative) {
            return Number{Number::Kind::Unsigned, magnitude, 0};
        }
        if (magnitude != 0 && magnitude <= quint64(1) << 63) {
            return Number{Number::Kind::Negative, magnitude, 0};
        }
    }
    double real = 0;
    const auto [after, status] = std::from_chars(text.data(), text.data() + text.size(), real);
    Q_UNUSED(after)
    if (status == std::errc::result_out_of_range || !std::isfinite(real)) {
        if (isTooLarge(text)) {
            return std::nullopt;
        }
        real = negative ? -0.0 : 0.0; // too small for a double
    }
    return Number{Number::Kind::Double, 0, real};
}

bool equalsUnescaped(QByteArrayView inner, bool hasEscapes, QByteArrayView plain)
{
    if (!hasEscapes) {
        return inner == plain;
    }
    if (inner.size() < plain.size()) {
        return false; // an escape is never shorter than what it stands for
    }
    const std::optional<QByteArray> content = unescaped(inner);
    return content.has_value() && *content == plain;
}

} // namespace earshot::triggers::json
