// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/jsontext.h"

#include <QStringList>

/// Editing a JSON document at a path while every byte elsewhere stays as it was written.
namespace earshot::items {

/// Names of members and decimal indices of items, from the root.
using JsonPath = QStringList;

/// RFC 6901: `/heartbeat/message`; empty for the root.
[[nodiscard]] QString toPointer(const JsonPath &path);
/// What is no pointer is the root.
[[nodiscard]] JsonPath fromPointer(QStringView pointer);

/// Null where the document has nothing at the path.
[[nodiscard]] const JsonNode *nodeAt(const JsonNode &root, const JsonPath &path);

/// Sets the value at a path to the JSON text `raw`. Objects on the way that are missing, or are no
/// objects, are made; an index must exist.
[[nodiscard]] Result<QByteArray> setAt(
    const QByteArray &json, const JsonPath &path, const QByteArray &raw);

/// Removes the member or item at a path, and the objects that this leaves empty.
[[nodiscard]] Result<QByteArray> removeAt(const QByteArray &json, const JsonPath &path);

/// Makes an array of items written before; spaced like `like`, the array they replace.
[[nodiscard]] QByteArray joinArray(const QList<QByteArray> &items, const QByteArray &like);

/// The deepest value that an offset into the document lies in.
[[nodiscard]] JsonPath pathAtOffset(const JsonNode &root, qsizetype offset);

/// JSON text of what a person typed where a value of any kind may stand: as it is when it is JSON,
/// else as a string.
[[nodiscard]] QByteArray jsonOrString(const QString &typed);

} // namespace earshot::items
