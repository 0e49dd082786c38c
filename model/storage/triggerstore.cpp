// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/triggerstore.h"

#include "model/storage/journal.h"

#include <QSqlError>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

int writeTrigger(Connection &connection, const StoredTrigger &trigger)
{
    return connection.change(
        "INSERT OR REPLACE INTO \"trigger\" (id, path, document, source, source_format, mode, "
        "error, edited_us, state, deleted) VALUES (?,?,?,?,?,?,?,?,?,0)",
        {trigger.id, trigger.path, trigger.document, trigger.sourceBytes, trigger.sourceFormat,
            static_cast<qint64>(trigger.mode), trigger.error, trigger.editedAtUs, trigger.state});
}

} // namespace

Result<void> TriggerStore::load(Connection &connection)
{
    static_assert(static_cast<int>(TriggerMode::Enabled) == 0
        && static_cast<int>(TriggerMode::Disabled) == 1
        && static_cast<int>(TriggerMode::Suspended) == 2);
    QSqlQuery rows
        = connection.run("SELECT id, path, document, source, source_format, mode, error, "
                         "edited_us, state, deleted FROM \"trigger\" ORDER BY id");
    m_triggers.clear();
    m_ids.clear();
    m_deleted.clear();
    while (rows.next()) {
        StoredTrigger trigger;
        trigger.id = rows.value(0).toLongLong();
        trigger.path = rows.value(1).toString();
        m_nextId = std::max(m_nextId, trigger.id + 1);
        if (rows.value(9).toLongLong() != 0) {
            m_deleted.insert(trigger.id, trigger.path);
            continue;
        }
        trigger.document = rows.value(2).toByteArray();
        trigger.sourceBytes = rows.value(3).toByteArray();
        trigger.sourceFormat = rows.value(4).toString();
        trigger.mode
            = static_cast<TriggerMode>(std::clamp<qint64>(rows.value(5).toLongLong(), 0, 2));
        trigger.error = rows.value(6).toString();
        trigger.editedAtUs = rows.value(7).toLongLong();
        trigger.state = rows.value(8).toByteArray();
        m_ids.insert(trigger.path, trigger.id);
        m_triggers.insert(trigger.id, trigger);
    }
    if (rows.lastError().isValid()) {
        return connection.error(rows.lastError(), u"cannot read the triggers"_s);
    }
    return {};
}

QList<StoredTrigger> TriggerStore::triggers() const
{
    QList<StoredTrigger> all = m_triggers.values();
    std::sort(all.begin(), all.end(), [](const StoredTrigger &left, const StoredTrigger &right) {
        return left.path < right.path;
    });
    return all;
}

const StoredTrigger *TriggerStore::find(qint64 id) const
{
    const auto found = m_triggers.constFind(id);
    return found == m_triggers.cend() ? nullptr : &*found;
}

const StoredTrigger *TriggerStore::find(const QString &path) const
{
    return find(m_ids.value(path));
}

QString TriggerStore::pathOf(qint64 id) const
{
    const StoredTrigger *trigger = find(id);
    return trigger != nullptr ? trigger->path : m_deleted.value(id);
}

qint64 TriggerStore::idOf(const QString &path) const
{
    if (const qint64 id = m_ids.value(path); id != 0) {
        return id;
    }
    qint64 last = 0;
    for (auto it = m_deleted.cbegin(); it != m_deleted.cend(); ++it) {
        if (it.value() == path) {
            last = std::max(last, it.key());
        }
    }
    return last;
}

qint64 TriggerStore::idForNew(const QString &path)
{
    const qint64 earlier = idOf(path);
    return earlier != 0 ? earlier : m_nextId++;
}

void TriggerStore::save(StoredTrigger trigger, Done done)
{
    const qint64 owner = m_ids.value(trigger.path);
    if (owner != 0 && owner != trigger.id) {
        done(Error{
            ErrorCode::AlreadyExists, u"there is a trigger %1 already"_s.arg(trigger.path), {}});
        return;
    }
    QString formerPath;
    if (trigger.id == 0) {
        trigger.id = idForNew(trigger.path);
    } else if (m_triggers.contains(trigger.id)) {
        formerPath = m_triggers.value(trigger.id).path;
    } else {
        done(Error{ErrorCode::NotFound, u"the trigger %1 was deleted"_s.arg(trigger.path), {}});
        return;
    }
    m_ids.insert(trigger.path, trigger.id); // taken at once, so that two saves cannot both win
    const auto write
        = [trigger](Connection &connection) { return writeTrigger(connection, trigger); };
    const auto publish
        = [this, trigger, formerPath, done = std::move(done)](const Result<void> &outcome) {
              if (!outcome) {
                  if (formerPath != trigger.path) {
                      m_ids.remove(trigger.path);
                  }
                  done(outcome.error());
                  return;
              }
              if (!formerPath.isEmpty() && formerPath != trigger.path) {
                  m_ids.remove(formerPath);
              }
              m_deleted.remove(trigger.id);
              m_triggers.insert(trigger.id, trigger);
              done(trigger.id);
          };
    m_journal->write(WriteOp{write, publish});
}

void TriggerStore::remove(qint64 id, Done done)
{
    if (!m_triggers.contains(id)) {
        done(Error{ErrorCode::NotFound, u"no such trigger"_s, {}});
        return;
    }
    // The row stays for the path of its runs; what it held does not.
    const auto write = [id](Connection &connection) {
        return connection.change(
            "UPDATE \"trigger\" SET deleted = 1, document = x'', source = NULL, state = NULL, "
            "error = '' "
            "WHERE id = ?",
            {id});
    };
    const auto publish = [this, id, done = std::move(done)](const Result<void> &outcome) {
        if (!outcome) {
            done(outcome.error());
            return;
        }
        const StoredTrigger gone = m_triggers.take(id);
        if (m_ids.value(gone.path) == id) {
            m_ids.remove(gone.path);
        }
        m_deleted.insert(id, gone.path);
        done(id);
    };
    m_journal->write(WriteOp{write, publish});
}

void TriggerStore::saveState(qint64 id, const QByteArray &state)
{
    const auto found = m_triggers.find(id);
    if (found == m_triggers.end() || found->state == state) {
        return;
    }
    found->state = state;
    m_journal->write(WriteOp{
        [id, state](Connection &connection) {
            return connection.change("UPDATE \"trigger\" SET state = ? WHERE id = ?", {state, id});
        },
        {}});
}

} // namespace earshot::storage
