// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/displaytext.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

QString tr(const char *text, const char *comment = nullptr, int n = -1)
{
    return QCoreApplication::translate("Display", text, comment, n);
}

/// A ready connection on which nothing came for this long is called silent.
constexpr qint64 kSilentAfterUs = qint64(60) * 1'000'000;

/// 0 unless the trigger is ready and silent.
qint64 silentForUs(const rpc::TriggerSummary &trigger, qint64 nowUs)
{
    const rpc::SessionState &session = trigger.session;
    const qint64 last = std::max(session.sinceAtUs, session.lastMessageAtUs);
    if (session.phase != rpc::SessionPhase::Ready || last <= 0) {
        return 0;
    }
    return nowUs - last >= kSilentAfterUs ? nowUs - last : 0;
}

QString longText(qint64 microseconds)
{
    const int minutes = static_cast<int>(microseconds / 60'000'000);
    if (minutes < 60) {
        return tr("%n min", nullptr, minutes);
    }
    return minutes < 48 * 60 ? tr("%n h", nullptr, minutes / 60)
                             : tr("%n days", nullptr, minutes / (24 * 60));
}

} // namespace

StateShape shapeOf(const rpc::TriggerSummary &trigger, qint64 nowUs)
{
    switch (trigger.session.phase) {
    case rpc::SessionPhase::Off:
        return trigger.error.isEmpty() ? StateShape::Ring : StateShape::Square;
    case rpc::SessionPhase::ResolvingUrl:
    case rpc::SessionPhase::Connecting:
    case rpc::SessionPhase::Starting:
        return StateShape::Arc;
    case rpc::SessionPhase::Ready:
        return trigger.mode == TriggerMode::Suspended ? StateShape::Bars
            : silentForUs(trigger, nowUs) > 0         ? StateShape::DiscInRing
                                                      : StateShape::Disc;
    case rpc::SessionPhase::BackingOff:
        return StateShape::Triangle;
    case rpc::SessionPhase::Stopped:
        return StateShape::Square;
    }
    return StateShape::Ring;
}

Tone toneOf(const rpc::TriggerSummary &trigger)
{
    switch (trigger.session.phase) {
    case rpc::SessionPhase::Off:
        return trigger.error.isEmpty() ? Tone::Quiet : Tone::Bad;
    case rpc::SessionPhase::ResolvingUrl:
    case rpc::SessionPhase::Connecting:
    case rpc::SessionPhase::Starting:
        return Tone::Busy;
    case rpc::SessionPhase::Ready:
        return trigger.mode == TriggerMode::Suspended ? Tone::Warning : Tone::Good;
    case rpc::SessionPhase::BackingOff:
        return Tone::Warning;
    case rpc::SessionPhase::Stopped:
        return Tone::Bad;
    }
    return Tone::Quiet;
}

Tone toneOf(RunStatus status)
{
    switch (status) {
    case RunStatus::Queued:
    case RunStatus::Cancelled:
        return Tone::Quiet;
    case RunStatus::Running:
        return Tone::Busy;
    case RunStatus::Success:
        return Tone::Good;
    case RunStatus::Suspended:
    case RunStatus::Interrupted:
        return Tone::Warning;
    case RunStatus::Failure:
    case RunStatus::Timeout:
    case RunStatus::Crashed:
    case RunStatus::FailedToStart:
        return Tone::Bad;
    }
    return Tone::Quiet;
}

