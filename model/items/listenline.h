// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QString>
#include <QStringList>

namespace earshot::items {

/// A trigger as the `earshot listen` command that does the same in a terminal.
struct ListenLine
{
    QString text; ///< quoted for a POSIX shell
    QStringList leftOut; ///< keys of the document such a command has no option for
};

/// `scriptFile`: the file to run.
[[nodiscard]] Result<ListenLine> listenLine(const QString &document, const QString &scriptFile);

} // namespace earshot::items
