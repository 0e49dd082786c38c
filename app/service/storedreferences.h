// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/redaction.h"
#include "model/references.h"
#include "triggers/runnableinvoker.h"

#include <QHash>
#include <QStringList>

namespace earshot::storage {
class Storage;
}

namespace earshot::service {

/// Variables, resources and secrets of a profile, by path as on Windmill: a secret is found as a
/// variable of its path. Secret values are held in memory while the service runs.
class StoredReferences final : public triggers::ReferenceResolver, public ReferenceLookup
{
public:
    explicit StoredReferences(storage::Storage &storage);

    void setSecret(const QString &path, const QString &value);
    void removeSecret(const QString &path);
    void setSecrets(const QHash<QString, QString> &secrets);
    [[nodiscard]] const Redactor &redactor() const { return m_redactor; }

    // triggers::ReferenceResolver
    [[nodiscard]] Result<QString> resolveText(const QString &text) const override;
    [[nodiscard]] Result<QJsonObject> resolveArgs(const QJsonObject &args) const override;
    // ReferenceLookup
    [[nodiscard]] Result<QString> variable(const QString &path) const override;
    [[nodiscard]] Result<QJsonValue> resource(const QString &path) const override;

private:
    void rebuildRedactor();

    storage::Storage &m_storage;
    QHash<QString, QString> m_secrets;
    Redactor m_redactor;
};

} // namespace earshot::service
