// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runner/processgroup.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace earshot::runner {

/// Sees to it that no script outlives the service, whatever ends it: a small helper process holds a
/// pipe to us, is told every group, and kills them all when the pipe closes; a record in a file
/// lets the next start kill what is left if the helper died too. Event-loop thread only.
class GroupGuard final
{
public:
    /// `helperProgram` is started with the argument `__guard` when the first group is there; empty
    /// = none. `recordFile`: empty = none. Groups still recorded there are killed now.
    GroupGuard(QString helperProgram, const QString &recordFile);
    ~GroupGuard();
    Q_DISABLE_COPY_MOVE(GroupGuard)

    void add(const ProcessGroup &group);
    void remove(const ProcessGroup &group);
    [[nodiscard]] qint64 helperPid() const noexcept { return m_pid; }
    /// How many groups of a former service were killed at the start.
    [[nodiscard]] int leftoversKilled() const noexcept { return m_leftovers; }

private:
    void startHelper();
    void stopHelper();
    void tell(const QByteArray &line);
    void openRecord(const QString &file);
    void record(const QByteArray &line);

    QString m_program;
    QList<ProcessGroup> m_groups;
    QByteArray m_unsent;
    qint64 m_pid = 0;
    int m_pipe = -1;
    int m_record = -1;
    qint64 m_recordBytes = 0;
    int m_leftovers = 0;
    int m_starts = 0;
};

/// The helper's main function (`earshot __guard`): reads lines from stdin and needs no event loop.
int guardMain(int argc, char **argv);

} // namespace earshot::runner
