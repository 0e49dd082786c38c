// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/scripttemplates.h"

#include "runner/resourcedir.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

struct Language
{
    QLatin1StringView id;
    QLatin1StringView name;
    QLatin1StringView ending;
    QLatin1StringView source; ///< ending of the template's file
};

constexpr std::array kLanguages = {
    Language{"bun"_L1, "TypeScript"_L1, ".ts"_L1, ".ts"_L1},
    Language{"deno"_L1, "TypeScript (Deno)"_L1, ".deno.ts"_L1, ".ts"_L1},
    Language{"node"_L1, "JavaScript"_L1, ".mjs"_L1, ".mjs"_L1},
    Language{"python3"_L1, "Python"_L1, ".py"_L1, ".py"_L1},
    Language{"bash"_L1, "Bash"_L1, ".sh"_L1, ".sh"_L1},
};
constexpr std::array kKinds
    = {"message"_L1, "preprocessor"_L1, "url"_L1, "initial_message"_L1, "error_handler"_L1};

QString templateFile(QLatin1StringView kind, QLatin1StringView source)
{
    return u"%1/templates/%2%3"_s.arg(runner::resourceDir(), kind, source);
}

template <typename List, typename Projection>
QString joined(const List &list, Projection projection)
{
    QStringList names;
    for (const auto &entry : list) {
        names.append(QString(projection(entry)));
    }
    return names.join(u", "_s);
}

} // namespace

QList<rpc::ScriptLanguage> scriptLanguages(const runner::Runner &runner)
{
    QList<rpc::ScriptLanguage> languages;
    for (const Language &language : kLanguages) {
        rpc::ScriptLanguage shown{.language = language.id,
            .name = language.name,
            .ending = language.ending,
            .runtime = {},
            .problem = {},
            .kinds = {}};
        const auto runtime = runner.runtimeFor(QString("f/x/x"_L1 + language.ending));
        if (runtime) {
            shown.runtime = *runtime;
        } else {
            shown.problem = runtime.error().detail.isEmpty() ? runtime.error().message
                                                             : runtime.error().detail;
        }
        for (const QLatin1StringView kind : kKinds) {
            if (QFileInfo::exists(templateFile(kind, language.source))) {
                shown.kinds.append(kind);
            }
        }
        languages.append(shown);
    }
    return languages;
}

Result<rpc::RunnableTemplate::Result> scriptTemplate(const QString &language, const QString &kind)
{
    const auto known
        = std::ranges::find_if(kLanguages, [&](const Language &one) { return language == one.id; });
    if (known == kLanguages.end()) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"there are no templates for the language \"%1\""_s.arg(language),
            .detail
            = u"known: %1"_s.arg(joined(kLanguages, [](const Language &one) { return one.id; }))};
    }
    const auto wanted
        = std::ranges::find_if(kKinds, [&](QLatin1StringView one) { return kind == one; });
    if (wanted == kKinds.end()) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"there is no template \"%1\""_s.arg(kind),
            .detail
            = u"known: %1"_s.arg(joined(kKinds, [](QLatin1StringView one) { return one; }))};
    }
    QFile file(templateFile(*wanted, known->source));
    if (!file.exists()) {
        return Error{.code = ErrorCode::Unsupported,
            .message = u"%1 scripts have no %2"_s.arg(known->name, *wanted),
            .detail = {}};
    }
    if (!file.open(QIODevice::ReadOnly)) {
        return Error{.code = ErrorCode::Io,
            .message = u"%1 cannot be read: %2"_s.arg(file.fileName(), file.errorString()),
            .detail = {}};
    }
    return rpc::RunnableTemplate::Result{
        .ending = known->ending, .text = QString::fromUtf8(file.readAll())};
}

} // namespace earshot::service
