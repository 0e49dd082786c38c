// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/servicecall.h"
#include "app/cli/terminalinput_posix.h"
#include "app/cli/verbs.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

constexpr qint64 kMaxValueBytes = qint64(512) * 1024;
constexpr qint64 kBackupDeadlineMs = 600'000;

QList<OptionSpec> withJson(QList<OptionSpec> options = {})
{
    return options + serviceOptions() + QList<OptionSpec>{jsonOption()};
}

/// A value from `--file`, from stdin when it is no terminal, else asked for.
Result<QString> valueFromPerson(const Arguments &arguments, const QString &what, bool hidden)
{
    QByteArray bytes;
    if (arguments.has(u"file"_s)) {
        QFile file(arguments.value(u"file"_s));
        if (!file.open(QIODevice::ReadOnly)) {
            return Error{.code = ErrorCode::Io,
                .message = u"%1 cannot be read: %2"_s.arg(file.fileName(), file.errorString()),
                .detail = {}};
        }
        bytes = file.read(kMaxValueBytes + 1);
    } else if (stdinIsTerminal()) {
        return askPerson(u"%1: "_s.arg(what), hidden);
    } else {
        QFile input;
        if (input.open(stdin, QIODevice::ReadOnly)) {
            bytes = input.read(kMaxValueBytes + 1);
        }
        // `echo value | earshot …` means the value, not the line break.
        if (bytes.endsWith('\n')) {
            bytes.chop(bytes.endsWith("\r\n") ? 2 : 1);
        }
    }
    if (bytes.size() > kMaxValueBytes) {
        return Error{.code = ErrorCode::LimitExceeded,
            .message = u"the value is larger than %1 KiB"_s.arg(kMaxValueBytes / 1024),
            .detail = {}};
    }
    return QString::fromUtf8(bytes);
}

int done(bool json, const QString &path)
{
    writeOut(json ? JsonLine().text(u"path", path).toLine() : QByteArray());
    return Success;
}

int setVariable(const Arguments &arguments)
{
    const QString path = arguments.positional().first();
    const auto value = arguments.positional().size() == 2
        ? Result<QString>(arguments.positional().at(1))
        : valueFromPerson(arguments, path, false);
    if (!value) {
        return complain(value.error(), Failed);
    }
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::VariableSet>(arguments,
        {.path = path, .value = *value, .description = std::nullopt},
        [json, path](const rpc::Empty &) { return done(json, path); });
}

int setSecret(const Arguments &arguments)
{
    const QString path = arguments.positional().first();
    const auto value = valueFromPerson(arguments, u"Secret for %1"_s.arg(path), true);
    if (!value) {
        return complain(value.error(), Failed);
    }
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::SecretSet>(arguments,
        {.path = path, .value = *value, .description = std::nullopt},
        [json, path](const rpc::Empty &) { return done(json, path); });
}

int setResource(const Arguments &arguments)
{
    const QString path = arguments.positional().first();
    const auto text = arguments.positional().size() == 2
        ? Result<QString>(arguments.positional().at(1))
        : valueFromPerson(arguments, path, false);
    if (!text) {
        return complain(text.error(), Failed);
    }
    QJsonParseError problem;
    const QJsonDocument parsed = QJsonDocument::fromJson("[" + text->toUtf8() + "]", &problem);
    if (problem.error != QJsonParseError::NoError || parsed.array().size() != 1) {
        return complain({.code = ErrorCode::Parse,
                            .message = u"the value of a resource is JSON: %1, at byte %2"_s.arg(
                                problem.errorString(), QString::number(problem.offset - 1)),
                            .detail = {}},
            Failed);
    }
    std::optional<QString> type;
    if (arguments.has(u"type"_s)) {
        type = arguments.value(u"type"_s);
    }
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::ResourceSet>(arguments,
        {.path = path,
            .value = parsed.array().first(),
            .resourceType = type,
            .description = std::nullopt},
        [json, path](const rpc::Empty &) { return done(json, path); });
}

QByteArray valueText(const QJsonValue &value)
{
    if (value.isString()) {
        return value.toString().toUtf8();
    }
    const QByteArray wrapped = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
    return wrapped.sliced(1, wrapped.size() - 2);
}

template <typename Method>
int getEntry(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    return callService<Method>(
        arguments, {.path = arguments.positional().first()}, [json](const rpc::Entry &entry) {
            if (json) {
                writeJson(entry);
            } else {
                writeOut(valueText(entry.value.value_or(QJsonValue())) + '\n');
            }
            return Success;
        });
}

int getSecret(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    const bool reveal = arguments.has(u"reveal"_s);
    return callService<rpc::SecretGet>(arguments,
        {.path = arguments.positional().first(), .reveal = reveal},
        [json, reveal](const rpc::SecretInfo &info) -> int {
            if (json) {
                writeJson(info);
            } else if (!info.exists) {
                return complain({.code = ErrorCode::NotFound,
                                    .message = u"Secret %1 not found"_s.arg(info.path),
                                    .detail = {}},
                    Failed);
            } else {
                writeOut(reveal ? info.value.value_or(QString()).toUtf8() + '\n'
                                : QByteArray("set (--reveal shows it)\n"));
            }
            return info.exists ? Success : Failed;
        });
}

