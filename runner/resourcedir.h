// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace earshot::runner {

/// Where drivers and runtime files are: `EARSHOT_RESOURCE_DIR`, else `../share/earshot` beside the
/// executable, else the sources of the build tree it lies in. Drivers must be files on disk.
[[nodiscard]] QString resourceDir();

} // namespace earshot::runner
