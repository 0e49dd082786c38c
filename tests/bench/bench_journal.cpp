// SPDX-License-Identifier: GPL-3.0-or-later
// The journal on its own: runs recorded and finished per second, latency of a single commit, pages
// and search over a million runs, time to open. Usage: bench_journal [runs] [folder]
#include "model/storage/storage.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

#include <sys/resource.h>

using namespace earshot;
using namespace earshot::storage;

namespace {

const qint64 nowUs = QDateTime::currentMSecsSinceEpoch() * 1000;

double processorSeconds()
{
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval &time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::unique_ptr<Storage> open(const QString &folder)
{
    Storage::Options options;
    options.dataDir = folder;
    auto storage = Storage::open(options);
    if (!storage) {
        std::fprintf(stderr, "%s\n", qPrintable(storage.error().message));
        std::exit(1);
    }
    return std::move(*storage);
}

void waitFor(const std::function<bool()> &done)
{
    while (!done()) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 50);
    }
}

/// As a service does it: each run is recorded, starts once it is durable, and is then recorded
/// again. At most `inFlight` are on the way.
void throughput(Storage &storage, int runs, int inFlight, qsizetype bodyBytes)
{
    Journal &journal = storage.journal();
    const QByteArray message(bodyBytes, 'm');
    const QByteArray result(bodyBytes / 2, 'r');
    struct Pending
    {
        RunJournal::Ticket ticket;
        RunId id;
    };
    std::vector<Pending> recorded;
    size_t next = 0;
    int started = 0;
    int ended = 0;
    RunJournal::Ticket lastEnd = 0;
    RunJournal::Ticket durable = 0;
    quint64 commits = 0;
    QObject context;
    const auto fill = [&] {
        while (started < runs && started - ended < inFlight) {
            NewRun run;
            run.id = journal.takeId();
            run.triggerId = 1;
            run.dispatched = true;
            run.message = message;
            run.receivedAtUs = nowUs + run.id;
            const RunId id = run.id;
            recorded.push_back({journal.append(std::move(run)), id});
            ++started;
        }
    };
    QObject::connect(&journal, &RunJournal::committed, &context, [&](quint64 through) {
        durable = through;
        ++commits;
        while (next < recorded.size() && recorded[next].ticket <= through) {
            FinishedRun run;
            run.id = recorded[next++].id;
            run.outcome.status = RunStatus::Success;
            run.outcome.result = result;
            run.outcome.startedAtUs = run.outcome.finishedAtUs = nowUs + run.id;
            run.reply = result;
            lastEnd = journal.finish(std::move(run));
            ++ended;
        }
        fill();
    });
    QElapsedTimer timer;
    timer.start();
    const double processor = processorSeconds();
    fill();
    waitFor([&] { return ended == runs && durable >= lastEnd; });
    const double seconds = static_cast<double>(timer.nsecsElapsed()) / 1e9;
    std::printf("%-34s %9.0f runs/s  %5.2f us processor/run  %6.1f runs/commit\n",
        qPrintable(QStringLiteral("%1 B, %2 in flight").arg(bodyBytes).arg(inFlight)),
        runs / seconds, (processorSeconds() - processor) / runs * 1e6,
        static_cast<double>(runs) / static_cast<double>(commits));
}

void latency(Storage &storage, int runs)
{
    Journal &journal = storage.journal();
    std::vector<double> micros;
    for (int i = 0; i < runs; ++i) {
        NewRun run;
        run.id = journal.takeId();
        run.triggerId = 2;
        run.dispatched = true;
        run.receivedAtUs = nowUs;
        run.message = QByteArray(1000, 'm');
        QElapsedTimer timer;
        timer.start();
        const RunId id = run.id;
        (void)journal.append(std::move(run));
        waitFor([&] { return journal.pendingCount() == 0; });
        micros.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e3);
        FinishedRun end;
        end.id = id;
        (void)journal.finish(std::move(end));
        waitFor([&] { return journal.pendingCount() == 0; });
    }
    std::sort(micros.begin(), micros.end());
    std::printf("one at a time: recorded and reported   p50 %.0f us  p99 %.0f us\n",
        micros[micros.size() / 2], micros[micros.size() * 99 / 100]);
}

void pages(Storage &storage, const char *name, RunQuery query)
{
    std::vector<double> micros;
    qsizetype rows = 0;
    for (int i = 0; i < 30; ++i) {
        bool done = false;
        QElapsedTimer timer;
        timer.start();
        storage.queryRuns(query, [&](const Result<QList<RunRecord>> &page) {
            done = true;
            rows = page ? page->size() : -1;
            if (page && !page->isEmpty()) {
                query.beforeId = page->last().id;
            }
        });
        waitFor([&] { return done; });
        micros.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e3);
    }
    std::sort(micros.begin(), micros.end());
    std::printf("%-34s p50 %.0f us  max %.0f us  (%d rows)\n", name, micros[micros.size() / 2],
        micros.back(), static_cast<int>(rows));
}

void search(Storage &storage, int runs)
{
    RunQuery query;
    query.text = "no such text";
    bool done = false;
    QElapsedTimer timer;
    timer.start();
    storage.queryRuns(query, [&](const auto &) { done = true; });
    waitFor([&] { return done; });
    std::printf("text search over all %d runs        %lld ms\n", runs,
        static_cast<long long>(timer.elapsed()));
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const int runs = arguments.size() > 1 ? arguments.at(1).toInt() : 1'000'000;
    const QTemporaryDir temporary((arguments.size() > 2 ? arguments.at(2) : QStringLiteral("."))
        + QStringLiteral("/bench-XXXXXX"));
    if (!temporary.isValid()) {
        std::fprintf(stderr, "cannot create a folder\n");
        return 1;
    }
    {
        const auto storage = open(temporary.path());
        storage->setRetention({.maxAgeDays = 0, .maxRunsPerTrigger = 0});
        latency(*storage, 2000);
        throughput(*storage, runs / 10, 64, 1000);
        throughput(*storage, runs / 10, 1000, 500);
        throughput(*storage, runs - runs / 5, 1000, 1000);
        pages(*storage, "page of 100", {});
        pages(*storage, "page of 100, a rare trigger", {.triggerId = 2});
        pages(*storage, "page of 100, failures (none)", {.statuses = {RunStatus::Failure}});
        search(*storage, runs);
        storage->setRetention({});
        std::printf("while the oldest are deleted (retention as by default):\n");
        throughput(*storage, runs / 5, 1000, 1000);
    }
    QElapsedTimer timer;
    timer.start();
    const auto storage = open(temporary.path());
    std::printf(
        "open after an orderly end             %lld ms\n", static_cast<long long>(timer.elapsed()));
    return 0;
}
