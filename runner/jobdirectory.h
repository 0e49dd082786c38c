// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QString>

namespace earshot::runner {

/// A fresh folder, removed with everything in it when this is destroyed. Large ones are removed on
/// a pool thread.
class JobDirectory final
{
public:
    JobDirectory() = default;
    ~JobDirectory();
    JobDirectory(JobDirectory &&other) noexcept;
    JobDirectory &operator=(JobDirectory &&other) noexcept;
    Q_DISABLE_COPY(JobDirectory)

    [[nodiscard]] static Result<JobDirectory> create(const QString &parent);
    [[nodiscard]] const QByteArray &path() const noexcept { return m_path; }

private:
    QByteArray m_path;
};

} // namespace earshot::runner
