// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fakeservice.h"

#include <QMap>
#include <QStringList>

namespace earshot {

/// The files, runs by hand and debugging of a service, in memory.
class FakeScripts final
{
public:
    explicit FakeScripts(FakeService &service);

    /// As if somebody else had written it: told to whoever watches.
    void writeElsewhere(const QString &file, const QByteArray &content);
    void removeElsewhere(const QString &file);
    [[nodiscard]] QByteArray content(const QString &file) const { return m_files.value(file); }
    [[nodiscard]] bool has(const QString &file) const { return m_files.contains(file); }
    void setFile(const QString &file, const QByteArray &content) { m_files[file] = content; }

    /// Output of the run that was started last.
    void say(const QList<rpc::OutputPiece> &output);
    void endRun(RunStatus status, const QByteArray &result, const QString &logs);

    rpc::RunStart::Params started; ///< the last one
    RunId run = 0;
    QList<RunId> cancelled;
    rpc::DebugState debug;
    QList<rpc::PendingReply> replies;
    QList<rpc::ReplySend::Params> sentReplies;
    Error attachError; ///< refused with it when it has a message
    QJsonObject signature;

private:
    [[nodiscard]] QString fileOf(
        const std::optional<QString> &path, const std::optional<QString> &file) const;
    void registerFiles();
    void registerDebugging();
    void tell(const QString &file);

    FakeService &m_service;
    rpc::JsonRpcServer &m_server;
    QMap<QString, QByteArray> m_files;
    QMap<qint64, std::pair<quint64, QString>> m_watched;
    quint64 m_follower = 0;
    RunRecord m_record;
    qint64 m_nextId = 1000;
};

} // namespace earshot
