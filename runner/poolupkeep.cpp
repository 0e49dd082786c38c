// SPDX-License-Identifier: GPL-3.0-or-later
// The part of Pool about its script and its idle processes: what file and interpreter it is, when
// it changed, who has to go.
#include "runner/limits.h"
#include "runner/logging.h"
#include "runner/outcomes.h"
#include "runner/pool.h"
#include "runner/runnercontext.h"

#include <QFileInfo>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::runner {

bool Pool::prepare()
{
    if (m_probing) {
        return false;
    }
    return m_target ? refresh() : resolve();
}

bool Pool::resolve()
{
    auto target = m_context.resolver.resolve(m_spec.script);
    if (target) {
        if (m_target && *m_target != *target) {
            retireOld();
        }
        useTarget(std::move(target).value());
        return true;
    }
    m_target.reset();
    const Error &error = target.error();
    if (error.code == ErrorCode::Unavailable && error.message.isEmpty()) {
        const auto runtime = m_context.registry.byId(error.detail);
        m_probing = true;
        m_context.registry.probe(*runtime, [&context = m_context, id = m_id] {
            if (Pool *pool = context.pool(id)) {
                pool->m_probing = false;
                pool->pump();
                pool->announceCapacity();
            }
        });
        return false;
    }
    retireOld();
    failWaiting(error);
    return false;
}

bool Pool::refresh()
{
    const qint64 now = m_context.clock.monotonicMs();
    const bool busy = std::any_of(m_members.begin(), m_members.end(),
        [](const auto &member) { return member->session->inFlight() > 0; });
    if (busy && now - m_checkedAtMs < limits::kBusyStatIntervalMs) {
        return true;
    }
    m_checkedAtMs = now;
    if (m_stamps.haveChanged()) {
        qCDebug(lcRunner) << "script" << m_spec.script << "changed";
        retireOld();
        return resolve();
    }
    // Another file in the folder may serve the same path now, or a file it imports is new.
    return m_folderStamp.haveChanged() ? resolve() : true;
}

void Pool::useTarget(ScriptTarget target)
{
    m_target = std::move(target);
    m_environment = m_context.environment.forProcess(m_spec.script);
    QString driver;
    if (!m_target->isExecutable()) {
        driver = m_target->runtime->driver;
        m_environment.append(m_target->runtime->environment);
        if (isWorkerMode()) {
            m_environment.append("EARSHOT_LOG_MARKERS=1");
        }
    }
    m_signatureKey = SignatureCache::keyOf(*m_target);
    m_signature = m_context.signatures.find(m_signatureKey);
    m_context.signatures.request(m_signatureKey, *m_target);
    m_context.watch(m_id, m_target->folder);
    m_checkedAtMs = m_context.clock.monotonicMs();
    m_stamps.take(m_target->isExecutable() ? QStringList{m_target->file}
                                           : reloadFiles(m_target->file, driver));
    m_folderStamp.take({m_target->folder});
}

void Pool::failWaiting(const Error &error)
{
    for (const RunJob &job : std::exchange(m_waiting, {})) {
        RunOutcome outcome;
        outcome.status = RunStatus::FailedToStart;
        outcome.result = outcomes::failedToStart(error, job.stepId);
        outcome.finishedAtUs = m_context.clock.wallMicros();
        m_context.reportLater(job.id, std::move(outcome));
    }
}

void Pool::retireOld()
{
    m_standbyBroken = false;
    for (const auto &member : m_members) {
        if (member->role == Role::Standby) {
            member->role = Role::Ending;
            member->session->kill(DriverSession::StopCause::Cancelled);
        } else if (member->role == Role::Worker) {
            // Those it holds are still served with what it loaded.
            member->role = Role::Ending;
            if (member->session->inFlight() == 0) {
                member->session->finish();
            }
        }
    }
}

void Pool::interpreterChanged()
{
    if (m_target && !m_probing) {
        (void)resolve();
    }
}

