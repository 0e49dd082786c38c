// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/filestamp.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <sys/stat.h>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

constexpr int kMaxSiblings = 64;

} // namespace

FileStamps::Stamp FileStamps::stampOf(const QByteArray &file)
{
    struct stat info
    { };
    if (::stat(file.constData(), &info) != 0) {
        return {};
    }
    return Stamp{.seconds = info.st_mtim.tv_sec,
        .nanoseconds = info.st_mtim.tv_nsec,
        .size = info.st_size,
        .inode = info.st_ino};
}

void FileStamps::take(const QStringList &files)
{
    m_entries.clear();
    for (const QString &file : files) {
        const QByteArray name = QFile::encodeName(file);
        m_entries.push_back(Entry{.file = name, .stamp = stampOf(name)});
    }
}

bool FileStamps::haveChanged() const
{
    for (const Entry &entry : m_entries) {
        if (stampOf(entry.file) != entry.stamp) {
            return true;
        }
    }
    return false;
}

QStringList FileStamps::files() const
{
    QStringList names;
    for (const Entry &entry : m_entries) {
        names.append(QFile::decodeName(entry.file));
    }
    return names;
}

QStringList reloadFiles(const QString &script, const QString &driver)
{
    QStringList files{script};
    if (!driver.isEmpty()) {
        files.append(driver);
    }
    static const QStringList patterns{u"*.ts"_s, u"*.mts"_s, u"*.tsx"_s, u"*.js"_s, u"*.mjs"_s,
        u"*.cjs"_s, u"*.py"_s, u"*.sh"_s, u"*.json"_s, u"*.jsonc"_s};
    const QDir dir = QFileInfo(script).dir();
    const QStringList names = dir.entryList(patterns, QDir::Files, QDir::Name);
    for (const QString &name : names) {
        const QString file = dir.filePath(name);
        if (file != script && files.size() < kMaxSiblings) {
            files.append(file);
        }
    }
    return files;
}

} // namespace earshot::runner
