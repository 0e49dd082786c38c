// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>

namespace earshot::service {

Q_DECLARE_LOGGING_CATEGORY(serviceLog)

} // namespace earshot::service
