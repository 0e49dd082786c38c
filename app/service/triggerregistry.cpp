// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/triggerregistry.h"

#include "model/jsontext.h"
#include "model/redaction.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

constexpr int kSuspendedPage = 500;

Error notFound(const QString &path)
{
    return {.code = ErrorCode::NotFound,
        .message = u"Trigger not found at path: %1"_s.arg(path),
        .detail = u"`earshot trigger list` shows what there is"_s};
}

/// Every problem of a document as one error.
Error refusal(const QString &path, const QByteArray &document, const Error &first)
{
    QStringList lines;
    for (const Error &problem : validateTriggerDocument(document)) {
        lines.append(problem.message);
    }
    return {.code = first.code,
        .message = u"%1: %2"_s.arg(path, first.message),
        .detail = lines.size() > 1 ? lines.join(u'\n') : first.detail};
}

bool isAtWork(TriggerMode mode)
{
    return mode != TriggerMode::Disabled;
}

} // namespace

TriggerRegistry::TriggerRegistry(Collaborators collaborators)
    : m_with(std::move(collaborators))
{ }

TriggerRegistry::~TriggerRegistry() = default;

void TriggerRegistry::start()
{
    for (const storage::StoredTrigger &stored : m_with.storage.triggers().triggers()) {
        auto entry = std::make_shared<Entry>();
        if (auto config = parseTriggerConfig(stored.path, stored.document, Strictness::Listen)) {
            entry->config = std::move(config).value();
            entry->config.mode = stored.mode;
        } else {
            entry->config.path = stored.path;
            entry->config.mode = TriggerMode::Disabled;
            m_with.feed.alert(stored.path, config.error().message);
        }
        m_entries.insert(stored.path, entry);
        if (isAtWork(entry->config.mode)) {
            entry->runtime = makeRuntime(stored, entry->config);
            // It was suspended by itself: what waits goes on waiting.
            entry->runtime->setPaused(
                stored.mode == TriggerMode::Suspended && !stored.error.isEmpty());
        }
    }
    recover();
    countSuspended();
    for (const auto &entry : std::as_const(m_entries)) {
        if (entry->runtime) {
            entry->runtime->start();
        }
    }
    for (const auto &runtime : m_draining) {
        runtime->release({});
    }
}

void TriggerRegistry::recover()
{
    const storage::Recovered recovered = m_with.storage.takeRecovered();
    QHash<QString, QList<RunRecord>> waiting;
    for (const RunRecord &run : recovered.queued) {
        if (run.status == RunStatus::Queued) {
            waiting[run.triggerPath].append(run);
        }
    }
    int interrupted = 0;
    for (const RunRecord &run : recovered.interrupted) {
        const auto entry = m_entries.value(run.triggerPath);
        if (entry && entry->config.delivery.repeatSafe && run.purpose == RunPurpose::Message) {
            m_with.storage.requeue(run.id);
            waiting[run.triggerPath].append(run);
        } else {
            ++interrupted;
        }
    }
    m_with.storage.settleRecovered();
    if (interrupted > 0) {
        m_with.feed.alert({},
            u"%1 runs were interrupted when the service ended; `earshot runs --status interrupted` lists them"_s
                .arg(interrupted));
    }
    for (auto list = waiting.begin(); list != waiting.end(); ++list) {
        std::sort(list->begin(), list->end(),
            [](const RunRecord &left, const RunRecord &right) { return left.id < right.id; });
        const auto entry = m_entries.value(list.key());
        if (entry && entry->runtime) {
            entry->runtime->adopt(*list);
            continue;
        }
        const storage::StoredTrigger *stored = m_with.storage.triggers().find(list.key());
        if (stored == nullptr || !entry) {
            for (const RunRecord &run : *list) {
                storage::FinishedRun finished{.id = run.id};
                finished.outcome.status = RunStatus::Cancelled;
                finished.outcome.result
                    = R"({"error":{"name":"Canceled","message":"Job canceled: the trigger is gone"}})";
                m_with.storage.journal().finish(std::move(finished));
            }
            continue;
        }
        auto runtime = makeRuntime(*stored, entry->config);
        runtime->adopt(*list);
        retire(std::move(runtime));
    }
}

void TriggerRegistry::countSuspended()
{
    m_with.storage.countRuns([this](const QHash<qint64, storage::StatusCounts> &counts) {
        for (auto entry = m_entries.begin(); entry != m_entries.end(); ++entry) {
            const storage::StoredTrigger *stored = m_with.storage.triggers().find(entry.key());
            if (stored != nullptr && counts.contains(stored->id)) {
                (*entry)->suspendedCount
                    = counts[stored->id][static_cast<size_t>(RunStatus::Suspended)];
                publish(entry.key());
            }
        }
    });
}

