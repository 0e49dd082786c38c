// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/rows.h"
#include "runner/runner.h"

#include <QList>

#include <functional>

namespace earshot::service {

struct DoctorContext
{
    QString dataDir;
    QString workspace;
    QString socket;
    QString secretsPlace; ///< words of the secret store
    bool serviceRuns = false;
    QStringList notices; ///< of opening the database
};

/// Finds out what works on this machine. `done` is called later, once every interpreter was asked
/// for its version or did not answer in time.
void examine(runner::Runner &runner, const DoctorContext &context,
    std::function<void(const QList<rpc::DoctorCheck> &)> done);

} // namespace earshot::service
