// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"

#include <QByteArray>

#include <deque>

namespace earshot::runner {

/// Output of one run: the beginning and, past the cap, the end; what lies between is counted.
class CappedLog final
{
public:
    void append(QByteArrayView bytes);
    [[nodiscard]] bool isTruncated() const noexcept { return m_dropped > 0; }
    [[nodiscard]] bool isEmpty() const noexcept { return m_head.isEmpty(); }
    /// The log with a visible `[truncated: N bytes dropped]` where bytes are missing.
    [[nodiscard]] QByteArray take();

private:
    void trimTail();

    QByteArray m_head;
    QByteArray m_tail;
    qint64 m_dropped = 0;
};

/// Splits a process's output between its runs by the driver's markers and removes them.
class LogCollector final
{
public:
    void append(QByteArrayView bytes);
    /// Nothing more comes: what looked like the beginning of a marker is output.
    void finish();

    struct Log
    {
        QByteArray bytes;
        bool truncated = false;
    };
    /// The output of the run, and any older output nobody asked for before it.
    [[nodiscard]] Log take(RunId id);
    /// Output that belongs to no run yet; for a process that ended without an answer.
    [[nodiscard]] Log takeAll();

private:
    struct Entry
    {
        RunId id = 0; ///< 0 until a marker says
        CappedLog log;
    };

    void appendText(QByteArrayView bytes);
    /// Length of the marker at the start of `bytes`, 0 if it is none, -1 if it needs more bytes.
    qsizetype readMarker(QByteArrayView bytes);

    std::deque<Entry> m_entries;
    QByteArray m_held; ///< beginning of what may be a marker
};

} // namespace earshot::runner
