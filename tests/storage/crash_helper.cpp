// SPDX-License-Identifier: GPL-3.0-or-later
// Writes runs until it is killed and says on stdout what became durable, one event per line:
// `a <id>` recorded, `d <id>` dispatched, `q <id>` waiting again, `f <id>` finished.
// By id modulo 4: 0 is recorded as dispatched, 1 and 3 are dispatched in or out of order, 2 never.
#include "model/storage/storage.h"

#include <QCoreApplication>
#include <QDateTime>

#include <cstdio>
#include <deque>

#include <unistd.h>

using namespace earshot;
using namespace earshot::storage;

namespace {

struct Event
{
    RunJournal::Ticket ticket;
    char kind;
    RunId id;
};

void finishRun(Journal &journal, RunId id, std::deque<Event> &events)
{
    FinishedRun run;
    run.id = id;
    run.outcome.status = RunStatus::Success;
    run.outcome.result = "r" + QByteArray::number(id);
    events.push_back({journal.finish(std::move(run)), 'f', id});
}

void step(Journal &journal, std::deque<Event> &events)
{
    const RunId id = journal.takeId();
    NewRun run;
    run.id = id;
    run.triggerId = 1 + id % 2;
    run.dispatched = id % 4 == 0;
    run.receivedAtUs = QDateTime::currentMSecsSinceEpoch() * 1000;
    run.message = "m" + QByteArray::number(id);
    events.push_back({journal.append(std::move(run)), 'a', id});
    // Later, so that the end of the process falls between any two of these.
    const RunId toDispatch = id - 8 - (id % 4 == 3 ? 12 : 0);
    if (toDispatch > 0 && toDispatch % 2 == 1) {
        events.push_back({journal.markDispatched(1 + toDispatch % 2, toDispatch), 'd', toDispatch});
    }
    if (id > 30 && (id - 30) % 16 == 1) {
        events.push_back({journal.markQueued(2, id - 30), 'q', id - 30});
    }
    if (id > 60 && id % 5 != 0) {
        finishRun(journal, id - 60, events);
    }
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    Storage::Options options;
    options.dataDir = QString::fromLocal8Bit(argv[1]);
    options.segmentBytes = 64 * 1024;
    auto storage = Storage::open(options);
    if (!storage) {
        std::fprintf(stderr, "%s\n", qPrintable(storage.error().message));
        return 1;
    }
    Journal &journal = (*storage)->journal();
    std::deque<Event> events;
    QObject::connect(&journal, &RunJournal::committed, &journal, [&](quint64 through) {
        QByteArray said;
        while (!events.empty() && events.front().ticket <= through) {
            said += events.front().kind + (' ' + QByteArray::number(events.front().id)) + '\n';
            events.pop_front();
        }
        if (!said.isEmpty() && ::write(1, said.constData(), static_cast<size_t>(said.size())) < 0) {
            std::_Exit(2);
        }
        for (int i = 0; i < 40; ++i) {
            step(journal, events);
        }
    });
    step(journal, events);
    return QCoreApplication::exec();
}
