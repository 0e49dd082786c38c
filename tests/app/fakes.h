// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/runcoordinator.h"
#include "model/storage/runjournal.h"
#include "runner/runexecutor.h"

#include <QHash>
#include <QStringList>

#include <utility>
#include <vector>

namespace earshot::service::test {

/// Takes jobs and waits to be told how they end.
class FakeExecutor final : public runner::RunExecutor
{
public:
    void setObserver(runner::RunObserver *value) override { observer = value; }
    [[nodiscard]] runner::PoolId openPool(const runner::PoolSpec &spec) override
    {
        pools.push_back(spec);
        return pools.size();
    }
    void closePool(runner::PoolId) override { }
    void prewarm(runner::PoolId) override { }
    [[nodiscard]] int capacity(runner::PoolId) const override { return freeSlots; }
    void submit(runner::PoolId pool, runner::RunJob job) override
    {
        --freeSlots;
        submitted.push_back({pool, std::move(job)});
    }
    void cancel(RunId id, const QString &reason, const QString &by) override
    {
        cancelled.append(QStringLiteral("%1 %2 %3").arg(id).arg(reason, by));
    }
    void panic() override { }

    void finish(RunId id, RunStatus status, const QByteArray &result)
    {
        ++freeSlots;
        RunOutcome outcome;
        outcome.status = status;
        outcome.result = result;
        observer->runFinished(id, outcome);
    }
    void fail(RunId id)
    {
        finish(id, RunStatus::Failure, R"({"error":{"name":"Error","message":"boom"}})");
    }
    [[nodiscard]] RunId lastId() const
    {
        return submitted.empty() ? 0 : submitted.back().second.id;
    }

    runner::RunObserver *observer = nullptr;
    std::vector<runner::PoolSpec> pools;
    std::vector<std::pair<runner::PoolId, runner::RunJob>> submitted;
    QStringList cancelled;
    int freeSlots = 1000;
};

/// Commits when the test says so.
class FakeJournal final : public storage::RunJournal
{
public:
    [[nodiscard]] RunId takeId() override { return ++m_lastId; }
    Ticket append(storage::NewRun run) override
    {
        appended.push_back(std::move(run));
        return ++m_ticket;
    }
    Ticket markDispatched(qint64, RunId id) override
    {
        dispatched.push_back(id);
        return ++m_ticket;
    }
    Ticket markQueued(qint64, RunId id) override
    {
        requeued.push_back(id);
        return ++m_ticket;
    }
    Ticket finish(storage::FinishedRun run) override
    {
        finished.push_back(std::move(run));
        return ++m_ticket;
    }
    Ticket appendFinished(storage::NewRun run, storage::FinishedRun end) override
    {
        appended.push_back(std::move(run));
        finished.push_back(std::move(end));
        return ++m_ticket;
    }
    [[nodiscard]] qsizetype pendingCount() const override { return 0; }
    void commit() { emit committed(m_ticket); }

    std::vector<storage::NewRun> appended;
    std::vector<RunId> dispatched;
    std::vector<RunId> requeued;
    std::vector<storage::FinishedRun> finished;

private:
    RunId m_lastId = 0;
    Ticket m_ticket = 0;
};

class PlainReferences final : public triggers::ReferenceResolver
{
public:
    [[nodiscard]] Result<QString> resolveText(const QString &text) const override
    {
        QString resolved = text;
        return resolved.replace(QStringLiteral("$var:u/a/secret"), QStringLiteral("s3cret"));
    }
    [[nodiscard]] Result<QJsonObject> resolveArgs(const QJsonObject &args) const override
    {
        QJsonObject resolved = args;
        for (auto member = resolved.begin(); member != resolved.end(); ++member) {
            if (member.value().toString() == QStringLiteral("$var:u/a/secret")) {
                member.value() = QStringLiteral("s3cret");
            }
        }
        return resolved;
    }
};

class RecordingEvents final : public ServiceEvents
{
public:
    [[nodiscard]] bool wantsMessages(const QString &) const override { return watched; }
    [[nodiscard]] bool wantsRunProgress() const override { return true; }
    void messageSeen(const MessageNotice &notice) override
    {
        messages.append((notice.incoming ? QStringLiteral("in ") : QStringLiteral("out "))
            + QString::fromUtf8(notice.message));
    }
    void runChanged(const RunNotice &notice) override
    {
        statuses.append(QStringLiteral("%1 %2").arg(notice.id).arg(toString(notice.status)));
    }
    void triggerChanged(const QString &) override { }
    void connectionReady(const QString &, const triggers::SessionStatus &) override { }
    void connectionClosed(const QString &, const triggers::CloseInfo &) override { }
    void alert(const QString &, const QString &text) override { alerts.append(text); }

    bool watched = false;
    QStringList messages;
    QStringList statuses;
    QStringList alerts;
};

} // namespace earshot::service::test
