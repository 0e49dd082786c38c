// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/servicelog.h"

namespace earshot::service {

Q_LOGGING_CATEGORY(serviceLog, "earshot.service", QtInfoMsg)

} // namespace earshot::service
