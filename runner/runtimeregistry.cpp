// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/runtimeregistry.h"

#include "runner/logging.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTimer>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr int kProbeTimeoutMs = 10'000;
constexpr qint64 kMaxProbeOutput = 64 * 1024;
constexpr qint64 kMaxRuntimeFile = 256 * 1024;

QStringList pathList(const char *variable)
{
    return qEnvironmentVariable(variable).split(QDir::listSeparator(), Qt::SkipEmptyParts);
}

/// pyenv, asdf, mise and the like put small programs into PATH that start slowly and then the real
/// one.
bool isShim(const QString &program)
{
    return QFileInfo(program).dir().dirName() == "shims"_L1;
}

} // namespace

RuntimeRegistry::RuntimeRegistry(Options options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
{
    for (const QString &directory : std::as_const(m_options.resourceDirectories)) {
        loadDirectory(directory);
    }
}

RuntimeRegistry::~RuntimeRegistry()
{
    const QList<QProcess *> probes = findChildren<QProcess *>();
    for (QProcess *process : probes) {
        process->disconnect(this);
        process->kill();
        process->waitForFinished();
    }
}

void RuntimeRegistry::loadDirectory(const QString &directory)
{
    const QDir dir(QString(directory + u"/runtimes"_s));
    const QString drivers = directory + u"/drivers"_s;
    const QStringList names = dir.entryList({u"*.json"_s}, QDir::Files, QDir::Name);
    for (const QString &name : names) {
        QFile file(dir.filePath(name));
        if (!file.open(QIODevice::ReadOnly) || file.size() > kMaxRuntimeFile) {
            m_problems.append({ErrorCode::Io,
                u"runtime file %1 cannot be read: %2"_s.arg(file.fileName(), file.errorString()),
                {}});
            continue;
        }
        QJsonParseError parseError;
        const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &parseError);
        if (!document.isObject()) {
            m_problems.append({ErrorCode::Parse,
                u"runtime file %1: %2"_s.arg(file.fileName(), parseError.errorString()), {}});
            continue;
        }
        auto runtime = Runtime::fromJson(document.object(), file.fileName(), drivers);
        if (!runtime) {
            m_problems.append(runtime.error());
            continue;
        }
        const auto same = std::find_if(m_runtimes.begin(), m_runtimes.end(),
            [&runtime](const auto &other) { return other->id == runtime->id; });
        auto shared = std::make_shared<const Runtime>(std::move(runtime).value());
        if (same != m_runtimes.end()) {
            *same = std::move(shared);
        } else {
            m_runtimes.push_back(std::move(shared));
        }
    }
    for (const Error &problem : std::as_const(m_problems)) {
        qCWarning(lcRunner).noquote() << problem.message;
    }
}

const std::vector<std::shared_ptr<const Runtime>> &RuntimeRegistry::runtimes() const
{
    return m_runtimes;
}

const QList<Error> &RuntimeRegistry::problems() const
{
    return m_problems;
}

std::shared_ptr<const Runtime> RuntimeRegistry::byId(const QString &id) const
{
    for (const auto &runtime : m_runtimes) {
        if (runtime->id == id) {
            return runtime;
        }
    }
    return nullptr;
}

std::vector<std::shared_ptr<const Runtime>> RuntimeRegistry::candidates(QStringView fileName) const
{
    std::vector<std::shared_ptr<const Runtime>> found;
    qsizetype longest = 0;
    for (const auto &runtime : m_runtimes) {
        const qsizetype length = runtime->suffixOf(fileName).size();
        if (length > 0) {
            longest = std::max(longest, length);
            found.push_back(runtime);
        }
    }
    std::erase_if(
        found, [&](const auto &runtime) { return runtime->suffixOf(fileName).size() < longest; });
    std::stable_partition(found.begin(), found.end(),
        [&](const auto &runtime) { return runtime->isPreferredFor(runtime->suffixOf(fileName)); });
    return found;
}

QString RuntimeRegistry::find(const Runtime &runtime) const
{
    QStringList names = runtime.interpreterNames;
    const QString chosen = m_options.interpreters.value(runtime.id,
        runtime.interpreterVariable.isEmpty()
            ? QString()
            : qEnvironmentVariable(runtime.interpreterVariable.toLatin1().constData()));
    if (!chosen.isEmpty()) {
        names = QStringList{chosen};
    }
    const QStringList first = m_options.searchPaths + pathList("EARSHOT_RUNTIME_PATH");
    QStringList last;
    for (const QString &folder : runtime.interpreterFolders) {
        last.append(
            folder.startsWith("~/"_L1) ? QString(QDir::homePath() + folder.sliced(1)) : folder);
    }
    for (const QString &name : std::as_const(names)) {
        QString program = first.isEmpty() ? QString() : QStandardPaths::findExecutable(name, first);
        if (program.isEmpty()) {
            program = QStandardPaths::findExecutable(name);
        }
        if (program.isEmpty() && !last.isEmpty()) {
            program = QStandardPaths::findExecutable(name, last);
        }
        if (!program.isEmpty()) {
            return QFileInfo(program).absoluteFilePath();
        }
    }
    return {};
}

