// SPDX-License-Identifier: GPL-3.0-or-later
// What deciding about one message costs, next to parsing it into a document. Prints nanoseconds
// per message (median of rounds that take turns) and how many times faster than QJsonDocument.
#include "triggers/filterprogram.h"
#include "triggers/jsonfield.h"
#include "triggers/messageview.h"

#include <QByteArray>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QList>
#include <QString>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

using namespace Qt::StringLiterals;
using earshot::triggers::FilterProgram;
using earshot::triggers::JsonFieldCapture;
using earshot::triggers::MessageView;

namespace {

constexpr int kRounds = 15;
constexpr qint64 kNanosecondsPerRound = 10'000'000;

/// One long string: what a chat or a padded benchmark sends.
QByteArray paddedMessage(const QByteArray &type, qsizetype size)
{
    const QByteArray head = R"({"type":")" + type + R"(","id":12345,"ts":1700000000.25,"pad":")";
    return head + QByteArray(size - head.size() - 2, 'x') + R"("})";
}

/// Many short fields, numbers in strings, arrays: what an exchange sends.
QByteArray marketMessage(const QByteArray &type, qsizetype size)
{
    QByteArray message = R"({"type":")" + type
        + R"(","e":"depthUpdate","E":1700000000123,"s":"BTCUSDT","U":157,"u":160,"m":true,"b":[)";
    for (int i = 0; message.size() < size - 40; ++i) {
        message += (i > 0 ? "," : "") + QByteArray("[\"") + QByteArray::number(65000 + i % 977)
            + ".25\",\"" + QByteArray::number(i % 13) + ".5\"," + QByteArray::number(i * 37 % 1009)
            + ']';
    }
    return message + R"(],"last":null})";
}

struct Measurement
{
    const char *name;
    std::function<int()> once; ///< returns something that depends on the work
    std::vector<double> nanoseconds{};
};

double round(const std::function<int()> &once)
{
    volatile int sink = 0;
    qint64 count = 0;
    QElapsedTimer timer;
    timer.start();
    do {
        for (int i = 0; i < 64; ++i) {
            sink = sink + once();
        }
        count += 64;
    } while (timer.nsecsElapsed() < kNanosecondsPerRound);
    return static_cast<double>(timer.nsecsElapsed()) / static_cast<double>(count);
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void compare(const char *title, const QByteArray &match, const QByteArray &noMatch)
{
    const auto compiled = FilterProgram::compile(R"([{"key":"type","value":"order"}])", u"and");
    const auto negated
        = FilterProgram::compile(R"([{"none_of":[{"key":"type","value":"order"}]}])", u"and");
    if (!compiled || !negated) {
        std::fputs("the filters do not compile\n", stderr);
        return;
    }
    const FilterProgram &filter = *compiled;
    const FilterProgram &notFilter = *negated;
    const JsonFieldCapture capture(u"id"_s);
    MessageView view;
    const auto document = [&] {
        return QJsonDocument::fromJson(match).object().value("type"_L1) == "order"_L1 ? 1 : 0;
    };
    std::vector<Measurement> all{
        {"QJsonDocument, one key", document},
        {"match", [&] { return filter.matches(match) ? 1 : 0; }},
        {"no match", [&] { return filter.matches(noMatch) ? 1 : 0; }},
        {"none_of, match", [&] { return notFilter.matches(noMatch) ? 1 : 0; }},
        {"capture, then no match, apart",
            [&] {
                return int(capture.capture(noMatch).has_value()) + int(filter.matches(noMatch));
            }},
        {"capture, then no match, one view",
            [&] {
                view.reset(noMatch);
                return int(capture.capture(view).has_value()) + int(filter.matches(view));
            }},
        {"capture, then match, apart",
            [&] { return int(capture.capture(match).has_value()) + int(filter.matches(match)); }},
        {"capture, then match, one view",
            [&] {
                view.reset(match);
                return int(capture.capture(view).has_value()) + int(filter.matches(view));
            }},
    };
    for (int i = 0; i < kRounds; ++i) {
        for (Measurement &one : all) {
            one.nanoseconds.push_back(round(one.once));
        }
    }
    std::printf("%s, %lld bytes\n", title, static_cast<long long>(match.size()));
    const double reference = median(all.front().nanoseconds);
    for (const Measurement &one : all) {
        const double value = median(one.nanoseconds);
        std::printf("  %-34s %10.1f ns  %7.1f x\n", one.name, value, reference / value);
    }
}

} // namespace

int main()
{
    for (const qsizetype size : {1024, 10 * 1024}) {
        compare("one long string", paddedMessage("order", size), paddedMessage("trade", size));
        compare("many short values", marketMessage("order", size), marketMessage("trade", size));
    }
    return 0;
}
