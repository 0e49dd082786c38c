// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/jsonrpcserver.h"

#include <QHash>
#include <QMap>

namespace earshot {

/// A workspace folder in memory with languages, templates and the presets of the sources: what
/// making a new trigger asks of the service besides the trigger.
class FakeWorkspace final
{
public:
    /// `server` outlives it.
    explicit FakeWorkspace(rpc::JsonRpcServer &server);
    Q_DISABLE_COPY_MOVE(FakeWorkspace)

    QMap<QString, QByteArray> files; ///< by name below the workspace
    QHash<QString, QString> secrets;
};

} // namespace earshot
