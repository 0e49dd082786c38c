// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/entryjson.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace earshot::service {

QByteArray entryToJson(const rpc::Entry &entry)
{
    const QJsonObject object{{u"value"_s, entry.value.value_or(QJsonValue())},
        {u"description"_s, entry.description}, {u"resource_type"_s, entry.resourceType},
        {u"updated_at_us"_s, entry.updatedAtUs}};
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

rpc::Entry entryFromJson(const QString &path, const QByteArray &json)
{
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    return {.path = path,
        .value = object.value("value"_L1),
        .description = object.value("description"_L1).toString(),
        .resourceType = object.value("resource_type"_L1).toString(),
        .updatedAtUs = object.value("updated_at_us"_L1).toInteger()};
}

} // namespace earshot::service
