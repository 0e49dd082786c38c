// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QJsonArray>
#include <QList>
#include <QString>

namespace earshot {

/// What Windmill refuses about `filters` when a trigger is saved, with its texts.
/// All problems in document order; empty = acceptable.
[[nodiscard]] QList<Error> filterErrors(const QJsonArray &filters);

/// The first of filterErrors().
[[nodiscard]] Result<void> validateFilters(const QJsonArray &filters);

/// The texts, for whoever reads filters in another form. Each is an InvalidArgument error.
namespace filtertext {

/// `filter #1` for the entry with index 0.
[[nodiscard]] QString location(int index);
/// `filter #1 -> any_of[0]`.
[[nodiscard]] QString location(const QString &parent, const QString &group, int index);

[[nodiscard]] Error filtersIsNoArray();
[[nodiscard]] Error groupIsNoArray(const QString &location, const QString &group);
[[nodiscard]] Error keyAndPath(const QString &location);
[[nodiscard]] Error unknownShape(const QString &location);
[[nodiscard]] Error emptySegment(const QString &location, const QString &path);

} // namespace filtertext

} // namespace earshot
