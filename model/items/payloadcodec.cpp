// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/payloadcodec.h"

#include "model/jsonpath.h"
#include "model/jsontext.h"

#include <QStringDecoder>
#include <QUrl>

#include <algorithm>
#include <array>
#include <optional>

#include <zlib.h>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

/// How often a decoded body is looked at again.
constexpr int kMaxSteps = 3;

bool isUtf8(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder.decode(bytes);
    return !decoder.hasError() && !text.contains(QChar(0));
}

std::optional<DecodedPayload> inflated(const QByteArray &body)
{
    const bool gzip = body.startsWith("\x1f\x8b\x08");
    const bool zlib = body.size() > 2 && body.at(0) == 0x78
        && ((static_cast<uchar>(body.at(0)) << 8U) + static_cast<uchar>(body.at(1))) % 31 == 0;
    if (!gzip && !zlib) {
        return std::nullopt;
    }
    z_stream stream{};
    if (inflateInit2(&stream, MAX_WBITS + 32) != Z_OK) {
        return std::nullopt;
    }
    // zlib does not write to its input, whatever its type says.
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(body.constData()));
    stream.avail_in = static_cast<uInt>(body.size());
    DecodedPayload decoded{.codec = gzip ? u"gzip"_s : u"zlib"_s};
    std::array<char, 16 * 1024> buffer{};
    int state = Z_OK;
    while (state == Z_OK && decoded.bytes.size() < kMaxDecodedBytes) {
        stream.next_out = reinterpret_cast<Bytef *>(buffer.data());
        stream.avail_out = static_cast<uInt>(buffer.size());
        state = inflate(&stream, Z_NO_FLUSH);
        const auto written = static_cast<qsizetype>(buffer.size() - stream.avail_out);
        decoded.bytes.append(buffer.data(), written);
        if (written == 0) {
            break;
        }
    }
    inflateEnd(&stream);
    decoded.cut = state != Z_STREAM_END;
    if (decoded.bytes.isEmpty()) {
        return std::nullopt;
    }
    return decoded;
}

std::optional<DecodedPayload> fromBase64(const QByteArray &body)
{
    const QByteArray text = body.trimmed();
    if (text.size() < 8 || !std::all_of(text.begin(), text.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                || c == '+' || c == '/' || c == '-' || c == '_' || c == '=' || c == '\n'
                || c == '\r';
        })) {
        return std::nullopt;
    }
    const bool url = text.contains('-') || text.contains('_');
    QByteArray plain = text;
    plain.replace('\n', "").replace('\r', "");
    const auto decoded = QByteArray::fromBase64Encoding(plain,
        (url ? QByteArray::Base64UrlEncoding : QByteArray::Base64Encoding)
            | QByteArray::AbortOnBase64DecodingErrors);
    if (decoded.decodingStatus != QByteArray::Base64DecodingStatus::Ok
        || decoded.decoded.isEmpty()) {
        return std::nullopt;
    }
    // Most words are base64 of something: only what becomes text or a known format counts, unless
    // it is long and padded as base64 is.
    const QByteArray &bytes = decoded.decoded;
    const bool sensible
        = isUtf8(bytes) || inflated(bytes) || (plain.size() >= 24 && plain.size() % 4 == 0);
    return sensible ? std::optional(DecodedPayload{.codec = u"base64"_s, .bytes = bytes})
                    : std::nullopt;
}

std::optional<DecodedPayload> fromHex(const QByteArray &body)
{
    const QByteArray text = body.trimmed();
    const QByteArray digits = text.startsWith("0x") ? text.mid(2) : text;
    const auto isHex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    if (digits.size() < 8 || digits.size() % 2 != 0
        || !std::all_of(digits.begin(), digits.end(), isHex)) {
        return std::nullopt;
    }
    return DecodedPayload{.codec = u"hexadecimal"_s, .bytes = QByteArray::fromHex(digits)};
}

std::optional<DecodedPayload> fromToken(const QByteArray &body)
{
    const QList<QByteArray> parts = body.trimmed().split('.');
    if (parts.size() != 3 || !parts.at(0).startsWith("eyJ")) {
        return std::nullopt;
    }
    QByteArray text;
    for (const QByteArray &part : parts.first(2)) {
        const auto decoded = QByteArray::fromBase64Encoding(
            part, QByteArray::Base64UrlEncoding | QByteArray::AbortOnBase64DecodingErrors);
        if (decoded.decodingStatus != QByteArray::Base64DecodingStatus::Ok) {
            return std::nullopt;
        }
        text += (text.isEmpty() ? "[" : ",") + decoded.decoded;
    }
    return DecodedPayload{.codec = u"JSON web token"_s, .bytes = text + ']'};
}

