// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/live/plaindata.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

/// Length of the UTF-8 character at the front; 0 when there is none.
qsizetype characterLength(QByteArrayView bytes)
{
    const auto at = [&](qsizetype i) { return static_cast<uchar>(bytes.at(i)); };
    const uchar lead = at(0);
    const qsizetype length = lead < 0x80 ? 1
        : lead >= 0xc2 && lead < 0xe0    ? 2
        : lead >= 0xe0 && lead < 0xf0    ? 3
        : lead >= 0xf0 && lead < 0xf5    ? 4
                                         : 0;
    if (length == 0 || length > bytes.size()) {
        return 0;
    }
    for (qsizetype i = 1; i < length; ++i) {
        if ((at(i) & 0xc0U) != 0x80U) {
            return 0;
        }
    }
    if (length > 2) {
        const uchar second = at(1);
        if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second >= 0xa0)
            || (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second >= 0x90)) {
            return 0;
        }
    }
    return length;
}

bool isHidden(char32_t c)
{
    return (c < 0x20 && c != U'\n' && c != U'\t') || (c >= 0x7f && c < 0xa0) || c == 0xad
        || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
        || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0x61c;
}

} // namespace

QString visibleText(QByteArrayView bytes, qsizetype maxLine)
{
    QString out;
    out.reserve(bytes.size());
    qsizetype plain = 0; // what began here needs nothing
    qsizetype line = 0;
    qsizetype at = 0;
    const auto take
        = [&](qsizetype end) { out += QString::fromUtf8(bytes.sliced(plain, end - plain)); };
    while (at < bytes.size()) {
        const auto byte = static_cast<uchar>(bytes.at(at));
        if (byte == '\n') {
            line = 0;
            ++at;
            continue;
        }
        if (++line > maxLine) {
            take(at);
            plain = at;
            out += u'\n';
            line = 1;
        }
        if (byte >= 0x20 && byte < 0x7f) {
            ++at;
            continue;
        }
        const qsizetype length = characterLength(bytes.sliced(at));
        if (length == 0) {
            take(at);
            out += u"⟨%1⟩"_s.arg(byte, 2, 16, QLatin1Char('0'));
            plain = ++at;
            continue;
        }
        char32_t code = length == 1 ? byte : byte & (0x7fU >> static_cast<unsigned>(length));
        for (qsizetype i = 1; i < length; ++i) {
            code = (code << 6U) | (static_cast<uchar>(bytes.at(at + i)) & 0x3fU);
        }
        // QString::fromUtf8 drops a byte order mark at the start: it is hidden here, so named.
        if (isHidden(code)) {
            take(at);
            out += u"⟨U+%1⟩"_s.arg(
                QString::number(static_cast<uint>(code), 16).toUpper().rightJustified(4, u'0'));
            plain = at + length;
        }
        at += length;
    }
    take(bytes.size());
    return out;
}

qsizetype incompleteTail(QByteArrayView bytes)
{
    for (qsizetype back = 1; back <= std::min<qsizetype>(3, bytes.size()); ++back) {
        const auto byte = static_cast<uchar>(bytes.at(bytes.size() - back));
        if ((byte & 0xc0U) == 0x80U) {
            continue;
        }
        const qsizetype wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
        return wanted > back ? back : 0;
    }
    return 0;
}

} // namespace earshot::widgets
