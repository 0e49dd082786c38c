// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QString>

namespace earshot::rpc {

/// Bytes of a socket path: the address has room for 107, and QLocalServer refuses the last one.
inline constexpr qsizetype kMaxSocketPathBytes = 106;

/// What decides where the control socket is.
struct SocketPlace
{
    QString socket; ///< `--socket` or EARSHOT_SOCKET; empty = by the rule
    QString dataDir; ///< absolute
    QString runtimeDir; ///< XDG_RUNTIME_DIR; empty where there is none
    QString profile = QStringLiteral("default");

    /// Reads EARSHOT_SOCKET, EARSHOT_DATA_DIR and XDG_RUNTIME_DIR; non-empty arguments win. A data
    /// directory other than the default one has a profile name of its own, so that two services on
    /// two data directories do not meet at one socket.
    [[nodiscard]] static SocketPlace fromEnvironment(
        const QString &socketOption = {}, const QString &dataDirOption = {});
};

/// `$XDG_DATA_HOME/earshot`.
[[nodiscard]] QString defaultDataDir();

/// The absolute path of the socket (docs/rpc.md, Connecting). Creates nothing.
[[nodiscard]] Result<QString> socketPath(const SocketPlace &place);

/// Creates the socket's directory with 0700 where it is missing; refuses one below /tmp that is
/// not ours alone (somebody else may have made it first).
[[nodiscard]] Result<void> prepareSocketDirectory(const QString &socketPath);

} // namespace earshot::rpc
