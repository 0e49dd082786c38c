// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/logging.h"

namespace earshot::runner {

Q_LOGGING_CATEGORY(lcRunner, "earshot.runner", QtInfoMsg)

} // namespace earshot::runner
