// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <optional>

/// The rules about filters and heartbeat state written down a second time, slowly and plainly: a
/// recursive parser into a tree, then the definitions. What the fast code says is compared with it.
namespace slow {

/// Whether a message passes. The filter document must be acceptable.
[[nodiscard]] bool matches(const QByteArray &filters, bool useOr, const QByteArray &message);

/// What a heartbeat's state becomes; nothing = it stays.
[[nodiscard]] std::optional<QByteArray> capture(const QByteArray &field, const QByteArray &message);

} // namespace slow
