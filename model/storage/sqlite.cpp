// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/sqlite.h"

#include <QSqlDriver>
#include <QSqlError>
#include <QThread>

#include <atomic>
#include <utility>

#include <sqlite3.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

QString nextName()
{
    static std::atomic<quint64> s_last = 0;
    return u"earshot-%1"_s.arg(++s_last);
}

/// The driver binds a null string as NULL, and an empty one may well be null.
QVariant withoutNull(const QVariant &value)
{
    if (value.userType() == QMetaType::QString && value.toString().isNull()) {
        return QString(u""_s);
    }
    if (value.userType() == QMetaType::QByteArray && value.toByteArray().isNull()) {
        return QByteArray("");
    }
    return value;
}

/// The SQLite code of a failure; never SQLITE_OK.
int codeOf(const QSqlError &failure)
{
    const int code = failure.nativeErrorCode().toInt();
    return code > SQLITE_OK ? code : SQLITE_ERROR;
}

} // namespace

Result<void> checkSameSqlite(const QString &sourceOfDriver)
{
    const QString linked = QString::fromLatin1(sqlite3_sourceid());
    if (sourceOfDriver == linked) {
        return {};
    }
    return Error{ErrorCode::Unsupported,
        u"Qt's SQLite driver brings an SQLite of its own, which Earshot cannot work with"_s,
        u"The driver has %1, Earshot %2. Install a Qt that uses the system's libsqlite3."_s.arg(
            sourceOfDriver, linked)};
}

Result<Connection> Connection::open(const QString &file, Access access, int busyTimeoutMs)
{
    Connection connection;
    connection.m_file = file;
    connection.m_database = QSqlDatabase::addDatabase(u"QSQLITE"_s, nextName());
    QSqlDatabase &database = connection.m_database;
    if (!database.isValid()) {
        return Error{ErrorCode::Unavailable, u"Qt's SQLite driver (QSQLITE) is not installed"_s,
            database.lastError().text()};
    }
    database.setDatabaseName(file);
    database.setConnectOptions(
        u"QSQLITE_BUSY_TIMEOUT=%1%2"_s.arg(busyTimeoutMs)
            .arg(access == Access::ReadOnly ? u";QSQLITE_OPEN_READONLY"_s : QString()));
    if (!database.open()) {
        return connection.error(database.lastError(), u"cannot open the database"_s);
    }
    // Before the handle is touched: another copy of SQLite could not make sense of it.
    const auto source = connection.text("SELECT sqlite_source_id()");
    if (!source) {
        return source.error();
    }
    if (auto same = checkSameSqlite(*source); !same) {
        return same.error();
    }
    const QVariant handle = database.driver()->handle();
    if (qstrcmp(handle.typeName(), "sqlite3*") != 0) {
        return Error{ErrorCode::Unsupported, u"Qt's SQLite driver does not give its handle"_s,
            QString::fromLatin1(handle.typeName())};
    }
    connection.m_handle = *static_cast<sqlite3 *const *>(handle.constData());
    sqlite3_extended_result_codes(connection.m_handle, 1);
    return connection;
}

Connection::~Connection()
{
    close();
}

Connection::Connection(Connection &&other) noexcept
    : m_database(std::exchange(other.m_database, QSqlDatabase()))
    , m_handle(std::exchange(other.m_handle, nullptr))
    , m_file(std::move(other.m_file))
{ }

Connection &Connection::operator=(Connection &&other) noexcept
{
    if (this != &other) {
        close();
        m_database = std::exchange(other.m_database, QSqlDatabase());
        m_handle = std::exchange(other.m_handle, nullptr);
        m_file = std::move(other.m_file);
    }
    return *this;
}

void Connection::close() noexcept
{
    const QString name = m_database.connectionName();
    if (name.isEmpty()) {
        return;
    }
    Q_ASSERT(!m_database.isValid() || isOnItsThread());
    // The driver could not close a connection that has statements, and would leak it.
    Q_ASSERT(m_handle == nullptr || sqlite3_next_stmt(m_handle, nullptr) == nullptr);
    m_handle = nullptr;
    m_database.close();
    m_database = QSqlDatabase();
    QSqlDatabase::removeDatabase(name);
}