RuntimeRegistry::Found &RuntimeRegistry::search(const Runtime &runtime)
{
    std::shared_ptr<Found> &found = m_found[runtime.id];
    if (!found) {
        found = std::make_shared<Found>();
    }
    // What was not there may be installed a moment later: an absence is not remembered.
    if (!found->searched || found->status.program.isEmpty()) {
        found->searched = true;
        found->status.program = find(runtime);
        if (!found->status.program.isEmpty() && isShim(found->status.program)
            && !runtime.resolveArguments.isEmpty()) {
            resolveShim(runtime, *found);
        }
    }
    return *found;
}

QString RuntimeRegistry::interpreter(const Runtime &runtime, const QString &scriptDirectory)
{
    if (!runtime.projectInterpreters.isEmpty()
        && m_options.interpreters.value(runtime.id).isEmpty()) {
        for (QDir dir(scriptDirectory); dir.exists();) {
            for (const QString &name : runtime.projectInterpreters) {
                const QString candidate = dir.filePath(name);
                if (QFileInfo(candidate).isExecutable()) {
                    return candidate;
                }
            }
            if (dir.isRoot() || !dir.cdUp()) {
                break;
            }
        }
    }
    return search(runtime).status.program;
}

InterpreterStatus RuntimeRegistry::status(const Runtime &runtime) const
{
    const auto found = m_found.value(runtime.id);
    return found ? found->status : InterpreterStatus{};
}

bool RuntimeRegistry::isProbed(const Runtime &runtime) const
{
    const auto found = m_found.value(runtime.id);
    return found && found->probed;
}

void RuntimeRegistry::probe(const Runtime &runtime, std::function<void()> done)
{
    std::shared_ptr<Found> &found = m_found[runtime.id];
    if (!found) {
        found = std::make_shared<Found>();
    }
    if (!found->searched) {
        found->searched = true;
        found->status.program = find(runtime);
    }
    if (done) {
        found->waiting.push_back(std::move(done));
    }
    if (found->probe != nullptr) {
        return;
    }
    if (found->probed || found->status.program.isEmpty() || runtime.versionArguments.isEmpty()) {
        QMetaObject::invokeMethod(
            this, [this, id = runtime.id] { finishProbe(id); }, Qt::QueuedConnection);
        return;
    }
    found->probe = startProbe(*found, runtime, runtime.versionArguments,
        [this, pattern = runtime.versionPattern, id = runtime.id](const QByteArray &output) {
            const std::shared_ptr<Found> asked = m_found.value(id);
            const QRegularExpression number(pattern);
            const QString text = QString::fromUtf8(output).trimmed();
            asked->status.versionText = text.section(u'\n', 0, 0);
            asked->status.version = QVersionNumber::fromString(number.match(text).captured(1));
            finishProbe(id);
        });
}

QProcess *RuntimeRegistry::startProbe(const Found &found, const Runtime &runtime,
    const QStringList &arguments, const std::function<void(const QByteArray &)> &done)
{
    auto *process = new QProcess(this);
    process->setProgram(found.status.program);
    process->setArguments(arguments);
    process->setStandardInputFile(QProcess::nullDevice());
    process->setProcessChannelMode(QProcess::MergedChannels);
    const auto finished = [this, process, done] {
        process->disconnect(this);
        process->deleteLater();
        done(process->read(kMaxProbeOutput));
    };
    connect(process, &QProcess::finished, this, finished);
    connect(process, &QProcess::errorOccurred, this, [finished](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) {
            finished();
        }
    });
    QTimer::singleShot(kProbeTimeoutMs, process, &QProcess::kill);
    qCDebug(lcRunner) << "asking" << runtime.name << arguments;
    process->start();
    return process;
}

void RuntimeRegistry::resolveShim(const Runtime &runtime, Found &found)
{
    startProbe(found, runtime, runtime.resolveArguments,
        [this, id = runtime.id](const QByteArray &output) {
            const QString real = QString::fromUtf8(output).trimmed().section(u'\n', -1);
            const std::shared_ptr<Found> asked = m_found.value(id);
            if (asked && QDir::isAbsolutePath(real) && QFileInfo(real).isExecutable()) {
                asked->status.program = real;
                emit interpreterResolved(id);
            }
        });
}

void RuntimeRegistry::finishProbe(const QString &id)
{
    const std::shared_ptr<Found> found = m_found.value(id);
    if (!found) {
        return;
    }
    found->probe = nullptr;
    found->probed = true;
    const auto waiting = std::exchange(found->waiting, {});
    for (const auto &done : waiting) {
        done();
    }
}

void RuntimeRegistry::forget()
{
    for (auto it = m_found.begin(); it != m_found.end();) {
        if (it.value()->probe == nullptr) {
            it = m_found.erase(it);
        } else {
            ++it;
        }
    }
}

} // namespace earshot::runner
