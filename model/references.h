// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QJsonObject>
#include <QJsonValue>
#include <QString>
#include <QStringList>
#include <QStringView>

#include <optional>

namespace earshot {

/// Arrays nested deeper, or with more items, are left as they are; both numbers are Windmill's.
inline constexpr int kMaxReferenceArrayDepth = 2;
inline constexpr int kMaxReferenceArrayItems = 1000;
/// How deep resources may refer to resources, and how many references one document may resolve:
/// resources that name each other many times would otherwise grow without end.
inline constexpr int kMaxResourceDepth = 16;
inline constexpr int kMaxReferences = 10'000;

/// Where values come from. Called on the thread of whoever substitutes.
class ReferenceLookup
{
public:
    ReferenceLookup() = default;
    virtual ~ReferenceLookup() = default;
    Q_DISABLE_COPY_MOVE(ReferenceLookup)

    [[nodiscard]] virtual Result<QString> variable(const QString &path) const = 0;
    /// The stored value; references in it are not yet resolved.
    [[nodiscard]] virtual Result<QJsonValue> resource(const QString &path) const = 0;
    /// Value of `$NAME` for the reserved names of a run; nothing leaves the text as it is.
    [[nodiscard]] virtual std::optional<QString> reserved(const QString &name) const
    {
        Q_UNUSED(name)
        return std::nullopt;
    }
};

/// A value with every string that begins with `$var:` or `$res:` replaced, by Windmill's rules for
/// arguments: objects are searched through, arrays to a depth. `name` is the argument, for errors.
/// Never to be given a message from outside: whoever writes it could read secrets.
[[nodiscard]] Result<QJsonValue> substitute(
    const QString &name, const QJsonValue &value, const ReferenceLookup &lookup);
[[nodiscard]] Result<QJsonObject> substituteArgs(
    const QJsonObject &args, const ReferenceLookup &lookup);

/// A text with every `$var:path` and `$res:path` in it replaced, wherever it stands. A path is the
/// longest run of letters, digits and `_ / . -` that has a `/` inside and ends in none of `/ .`;
/// without one the text stays as it is. A resource that is no string becomes compact JSON.
[[nodiscard]] Result<QString> substituteText(
    const QString &name, const QString &text, const ReferenceLookup &lookup);

/// `$var:f/a/b` and `$res:f/a/c` as they occur in a text, each once, in order.
[[nodiscard]] QStringList referencesIn(QStringView text);

} // namespace earshot
