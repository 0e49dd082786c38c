// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/triggerreader.h"

namespace earshot {

/// Reads `connection`, `session`, `reconnect` and `delivery` of the document's root, and lists what
/// is in them that this version does not act on.
void readExtensions(MemberReader &reader, TriggerConfig &config);

} // namespace earshot
