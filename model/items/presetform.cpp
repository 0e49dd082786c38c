// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/presetform.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QUrl>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

using Values = QHash<QString, QString>;

QString filled(QString text, const Values &values)
{
    for (auto value = values.cbegin(); value != values.cend(); ++value) {
        text.replace(u"<<%1>>"_s.arg(value.key()), value.value());
    }
    return text;
}

bool isBlank(const QString &text)
{
    return text.startsWith("<<"_L1) && text.endsWith(">>"_L1) && text.count("<<"_L1) == 1;
}

QJsonValue jsonOrText(const QString &text)
{
    QJsonParseError problem;
    const QJsonDocument parsed
        = QJsonDocument::fromJson(QByteArray('[' + text.toUtf8() + ']'), &problem);
    return problem.error == QJsonParseError::NoError && parsed.array().size() == 1
        ? parsed.array().first()
        : QJsonValue(text);
}

/// Nothing when a blank in it stayed empty.
std::optional<QJsonValue> fill(const QJsonValue &value, const Values &values, const QString &key)
{
    if (value.isString()) {
        const QString text = filled(value.toString(), values);
        if (isBlank(value.toString())) {
            if (text.isEmpty()) {
                return std::nullopt;
            }
            return key == "value"_L1 ? jsonOrText(text) : QJsonValue(text);
        }
        return QJsonValue(text);
    }
    if (value.isArray()) {
        QJsonArray list;
        const QJsonArray source = value.toArray();
        for (const QJsonValue &element : source) {
            if (const auto made = fill(element, values, {})) {
                list.append(*made);
            }
        }
        return QJsonValue(list);
    }
    if (value.isObject()) {
        QJsonObject object = value.toObject();
        for (auto member = object.begin(); member != object.end(); ++member) {
            const auto made = fill(member.value(), values, member.key());
            if (!made) {
                return std::nullopt;
            }
            member.value() = *made;
        }
        return QJsonValue(object);
    }
    return value;
}

} // namespace

QHash<QString, QString> textsOf(const QJsonObject &object)
{
    QHash<QString, QString> texts;
    for (auto member = object.begin(); member != object.end(); ++member) {
        texts.insert(member.key(), member.value().toString());
    }
    return texts;
}

PresetForm PresetForm::fromPreset(const rpc::Preset &preset)
{
    const QJsonObject &json = preset.preset;
    PresetForm form{.id = preset.id,
        .name = json.value("name"_L1).toString(preset.id),
        .summary = json.value("summary"_L1).toString(),
        .path = json.value("path"_L1).toString(u"f/streams/"_s + preset.id),
        .document = json.value("document"_L1).toObject(),
        .scripts = textsOf(json.value("scripts"_L1).toObject())};
    const QJsonArray fields = json.value("fields"_L1).toArray();
    for (const QJsonValue &entry : fields) {
        const QJsonObject field = entry.toObject();
        form.fields.append({.name = field.value("name"_L1).toString(),
            .label = field.value("label"_L1).toString(),
            .value = field.value("value"_L1).toString(),
            .hint = field.value("hint"_L1).toString(),
            .optional = field.value("optional"_L1).toBool(),
            .secret = field.value("secret"_L1).toString()});
    }
    const QJsonObject more = json.value("more_scripts"_L1).toObject();
    for (auto script = more.begin(); script != more.end(); ++script) {
        form.moreScripts.insert(script.key(), textsOf(script.value().toObject()));
    }
    return form;
}

const PresetField *PresetForm::missing(const Values &values) const
{
    const auto found
        = std::find_if(fields.cbegin(), fields.cend(), [&values](const PresetField &field) {
              const QString value = values.value(field.name).trimmed();
              return !field.optional
                  && (value.isEmpty() || value == "wss://"_L1 || value == "ws://"_L1);
          });
    return found == fields.cend() ? nullptr : &*found;
}

QString PresetForm::documentFor(const Values &values, const QString &scriptPath, bool reply) const
{
    Values all = values;
    for (const PresetField &field : fields) {
        if (!field.secret.isEmpty()) {
            all.remove(field.name);
        }
    }
    all.insert(u"script"_s, scriptPath);
    QJsonObject made;
    for (auto member = document.begin(); member != document.end(); ++member) {
        if (const auto value = fill(member.value(), all, member.key())) {
            made.insert(member.key(), *value);
        }
    }
    made.insert("script_path"_L1, scriptPath);
    made.insert("mode"_L1, u"enabled"_s);
    if (reply) {
        made.insert("can_return_message"_L1, true);
    }
    return QString::fromUtf8(QJsonDocument(made).toJson());
}

QHash<QString, QString> PresetForm::secretsFor(
    const Values &values, const QString &scriptPath) const
{
    QHash<QString, QString> secrets;
    for (const PresetField &field : fields) {
        if (!field.secret.isEmpty()) {
            secrets.insert(
                filled(field.secret, {{u"script"_s, scriptPath}}), values.value(field.name));
        }
    }
    return secrets;
}

QString webSocketUrlIn(const QString &clipboard)
{
    const QString text = clipboard.trimmed();
    const QUrl url(text, QUrl::StrictMode);
    const bool socket = url.scheme() == "ws"_L1 || url.scheme() == "wss"_L1;
    return text.size() < 2'000 && socket && url.isValid() && !url.host().isEmpty() ? text
                                                                                   : QString();
}

} // namespace earshot::items
