// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace earshot::widgets {

/// The error in the result of a failed run (`{"error":{…}}`) for people: what it says, then where
/// it came from. Empty when the result is no such object.
[[nodiscard]] QString errorText(const QString &result);

} // namespace earshot::widgets
