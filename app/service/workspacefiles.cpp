// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/workspacefiles.h"

#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QMap>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

/// Files looked at in one listing; a workspace with more is not one of scripts.
constexpr int kMaxFiles = 50'000;

struct Ending
{
    QLatin1StringView suffix;
    QLatin1StringView language;
};

/// Longest first (windmill.md 4.2); `.ts` alone means wmill.yaml's default.
constexpr Ending kEndings[] = {{".fetch.ts"_L1, "nativets"_L1}, {".bun.ts"_L1, "bun"_L1},
    {".deno.ts"_L1, "deno"_L1}, {".ts"_L1, "bun"_L1}, {".mts"_L1, "bun"_L1}, {".tsx"_L1, "bun"_L1},
    {".mjs"_L1, "node"_L1}, {".cjs"_L1, "node"_L1}, {".js"_L1, "node"_L1}, {".py"_L1, "python3"_L1},
    {".sh"_L1, "bash"_L1}, {".ps1"_L1, "powershell"_L1}, {".go"_L1, "go"_L1}, {".php"_L1, "php"_L1},
    {".rb"_L1, "ruby"_L1}};

const Ending *endingOf(const QString &file)
{
    const auto found = std::ranges::find_if(
        kEndings, [&](const Ending &ending) { return file.endsWith(ending.suffix); });
    return found == std::end(kEndings) ? nullptr : found;
}

/// Something with a run bit and no runtime of its own, as `executable` serves it.
bool isProgram(const QFileInfo &file)
{
    return file.suffix().isEmpty() && !file.fileName().startsWith(u'.') && file.isExecutable();
}

/// Path without its ending → file, both relative to the workspace.
QMap<QString, QString> scriptFiles(const QString &workspace)
{
    QMap<QString, QString> files;
    const QDir root(workspace);
    int seen = 0;
    for (const QString &space : {u"f"_s, u"u"_s}) {
        QDirIterator walk(root.filePath(space), QDir::Files, QDirIterator::Subdirectories);
        while (walk.hasNext() && ++seen <= kMaxFiles) {
            const QString file = root.relativeFilePath(walk.next());
            const bool foreign = file.contains("/node_modules/"_L1) || file.contains("/.venv/"_L1)
                || file.contains(".flow/"_L1) || file.contains("__flow/"_L1);
            if (const Ending *ending = foreign ? nullptr : endingOf(file)) {
                files.insert(file.chopped(ending->suffix.size()), file);
            } else if (!foreign && isProgram(walk.fileInfo())) {
                files.insert(file, file);
            }
        }
    }
    return files;
}

rpc::RunnableInfo describe(const runner::Runner &runner, const QString &path, const QString &file)
{
    const Ending *ending = endingOf(file);
    rpc::RunnableInfo info{.path = path,
        .isFlow = false,
        .language = ending != nullptr ? QString(ending->language) : u"executable"_s,
        .file = file,
        .problem = {}};
    if (const auto described = runner.describe(path); !described) {
        info.problem = described.error().message;
    }
    return info;
}

} // namespace

rpc::Page<rpc::RunnableInfo> listRunnables(
    const QString &workspace, const runner::Runner &runner, const rpc::ListParams &params)
{
    rpc::Page<rpc::RunnableInfo> page;
    if (workspace.isEmpty()) {
        return page;
    }
    const auto files = scriptFiles(workspace);
    const int limit
        = std::clamp(params.limit.value_or(rpc::kDefaultPageSize), 1, rpc::kMaxPageSize);
    for (auto file = params.after ? files.upperBound(*params.after) : files.begin();
         file != files.end(); ++file) {
        if (params.prefix && !file.key().startsWith(*params.prefix)) {
            continue;
        }
        if (page.items.size() >= limit) {
            page.more = true;
            break;
        }
        page.items.append(describe(runner, file.key(), file.value()));
    }
    return page;
}

Result<rpc::RunnableInfo> runnableInfo(
    const QString &workspace, const runner::Runner &runner, const QString &path)
{
    const auto files = workspace.isEmpty() ? QMap<QString, QString>() : scriptFiles(workspace);
    const auto file = files.constFind(path);
    if (file == files.cend()) {
        return Error{.code = ErrorCode::NotFound,
            .message = u"there is no script %1 in the workspace %2"_s.arg(path, workspace),
            .detail = {}};
    }
    return describe(runner, path, *file);
}

rpc::RunnableInfo fileInfo(const runner::Runner &runner, const QString &file)
{
    const bool script = file.startsWith("f/"_L1) || file.startsWith("u/"_L1);
    if (script && (endingOf(file) != nullptr || QFileInfo(file).suffix().isEmpty())) {
        return describe(runner, file.chopped(scriptEnding(file).size()), file);
    }
    const QString suffix = QFileInfo(file).suffix();
    return {.path = {},
        .isFlow = false,
        .language = suffix == "yml"_L1 ? u"yaml"_s : suffix,
        .file = file,
        .problem = {}};
}

QString scriptEnding(const QString &file)
{
    const Ending *ending = endingOf(file);
    return ending != nullptr ? QString(ending->suffix) : QString();
}

} // namespace earshot::service
