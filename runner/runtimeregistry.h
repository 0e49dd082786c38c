// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runner/runtime.h"

#include <QHash>
#include <QObject>

#include <functional>
#include <memory>
#include <vector>

class QProcess;

namespace earshot::runner {

/// Where an interpreter is and what it says about itself.
struct InterpreterStatus
{
    QString program; ///< absolute; empty = not found
    QVersionNumber version; ///< null until probed
    QString versionText;
};

/// The runtimes of the resource and configuration folders, and their interpreters on this machine.
/// Interpreters are looked for when first needed; nothing here blocks. Event-loop thread only.
class RuntimeRegistry final : public QObject
{
    Q_OBJECT

public:
    struct Options
    {
        /// Folders with `runtimes/` and `drivers/`; later ones replace runtimes of the same id.
        QStringList resourceDirectories;
        QHash<QString, QString> interpreters; ///< runtime id → program, from settings
        QStringList searchPaths; ///< before PATH
    };

    explicit RuntimeRegistry(Options options, QObject *parent = nullptr);
    ~RuntimeRegistry() override;

    [[nodiscard]] const std::vector<std::shared_ptr<const Runtime>> &runtimes() const;
    /// Files that could not be read.
    [[nodiscard]] const QList<Error> &problems() const;
    [[nodiscard]] std::shared_ptr<const Runtime> byId(const QString &id) const;
    /// Runtimes for a file's name: those with the longest suffix only, preferred ones first.
    [[nodiscard]] std::vector<std::shared_ptr<const Runtime>> candidates(
        QStringView fileName) const;

    /// Absolute program, or empty. `scriptDirectory` matters to runtimes with a `.venv`.
    [[nodiscard]] QString interpreter(const Runtime &runtime, const QString &scriptDirectory);
    /// What is known now; probe() learns more.
    [[nodiscard]] InterpreterStatus status(const Runtime &runtime) const;
    [[nodiscard]] bool isProbed(const Runtime &runtime) const;
    /// Asks the interpreter for its version and resolves version-manager shims to the program
    /// behind them; `done` is called later, on this thread.
    void probe(const Runtime &runtime, std::function<void()> done);
    /// Forgets where interpreters are (something was installed).
    void forget();

signals:
    /// The program behind a shim is known.
    void interpreterResolved(const QString &runtimeId);

private:
    struct Found
    {
        InterpreterStatus status;
        bool searched = false;
        bool probed = false;
        QProcess *probe = nullptr;
        std::vector<std::function<void()>> waiting;
    };

    void loadDirectory(const QString &directory);
    Found &search(const Runtime &runtime);
    [[nodiscard]] QString find(const Runtime &runtime) const;
    QProcess *startProbe(const Found &found, const Runtime &runtime, const QStringList &arguments,
        const std::function<void(const QByteArray &)> &done);
    void resolveShim(const Runtime &runtime, Found &found);
    void finishProbe(const QString &id);

    Options m_options;
    std::vector<std::shared_ptr<const Runtime>> m_runtimes;
    QList<Error> m_problems;
    QHash<QString, std::shared_ptr<Found>> m_found;
};

} // namespace earshot::runner
