// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/localengine.h"

#include "model/storage/inmemoryjournal.h"
#include "runner/runner.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QRandomGenerator>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

bool mentionsReference(const QJsonValue &value)
{
    if (value.isString()) {
        const QString text = value.toString();
        return text.startsWith("$var:"_L1) || text.startsWith("$res:"_L1);
    }
    if (value.isArray()) {
        const QJsonArray array = value.toArray();
        return std::any_of(array.begin(), array.end(), mentionsReference);
    }
    const QJsonObject object = value.toObject();
    return std::any_of(object.begin(), object.end(), mentionsReference);
}

Error noProfile()
{
    return {.code = ErrorCode::Unavailable,
        .message = u"variables and resources ($var:, $res:) need the service"_s,
        .detail = u"start it with `earshot serve` and import the trigger"_s};
}

} // namespace

double uniformRandom()
{
    return QRandomGenerator::global()->generateDouble();
}

Result<QString> NoReferences::resolveText(const QString &text) const
{
    if (text.contains("$var:"_L1) || text.contains("$res:"_L1)) {
        return noProfile();
    }
    return text;
}

Result<QJsonObject> NoReferences::resolveArgs(const QJsonObject &args) const
{
    if (mentionsReference(args)) {
        return noProfile();
    }
    return args;
}

LocalEngine::LocalEngine(const Options &options, ServiceEvents &events)
    : m_events(events)
    , m_journal(std::make_unique<storage::InMemoryJournal>())
    , m_runner(std::make_unique<runner::Runner>(m_clock,
          runner::RunnerOptions{.workspaceDirectory = options.workspace,
              .helperProgram = QCoreApplication::applicationFilePath()}))
    , m_coordinator(std::make_unique<RunCoordinator>(RunCoordinator::Collaborators{.clock = m_clock,
          .journal = *m_journal,
          .executor = *m_runner,
          .references = m_references,
          .events = events,
          .expressions = nullptr,
          .bodies = nullptr,
          .uniform = uniformRandom,
          .profileSalt = QRandomGenerator::global()->generate64()}))
{ }

LocalEngine::~LocalEngine() = default;

std::unique_ptr<TriggerRuntime> LocalEngine::makeRuntime(TriggerConfig config, TriggerHost &host)
{
    return std::make_unique<TriggerRuntime>(0, std::move(config),
        TriggerRuntime::Collaborators{.coordinator = *m_coordinator,
            .executor = *m_runner,
            .events = m_events,
            .host = host,
            .session = {.clock = m_clock,
                .invoker = *m_coordinator,
                .references = m_references,
                .uniform = uniformRandom,
                .mask = {}},
            .clock = m_clock});
}

} // namespace earshot::service
