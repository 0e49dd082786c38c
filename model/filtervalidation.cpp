// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/filtervalidation.h"

#include <QJsonObject>
#include <QStringList>

#include <array>

namespace earshot {

using namespace Qt::StringLiterals;

namespace {

[[nodiscard]] Error invalid(const QString &message)
{
    return {.code = ErrorCode::InvalidArgument, .message = message, .detail = {}};
}

/// The name of the group that an entry is, or nothing. An entry with other keys beside it is none.
[[nodiscard]] QString groupName(const QJsonObject &entry)
{
    static constexpr std::array kGroups{"any_of"_L1, "all_of"_L1, "none_of"_L1};
    if (entry.size() == 1) {
        for (const QLatin1StringView group : kGroups) {
            if (entry.contains(group)) {
                return group;
            }
        }
    }
    return {};
}

/// Recursion is bounded by what a QJsonDocument may nest.
void collectErrors(const QJsonValue &value, const QString &location, QList<Error> &errors)
{
    if (!value.isObject()) {
        errors.append(filtertext::unknownShape(location));
        return;
    }
    const QJsonObject entry = value.toObject();
    if (const QString group = groupName(entry); !group.isEmpty()) {
        const QJsonValue members = entry.value(group);
        if (!members.isArray()) {
            errors.append(filtertext::groupIsNoArray(location, group));
            return;
        }
        const QJsonArray list = members.toArray();
        for (qsizetype index = 0; index < list.size(); ++index) {
            collectErrors(list.at(index),
                filtertext::location(location, group, static_cast<int>(index)), errors);
        }
        return;
    }
    const bool hasKey = entry.contains("key"_L1);
    if (hasKey && entry.contains("path"_L1)) {
        errors.append(filtertext::keyAndPath(location));
        return;
    }
    const QJsonValue field = entry.value(hasKey ? "key"_L1 : "path"_L1);
    if (!field.isString() || !entry.contains("value"_L1)) {
        errors.append(filtertext::unknownShape(location));
        return;
    }
    if (!hasKey && field.toString().split(u'.').contains(QString())) {
        errors.append(filtertext::emptySegment(location, field.toString()));
    }
}

} // namespace

QList<Error> filterErrors(const QJsonArray &filters)
{
    QList<Error> errors;
    for (qsizetype index = 0; index < filters.size(); ++index) {
        collectErrors(filters.at(index), filtertext::location(static_cast<int>(index)), errors);
    }
    return errors;
}

Result<void> validateFilters(const QJsonArray &filters)
{
    const QList<Error> errors = filterErrors(filters);
    return errors.isEmpty() ? Result<void>() : Result<void>(errors.front());
}

namespace filtertext {

QString location(int index)
{
    return u"filter #%1"_s.arg(index + 1);
}

QString location(const QString &parent, const QString &group, int index)
{
    return u"%1 -> %2[%3]"_s.arg(parent, group, QString::number(index));
}

Error filtersIsNoArray()
{
    return invalid(u"filters must be an array of filters"_s);
}

Error groupIsNoArray(const QString &location, const QString &group)
{
    return invalid(u"%1: %2 must be an array of filters"_s.arg(location, group));
}

Error keyAndPath(const QString &location)
{
    return invalid(
        u"%1 names its field with both key and path; use one or the other"_s.arg(location));
}

Error unknownShape(const QString &location)
{
    return invalid(u"%1 is neither a {key, value} / {path, value} criterion nor an "
                   "any_of/all_of/none_of group"_s.arg(location));
}

Error emptySegment(const QString &location, const QString &path)
{
    QString quoted = path;
    quoted.replace(u'\\', "\\\\"_L1).replace(u'"', "\\\""_L1);
    return invalid(u"%1: path \"%2\" has an empty segment"_s.arg(location, quoted));
}

} // namespace filtertext

} // namespace earshot
