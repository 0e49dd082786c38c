// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/jsontext.h"

#include <simdjson.h>

namespace earshot::runner {

void appendJsonString(QByteArray &out, QByteArrayView utf8)
{
    static constexpr char kHex[] = "0123456789abcdef";
    out.append('"');
    qsizetype plain = 0;
    for (qsizetype at = 0; at < utf8.size(); ++at) {
        const auto byte = static_cast<unsigned char>(utf8[at]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        out.append(utf8.sliced(plain, at - plain));
        plain = at + 1;
        out.append('\\');
        switch (byte) {
        case '"':
        case '\\':
            out.append(static_cast<char>(byte));
            break;
        case '\n':
            out.append('n');
            break;
        case '\r':
            out.append('r');
            break;
        case '\t':
            out.append('t');
            break;
        default:
            out.append("u00");
            out.append(kHex[byte >> 4U]);
            out.append(kHex[byte & 0xFU]);
        }
    }
    out.append(utf8.sliced(plain));
    out.append('"');
}

QByteArray jsonString(QStringView text)
{
    QByteArray out;
    appendJsonString(out, text.toUtf8());
    return out;
}

bool isJson(QByteArrayView text)
{
    // simdjson refuses a scalar with white space behind it only where padding is missing; it
    // copies.
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    return !text.trimmed().isEmpty()
        && parser.parse(text.data(), static_cast<std::size_t>(text.size())).get(element)
        == simdjson::SUCCESS;
}

QByteArray onOneLine(QByteArray json)
{
    // JSON allows raw line breaks only between tokens.
    json.replace('\n', ' ');
    json.replace('\r', ' ');
    return json;
}

} // namespace earshot::runner
