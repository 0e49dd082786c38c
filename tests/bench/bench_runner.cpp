// SPDX-License-Identifier: GPL-3.0-or-later
// Figures of the runner alone: runs per second through a warm worker with 1 KB messages, and the
// latency of a message served by a standby and by a cold process. Prints one line per figure.
#include "model/clock.h"
#include "runner/runner.h"

#include <QCoreApplication>
#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <vector>

using namespace earshot;
using namespace earshot::runner;
using namespace Qt::StringLiterals;

namespace {

class Counter final : public RunObserver
{
public:
    void runStarted(RunId, qint64) override { }
    void runSent(RunId, const QByteArray &, bool) override { }
    void runFinished(RunId id, RunOutcome outcome) override
    {
        ++finished;
        failed += outcome.status == RunStatus::Success ? 0 : 1;
        if (outcome.status != RunStatus::Success && failed == 1) {
            std::fprintf(stderr, "%s\n", outcome.result.constData());
        }
        onFinished(id);
    }
    void runReturned(RunId) override { }
    void capacityAvailable(PoolId) override { onCapacity(); }

    qint64 finished = 0;
    qint64 failed = 0;
    std::function<void(RunId)> onFinished = [](RunId) {};
    std::function<void()> onCapacity = [] {};
};

struct Bench
{
    SystemClock clock;
    QTemporaryDir directory;
    Counter counter;
    std::unique_ptr<Runner> runner;
    RunId lastId = 0;
    QByteArray message = R"({"type":"order","payload":")" + QByteArray(960, 'x') + "\"}";

    Bench()
    {
        RunnerOptions options;
        options.workspaceDirectory = directory.path();
        options.jobsDirectory = directory.filePath(u"jobs"_s);
        options.interpreters = {{u"python"_s, u"/usr/bin/python3"_s}};
        const QString root = qEnvironmentVariable("EARSHOT_SOURCE_DIR");
        if (!root.isEmpty()) {
            options.resourceDirectory = root + u"/resources"_s;
            options.searchPaths = {root + u"/tests/tools/node_modules/.bin"_s};
        }
        write(u"echo.ts"_s, "export function main(msg: string) { return msg.length; }\n");
        write(u"echo.py"_s, "def main(msg):\n    return len(msg)\n");
        write(u"echo.sh"_s, "msg=\"$1\"\necho ${#msg}\n");
        runner = std::make_unique<Runner>(clock, options);
        runner->setObserver(&counter);
    }

    void write(const QString &name, const QByteArray &text) const
    {
        QFile file(directory.filePath(name));
        if (file.open(QIODevice::WriteOnly)) {
            file.write(text);
        }
    }

    RunJob job()
    {
        RunJob next;
        next.id = ++lastId;
        next.message = message;
        next.jobId = u"018d4f3e-5c7b-7b66-a1c5-0d9c2f6b7a11"_s;
        next.username = u"ws-f/bench"_s;
        return next;
    }

    PoolId pool(const QString &script, Isolation isolation)
    {
        PoolSpec spec;
        spec.script = directory.filePath(script);
        spec.isolation = isolation;
        spec.prefersStandby = isolation == Isolation::Process;
        return runner->openPool(spec);
    }

    void throughput(const QString &script, qint64 runs)
    {
        const PoolId id = pool(script, Isolation::Worker);
        QEventLoop loop;
        const qint64 warmUp = runs / 5;
        const qint64 first = counter.finished;
        qint64 submitted = 0;
        qint64 began = 0;
        std::clock_t cpuBegan = 0;
        const auto feed = [&] {
            while (submitted < warmUp + runs && runner->capacity(id) > 0) {
                runner->submit(id, job());
                ++submitted;
            }
        };
        counter.onFinished = [&](RunId) {
            const qint64 done = counter.finished - first;
            if (done == warmUp) {
                began = clock.wallMicros();
                cpuBegan = std::clock();
            }
            if (done == warmUp + runs) {
                loop.quit();
            }
        };
        counter.onCapacity = feed;
        feed();
        loop.exec();
        const double seconds = double(clock.wallMicros() - began) / 1e6;
        // The processor time of this side says more than the rate on a machine that is busy.
        const double cpu = double(std::clock() - cpuBegan) / CLOCKS_PER_SEC;
        std::printf("worker %s: %.0f runs/s, %.2f us of processor time a run here (%lld failed)\n",
            qPrintable(script), double(runs) / seconds, cpu * 1e6 / double(runs),
            static_cast<long long>(counter.failed));
        counter.onCapacity = [] {};
        counter.onFinished = [](RunId) {};
        runner->closePool(id);
    }

    void latency(const QString &script, Isolation isolation, bool standby, int count, int pauseMs)
    {
        PoolSpec spec;
        spec.script = directory.filePath(script);
        spec.isolation = isolation;
        spec.prefersStandby = standby;
        const PoolId id = runner->openPool(spec);
        runner->prewarm(id);
        QEventLoop loop;
        std::vector<double> millis;
        qint64 sent = 0;
        const auto next = [&] {
            sent = clock.wallMicros();
            runner->submit(id, job());
        };
        counter.onFinished = [&](RunId) {
            millis.push_back(double(clock.wallMicros() - sent) / 1000.0);
            if (int(millis.size()) == count) {
                loop.quit();
            } else {
                QTimer::singleShot(pauseMs, &loop, next);
            }
        };
        QTimer::singleShot(800, &loop, next);
        loop.exec();
        std::sort(millis.begin(), millis.end());
        std::printf("%s %s: p50 %.2f ms, p99 %.2f ms\n",
            isolation == Isolation::Worker ? "worker, one in flight,"
                : standby                  ? "process with standby,"
                                           : "cold process,",
            qPrintable(script), millis.at(millis.size() / 2), millis.at(millis.size() * 99 / 100));
        std::fflush(stdout);
        counter.onFinished = [](RunId) {};
        runner->closePool(id);
    }
};

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    Bench bench;
    bench.throughput(u"echo.ts"_s, 300'000);
    bench.throughput(u"echo.py"_s, 100'000);
    bench.latency(u"echo.ts"_s, Isolation::Worker, false, 500, 5);
    for (const QString &script : {u"echo.ts"_s, u"echo.py"_s, u"echo.sh"_s}) {
        bench.latency(script, Isolation::Process, true, 40, 250);
        bench.latency(script, Isolation::Process, false, 20, 50);
    }
    return bench.counter.failed == 0 ? 0 : 1;
}
