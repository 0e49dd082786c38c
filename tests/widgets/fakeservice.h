// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/rpc/jsonrpcserver.h"
#include "model/rpc/subscriptionhub.h"

#include <QHash>
#include <QMap>

#include <deque>

namespace earshot {

/// The control API over values in memory: what a window needs to be looked at and tested. It
/// speaks through the real server and the real socket.
class FakeService final : public QObject, public rpc::MessageSource
{
    Q_OBJECT
public:
    explicit FakeService(Clock &clock, QObject *parent = nullptr);
    ~FakeService() override;
    Q_DISABLE_COPY_MOVE(FakeService)

    [[nodiscard]] Result<void> listen(const QString &path) { return m_server.listen(path); }
    [[nodiscard]] rpc::JsonRpcServer &server() { return m_server; }

    void addTrigger(const rpc::TriggerSummary &trigger, const QString &document = {});
    /// Changes a trigger and tells everybody.
    void update(const rpc::TriggerSummary &trigger);
    [[nodiscard]] rpc::TriggerSummary trigger(const QString &path) const
    {
        return m_triggers.value(path);
    }
    [[nodiscard]] QString document(const QString &path) const { return m_documents.value(path); }
    /// As if somebody else had saved it.
    void saveElsewhere(const QString &path, const QString &document);
    qint64 addMessage(rpc::MessageRow row, const QByteArray &body);
    RunId addRun(RunRecord run);
    void changeRun(RunRecord run);
    /// A few triggers in different states with messages and runs, as on a busy afternoon.
    void addExamples();

    // rpc::MessageSource
    [[nodiscard]] qint64 newestMessage() const override;
    [[nodiscard]] rpc::MessageRows messagesAfter(const rpc::MessageQuery &query) const override;

    QList<rpc::TriggerJobsParams> resumed; ///< through trigger.resume
    QStringList sent; ///< through session.send
    bool isStrict = false; ///< checks documents as the service does

private:
    [[nodiscard]] bool matches(const MessageFilter &filter, const rpc::MessageRow &row) const;
    void registerTriggers();
    void registerRest();
    rpc::Validation validate(const QString &document) const;

    Clock &m_clock;
    rpc::JsonRpcServer m_server;
    rpc::SubscriptionHub m_hub;
    QMap<QString, rpc::TriggerSummary> m_triggers;
    QHash<QString, QString> m_documents;
    std::deque<rpc::MessageRow> m_messages;
    QHash<qint64, QByteArray> m_bodies;
    QMap<RunId, RunRecord> m_runs;
};

} // namespace earshot
