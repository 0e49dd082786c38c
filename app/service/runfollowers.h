// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/redaction.h"
#include "model/rpc/jsonrpcserver.h"
#include "runner/runexecutor.h"

#include <QObject>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace earshot::service {

/// Tells clients what a run they started by hand writes, while it goes on (`run.output`). Only
/// whole lines are told, so that a secret cannot slip through in two halves. Event-loop thread;
/// owned by the ServiceApi.
class RunFollowers final : public QObject
{
    Q_OBJECT
public:
    static constexpr qint64 kBatchMs = 34;
    /// Output of a run kept for whoever follows later, and told in one batch; its run has it all in
    /// the end.
    static constexpr qsizetype kMaxBytes = qsizetype(256) * 1024;
    /// A line without an end is told in pieces of this size.
    static constexpr qsizetype kMaxLineBytes = qsizetype(16) * 1024;

    RunFollowers(rpc::JsonRpcServer &server, Clock &clock,
        std::function<const Redactor &()> redactor, QObject *parent);
    ~RunFollowers() override;
    Q_DISABLE_COPY_MOVE(RunFollowers)

    void begin(RunId id);
    void wrote(RunId id, runner::RunStream stream, QByteArrayView bytes);
    void ended(RunId id, RunStatus status);

    [[nodiscard]] rpc::RunFollow::Result add(quint64 client, RunId id);
    [[nodiscard]] Result<rpc::Empty> remove(quint64 client, qint64 subscription);

private:
    struct Follower
    {
        quint64 client = 0;
        qint64 subscription = 0;
        qint64 leftOut = 0;
    };
    struct Followed
    {
        QByteArray line; ///< not ended yet
        QList<rpc::OutputPiece> told; ///< for whoever comes later
        QList<rpc::OutputPiece> pending;
        qsizetype toldChars = 0;
        qsizetype pendingChars = 0;
        qint64 leftOut = 0;
        std::vector<Follower> followers;
    };

    void tell(Followed &run, const QString &stream, QByteArrayView bytes);
    void flush(RunId id, Followed &run);
    void flushAll();

    rpc::JsonRpcServer &m_server;
    Clock &m_clock;
    std::function<const Redactor &()> m_redactor;
    std::map<RunId, Followed> m_runs;
    std::unique_ptr<TimerHandle> m_timer;
    qint64 m_nextId = 1;
};

} // namespace earshot::service
