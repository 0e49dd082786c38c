// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <deque>
#include <memory>

namespace earshot::service {

/// Bodies of a ring: added at one end, removed at the other, kept in large blocks that are used
/// again, so that remembering a message costs one copy and no allocation. Event-loop thread.
class BodyArena final
{
public:
    static constexpr qint64 kBlockBytes = qint64(1024) * 1024;
    /// Larger bodies are kept as they are, shared with whoever else has them.
    static constexpr qint64 kLargeBytes = qint64(64) * 1024;

    /// Small: a ring has hundreds of thousands.
    struct Place
    {
        qint64 size = 0;
        quint32 block = 0; ///< of a large body: its number among these
        qint32 offset = 0; ///< -1: a large body
    };

    [[nodiscard]] Place add(const QByteArray &body);
    /// Valid until the next call of add() or removeOldest().
    [[nodiscard]] QByteArrayView view(const Place &place) const;
    /// Places are given back in the order they were made.
    void removeOldest(const Place &place);

private:
    using Block = std::unique_ptr<char[]>;

    std::deque<Block> m_blocks;
    Block m_spare;
    std::deque<QByteArray> m_large;
    quint32 m_firstBlock = 0; ///< number of m_blocks.front()
    quint32 m_firstLarge = 0; ///< number of m_large.front()
    qint64 m_used = kBlockBytes; ///< of the last block
};

} // namespace earshot::service
