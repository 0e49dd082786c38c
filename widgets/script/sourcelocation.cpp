// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/sourcelocation.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr qsizetype kMaxLine = 4'096;

const QList<QRegularExpression> &patterns()
{
    static const QList<QRegularExpression> list{
        QRegularExpression(u"File \"(?<file>[^\"\\n]+)\", line (?<line>\\d{1,7})"_s),
        QRegularExpression(
            u"(?<file>(?:file://)?[\\w./@+~-]*\\.[A-Za-z]{2,4}):(?:line )?(?<line>\\d{1,7})(?::(?<column>\\d{1,7}))?"_s),
        QRegularExpression(u"(?<file>[\\w./@+~-]*\\.sh): line (?<line>\\d{1,7})"_s),
    };
    return list;
}

} // namespace

QList<SourceLocation> sourceLocations(const QString &line)
{
    QList<SourceLocation> found;
    const QString shown = line.left(kMaxLine);
    for (const QRegularExpression &pattern : patterns()) {
        auto matches = pattern.globalMatch(shown);
        while (matches.hasNext()) {
            const auto match = matches.next();
            SourceLocation location{.start = match.capturedStart(),
                .length = match.capturedLength(),
                .file = match.captured(u"file"_s),
                .line = match.captured(u"line"_s).toInt()};
            if (match.hasCaptured(u"column"_s)) {
                location.column = match.captured(u"column"_s).toInt();
            }
            if (location.file.startsWith("file://"_L1)) {
                location.file.remove(0, 7);
            }
            const bool taken = std::any_of(found.cbegin(), found.cend(), [&](const auto &other) {
                return location.start < other.start + other.length
                    && other.start < location.start + location.length;
            });
            if (!taken && location.line > 0) {
                found.append(location);
            }
        }
    }
    std::sort(found.begin(), found.end(),
        [](const auto &left, const auto &right) { return left.start < right.start; });
    return found;
}

} // namespace earshot::widgets
