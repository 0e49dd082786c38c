// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/displaytext.h"

#include <QColor>
#include <QIcon>

class QPainter;
class QRectF;

/// Small pictures drawn in the colours of the palette, so that they follow the desktop's theme and
/// need no icon theme to be installed.
namespace earshot::widgets {

enum class Glyph {
    Away,
    Close,
    Copy,
    Folder,
    Key,
    More,
    Pause,
    Plug,
    Plus,
    Runs,
    Search,
    Settings,
};

[[nodiscard]] QIcon glyphIcon(Glyph glyph);
void paintGlyph(QPainter &painter, const QRectF &rect, Glyph glyph, const QColor &color);
/// Each state has a shape of its own: nothing is told by colour alone.
void paintShape(
    QPainter &painter, const QRectF &rect, items::StateShape shape, const QColor &color);

} // namespace earshot::widgets