bool Connection::isOnItsThread() const
{
    return m_database.driver()->thread() == QThread::currentThread();
}

Result<Statement> Connection::prepare(const QByteArray &sql)
{
    Q_ASSERT(isOnItsThread());
    sqlite3_stmt *handle = nullptr;
    const int code = sqlite3_prepare_v3(m_handle, sql.constData(), static_cast<int>(sql.size()),
        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) {
        return error(code, u"cannot prepare a statement"_s);
    }
    return Statement(handle);
}

QSqlQuery Connection::run(const QByteArray &sql, const QVariantList &values)
{
    Q_ASSERT(isOnItsThread());
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    // What fails is in lastError() of the query, whichever of the calls it was.
    const QString text = QString::fromUtf8(sql);
    if (values.isEmpty()) {
        (void)query.exec(text); // does not look for placeholders, as in comments of migrations
    } else if (query.prepare(text)) {
        for (qsizetype index = 0; index < values.size(); ++index) {
            query.bindValue(static_cast<int>(index), withoutNull(values.at(index)));
        }
        (void)query.exec();
    }
    return query;
}

int Connection::change(const QByteArray &sql, const QVariantList &values)
{
    const QSqlQuery query = run(sql, values);
    return query.isActive() ? SQLITE_OK : codeOf(query.lastError());
}

Result<void> Connection::execute(const QByteArray &sql, const QVariantList &values)
{
    const QSqlQuery query = run(sql, values);
    if (!query.isActive()) {
        return error(query.lastError(), u"cannot change the database"_s);
    }
    return {};
}

Result<void> Connection::executeAll(const QByteArrayList &statements)
{
    for (const QByteArray &sql : statements) {
        if (auto done = execute(sql); !done) {
            return done;
        }
    }
    return {};
}

Result<QVariant> Connection::value(const QByteArray &sql)
{
    QSqlQuery query = run(sql);
    if (query.next()) {
        return query.value(0);
    }
    if (query.lastError().isValid()) {
        return error(query.lastError(), u"cannot read the database"_s);
    }
    return Error{ErrorCode::NotFound, u"no such row"_s, {}};
}

Result<qint64> Connection::integer(const QByteArray &sql)
{
    const auto found = value(sql);
    return found ? Result<qint64>(found->toLongLong()) : found.error();
}

Result<QString> Connection::text(const QByteArray &sql)
{
    const auto found = value(sql);
    return found ? Result<QString>(found->toString()) : found.error();
}

bool Connection::inTransaction() const noexcept
{
    return sqlite3_get_autocommit(m_handle) == 0;
}

Error Connection::error(int code, const QString &what) const
{
    return describe(code, what, QString::fromUtf8(sqlite3_errmsg(m_handle)));
}

Error Connection::error(const QSqlError &failure, const QString &what) const
{
    return describe(codeOf(failure), what,
        failure.databaseText().isEmpty() ? failure.driverText() : failure.databaseText());
}

Error Connection::describe(int code, const QString &what, const QString &said) const
{
    Error error;
    const int primary = code & 0xff;
    QString hint;
    switch (primary) {
    case SQLITE_FULL:
        error.code = ErrorCode::LimitExceeded;
        hint = u"the disk is full"_s;
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        error.code = ErrorCode::Corrupt;
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        error.code = ErrorCode::Unavailable;
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        error.code = ErrorCode::PermissionDenied;
        break;
    case SQLITE_CONSTRAINT:
        error.code = ErrorCode::Conflict;
        break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        error.code = ErrorCode::Io;
        break;
    default:
        error.code = ErrorCode::Internal;
    }
    error.message = u"%1 %2: %3"_s.arg(what, m_file, hint.isEmpty() ? said : hint);
    error.detail = u"SQLite %1: %2"_s.arg(code).arg(said);
    return error;
}

bool isTransient(int code) noexcept
{
    switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_CORRUPT: // retried without end: the journal stays stalled and says why
    case SQLITE_NOTADB:
        return true;
    default:
        return false;
    }
}

} // namespace earshot::storage
