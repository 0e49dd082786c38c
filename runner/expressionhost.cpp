// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/expressionhost.h"

#include "runner/limits.h"
#include "runner/logging.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>

#include <array>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr qint64 kHelperIdleMs = 60'000;
constexpr std::array<const char *, 13> kStatementWords{"return", "const", "let", "var", "if", "for",
    "while", "switch", "try", "throw", "function", "class", "async"};

bool startsWithStatement(QStringView text)
{
    for (const char *word : kStatementWords) {
        const QLatin1StringView name(word);
        if (text.startsWith(name)
            && (text.size() == name.size()
                || (!text.at(name.size()).isLetterOrNumber() && text.at(name.size()) != u'_'
                    && text.at(name.size()) != u'$'))) {
            return true;
        }
    }
    return false;
}

bool hasSemicolonOutsideStrings(QStringView text)
{
    QChar quote;
    for (qsizetype at = 0; at < text.size(); ++at) {
        const QChar c = text.at(at);
        if (!quote.isNull()) {
            if (c == u'\\') {
                ++at;
            } else if (c == quote) {
                quote = QChar();
            }
        } else if (c == u'"' || c == u'\'' || c == u'`') {
            quote = c;
        } else if (c == u';') {
            return true;
        }
    }
    return false;
}

} // namespace

ExpressionHost::ExpressionHost(Clock &clock, QString helperProgram, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
    , m_program(std::move(helperProgram))
    , m_timeLimitMs(limits::kExpressionTimeoutMs)
{ }

ExpressionHost::~ExpressionHost()
{
    if (m_process != nullptr) {
        m_process->disconnect(this);
        m_process->kill();
        m_process->waitForFinished();
    }
}

QString ExpressionHost::functionBody(const QString &expression)
{
    const QStringView text = QStringView(expression).trimmed();
    if (startsWithStatement(text) || hasSemicolonOutsideStrings(text)) {
        return text.toString();
    }
    return u"return "_s + text.toString();
}

void ExpressionHost::evaluate(
    const QString &expression, const QJsonObject &bindings, Mode mode, Callback done)
{
    const auto refuse = [this, &done](ErrorCode code, const QString &why) {
        QMetaObject::invokeMethod(
            this,
            [done, code, why] {
                done(Error{code, why, {}});
            },
            Qt::QueuedConnection);
    };
    if (expression.size() > limits::kMaxExpressionBytes) {
        refuse(ErrorCode::LimitExceeded,
            u"the expression is longer than %1 characters"_s.arg(limits::kMaxExpressionBytes));
        return;
    }
    if (m_requests.size() >= std::size_t{limits::kMaxQueuedExpressions}) {
        refuse(ErrorCode::LimitExceeded, u"too many expressions are waiting"_s);
        return;
    }
    Request request;
    request.id = ++m_lastId;
    request.done = std::move(done);
    request.line
        = QJsonDocument(
              QJsonObject{{u"id"_s, qint64(request.id)}, {u"body"_s, functionBody(expression)},
                  {u"predicate"_s, mode == Mode::Predicate}, {u"bindings"_s, bindings}})
              .toJson(QJsonDocument::Compact)
        + '\n';
    m_requests.push_back(std::move(request));
    QMetaObject::invokeMethod(this, &ExpressionHost::startNext, Qt::QueuedConnection);
}

void ExpressionHost::startNext()
{
    if (m_busy || m_requests.empty()) {
        return;
    }
    m_idleTimer.reset();
    m_busy = true;
    if (m_process == nullptr) {
        startHelper();
    }
    m_process->write(m_requests.front().line);
    m_timer = m_clock.after(m_timeLimitMs, [this] {
        m_process->disconnect(this);
        m_process->kill();
        connect(m_process, &QProcess::finished, m_process, &QObject::deleteLater);
        m_process = nullptr;
        answer(Error{
            ErrorCode::Timeout, u"took too long to execute (>%1ms)"_s.arg(m_timeLimitMs), {}});
    });
}

void ExpressionHost::startHelper()
{
    m_buffer.clear();
    m_process = new QProcess(this);
    m_process->setProgram(m_program);
    m_process->setArguments({u"__expression"_s});
    m_process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    connect(m_process, &QProcess::readyReadStandardOutput, this, &ExpressionHost::readAnswers);
    connect(m_process, &QProcess::finished, this,
        [this] { onHelperGone(u"it ended (out of memory?)"_s); });
    connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) {
            onHelperGone(m_process->errorString());
        }
    });
    m_process->start();
}

void ExpressionHost::onHelperGone(const QString &why)
{
    m_process->disconnect(this);
    m_process->deleteLater();
    m_process = nullptr;
    if (m_busy) {
        answer(Error{ErrorCode::Unavailable, u"the expression helper failed: %1"_s.arg(why), {}});
    }
}

void ExpressionHost::readAnswers()
{
    m_buffer += m_process->readAllStandardOutput();
    if (m_buffer.size() > limits::kMaxExpressionLineBytes) {
        m_process->kill();
        m_buffer.clear();
        return;
    }
    const qsizetype newline = m_buffer.indexOf('\n');
    if (newline < 0 || !m_busy) {
        return;
    }
    const QJsonObject object = QJsonDocument::fromJson(m_buffer.first(newline)).object();
    m_buffer.remove(0, newline + 1);
    if (static_cast<quint64>(object.value("id"_L1).toInteger()) != m_requests.front().id) {
        return;
    }
    if (object.contains("error"_L1)) {
        answer(Error{ErrorCode::InvalidArgument, object.value("error"_L1).toString(), {}});
    } else {
        answer(object.value("value"_L1));
    }
}

void ExpressionHost::answer(const Result<QJsonValue> &result)
{
    const std::unique_ptr<TimerHandle> current = std::move(m_timer);
    m_busy = false;
    const Request request = std::move(m_requests.front());
    m_requests.pop_front();
    if (m_requests.empty()) {
        m_idleTimer = m_clock.after(kHelperIdleMs, [this] { onIdle(); });
    } else {
        QMetaObject::invokeMethod(this, &ExpressionHost::startNext, Qt::QueuedConnection);
    }
    request.done(result);
}

void ExpressionHost::onIdle()
{
    if (m_process != nullptr && !m_busy) {
        m_process->disconnect(this);
        connect(m_process, &QProcess::finished, m_process, &QObject::deleteLater);
        m_process->closeWriteChannel();
        m_process = nullptr;
    }
}

} // namespace earshot::runner
