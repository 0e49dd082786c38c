// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

namespace earshot::runner {

/// Appends `utf8` as a JSON string with its quotes. Bytes that are not UTF-8 pass as they are.
void appendJsonString(QByteArray &out, QByteArrayView utf8);
[[nodiscard]] QByteArray jsonString(QStringView text);
/// True for one JSON value of any kind with nothing but white space around it.
[[nodiscard]] bool isJson(QByteArrayView text);
/// A JSON object text with the line breaks between its tokens replaced, so that it fits on a line.
[[nodiscard]] QByteArray onOneLine(QByteArray json);

} // namespace earshot::runner
