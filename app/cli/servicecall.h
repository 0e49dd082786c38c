// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/arguments.h"
#include "app/cli/output.h"
#include "model/clock.h"
#include "model/rpc/controlclient.h"

#include <QCoreApplication>
#include <QJsonDocument>

#include <functional>

namespace earshot::cli {

/// The command line's conversation with the service: connects, lets `start` make its calls, runs
/// the event loop until finish(). Not connected at all: exit code NoService.
class ServiceSession final : public QObject
{
    Q_OBJECT
public:
    explicit ServiceSession(const Arguments &arguments);

    /// Returns the exit code.
    [[nodiscard]] int run(std::function<void()> start);
    void finish(int code);

    [[nodiscard]] rpc::ControlClient &client() { return m_client; }
    [[nodiscard]] Clock &clock() { return m_clock; }

    /// An error of a call ends the session with its text and Failed.
    template <typename Method>
    void call(const typename Method::Params &params,
        std::function<void(const typename Method::Result &)> done,
        qint64 deadlineMs = rpc::JsonRpcClient::kDefaultDeadlineMs)
    {
        m_client.call<Method>(
            params, this,
            [this, done = std::move(done)](const Result<typename Method::Result> &answer) {
                if (m_finished) {
                    return;
                }
                if (answer) {
                    done(*answer);
                } else {
                    finish(complain(answer.error(), Failed));
                }
            },
            deadlineMs);
    }

private:
    SystemClock m_clock;
    rpc::ControlClient m_client;
    QString m_socket;
    Error m_problem;
    int m_code = Success;
    bool m_ready = false;
    bool m_finished = false;
};

/// One call and what to do with its answer; `shown` returns the exit code.
template <typename Method>
int callService(const Arguments &arguments, const typename Method::Params &params,
    std::function<int(const typename Method::Result &)> shown,
    qint64 deadlineMs = rpc::JsonRpcClient::kDefaultDeadlineMs)
{
    ServiceSession session(arguments);
    return session.run([&] {
        session.call<Method>(
            params, [&](const typename Method::Result &result) { session.finish(shown(result)); },
            deadlineMs);
    });
}

/// All pages of a list method, item by item; `shown` returns false to stop.
template <typename Method, typename Item>
void eachItem(ServiceSession &session, typename Method::Params params,
    std::function<void(const Item &)> shown, std::function<void()> done)
{
    session.call<Method>(params, [&session, params, shown, done](const rpc::Page<Item> &page) {
        for (const Item &item : page.items) {
            shown(item);
        }
        if (page.more && !page.items.isEmpty()) {
            auto next = params;
            next.after = page.items.last().path;
            eachItem<Method, Item>(session, next, shown, done);
        } else {
            done();
        }
    });
}

template <typename Value>
void writeJson(const Value &value)
{
    writeOut(QJsonDocument(rpc::toJson(value)).toJson(QJsonDocument::Compact) + '\n');
}

} // namespace earshot::cli
