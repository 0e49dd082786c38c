// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/runcoordinator.h"
#include "app/service/triggerruntime.h"
#include "model/clock.h"

#include <memory>

namespace earshot::runner {
class Runner;
}
namespace earshot::storage {
class InMemoryJournal;
}

namespace earshot::service {

/// References where there is no profile: naming one is an error that says so.
class NoReferences final : public triggers::ReferenceResolver
{
public:
    [[nodiscard]] Result<QString> resolveText(const QString &text) const override;
    [[nodiscard]] Result<QJsonObject> resolveArgs(const QJsonObject &args) const override;
};

/// What `listen`, `run` and `demo` run on: everything of the service but the database and the
/// control socket. Lives in the program's main function.
class LocalEngine final
{
public:
    struct Options
    {
        QString workspace; ///< folder of runnables; may be empty
    };

    LocalEngine(const Options &options, ServiceEvents &events);
    ~LocalEngine();
    Q_DISABLE_COPY_MOVE(LocalEngine)

    [[nodiscard]] RunCoordinator &coordinator() { return *m_coordinator; }
    [[nodiscard]] runner::Runner &runner() { return *m_runner; }
    [[nodiscard]] Clock &clock() { return m_clock; }
    [[nodiscard]] std::unique_ptr<TriggerRuntime> makeRuntime(
        TriggerConfig config, TriggerHost &host);

private:
    ServiceEvents &m_events;
    SystemClock m_clock;
    NoReferences m_references;
    std::unique_ptr<storage::InMemoryJournal> m_journal;
    std::unique_ptr<runner::Runner> m_runner;
    std::unique_ptr<RunCoordinator> m_coordinator;
};

/// [0, 1) from the system's generator.
[[nodiscard]] double uniformRandom();

} // namespace earshot::service
