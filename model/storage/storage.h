// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/storage/backup.h"
#include "model/storage/documentstore.h"
#include "model/storage/journal.h"
#include "model/storage/recovery.h"
#include "model/storage/retention.h"
#include "model/storage/runreader.h"
#include "model/storage/secretstore.h"
#include "model/storage/sessionlog.h"
#include "model/storage/triggerstore.h"

#include <QHash>
#include <QObject>
#include <QString>
#include <QStringList>

#include <array>
#include <functional>
#include <memory>

class QLockFile;

namespace earshot::storage {

class TaskThread;

/// Everything a profile keeps in its data folder: the database, the bodies beside it, the writer
/// and the reader thread. Made and used on the service's event-loop thread, which is never made to
/// wait after open().
class Storage final : public QObject
{
    Q_OBJECT
public:
    struct Options
    {
        QString dataDir;
        /// Survive power loss too, at a price per commit; without it only the death of the process.
        bool synchronousFull = false;
        int busyTimeoutMs = 5000;
        qint64 segmentBytes = qint64(64) * 1024 * 1024;
    };

    /// Conflict when another service owns the folder (with its pid), Unsupported for the database
    /// of a newer Earshot. A corrupt database is set aside and a new one started: see notices().
    [[nodiscard]] static Result<std::unique_ptr<Storage>> open(const Options &options);
    ~Storage() override;
    Q_DISABLE_COPY_MOVE(Storage)

    /// What a person should know about the opening, in words.
    [[nodiscard]] QStringList notices() const { return m_notices; }
    [[nodiscard]] QString databaseFile() const;

    [[nodiscard]] Journal &journal() { return *m_journal; }
    [[nodiscard]] TriggerStore &triggers() { return m_triggers; }
    [[nodiscard]] DocumentStore &variables() { return m_variables; }
    [[nodiscard]] DocumentStore &resources() { return m_resources; }
    [[nodiscard]] DocumentStore &states() { return m_states; }
    [[nodiscard]] DocumentStore &settings() { return m_settings; }
    [[nodiscard]] SessionLog &sessions() { return m_sessions; }
    [[nodiscard]] SecretStore &secrets() { return m_secrets; }

    /// Takes effect with the next quiet moment.
    void setRetention(const RetentionPolicy &policy);

    /// What the last service left unfinished; the second call gives nothing.
    [[nodiscard]] Recovered takeRecovered();
    /// An interrupted run waits again (its trigger is safe to repeat).
    RunJournal::Ticket requeue(RunId id);
    /// Records every interrupted run that was not requeued as Interrupted.
    RunJournal::Ticket settleRecovered();

    // Callbacks come on the event-loop thread, in the order of the calls; Unavailable when too many
    // wait.
    template <typename T>
    using Callback = std::function<void(const Result<T> &)>;
    void queryRuns(const RunQuery &query, Callback<QList<RunRecord>> done);
    void readRun(RunId id, Callback<RunRecord> done);
    void readBody(RunId id, RunBody which, qint64 offset, qint64 length, Callback<QByteArray> done);
    void readMessages(const QList<RunId> &ids, Callback<QList<Result<QByteArray>>> done);
    /// Runs in the history by trigger and status, unfinished ones included.
    void countRuns(std::function<void(const QHash<qint64, StatusCounts> &)> done);

    enum class Secrets { Leave, Include };
    /// Writes the whole profile into one file while everything goes on. Unavailable while another
    /// backup or restore runs.
    void backup(const QString &target, Secrets secrets, Callback<BackupReport> done);
    /// Replaces the whole profile by a backup; what was there is kept beside it, see notices(). The
    /// caller has ended every session and run before; all ids, triggers and values are new after
    /// restored(). Without secrets in the backup the present ones stay.
    void restore(const QString &file, Callback<BackupReport> done);

signals:
    void restored();

private:
    explicit Storage(Options options);
    [[nodiscard]] Result<void> lockFolder();
    [[nodiscard]] Result<void> openDatabase();
    // Writer thread, while openDatabase() waits for it.
    [[nodiscard]] Result<Journal::Opened> openJournal();
    [[nodiscard]] Result<Connection> openChecked();
    [[nodiscard]] Result<Connection> openOrSetAside();
    [[nodiscard]] Result<void> setAside();
    [[nodiscard]] Result<Journal::Opened> load(Connection connection);
    [[nodiscard]] Result<void> swapIn(const UnpackedBackup &unpacked);
    [[nodiscard]] Result<void> moveAside(const QString &suffix);
    /// Ends both threads and closes the database, with everything written.
    void stop();
    void checkpoint();
    [[nodiscard]] std::array<DocumentStore *, 4> documentStores();
    /// Runs `read` on the reader thread and `done` with its result on this one.
    template <typename T>
    void onReader(std::function<Result<T>(RunReader &)> read, Callback<T> done);

    Options m_options;
    QStringList m_notices;
    std::unique_ptr<QLockFile> m_lock;
    TriggerStore m_triggers;
    SessionLog m_sessions;
    DocumentStore m_variables{DocumentStore::Kind::Variable};
    DocumentStore m_resources{DocumentStore::Kind::Resource};
    DocumentStore m_states{DocumentStore::Kind::State};
    DocumentStore m_settings{DocumentStore::Kind::Setting};
    FileSecretStore m_secrets;
    Retention m_retention; ///< writer thread
    Recovered m_recovered;
    QList<RunId> m_interrupted; ///< neither requeued nor settled
    std::unique_ptr<RunReader> m_reader; ///< reader thread, which also destroys it
    std::unique_ptr<TaskThread> m_readerThread;
    std::unique_ptr<Journal> m_journal;
    std::unique_ptr<TaskThread> m_copyThread; ///< while a backup or restore runs
};

} // namespace earshot::storage
