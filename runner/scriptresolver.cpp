// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/scriptresolver.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr qint64 kMaxWorkspaceFile = 1024 * 1024;

bool isMetadata(const QString &name)
{
    return name.endsWith(".script.yaml"_L1) || name.endsWith(".script.json"_L1)
        || name.endsWith(".script.lock"_L1) || name.endsWith('~'_L1) || name.endsWith(".swp"_L1)
        || name.endsWith("_trigger.yaml"_L1) || name.endsWith("_trigger.json"_L1)
        || name.endsWith(".schedule.yaml"_L1) || name.endsWith(".variable.yaml"_L1)
        || name.endsWith(".resource.yaml"_L1);
}

bool leavesWorkspace(const QString &script)
{
    const QStringList parts = script.split(u'/');
    return parts.contains(u".."_s) || parts.contains(QString()) || parts.contains(u"."_s);
}

bool startsWithInterpreterLine(const QString &file)
{
    QFile source(file);
    return source.open(QIODevice::ReadOnly) && source.read(2) == "#!";
}

} // namespace

ScriptResolver::ScriptResolver(QString workspaceDirectory, RuntimeRegistry &registry)
    : m_workspace(std::move(workspaceDirectory))
    , m_registry(registry)
{ }

QString ScriptResolver::defaultTypeScript() const
{
    QFile file(QString(m_workspace + u"/wmill.yaml"_s));
    if (m_workspace.isEmpty() || !file.open(QIODevice::ReadOnly)
        || file.size() > kMaxWorkspaceFile) {
        return u"bun"_s;
    }
    // One scalar at the top level of a file that the wmill command line writes itself.
    while (!file.atEnd()) {
        const QByteArray line = file.readLine();
        if (line.startsWith("defaultTs:")) {
            QByteArray value = line.mid(10);
            value
                = value.left(value.indexOf('#') < 0 ? value.size() : value.indexOf('#')).trimmed();
            value.replace('"', "").replace('\'', "");
            return QString::fromUtf8(value);
        }
    }
    return u"bun"_s;
}

Result<QString> ScriptResolver::fileOf(const QString &script) const
{
    if (QDir::isAbsolutePath(script)) {
        const QFileInfo info(script);
        if (!info.exists()) {
            return Error{ErrorCode::NotFound, u"script %1 does not exist"_s.arg(script), {}};
        }
        if (!info.isFile()) {
            return Error{ErrorCode::InvalidArgument, u"%1 is not a file"_s.arg(script), {}};
        }
        return info.absoluteFilePath();
    }
    if (script.isEmpty() || leavesWorkspace(script)) {
        return Error{ErrorCode::InvalidArgument,
            u"\"%1\" is no path of a script in the workspace"_s.arg(script), {}};
    }
    if (m_workspace.isEmpty()) {
        return Error{ErrorCode::NotFound,
            u"script %1 cannot be found: no workspace folder is set"_s.arg(script), {}};
    }
    const QString full = QDir::cleanPath(QString(m_workspace + u'/' + script));
    const QFileInfo info(full);
    const QString base = info.fileName();
    QStringList found;
    const QStringList names = info.dir().entryList(QDir::Files, QDir::Name);
    for (const QString &name : names) {
        if (isMetadata(name)) {
            continue;
        }
        const QString file = info.dir().filePath(name);
        if (name == base) {
            if (!m_registry.candidates(name).empty() || QFileInfo(file).isExecutable()) {
                found.append(name);
            }
            continue;
        }
        if (!name.startsWith(QString(base + u'.'))) {
            continue;
        }
        const QStringView rest = QStringView(name).sliced(base.size());
        bool whole = false;
        for (const auto &runtime : m_registry.candidates(name)) {
            const QString suffix = runtime->suffixOf(name);
            // Windmill's `bun.ts`, `deno.ts` and `fetch.ts` are written without their dot.
            whole = whole || rest == suffix || (rest.sliced(1) == suffix);
        }
        // `echo.test.ts` belongs to the path `echo.test`, not to `echo`.
        const bool plainSuffix = rest.lastIndexOf(u'.') == 0;
        if (whole
            || (plainSuffix && m_registry.candidates(name).empty()
                && QFileInfo(file).isExecutable())) {
            found.append(name);
        }
    }
    if (found.isEmpty()) {
        return Error{ErrorCode::NotFound,
            u"script %1 not found: no file %2.* in %3 that a runtime serves"_s.arg(
                script, base, info.path()),
            {}};
    }
    if (found.size() > 1) {
        return Error{ErrorCode::Conflict,
            u"script %1 is ambiguous: %2 could all serve it in %3; keep one"_s.arg(
                script, found.join(u" and "_s), info.path()),
            {}};
    }
    return info.dir().filePath(found.constFirst());
}

Result<ScriptTarget> ScriptResolver::targetOf(const QString &file) const
{
    const QFileInfo info(file);
    ScriptTarget target;
    target.file = file;
    target.folder = info.absolutePath();
    auto candidates = m_registry.candidates(info.fileName());
    if (candidates.empty()) {
        if (!info.isExecutable()) {
            return Error{ErrorCode::Unsupported,
                u"no runtime serves %1 and it has no run permission"_s.arg(file),
                startsWithInterpreterLine(file) ? u"make it executable: chmod +x %1"_s.arg(file)
                                                : QString()};
        }
        target.program = info.fileName();
        return target;
    }
    // A plain `.ts` is what wmill.yaml says; the others of the list follow when that one is
    // missing.
    if (info.fileName().endsWith(".ts"_L1) && candidates.size() > 1) {
        const QString wanted = defaultTypeScript();
        std::stable_partition(candidates.begin(), candidates.end(),
            [&wanted](const auto &runtime) { return runtime->languages.constFirst() == wanted; });
    }
    QStringList missing;
    for (const auto &runtime : candidates) {
        const QString program = m_registry.interpreter(*runtime, target.folder);
        if (program.isEmpty()) {
            missing.append(runtime->install.isEmpty()
                    ? u"install %1"_s.arg(runtime->name)
                    : u"install %1 (%2)"_s.arg(runtime->name, runtime->install));
            continue;
        }
        if (runtime->needsVersionFor(info.fileName())) {
            if (!m_registry.isProbed(*runtime)) {
                return Error{ErrorCode::Unavailable, {}, runtime->id};
            }
            const InterpreterStatus status = m_registry.status(*runtime);
            if (!runtime->isVersionEnough(status.version, info.fileName())) {
                missing.append(u"install %1 %2 or newer (%3 is %4)"_s.arg(runtime->name,
                    runtime->typeScriptVersions.constFirst().toString(), program,
                    status.versionText));
                continue;
            }
        }
        target.runtime = runtime;
        target.interpreter = program;
        target.program = runtime->program;
        return target;
    }
    return Error{ErrorCode::Unavailable, u"nothing on this machine runs %1"_s.arg(info.fileName()),
        missing.size() == 1 ? missing.constFirst() : QString(missing.join(u", or "_s))};
}

Result<ScriptTarget> ScriptResolver::resolve(const QString &script) const
{
    const auto file = fileOf(script);
    if (!file) {
        return file.error();
    }
    return targetOf(*file);
}

} // namespace earshot::runner
