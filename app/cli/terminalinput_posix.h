// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QString>

namespace earshot::cli {

[[nodiscard]] bool stdinIsTerminal();
/// One line from the terminal; what is typed is not shown when `hidden`.
[[nodiscard]] Result<QString> askPerson(const QString &prompt, bool hidden);

} // namespace earshot::cli