QString stateText(const rpc::TriggerSummary &trigger, qint64 nowUs)
{
    switch (trigger.session.phase) {
    case rpc::SessionPhase::Off:
        return trigger.error.isEmpty() ? tr("off") : tr("stopped");
    case rpc::SessionPhase::ResolvingUrl:
        return tr("finding its URL");
    case rpc::SessionPhase::Connecting:
        return tr("connecting");
    case rpc::SessionPhase::Starting:
        return tr("sending initial messages");
    case rpc::SessionPhase::Ready: {
        if (trigger.mode == TriggerMode::Suspended) {
            return tr("suspended, %1 waiting").arg(trigger.counters.suspended);
        }
        const qint64 silent = silentForUs(trigger, nowUs);
        return silent > 0 ? tr("ready, silent for %1").arg(longText(silent)) : tr("ready");
    }
    case rpc::SessionPhase::BackingOff: {
        const qint64 wait = trigger.session.nextAttemptAtUs - nowUs;
        return wait > 0 ? tr("next attempt in %1 s").arg((wait + 999'999) / 1'000'000)
                        : tr("trying again");
    }
    case rpc::SessionPhase::Stopped:
        return tr("stopped");
    }
    return {};
}

QString statusText(RunStatus status)
{
    switch (status) {
    case RunStatus::Queued:
        return tr("queued");
    case RunStatus::Running:
        return tr("running");
    case RunStatus::Success:
        return tr("success");
    case RunStatus::Failure:
        return tr("failure");
    case RunStatus::Timeout:
        return tr("timeout");
    case RunStatus::Cancelled:
        return tr("cancelled");
    case RunStatus::Crashed:
        return tr("crashed");
    case RunStatus::FailedToStart:
        return tr("failed to start");
    case RunStatus::Interrupted:
        return tr("interrupted");
    case RunStatus::Suspended:
        return tr("suspended");
    }
    return {};
}

QString counterText(const rpc::Counters &counters)
{
    const QLocale locale;
    QStringList parts;
    const auto add = [&](qint64 count, const QString &text) {
        if (count != 0) {
            parts += text.arg(locale.toString(count));
        }
    };
    add(counters.received, tr("%1 received"));
    // What went wrong comes first: the end is cut where there is little room.
    add(counters.failed, tr("%1 failed"));
    add(counters.dropped, tr("%1 dropped"));
    add(counters.succeeded, tr("%1 ok"));
    add(counters.queued, tr("%1 queued"));
    return parts.join(u" · "_s);
}

QString timeText(qint64 atUs, qint64 nowUs)
{
    if (atUs == 0) {
        return {};
    }
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(atUs / 1'000);
    const bool today = at.date() == QDateTime::fromMSecsSinceEpoch(nowUs / 1'000).date();
    return at.toString(today ? u"HH:mm:ss.zzz"_s : u"yyyy-MM-dd HH:mm:ss"_s);
}

QString sizeText(qint64 bytes)
{
    return bytes < 1'000 ? u"%1 B"_s.arg(bytes)
                         : QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat);
}

QString durationText(qint64 microseconds)
{
    const QLocale locale;
    const auto us = static_cast<double>(std::max<qint64>(microseconds, 0));
    if (us < 10'000) {
        return u"%1 ms"_s.arg(locale.toString(us / 1e3, 'f', 2));
    }
    if (us < 1e6) {
        return u"%1 ms"_s.arg(locale.toString(us / 1e3, 'f', 0));
    }
    return u"%1 s"_s.arg(locale.toString(us / 1e6, 'f', us < 1e8 ? 2 : 0));
}

QString oneLine(const QString &text)
{
    QString line = text;
    for (QChar &c : line) {
        if (c == u'\n') {
            c = QChar(0x21b5);
        } else if (c == u'\t') {
            c = u' ';
        } else if (c.unicode() < 0x20) {
            c = QChar(0x2400 + c.unicode());
        } else if (c == QChar(0x7f) || (c.unicode() >= 0x80 && c.unicode() < 0xa0)
            || (c.unicode() >= 0x202a && c.unicode() <= 0x202e)
            || (c.unicode() >= 0x2066 && c.unicode() <= 0x2069) || c == QChar::ParagraphSeparator
            || c == QChar::LineSeparator) {
            // what turns or breaks the line would let a message pass for another one
            c = QChar::ReplacementCharacter;
        }
    }
    return line;
}

} // namespace earshot::items
