// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/runcoordinator.h"
#include "runner/expressionhost.h"

namespace earshot::service {

/// `retry_if` over the runner's expression helper: sees `result` and `error` (windmill.md 3.2).
class ExpressionAdapter final : public ExpressionEvaluator
{
public:
    ExpressionAdapter(Clock &clock, const QString &helperProgram)
        : m_host(clock, helperProgram)
    { }

    void evaluatePredicate(const QString &expression, const QByteArray &resultJson,
        std::function<void(Result<bool>)> done) override;

private:
    runner::ExpressionHost m_host;
};

} // namespace earshot::service
