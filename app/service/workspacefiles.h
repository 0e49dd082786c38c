// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/rpc/params.h"
#include "model/rpc/rows.h"
#include "runner/runner.h"

namespace earshot::service {

/// Scripts of a workspace folder, by path. Reads folders each time: nothing is kept.
[[nodiscard]] rpc::Page<rpc::RunnableInfo> listRunnables(
    const QString &workspace, const runner::Runner &runner, const rpc::ListParams &params);

[[nodiscard]] Result<rpc::RunnableInfo> runnableInfo(
    const QString &workspace, const runner::Runner &runner, const QString &path);

/// What a file (relative to the workspace, it need not exist) is or would be.
[[nodiscard]] rpc::RunnableInfo fileInfo(const runner::Runner &runner, const QString &file);

/// The ending of a script's file name with its dot: `.deno.ts`; empty for other files.
[[nodiscard]] QString scriptEnding(const QString &file);

} // namespace earshot::service
