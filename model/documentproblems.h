// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace earshot {

/// What is wrong with a trigger document, and where.
struct DocumentProblem
{
    Error error;
    /// JSON pointer (RFC 6901) of the value, or of the one that is missing; empty = the document.
    QString pointer;
    friend bool operator==(const DocumentProblem &, const DocumentProblem &) = default;
};

/// As validateTriggerDocument(), with places.
[[nodiscard]] QList<DocumentProblem> documentProblems(const QByteArray &json);

} // namespace earshot