std::unique_ptr<TriggerRuntime> TriggerRegistry::makeRuntime(
    const storage::StoredTrigger &stored, const TriggerConfig &config)
{
    return std::make_unique<TriggerRuntime>(stored.id, config,
        TriggerRuntime::Collaborators{.coordinator = m_with.coordinator,
            .executor = m_with.executor,
            .events = m_with.feed,
            .host = *this,
            .session = m_with.session,
            .clock = m_with.clock,
            .replies = &m_with.replies});
}

void TriggerRegistry::retire(std::unique_ptr<TriggerRuntime> runtime)
{
    TriggerRuntime *leaving = runtime.get();
    m_draining.push_back(std::move(runtime));
    leaving->drain([this, leaving] {
        std::erase_if(m_draining, [leaving](const auto &one) { return one.get() == leaving; });
    });
}

void TriggerRegistry::stopSessions()
{
    for (const auto &entry : std::as_const(m_entries)) {
        if (entry->runtime) {
            entry->runtime->setPaused(true);
            entry->runtime->session().stop();
        }
    }
}

void TriggerRegistry::apply(const QString &path)
{
    const storage::StoredTrigger *stored = m_with.storage.triggers().find(path);
    auto &entry = m_entries[path];
    if (!entry) {
        entry = std::make_shared<Entry>();
    }
    auto previous = std::move(entry->runtime);
    if (previous) {
        entry->past = previous->counters();
        entry->suspendedCount += static_cast<qint64>(previous->suspendedCount());
        entry->past.queued = 0;
        entry->past.running = 0;
    }
    auto config = parseTriggerConfig(path, stored->document, Strictness::Listen);
    entry->config = config ? std::move(config).value() : TriggerConfig{.path = path};
    entry->config.mode = stored->mode;
    if (isAtWork(stored->mode)) {
        entry->runtime = makeRuntime(*stored, entry->config);
        entry->runtime->setPaused(
            stored->mode == TriggerMode::Suspended && !stored->error.isEmpty());
        if (previous) {
            entry->runtime->inheritWaiting(*previous);
            keepAttached(*previous, *entry->runtime);
        }
        entry->runtime->setBaseCounters(entry->past);
    }
    if (previous) {
        retire(std::move(previous));
    }
    if (entry->runtime) {
        entry->runtime->start();
        if (!m_holdOffReason.isEmpty()) {
            entry->runtime->session().holdOff(m_holdOffReason);
        }
    }
    publish(path);
}

void TriggerRegistry::save(SaveRequest request, Done<rpc::SavedTrigger> done)
{
    if (const auto valid = validateTriggerPath(request.path); !valid) {
        done(valid.error());
        return;
    }
    if (request.mode) {
        auto changed
            = setTopLevelMember(request.document, u"mode", toJsonString(toString(*request.mode)));
        if (changed) {
            request.document = std::move(changed).value();
        }
    }
    const auto config = parseTriggerConfig(request.path, request.document);
    if (!config) {
        done(refusal(request.path, request.document, config.error()));
        return;
    }
    if (const auto filters
        = triggers::FilterProgram::compile(config->filtersJson, config->filterLogic);
        !filters) {
        done(refusal(request.path, request.document, filters.error()));
        return;
    }
    const storage::StoredTrigger *existing = m_with.storage.triggers().find(request.path);
    const qint64 revision = existing != nullptr ? existing->editedAtUs : 0;
    if (request.expectedRevision && *request.expectedRevision != revision) {
        done(Error{.code = ErrorCode::Conflict,
            .message = existing != nullptr ? u"%1 was changed meanwhile"_s.arg(request.path)
                                           : u"%1 was deleted meanwhile"_s.arg(request.path),
            .detail = u"load it again and apply your changes to the new text"_s});
        return;
    }
    storage::StoredTrigger stored;
    if (existing != nullptr) {
        stored = *existing;
    }
    stored.path = request.path;
    stored.document = request.document;
    if (request.sourceFormat != "none"_L1) {
        stored.sourceBytes = request.sourceBytes;
        stored.sourceFormat = request.sourceFormat;
    }
    stored.mode = config->mode;
    stored.error.clear();
    stored.editedAtUs = std::max(m_with.clock.wallMicros(), revision + 1);
    rpc::SavedTrigger answer{.path = request.path,
        .revision = stored.editedAtUs,
        .created = existing == nullptr,
        .inactiveKeys = config->inactiveKeys};
    m_with.storage.triggers().save(
        stored, [this, answer, done = std::move(done)](const Result<qint64> &saved) {
            if (!saved) {
                done(saved.error());
                return;
            }
            apply(answer.path);
            done(answer);
        });
}

