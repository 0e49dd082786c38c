// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/displaytext.h"

#include <QColor>
#include <QFont>
#include <QIcon>

class QPalette;
class QPlainTextEdit;
class QTableView;

/// What the window's parts share in looks.
namespace earshot::widgets {

/// Readable on the palette's base colour, light or dark.
[[nodiscard]] QColor toneColor(items::Tone tone, const QPalette &palette);
/// Of secondary text.
[[nodiscard]] QColor quietColor(const QPalette &palette);
[[nodiscard]] QFont fixedFont();
/// The application's icon; the tone shows as a dot.
[[nodiscard]] QIcon appIcon(items::Tone tone = items::Tone::Quiet);
/// Fixed row heights, no grid, whole rows selected.
void styleTable(QTableView *table);
void stylePayload(QPlainTextEdit *edit);

} // namespace earshot::widgets
