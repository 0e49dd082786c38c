// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

namespace earshot::triggers {

/// The JSON text at a dotted path (objects only) of a message: what `delivery.order_by` groups runs
/// by. Empty when the message is no JSON object or has no such field: such messages have no order.
[[nodiscard]] QByteArray orderKey(QByteArrayView message, const QString &path);

} // namespace earshot::triggers
