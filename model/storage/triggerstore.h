// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/storage/sqlite.h"
#include "model/triggerconfig.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>

#include <functional>

namespace earshot::storage {

class Journal;

/// A trigger as saved. The document is the text a person wrote; nothing here interprets it.
struct StoredTrigger
{
    qint64 id = 0; ///< 0 = not saved yet; save() gives it one
    QString path;
    QByteArray document; ///< JSON text
    QByteArray sourceBytes; ///< the imported file, for an export with the same bytes
    QString sourceFormat = QStringLiteral("none"); ///< `yaml`, `json`, `none`
    TriggerMode mode = TriggerMode::Enabled;
    QString error; ///< why it stopped by itself; empty = nothing wrong
    qint64 editedAtUs = 0;
    QByteArray state; ///< JSON text of counters and whatever survives a restart

    friend bool operator==(const StoredTrigger &, const StoredTrigger &) = default;
};

/// The saved triggers, all in memory; what was written is seen only once it is durable. Event-loop
/// thread.
class TriggerStore final
{
public:
    using Done = std::function<void(const Result<qint64> &)>;

    TriggerStore() = default;
    Q_DISABLE_COPY_MOVE(TriggerStore)

    [[nodiscard]] Result<void> load(Connection &connection);
    void attach(Journal *journal) { m_journal = journal; }

    /// Sorted by path.
    [[nodiscard]] QList<StoredTrigger> triggers() const;
    [[nodiscard]] const StoredTrigger *find(qint64 id) const;
    [[nodiscard]] const StoredTrigger *find(const QString &path) const;
    /// Also of deleted triggers, whose runs remain.
    [[nodiscard]] QString pathOf(qint64 id) const;
    /// The id runs of `path` have: of the saved trigger, else of the last deleted one; 0 = none.
    [[nodiscard]] qint64 idOf(const QString &path) const;

    /// Creates (id 0) or replaces a trigger; `done` gets its id after the commit. AlreadyExists
    /// when another trigger has the path, NotFound when the id is gone. A trigger created on the
    /// path of a deleted one goes on with its id, and so with its history.
    void save(StoredTrigger trigger, Done done);
    void remove(qint64 id, Done done);
    /// Writes only `state`; for counters, without publishing the document again.
    void saveState(qint64 id, const QByteArray &state);

private:
    [[nodiscard]] qint64 idForNew(const QString &path);

    Journal *m_journal = nullptr;
    QHash<qint64, StoredTrigger> m_triggers;
    QHash<QString, qint64> m_ids; ///< by path, live triggers, from the call of save() on
    QHash<qint64, QString> m_deleted;
    qint64 m_nextId = 1;
};

} // namespace earshot::storage
