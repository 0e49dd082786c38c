// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "triggers/jsonscan.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

/// Reading what jsonscan.h has found well-formed. Thread-safe.
namespace earshot::triggers::json {

/// Whether the whole of a well-formed value can be read: no lone surrogate in any string, no
/// number beyond a double, at most kMaxReadDepth deep.
[[nodiscard]] bool isReadable(QByteArrayView value);

/// The content of a string given without its quotes; nothing if an escape is a lone surrogate.
[[nodiscard]] std::optional<QByteArray> unescaped(QByteArrayView inner);

/// Whether the text of a key or string (without quotes) stands for exactly `plain`.
[[nodiscard]] bool equalsUnescaped(QByteArrayView inner, bool hasEscapes, QByteArrayView plain);

/// A readable value as one line without spaces: numbers and escapes in their shortest form, order
/// of keys kept, of a repeated key the last value at the first place.
[[nodiscard]] QByteArray compacted(QByteArrayView value);

/// The text with the whitespace outside strings removed, every other byte kept.
[[nodiscard]] QByteArray withoutSpace(QByteArrayView json);

/// How a JSON number compares: integers exactly, and never equal to a number with a fraction or an
/// exponent. Integers beyond 64 bits count as doubles, and so does -0.
struct Number
{
    enum class Kind { Unsigned, Negative, Double };
    Kind kind = Kind::Unsigned;
    quint64 magnitude = 0; ///< of the two integer kinds
    double real = 0;

    friend bool operator==(const Number &a, const Number &b) noexcept
    {
        return a.kind == b.kind
            && (a.kind == Kind::Double ? a.real == b.real : a.magnitude == b.magnitude);
    }
};

/// The text must be a well-formed number; nothing if it is beyond a double.
[[nodiscard]] std::optional<Number> toNumber(QByteArrayView text);

} // namespace earshot::triggers::json
