// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QMap>
#include <QString>
#include <QStringList>

#include <functional>

namespace earshot::storage {

/// Where secret values live; the database never holds one. Answers come by callback, possibly
/// before the call returns, because a keychain may have to ask a person first. Event-loop thread.
class SecretStore
{
public:
    template <typename T>
    using Callback = std::function<void(const Result<T> &)>;

    SecretStore() = default;
    virtual ~SecretStore() = default;
    Q_DISABLE_COPY_MOVE(SecretStore)

    /// NotFound when there is none.
    virtual void get(const QString &path, Callback<QString> done) = 0;
    virtual void set(const QString &path, const QString &value, Callback<void> done) = 0;
    virtual void remove(const QString &path, Callback<void> done) = 0;
    /// Paths only, sorted.
    virtual void list(Callback<QStringList> done) = 0;
    /// The place in words, for `earshot doctor`.
    [[nodiscard]] virtual QString place() const = 0;
};

/// Secrets in `<data folder>/secrets.json`, readable by its owner only. Owned by Storage.
class FileSecretStore final : public SecretStore
{
public:
    explicit FileSecretStore(QString file);

    /// NotFound is no failure: there are no secrets yet. PermissionDenied when others may read the
    /// file.
    [[nodiscard]] Result<void> load();

    void get(const QString &path, Callback<QString> done) override;
    void set(const QString &path, const QString &value, Callback<void> done) override;
    void remove(const QString &path, Callback<void> done) override;
    void list(Callback<QStringList> done) override;
    [[nodiscard]] QString place() const override;
    [[nodiscard]] const QMap<QString, QString> &values() const noexcept { return m_values; }
    /// Replaces all secrets (restore).
    [[nodiscard]] Result<void> replaceAll(const QMap<QString, QString> &values)
    {
        return replace(values);
    }

    /// Larger files are not read, larger values not taken.
    static constexpr qint64 kMaxFileBytes = qint64(16) * 1024 * 1024;
    static constexpr qint64 kMaxValueBytes = qint64(1024) * 1024;

private:
    /// Writes `values`, and publishes them only once they are on disk.
    [[nodiscard]] Result<void> replace(QMap<QString, QString> values);

    QString m_file;
    QMap<QString, QString> m_values;
    Result<void>
        m_loaded; ///< while this is an Error nothing is written over what could not be read
};

} // namespace earshot::storage
