// SPDX-License-Identifier: GPL-3.0-or-later
// The expression helper: one request line on stdin, one answer line on stdout. It may use up its
// memory or never come back; its parent deals with both.
#include "runner/expressionhost.h"
#include "runner/limits.h"

#include <QCoreApplication>
#include <QJSEngine>
#include <QJsonDocument>

#include <cstdio>
#include <iostream>
#include <string>

#include <sys/resource.h>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

QJsonObject evaluated(const QJsonObject &request)
{
    QJsonObject answer{{u"id"_s, request.value("id"_L1)}};
    const QJsonObject bindings = request.value("bindings"_L1).toObject();
    QJSEngine engine; // one for each: nothing an expression leaves behind reaches the next
    engine.installExtensions(QJSEngine::ConsoleExtension, QJSValue());
    const QString body = request.value("body"_L1).toString();
    const QJSValue function = engine.evaluate(
        u"(function("_s + bindings.keys().join(u',') + u") {\n"_s + body + u"\n})"_s,
        u"expression"_s);
    const auto failed = [&answer](const QJSValue &error) {
        answer.insert("error"_L1, error.toString());
        return answer;
    };
    if (function.isError()) {
        return failed(function);
    }
    QJSValueList arguments;
    for (const QJsonValue &value : bindings) {
        arguments.append(engine.toScriptValue(value));
    }
    const QJSValue value = function.call(arguments);
    if (value.isError()) {
        return failed(value);
    }
    if (request.value("predicate"_L1).toBool()) {
        answer.insert("value"_L1, value.toBool());
        return answer;
    }
    const QJSValue stringify
        = engine.evaluate(u"(v => JSON.stringify([v === undefined ? null : v]))"_s);
    const QJSValue text = stringify.call({value});
    if (text.isError()) {
        return failed(text);
    }
    answer.insert("value"_L1, QJsonDocument::fromJson(text.toString().toUtf8())[0]);
    return answer;
}

} // namespace

int expressionMain(int argc, char **argv)
{
#if !defined(__SANITIZE_ADDRESS__)
    // AddressSanitizer reserves terabytes of address space, which such a limit forbids.
    const rlimit memory{limits::kExpressionHeapBytes, limits::kExpressionHeapBytes};
    (void)::setrlimit(RLIMIT_AS, &memory);
#endif
    const rlimit noCore{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &noCore);
    QCoreApplication application(argc, argv);
    std::string line;
    while (std::getline(std::cin, line)) {
        const QJsonObject request
            = QJsonDocument::fromJson(QByteArray::fromStdString(line)).object();
        const QByteArray answer
            = QJsonDocument(evaluated(request)).toJson(QJsonDocument::Compact) + '\n';
        std::fwrite(answer.constData(), 1, static_cast<std::size_t>(answer.size()), stdout);
        std::fflush(stdout);
    }
    return 0;
}

} // namespace earshot::runner
