// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/runnablemethods.h"
#include "runner/runner.h"

namespace earshot::service {

/// Languages a script can be written in, and what runs each here.
[[nodiscard]] QList<rpc::ScriptLanguage> scriptLanguages(const runner::Runner &runner);

/// A script to begin with, from resources/templates. Unsupported when the language has none of the
/// kind.
[[nodiscard]] Result<rpc::RunnableTemplate::Result> scriptTemplate(
    const QString &language, const QString &kind);

} // namespace earshot::service
