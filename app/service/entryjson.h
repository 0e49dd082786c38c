// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/rows.h"

#include <QByteArray>
#include <QString>

namespace earshot::service {

/// How a variable or resource stands in the database: JSON with value, description, type and time.
[[nodiscard]] QByteArray entryToJson(const rpc::Entry &entry);
[[nodiscard]] rpc::Entry entryFromJson(const QString &path, const QByteArray &json);

} // namespace earshot::service
