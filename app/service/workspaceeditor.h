// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace earshot::service {

/// A larger source is refused; nobody reads it in an editor.
inline constexpr qint64 kMaxSourceBytes = qint64(16) * 1024 * 1024;

/// Changes to the files of a workspace folder: nothing outside it is read or written, not through
/// `..`, not through a link, and nothing hidden. Event-loop thread; keeps nothing.
class WorkspaceEditor final
{
public:
    explicit WorkspaceEditor(QString workspace);

    /// SHA-256 in hexadecimal, as the API tells it.
    [[nodiscard]] static QString hashOf(const QByteArray &content);

    /// The absolute name of a file, which need not exist, named relative to the workspace.
    [[nodiscard]] Result<QString> locate(const QString &file) const;
    /// NotFound when there is no such file.
    [[nodiscard]] Result<QByteArray> read(const QString &file) const;

    struct Change
    {
        QByteArray content;
        std::optional<QString> expectedHash; ///< of what is there now
        bool create = false; ///< the file must not exist
    };
    struct Outcome
    {
        bool written = false;
        QByteArray current; ///< what is there now
        bool exists = false;
    };
    /// At once or not at all. Not written when the file is another one than expected: then
    /// `current` is what is there.
    [[nodiscard]] Result<Outcome> write(const QString &file, const Change &change) const;
    /// Moves a script with the files that belong to it (`x.script.yaml`, `x.script.lock`). Names
    /// without their common ending: `f/a/b` to `f/a/c`.
    [[nodiscard]] Result<void> rename(
        const QString &from, const QString &to, const QString &ending) const;
    [[nodiscard]] Result<void> remove(const QString &file, const QString &path) const;

private:
    QString m_workspace;
};

} // namespace earshot::service
