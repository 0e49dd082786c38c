// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"
#include "model/triggerconfig.h"

#include <QJsonObject>

#include <functional>
#include <memory>

namespace earshot::triggers {

/// A runnable that a session needs before it can go on (its URL, an initial message).
struct Invocation
{
    RunPurpose purpose = RunPurpose::Url;
    QString triggerPath;
    RunnableRef runnable;
    QJsonObject args; ///< `$var:` and `$res:` not yet substituted
};

/// Destroying it cancels the run; the callback is then never called.
class PendingInvocation
{
public:
    PendingInvocation() = default;
    virtual ~PendingInvocation() = default;
    Q_DISABLE_COPY_MOVE(PendingInvocation)
};

/// How sessions ask for runs; the service implements it over the runner. Event-loop thread only.
class RunnableInvoker
{
public:
    RunnableInvoker() = default;
    virtual ~RunnableInvoker() = default;
    Q_DISABLE_COPY_MOVE(RunnableInvoker)

    /// Never calls `done` before it returned.
    [[nodiscard]] virtual std::unique_ptr<PendingInvocation> invoke(
        Invocation invocation, std::function<void(const RunOutcome &)> done)
        = 0;
};

/// Replaces `$var:path` and `$res:path` in texts a person configured (URL, headers, raw initial
/// messages). The result may hold secrets: never log it.
class ReferenceResolver
{
public:
    ReferenceResolver() = default;
    virtual ~ReferenceResolver() = default;
    Q_DISABLE_COPY_MOVE(ReferenceResolver)

    [[nodiscard]] virtual Result<QString> resolveText(const QString &text) const = 0;
    [[nodiscard]] virtual Result<QJsonObject> resolveArgs(const QJsonObject &args) const = 0;
};

} // namespace earshot::triggers
