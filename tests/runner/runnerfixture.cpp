// SPDX-License-Identifier: GPL-3.0-or-later
#include "runnerfixture.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QUuid>

using namespace Qt::StringLiterals;

namespace earshot::runner::test {

namespace {

/// Enough of the protocol for drivers that misbehave on purpose.
constexpr auto kStubLibrary = R"(
import json, os, signal, subprocess, sys, time
requests = os.fdopen(3, 'rb', buffering=0)
buffered = b''
def fill():
    global buffered
    chunk = os.read(3, 1 << 20)
    buffered += chunk
    return len(chunk) > 0
def request():
    global buffered
    while b'\n' not in buffered:
        if not fill(): sys.exit(0)
    line, _, buffered = buffered.partition(b'\n')
    value = json.loads(line)
    n = value.get('msg_bytes', 0)
    while len(buffered) < n:
        if not fill(): sys.exit(0)
    value['msg'] = buffered[:n].decode()
    buffered = buffered[n:]
    return value
def write(data):
    view = memoryview(data)
    while view: view = view[os.write(4, view):]
def answer(**fields):
    write(json.dumps(fields, separators=(',', ':')).encode() + b'\n')
def started(id): answer(type='started', id=id)
def result(id, data):
    if isinstance(data, str): data = data.encode()
    write(b'{"type":"result","id":%d,"result_bytes":%d}\n' % (id, len(data)) + data)
)";

constexpr auto kStubRuntime = R"({
  "version": 1, "id": "stub", "name": "Stub", "languages": ["stub"], "files": [".stub"], "prefer_for": [".stub"],
  "interpreter": { "names": ["/usr/bin/python3"] }, "driver": "stub.py",
  "argv": ["{interpreter}", "-S", "{driver}", "{script}"], "environment": {},
  "capabilities": ["standby", "worker"], "program": "stub run", "install": "none"
})";

} // namespace

void Recorder::runStarted(RunId id, qint64 startedAtUs)
{
    QVERIFY(!insideSubmit);
    QVERIFY(startedAtUs > 0);
    started.append(id);
}

void Recorder::runSent(RunId id, const QByteArray &message, bool binary)
{
    QVERIFY(!insideSubmit);
    QVERIFY(id > 0);
    sent.append({message, binary});
}

void Recorder::runFinished(RunId id, RunOutcome outcome)
{
    QVERIFY(!insideSubmit);
    QVERIFY2(!outcomes.contains(id), "a run had two outcomes");
    outcomes.insert(id, std::move(outcome));
    finishedOrder.append(id);
    if (onFinished) {
        onFinished(id);
    }
}

void Recorder::runReturned(RunId id)
{
    QVERIFY(!insideSubmit);
    QVERIFY(!outcomes.contains(id));
    returned.append(id);
}

void Recorder::capacityAvailable(PoolId pool)
{
    QVERIFY(!insideSubmit);
    capacities.append(pool);
}

RunnerFixture::RunnerFixture()
{
    options.workspaceDirectory = path(u"workspace"_s);
    options.configDirectory = path(u"config"_s);
    options.jobsDirectory = path(u"jobs"_s);
    options.resourceDirectory = qEnvironmentVariable("EARSHOT_SOURCE_DIR") + u"/resources"_s;
    options.searchPaths
        = {qEnvironmentVariable("EARSHOT_SOURCE_DIR") + u"/tests/tools/node_modules/.bin"_s};
    options.interpreters = {{u"python"_s, u"/usr/bin/python3"_s}};
    options.termGraceMs = 400;
    options.drainMs = 300;
    options.exitGraceMs = 2'000;
    QDir().mkpath(options.workspaceDirectory);
}

Runner &RunnerFixture::runner()
{
    if (!m_runner) {
        m_runner = std::make_unique<Runner>(m_clock, options);
        m_runner->setObserver(&recorder);
    }
    return *m_runner;
}

QString RunnerFixture::path(const QString &name) const
{
    return m_directory.filePath(name);
}

void RunnerFixture::write(const QString &name, const QByteArray &text, bool executable) const
{
    const QString file = path(name);
    QDir().mkpath(QFileInfo(file).path());
    QSaveFile out(file);
    QVERIFY2(out.open(QIODevice::WriteOnly), qPrintable(out.errorString()));
    out.write(text);
    QVERIFY(out.commit());
    if (executable) {
        QFile::setPermissions(file, QFile::permissions(file) | QFile::ExeOwner);
    }
}

void RunnerFixture::writeStubDriver(const QByteArray &python) const
{
    write(u"config/runtimes/stub.json"_s, kStubRuntime);
    write(u"config/drivers/stub.py"_s, QByteArray(kStubLibrary) + python);
    write(u"workspace/f/t/s.stub"_s, "nothing");
}

PoolId RunnerFixture::pool(
    const QString &script, Isolation isolation, int concurrency, qint64 timeoutMs, bool standby)
{
    PoolSpec spec;
    spec.script = script;
    spec.isolation = isolation;
    spec.concurrency = concurrency;
    spec.timeoutMs = timeoutMs;
    spec.prefersStandby = standby;
    return runner().openPool(spec);
}

RunId RunnerFixture::submit(PoolId pool, const QByteArray &message)
{
    RunJob job;
    job.message = message;
    return submit(pool, std::move(job));
}

RunId RunnerFixture::submit(PoolId pool, RunJob job)
{
    job.id = ++m_lastId;
    job.jobId = QUuid::createUuid().toString(QUuid::WithoutBraces);
    if (job.username.isEmpty()) {
        job.username = u"ws-f/a/t"_s;
    }
    recorder.insideSubmit = true;
    runner().submit(pool, std::move(job));
    recorder.insideSubmit = false;
    return m_lastId;
}

RunOutcome RunnerFixture::finish(RunId id, int timeoutMs)
{
    (void)QTest::qWaitFor([&] { return recorder.isFinished(id); }, timeoutMs);
    return recorder.outcomes.value(id);
}

RunOutcome RunnerFixture::run(const QString &script, const QByteArray &message)
{
    return finish(submit(pool(script), message));
}

QJsonObject errorOf(const RunOutcome &outcome)
{
    return QJsonDocument::fromJson(outcome.result).object().value("error"_L1).toObject();
}

} // namespace earshot::runner::test