void Pool::filesChanged()
{
    const bool hadStandby = readyStandby() != nullptr;
    if (m_target && !m_probing && (m_stamps.haveChanged() || m_folderStamp.haveChanged())) {
        m_checkedAtMs = 0;
        if (prepare() && hadStandby && readyStandby() == nullptr) {
            replenish();
        }
    }
}

void Pool::close()
{
    m_closed = true;
    m_replenishTimer.reset();
    for (const auto &member : m_members) {
        if (member->role == Role::Standby) {
            member->role = Role::Ending;
            member->session->kill(DriverSession::StopCause::Cancelled);
        }
    }
    removeIfDone();
}

void Pool::removeIfDone()
{
    if (!m_closed || !m_waiting.empty()) {
        return;
    }
    for (const auto &member : m_members) {
        if (member->role == Role::Worker && member->session->inFlight() == 0) {
            endIdle(*member);
        }
    }
    if (isEmpty()) {
        m_context.removePool(m_id);
    }
}

int Pool::idleCount() const
{
    return static_cast<int>(std::count_if(
        m_members.begin(), m_members.end(), [](const auto &member) { return isIdle(*member); }));
}

bool Pool::isIdle(const Member &member)
{
    return member.role == Role::Standby
        || (member.role == Role::Worker && member.session->inFlight() == 0);
}

std::optional<qint64> Pool::oldestIdleMs() const
{
    std::optional<qint64> oldest;
    for (const auto &member : m_members) {
        if (isIdle(*member) && (!oldest || member->idleSinceMs < *oldest)) {
            oldest = member->idleSinceMs;
        }
    }
    return oldest;
}

void Pool::endOldestIdle()
{
    Member *oldest = nullptr;
    for (const auto &member : m_members) {
        if (isIdle(*member) && (oldest == nullptr || member->idleSinceMs < oldest->idleSinceMs)) {
            oldest = member.get();
        }
    }
    if (oldest != nullptr) {
        endIdle(*oldest);
    }
}

void Pool::endIdle(Member &member)
{
    if (member.role == Role::Worker) {
        member.role = Role::Ending;
        member.session->finish();
    } else {
        member.role = Role::Ending;
        member.session->kill(DriverSession::StopCause::Cancelled);
    }
}

qint64 Pool::idleBytes() const
{
    qint64 bytes = 0;
    for (const auto &member : m_members) {
        if (isIdle(*member)) {
            bytes += member->residentBytes;
        }
    }
    return bytes;
}

void Pool::armIdleTimer()
{
    if (m_idleTimer) {
        return;
    }
    m_idleTimer = m_context.clock.after(m_context.options.standbyIdleMs, [this] {
        const std::unique_ptr<TimerHandle> current = std::move(m_idleTimer);
        const qint64 limit = m_context.clock.monotonicMs() - m_context.options.standbyIdleMs;
        bool left = false;
        for (const auto &member : m_members) {
            if (member->role != Role::Standby) {
                continue;
            }
            if (member->idleSinceMs <= limit) {
                endIdle(*member);
            } else {
                left = true;
            }
        }
        if (left) {
            armIdleTimer();
        }
    });
}

void Pool::stopLarge(const QHash<qint64, qint64> &residentBytes, qint64 limit)
{
    const auto text = [limit](qint64 bytes) {
        return u"the script's processes used %1 MiB of memory, more than the limit of %2 MiB"_s.arg(
            QString::number(bytes / 1024 / 1024), QString::number(limit / 1024 / 1024));
    };
    for (const auto &member : m_members) {
        const qint64 bytes = residentBytes.value(member->session->group().pgid);
        if (bytes > limit) {
            member->session->stop(DriverSession::StopCause::Memory, text(bytes));
            member->session->kill(DriverSession::StopCause::Memory);
        }
    }
    for (const auto &direct : m_direct) {
        const qint64 bytes = residentBytes.value(direct->run->group().pgid);
        if (bytes > limit) {
            direct->run->stop(DriverSession::StopCause::Memory, text(bytes));
            direct->run->kill(DriverSession::StopCause::Memory);
        }
    }
}

} // namespace earshot::runner
