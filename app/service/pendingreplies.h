// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"

#include <QByteArray>
#include <QList>
#include <QSet>
#include <QString>

#include <map>
#include <optional>

namespace earshot::service {

/// Replies that were not sent because a person wants to see them first, and whose triggers that
/// is. Not stored: gone with the service. Event-loop thread; owned by the profile.
class PendingReplies final
{
public:
    static constexpr qsizetype kMaxPerTrigger = 1'000;
    /// Over all triggers; the oldest go first.
    static constexpr qint64 kMaxBytes = qint64(64) * 1024 * 1024;

    struct Reply
    {
        QString trigger;
        RunId run = 0;
        QByteArray text;
        bool binary = false;
        bool duringRun = false;
        qint64 atUs = 0;
    };

    void setDry(const QString &trigger, bool dry);
    [[nodiscard]] bool isDry(const QString &trigger) const { return m_dry.contains(trigger); }
    /// True when an older one had to go for it.
    bool add(Reply reply);
    [[nodiscard]] const Reply *find(qint64 id) const;
    void remove(qint64 id);
    void rename(const QString &trigger, const QString &to);
    /// The trigger is gone.
    void forget(const QString &trigger);
    [[nodiscard]] QList<qint64> idsOf(const QString &trigger) const;

private:
    QSet<QString> m_dry;
    std::map<qint64, Reply> m_replies; ///< oldest first
    qint64 m_bytes = 0;
    qint64 m_nextId = 1;
};

} // namespace earshot::service
