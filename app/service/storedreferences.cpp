// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/storedreferences.h"

#include "app/service/entryjson.h"
#include "model/storage/storage.h"

using namespace Qt::StringLiterals;

namespace earshot::service {

StoredReferences::StoredReferences(storage::Storage &storage)
    : m_storage(storage)
{ }

void StoredReferences::setSecret(const QString &path, const QString &value)
{
    m_secrets.insert(path, value);
    rebuildRedactor();
}

void StoredReferences::removeSecret(const QString &path)
{
    m_secrets.remove(path);
    rebuildRedactor();
}

void StoredReferences::setSecrets(const QHash<QString, QString> &secrets)
{
    m_secrets = secrets;
    rebuildRedactor();
}

void StoredReferences::rebuildRedactor()
{
    m_redactor = m_secrets.isEmpty() ? Redactor() : Redactor(m_secrets.values());
}

Result<QString> StoredReferences::resolveText(const QString &text) const
{
    return substituteText(u"text"_s, text, *this);
}

Result<QJsonObject> StoredReferences::resolveArgs(const QJsonObject &args) const
{
    return substituteArgs(args, *this);
}

Result<QString> StoredReferences::variable(const QString &path) const
{
    if (const auto secret = m_secrets.constFind(path); secret != m_secrets.cend()) {
        return *secret;
    }
    const auto stored = m_storage.variables().value(path);
    if (!stored) {
        return Error{.code = ErrorCode::NotFound,
            .message = u"Variable %1 not found"_s.arg(path),
            .detail
            = u"set it with `earshot variable set %1` or `earshot secret set %1`"_s.arg(path)};
    }
    return entryFromJson(path, *stored).value.value_or(QJsonValue()).toString();
}

Result<QJsonValue> StoredReferences::resource(const QString &path) const
{
    const auto stored = m_storage.resources().value(path);
    if (!stored) {
        return Error{.code = ErrorCode::NotFound,
            .message = u"Resource %1 not found"_s.arg(path),
            .detail = u"set it with `earshot resource set %1`"_s.arg(path)};
    }
    return entryFromJson(path, *stored).value.value_or(QJsonValue());
}

} // namespace earshot::service
