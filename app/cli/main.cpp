// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"
#include "app/cli/verbs.h"
#include "runner/expressionhost.h"
#include "runner/groupguard.h"

#ifdef EARSHOT_HAS_EPOLL
#include "app/epolleventdispatcher_linux.h"
#endif

#include <QCoreApplication>

#include <csignal>
#include <cstring>
#include <memory>

using namespace Qt::StringLiterals;
using namespace earshot;

namespace {

int runVerb(const QStringList &words)
{
    const cli::Invocation invocation = cli::findVerb(words);
    if (invocation.verb == nullptr) {
        return cli::complainAboutVerb(words);
    }
    if (invocation.wantsHelp) {
        cli::writeOut(invocation.verb->helpText().toUtf8());
        return cli::Success;
    }
    const auto arguments = invocation.verb->parse(invocation.rest);
    if (!arguments) {
        cli::writeErr(u"earshot %1: %2\nTry: earshot %1 --help\n"_s.arg(
            invocation.verb->name, arguments.error().message));
        return cli::Usage;
    }
    return invocation.verb->run(*arguments);
}

} // namespace

int main(int argc, char **argv)
{
    // Helpers of the service: no Qt application, as little memory as possible.
    if (argc > 1 && std::strcmp(argv[1], "__guard") == 0) {
        return runner::guardMain(argc, argv);
    }
    if (argc > 1 && std::strcmp(argv[1], "__expression") == 0) {
        return runner::expressionMain(argc, argv);
    }
    // A reader that went away is an error of write(), not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
#ifdef SIGXFSZ
    // So is a file at its size limit, as is a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
#endif
#ifdef EARSHOT_HAS_EPOLL
    if (auto dispatcher = std::make_unique<app::EpollEventDispatcher>(); dispatcher->isValid()) {
        QCoreApplication::setEventDispatcher(dispatcher.release()); // the application owns it
    }
#endif
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"earshot"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(EARSHOT_VERSION));
    const QStringList words = QCoreApplication::arguments().sliced(1);
    if (words.isEmpty()) {
        return cli::openWindow();
    }
    if (words.first() == "--version"_L1 || words.first() == "-v"_L1) {
        cli::writeOut("earshot " EARSHOT_VERSION "\n");
        return cli::Success;
    }
    if (words.first() == "--help"_L1 || words.first() == "-h"_L1
        || words == QStringList{u"help"_s}) {
        cli::writeOut(cli::overviewText().toUtf8());
        return cli::Success;
    }
    return runVerb(words.first() == "help"_L1 ? words.sliced(1) + QStringList{u"--help"_s} : words);
}
