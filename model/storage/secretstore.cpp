// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/secretstore.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

Error noSuchSecret(const QString &path)
{
    return Error{ErrorCode::NotFound, u"there is no secret %1"_s.arg(path), {}};
}

} // namespace

FileSecretStore::FileSecretStore(QString file)
    : m_file(std::move(file))
{ }

Result<void> FileSecretStore::load()
{
    m_values.clear();
    m_loaded = {};
    QFile file(m_file);
    if (!file.exists()) {
        return {};
    }
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    if ((file.permissions() & others) != QFile::Permissions()) {
        // Close it and go on: refusing would lock people out after a careless copy.
        if (!file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)) {
            m_loaded = Error{ErrorCode::PermissionDenied,
                u"the secrets file %1 can be read by others"_s.arg(m_file), {}};
            return m_loaded;
        }
    }
    if (!file.open(QIODevice::ReadOnly)) {
        m_loaded = Error{ErrorCode::Io,
            u"cannot read the secrets file %1: %2"_s.arg(m_file, file.errorString()), {}};
        return m_loaded;
    }
    if (file.size() > kMaxFileBytes) {
        m_loaded = Error{ErrorCode::LimitExceeded,
            u"the secrets file %1 is larger than 16 MiB"_s.arg(m_file), {}};
        return m_loaded;
    }
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &problem);
    if (!document.isObject()) {
        m_loaded = Error{ErrorCode::Corrupt,
            u"the secrets file %1 is not a JSON object: %2"_s.arg(m_file, problem.errorString()),
            {}};
        return m_loaded;
    }
    const QJsonObject object = document.object();
    for (auto it = object.begin(); it != object.end(); ++it) {
        m_values.insert(it.key(), it.value().toString());
    }
    return {};
}

Result<void> FileSecretStore::replace(QMap<QString, QString> values)
{
    if (!m_loaded) {
        return m_loaded;
    }
    QJsonObject object;
    for (auto it = values.cbegin(); it != values.cend(); ++it) {
        object.insert(it.key(), it.value());
    }
    const QByteArray text = QJsonDocument(object).toJson();
    if (text.size() > kMaxFileBytes) {
        return Error{ErrorCode::LimitExceeded, u"all secrets together exceed 16 MiB"_s, {}};
    }
    // QSaveFile syncs before it renames: after a crash there is the old file or the new one.
    QSaveFile file(m_file);
    if (!file.open(QIODevice::WriteOnly)
        || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)
        || file.write(text) != text.size() || !file.commit()) {
        return Error{ErrorCode::Io,
            u"cannot write the secrets file %1: %2"_s.arg(m_file, file.errorString()), {}};
    }
    m_values = std::move(values);
    return {};
}

void FileSecretStore::get(const QString &path, Callback<QString> done)
{
    const auto found = m_values.constFind(path);
    if (found != m_values.cend()) {
        done(*found);
    } else {
        done(m_loaded ? noSuchSecret(path) : m_loaded.error());
    }
}

void FileSecretStore::set(const QString &path, const QString &value, Callback<void> done)
{
    if (value.size() > kMaxValueBytes) {
        done(
            Error{ErrorCode::LimitExceeded, u"the secret %1 is larger than 1 MiB"_s.arg(path), {}});
        return;
    }
    auto values = m_values;
    values.insert(path, value);
    done(replace(std::move(values)));
}

void FileSecretStore::remove(const QString &path, Callback<void> done)
{
    auto values = m_values;
    if (values.remove(path) == 0) {
        done(m_loaded ? noSuchSecret(path) : m_loaded.error());
        return;
    }
    done(replace(std::move(values)));
}

void FileSecretStore::list(Callback<QStringList> done)
{
    if (!m_loaded) {
        done(m_loaded.error());
        return;
    }
    done(QStringList(m_values.keys()));
}

QString FileSecretStore::place() const
{
    return u"the file %1 (mode 0600)"_s.arg(m_file);
}

} // namespace earshot::storage
