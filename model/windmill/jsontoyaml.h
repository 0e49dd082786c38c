// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/jsontext.h"

#include <QByteArray>

namespace earshot::windmill {

/// A JSON value as YAML in the style of `wmill`: keys sorted by its rule, two-space indent, plain
/// scalars where the core schema reads them back as they are, otherwise single quotes, texts of
/// several lines as literal blocks. Long lines are not folded. Numbers keep their digits.
[[nodiscard]] QByteArray jsonToYaml(const JsonText &document);

/// The order in which `wmill` writes keys.
[[nodiscard]] bool keyLessThan(const QString &left, const QString &right);

} // namespace earshot::windmill
