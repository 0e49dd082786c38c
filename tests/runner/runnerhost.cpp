// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for the `earshot` binary in tests: its hidden verbs, and a process that owns runs and
// can be killed.
#include "model/clock.h"
#include "runner/expressionhost.h"
#include "runner/groupguard.h"
#include "runner/runner.h"

#include <QCoreApplication>
#include <QTimer>

#include <cstdio>
#include <string_view>

using namespace earshot;
using namespace earshot::runner;

int main(int argc, char **argv)
{
    const std::string_view verb = argc > 1 ? argv[1] : "";
    if (verb == "__guard") {
        return guardMain(argc, argv);
    }
    if (verb == "__expression") {
        return expressionMain(argc, argv);
    }
    // runnerhost own <script> <state folder>: starts the script and prints its group.
    QCoreApplication application(argc, argv);
    SystemClock clock;
    RunnerOptions options;
    options.helperProgram = QCoreApplication::applicationFilePath();
    options.stateDirectory = QString::fromLocal8Bit(argv[3]);
    options.jobsDirectory = options.stateDirectory;
    Runner runner(clock, options);
    PoolSpec spec;
    spec.script = QString::fromLocal8Bit(argv[2]);
    RunJob job;
    job.id = 1;
    job.message = QByteArray();
    runner.submit(runner.openPool(spec), job);
    std::printf("%lld %lld\n", static_cast<long long>(runner.processGroups().value(0)),
        static_cast<long long>(runner.guardPid()));
    std::fflush(stdout);
    return QCoreApplication::exec();
}
