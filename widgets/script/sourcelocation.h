// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace earshot::widgets {

/// A place in a source that some text names: `f/a/b.ts:4:12`, `File "x.py", line 3`.
struct SourceLocation
{
    qsizetype start = 0; ///< in the text
    qsizetype length = 0;
    QString file = {}; ///< as written, without `file://`
    int line = 0; ///< from 1
    int column = 0; ///< from 1; 0 = not said
    friend bool operator==(const SourceLocation &, const SourceLocation &) = default;
};

/// Every place one line of output names, in the notations of JavaScript, Python and Bash.
[[nodiscard]] QList<SourceLocation> sourceLocations(const QString &line);

} // namespace earshot::widgets
