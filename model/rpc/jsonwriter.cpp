// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/jsonwriter.h"

namespace earshot::rpc {

void appendJsonString(QByteArray *out, QStringView text)
{
    constexpr char kHex[] = "0123456789abcdef";
    *out += '"';
    // toUtf8() replaces lone surrogates, so what follows is always valid UTF-8.
    const QByteArray utf8 = text.toUtf8();
    const char *run = utf8.constData();
    const char *end = run + utf8.size();
    for (const char *at = run; at != end; ++at) {
        const auto byte = static_cast<uchar>(*at);
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        out->append(run, at - run);
        run = at + 1;
        *out += '\\';
        switch (byte) {
        case '"':
        case '\\':
            *out += *at;
            break;
        case '\n':
            *out += 'n';
            break;
        case '\r':
            *out += 'r';
            break;
        case '\t':
            *out += 't';
            break;
        default:
            *out += "u00";
            *out += kHex[byte >> 4U];
            *out += kHex[byte & 0x0fU];
        }
    }
    out->append(run, end - run);
    *out += '"';
}

} // namespace earshot::rpc
