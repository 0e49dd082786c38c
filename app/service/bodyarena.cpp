// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/bodyarena.h"

#include <cstring>
#include <utility>

namespace earshot::service {

BodyArena::Place BodyArena::add(const QByteArray &body)
{
    Place place{.size = body.size()};
    if (body.size() > kLargeBytes) {
        place.block = m_firstLarge + static_cast<quint32>(m_large.size());
        place.offset = -1;
        m_large.push_back(body);
        return place;
    }
    if (m_blocks.empty() || m_used + body.size() > kBlockBytes) {
        // Not value-initialised: only what was written is ever read.
        m_blocks.push_back(m_spare ? std::move(m_spare) : Block(new char[kBlockBytes]));
        m_used = 0;
    }
    place.block = m_firstBlock + static_cast<quint32>(m_blocks.size()) - 1;
    place.offset = static_cast<qint32>(m_used);
    std::memcpy(m_blocks.back().get() + m_used, body.constData(), static_cast<size_t>(body.size()));
    m_used += body.size();
    return place;
}

QByteArrayView BodyArena::view(const Place &place) const
{
    // Numbers may wrap; differences do not.
    if (place.offset < 0) {
        return m_large.at(place.block - m_firstLarge);
    }
    const char *block = m_blocks.at(place.block - m_firstBlock).get();
    return {block + place.offset, place.size};
}

void BodyArena::removeOldest(const Place &place)
{
    if (place.offset < 0) {
        m_large.pop_front();
        ++m_firstLarge;
        return;
    }
    // Everything before the block of this place is older than it.
    while (place.block != m_firstBlock) {
        m_spare = std::move(m_blocks.front());
        m_blocks.pop_front();
        ++m_firstBlock;
    }
}

} // namespace earshot::service
