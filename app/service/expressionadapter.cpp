// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/expressionadapter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace earshot::service {

void ExpressionAdapter::evaluatePredicate(
    const QString &expression, const QByteArray &resultJson, std::function<void(Result<bool>)> done)
{
    const QJsonValue result = QJsonDocument::fromJson("[" + resultJson + "]").array().at(0);
    const QJsonObject bindings{
        {u"result"_s, result}, {u"error"_s, result.toObject().value("error"_L1)}};
    m_host.evaluate(expression, bindings, runner::ExpressionHost::Mode::Predicate,
        [done = std::move(done)](const Result<QJsonValue> &value) {
            if (value) {
                done(value->toBool());
            } else {
                done(value.error());
            }
        });
}

} // namespace earshot::service