void TriggerRegistry::remove(const QString &path, Done<rpc::Empty> done)
{
    const storage::StoredTrigger *stored = m_with.storage.triggers().find(path);
    if (stored == nullptr) {
        done(notFound(path));
        return;
    }
    m_with.storage.triggers().remove(
        stored->id, [this, path, done = std::move(done)](const Result<qint64> &removed) {
            if (!removed) {
                done(removed.error());
                return;
            }
            if (const auto entry = m_entries.take(path); entry && entry->runtime) {
                entry->runtime->cancelWaiting(u"the trigger was deleted"_s, u"earshot"_s);
                retire(std::move(entry->runtime));
            }
            m_published.remove(path);
            m_with.replies.forget(path);
            m_with.hub.publishRemoved(path);
            done(rpc::Empty{});
        });
}

void TriggerRegistry::rename(const QString &path, const QString &to, Done<rpc::TriggerSummary> done)
{
    const storage::StoredTrigger *existing = m_with.storage.triggers().find(path);
    if (existing == nullptr) {
        done(notFound(path));
        return;
    }
    if (const auto valid = validateTriggerPath(to); !valid) {
        done(valid.error());
        return;
    }
    storage::StoredTrigger stored = *existing;
    stored.path = to;
    stored.editedAtUs = std::max(m_with.clock.wallMicros(), stored.editedAtUs + 1);
    // One row keeps its id: either both the old path goes and the new one comes, or neither.
    m_with.storage.triggers().save(
        stored, [this, path, to, done = std::move(done)](const Result<qint64> &saved) {
            if (!saved) {
                done(saved.error());
                return;
            }
            if (path != to) {
                if (const auto entry = m_entries.take(path)) {
                    m_entries.insert(to, entry);
                }
                m_published.remove(path);
                m_with.replies.rename(path, to);
                m_with.hub.publishRemoved(path);
            }
            apply(to);
            done(summary(to));
        });
}

void TriggerRegistry::storeMode(
    const QString &path, TriggerMode mode, const QString &error, Done<rpc::TriggerSummary> done)
{
    const storage::StoredTrigger *existing = m_with.storage.triggers().find(path);
    if (existing == nullptr) {
        done(notFound(path));
        return;
    }
    storage::StoredTrigger stored = *existing;
    auto document = setTopLevelMember(stored.document, u"mode", toJsonString(toString(mode)));
    // A document with the old `enabled` key keeps it: `mode` wins.
    if (document) {
        stored.document = std::move(document).value();
    }
    stored.mode = mode;
    stored.error = error;
    stored.editedAtUs = std::max(m_with.clock.wallMicros(), stored.editedAtUs + 1);
    m_with.storage.triggers().save(
        stored, [this, path, done = std::move(done)](const Result<qint64> &saved) {
            if (!saved) {
                done(saved.error());
                return;
            }
            apply(path);
            done(summary(path));
        });
}

void TriggerRegistry::setMode(const QString &path, TriggerMode mode, Done<rpc::TriggerSummary> done)
{
    storeMode(path, mode, {}, std::move(done));
}

void TriggerRegistry::modeChangeNeeded(
    const QString &triggerPath, TriggerMode mode, const Error &error)
{
    storeMode(triggerPath, mode, error.message,
        [this, triggerPath](const Result<rpc::TriggerSummary> &stored) {
            if (!stored) {
                m_with.feed.alert(triggerPath, stored.error().message);
            }
        });
}

