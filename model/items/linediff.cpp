// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/linediff.h"

#include <QStringList>

#include <algorithm>
#include <vector>

namespace earshot::items {

QList<DiffLine> lineDiff(const QString &left, const QString &right)
{
    using Side = DiffLine::Side;
    const QStringList a = left.split(u'\n');
    const QStringList b = right.split(u'\n');
    qsizetype front = 0;
    const qsizetype shorter = std::min(a.size(), b.size());
    while (front < shorter && a.at(front) == b.at(front)) {
        ++front;
    }
    qsizetype back = 0;
    while (back < shorter - front && a.at(a.size() - 1 - back) == b.at(b.size() - 1 - back)) {
        ++back;
    }
    const auto rows = std::size_t(a.size() - front - back);
    const auto columns = std::size_t(b.size() - front - back);
    const auto lineA = [&](std::size_t i) -> const QString & { return a.at(front + qsizetype(i)); };
    const auto lineB = [&](std::size_t i) -> const QString & { return b.at(front + qsizetype(i)); };

    QList<DiffLine> lines;
    for (qsizetype i = 0; i < front; ++i) {
        lines.append({Side::Both, a.at(i)});
    }
    std::size_t i = 0;
    std::size_t j = 0;
    if (rows <= std::size_t(kMaxDiffLines) && columns <= std::size_t(kMaxDiffLines)) {
        // Length of the longest common part of what follows (i, j).
        const std::size_t width = columns + 1;
        std::vector<quint16> common((rows + 1) * width, 0);
        for (std::size_t r = rows; r-- > 0;) {
            for (std::size_t c = columns; c-- > 0;) {
                common[r * width + c] = lineA(r) == lineB(c)
                    ? quint16(common[(r + 1) * width + c + 1] + 1)
                    : std::max(common[(r + 1) * width + c], common[r * width + c + 1]);
            }
        }
        while (i < rows && j < columns) {
            if (lineA(i) == lineB(j)) {
                lines.append({Side::Both, lineA(i)});
                ++i;
                ++j;
            } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) {
                lines.append({Side::Left, lineA(i++)});
            } else {
                lines.append({Side::Right, lineB(j++)});
            }
        }
    }
    while (i < rows) {
        lines.append({Side::Left, lineA(i++)});
    }
    while (j < columns) {
        lines.append({Side::Right, lineB(j++)});
    }
    for (qsizetype k = a.size() - back; k < a.size(); ++k) {
        lines.append({Side::Both, a.at(k)});
    }
    return lines;
}

} // namespace earshot::items
