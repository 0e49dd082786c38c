// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QString>

namespace earshot::windmill {

enum class TriggerFileFormat { Yaml, Json };

/// A trigger file as it was found. It is readable, not yet checked: see parseTriggerConfig.
struct ImportedTrigger
{
    QByteArray json; ///< the document as JSON text
    QByteArray source; ///< the file's bytes; kept so that an unchanged trigger exports them again
    TriggerFileFormat format = TriggerFileFormat::Yaml;
    friend bool operator==(const ImportedTrigger &, const ImportedTrigger &) = default;
};

/// Reads `*.websocket_trigger.yaml`, `.yml` or `.json`; the last letters of `fileName` say which
/// (anything but `.json` is YAML). Errors begin with the file name and hold line and column.
[[nodiscard]] Result<ImportedTrigger> readTriggerFile(
    const QByteArray &bytes, const QString &fileName);

/// A trigger document as a file that `wmill lint` accepts: what only a server knows is left out,
/// and so are nulls its validator refuses; `enabled` becomes `mode`; keys it does not know are
/// kept. With the bytes it was once read from, in the same format, an unchanged document gives
/// exactly those.
[[nodiscard]] Result<QByteArray> writeTriggerFile(
    const QByteArray &json, TriggerFileFormat format, const QByteArray &source = {});

/// `f/a/b` of `<workspace>/f/a/b.websocket_trigger.yaml` (`.yml`, `.json`). The file need not
/// exist.
[[nodiscard]] Result<QString> triggerPathOfFile(const QString &fileName, const QString &workspace);

/// `f/a/b.websocket_trigger.yaml`, below the workspace.
[[nodiscard]] QString triggerFileName(const QString &path, TriggerFileFormat format);

} // namespace earshot::windmill
