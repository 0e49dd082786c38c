// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArrayList>
#include <QJsonObject>
#include <QString>
#include <QStringList>
#include <QVersionNumber>

namespace earshot::runner {

/// A language's way to run scripts, as a file in `runtimes/` describes it.
struct Runtime
{
    /// Arguments for the interpreter when one of these files lies in or above the script's folder.
    struct ProjectOption
    {
        QStringList files;
        QStringList argv;
    };

    QString id; ///< `bun`
    QString name; ///< `Bun`
    QString program; ///< as Windmill's error texts name it: `bun run`
    QStringList languages; ///< Windmill's names
    QStringList files; ///< endings of the names it serves: `.ts`, `bun.ts`
    QStringList preferFor; ///< those it serves rather than another runtime
    bool servesExecutables = false; ///< files with a run permission that nothing else serves
    QString interpreterVariable; ///< environment variable that names the program
    QStringList interpreterNames;
    QStringList interpreterFolders; ///< searched after PATH; `~` is the home folder
    QStringList
        projectInterpreters; ///< relative to the script's folder or one above: `.venv/bin/python`
    QStringList resolveArguments; ///< print the program behind a version manager's shim
    QStringList versionArguments;
    QString versionPattern;
    QVersionNumber minimumVersion;
    QStringList typeScriptFiles; ///< endings that need one of typeScriptVersions
    QList<QVersionNumber> typeScriptVersions; ///< the first of a major version that can, ascending
    QString driver; ///< absolute file name
    QStringList argv;
    QStringList signatureArgv;
    QList<ProjectOption> projectOptions;
    QByteArrayList environment; ///< `NAME=value`, further variables of its processes
    QStringList debugArgv; ///< as argv, with a debugger on `{port}`; empty = there is none
    QString debugAddress; ///< with `{port}`
    QStringList debugRequires; ///< arguments that succeed when the debugger is installed
    QString debugInstall;
    QJsonObject debugLaunch; ///< for an editor, with `{port}`
    QString install; ///< the command that installs it
    bool worker = false;
    bool standby = false;
    bool preprocessor = false;

    /// `directory`: where drivers are.
    [[nodiscard]] static Result<Runtime> fromJson(
        const QJsonObject &json, const QString &fileName, const QString &directory);
    /// The longest of `files` that the name ends with; empty when none does.
    [[nodiscard]] QString suffixOf(QStringView fileName) const;
    [[nodiscard]] bool isPreferredFor(QStringView suffix) const;
    /// True when the interpreter's version can serve the file (null version: unknown, not enough).
    [[nodiscard]] bool needsVersionFor(QStringView fileName) const;
    [[nodiscard]] bool isVersionEnough(const QVersionNumber &version, QStringView fileName) const;
    /// A command line from one of the argv lists: placeholders filled, without the interpreter
    /// itself.
    [[nodiscard]] QByteArrayList arguments(const QStringList &list, const QString &script) const;
};

} // namespace earshot::runner
