// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/bodylog.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::storage {

namespace {

constexpr qint64 kBlockBytes = 256 * 1024;
/// A buffer that grew past this for one large body is given back.
constexpr qsizetype kKeptBufferBytes = 1024 * 1024;

/// Reads up to `size` bytes at `offset`; fewer at the end of the file, -1 on failure.
qint64 readAt(int file, char *to, qint64 size, qint64 offset)
{
    qint64 done = 0;
    while (done < size) {
        const auto got = ::pread(file, to + done, static_cast<size_t>(size - done), offset + done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += got;
    }
    return done;
}

Error missing(BodyAddress at)
{
    return Error{ErrorCode::Corrupt,
        u"a stored body cannot be read: segment %1 does not hold offset %2"_s.arg(segmentOf(at))
            .arg(offsetOf(at)),
        {}};
}

} // namespace

QString segmentFile(const QString &directory, qint64 segment)
{
    return directory + u'/' + QString::number(segment) + u".seg"_s;
}

BodyLog::BodyLog(QString directory, qint64 segmentBytes)
    : m_directory(std::move(directory))
    , m_segmentBytes(segmentBytes)
{ }

BodyLog::~BodyLog()
{
    if (m_file >= 0) {
        ::close(m_file);
    }
}

Result<void> BodyLog::open()
{
    QDir directory(m_directory);
    if (!directory.mkpath(u"."_s)) {
        return Error{ErrorCode::Io, u"cannot create %1"_s.arg(m_directory), {}};
    }
    qint64 newest = 1;
    const auto names = directory.entryList({u"*.seg"_s}, QDir::Files);
    for (const QString &name : names) {
        newest = std::max(newest, QStringView(name).chopped(4).toLongLong());
    }
    return openSegment(newest);
}

Result<void> BodyLog::openSegment(qint64 number)
{
    const int file = ::open(QFile::encodeName(segmentFile(m_directory, number)).constData(),
        O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return failure(u"cannot open"_s);
    }
    struct stat status = {};
    if (::fstat(file, &status) != 0) {
        ::close(file);
        return failure(u"cannot read the size of"_s);
    }
    if (m_file >= 0) {
        ::close(m_file);
    }
    m_file = file;
    m_segment = number;
    m_written = status.st_size;
    return {};
}

Error BodyLog::failure(const QString &what) const
{
    const int code = errno;
    return Error{code == ENOSPC || code == EDQUOT ? ErrorCode::LimitExceeded : ErrorCode::Io,
        u"%1 the message store in %2: %3"_s.arg(what, m_directory, qt_error_string(code)), {}};
}

bool BodyLog::write(QByteArrayView bytes)
{
    const char *from = bytes.data();
    qint64 left = bytes.size();
    qint64 offset = m_written;
    while (left > 0) {
        const auto put = ::pwrite(m_file, from, static_cast<size_t>(left), offset);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            // Written again from the same offset next time: addresses given out stay true.
            return false;
        }
        from += put;
        offset += put;
        left -= put;
    }
    m_written = offset;
    return true;
}

void BodyLog::put(QByteArrayView bytes)
{
    // What cannot be written now stays in the buffer; flush() says why.
    const bool isLarge = m_buffer.size() + bytes.size() > kKeptBufferBytes;
    if (isLarge && flush() && bytes.size() > kKeptBufferBytes && write(bytes)) {
        return;
    }
    m_buffer.append(bytes);
}

Result<void> BodyLog::flush()
{
    if (!write(m_buffer)) {
        return failure(u"cannot write to"_s);
    }
    if (m_buffer.capacity() > 2 * kKeptBufferBytes) {
        m_buffer = {};
    } else {
        m_buffer.resize(0);
    }
    return {};
}

Result<void> BodyLog::sync()
{
    if (::fdatasync(m_file) != 0) {
        return failure(u"cannot sync"_s);
    }
    return {};
}

Result<void> BodyLog::roll()
{
    return openSegment(m_segment + 1);
}

BodyReader::BodyReader(QString directory)
    : m_directory(std::move(directory))
{ }

BodyReader::~BodyReader()
{
    clear();
}

void BodyReader::clear()
{
    if (m_file >= 0) {
        ::close(std::exchange(m_file, -1));
    }
    m_segment = -1;
    m_blocks = {};
}

Result<int> BodyReader::file(qint64 segment)
{
    if (m_segment != segment) {
        if (m_file >= 0) {
            ::close(std::exchange(m_file, -1));
        }
        m_segment = -1;
        const int opened = ::open(
            QFile::encodeName(segmentFile(m_directory, segment)).constData(), O_RDONLY | O_CLOEXEC);
        if (opened < 0) {
            return missing(addressOf(segment, 0));
        }
        m_file = opened;
        m_segment = segment;
    }
    return m_file;
}

Result<QByteArray> BodyReader::read(BodyAddress at, qint64 size)
{
    if (size <= 0) {
        return QByteArray();
    }
    const auto from = file(segmentOf(at));
    if (!from) {
        return from.error();
    }
    QByteArray bytes(size, Qt::Uninitialized);
    if (readAt(*from, bytes.data(), size, offsetOf(at)) != size) {
        return missing(at);
    }
    return bytes;
}

const BodyReader::Block *BodyReader::block(qint64 segment, qint64 index)
{
    Block *oldest = m_blocks.data();
    for (Block &candidate : m_blocks) {
        if (candidate.segment == segment && candidate.index == index) {
            candidate.used = ++m_clock;
            return &candidate;
        }
        if (candidate.used < oldest->used) {
            oldest = &candidate;
        }
    }
    const auto from = file(segment);
    if (!from) {
        return nullptr;
    }
    oldest->segment = -1;
    oldest->bytes.resize(kBlockBytes);
    const qint64 got = readAt(*from, oldest->bytes.data(), kBlockBytes, index * kBlockBytes);
    if (got < 0) {
        return nullptr;
    }
    oldest->bytes.resize(got);
    oldest->segment = segment;
    oldest->index = index;
    oldest->used = ++m_clock;
    return oldest;
}

Result<QByteArrayView> BodyReader::view(BodyAddress at, qint64 size)
{
    if (size <= 0) {
        return QByteArrayView();
    }
    const qint64 offset = offsetOf(at);
    const qint64 first = offset / kBlockBytes;
    const qint64 last = (offset + size - 1) / kBlockBytes;
    if (first != last) {
        auto bytes = read(at, size);
        if (!bytes) {
            return std::move(bytes).error();
        }
        m_joined = std::move(*bytes);
        return QByteArrayView(m_joined);
    }
    const qint64 within = offset % kBlockBytes;
    const Block *found = block(segmentOf(at), first);
    if (found != nullptr && found->bytes.size() < within + size) {
        // The newest block grows: what was cached may be older than the row.
        const auto index = static_cast<size_t>(found - m_blocks.data());
        m_blocks[index].segment = -1;
        found = block(segmentOf(at), first);
    }
    if (found == nullptr || found->bytes.size() < within + size) {
        return missing(at);
    }
    return QByteArrayView(found->bytes).sliced(within, size);
}

} // namespace earshot::storage
