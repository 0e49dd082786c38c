// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/triggerconfig.h"

namespace earshot {

QString toString(TriggerMode mode)
{
    switch (mode) {
    case TriggerMode::Enabled:
        return QStringLiteral("enabled");
    case TriggerMode::Disabled:
        return QStringLiteral("disabled");
    case TriggerMode::Suspended:
        return QStringLiteral("suspended");
    }
    return {};
}

std::optional<TriggerMode> triggerModeFromString(QStringView text)
{
    for (const TriggerMode mode :
        {TriggerMode::Enabled, TriggerMode::Disabled, TriggerMode::Suspended}) {
        if (text == toString(mode)) {
            return mode;
        }
    }
    return std::nullopt;
}

} // namespace earshot
