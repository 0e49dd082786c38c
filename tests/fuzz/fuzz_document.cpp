// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsontext.h"
#include "model/redaction.h"
#include "model/triggerconfig.h"

#include <QJsonDocument>

#include <cstdint>
#include <cstdlib>

using namespace earshot;

namespace {

void check(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray json(reinterpret_cast<const char *>(data), qsizetype(size));
    const Result<JsonText> text = JsonText::parse(json);
    if (text && (text->root().isObject() || text->root().isArray())) {
        check(!QJsonDocument::fromJson(json).isNull());
        check(sameJson(json, text->raw(text->root())));
    }
    if (text && text->root().isObject()) {
        const Result<QByteArray> edited = setTopLevelMember(json, u"mode", "\"disabled\"");
        check(edited.has_value());
        check(topLevelMember(*edited, u"mode").value() == "\"disabled\"");
        const Result<QByteArray> removed = removeTopLevelMember(*edited, u"mode");
        check(removed.has_value() && !topLevelMember(*removed, u"mode"));
        check(JsonText::parse(maskTriggerDocument(json)).has_value());
    }
    const QList<Error> errors = validateTriggerDocument(json);
    const Result<TriggerConfig> saved = parseTriggerConfig(QStringLiteral("f/a/t"), json);
    check(saved.has_value() == errors.isEmpty());
    if (saved) {
        const Result<TriggerConfig> listening
            = parseTriggerConfig(QStringLiteral("f/a/t"), json, Strictness::Listen);
        check(listening.has_value() && *listening == *saved);
    } else {
        check(saved.error() == errors.first());
    }
    return 0;
}
