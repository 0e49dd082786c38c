// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/pendingreplies.h"

#include <utility>

namespace earshot::service {

void PendingReplies::setDry(const QString &trigger, bool dry)
{
    if (dry) {
        m_dry.insert(trigger);
    } else {
        m_dry.remove(trigger);
    }
}

bool PendingReplies::add(Reply reply)
{
    bool dropped = false;
    const QList<qint64> own = idsOf(reply.trigger);
    if (own.size() >= kMaxPerTrigger) {
        remove(own.constFirst());
        dropped = true;
    }
    while (!m_replies.empty() && m_bytes + reply.text.size() > kMaxBytes) {
        remove(m_replies.begin()->first);
        dropped = true;
    }
    m_bytes += reply.text.size();
    m_replies.emplace(m_nextId++, std::move(reply));
    return dropped;
}

const PendingReplies::Reply *PendingReplies::find(qint64 id) const
{
    const auto found = m_replies.find(id);
    return found == m_replies.end() ? nullptr : &found->second;
}

void PendingReplies::remove(qint64 id)
{
    if (const auto found = m_replies.find(id); found != m_replies.end()) {
        m_bytes -= found->second.text.size();
        m_replies.erase(found);
    }
}

void PendingReplies::rename(const QString &trigger, const QString &to)
{
    if (m_dry.remove(trigger)) {
        m_dry.insert(to);
    }
    for (auto &[id, reply] : m_replies) {
        if (reply.trigger == trigger) {
            reply.trigger = to;
        }
    }
}

void PendingReplies::forget(const QString &trigger)
{
    m_dry.remove(trigger);
    for (const qint64 id : idsOf(trigger)) {
        remove(id);
    }
}

QList<qint64> PendingReplies::idsOf(const QString &trigger) const
{
    QList<qint64> ids;
    for (const auto &[id, reply] : m_replies) {
        if (reply.trigger == trigger) {
            ids.append(id);
        }
    }
    return ids;
}

} // namespace earshot::service
