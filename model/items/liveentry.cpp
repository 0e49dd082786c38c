// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/liveentry.h"

#include "model/messagefilter.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("LiveEntry", text);
}

/// What keeps a connection alive says so by its name.
bool isUpkeep(const LiveEntry &entry, const QString &type)
{
    if (entry.what == rpc::RowKind::Heartbeat || entry.what == rpc::RowKind::Pong) {
        return true;
    }
    for (const QLatin1StringView word : {"heartbeat"_L1, "ping"_L1, "pong"_L1, "keepalive"_L1,
             "keep_alive"_L1, "session_keepalive"_L1, "ka"_L1, "heartbeat_ack"_L1}) {
        if (type.compare(word, Qt::CaseInsensitive) == 0) {
            return true;
        }
    }
    return false;
}

quint64 repeatKeyOf(const LiveEntry &entry)
{
    const QString type = entry.type();
    if (isUpkeep(entry, type)) {
        return 1;
    }
    const size_t content = type.isEmpty() ? qHash(entry.preview) : qHash(type);
    return qHashMulti(size_t(0), static_cast<int>(entry.what), static_cast<int>(entry.kind),
               static_cast<int>(entry.verdict), content)
        | 2U;
}

} // namespace

LiveEntry LiveEntry::of(const rpc::MessageRow &row)
{
    LiveEntry entry{.id = row.id,
        .atUs = row.atUs,
        .size = row.size,
        .runId = row.runId,
        .latencyUs = row.latencyUs.value_or(0),
        .trigger = row.trigger,
        .preview = row.preview.toUtf8(),
        .run = row.runStatus,
        .direction = row.direction,
        .kind = row.kind,
        .what = row.what,
        .verdict = row.verdict,
        .hit = row.hit.value_or(true)};
    entry.repeatKey = repeatKeyOf(entry);
    return entry;
}

LiveEntry LiveEntry::of(const rpc::RunRow &run)
{
    LiveEntry entry{.atUs = run.receivedAtUs,
        .size = run.messageSize,
        .runId = run.id,
        .latencyUs = run.finishedAtUs > run.receivedAtUs ? run.finishedAtUs - run.receivedAtUs : 0,
        .trigger = run.trigger,
        .preview = run.message.toUtf8(),
        .run = run.status,
        .verdict = rpc::Verdict::Matched};
    entry.repeatKey = repeatKeyOf(entry);
    return entry;
}

bool LiveEntry::isWhole() const noexcept
{
    return kind == rpc::PayloadKind::Binary ? size * 2 <= preview.size() : size <= preview.size();
}

QString LiveEntry::type() const
{
    switch (what) {
    case rpc::RowKind::Message:
    case rpc::RowKind::Initial:
    case rpc::RowKind::Reply:
    case rpc::RowKind::Script:
    case rpc::RowKind::User:
    case rpc::RowKind::Heartbeat: {
        if (kind == rpc::PayloadKind::Binary) {
            return tr("binary");
        }
        const QString own = oneLine(messageType(preview));
        return own.isEmpty() && what != rpc::RowKind::Message ? rowKindText(what) : own;
    }
    default:
        return rowKindText(what);
    }
}

QString LiveEntry::summary() const
{
    if (kind == rpc::PayloadKind::Event) {
        const qsizetype end = preview.indexOf('\n');
        return oneLine(QString::fromUtf8(end < 0 ? preview : preview.first(end)));
    }
    return oneLine(QString::fromUtf8(preview));
}

QString LiveEntry::stateText() const
{
    if (run) {
        return statusText(*run);
    }
    switch (verdict) {
    case rpc::Verdict::None:
        return {};
    case rpc::Verdict::Matched:
        return tr("matched");
    case rpc::Verdict::Filtered:
        return tr("filtered");
    case rpc::Verdict::Ignored:
        return tr("ignored");
    case rpc::Verdict::Dropped:
        return tr("dropped");
    }
    return {};
}

Tone LiveEntry::tone() const
{
    if (run) {
        return toneOf(*run);
    }
    switch (what) {
    case rpc::RowKind::Closed:
    case rpc::RowKind::Waiting:
    case rpc::RowKind::Note:
        return Tone::Warning;
    case rpc::RowKind::Stopped:
        return Tone::Bad;
    case rpc::RowKind::Ready:
        return Tone::Good;
    default:
        return verdict == rpc::Verdict::Dropped ? Tone::Bad : Tone::Quiet;
    }
}

QString rowKindText(rpc::RowKind kind)
{
    switch (kind) {
    case rpc::RowKind::Message:
        return tr("message");
    case rpc::RowKind::Initial:
        return tr("initial message");
    case rpc::RowKind::Heartbeat:
        return tr("heartbeat");
    case rpc::RowKind::Reply:
        return tr("reply");
    case rpc::RowKind::Script:
        return tr("from the script");
    case rpc::RowKind::User:
        return tr("by hand");
    case rpc::RowKind::ResolvingUrl:
        return tr("finding the URL");
    case rpc::RowKind::Connecting:
        return tr("connecting");
    case rpc::RowKind::Open:
        return tr("open");
    case rpc::RowKind::Starting:
        return tr("starting");
    case rpc::RowKind::Ready:
        return tr("ready");
    case rpc::RowKind::Pong:
        return tr("pong");
    case rpc::RowKind::Closed:
        return tr("closed");
    case rpc::RowKind::Waiting:
        return tr("waiting");
    case rpc::RowKind::Stopped:
        return tr("stopped");
    case rpc::RowKind::Note:
        return tr("note");
    }
    return {};
}

} // namespace earshot::items
