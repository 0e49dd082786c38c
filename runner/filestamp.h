// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <vector>

namespace earshot::runner {

/// Notices that files changed without watching them: modification time, size and inode.
class FileStamps final
{
public:
    /// Remembers the files as they are now, in place of the former ones.
    void take(const QStringList &files);
    /// True when one of them is not as it was.
    [[nodiscard]] bool haveChanged() const;
    [[nodiscard]] QStringList files() const;

private:
    struct Stamp
    {
        qint64 seconds = -1;
        qint64 nanoseconds = 0;
        qint64 size = 0;
        quint64 inode = 0;
        friend bool operator==(const Stamp &, const Stamp &) = default;
    };
    struct Entry
    {
        QByteArray file;
        Stamp stamp;
    };

    [[nodiscard]] static Stamp stampOf(const QByteArray &file);

    std::vector<Entry> m_entries;
};

/// The script, its driver, and the source files beside the script (what it may import without
/// leaving its folder).
[[nodiscard]] QStringList reloadFiles(const QString &script, const QString &driver);

} // namespace earshot::runner
