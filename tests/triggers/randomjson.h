// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QRandomGenerator>
#include <QString>

/// Random filters and messages from few words, so that matches and near misses are frequent.
class RandomJson
{
public:
    explicit RandomJson(quint32 seed)
        : m_random(seed)
    { }

    /// An acceptable filter document.
    [[nodiscard]] QByteArray filters();
    /// Mostly a JSON object; sometimes something else, or malformed somewhere.
    [[nodiscard]] QByteArray message();
    [[nodiscard]] bool chance(int percent) { return below(100) < percent; }
    [[nodiscard]] int below(int limit) { return static_cast<int>(m_random.bounded(limit)); }

private:
    [[nodiscard]] QByteArray key();
    [[nodiscard]] QByteArray string(bool readable);
    [[nodiscard]] QByteArray number(bool readable);
    [[nodiscard]] QByteArray value(int depth, bool readable);
    [[nodiscard]] QByteArray object(int depth, bool readable);
    [[nodiscard]] QByteArray entry(int depth);
    [[nodiscard]] QByteArray entries(int depth);
    [[nodiscard]] QByteArray space();
    [[nodiscard]] QByteArray mutated(QByteArray text);

    QRandomGenerator m_random;
};
