// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"

#include <QCommandLineParser>

#include <cmath>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

constexpr int kHelpColumn = 30;

Error usageError(const QString &message)
{
    return {.code = ErrorCode::InvalidArgument, .message = message, .detail = {}};
}

} // namespace

QString Arguments::value(const QString &option, const QString &fallback) const
{
    const QStringList given = m_values.value(option);
    return given.isEmpty() ? fallback : given.last();
}

Result<qint64> Arguments::integer(
    const QString &option, qint64 fallback, qint64 least, qint64 most) const
{
    if (!has(option)) {
        return fallback;
    }
    bool ok = false;
    const qint64 number = value(option).toLongLong(&ok);
    if (!ok || number < least || number > most) {
        return usageError(u"--%1 must be a whole number from %2 to %3, got \"%4\""_s.arg(option)
                              .arg(least)
                              .arg(most)
                              .arg(value(option)));
    }
    return number;
}

Result<qint64> Arguments::milliseconds(
    const QString &option, qint64 fallbackSecs, qint64 mostSecs) const
{
    if (!has(option)) {
        return fallbackSecs * 1000;
    }
    bool ok = false;
    const double seconds = value(option).toDouble(&ok);
    const double milliseconds = std::round(seconds * 1000);
    // Written so that "nan" is refused too.
    if (!ok || !(milliseconds >= 1 && seconds <= static_cast<double>(mostSecs))) {
        return usageError(u"--%1 must be a number of seconds up to %2, got \"%3\""_s.arg(option)
                              .arg(mostSecs)
                              .arg(value(option)));
    }
    return static_cast<qint64>(milliseconds);
}

Result<Arguments> VerbSpec::parse(const QStringList &words) const
{
    QCommandLineParser parser;
    for (const OptionSpec &option : options) {
        parser.addOption(option.valueName.isEmpty()
                ? QCommandLineOption(option.name, option.help)
                : QCommandLineOption(option.name, option.help, option.valueName));
    }
    if (!parser.parse(QStringList{name} + words)) {
        return usageError(parser.errorText());
    }
    Arguments arguments;
    for (const OptionSpec &option : options) {
        if (parser.isSet(option.name)) {
            arguments.m_values.insert(option.name, parser.values(option.name));
        }
    }
    arguments.m_positional = parser.positionalArguments();
    const auto count = arguments.m_positional.size();
    if (count < leastPositional) {
        return usageError(u"something is missing: earshot %1 %2"_s.arg(name, synopsis));
    }
    if (mostPositional >= 0 && count > mostPositional) {
        if (name == "secret set"_L1) {
            // Not repeated: it may be the secret.
            return usageError(
                u"a secret's value is not taken from the command line: earshot %1 %2"_s.arg(
                    name, synopsis));
        }
        return usageError(u"\"%1\" is not expected: earshot %2 %3"_s.arg(
            arguments.m_positional.at(mostPositional), name, synopsis));
    }
    return arguments;
}

QString VerbSpec::helpText() const
{
    const QString usage = u"earshot %1 %2"_s.arg(name, synopsis).trimmed();
    QString text = u"Usage: %1\n\n%2\n"_s.arg(usage, summary);
    if (!details.isEmpty()) {
        text += u"\n%1\n"_s.arg(details);
    }
    if (!options.isEmpty()) {
        text += u"\nOptions:\n"_s;
        for (const OptionSpec &option : options) {
            const QString left = option.valueName.isEmpty()
                ? u"  --%1"_s.arg(option.name)
                : u"  --%1 <%2>"_s.arg(option.name, option.valueName);
            text
                += left.size() < kHelpColumn - 1 ? left.leftJustified(kHelpColumn) : left + "  "_L1;
            text += option.help + u'\n';
        }
    }
    if (!examples.isEmpty()) {
        text += examples.size() == 1 ? u"\nExample:\n"_s : u"\nExamples:\n"_s;
        for (const QString &example : examples) {
            text += u"  %1\n"_s.arg(example);
        }
    }
    return text;
}

OptionSpec jsonOption()
{
    return {.name = u"json"_s, .valueName = {}, .help = u"one JSON object per line"_s};
}

QList<OptionSpec> serviceOptions()
{
    return {{.name = u"socket"_s,
                .valueName = u"path"_s,
                .help = u"control socket of the service (EARSHOT_SOCKET)"_s},
        {.name = u"data-dir"_s,
            .valueName = u"dir"_s,
            .help = u"data folder of the profile (EARSHOT_DATA_DIR)"_s}};
}

} // namespace earshot::cli
