// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

#include <functional>

namespace earshot::cli {

/// Exit codes of every verb.
enum ExitCode : int {
    Success = 0,
    Failed = 1, ///< what was asked for failed
    Usage = 2, ///< the command line is not acceptable
    NoService = 3, ///< the verb needs the service and none answers
};

struct OptionSpec
{
    QString name; ///< without dashes
    QString valueName; ///< empty = a switch
    QString help;
};

/// A parsed command line.
class Arguments
{
public:
    [[nodiscard]] bool has(const QString &option) const { return m_values.contains(option); }
    [[nodiscard]] QString value(const QString &option, const QString &fallback = {}) const;
    [[nodiscard]] QStringList values(const QString &option) const { return m_values.value(option); }
    [[nodiscard]] const QStringList &positional() const { return m_positional; }
    /// A number of seconds given for an option, decimals too; at least a millisecond.
    [[nodiscard]] Result<qint64> milliseconds(
        const QString &option, qint64 fallbackSecs, qint64 mostSecs) const;
    /// The number given for an option, `fallback` when it was not given.
    [[nodiscard]] Result<qint64> integer(
        const QString &option, qint64 fallback, qint64 least, qint64 most) const;

private:
    friend struct VerbSpec;
    QHash<QString, QStringList> m_values;
    QStringList m_positional;
};

/// One verb of the command line: its help is its specification.
struct VerbSpec
{
    QString name; ///< one or two words, `trigger import`
    QString synopsis; ///< what follows the name
    QString summary; ///< one line
    QString details; ///< paragraphs; may be empty
    QStringList examples;
    QList<OptionSpec> options;
    int leastPositional = 0;
    int mostPositional = 0;
    std::function<int(const Arguments &)> run;
    bool hidden = false;

    /// Error: InvalidArgument with one sentence.
    [[nodiscard]] Result<Arguments> parse(const QStringList &words) const;
    [[nodiscard]] QString helpText() const;
};

/// Options every verb has.
[[nodiscard]] OptionSpec jsonOption();
[[nodiscard]] QList<OptionSpec> serviceOptions(); ///< --socket, --data-dir

} // namespace earshot::cli
