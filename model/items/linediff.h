// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace earshot::items {

struct DiffLine
{
    enum class Side { Both, Left, Right };
    Side side = Side::Both;
    QString text = {};
    friend bool operator==(const DiffLine &, const DiffLine &) = default;
};

/// How two texts differ, line by line. Beyond kMaxDiffLines differing lines a side they are told
/// apart as a whole.
inline constexpr int kMaxDiffLines = 2'000;
[[nodiscard]] QList<DiffLine> lineDiff(const QString &left, const QString &right);

} // namespace earshot::items
