// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/windmill/triggerfile.h"

#include "model/jsontext.h"
#include "model/triggerconfig.h"
#include "model/windmill/jsontoyaml.h"
#include "model/windmill/yamltojson.h"

#include <QDir>
#include <QFileInfo>
#include <QStringList>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot::windmill {

namespace {

constexpr auto kKind = ".websocket_trigger"_L1;
constexpr std::array kExtensions{".yaml"_L1, ".yml"_L1, ".json"_L1};

/// What a server adds to a trigger and `wmill` strips from its file.
bool isServerKey(const QString &key)
{
    static const QStringList keys{u"workspace_id"_s, u"path"_s, u"name"_s, u"versions"_s, u"id"_s,
        u"created_by"_s, u"created_at"_s, u"edited_at"_s, u"edited_by"_s, u"permissioned_as"_s,
        u"archived"_s, u"error"_s, u"last_server_ping"_s, u"server_id"_s, u"extra_perms"_s};
    return keys.contains(key) || key.startsWith("updated_"_L1);
}

/// Keys whose null the validator of `wmill lint` refuses; leaving them out says the same.
bool isDroppedWhenNull(const QString &key)
{
    static const QStringList keys{u"error_handler_path"_s, u"error_handler_args"_s, u"retry"_s,
        u"labels"_s, u"mode"_s, u"enabled"_s};
    return keys.contains(key);
}

/// Writes the document again without what does not belong into a file, keys in `wmill`'s order.
class Exporter
{
public:
    explicit Exporter(const JsonText &document)
        : m_document(document)
    { }

    QByteArray write()
    {
        const JsonNode &root = m_document.root();
        const JsonNode *mode = root.member(u"mode");
        const JsonNode *enabled = root.member(u"enabled");
        std::vector<Member> members;
        for (std::size_t i = 0; i < root.keys.size(); ++i) {
            const QString &key = root.keys[i].name;
            const JsonNode &value = root.items[i];
            if (isServerKey(key) || key == "enabled"_L1
                || (value.isNull() && isDroppedWhenNull(key))) {
                continue;
            }
            members.push_back({key, text(key, value, 1)});
        }
        if (enabled && enabled->isBool() && (!mode || mode->isNull())) {
            members.push_back({u"mode"_s, enabled->boolean ? "\"enabled\"" : "\"disabled\""});
        }
        return object(std::move(members), 0) + '\n';
    }

private:
    struct Member
    {
        QString key;
        QByteArray text;
    };

    QByteArray text(const QString &key, const JsonNode &node, int depth) const
    {
        if (key == "heartbeat"_L1 && depth == 1 && node.isObject()) {
            return withoutNull(node, depth, u"state_field");
        }
        if (key == "initial_messages"_L1 && depth == 1 && node.isArray()) {
            return initialMessages(node, depth);
        }
        return plain(node, depth);
    }

    QByteArray plain(const JsonNode &node, int depth) const
    {
        if (node.isObject()) {
            return withoutNull(node, depth, {});
        }
        if (!node.isArray()) {
            return m_document.raw(node);
        }
        std::vector<QByteArray> items;
        for (const JsonNode &item : node.items) {
            items.push_back(plain(item, depth + 1));
        }
        return array(items, depth);
    }

    QByteArray withoutNull(const JsonNode &node, int depth, QStringView dropped) const
    {
        std::vector<Member> members;
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const QString &key = node.keys[i].name;
            if (!node.items[i].isNull() || dropped.isNull() || key != dropped) {
                members.push_back({key, plain(node.items[i], depth + 1)});
            }
        }
        return object(std::move(members), depth);
    }

    QByteArray initialMessages(const JsonNode &node, int depth) const
    {
        std::vector<QByteArray> items;
        for (const JsonNode &item : node.items) {
            const JsonNode *result = item.member(u"runnable_result");
            const JsonNode *args = result ? result->member(u"args") : nullptr;
            if (!args || !args->isNull() || item.keys.size() != 1) {
                items.push_back(plain(item, depth + 1));
                continue;
            }
            std::vector<Member> members;
            for (std::size_t i = 0; i < result->keys.size(); ++i) {
                const bool isArgs = &result->items[i] == args;
                members.push_back({result->keys[i].name,
                    isArgs ? QByteArray("{}") : plain(result->items[i], depth + 3)});
            }
            items.push_back(
                object({{u"runnable_result"_s, object(std::move(members), depth + 2)}}, depth + 1));
        }
        return array(items, depth);
    }

