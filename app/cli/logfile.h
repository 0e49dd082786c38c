// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace earshot::cli {

/// From now on log messages go to stderr and to `<folder>/earshot.log`, which is rotated at 4 MiB
/// and kept three times. A folder that cannot be written leaves stderr alone.
void installLogFile(const QString &folder);

} // namespace earshot::cli
