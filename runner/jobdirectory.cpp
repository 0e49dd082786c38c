// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/jobdirectory.h"

#include <QDir>
#include <QFile>
#include <QThreadPool>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::runner {

JobDirectory::JobDirectory(JobDirectory &&other) noexcept
    : m_path(std::exchange(other.m_path, {}))
{ }

JobDirectory &JobDirectory::operator=(JobDirectory &&other) noexcept
{
    std::swap(m_path, other.m_path);
    return *this;
}

JobDirectory::~JobDirectory()
{
    // Most runs leave nothing behind. Deleting a large tree would stall the loop.
    if (m_path.isEmpty() || ::rmdir(m_path.constData()) == 0 || errno == ENOENT) {
        return;
    }
    const QString path = QFile::decodeName(m_path);
    QThreadPool::globalInstance()->start([path] { QDir(path).removeRecursively(); });
}

Result<JobDirectory> JobDirectory::create(const QString &parent)
{
    QByteArray name = QFile::encodeName(parent) + "/run-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        return Error{ErrorCode::Io,
            u"cannot make a folder for the run in %1: %2"_s.arg(
                parent, QString::fromLocal8Bit(std::strerror(errno))),
            {}};
    }
    JobDirectory directory;
    directory.m_path = name;
    return directory;
}

} // namespace earshot::runner
