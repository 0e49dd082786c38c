// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/outcomes.h"

#include "runner/jsontext.h"
#include "runner/limits.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <cstring>

using namespace Qt::StringLiterals;

namespace earshot::runner::outcomes {

namespace {

QByteArray errorText(QJsonObject error, const QString &stepId)
{
    if (!stepId.isEmpty()) {
        error.insert("step_id"_L1, stepId);
    }
    return QJsonDocument(QJsonObject{{u"error"_s, error}}).toJson(QJsonDocument::Compact);
}

} // namespace

QString lastLogLines(const QByteArray &log)
{
    static const QRegularExpression escapes(
        u"\\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)?|[@-Z\\\\-_])"_s);
    // Four bytes a character at most, and room for what the removal of escapes takes away.
    QString text = QString::fromUtf8(log.last(std::min(log.size(), limits::kErrorLogChars * 8)));
    text.remove(escapes);
    return text.right(limits::kErrorLogChars);
}

QByteArray exitCode(const QString &program, int code, const QByteArray &log, const QString &stepId)
{
    return errorText({{u"message"_s,
                          u"exit code for \"%1\": %2, last log lines:\n%3"_s.arg(
                              program, QString::number(code), lastLogLines(log))},
                         {u"name"_s, u"ExecutionErr"_s}, {u"exit_code"_s, code}},
        stepId);
}

QByteArray executionError(const QString &text, const QString &stepId)
{
    return errorText(
        {{u"message"_s, QString(u"execution error:\n"_s + text)}, {u"name"_s, u"ExecutionErr"_s}},
        stepId);
}

QByteArray timeout(qint64 limitMs, const QString &stepId)
{
    const QString limit = limitMs % 1000 == 0 ? QString::number(limitMs / 1000)
                                              : QString::number(double(limitMs) / 1000.0);
    return errorText({{u"message"_s,
                          u"job process terminated due to timeout after exceeding job-specific "
                          "duration limit"_s},
                         {u"name"_s, u"ExecutionErr"_s}, {u"canceled_by"_s, u"timeout"_s},
                         {u"reason"_s, QString(u"duration > "_s + limit)}},
        stepId);
}

QByteArray cancelled(const QString &reason, const QString &by)
{
    return errorText({{u"message"_s, u"Job canceled: %1 by %2"_s.arg(reason, by)},
                         {u"name"_s, u"Canceled"_s}, {u"reason"_s, reason}, {u"canceler"_s, by}},
        {});
}

QString signalName(int signalNumber)
{
    const char *name = ::sigabbrev_np(signalNumber);
    return name == nullptr ? QString::number(signalNumber)
                           : QString(u"SIG"_s + QString::fromLatin1(name));
}

QByteArray signalled(
    const QString &program, int signalNumber, const QByteArray &log, const QString &stepId)
{
    return errorText(
        {{u"message"_s,
             u"\"%1\" was ended by signal %2 (%3), last log lines:\n%4"_s.arg(program,
                 QString::number(signalNumber), signalName(signalNumber), lastLogLines(log))},
            {u"name"_s, u"ExecutionErr"_s}, {u"signal"_s, signalName(signalNumber)}},
        stepId);
}

QByteArray failedToStart(const Error &error, const QString &stepId)
{
    const QString text
        = error.detail.isEmpty() ? error.message : QString(error.message + u"\n"_s + error.detail);
    return executionError(text, stepId);
}

QByteArray wrapped(QByteArrayView errorObject)
{
    QByteArray text;
    text.reserve(errorObject.size() + 12);
    text.append("{\"error\":").append(errorObject).append('}');
    return text;
}

QByteArray lastLine(QByteArrayView log)
{
    const QByteArrayView text = log.trimmed();
    const qsizetype start = text.lastIndexOf('\n') + 1;
    QByteArray json;
    appendJsonString(json, QString::fromUtf8(text.sliced(start).trimmed()).toUtf8());
    return json;
}

} // namespace earshot::runner::outcomes
