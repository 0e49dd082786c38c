// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringView>

#include <optional>

namespace earshot::widgets {

/// JSON text with line breaks and indentation; numbers, strings and the order of keys stay exactly
/// as they were. Nothing when the text is not one whole JSON document.
[[nodiscard]] std::optional<QString> prettyJson(QStringView text);

} // namespace earshot::widgets
