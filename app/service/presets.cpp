// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/presets.h"

#include "app/service/servicelog.h"
#include "runner/resourcedir.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

constexpr int kPresetVersion = 1;
/// A preset is a form and a small document; a bigger file is something else.
constexpr qint64 kMaxPresetBytes = 64 * 1024;

void addOnce(QStringList &list, const QString &text)
{
    if (!text.isEmpty() && !list.contains(text)) {
        list.append(text);
    }
}

void addString(rpc::TriggerPreview &preview, const QString &key, const QString &text)
{
    if (text.startsWith("$var:"_L1) || text.startsWith("$res:"_L1)) {
        addOnce(preview.references, text);
    } else if (text.startsWith("$script:"_L1) || text.startsWith("$flow:"_L1)) {
        addOnce(preview.runnables, text.section(u':', 1));
    } else if (text.startsWith("ws://"_L1) || text.startsWith("wss://"_L1)
        || (key == "proxy"_L1 && text.contains("://"_L1))) {
        const QUrl url(text);
        const QString port = url.port() > 0 ? u":%1"_s.arg(url.port()) : QString();
        addOnce(preview.hosts, url.host().isEmpty() ? text : QString(url.host() + port));
    } else if (key == "script_path"_L1 || key == "error_handler_path"_L1 || key == "path"_L1) {
        const QString path = text.startsWith("script/"_L1) || text.startsWith("flow/"_L1)
            ? text.section(u'/', 1)
            : text;
        if (path.startsWith("f/"_L1) || path.startsWith("u/"_L1)) {
            addOnce(preview.runnables, path);
        }
    }
}

/// `key` names what the value belongs to; paths of filters are no runnables.
void collect(rpc::TriggerPreview &preview, const QString &key, const QJsonValue &value)
{
    if (value.isString()) {
        addString(preview, key, value.toString());
    } else if (value.isArray()) {
        const QJsonArray array = value.toArray();
        for (const QJsonValue &element : array) {
            collect(preview, key == "filters"_L1 ? key : QString(), element);
        }
    } else if (value.isObject() && key != "filters"_L1) {
        const QJsonObject object = value.toObject();
        for (auto member = object.begin(); member != object.end(); ++member) {
            collect(preview, member.key(), member.value());
        }
    }
}

} // namespace

rpc::Page<rpc::Preset> listPresets()
{
    rpc::Page<rpc::Preset> page;
    const QDir folder(runner::resourceDir() + "/presets"_L1);
    const QStringList names = folder.entryList({u"*.json"_s}, QDir::Files, QDir::Name);
    for (const QString &name : names) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly) || file.size() > kMaxPresetBytes) {
            qCWarning(serviceLog).noquote() << file.fileName() << "cannot be read as a preset";
            continue;
        }
        QJsonParseError problem;
        const QJsonObject preset = QJsonDocument::fromJson(file.readAll(), &problem).object();
        if (preset.value("version"_L1).toInt() != kPresetVersion) {
            qCWarning(serviceLog).noquote()
                << file.fileName() << "is not a preset of version 1" << problem.errorString();
            continue;
        }
        page.items.append({.id = name.chopped(5), .preset = preset});
    }
    std::stable_sort(page.items.begin(), page.items.end(),
        [](const rpc::Preset &left, const rpc::Preset &right) {
            return left.preset.value("order"_L1).toInt() < right.preset.value("order"_L1).toInt();
        });
    return page;
}

QJsonObject demoScripts()
{
    QJsonObject scripts;
    const QList<QPair<QString, QString>> files{{u"bun"_s, u"ts"_s}, {u"deno"_s, u"ts"_s},
        {u"node"_s, u"mjs"_s}, {u"python3"_s, u"py"_s}, {u"bash"_s, u"sh"_s}};
    for (const auto &[language, ending] : files) {
        QFile file(u"%1/demo/on_order.%2"_s.arg(runner::resourceDir(), ending));
        if (file.open(QIODevice::ReadOnly)) {
            scripts.insert(language, QString::fromUtf8(file.readAll()));
        }
    }
    return scripts;
}

rpc::TriggerPreview previewOf(const QByteArray &document)
{
    rpc::TriggerPreview preview;
    preview.document = QString::fromUtf8(document);
    const QJsonObject object = QJsonDocument::fromJson(document).object();
    collect(preview, {}, object);
    return preview;
}

} // namespace earshot::service
