// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsontext.h"
#include "model/windmill/jsontoyaml.h"
#include "model/windmill/triggerfile.h"
#include "model/windmill/yamltojson.h"

#include <cstdint>
#include <cstdlib>

using namespace earshot;
using namespace earshot::windmill;

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
    const QByteArray yaml(reinterpret_cast<const char *>(data), qsizetype(size));
    const Result<QByteArray> json = yamlToJson(yaml);
    if (!json) {
        return 0;
    }
    const Result<JsonText> document = JsonText::parse(*json);
    check(document.has_value());
    const Result<QByteArray> again = yamlToJson(jsonToYaml(*document));
    check(again.has_value() && sameJson(*again, *json));
    if (document->root().isObject()) {
        const Result<QByteArray> written = writeTriggerFile(*json, TriggerFileFormat::Yaml);
        check(written.has_value() && yamlToJson(*written).has_value());
        check(writeTriggerFile(*json, TriggerFileFormat::Yaml, yaml).value() == yaml);
    }
    return 0;
}