template <typename Method>
int listEntries(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    ServiceSession session(arguments);
    return session.run([&] {
        eachItem<Method, rpc::Entry>(
            session, {},
            [json](const rpc::Entry &entry) {
                if (json) {
                    writeJson(entry);
                } else {
                    writeOut(entry.path.toUtf8() + '\n');
                }
            },
            [&session] { session.finish(Success); });
    });
}

template <typename Method>
int deleteEntry(const Arguments &arguments)
{
    const QString path = arguments.positional().first();
    const bool json = arguments.has(u"json"_s);
    return callService<Method>(
        arguments, {.path = path}, [json, path](const rpc::Empty &) { return done(json, path); });
}

void showSetting(const rpc::Setting &setting, bool json)
{
    if (json) {
        writeJson(setting);
    } else {
        writeOut(
            u"%1 = %2\n    %3\n"_s
                .arg(setting.key, QString::fromUtf8(valueText(setting.value)), setting.description)
                .toUtf8());
    }
}

int config(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    const QStringList words = arguments.positional();
    const QString what = words.first();
    if (what == "list"_L1) {
        return callService<rpc::SettingsList>(
            arguments, {}, [json](const rpc::Page<rpc::Setting> &page) {
                for (const rpc::Setting &setting : page.items) {
                    showSetting(setting, json);
                }
                return Success;
            });
    }
    if (what == "get"_L1 && words.size() == 2) {
        return callService<rpc::SettingsGet>(
            arguments, {.key = words.at(1)}, [json](const rpc::Setting &setting) {
                if (json) {
                    writeJson(setting);
                } else {
                    writeOut(valueText(setting.value) + '\n');
                }
                return Success;
            });
    }
    if (what == "set"_L1 && words.size() == 3) {
        const QJsonArray parsed = QJsonDocument::fromJson("[" + words.at(2).toUtf8() + "]").array();
        const QJsonValue value = parsed.size() == 1 ? parsed.first() : QJsonValue(words.at(2));
        return callService<rpc::SettingsSet>(
            arguments, {.key = words.at(1), .value = value}, [json](const rpc::Setting &setting) {
                showSetting(setting, json);
                return Success;
            });
    }
    return complain({.code = ErrorCode::InvalidArgument,
                        .message = u"earshot config list, config get KEY or config set KEY VALUE"_s,
                        .detail = {}},
        Usage);
}

int backup(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::StorageBackup>(
        arguments, {.file = QFileInfo(arguments.positional().first()).absoluteFilePath()},
        [json](const rpc::StorageBackup::Result &result) {
            if (json) {
                writeJson(result);
            } else {
                writeOut(u"%1: %2 bytes\n"_s.arg(result.file).arg(result.bytes).toUtf8());
            }
            return Success;
        },
        kBackupDeadlineMs);
}

int restore(const Arguments &arguments)
{
    const bool json = arguments.has(u"json"_s);
    return callService<rpc::StorageRestore>(
        arguments, {.file = QFileInfo(arguments.positional().first()).absoluteFilePath()},
        [json](const rpc::StorageRestore::Result &result) {
            if (json) {
                writeJson(result);
            } else {
                writeOut(u"%1 triggers restored; what was there before is kept in %2\n"_s
                             .arg(result.triggers)
                             .arg(result.replaced)
                             .toUtf8());
            }
            return Success;
        },
        kBackupDeadlineMs);
}

struct EntryVerbs
{
    QString kind;
    QString setSynopsis;
    QString setDetails;
    QList<OptionSpec> setOptions;
    QList<OptionSpec> getOptions;
    int setMost = 1;
    std::function<int(const Arguments &)> set;
    std::function<int(const Arguments &)> get;
    std::function<int(const Arguments &)> list;
    std::function<int(const Arguments &)> remove;
};

