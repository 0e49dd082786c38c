// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"

#include <QString>

namespace earshot::service {

/// An outcome decided by Earshot itself: result `{"error":{"name":…,"message":…}}`.
[[nodiscard]] RunOutcome errorOutcome(
    RunStatus status, const QString &name, const QString &message);

/// Windmill's form: `Job canceled: {reason} by {canceler}`, name `Canceled`, with both as keys.
[[nodiscard]] RunOutcome cancelledOutcome(const QString &reason, const QString &by);

} // namespace earshot::service