void TriggerRegistry::findSuspended(qint64 triggerId, const rpc::TriggerJobsParams &which,
    std::function<void(const Result<QList<RunRecord>> &)> done)
{
    struct Search
    {
        QList<RunRecord> found;
        rpc::TriggerJobsParams which;
        std::function<void(const Result<QList<RunRecord>> &)> done;
    };
    auto search = std::make_shared<Search>();
    search->which = which;
    search->done = std::move(done);
    // Page by page, newest first; the lambda holds itself only while a page is under way.
    auto step = std::make_shared<std::function<void(RunId)>>();
    *step = [this, search, triggerId, weak = std::weak_ptr(step)](RunId before) {
        m_with.storage.queryRuns({.triggerId = triggerId,
                                     .statuses = {RunStatus::Suspended},
                                     .beforeId = before,
                                     .limit = kSuspendedPage},
            [search, again = weak.lock()](const Result<QList<RunRecord>> &page) {
                if (!page) {
                    search->done(page.error());
                    return;
                }
                for (const RunRecord &run : *page) {
                    if (!search->which.ids || search->which.ids->contains(run.id)) {
                        search->found.prepend(run);
                    }
                }
                if (page->size() < kSuspendedPage) {
                    if (search->which.count && *search->which.count < search->found.size()) {
                        search->found.resize(std::max(0, *search->which.count));
                    }
                    search->done(search->found);
                } else {
                    (*again)(page->last().id);
                }
            });
    };
    (*step)(0);
}

void TriggerRegistry::resume(const rpc::TriggerJobsParams &which, Done<rpc::CountResult> done)
{
    const QString path = which.path;
    const storage::StoredTrigger *stored = m_with.storage.triggers().find(path);
    if (stored == nullptr) {
        done(notFound(path));
        return;
    }
    findSuspended(stored->id, which,
        [this, path, done = std::move(done)](const Result<QList<RunRecord>> &found) {
            const auto entry = m_entries.value(path);
            const storage::StoredTrigger *now = m_with.storage.triggers().find(path);
            if (!found || !entry || now == nullptr) {
                done(found ? notFound(path) : found.error());
                return;
            }
            // Somebody may have resumed them while they were looked up.
            QList<RunRecord> waiting;
            for (const RunRecord &run : *found) {
                if (m_with.coordinator.find(run.id) == nullptr) {
                    waiting.append(run);
                }
            }
            if (entry->runtime) {
                entry->runtime->release(waiting);
            } else if (!waiting.isEmpty()) {
                auto runtime = makeRuntime(*now, entry->config);
                runtime->release(waiting);
                retire(std::move(runtime));
            }
            entry->suspendedCount -= waiting.size();
            publish(path);
            done(rpc::CountResult{.count = waiting.size()});
        });
}

void TriggerRegistry::cancelSuspended(
    const rpc::TriggerJobsParams &which, Done<rpc::CountResult> done)
{
    const QString path = which.path;
    const storage::StoredTrigger *stored = m_with.storage.triggers().find(path);
    if (stored == nullptr) {
        done(notFound(path));
        return;
    }
    findSuspended(stored->id, which,
        [this, path, done = std::move(done)](const Result<QList<RunRecord>> &found) {
            if (!found) {
                done(found.error());
                return;
            }
            const auto entry = m_entries.value(path);
            for (const RunRecord &run : *found) {
                auto plan = std::make_shared<RunPlan>();
                plan->triggerPath = path;
                m_with.coordinator.settleUnstarted(m_with.coordinator.adopt(plan, run),
                    RunStatus::Cancelled, u"Canceled"_s,
                    u"Job canceled: discarded while suspended by user"_s);
            }
            if (entry) {
                entry->suspendedCount -= found->size();
            }
            publish(path);
            done(rpc::CountResult{.count = found->size()});
        });
}

qint64 TriggerRegistry::panic()
{
    qint64 closed = 0;
    for (auto entry = m_entries.begin(); entry != m_entries.end(); ++entry) {
        if (!(*entry)->runtime) {
            continue;
        }
        closed += (*entry)->runtime->session().connection() != 0 ? 1 : 0;
        (*entry)->runtime->session().stop();
        storeMode(entry.key(), TriggerMode::Disabled, u"stopped by panic"_s, [](const auto &) {});
    }
    return closed;
}

void TriggerRegistry::checkSessions()
{
    for (const auto &entry : std::as_const(m_entries)) {
        if (entry->runtime) {
            entry->runtime->session().checkNow();
        }
    }
}

void TriggerRegistry::holdOff(const QString &reason)
{
    m_holdOffReason = reason;
    for (const auto &entry : std::as_const(m_entries)) {
        if (entry->runtime) {
            entry->runtime->session().holdOff(reason);
        }
    }
}

void TriggerRegistry::resumeAccepting()
{
    m_holdOffReason.clear();
    for (const auto &entry : std::as_const(m_entries)) {
        if (entry->runtime) {
            entry->runtime->session().resumeAccepting();
        }
    }
}

bool TriggerRegistry::hasOpenConnections() const
{
    return std::any_of(m_entries.begin(), m_entries.end(), [](const auto &entry) {
        return entry->runtime && entry->runtime->session().connection() != 0;
    });
}

} // namespace earshot::service
