// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "runner/runner.h"

#include <QHash>
#include <QList>
#include <QTemporaryDir>
#include <QTest>

#include <functional>
#include <memory>

namespace earshot::runner::test {

/// Keeps everything a Runner reports.
class Recorder final : public RunObserver
{
public:
    void runStarted(RunId id, qint64 startedAtUs) override;
    void runSent(RunId id, const QByteArray &message, bool binary) override;
    void runFinished(RunId id, RunOutcome outcome) override;
    void runReturned(RunId id) override;
    void capacityAvailable(PoolId pool) override;

    [[nodiscard]] bool isFinished(RunId id) const { return outcomes.contains(id); }

    QList<RunId> started;
    QList<RunId> finishedOrder;
    QList<RunId> returned;
    QList<PoolId> capacities;
    QList<std::pair<QByteArray, bool>> sent;
    QHash<RunId, RunOutcome> outcomes;
    bool insideSubmit = false;
    std::function<void(RunId)> onFinished;
};

/// A workspace folder, a Runner over it with short graces, and helpers to run things to their end.
class RunnerFixture
{
public:
    RunnerFixture();

    /// Options before the first use of runner().
    RunnerOptions options;
    Recorder recorder;

    [[nodiscard]] Runner &runner();
    void restart();
    void destroyRunner() { m_runner.reset(); }
    [[nodiscard]] QString path(const QString &name) const;
    void write(const QString &name, const QByteArray &text, bool executable = false) const;
    /// A runtime with the id and file ending `.stub`, whose driver is this Python text after a
    /// small library for the protocol.
    void writeStubDriver(const QByteArray &python) const;

    [[nodiscard]] PoolId pool(const QString &script, Isolation isolation = Isolation::Process,
        int concurrency = 0, qint64 timeoutMs = 20'000, bool standby = false);
    RunId submit(PoolId pool, const QByteArray &message = "hello");
    RunId submit(PoolId pool, RunJob job);
    /// Waits for the outcome.
    [[nodiscard]] RunOutcome finish(RunId id, int timeoutMs = 30'000);
    [[nodiscard]] RunOutcome run(const QString &script, const QByteArray &message = "hello");

private:
    SystemClock m_clock;
    QTemporaryDir m_directory;
    std::unique_ptr<Runner> m_runner;
    RunId m_lastId = 0;
};

/// `error.message` and so on of an outcome's result.
[[nodiscard]] QJsonObject errorOf(const RunOutcome &outcome);

} // namespace earshot::runner::test
