// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/triggerstore.h"

#include "model/storage/journal.h"

#include <algorithm>
#include <utility>

#include <sqlite3.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

int writeTrigger(Connection &connection, const StoredTrigger &trigger)
{
    auto statement = connection.prepare("INSERT OR REPLACE INTO \"trigger\" (id, path, document, "
                                        "source, source_format, mode, error, "
                                        "edited_us, state, deleted) VALUES (?,?,?,?,?,?,?,?,?,0)");
    if (!statement) {
        return SQLITE_ERROR;
    }
    const QByteArray path = trigger.path.toUtf8();
    const QByteArray format = trigger.sourceFormat.toUtf8();
    const QByteArray error = trigger.error.toUtf8();
    statement->bind(1, trigger.id);
    statement->bindText(2, path);
    statement->bindBlob(3, trigger.document);
    statement->bindBlob(4, trigger.sourceBytes);
    statement->bindText(5, format);
    statement->bind(6, static_cast<qint64>(trigger.mode));
    statement->bindText(7, error);
    statement->bind(8, trigger.editedAtUs);
    statement->bindBlob(9, trigger.state);
    return statement->run();
}

int runWithId(Connection &connection, const QByteArray &sql, qint64 id)
{
    auto statement = connection.prepare(sql);
    if (!statement) {
        return SQLITE_ERROR;
    }
    statement->bind(1, id);
    return statement->run();
}

} // namespace

Result<void> TriggerStore::load(Connection &connection)
{
    static_assert(static_cast<int>(TriggerMode::Enabled) == 0
        && static_cast<int>(TriggerMode::Disabled) == 1
        && static_cast<int>(TriggerMode::Suspended) == 2);
    auto rows = connection.prepare("SELECT id, path, document, source, source_format, mode, error, "
                                   "edited_us, state, deleted FROM \"trigger\" ORDER BY id");
    if (!rows) {
        return std::move(rows).error();
    }
    m_triggers.clear();
    m_ids.clear();
    m_deleted.clear();
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        StoredTrigger trigger;
        trigger.id = rows->integer(0);
        trigger.path = rows->text(1);
        m_nextId = std::max(m_nextId, trigger.id + 1);
        if (rows->integer(9) != 0) {
            m_deleted.insert(trigger.id, trigger.path);
            continue;
        }
        trigger.document = rows->bytes(2);
        trigger.sourceBytes = rows->bytes(3);
        trigger.sourceFormat = rows->text(4);
        trigger.mode = static_cast<TriggerMode>(std::clamp<qint64>(rows->integer(5), 0, 2));
        trigger.error = rows->text(6);
        trigger.editedAtUs = rows->integer(7);
        trigger.state = rows->bytes(8);
        m_ids.insert(trigger.path, trigger.id);
        m_triggers.insert(trigger.id, trigger);
    }
    if (code != SQLITE_DONE) {
        return connection.error(code, u"cannot read the triggers"_s);
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
        return runWithId(connection,
            "UPDATE \"trigger\" SET deleted = 1, document = x'', source = NULL, state = NULL, "
            "error = '' "
            "WHERE id = ?",
            id);
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
    m_journal->write(WriteOp{[id, state](Connection &connection) {
                                 auto statement = connection.prepare(
                                     "UPDATE \"trigger\" SET state = ? WHERE id = ?");
                                 if (!statement) {
                                     return SQLITE_ERROR;
                                 }
                                 statement->bindBlob(1, state);
                                 statement->bind(2, id);
                                 return statement->run();
                             },
        {}});
}

} // namespace earshot::storage
