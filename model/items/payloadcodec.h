// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

/// What may be hidden in a body, and how bodies leave the window.
namespace earshot::items {

/// A body seen through one codec, or through several in a row.
struct DecodedPayload
{
    QString codec = {}; ///< `base64 → gzip`, for people
    QByteArray bytes = {};
    bool cut = false; ///< there was more than kMaxDecodedBytes
    friend bool operator==(const DecodedPayload &, const DecodedPayload &) = default;
};

inline constexpr qsizetype kMaxDecodedBytes = qsizetype(1024) * 1024;

/// Every codec that makes sense of the bytes: gzip, zlib, base64, hexadecimal, percent encoding, a
/// JSON text within a JSON string, a JSON web token. Nothing when none does.
[[nodiscard]] QList<DecodedPayload> decodePayload(const QByteArray &body);

/// Lines of 16 bytes: offset, hexadecimal, characters.
[[nodiscard]] QString hexDump(const QByteArray &bytes);
/// A command line of websocat that sends the body to the server.
[[nodiscard]] QString websocatCommand(const QString &url, const QByteArray &body, bool binary);
/// The same with curl (8 or newer speaks WebSocket).
[[nodiscard]] QString curlCommand(const QString &url, const QByteArray &body, bool binary);
/// One line of JSON that a test can read back: direction, time, kind and body without loss.
[[nodiscard]] QByteArray fixtureLine(
    const QString &direction, qint64 atUs, const QByteArray &body, bool binary);
/// A word for a POSIX shell.
[[nodiscard]] QString shellQuoted(const QString &text);

} // namespace earshot::items
