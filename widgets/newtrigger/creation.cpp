// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/newtrigger/creation.h"

using namespace Qt::StringLiterals;

namespace earshot::widgets {

Creation::Creation(rpc::ControlClient &client, Plan plan, QObject *parent)
    : QObject(parent)
    , m_client(client)
    , m_plan(std::move(plan))
    , m_secretPaths(m_plan.secrets.keys())
{ }

void Creation::start()
{
    nextSecret();
}

void Creation::nextSecret()
{
    if (m_secretPaths.isEmpty()) {
        nextScript();
        return;
    }
    const QString path = m_secretPaths.takeFirst();
    m_client.call<rpc::SecretSet>({.path = path, .value = m_plan.secrets.value(path)}, this,
        [this](const Result<rpc::Empty> &result) {
            if (result) {
                nextSecret();
            } else {
                emit refused(Step::Secret, result.error());
            }
        });
}

void Creation::nextScript()
{
    if (m_script >= m_plan.scripts.size()) {
        saveTrigger();
        return;
    }
    const Plan::Script &script = m_plan.scripts.at(m_script++);
    rpc::RunnableWrite::Params params;
    params.file = script.path + script.ending;
    params.content = script.text;
    params.create = true;
    m_client.call<rpc::RunnableWrite>(
        params, this, [this, script](const Result<rpc::RunnableWrite::Result> &result) {
            if (result ? result->written : m_plan.keepExisting && isTaken(result.error())) {
                nextScript();
            } else if (result || isTaken(result.error())) {
                compare(script);
            } else {
                emit refused(Step::Script, result.error());
            }
        });
}

bool Creation::isTaken(const Error &error)
{
    return error.code == ErrorCode::AlreadyExists;
}

/// Made by an earlier try, whose next step was refused?
void Creation::compare(const Plan::Script &script)
{
    rpc::RunnableRead::Params params;
    params.file = script.path + script.ending;
    m_client.call<rpc::RunnableRead>(
        params, this, [this, script](const Result<rpc::RunnableSource> &there) {
            if (there && there->source.data == script.text.toUtf8()) {
                nextScript();
                return;
            }
            emit refused(Step::Script,
                {ErrorCode::AlreadyExists, tr("There is a script %1 already.").arg(script.path),
                    tr("Give another path, or use the script that is there.")});
        });
}

void Creation::saveTrigger()
{
    m_client.call<rpc::TriggerSave>(
        {.path = m_plan.path, .document = m_plan.document, .expectedRevision = 0}, this,
        [this](const Result<rpc::SavedTrigger> &saved) {
            if (saved) {
                emit done(saved->path);
                return;
            }
            emit refused(Step::Trigger,
                saved.error().code == ErrorCode::Conflict ? Error{ErrorCode::AlreadyExists,
                    tr("There is a trigger %1 already; give another path.").arg(m_plan.path), {}}
                                                          : saved.error());
        });
}

} // namespace earshot::widgets
