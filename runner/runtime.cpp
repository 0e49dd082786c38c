// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/runtime.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

QStringList texts(const QJsonValue &value)
{
    QStringList list;
    const QJsonArray array = value.toArray();
    for (const QJsonValue &item : array) {
        list.append(item.toString());
    }
    return list;
}

void readInterpreter(Runtime &runtime, const QJsonObject &json)
{
    runtime.interpreterVariable = json.value("env"_L1).toString();
    runtime.interpreterNames = texts(json.value("names"_L1));
    runtime.interpreterFolders = texts(json.value("folders"_L1));
    runtime.projectInterpreters = texts(json.value("project"_L1));
    runtime.resolveArguments = texts(json.value("resolve_argv"_L1));
}

void readVersions(Runtime &runtime, const QJsonObject &json)
{
    const QJsonObject check = json.value("version_check"_L1).toObject();
    runtime.versionArguments = texts(check.value("argv"_L1));
    runtime.versionPattern = check.value("pattern"_L1).toString(u"(\\d+\\.\\d+(?:\\.\\d+)?)"_s);
    runtime.minimumVersion = QVersionNumber::fromString(check.value("minimum"_L1).toString());
    const QJsonObject typeScript = json.value("typescript"_L1).toObject();
    runtime.typeScriptFiles = texts(typeScript.value("files"_L1));
    const QStringList versions = texts(typeScript.value("minimum"_L1));
    for (const QString &version : versions) {
        runtime.typeScriptVersions.append(QVersionNumber::fromString(version));
    }
    std::sort(runtime.typeScriptVersions.begin(), runtime.typeScriptVersions.end());
}

/// The nearest of the files in or above the folder.
QString nearest(const QStringList &names, const QString &folder)
{
    for (QDir dir(folder);;) {
        for (const QString &name : names) {
            if (QFileInfo(dir.filePath(name)).isFile()) {
                return dir.filePath(name);
            }
        }
        if (dir.isRoot() || !dir.cdUp()) {
            return {};
        }
    }
}

} // namespace

Result<Runtime> Runtime::fromJson(
    const QJsonObject &json, const QString &fileName, const QString &directory)
{
    const auto refuse = [&fileName](const QString &why) {
        return Error{ErrorCode::InvalidArgument, u"runtime file %1: %2"_s.arg(fileName, why), {}};
    };
    if (json.value("version"_L1).toInt(-1) != 1) {
        return refuse(u"`version` must be 1"_s);
    }
    Runtime runtime;
    runtime.id = json.value("id"_L1).toString();
    runtime.name = json.value("name"_L1).toString(runtime.id);
    runtime.program = json.value("program"_L1).toString(QString(runtime.id + u" run"_s));
    runtime.languages = texts(json.value("languages"_L1));
    runtime.files = texts(json.value("files"_L1));
    runtime.preferFor = texts(json.value("prefer_for"_L1));
    runtime.servesExecutables = json.value("matches"_L1).toString() == "run_bit"_L1;
    runtime.argv = texts(json.value("argv"_L1));
    runtime.signatureArgv = texts(json.value("signature_argv"_L1));
    runtime.install = json.value("install"_L1).toString();
    const QJsonObject debug = json.value("debug"_L1).toObject();
    runtime.debugArgv = texts(debug.value("argv"_L1));
    runtime.debugAddress = debug.value("address"_L1).toString();
    runtime.debugRequires = texts(debug.value("requires_argv"_L1));
    runtime.debugInstall = debug.value("install"_L1).toString();
    runtime.debugLaunch = debug.value("launch"_L1).toObject();
    readInterpreter(runtime, json.value("interpreter"_L1).toObject());
    readVersions(runtime, json);
    const QJsonArray options = json.value("project_options"_L1).toArray();
    for (const QJsonValue &option : options) {
        runtime.projectOptions.append(
            ProjectOption{.files = texts(option.toObject().value("files"_L1)),
                .argv = texts(option.toObject().value("argv"_L1))});
    }
    const QJsonObject environment = json.value("environment"_L1).toObject();
    for (auto it = environment.begin(); it != environment.end(); ++it) {
        runtime.environment.append(it.key().toUtf8() + '=' + it.value().toString().toUtf8());
    }
    const QStringList capabilities = texts(json.value("capabilities"_L1));
    runtime.worker = capabilities.contains("worker"_L1);
    runtime.standby = capabilities.contains("standby"_L1);
    runtime.preprocessor = capabilities.contains("preprocessor"_L1);
    const QString driver = json.value("driver"_L1).toString();

    if (runtime.id.isEmpty()) {
        return refuse(u"`id` is missing"_s);
    }
    if (runtime.argv.isEmpty()) {
        return refuse(u"`argv` is missing"_s);
    }
    if (!runtime.servesExecutables) {
        if (runtime.interpreterNames.isEmpty()) {
            return refuse(u"`interpreter.names` is missing"_s);
        }
        if (driver.isEmpty()) {
            return refuse(u"`driver` is missing"_s);
        }
        if (runtime.files.isEmpty()) {
            return refuse(u"`files` is missing"_s);
        }
        runtime.driver = QDir::cleanPath(QDir(directory).absoluteFilePath(driver));
    }
    return runtime;
}

QString Runtime::suffixOf(QStringView fileName) const
{
    QString best;
    for (const QString &suffix : files) {
        if (fileName.size() > suffix.size() && fileName.endsWith(suffix)
            && suffix.size() > best.size()) {
            best = suffix;
        }
    }
    return best;
}

bool Runtime::isPreferredFor(QStringView suffix) const
{
    return preferFor.contains(suffix);
}

bool Runtime::needsVersionFor(QStringView fileName) const
{
    return !typeScriptVersions.isEmpty()
        && std::any_of(typeScriptFiles.begin(), typeScriptFiles.end(),
            [fileName](const QString &suffix) { return fileName.endsWith(suffix); });
}

bool Runtime::isVersionEnough(const QVersionNumber &version, QStringView fileName) const
{
    if (!needsVersionFor(fileName)) {
        return true;
    }
    for (const QVersionNumber &first : typeScriptVersions) {
        if (version.majorVersion() == first.majorVersion()) {
            return version >= first;
        }
    }
    return version > typeScriptVersions.constLast();
}

QByteArrayList Runtime::arguments(const QStringList &list, const QString &script) const
{
    QByteArrayList result;
    const QString folder = QFileInfo(script).absolutePath();
    for (const QString &argument : list) {
        if (argument == "{interpreter}"_L1) {
            continue;
        }
        if (argument == "{project_options}"_L1) {
            for (const ProjectOption &option : projectOptions) {
                const QString file = nearest(option.files, folder);
                for (const QString &part : option.argv) {
                    if (!file.isEmpty()) {
                        result.append(QString(part).replace("{file}"_L1, file).toUtf8());
                    }
                }
            }
        } else if (argument == "{driver}"_L1) {
            result.append(driver.toUtf8());
        } else if (argument == "{script}"_L1) {
            result.append(script.toUtf8());
        } else {
            result.append(argument.toUtf8());
        }
    }
    return result;
}

} // namespace earshot::runner
