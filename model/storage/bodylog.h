// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <array>
#include <atomic>

namespace earshot::storage {

/// Where a body starts: segment << 40 | offset.
using BodyAddress = qint64;
inline constexpr int kOffsetBits = 40;
[[nodiscard]] constexpr qint64 segmentOf(BodyAddress at) noexcept
{
    return at >> kOffsetBits;
}
[[nodiscard]] constexpr qint64 offsetOf(BodyAddress at) noexcept
{
    return at & ((qint64(1) << kOffsetBits) - 1);
}
[[nodiscard]] constexpr BodyAddress addressOf(qint64 segment, qint64 offset) noexcept
{
    return segment << kOffsetBits | offset;
}

/// `<directory>/<number>.seg`
[[nodiscard]] QString segmentFile(const QString &directory, qint64 segment);

/// Appends message and result bytes to segment files, once and in the order they came. Bytes in the
/// database itself would be written twice (log and table) and be copied by every checkpoint; rows
/// refer to them by address instead. Writer thread only.
class BodyLog final
{
public:
    BodyLog(QString directory, qint64 segmentBytes);
    ~BodyLog();
    Q_DISABLE_COPY_MOVE(BodyLog)

    /// Goes on in the newest segment there is, behind everything it holds.
    [[nodiscard]] Result<void> open();
    /// Where the next byte will be. Bodies of one row are put one after the other.
    [[nodiscard]] BodyAddress nextAddress() const noexcept
    {
        return addressOf(m_segment, m_written + m_buffer.size());
    }
    /// Memory stays below 2 MiB as long as the medium takes what is put.
    void put(QByteArrayView bytes);
    /// Hands everything put so far to the system; after a failure it may be called again.
    [[nodiscard]] Result<void> flush();
    [[nodiscard]] Result<void> sync();

    [[nodiscard]] qint64 segment() const noexcept { return m_segment; }
    [[nodiscard]] bool isFull() const noexcept { return m_written >= m_segmentBytes; }
    /// Starts the next segment; only with nothing unflushed.
    [[nodiscard]] Result<void> roll();

private:
    [[nodiscard]] Result<void> openSegment(qint64 number);
    [[nodiscard]] bool write(QByteArrayView bytes);
    [[nodiscard]] Error failure(const QString &what) const;

    QString m_directory;
    qint64 m_segmentBytes;
    qint64 m_segment = 0;
    qint64 m_written = 0;
    QByteArray m_buffer; ///< put but not yet written
    int m_file = -1;
};

/// Reads bodies by address; keeps a few blocks and files. One thread.
class BodyReader final
{
public:
    explicit BodyReader(QString directory);
    ~BodyReader();
    Q_DISABLE_COPY_MOVE(BodyReader)

    /// `size` bytes at `at`; Corrupt when the segment does not hold them.
    [[nodiscard]] Result<QByteArray> read(BodyAddress at, qint64 size);
    /// As read(), through a cache of blocks: for many small bodies close to each other. The view is
    /// valid until the next call.
    [[nodiscard]] Result<QByteArrayView> view(BodyAddress at, qint64 size);
    /// Forgets cached bytes (segments were removed or replaced).
    void clear();

private:
    struct Block
    {
        qint64 segment = -1;
        qint64 index = 0;
        quint64 used = 0;
        QByteArray bytes;
    };
    [[nodiscard]] Result<int> file(qint64 segment);
    [[nodiscard]] const Block *block(qint64 segment, qint64 index);

    QString m_directory;
    std::array<Block, 4> m_blocks;
    QByteArray m_joined;
    qint64 m_segment = -1;
    int m_file = -1;
    quint64 m_clock = 0;
};

} // namespace earshot::storage
