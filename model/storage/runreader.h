// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/run.h"
#include "model/storage/bodylog.h"
#include "model/storage/runrows.h"
#include "model/storage/sqlite.h"

#include <QByteArray>
#include <QByteArrayMatcher>
#include <QList>
#include <QString>

#include <functional>
#include <vector>

namespace earshot::storage {

/// Which runs, newest first.
struct RunQuery
{
    qint64 triggerId = 0; ///< 0 = of every trigger
    QList<RunStatus> statuses = {}; ///< empty = every status
    RunId beforeId = 0; ///< only older ones than this; 0 = from the newest on
    int limit = 100; ///< at most kMaxRunPage
    QByteArray text = {}; ///< only runs whose message or result holds these bytes; empty = all
};
inline constexpr int kMaxRunPage = 500;
inline constexpr qint64 kPreviewBytes = 512;

/// Reads history from its own read-only connection. Reader thread.
class RunReader final
{
public:
    RunReader(QString databaseFile, QString bodiesDirectory, int busyTimeoutMs);
    ~RunReader();
    Q_DISABLE_COPY_MOVE(RunReader)

    /// Rows with sizes and kPreviewBytes of message, args and result.
    [[nodiscard]] Result<QList<RunRecord>> query(const RunQuery &query);
    /// With all bodies; NotFound when there is no such run.
    [[nodiscard]] Result<RunRecord> run(RunId id);
    /// Up to `length` bytes from `offset` on; empty behind the end.
    [[nodiscard]] Result<QByteArray> body(RunId id, RunBody which, qint64 offset, qint64 length);
    /// The whole messages of these runs, in their order.
    [[nodiscard]] Result<QList<Result<QByteArray>>> messages(const QList<RunId> &ids);

private:
    [[nodiscard]] Result<void> open();
    [[nodiscard]] Result<RunRow> row(RunId id);
    [[nodiscard]] bool holds(const Statement &candidate);
    /// Adds at most query.limit ids that `sql` yields in descending order.
    [[nodiscard]] Result<void> collect(
        const QByteArray &sql, const RunQuery &query, std::vector<RunId> &ids);
    [[nodiscard]] Result<void> collectAll(const RunQuery &query, std::vector<RunId> &ids);
    [[nodiscard]] Result<void> collectOpen(const RunQuery &query, std::vector<RunId> &ids);

    QString m_databaseFile;
    int m_busyTimeoutMs;
    Connection m_connection;
    BodyReader m_bodies;
    Statement m_row;
    Statement m_message;
    QByteArrayMatcher m_text; ///< what the running query looks for
};

} // namespace earshot::storage
