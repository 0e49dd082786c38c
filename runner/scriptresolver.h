// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runner/runtimeregistry.h"

#include <memory>

namespace earshot::runner {

/// What a runnable's path means on this machine.
struct ScriptTarget
{
    QString file; ///< absolute
    QString folder; ///< of the file
    std::shared_ptr<const Runtime> runtime; ///< null: the file itself is executed
    QString interpreter; ///< absolute program
    QString program; ///< as error texts name it

    [[nodiscard]] bool isExecutable() const noexcept { return runtime == nullptr; }
    friend bool operator==(const ScriptTarget &, const ScriptTarget &) = default;
};

/// Finds the file of a workspace path and the runtime that serves it.
class ScriptResolver final
{
public:
    ScriptResolver(QString workspaceDirectory, RuntimeRegistry &registry);

    /// `script`: a workspace path (`f/bots/echo`) or an absolute file name. An Error with code
    /// Unavailable and an empty message means: ask again after `probe` of the runtime it names in
    /// `detail` has finished.
    [[nodiscard]] Result<ScriptTarget> resolve(const QString &script) const;

    /// Extension `.ts` means, from the workspace's wmill.yaml: `bun` or `deno`.
    [[nodiscard]] QString defaultTypeScript() const;

    /// What runs a file, which need not exist.
    [[nodiscard]] Result<ScriptTarget> targetOf(const QString &file) const;

private:
    [[nodiscard]] Result<QString> fileOf(const QString &script) const;

    QString m_workspace;
    RuntimeRegistry &m_registry;
};

} // namespace earshot::runner
