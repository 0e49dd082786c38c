// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/runner.h"

#include "runner/outcomes.h"
#include "runner/pool.h"
#include "runner/runnercontext.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTimer>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr int kDebugCheckMs = 10'000;

} // namespace

Runner::Runner(Clock &clock, RunnerOptions options)
    : m_context(std::make_unique<RunnerContext>(clock, std::move(options)))
{ }

Runner::~Runner() = default;

void Runner::setObserver(RunObserver *observer)
{
    m_context->observer = observer;
}

PoolId Runner::openPool(const PoolSpec &spec)
{
    return m_context->openPool(spec);
}

void Runner::closePool(PoolId pool)
{
    if (Pool *found = m_context->pool(pool)) {
        found->close();
    }
}

void Runner::prewarm(PoolId pool)
{
    if (Pool *found = m_context->pool(pool)) {
        found->prewarm();
    }
}

int Runner::capacity(PoolId pool) const
{
    const Pool *found = m_context->pool(pool);
    return found == nullptr ? 0 : found->capacity();
}

void Runner::submit(PoolId pool, RunJob job)
{
    if (Pool *found = m_context->pool(pool)) {
        found->submit(std::move(job));
        return;
    }
    RunOutcome outcome;
    outcome.status = RunStatus::FailedToStart;
    outcome.result
        = outcomes::executionError(u"its pool was closed before it was submitted"_s, job.stepId);
    outcome.finishedAtUs = m_context->clock.wallMicros();
    m_context->reportLater(job.id, std::move(outcome));
}

void Runner::cancel(RunId id, const QString &reason, const QString &by)
{
    for (const auto &[poolId, pool] : m_context->pools()) {
        if (pool->cancel(id, reason, by)) {
            return;
        }
    }
}

void Runner::panic()
{
    for (const auto &[poolId, pool] : m_context->pools()) {
        pool->panic();
    }
}

RuntimeRegistry &Runner::registry()
{
    return m_context->registry;
}

Result<QString> Runner::describe(const QString &script) const
{
    const auto target = m_context->resolver.resolve(script);
    if (!target) {
        return target.error();
    }
    return target->isExecutable()
        ? target->file
        : u"%1 with %2 (%3)"_s.arg(target->file, target->runtime->name, target->interpreter);
}

Result<QString> Runner::runtimeFor(const QString &fileName) const
{
    const auto target = m_context->resolver.targetOf(
        QString(m_context->options.workspaceDirectory + u'/' + fileName));
    if (target) {
        return target->runtime->name;
    }
    if (target.error().message.isEmpty()) {
        // Its version is not known yet; it is found out before the first run.
        const auto runtime = m_context->registry.byId(target.error().detail);
        return runtime ? runtime->name : QString();
    }
    return target.error();
}

void Runner::signature(const QString &script, std::function<void(const Result<QByteArray> &)> done)
{
    const auto target = m_context->resolver.resolve(script);
    if (!target) {
        const Error &error = target.error();
        const auto runtime
            = error.message.isEmpty() ? m_context->registry.byId(error.detail) : nullptr;
        if (!runtime) {
            done(error);
            return;
        }
        m_context->registry.probe(
            *runtime, [context = m_context.get(), script, done = std::move(done)] {
                const auto found = context->resolver.resolve(script);
                if (!found) {
                    done(found.error());
                    return;
                }
                context->signatures.ask(SignatureCache::keyOf(*found), *found, done);
            });
        return;
    }
    m_context->signatures.ask(SignatureCache::keyOf(*target), *target, std::move(done));
}

void Runner::follow(RunId id)
{
    m_context->followed.insert(id);
}

void Runner::debugSupport(
    const QString &script, const std::function<void(const Result<DebugSupport> &)> &done)
{
    const auto target = m_context->resolver.resolve(script);
    if (!target) {
        done(target.error());
        return;
    }
    if (target->isExecutable() || target->runtime->debugArgv.isEmpty()) {
        done(Error{ErrorCode::Unsupported, u"no debugger can be attached to %1"_s.arg(target->file),
            u"there is one for Bun, Deno, Node.js and Python"_s});
        return;
    }
    const Runtime &runtime = *target->runtime;
    const DebugSupport support{.runtime = runtime.name,
        .address = runtime.debugAddress,
        .launch = QString::fromUtf8(
            QJsonDocument(QJsonObject{{u"version"_s, u"0.2.0"_s},
                              {u"configurations"_s, QJsonArray{runtime.debugLaunch}}})
                .toJson())};
    if (runtime.debugRequires.isEmpty()) {
        done(support);
        return;
    }
    auto *process = new QProcess(m_context.get());
    process->setProgram(target->interpreter);
    process->setArguments(runtime.debugRequires);
    process->setStandardInputFile(QProcess::nullDevice());
    const QString missing = u"%1 has no debugger"_s.arg(target->interpreter);
    const QString install
        = QString(runtime.debugInstall).replace("{interpreter}"_L1, target->interpreter);
    const auto ended = [process, done, support, missing, install](bool found) {
        process->disconnect();
        process->deleteLater();
        if (found) {
            done(support);
        } else {
            done(Error{ErrorCode::Unavailable, missing, u"install it: %1"_s.arg(install)});
        }
    };
    QObject::connect(
        process, &QProcess::finished, process, [ended](int code, QProcess::ExitStatus status) {
            ended(code == 0 && status == QProcess::NormalExit);
        });
    QObject::connect(
        process, &QProcess::errorOccurred, process, [ended](QProcess::ProcessError error) {
            if (error == QProcess::FailedToStart) {
                ended(false);
            }
        });
    QTimer::singleShot(kDebugCheckMs, process, &QProcess::kill);
    process->start();
}

Runner::Statistics Runner::statistics() const
{
    Statistics statistics;
    statistics.running = m_context->slotsUsed();
    statistics.limit = m_context->slotLimit();
    for (const auto &[poolId, pool] : m_context->pools()) {
        statistics.idle += pool->idleCount();
        statistics.waiting += pool->waiting();
    }
    return statistics;
}

qint64 Runner::guardPid() const
{
    return m_context->guard().helperPid();
}

QList<qint64> Runner::processGroups() const
{
    QList<ProcessGroup> groups;
    for (const auto &[poolId, pool] : m_context->pools()) {
        pool->appendGroups(groups);
    }
    QList<qint64> numbers;
    for (const ProcessGroup &group : groups) {
        numbers.append(group.pgid);
    }
    return numbers;
}

} // namespace earshot::runner
