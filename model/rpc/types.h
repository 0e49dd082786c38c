// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/jsonfields.h"

#include <QByteArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

/// The values of the control API; docs/rpc.md describes them for people. Times are microseconds
/// since 1970 UTC (`…_at_us`, 0 = never), durations milliseconds (`…_ms`), sizes bytes.
namespace earshot::rpc {

/// Version of the API; a client and a service talk only when both have the same.
inline constexpr int kApiVersion = 1;
/// Bytes of a message or result a row carries.
inline constexpr qsizetype kMaxPreviewBytes = 512;
/// Bytes of each body `run.get` carries; the rest is read with `run.read`.
inline constexpr qsizetype kMaxInlineBytes = qsizetype(16) * 1024;
/// Bytes one chunk of `message.read`, `run.read` or `run.logs` carries at most.
inline constexpr qsizetype kMaxChunkBytes = qsizetype(512) * 1024;
inline constexpr int kDefaultPageSize = 100;
inline constexpr int kMaxPageSize = 200;

/// The start of a body for a row: at most kMaxPreviewBytes, cut between characters; what is not
/// UTF-8 shows as U+FFFD, binary as hexadecimal.
[[nodiscard]] QString previewOf(const QByteArray &body, bool binary = false);
/// The first `maxBytes` as text, cut between characters.
[[nodiscard]] QString textOf(const QByteArray &body, qsizetype maxBytes);

struct Empty
{
    template <typename F>
    static void fields(F &)
    { }
    friend bool operator==(const Empty &, const Empty &) = default;
};

struct ServiceInfo
{
    int api = kApiVersion;
    QString version = {};
    qint64 pid = 0;
    QString dataDir = {};
    QString workspace = {};
    QString socket = {};
    qint64 startedAtUs = 0;
    template <typename F>
    static void fields(F &f)
    {
        f("api", &ServiceInfo::api);
        f("version", &ServiceInfo::version);
        f("pid", &ServiceInfo::pid);
        f("data_dir", &ServiceInfo::dataDir);
        f("workspace", &ServiceInfo::workspace);
        f("socket", &ServiceInfo::socket);
        f("started_at_us", &ServiceInfo::startedAtUs);
    }
    friend bool operator==(const ServiceInfo &, const ServiceInfo &) = default;
};

/// Since the service started, or over all triggers of it.
struct Counters
{
    qint64 received = 0;
    qint64 matched = 0;
    qint64 queued = 0; ///< now
    qint64 running = 0; ///< now
    qint64 succeeded = 0;
    qint64 failed = 0;
    qint64 dropped = 0;
    qint64 reconnects = 0;
    qint64 sent = 0;
    qint64 suspended = 0; ///< now
    template <typename F>
    static void fields(F &f)
    {
        f("received", &Counters::received);
        f("matched", &Counters::matched);
        f("queued", &Counters::queued);
        f("running", &Counters::running);
        f("succeeded", &Counters::succeeded);
        f("failed", &Counters::failed);
        f("dropped", &Counters::dropped);
        f("reconnects", &Counters::reconnects);
        f("sent", &Counters::sent);
        f("suspended", &Counters::suspended);
    }
    friend bool operator==(const Counters &, const Counters &) = default;
};

struct ServiceStatus
{
    ServiceInfo service = {};
    qint64 uptimeMs = 0;
    qint64 memoryBytes = 0; ///< resident set of the service itself
    int processes = 0; ///< of scripts, standbys and workers included
    int clients = 0; ///< of the control socket
    qint64 pendingWrites = 0; ///< storage calls that are not durable yet
    QString problem = {}; ///< why nothing new is accepted (disk full, …); empty = all is well
    Counters totals = {};
    int triggers = 0;
    int ready = 0; ///< triggers with a ready session
    template <typename F>
    static void fields(F &f)
    {
        f("service", &ServiceStatus::service);
        f("uptime_ms", &ServiceStatus::uptimeMs);
        f("memory_bytes", &ServiceStatus::memoryBytes);
        f("processes", &ServiceStatus::processes);
        f("clients", &ServiceStatus::clients);
        f("pending_writes", &ServiceStatus::pendingWrites);
        f("problem", &ServiceStatus::problem);
        f("totals", &ServiceStatus::totals);
        f("triggers", &ServiceStatus::triggers);
        f("ready", &ServiceStatus::ready);
    }
    friend bool operator==(const ServiceStatus &, const ServiceStatus &) = default;
};

struct SessionState
{
    SessionPhase phase = SessionPhase::Off;
    QString url = {}; ///< as connected, secrets and tokens masked
    QString subprotocol = {}; ///< the one the server chose
    int attempt = 0; ///< since the last ready
    QString error = {}; ///< of the last attempt; empty once ready
    qint64 sinceAtUs = 0; ///< when the phase began
    qint64 nextAttemptAtUs = 0; ///< BackingOff only
    qint64 lastMessageAtUs = 0;
    template <typename F>
    static void fields(F &f)
    {
        f("phase", &SessionState::phase);
        f("url", &SessionState::url);
        f("subprotocol", &SessionState::subprotocol);
        f("attempt", &SessionState::attempt);
        f("error", &SessionState::error);
        f("since_at_us", &SessionState::sinceAtUs);
        f("next_attempt_at_us", &SessionState::nextAttemptAtUs);
        f("last_message_at_us", &SessionState::lastMessageAtUs);
    }
    friend bool operator==(const SessionState &, const SessionState &) = default;
};

struct TriggerSummary
{
    QString path = {};
    qint64 revision = 0; ///< grows with each save
    TriggerMode mode = TriggerMode::Disabled;
    QString url = {}; ///< as configured, secrets masked
    QString runnable = {};
    bool isFlow = false;
    SessionState session = {};
    Counters counters = {};
    qint64 queueDepth = 0; ///< messages accepted and not started
    QString error = {}; ///< why it was stopped or disabled; empty = nothing
    QStringList inactiveKeys = {};
    template <typename F>
    static void fields(F &f)
    {
        f("path", &TriggerSummary::path);
        f("revision", &TriggerSummary::revision);
        f("mode", &TriggerSummary::mode);
        f("url", &TriggerSummary::url);
        f("runnable", &TriggerSummary::runnable);
        f("is_flow", &TriggerSummary::isFlow);
        f("session", &TriggerSummary::session);
        f("counters", &TriggerSummary::counters);
        f("queue_depth", &TriggerSummary::queueDepth);
        f("error", &TriggerSummary::error);
        f("inactive_keys", &TriggerSummary::inactiveKeys);
    }
    friend bool operator==(const TriggerSummary &, const TriggerSummary &) = default;
};

struct TriggerDocument
{
    QString path = {};
    QString document = {}; ///< JSON text, as a person wrote it
    qint64 revision = 0;
    TriggerSummary summary = {};
    template <typename F>
    static void fields(F &f)
    {
        f("path", &TriggerDocument::path);
        f("document", &TriggerDocument::document);
        f("revision", &TriggerDocument::revision);
        f("summary", &TriggerDocument::summary);
    }
    friend bool operator==(const TriggerDocument &, const TriggerDocument &) = default;
};

struct SavedTrigger
{
    QString path = {};
    qint64 revision = 0;
    bool created = false;
    QStringList inactiveKeys = {}; ///< kept but not acted on by this version
    template <typename F>
    static void fields(F &f)
    {
        f("path", &SavedTrigger::path);
        f("revision", &SavedTrigger::revision);
        f("created", &SavedTrigger::created);
        f("inactive_keys", &SavedTrigger::inactiveKeys);
    }
    friend bool operator==(const SavedTrigger &, const SavedTrigger &) = default;
};

struct Problem
{
    QString message = {};
    QString detail = {};
    QString pointer = {}; ///< JSON pointer of the value; empty = the document or its path
    template <typename F>
    static void fields(F &f)
    {
        f("message", &Problem::message);
        f("detail", &Problem::detail);
        f("pointer", &Problem::pointer);
    }
    friend bool operator==(const Problem &, const Problem &) = default;
};

struct Validation
{
    bool valid = false;
    QList<Problem> problems = {};
    QStringList inactiveKeys = {};
    template <typename F>
    static void fields(F &f)
    {
        f("valid", &Validation::valid);
        f("problems", &Validation::problems);
        f("inactive_keys", &Validation::inactiveKeys);
    }
    friend bool operator==(const Validation &, const Validation &) = default;
};

struct TestStage
{
    QString name = {}; ///< `resolve_url`, `dns`, `connect`, `tls`, `handshake`, …
    bool ok = false;
    double ms = 0;
    QString detail = {};
    template <typename F>
    static void fields(F &f)
    {
        f("name", &TestStage::name);
        f("ok", &TestStage::ok);
        f("ms", &TestStage::ms);
        f("detail", &TestStage::detail);
    }
    friend bool operator==(const TestStage &, const TestStage &) = default;
};

struct TestReport
{
    bool ok = false;
    QList<TestStage> stages = {};
    QString error = {};
    template <typename F>
    static void fields(F &f)
    {
        f("ok", &TestReport::ok);
        f("stages", &TestReport::stages);
        f("error", &TestReport::error);
    }
    friend bool operator==(const TestReport &, const TestReport &) = default;
};

/// What a trigger would do, to be looked at before it is taken in.
struct TriggerPreview
{
    QString document = {}; ///< JSON text
    QStringList hosts = {}; ///< it connects to
    QStringList references = {}; ///< `$var:` and `$res:` it reads
    QStringList runnables = {}; ///< it runs
    QList<Problem> problems = {};
    template <typename F>
    static void fields(F &f)
    {
        f("document", &TriggerPreview::document);
        f("hosts", &TriggerPreview::hosts);
        f("references", &TriggerPreview::references);
        f("runnables", &TriggerPreview::runnables);
        f("problems", &TriggerPreview::problems);
    }
    friend bool operator==(const TriggerPreview &, const TriggerPreview &) = default;
};

/// A kind of server to listen to: data of resources/presets.
struct Preset
{
    QString id = {};
    QJsonObject preset = {};
    template <typename F>
    static void fields(F &f)
    {
        f("id", &Preset::id);
        f("preset", &Preset::preset);
    }
    friend bool operator==(const Preset &, const Preset &) = default;
};

struct ExportedTrigger
{
    QString path = {};
    QString fileName = {}; ///< relative to the workspace: `f/a/b.websocket_trigger.yaml`
    QString text = {};
    template <typename F>
    static void fields(F &f)
    {
        f("path", &ExportedTrigger::path);
        f("file_name", &ExportedTrigger::fileName);
        f("text", &ExportedTrigger::text);
    }
    friend bool operator==(const ExportedTrigger &, const ExportedTrigger &) = default;
};

} // namespace earshot::rpc
