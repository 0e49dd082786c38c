// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace earshot::widgets {

/// Bytes as text to look at, whoever wrote them: what steers a terminal or turns a line is spelled
/// out (`⟨U+202E⟩`), bytes that are not UTF-8 too (`⟨ff⟩`). Lines longer than `maxLine` are broken,
/// because a view lays out a line as a whole.
[[nodiscard]] QString visibleText(QByteArrayView bytes, qsizetype maxLine = 2'000);
/// How many bytes at the end belong to a character that is not whole; 0 to 3.
[[nodiscard]] qsizetype incompleteTail(QByteArrayView bytes);

} // namespace earshot::widgets
