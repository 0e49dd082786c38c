// SPDX-License-Identifier: GPL-3.0-or-later
// The half of RunCoordinator that deals with failed attempts: retries and error handlers
// (windmill.md 1.12).
#include "app/service/runcoordinator.h"
#include "runner/retryschedule.h"

#include <QDateTime>
#include <QJsonDocument>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::service {

void RunCoordinator::attemptFailed(ActiveRun &run, RunOutcome outcome)
{
    const RunPlan &plan = *run.plan;
    if (!plan.retry || plan.retry->retryIf.isEmpty() || m_with.expressions == nullptr) {
        retryOrHandle(run.id, std::move(outcome), true);
        return;
    }
    run.stage = ActiveRun::Stage::BetweenAttempts;
    const QByteArray result = outcome.result;
    m_with.expressions->evaluatePredicate(plan.retry->retryIf, result,
        [this, id = run.id, outcome = std::move(outcome)](const Result<bool> &answer) mutable {
            ActiveRun *found = find(id);
            if (found == nullptr) {
                return;
            }
            if (!answer) {
                m_with.events.alert(found->plan->triggerPath,
                    u"retry_if could not be evaluated: %1"_s.arg(answer.error().message));
            }
            retryOrHandle(id, std::move(outcome), answer.value_or(false));
        });
}

void RunCoordinator::retryOrHandle(RunId id, RunOutcome outcome, bool retryAllowed)
{
    ActiveRun *run = find(id);
    if (run == nullptr) {
        return;
    }
    const RunPlan &plan = *run->plan;
    if (plan.retry && retryAllowed) {
        const auto delay = runner::retryDelayMs(*plan.retry, run->attempts - 1, m_with.uniform());
        if (delay) {
            run->stage = ActiveRun::Stage::BetweenAttempts;
            run->retryTimer = m_with.clock.after(*delay, [this, id] {
                if (ActiveRun *again = find(id)) {
                    submitNow(*again);
                }
            });
            return;
        }
    }
    if (run->purpose == RunPurpose::Message && !plan.errorHandlerPath.isEmpty()) {
        runErrorHandler(*run, std::move(outcome));
        return;
    }
    if (run->purpose == RunPurpose::Message) {
        reportFailure(plan, id, outcome);
    }
    settle(*run, outcome);
}

Result<RunCoordinator::HandlerArgs> RunCoordinator::handlerArgs(const RunPlan &plan, RunId id,
    qint64 startedAtUs, const RunOutcome &outcome, const QJsonObject &extra) const
{
    const auto resolved = m_with.references.resolveArgs(extra);
    if (!resolved) {
        return resolved.error();
    }
    QJsonObject args{
        {u"error"_s, QJsonDocument::fromJson(outcome.result).object().value("error"_L1)},
        {u"path"_s, plan.runnablePath},
        {u"is_flow"_s, false},
        {u"trigger_path"_s, QString("websocket_trigger/"_L1 + plan.triggerPath)},
        {u"workspace_id"_s, m_settings.workspaceId},
        {u"email"_s, m_settings.email},
        {u"job_id"_s, jobId(id)},
        {u"started_at"_s,
            QDateTime::fromMSecsSinceEpoch(startedAtUs / 1000, Qt::UTC)
                .toString(Qt::ISODateWithMs)},
    };
    const auto with = [&args](const QJsonObject &more) {
        QJsonObject all = args;
        for (auto member = more.begin(); member != more.end(); ++member) {
            all.insert(member.key(), member.value());
        }
        return QJsonDocument(all).toJson(QJsonDocument::Compact);
    };
    return HandlerArgs{.resolved = with(*resolved), .recorded = with(extra)};
}

void RunCoordinator::runErrorHandler(ActiveRun &run, RunOutcome outcome)
{
    const RunPlan &plan = *run.plan;
    auto args = handlerArgs(plan, run.id, run.startedAtUs, outcome, plan.errorHandlerArgs);
    if (!args) {
        m_with.events.alert(plan.triggerPath,
            u"error handler %1 not run: %2"_s.arg(plan.errorHandlerPath, args.error().message));
        settle(run, outcome);
        return;
    }
    run.stage = ActiveRun::Stage::HandlingError;
    ActiveRun &handler = createHandler(plan, plan.errorHandlerPath, *args);
    handler.done
        = [this, id = run.id, outcome = std::move(outcome)](const RunOutcome &handled) mutable {
              ActiveRun *failed = find(id);
              if (failed == nullptr) {
                  return;
              }
              // Windmill: the handler's result is the result; a failure still, unless it says
              // recover.
              const QJsonDocument result = QJsonDocument::fromJson(handled.result);
              const bool recovered = handled.status == RunStatus::Success
                  && result.object().value("recover"_L1) == QJsonValue(true);
              outcome.result = handled.result;
              outcome.status = recovered ? RunStatus::Success : outcome.status;
              outcome.logs += "\n[error handler]\n" + handled.logs;
              settle(*failed, outcome);
          };
    dispatch(handler);
}

void RunCoordinator::reportFailure(const RunPlan &plan, RunId id, const RunOutcome &outcome)
{
    const bool own = !plan.errorHandlerPath.isEmpty();
    const QString handlerPath = own ? plan.errorHandlerPath : m_settings.workspaceErrorHandler;
    if (handlerPath.isEmpty()) {
        return;
    }
    auto args = handlerArgs(plan, id, outcome.startedAtUs, outcome,
        own ? plan.errorHandlerArgs : m_settings.workspaceErrorHandlerArgs);
    if (!args) {
        m_with.events.alert(plan.triggerPath,
            u"error handler %1 not run: %2"_s.arg(handlerPath, args.error().message));
        return;
    }
    dispatch(createHandler(plan, handlerPath, *args));
}

ActiveRun &RunCoordinator::createHandler(
    const RunPlan &failed, const QString &handlerPath, const HandlerArgs &args)
{
    auto plan = std::make_shared<RunPlan>();
    plan->triggerId = failed.triggerId;
    plan->triggerPath = failed.triggerPath;
    plan->runnablePath = handlerPath;
    plan->username = failed.username;
    plan->pool = oneOffPool(handlerPath, kHandlerTimeoutMs);
    plan->durable = false; // after a crash its failed run counts as interrupted; it is not repeated
    ActiveRun &handler = create(std::move(plan), RunPurpose::ErrorHandler);
    handler.args = args.resolved;
    handler.recordedArgs = args.recorded;
    handler.hasMessage = false;
    return handler;
}

} // namespace earshot::service
