// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/signaturecache.h"

#include "runner/jsontext.h"

#include <QCryptographicHash>
#include <QFile>
#include <QProcess>
#include <QTimer>

#include <utility>

namespace earshot::runner {

namespace {

constexpr int kAskTimeoutMs = 10'000;
constexpr qint64 kMaxScriptBytes = 16 * 1024 * 1024;
constexpr qsizetype kMaxSignatureBytes = 64 * 1024;
constexpr qsizetype kMaxKnown = 1'000;

} // namespace

SignatureCache::SignatureCache(QObject *parent)
    : QObject(parent)
{ }

SignatureCache::~SignatureCache()
{
    const QList<QProcess *> processes = findChildren<QProcess *>();
    for (QProcess *process : processes) {
        process->disconnect(this);
        process->kill();
        process->waitForFinished();
    }
}

QByteArray SignatureCache::keyOf(const ScriptTarget &target)
{
    QFile file(target.file);
    if (target.isExecutable() || target.runtime->signatureArgv.isEmpty()
        || !file.open(QIODevice::ReadOnly) || file.size() > kMaxScriptBytes) {
        return {};
    }
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(target.runtime->id.toUtf8());
    hash.addData(target.runtime->driver.toUtf8());
    return hash.addData(&file) ? hash.result() : QByteArray();
}

QByteArray SignatureCache::find(const QByteArray &key) const
{
    return m_known.value(key);
}

void SignatureCache::request(const QByteArray &key, const ScriptTarget &target)
{
    if (key.isEmpty() || m_known.contains(key)) {
        return;
    }
    if (m_known.size() >= kMaxKnown) {
        m_known.clear();
    }
    m_known.insert(key, {});
    m_waiting.insert(key, {});
    m_questions.push_back(Question{.key = key, .target = target});
    askNext();
}

void SignatureCache::ask(const QByteArray &key, const ScriptTarget &target, Done done)
{
    request(key, target);
    const auto waiting = m_waiting.find(key);
    if (waiting == m_waiting.end()) {
        done(find(key));
    } else {
        waiting->append(std::move(done));
    }
}

void SignatureCache::askNext()
{
    if (m_asking || m_questions.empty()) {
        return;
    }
    m_asking = true;
    const Question question = std::move(m_questions.front());
    m_questions.pop_front();
    const Runtime &runtime = *question.target.runtime;
    QStringList arguments;
    for (const QByteArray &argument :
        runtime.arguments(runtime.signatureArgv, question.target.file)) {
        arguments.append(QFile::decodeName(argument));
    }
    auto *process = new QProcess(this);
    process->setProgram(question.target.interpreter);
    process->setArguments(arguments);
    process->setStandardInputFile(QProcess::nullDevice());
    process->setStandardErrorFile(QProcess::nullDevice());
    const auto finished = [this, process, key = question.key] {
        process->disconnect(this);
        process->deleteLater();
        const QByteArray text = process->readAllStandardOutput().trimmed();
        if (process->exitStatus() == QProcess::NormalExit && process->exitCode() == 0
            && text.size() <= kMaxSignatureBytes && text.startsWith('{') && isJson(text)) {
            m_known.insert(key, text);
        }
        m_asking = false;
        const QList<Done> waiting = m_waiting.take(key);
        askNext();
        for (const Done &done : waiting) {
            done(find(key));
        }
    };
    connect(process, &QProcess::finished, this, finished);
    connect(process, &QProcess::errorOccurred, this, [finished](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) {
            finished();
        }
    });
    QTimer::singleShot(kAskTimeoutMs, process, &QProcess::kill);
    process->start();
}

} // namespace earshot::runner