void addEntryVerbs(std::vector<VerbSpec> &verbs, const EntryVerbs &entry)
{
    const QString example
        = u"u/ada/%1"_s.arg(entry.kind == "secret"_L1 ? u"token"_s : u"endpoint"_s);
    verbs.push_back({.name = u"%1 set"_s.arg(entry.kind),
        .synopsis = entry.setSynopsis,
        .summary = u"create or replace a %1"_s.arg(entry.kind),
        .details = entry.setDetails,
        .examples = {entry.kind == "resource"_L1
                ? u"earshot resource set u/ada/broker '{\"host\":\"example.com\",\"token\":\"$var:u/ada/token\"}'"_s
                : entry.kind == "secret"_L1
                ? u"pass show broker | earshot secret set u/ada/token"_s
                : u"earshot variable set u/ada/endpoint wss://stream.example.com"_s},
        .options = withJson(entry.setOptions),
        .leastPositional = 1,
        .mostPositional = entry.setMost,
        .run = entry.set});
    verbs.push_back({.name = u"%1 get"_s.arg(entry.kind),
        .synopsis = u"PATH"_s,
        .summary = u"one %1"_s.arg(entry.kind),
        .details = {},
        .examples = {u"earshot %1 get %2"_s.arg(entry.kind, example)},
        .options = withJson(entry.getOptions),
        .leastPositional = 1,
        .mostPositional = 1,
        .run = entry.get});
    verbs.push_back({.name = u"%1 list"_s.arg(entry.kind),
        .synopsis = {},
        .summary = u"paths of every %1"_s.arg(entry.kind),
        .details = {},
        .examples = {u"earshot %1 list"_s.arg(entry.kind)},
        .options = withJson(),
        .run = entry.list});
    verbs.push_back({.name = u"%1 delete"_s.arg(entry.kind),
        .synopsis = u"PATH"_s,
        .summary = u"remove a %1"_s.arg(entry.kind),
        .details = {},
        .examples = {u"earshot %1 delete %2"_s.arg(entry.kind, example)},
        .options = withJson(),
        .leastPositional = 1,
        .mostPositional = 1,
        .run = entry.remove});
}

} // namespace

std::vector<VerbSpec> storeVerbs()
{
    const OptionSpec fileOption{u"file"_s, u"file"_s, u"take the value from a file"_s};
    std::vector<VerbSpec> verbs;
    addEntryVerbs(verbs,
        {.kind = u"variable"_s,
            .setSynopsis = u"PATH [VALUE]"_s,
            .setDetails = u"Without VALUE it comes from --file, from stdin, or is asked for. "
                          u"`$var:PATH` in a trigger's URL,\n"
                          "headers, raw initial messages and in arguments stands for it."_s,
            .setOptions = {fileOption},
            .getOptions = {},
            .setMost = 2,
            .set = setVariable,
            .get = getEntry<rpc::VariableGet>,
            .list = listEntries<rpc::VariableList>,
            .remove = deleteEntry<rpc::VariableDelete>});
    addEntryVerbs(verbs,
        {.kind = u"resource"_s,
            .setSynopsis = u"PATH [JSON]"_s,
            .setDetails = u"Without JSON it comes from --file, from stdin, or is asked for. "
                          u"`$res:PATH` stands for it;\n"
                          "`$var:` and `$res:` inside are resolved when it is used."_s,
            .setOptions = {fileOption, {u"type"_s, u"name"_s, u"Windmill's resource type"_s}},
            .getOptions = {},
            .setMost = 2,
            .set = setResource,
            .get = getEntry<rpc::ResourceGet>,
            .list = listEntries<rpc::ResourceList>,
            .remove = deleteEntry<rpc::ResourceDelete>});
    addEntryVerbs(verbs,
        {.kind = u"secret"_s,
            .setSynopsis = u"PATH"_s,
            .setDetails
            = u"The value is asked for without showing it, or comes from stdin or --file; never "
              u"from the command\n"
              "line, which every process on the machine can read. `$var:PATH` stands for it."_s,
            .setOptions = {fileOption},
            .getOptions = {{u"reveal"_s, {}, u"print the value"_s}},
            .setMost = 1,
            .set = setSecret,
            .get = getSecret,
            .list = listEntries<rpc::SecretList>,
            .remove = deleteEntry<rpc::SecretDelete>});
    verbs.push_back({.name = u"config"_s,
        .synopsis = u"list | get KEY | set KEY VALUE"_s,
        .summary = u"settings: workspace_error_handler, retention, limits, runtimes"_s,
        .details = u"VALUE is JSON if it parses, else a text; `null` restores the default."_s,
        .examples = {u"earshot config list"_s, u"earshot config set retention.days 14"_s,
            u"earshot config set workspace_error_handler f/ops/on_error"_s},
        .options = withJson(),
        .leastPositional = 1,
        .mostPositional = 3,
        .run = config});
    verbs.push_back({.name = u"backup"_s,
        .synopsis = u"FILE"_s,
        .summary = u"the whole profile in one file, while the service runs"_s,
        .details = u"Secret values are not in it."_s,
        .examples = {u"earshot backup ~/earshot-$(date +%F).db"_s},
        .options = withJson(),
        .leastPositional = 1,
        .mostPositional = 1,
        .run = backup});
    verbs.push_back({.name = u"restore"_s,
        .synopsis = u"FILE"_s,
        .summary = u"replace the profile by a backup; what is there now is kept beside it"_s,
        .details
        = u"Sessions are closed and runs stopped first; triggers of the backup start as their modes say."_s,
        .examples = {u"earshot restore ~/earshot-2026-09-21.db"_s},
        .options = withJson(),
        .leastPositional = 1,
        .mostPositional = 1,
        .run = restore});
    return verbs;
}

} // namespace earshot::cli