    static QByteArray object(std::vector<Member> members, int depth)
    {
        if (members.empty()) {
            return "{}";
        }
        std::stable_sort(
            members.begin(), members.end(), [](const Member &left, const Member &right) {
                return keyLessThan(left.key, right.key);
            });
        QByteArray out = "{";
        const char *separator = "\n";
        for (const Member &member : members) {
            out += std::exchange(separator, ",\n");
            out += QByteArray(2 * (depth + 1), ' ') + toJsonString(member.key) + ": " + member.text;
        }
        return out + '\n' + QByteArray(2 * depth, ' ') + '}';
    }

    static QByteArray array(const std::vector<QByteArray> &items, int depth)
    {
        if (items.empty()) {
            return "[]";
        }
        QByteArray out = "[";
        const char *separator = "\n";
        for (const QByteArray &item : items) {
            out += std::exchange(separator, ",\n");
            out += QByteArray(2 * (depth + 1), ' ') + item;
        }
        return out + '\n' + QByteArray(2 * depth, ' ') + ']';
    }

    const JsonText &m_document;
};

Result<QByteArray> toJson(const QByteArray &bytes, TriggerFileFormat format)
{
    if (format == TriggerFileFormat::Yaml) {
        return yamlToJson(bytes);
    }
    return bytes.startsWith("\xef\xbb\xbf") ? bytes.sliced(3) : bytes;
}

} // namespace

Result<ImportedTrigger> readTriggerFile(const QByteArray &bytes, const QString &fileName)
{
    const auto inFile = [&fileName](Error error) {
        error.message = u"%1: %2"_s.arg(fileName, error.message);
        return error;
    };
    ImportedTrigger trigger;
    trigger.format = fileName.endsWith(".json"_L1, Qt::CaseInsensitive) ? TriggerFileFormat::Json
                                                                        : TriggerFileFormat::Yaml;
    const Result<QByteArray> json = toJson(bytes, trigger.format);
    if (!json) {
        return inFile(json.error());
    }
    const Result<JsonText> document = JsonText::parse(*json);
    if (!document) {
        return inFile(document.error());
    }
    if (!document->root().isObject()) {
        return inFile({ErrorCode::Parse, u"a trigger file must hold an object"_s, {}});
    }
    trigger.json = *json;
    trigger.source = bytes;
    return trigger;
}

Result<QByteArray> writeTriggerFile(
    const QByteArray &json, TriggerFileFormat format, const QByteArray &source)
{
    if (!source.isEmpty()) {
        const Result<QByteArray> before = toJson(source, format);
        if (before && sameJson(*before, json)) {
            return source;
        }
    }
    const Result<JsonText> document = JsonText::parse(json);
    if (!document) {
        return document.error();
    }
    if (!document->root().isObject()) {
        return Error{ErrorCode::Parse, u"a trigger must be a JSON object"_s, {}};
    }
    const QByteArray cleaned = Exporter(*document).write();
    if (format == TriggerFileFormat::Json) {
        return cleaned;
    }
    const Result<JsonText> cleanedDocument = JsonText::parse(cleaned);
    if (!cleanedDocument) {
        return cleanedDocument.error();
    }
    return jsonToYaml(*cleanedDocument);
}

Result<QString> triggerPathOfFile(const QString &fileName, const QString &workspace)
{
    const QString hint = u"Name the trigger with --path"_s;
    const QString absolute = QDir::cleanPath(QFileInfo(fileName).absoluteFilePath());
    const QString root = QDir::cleanPath(QFileInfo(workspace).absoluteFilePath());
    const QString below = root.endsWith(u'/') ? root : root + u'/';
    if (!absolute.startsWith(below)) {
        return Error{ErrorCode::InvalidArgument,
            u"%1 is not below the workspace %2, so its name gives no trigger path"_s.arg(
                fileName, workspace),
            hint};
    }
    const QString relative = absolute.sliced(below.size());
    for (const QLatin1StringView extension : kExtensions) {
        const QString suffix = kKind + extension;
        if (relative.endsWith(suffix)) {
            const QString path = relative.chopped(suffix.size());
            const Result<void> valid = validateTriggerPath(path);
            return valid ? Result<QString>(path) : valid.error();
        }
    }
    return Error{ErrorCode::InvalidArgument,
        u"%1 does not end in .websocket_trigger.yaml, .yml or .json, so its name gives no trigger "
        "path"_s.arg(fileName),
        hint};
}

QString triggerFileName(const QString &path, TriggerFileFormat format)
{
    return path + kKind + (format == TriggerFileFormat::Json ? ".json"_L1 : ".yaml"_L1);
}

} // namespace earshot::windmill
