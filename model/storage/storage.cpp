// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/storage.h"

#include "model/storage/migrations.h"
#include "model/storage/storagelog.h"
#include "model/storage/taskthread.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLockFile>

#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

// A resource of a static library is linked only if something names it, and the macro wants to be
// outside of namespaces.
static void initialiseResources()
{
    Q_INIT_RESOURCE(earshot_sql);
}

namespace earshot::storage {

Q_LOGGING_CATEGORY(lcStorage, "earshot.storage", QtInfoMsg)

namespace {

QString bodiesOf(const QString &dataDir)
{
    return dataDir + u"/bodies"_s;
}

} // namespace

Storage::Storage(Options options)
    : m_options(std::move(options))
    , m_secrets(m_options.dataDir + u"/secrets.json"_s)
    , m_retention(bodiesOf(m_options.dataDir))
{
    const auto upkeep = [this](JournalWriter &writer, Journal::Pace pace, qint64 operations) {
        if (pace == Journal::Pace::Busy) {
            return m_retention.isOverdue(writer.ledger()) && m_retention.step(writer, operations);
        }
        return m_retention.step(writer, Retention::kStepRows);
    };
    const auto closing = [this] {
        m_copyThread.reset();
        m_readerThread.reset();
    };
    m_journal
        = std::make_unique<Journal>(Journal::Hooks{[this] { checkpoint(); }, upkeep, closing});
    m_triggers.attach(m_journal.get());
    m_sessions.attach(m_journal.get());
    for (DocumentStore *store : documentStores()) {
        store->attach(m_journal.get());
    }
}

std::array<DocumentStore *, 4> Storage::documentStores()
{
    return {&m_variables, &m_resources, &m_states, &m_settings};
}

Storage::~Storage()
{
    stop();
}

void Storage::stop()
{
    // The last connection to close folds the log into the database, and only the writer's can: its
    // thread ends the others, to which it posts, and closes it then.
    m_journal->stop();
}

Result<std::unique_ptr<Storage>> Storage::open(const Options &options)
{
    initialiseResources();
    std::unique_ptr<Storage> storage(new Storage(options));
    if (auto locked = storage->lockFolder(); !locked) {
        return locked.error();
    }
    if (auto opened = storage->openDatabase(); !opened) {
        return opened.error();
    }
    return storage;
}

QString Storage::databaseFile() const
{
    return m_options.dataDir + u"/earshot.db"_s;
}

Result<void> Storage::lockFolder()
{
    const QString &folder = m_options.dataDir;
    if (!QDir().mkpath(folder)) {
        return Error{ErrorCode::Io, u"cannot create the data folder %1"_s.arg(folder), {}};
    }
    // Messages and results are nobody else's business, whatever the umask says.
    if (::chmod(QFile::encodeName(folder).constData(), 0700) != 0) {
        return Error{ErrorCode::PermissionDenied,
            u"the data folder %1 is not yours: %2"_s.arg(folder, qt_error_string(errno)), {}};
    }
    m_lock = std::make_unique<QLockFile>(folder + u"/earshot.lock"_s);
    // Age alone never makes a lock stale: a service runs for months.
    m_lock->setStaleLockTime(0);
    if (m_lock->tryLock(0)) {
        return {};
    }
    if (m_lock->error() != QLockFile::LockFailedError) {
        return Error{ErrorCode::Io, u"cannot lock the data folder %1"_s.arg(folder), {}};
    }
    qint64 pid = 0;
    QString host;
    QString application;
    (void)m_lock->getLockInfo(&pid, &host, &application);
    return Error{ErrorCode::Conflict,
        u"another Earshot service (pid %1) uses the data folder %2"_s.arg(pid).arg(folder), {}};
}

Result<void> Storage::openDatabase()
{
    m_reader = std::make_unique<RunReader>(
        databaseFile(), bodiesOf(m_options.dataDir), m_options.busyTimeoutMs);
    m_readerThread = std::make_unique<TaskThread>("earshot-reader", [this] { m_reader.reset(); });
    auto started = m_journal->start([this] { return openJournal(); });
    if (!started) {
        m_readerThread.reset();
    }
    return started;
}

Result<Journal::Opened> Storage::openJournal()
{
    auto connection = openOrSetAside();
    if (!connection) {
        return std::move(connection).error();
    }
    return load(std::move(*connection));
}

Result<Connection> Storage::openOrSetAside()
{
    auto connection = openChecked();
    if (connection || connection.error().code != ErrorCode::Corrupt) {
        return connection;
    }
    qCWarning(lcStorage) << connection.error().message << connection.error().detail;
    if (auto aside = setAside(); !aside) {
        return aside.error();
    }
    return openChecked();
}

Result<Connection> Storage::openChecked()
{
    const QString file = databaseFile();
    auto connection
        = Connection::open(file, Connection::Access::ReadWrite, m_options.busyTimeoutMs);
    if (!connection) {
        return connection;
    }
    (void)QFile::setPermissions(file, QFile::ReadOwner | QFile::WriteOwner);
    const auto mode = connection->text("PRAGMA journal_mode = WAL");
    if (!mode) {
        return mode.error();
    }
    if (*mode != u"wal"_s) {
        return Error{ErrorCode::Unsupported,
            u"the file system of %1 cannot hold the database (no write-ahead log)"_s.arg(file), {}};
    }
    const QByteArrayList pragmas = {"PRAGMA foreign_keys = ON", "PRAGMA wal_autocheckpoint = 0",
        "PRAGMA cache_size = -4096",
        m_options.synchronousFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"};
    if (auto done = connection->executeAll(pragmas); !done) {
        return done.error();
    }
    const auto migrations = loadMigrations();
    if (!migrations) {
        return migrations.error();
    }
    if (auto done = migrate(*connection, file, *migrations); !done) {
        return done.error();
    }
    return connection;
}

Result<void> Storage::setAside()
{
    const QString stamp = QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmss'Z'"_s);
    QString aside = databaseFile() + u".corrupt-"_s + stamp;
    for (int number = 2; QFile::exists(aside); ++number) {
        aside = databaseFile() + u".corrupt-%1-%2"_s.arg(stamp).arg(number);
    }
    // The log belongs to the file: a new database must not find it.
    for (const QString &suffix : {QString(), u"-wal"_s, u"-shm"_s}) {
        const QString from = databaseFile() + suffix;
        if (QFile::exists(from) && !QFile::rename(from, aside + suffix)) {
            return Error{
                ErrorCode::Io, u"cannot set the corrupt database %1 aside"_s.arg(from), {}};
        }
    }
    m_notices.append(
        u"The database could not be read. It was kept as %1 and a new, empty one was started."_s
            .arg(aside));
    return {};
}

Result<Journal::Opened> Storage::load(Connection connection)
{
    const QString bodies = bodiesOf(m_options.dataDir);
    auto log = std::make_unique<BodyLog>(bodies, m_options.segmentBytes);
    if (auto opened = log->open(); !opened) {
        return opened.error();
    }
    BodyReader reader(bodies);
    auto state = recoverRuns(connection, reader);
    if (!state) {
        return std::move(state).error();
    }
    if (auto loaded = m_triggers.load(connection); !loaded) {
        return loaded.error();
    }
    if (auto loaded = m_sessions.load(connection); !loaded) {
        return loaded.error();
    }
    for (DocumentStore *store : documentStores()) {
        if (auto loaded = store->load(connection); !loaded) {
            return loaded.error();
        }
    }
    if (auto loaded = m_secrets.load(); !loaded) {
        // Triggers that need no secret still work; those that do get this reason.
        m_notices.append(loaded.error().message);
    }
    auto writer = std::make_unique<JournalWriter>(
        std::move(connection), std::move(log), std::move(state->ledger), m_options.synchronousFull);
    if (auto prepared = writer->prepare(); !prepared) {
        return prepared.error();
    }
    m_recovered = std::move(state->recovered);
    m_interrupted.clear();
    for (const RunRecord &record : std::as_const(m_recovered.interrupted)) {
        m_interrupted.append(record.id);
    }
    return Journal::Opened{std::move(writer), state->nextId};
}

void Storage::setRetention(const RetentionPolicy &policy)
{
    m_journal->inspect([this, policy](JournalWriter &) { m_retention.setPolicy(policy); });
}

Recovered Storage::takeRecovered()
{
    return std::exchange(m_recovered, {});
}

RunJournal::Ticket Storage::requeue(RunId id)
{
    m_interrupted.removeOne(id);
    return m_journal->markQueued(0, id);
}

RunJournal::Ticket Storage::settleRecovered()
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch() * 1000;
    RunJournal::Ticket ticket = 0;
    const auto ids = std::exchange(m_interrupted, {});
    for (const RunId id : ids) {
        FinishedRun run;
        run.id = id;
        run.outcome.status = RunStatus::Interrupted;
        run.outcome.result = QByteArrayLiteral(
            R"({"error":{"name":"Interrupted","message":"Earshot ended while the run was in flight"}})");
        run.outcome.finishedAtUs = now;
        ticket = m_journal->finish(std::move(run));
    }
    return ticket;
}

/// Writer thread. The reader thread folds the log in while the writer goes on: measured, a
/// checkpoint on the writer thread holds commits up for 20 to 50 ms.
void Storage::checkpoint()
{
    (void)m_readerThread->post([file = databaseFile(), timeout = m_options.busyTimeoutMs,
                                   bodies = bodiesOf(m_options.dataDir)] {
        // What a checkpointed row refers to must survive what the row survives.
        const auto segments = QDir(bodies).entryList({u"*.seg"_s}, QDir::Files, QDir::Time);
        for (qsizetype index = 0; index < std::min<qsizetype>(2, segments.size()); ++index) {
            const int segment
                = ::open(QFile::encodeName(bodies + u'/' + segments.at(index)).constData(),
                    O_WRONLY | O_CLOEXEC);
            if (segment < 0 || ::fdatasync(segment) != 0) {
                qCWarning(lcStorage) << "cannot sync" << segments.at(index);
            }
            if (segment >= 0) {
                ::close(segment);
            }
        }
        auto connection = Connection::open(file, Connection::Access::ReadWrite, timeout);
        if (!connection) {
            qCWarning(lcStorage) << connection.error().message;
            return;
        }
        if (auto done = connection->execute("PRAGMA wal_checkpoint(PASSIVE)"); !done) {
            qCWarning(lcStorage) << "cannot checkpoint:" << done.error().message;
        }
    });
}

template <typename T>
void Storage::onReader(std::function<Result<T>(RunReader &)> read, Callback<T> done)
{
    const auto deliver = [this, done = std::move(done)](Result<T> result) {
        QMetaObject::invokeMethod(
            this, [done, result = std::move(result)] { done(result); }, Qt::QueuedConnection);
    };
    const bool isTaken = m_readerThread->post(
        [reader = m_reader.get(), read = std::move(read), deliver] { deliver(read(*reader)); });
    if (!isTaken) {
        deliver(Error{ErrorCode::Unavailable, u"too many history queries wait"_s, {}});
    }
}

void Storage::queryRuns(const RunQuery &query, Callback<QList<RunRecord>> done)
{
    onReader<QList<RunRecord>>(
        [query](RunReader &reader) { return reader.query(query); }, std::move(done));
}

void Storage::readRun(RunId id, Callback<RunRecord> done)
{
    onReader<RunRecord>([id](RunReader &reader) { return reader.run(id); }, std::move(done));
}

void Storage::readBody(
    RunId id, RunBody which, qint64 offset, qint64 length, Callback<QByteArray> done)
{
    onReader<QByteArray>([id, which, offset, length](
                             RunReader &reader) { return reader.body(id, which, offset, length); },
        std::move(done));
}

void Storage::readMessages(const QList<RunId> &ids, Callback<QList<Result<QByteArray>>> done)
{
    onReader<QList<Result<QByteArray>>>(
        [ids](RunReader &reader) { return reader.messages(ids); }, std::move(done));
}

void Storage::countRuns(std::function<void(const QHash<qint64, StatusCounts> &)> done)
{
    m_journal->inspect([this, done = std::move(done)](JournalWriter &writer) {
        QMetaObject::invokeMethod(
            this, [done, totals = writer.ledger().totals()] { done(totals); },
            Qt::QueuedConnection);
    });
}

void Storage::backup(const QString &target, Secrets secrets, Callback<BackupReport> done)
{
    if (m_copyThread) {
        done(Error{ErrorCode::Unavailable, u"another backup or restore is running"_s, {}});
        return;
    }
    std::optional<SecretValues> values;
    if (secrets == Secrets::Include) {
        values = m_secrets.values();
    }
    m_copyThread = std::make_unique<TaskThread>("earshot-copy");
    auto copy = [this, target, values, done, database = databaseFile(),
                    bodies = bodiesOf(m_options.dataDir)] {
        auto report = writeBackup(database, bodies, target, values);
        --m_retention.holds();
        QMetaObject::invokeMethod(
            this,
            [this, done, report = std::move(report)] {
                m_copyThread.reset();
                done(report);
            },
            Qt::QueuedConnection);
    };
    // Held from the writer thread: no deletion is half done when the copy begins.
    m_journal->inspect(
        [this, thread = m_copyThread.get(), copy = std::move(copy)](JournalWriter &) {
            ++m_retention.holds();
            (void)thread->post(copy);
        });
}

void Storage::restore(const QString &file, Callback<BackupReport> done)
{
    if (m_copyThread) {
        done(Error{ErrorCode::Unavailable, u"another backup or restore is running"_s, {}});
        return;
    }
    m_copyThread = std::make_unique<TaskThread>("earshot-copy");
    (void)m_copyThread->post([this, file, done,
                                 folder = QString(m_options.dataDir + u"/restore.part"_s)] {
        auto unpacked = unpackBackup(file, folder);
        QMetaObject::invokeMethod(
            this,
            [this, done, folder, unpacked = std::move(unpacked)] {
                m_copyThread.reset();
                const auto outcome = unpacked ? swapIn(*unpacked) : Result<void>(unpacked.error());
                QDir(folder).removeRecursively();
                if (!outcome) {
                    done(outcome.error());
                    return;
                }
                done(unpacked->report);
                emit restored();
            },
            Qt::QueuedConnection);
    });
}

Result<void> Storage::moveAside(const QString &suffix)
{
    for (const QString &name : {databaseFile(), bodiesOf(m_options.dataDir)}) {
        if (QFile::exists(name) && !QFile::rename(name, name + suffix)) {
            return Error{ErrorCode::Io, u"cannot move %1 aside"_s.arg(name), {}};
        }
    }
    return {};
}

Result<void> Storage::swapIn(const UnpackedBackup &unpacked)
{
    stop();
    const QString suffix = u".before-restore-"_s
        + QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmsszzz'Z'"_s);
    const QString bodies = bodiesOf(m_options.dataDir);
    auto outcome = moveAside(suffix);
    if (outcome
        && (!QFile::rename(unpacked.databaseFile, databaseFile())
            || !QFile::rename(unpacked.bodiesDirectory, bodies))) {
        outcome = Error{ErrorCode::Io, u"cannot move the restored database into place"_s, {}};
    }
    if (outcome) {
        outcome = openDatabase();
    }
    if (outcome && unpacked.secrets) {
        outcome = m_secrets.replaceAll(*unpacked.secrets);
    }
    if (outcome) {
        m_notices.append(u"The profile was restored; the former one was kept as %1."_s.arg(
            databaseFile() + suffix));
        return {};
    }
    // Back to what was there: a failed restore changes nothing.
    stop();
    for (const QString &name : {databaseFile(), bodies}) {
        if (!QFile::exists(name + suffix)) {
            continue; // never moved
        }
        QFileInfo(name).isDir() ? QDir(name).removeRecursively() : QFile::remove(name);
        if (!QFile::rename(name + suffix, name)) {
            qCCritical(lcStorage) << "the former data remains as" << name + suffix;
        }
    }
    if (auto reopened = openDatabase(); !reopened) {
        return reopened;
    }
    return outcome;
}

} // namespace earshot::storage
