// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>

namespace earshot::windmill {

/// One YAML document as JSON text (two-space indent, keys in the order written), read by the core
/// schema of YAML 1.2 as the npm package `yaml` reads it for `wmill`: a plain `yes` is a string, a
/// number keeps its digits where JSON allows them, `<<` is an ordinary key. Refused with line and
/// column: what JSON cannot say (`.inf`, `.nan`, keys that are no scalars), keys that are there
/// twice, tags other than those of the core schema, a second document, and whatever exceeds the
/// bounds of model/jsontext.h once aliases are expanded.
[[nodiscard]] Result<QByteArray> yamlToJson(const QByteArray &yaml);

} // namespace earshot::windmill
