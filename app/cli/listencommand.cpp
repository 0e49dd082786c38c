// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/listendocument.h"
#include "app/cli/output.h"
#include "app/cli/runprinter.h"
#include "app/cli/signalwatch_posix.h"
#include "app/cli/verbs.h"
#include "app/service/localengine.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

/// Attempts before a first connection; afterwards it is tried for ever.
constexpr int kFirstAttempts = 5;
/// For the goodbye to the server to go out.
constexpr int kGoodbyeMs = 3000;

/// One `earshot listen` from start to exit.
class ListenSession final : public QObject, public service::TriggerHost
{
public:
    ListenSession(
        TriggerConfig config, RunPrinter &printer, service::LocalEngine &engine, qint64 count)
        : m_runtime(engine.makeRuntime(std::move(config), *this))
        , m_count(count)
    {
        printer.status = [this] { return m_runtime->session().status(); };
        printer.runEnded = [this](RunStatus status) { runEnded(status); };
        m_runtime->session().setInitialAttemptLimit(kFirstAttempts);
    }

    void start() { m_runtime->start(); }

    void finish()
    {
        if (m_finishing) {
            return;
        }
        m_finishing = true;
        connect(&m_runtime->session(), &triggers::TriggerSession::connectionGone,
            QCoreApplication::instance(),
            [this] { QCoreApplication::exit(m_failed ? Failed : Success); });
        QTimer::singleShot(kGoodbyeMs, QCoreApplication::instance(),
            [this] { QCoreApplication::exit(m_failed ? Failed : Success); });
        m_runtime->session().stop();
    }

    void modeChangeNeeded(const QString &, TriggerMode, const Error &) override
    {
        m_failed = true;
        finish();
    }

private:
    void runEnded(RunStatus status)
    {
        m_failed = m_failed || status != RunStatus::Success;
        ++m_ended;
        if (m_count > 0 && m_ended >= m_count) {
            finish();
        }
    }

    std::unique_ptr<service::TriggerRuntime> m_runtime;
    qint64 m_count;
    qint64 m_ended = 0;
    bool m_failed = false;
    bool m_finishing = false;
};

int listen(const Arguments &arguments)
{
    if (!arguments.has(u"run"_s)) {
        writeErr(u"earshot listen: --run FILE is needed: the script to run on each message\n"
                 "Try: earshot listen --help\n"_s);
        return Usage;
    }
    const QFileInfo script(arguments.value(u"run"_s));
    if (!script.isFile()) {
        writeErr(u"earshot listen: there is no file %1\n"_s.arg(
            QDir::toNativeSeparators(script.filePath())));
        return Usage;
    }
    const auto config
        = listenConfig(arguments.positional().first(), script.canonicalFilePath(), arguments);
    if (!config) {
        writeErr(u"earshot listen: %1\n"_s.arg(config.error().message));
        return Usage;
    }
    const auto count = arguments.integer(u"count"_s, 0, 1, std::numeric_limits<qint64>::max());
    if (!count) {
        writeErr(u"earshot listen: %1\n"_s.arg(count.error().message));
        return Usage;
    }
    RunPrinter printer({.json = arguments.has(u"json"_s), .quiet = false});
    service::LocalEngine engine({.workspace = {}}, printer);
    ListenSession session(*config, printer, engine, *count);
    const SignalWatch signalWatch;
    QObject::connect(&signalWatch, &SignalWatch::stopRequested, &session, [&](int times) {
        if (times > 1) {
            QCoreApplication::exit(Failed);
        } else {
            session.finish();
        }
    });
    session.start();
    const int code = QCoreApplication::exec();
    printer.runEnded = nullptr;
    printer.status = nullptr;
    return code;
}

} // namespace

VerbSpec listenVerb()
{
    return {.name = u"listen"_s,
        .synopsis = u"URL --run FILE [options]"_s,
        .summary = u"run a script on the messages of a server, without any configuration"_s,
        .details
        = u"Connects to URL, calls main(msg) of FILE for every message that passes the filters and "
          u"prints a\n"
          "line per run. No service and no database is needed. It gives up after 5 attempts if it "
          "never\n"
          "connected; once connected it reconnects for ever. Ctrl+C ends it.\n\n"
          "With --json each line is an object: status, msg, result or error, duration_ms, reply "
          "(the text that\n"
          "was sent, or null), and logs when the script wrote any. Connection news go to stderr."_s,
        .examples
        = {u"earshot listen wss://stream.example.com --run on_order.ts --filter type=order --reply"_s,
            u"earshot listen ws://localhost:4000/graphql --run tick.py --subprotocol graphql-transport-ws \\"_s,
            u"      --initial '{\"type\":\"connection_init\"}' --filter type=next"_s,
            u"earshot listen wss://gateway.example.com --run bot.ts --heartbeat '41:{\"op\":1,\"d\":{{state}}}' --state-field s"_s},
        .options = {{u"run"_s, u"file"_s, u"the script: .ts .js .py .sh or any executable"_s},
            {u"reply"_s, {}, u"send the result back, unless it is null"_s},
            {u"reply-errors"_s, {}, u"send results of failed runs too (implies --reply)"_s},
            {u"filter"_s, u"filter"_s,
                u"key=value, or {\"path\":\"a.b\",\"value\":1}; may be repeated"_s},
            {u"filter-logic"_s, u"and|or"_s, u"how several filters combine (and)"_s},
            {u"initial"_s, u"text"_s,
                u"a message to send when connected; a JSON string is sent un-quoted; may be repeated"_s},
            {u"heartbeat"_s, u"secs:message"_s, u"send a message every SECS seconds"_s},
            {u"state-field"_s, u"field"_s,
                u"top-level field that {{state}} in the heartbeat stands for"_s},
            {u"header"_s, u"Name: value"_s, u"of the handshake; may be repeated"_s},
            {u"subprotocol"_s, u"name"_s,
                u"to offer; the server has to choose one; may be repeated"_s},
            {u"isolation"_s, u"process|worker"_s,
                u"a process per message, or one that serves message after message (process)"_s},
            {u"concurrency"_s, u"n"_s, u"runs at the same time; 1 = strictly in order"_s},
            {u"count"_s, u"n"_s, u"end after n runs; exit 1 if any failed"_s}, jsonOption()},
        .leastPositional = 1,
        .mostPositional = 1,
        .run = listen};
}

} // namespace earshot::cli
