// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/verbs.h"

#include "app/cli/output.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <algorithm>
#include <array>
#include <cerrno>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

/// Levenshtein distance, for "did you mean".
int distance(QStringView left, QStringView right)
{
    std::vector<int> row(static_cast<size_t>(right.size()) + 1);
    for (size_t column = 0; column < row.size(); ++column) {
        row[column] = static_cast<int>(column);
    }
    for (qsizetype i = 1; i <= left.size(); ++i) {
        int diagonal = row[0];
        row[0] = static_cast<int>(i);
        for (qsizetype j = 1; j <= right.size(); ++j) {
            const auto column = static_cast<size_t>(j);
            const int substituted = diagonal + (left.at(i - 1) == right.at(j - 1) ? 0 : 1);
            diagonal = row[column];
            row[column] = std::min({row[column] + 1, row[column - 1] + 1, substituted});
        }
    }
    return row.back();
}

bool hasSubverbs(const QString &word)
{
    return std::ranges::any_of(verbTable(),
        [&](const VerbSpec &verb) { return verb.name.startsWith(QString(word + u' ')); });
}

} // namespace

const std::vector<VerbSpec> &verbTable()
{
    static const std::vector<VerbSpec> table = [] {
        std::vector<VerbSpec> verbs{demoVerb(), listenVerb(), runVerbSpec(), serveVerb()};
        for (auto group : {liveVerbs(), triggerVerbs(), runsVerbs(), storeVerbs()}) {
            for (VerbSpec &verb : group) {
                verbs.push_back(std::move(verb));
            }
        }
        verbs.push_back(doctorVerb());
        return verbs;
    }();
    return table;
}

Invocation findVerb(const QStringList &words)
{
    Invocation invocation;
    const auto nameOf = [&](qsizetype count) { return words.first(count).join(u' '); };
    for (qsizetype count = std::min<qsizetype>(2, words.size()); count > 0; --count) {
        const QString name = nameOf(count);
        const auto found = std::ranges::find_if(
            verbTable(), [&](const VerbSpec &verb) { return verb.name == name; });
        if (found != verbTable().end()) {
            invocation.verb = &*found;
            invocation.rest = words.sliced(count);
            break;
        }
    }
    const auto end = invocation.rest.indexOf(u"--"_s);
    const QStringList beforeEnd = end < 0 ? invocation.rest : invocation.rest.first(end);
    invocation.wantsHelp = beforeEnd.contains(u"--help"_s) || beforeEnd.contains(u"-h"_s);
    return invocation;
}

int complainAboutVerb(const QStringList &words)
{
    const QString first = words.first();
    if (hasSubverbs(first)) {
        const bool asksForHelp
            = words.size() > 1 && (words.at(1) == "--help"_L1 || words.at(1) == "-h"_L1);
        QString text = u"earshot %1 needs one of:\n"_s.arg(first);
        for (const VerbSpec &verb : verbTable()) {
            if (verb.name.startsWith(QString(first + u' '))) {
                text
                    += u"  earshot %1 %2\n      %3\n"_s.arg(verb.name, verb.synopsis, verb.summary);
            }
        }
        if (asksForHelp) {
            writeOut(text.toUtf8());
            return Success;
        }
        writeErr(text);
        return Usage;
    }
    QString nearest;
    int best = 3;
    for (const VerbSpec &verb : verbTable()) {
        const QString name = verb.name.section(u' ', 0, 0);
        if (const int far = distance(first, name); far < best) {
            best = far;
            nearest = name;
        }
    }
    writeErr(u"earshot: there is no verb \"%1\"%2\nTry: earshot --help\n"_s.arg(
        first, nearest.isEmpty() ? QString() : u"; did you mean \"%1\"?"_s.arg(nearest)));
    return Usage;
}

QString overviewText()
{
    QString text
        = u"Earshot listens to WebSocket servers and runs your scripts on what it hears.\n\n"
          "Usage: earshot [verb] [options]\n\n"
          "Without a verb it opens the window.\n\n"_s;
    for (const VerbSpec &verb : verbTable()) {
        if (!verb.hidden) {
            text += u"  %1 %2\n"_s.arg(verb.name.leftJustified(18), verb.summary);
        }
    }
    text += u"\nStart here:\n"
            "  earshot demo\n"
            "  earshot listen wss://stream.example.com --run on_message.ts --reply\n\n"
            "earshot VERB --help says more about each. Exit codes: 0 done, 1 failed, 2 the command "
            "line\n"
            "is wrong, 3 the service is needed and does not run.\n"_s;
    return text;
}

int openWindow()
{
    const QDir own(QCoreApplication::applicationDirPath());
    QString window;
    // beside us where installed; in the neighbouring folder of a build tree
    for (const QString &candidate : {u"earshot-desktop"_s, u"../desktop/earshot-desktop"_s}) {
        if (const QFileInfo file(own.filePath(candidate));
            window.isEmpty() && file.isFile() && file.isExecutable()) {
            window = file.absoluteFilePath();
        }
    }
    if (window.isEmpty()) {
        window = QStandardPaths::findExecutable(u"earshot-desktop"_s);
    }
    if (window.isEmpty()) {
        writeOut(overviewText().toUtf8());
        writeOut("\nThe window is not installed: it is the package earshot-desktop.\n");
        return Success;
    }
    QByteArray program = QFile::encodeName(window);
    std::array<char *, 2> arguments{program.data(), nullptr};
    ::execv(program.constData(), arguments.data());
    return complain(
        {.code = ErrorCode::Io,
            .message = u"%1 cannot be started: %2"_s.arg(window, qt_error_string(errno)),
            .detail = {}},
        Failed);
}

} // namespace earshot::cli
