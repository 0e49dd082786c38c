// SPDX-License-Identifier: GPL-3.0-or-later
#include "randomjson.h"

#include <array>

namespace {

template <size_t Size>
[[nodiscard]] QByteArray pick(RandomJson &random, const std::array<const char *, Size> &words)
{
    return words.at(static_cast<size_t>(random.below(int(Size))));
}

} // namespace

QByteArray RandomJson::space()
{
    return chance(85) ? "" : pick(*this, std::array{" ", "\n", "\t ", "\r\n"});
}

QByteArray RandomJson::key()
{
    return pick(*this,
        std::array{R"("a")", R"("a")", R"("b")", R"("a.b")", R"("\u0061")", R"("")", R"("é")",
            R"("\u00e9")", R"("longer key of more than sixteen")"});
}

QByteArray RandomJson::string(bool readable)
{
    if (!readable && chance(4)) {
        return pick(*this,
            std::array{R"("\ud83d")", R"("\ude00")", R"("\ud83d\u0061")", R"("\ud83dx\ude00")",
                R"("\ud83d\n")", R"("\ude00\ud83d")"});
    }
    return pick(*this,
        std::array{R"("")", R"("a")", R"("\u0061")", R"("A")", R"("é")", R"("\u00E9")", R"("😀")",
            R"("\ud83d\ude00")", R"("\/")", R"("/")", R"("\\")", R"("\"")", R"("\n\t\b\f\r")",
            R"("\u000a\u0001")", R"("42")", R"("true")", R"("a string of more than sixteen bytes")",
            R"("a string of more than sixteen\u0020bytes")"});
}

QByteArray RandomJson::number(bool readable)
{
    if (!readable && chance(4)) {
        return pick(*this, std::array{"1e400", "-1e400", "1e309", "17976931348623159e292"});
    }
    if (!readable && chance(1)) {
        return QByteArray(below(20) + 300, '9');
    }
    return pick(*this,
        std::array{"0", "-0", "0.0", "-0.0", "0e5", "0e999", "1", "1.0", "1.00", "1e0", "10", "1e1",
            "1E+1", "100e-1", "-1", "-1.0", "42", "9007199254740993", "9007199254740992",
            "9007199254740993.0", "9223372036854775807", "9223372036854775808",
            "18446744073709551615", "18446744073709551616", "18446744073709551617",
            "-9223372036854775808", "-9223372036854775809", "-9223372036854775810", "1e-400",
            "-1e-400", "5e-324", "1e16", "1e15", "123456.789e3", "0.00001", "0.000001", "1.5e300"});
}

QByteArray RandomJson::object(int depth, bool readable)
{
    QByteArray text = "{" + space();
    const int count = below(5);
    for (int i = 0; i < count; ++i) {
        text += (i > 0 ? "," : "") + space() + key() + space() + ':' + space()
            + value(depth - 1, readable) + space();
    }
    return text + '}';
}

QByteArray RandomJson::value(int depth, bool readable)
{
    switch (below(depth > 0 ? 8 : 5)) {
    case 0:
        return pick(*this, std::array{"null", "true", "false"});
    case 1:
    case 2:
        return number(readable);
    case 3:
    case 4:
        return string(readable);
    case 5: {
        QByteArray text = "[" + space();
        const int count = below(4);
        for (int i = 0; i < count; ++i) {
            text += (i > 0 ? "," : "") + space() + value(depth - 1, readable) + space();
        }
        return text + ']';
    }
    default:
        return object(depth, readable);
    }
}

QByteArray RandomJson::mutated(QByteArray text)
{
    static const QByteArray kBytes = "{}[]\",:\\ \n0123456789eE.+-tfnux\x01\x7f";
    const int times = 1 + below(2);
    for (int i = 0; i < times; ++i) {
        const int at = below(static_cast<int>(text.size()) + 1);
        const char byte = kBytes.at(below(static_cast<int>(kBytes.size())));
        switch (below(5)) {
        case 0:
            text.truncate(at);
            break;
        case 1:
            text.insert(at, byte);
            break;
        case 2:
            text.remove(at, 1 + below(3));
            break;
        case 3:
            text.append(byte);
            break;
        default:
            if (at < text.size()) {
                text[at] = byte;
            }
        }
    }
    return text;
}

QByteArray RandomJson::message()
{
    QByteArray text = space() + (chance(95) ? object(4, false) : value(2, false)) + space();
    return chance(25) ? mutated(text) : text;
}

QByteArray RandomJson::entry(int depth)
{
    if (depth > 0 && chance(35)) {
        return R"({")" + pick(*this, std::array{"any_of", "all_of", "none_of"}) + R"(":)"
            + entries(depth - 1) + '}';
    }
    const QByteArray field = chance(60) ? R"("key":)" + key()
                                        : QByteArray(R"("path":)"
                                            + pick(*this,
                                                std::array{R"("a")", R"("a.b")", R"("b.a")",
                                                    R"("a.a")", R"("a.b.a")", R"("é.\u0061")"}));
    const QByteArray wanted = R"("value":)" + value(2, true);
    return chance(50) ? QByteArray('{' + field + ',' + wanted + '}')
                      : QByteArray('{' + wanted + " , " + field + '}');
}

QByteArray RandomJson::entries(int depth)
{
    QByteArray text = "[";
    const int count = below(4);
    for (int i = 0; i < count; ++i) {
        text += (i > 0 ? "," : "") + entry(depth);
    }
    return text + ']';
}

QByteArray RandomJson::filters()
{
    return entries(2);
}
