// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/runprinter.h"

#include "app/cli/output.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

qint64 tookUs(const RunOutcome &outcome)
{
    return outcome.startedAtUs > 0 && outcome.finishedAtUs > outcome.startedAtUs
        ? outcome.finishedAtUs - outcome.startedAtUs
        : 0;
}

QByteArray errorMember(const QByteArray &result)
{
    const QJsonObject error = QJsonDocument::fromJson(result).object().value("error"_L1).toObject();
    return error.isEmpty() ? result : QJsonDocument(error).toJson(QJsonDocument::Compact);
}

} // namespace

QString errorLine(const QByteArray &result)
{
    const QJsonObject error = QJsonDocument::fromJson(result).object().value("error"_L1).toObject();
    const QString name = error.value("name"_L1).toString();
    const QString message = error.value("message"_L1).toString();
    if (message.isEmpty()) {
        return QString::fromUtf8(result.left(1024));
    }
    return name.isEmpty() ? message : u"%1: %2"_s.arg(name, message);
}

void RunPrinter::runChanged(const service::RunNotice &notice)
{
    if (notice.outcome == nullptr) {
        return;
    }
    if (notice.purpose != RunPurpose::Message) {
        if (notice.status != RunStatus::Success && notice.status != RunStatus::Cancelled) {
            writeErr(u"%1 %2: %3\n"_s.arg(toString(notice.purpose), notice.runnablePath,
                printable(errorLine(notice.outcome->result).toUtf8(), 400)));
        }
        return;
    }
    if (m_options.json) {
        printJson(notice);
    } else {
        printText(notice);
    }
    if (runEnded) {
        runEnded(notice.status);
    }
}

void RunPrinter::printJson(const service::RunNotice &notice) const
{
    const RunOutcome &outcome = *notice.outcome;
    JsonLine line;
    line.text(u"status", toString(notice.status));
    if (notice.binary) {
        line.text(u"msg", QString::fromLatin1(notice.message.toBase64()));
        line.boolean(u"binary", true);
    } else {
        line.utf8(u"msg", notice.message);
    }
    if (notice.status == RunStatus::Success) {
        line.json(u"result", outcome.result);
    } else {
        line.json(u"error", errorMember(outcome.result));
    }
    line.real(u"duration_ms", static_cast<double>(tookUs(outcome)) / 1000.0);
    if (notice.reply != nullptr && notice.reply->has_value()) {
        line.utf8(u"reply", **notice.reply);
    } else {
        line.null(u"reply");
    }
    if (notice.replyError != nullptr && !notice.replyError->isEmpty()) {
        line.text(u"reply_error", *notice.replyError);
    }
    if (!outcome.logs.isEmpty()) {
        line.utf8(u"logs", outcome.logs);
    }
    writeOut(line.toLine());
}

void RunPrinter::printText(const service::RunNotice &notice) const
{
    const RunOutcome &outcome = *notice.outcome;
    const bool success = notice.status == RunStatus::Success;
    const QString verdict
        = coloured(success ? Colour::Green : Colour::Red, toString(notice.status));
    QString message
        = notice.binary ? u"%1 bytes"_s.arg(notice.message.size()) : printable(notice.message, 80);
    QString line = u"%1 %2  %3  →  "_s.arg(
        verdict, coloured(Colour::Dim, duration(tookUs(outcome)).rightJustified(8)), message);
    line += success ? printable(outcome.result, 120)
                    : printable(errorLine(outcome.result).toUtf8(), 400);
    if (notice.reply != nullptr && notice.reply->has_value()) {
        line += coloured(Colour::Dim, u"  (replied)"_s);
    }
    writeOut((line + u'\n').toUtf8());
    for (const QByteArray &log : outcome.logs.split('\n')) {
        if (!log.isEmpty()) {
            writeErr(coloured(Colour::Dim, u"  | %1\n"_s.arg(printable(log, 400))));
        }
    }
}

void RunPrinter::triggerChanged(const QString &)
{
    if (!status || m_options.quiet) {
        return;
    }
    const triggers::SessionStatus now = status();
    QString text = now.text;
    if (now.phase == triggers::SessionPhase::Ready) {
        text = now.subprotocol.isEmpty() ? u"connected to %1"_s.arg(now.peer)
                                         : u"connected to %1 (%2)"_s.arg(now.peer, now.subprotocol);
    }
    if (!text.isEmpty() && text != m_lastStatus) {
        m_lastStatus = text;
        writeErr(coloured(Colour::Dim, printable(text.toUtf8(), 400)) + u'\n');
    }
}

void RunPrinter::connectionClosed(const QString &, const triggers::CloseInfo &) { }

void RunPrinter::alert(const QString &, const QString &text)
{
    writeErr(u"%1\n"_s.arg(printable(text.toUtf8(), 600)));
}

} // namespace earshot::cli
