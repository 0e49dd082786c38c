// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>

namespace earshot::runner {

Q_DECLARE_LOGGING_CATEGORY(lcRunner)

} // namespace earshot::runner
