// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/rpc/rows.h"

#include <QJsonValue>
#include <QList>
#include <QString>

namespace earshot::storage {
class DocumentStore;
}

namespace earshot::service {

/// The settings of a profile: names, defaults, what is allowed, what is stored. Event-loop thread.
class SettingsTable final
{
public:
    explicit SettingsTable(storage::DocumentStore &store)
        : m_store(store)
    { }

    [[nodiscard]] QList<rpc::Setting> list() const;
    [[nodiscard]] Result<rpc::Setting> get(const QString &key) const;
    /// Null restores the default. InvalidArgument names what is allowed.
    [[nodiscard]] Result<rpc::Setting> set(const QString &key, const QJsonValue &value);

    [[nodiscard]] QString text(const QString &key) const;
    [[nodiscard]] qint64 number(const QString &key) const;
    [[nodiscard]] QJsonObject object(const QString &key) const;

private:
    [[nodiscard]] QJsonValue valueOf(const QString &key, const QJsonValue &fallback) const;

    storage::DocumentStore &m_store;
};

/// Names of settings that code refers to.
inline constexpr auto kWorkspaceErrorHandler = u"workspace_error_handler";
inline constexpr auto kWorkspaceErrorHandlerArgs = u"workspace_error_handler_args";
inline constexpr auto kRetentionDays = u"retention.days";
inline constexpr auto kRetentionRuns = u"retention.runs_per_trigger";
inline constexpr auto kMaxProcesses = u"limits.max_processes";
inline constexpr auto kMemoryMiB = u"limits.memory_mib";
inline constexpr auto kSynchronousFull = u"storage.survive_power_loss";

} // namespace earshot::service
