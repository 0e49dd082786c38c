// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/result.h"

#include <QJsonObject>
#include <QObject>
#include <QString>

#include <deque>
#include <functional>
#include <memory>

class QProcess;

namespace earshot::runner {

/// Evaluates JavaScript expressions (retry_if, transforms, predicates) in a helper process
/// (`earshot __expression`), one after the other, so that none can stall the service: past the time
/// limit or its memory the helper is killed and started anew. Event-loop thread only.
class ExpressionHost final : public QObject
{
    Q_OBJECT

public:
    enum class Mode {
        Value,
        Predicate, ///< the value is `Boolean(expression)`
    };
    using Callback = std::function<void(const Result<QJsonValue> &)>;

    ExpressionHost(Clock &clock, QString helperProgram, QObject *parent = nullptr);
    ~ExpressionHost() override;

    /// `bindings` are the names the expression sees. `done` is called from the event loop, never
    /// from within; not at all when the host is destroyed before.
    void evaluate(const QString &expression, const QJsonObject &bindings, Mode mode, Callback done);

    void setTimeLimit(qint64 milliseconds) { m_timeLimitMs = milliseconds; }

    /// The body of the function an expression becomes: with `return` in front unless it is
    /// statements.
    [[nodiscard]] static QString functionBody(const QString &expression);

private:
    struct Request
    {
        quint64 id = 0;
        QByteArray line;
        Callback done;
    };

    void startNext();
    void startHelper();
    void readAnswers();
    void onHelperGone(const QString &why);
    void answer(const Result<QJsonValue> &result);
    void onIdle();

    Clock &m_clock;
    QString m_program;
    qint64 m_timeLimitMs;
    quint64 m_lastId = 0;
    std::deque<Request> m_requests; ///< the first is being evaluated when m_busy
    bool m_busy = false;
    QProcess *m_process = nullptr; ///< child of this
    QByteArray m_buffer;
    std::unique_ptr<TimerHandle> m_timer;
    std::unique_ptr<TimerHandle> m_idleTimer;
};

/// The helper's main function (`earshot __expression`).
int expressionMain(int argc, char **argv);

} // namespace earshot::runner
