// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakeworkspace.h"

#include "model/rpc/methods.h"

#include <QDir>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace earshot {

using namespace rpc;

FakeWorkspace::FakeWorkspace(JsonRpcServer &server)
{
    server.answer<TriggerPresets>([](const NoParams &) -> Result<Page<Preset>> {
        Page<Preset> page;
        const QDir folder(qEnvironmentVariable("EARSHOT_SOURCE_DIR") + u"/resources/presets"_s);
        const QStringList names = folder.entryList({u"*.json"_s}, QDir::Files);
        for (const QString &name : names) {
            QFile file(folder.filePath(name));
            if (file.open(QIODevice::ReadOnly)) {
                page.items.append({.id = name.chopped(5),
                    .preset = QJsonDocument::fromJson(file.readAll()).object()});
            }
        }
        return page;
    });
    server.answer<TriggerDemo>([](const NoParams &) -> Result<TriggerDemo::Result> {
        return TriggerDemo::Result{.url = u"ws://127.0.0.1:41527/earshot-demo"_s,
            .scripts = {{"bun"_L1, u"// demo in bun"_s}, {"python3"_L1, u"# demo in python"_s}}};
    });
    server.answer<RunnableLanguages>([](const NoParams &) -> Result<Page<ScriptLanguage>> {
        Page<ScriptLanguage> page;
        page.items = {{.language = u"bun"_s,
                          .name = u"TypeScript"_s,
                          .ending = u".ts"_s,
                          .problem = u"npm install -g bun"_s,
                          .kinds = {u"message"_s, u"preprocessor"_s}},
            {.language = u"python3"_s,
                .name = u"Python"_s,
                .ending = u".py"_s,
                .runtime = u"python"_s,
                .kinds = {u"message"_s, u"preprocessor"_s}}};
        return page;
    });
    server.answer<RunnableTemplate>(
        [](const RunnableTemplate::Params &params) -> Result<RunnableTemplate::Result> {
            return RunnableTemplate::Result{
                .ending = params.language == "bun"_L1 ? u".ts"_s : u".py"_s,
                .text = u"%1 of %2"_s.arg(params.kind, params.language)};
        });
    server.answer<RunnableWrite>(
        [this](const RunnableWrite::Params &params) -> Result<RunnableWrite::Result> {
            const QString file = params.file.value_or(QString());
            if (file.contains(u".."_s)) {
                return Error{ErrorCode::InvalidArgument, u"%1 is outside the workspace"_s.arg(file),
                    QString()};
            }
            if (params.create.value_or(false) && files.contains(file)) {
                return Error{ErrorCode::AlreadyExists, u"%1 exists"_s.arg(file), QString()};
            }
            files.insert(file, params.content.toUtf8());
            return RunnableWrite::Result{.written = true};
        });
    server.answer<RunnableRead>(
        [this](const RunnableRead::Params &params) -> Result<RunnableSource> {
            const QString file = params.file.value_or(params.path.value_or(QString()) + u".py"_s);
            if (!files.contains(file)) {
                return Error{ErrorCode::NotFound, u"there is no %1"_s.arg(file), QString()};
            }
            RunnableSource source;
            source.runnable.file = file;
            source.source = chunkOf(files.value(file), params.offset, params.length);
            return source;
        });
    server.answer<SecretSet>([this](const SecretSet::Params &params) -> Result<Empty> {
        secrets.insert(params.path, params.value);
        return Empty{};
    });
}

} // namespace earshot
