// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/triggermethods.h"

namespace earshot::service {

/// The files of resources/presets, in the order of their `order`. One that cannot be read is left
/// out and logged.
[[nodiscard]] rpc::Page<rpc::Preset> listPresets();

/// Scripts for the demo server by language: the files of resources/demo.
[[nodiscard]] QJsonObject demoScripts();

/// What a trigger's document would connect to, read and run.
[[nodiscard]] rpc::TriggerPreview previewOf(const QByteArray &document);

} // namespace earshot::service
