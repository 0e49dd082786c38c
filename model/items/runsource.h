// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/rpc/params.h"
#include "model/rpc/rows.h"

#include <QObject>

#include <functional>

namespace earshot::rpc {
class ControlClient;
}

namespace earshot::items {

/// Where a RunListModel gets its pages from.
class RunSource
{
public:
    using Callback = std::function<void(const Result<rpc::Page<rpc::RunRow>> &)>;

    RunSource() = default;
    virtual ~RunSource() = default;
    Q_DISABLE_COPY_MOVE(RunSource)

    /// Runs of a trigger below `before` (0 = the newest), newest first. The callback comes later,
    /// and not at all once `context` is gone.
    virtual void fetch(
        const QString &trigger, RunId before, int limit, QObject *context, Callback callback)
        = 0;
};

/// Over the control API.
class ControlRunSource final : public RunSource
{
public:
    explicit ControlRunSource(rpc::ControlClient &client);
    void fetch(const QString &trigger, RunId before, int limit, QObject *context,
        Callback callback) override;

private:
    rpc::ControlClient &m_client;
};

} // namespace earshot::items
