// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/storage/journalwriter.h"

#include <QString>

#include <atomic>

namespace earshot::storage {

/// How long history is kept. 0 = without limit.
struct RetentionPolicy
{
    int maxAgeDays = 30;
    qint64 maxRunsPerTrigger = 100'000;
};

/// Deletes old runs in small transactions and gives their space back. Unfinished runs stay. Writer
/// thread.
class Retention final
{
public:
    explicit Retention(QString bodiesDirectory);

    void setPolicy(const RetentionPolicy &policy) { m_policy = policy; }
    /// Nothing is deleted while this is above 0 (a backup copies bodies). Any thread.
    [[nodiscard]] std::atomic<int> &holds() noexcept { return m_holds; }

    /// A step of at most `maxRows` runs; true when there is more to do.
    [[nodiscard]] bool step(JournalWriter &writer, qint64 maxRows);
    /// A trigger has twice what it may keep: deleting cannot wait for a quiet moment.
    [[nodiscard]] bool isOverdue(const RunLedger &ledger) const;

    static constexpr qint64 kStepRows = 500;

private:
    struct Victim
    {
        RunId id = 0;
        qint64 triggerId = 0;
        RunStatus status = RunStatus::Success;
    };
    struct Victims
    {
        std::vector<Victim> runs;
        std::vector<std::pair<BodyAddress, qint64>> bodies; ///< address, bytes
    };
    [[nodiscard]] Result<Victims> tooOld(JournalWriter &writer, qint64 maxRows) const;
    [[nodiscard]] Result<Victims> tooMany(JournalWriter &writer, qint64 maxRows) const;
    [[nodiscard]] bool remove(JournalWriter &writer, Victims victims);
    void punch(std::vector<std::pair<BodyAddress, qint64>> bodies) const;
    void forgetSessions(JournalWriter &writer) const;
    /// Removes segment files that hold nothing any more.
    void sweep(JournalWriter &writer);

    QString m_bodiesDirectory;
    RetentionPolicy m_policy;
    std::atomic<int> m_holds = 0;
    bool m_isSweepDue = true;
};

} // namespace earshot::storage
