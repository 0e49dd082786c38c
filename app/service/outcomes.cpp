// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/outcomes.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

RunOutcome withError(RunStatus status, const QJsonObject &error)
{
    RunOutcome outcome;
    outcome.status = status;
    outcome.result = QJsonDocument(QJsonObject{{u"error"_s, error}}).toJson(QJsonDocument::Compact);
    outcome.finishedAtUs = QDateTime::currentMSecsSinceEpoch() * 1000;
    return outcome;
}

} // namespace

RunOutcome errorOutcome(RunStatus status, const QString &name, const QString &message)
{
    return withError(status, {{u"name"_s, name}, {u"message"_s, message}});
}

RunOutcome cancelledOutcome(const QString &reason, const QString &by)
{
    return withError(RunStatus::Cancelled,
        {{u"name"_s, u"Canceled"_s},
            {u"message"_s, QString(u"Job canceled: %1 by %2"_s.arg(reason, by))},
            {u"reason"_s, reason}, {u"canceler"_s, by}});
}

} // namespace earshot::service