std::optional<DecodedPayload> fromJsonString(const QByteArray &body)
{
    const QByteArray text = body.trimmed();
    if (text.size() < 2 || text.front() != '"' || skipJsonString(text, 0) != text.size()) {
        return std::nullopt;
    }
    return DecodedPayload{.codec = u"JSON string"_s, .bytes = jsonScalarText(text).toUtf8()};
}

std::optional<DecodedPayload> fromPercent(const QByteArray &body)
{
    const qsizetype at = body.indexOf('%');
    if (at < 0 || body.contains(' ') || body.contains('{')) {
        return std::nullopt;
    }
    const QByteArray decoded = QByteArray::fromPercentEncoding(body);
    return decoded != body && decoded.size() < body.size() && isUtf8(decoded)
        ? std::optional(DecodedPayload{.codec = u"percent encoding"_s, .bytes = decoded})
        : std::nullopt;
}

QList<DecodedPayload> decodeOnce(const QByteArray &body)
{
    QList<DecodedPayload> all;
    for (const auto &decoded : {inflated(body), fromToken(body), fromJsonString(body),
             fromHex(body), fromBase64(body), fromPercent(body)}) {
        if (decoded) {
            all.append(*decoded);
        }
    }
    return all;
}

void decodeInto(
    QList<DecodedPayload> *all, const QByteArray &body, const QString &before, int steps)
{
    for (DecodedPayload &decoded : decodeOnce(body)) {
        if (!before.isEmpty()) {
            decoded.codec = u"%1 → %2"_s.arg(before, decoded.codec);
        }
        if (decoded.bytes.size() > kMaxDecodedBytes) {
            decoded.bytes.truncate(kMaxDecodedBytes);
            decoded.cut = true;
        }
        all->append(decoded);
        if (steps > 1) {
            decodeInto(all, decoded.bytes, decoded.codec, steps - 1);
        }
    }
}

} // namespace

QList<DecodedPayload> decodePayload(const QByteArray &body)
{
    QList<DecodedPayload> all;
    decodeInto(&all, body, {}, kMaxSteps);
    return all;
}

QString hexDump(const QByteArray &bytes)
{
    QString out;
    for (qsizetype at = 0; at < bytes.size(); at += 16) {
        const QByteArray row = bytes.mid(at, 16);
        QString characters;
        for (const char c : row) {
            characters += c >= 0x20 && c < 0x7f ? QLatin1Char(c) : QLatin1Char('.');
        }
        out += u"%1  %2  %3\n"_s.arg(at, 8, 16, QLatin1Char('0'))
                   .arg(QString::fromLatin1(row.toHex(' ')), -47)
                   .arg(characters);
    }
    return out;
}

QString shellQuoted(const QString &text)
{
    QString quoted = text;
    return QString(u'\'' + quoted.replace(u'\'', u"'\\''"_s) + u'\'');
}

QString websocatCommand(const QString &url, const QByteArray &body, bool binary)
{
    if (binary) {
        return u"printf %1 | base64 -d | websocat -b -n1 %2"_s.arg(
            shellQuoted(QString::fromLatin1(body.toBase64())), shellQuoted(url));
    }
    // A line is a message there: line breaks would make several of one.
    const QString text = QString::fromUtf8(body);
    return text.contains(u'\n')
        ? u"printf '%s\\0' %1 | websocat -0 -n1 %2"_s.arg(shellQuoted(text), shellQuoted(url))
        : u"printf '%s\\n' %1 | websocat -n1 %2"_s.arg(shellQuoted(text), shellQuoted(url));
}

QString curlCommand(const QString &url, const QByteArray &body, bool binary)
{
    const QString target = shellQuoted(url);
    return binary ? u"printf %1 | base64 -d | curl --no-progress-meter -T . %2"_s.arg(
               shellQuoted(QString::fromLatin1(body.toBase64())), target)
                  : u"printf %s %1 | curl --no-progress-meter -T . %2"_s.arg(
                      shellQuoted(QString::fromUtf8(body)), target);
}

QByteArray fixtureLine(const QString &direction, qint64 atUs, const QByteArray &body, bool binary)
{
    const bool lossless = !binary && isUtf8(body);
    return "{\"direction\":" + toJsonString(direction) + ",\"at_us\":" + QByteArray::number(atUs)
        + ",\"binary\":" + (binary ? "true" : "false")
        + (lossless ? QByteArray(",\"text\":" + toJsonString(decodeUtf8(body)))
                    : QByteArray(",\"base64\":\"" + body.toBase64() + '"'))
        + '}';
}

} // namespace earshot::items
