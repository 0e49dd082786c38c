// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/settingstable.h"

#include "model/storage/documentstore.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

enum class Kind { Text, Number, Switch, Object };

struct Known
{
    QString key;
    Kind kind = Kind::Text;
    QJsonValue fallback;
    qint64 least = 0;
    qint64 most = 0;
    QString description;
};

const std::vector<Known> &knownSettings()
{
    static const std::vector<Known> table = [] {
        const auto key = [](const char16_t *name) { return QString::fromUtf16(name); };
        std::vector<Known> settings{
            {key(kWorkspaceErrorHandler), Kind::Text, QString(), 0, 0,
                u"script run for failures of triggers without a handler of their own; empty = none"_s},
            {key(kWorkspaceErrorHandlerArgs), Kind::Object, QJsonObject(), 0, 0,
                u"further arguments of that script"_s},
            {key(kRetentionDays), Kind::Number, 30, 1, 36'500, u"days runs are kept"_s},
            {key(kRetentionRuns), Kind::Number, 100'000, 100, 100'000'000,
                u"runs kept of each trigger"_s},
            {key(kMaxProcesses), Kind::Number, 0, 0, 4096,
                u"scripts running at once over all triggers; 0 = 4 per core; from the next start on"_s},
            {key(kMemoryMiB), Kind::Number, 0, 0, 1'048'576,
                u"memory a script and its children may use, MiB; 0 = no limit; from the next start on"_s},
            {key(kSynchronousFull), Kind::Switch, false, 0, 0,
                u"write each batch through to the disk; from the next start on"_s},
        };
        for (const char *runtime : {"bun", "deno", "node", "python", "bash"}) {
            settings.push_back(
                {u"runtimes.%1"_s.arg(QLatin1StringView(runtime)), Kind::Text, QString(), 0, 0,
                    u"program to use for %1; empty = the one found; from the next start on"_s.arg(
                        QLatin1StringView(runtime))});
        }
        return settings;
    }();
    return table;
}

const Known *findKnown(const QString &key)
{
    const auto &table = knownSettings();
    const auto found = std::ranges::find(table, key, &Known::key);
    return found == table.end() ? nullptr : &*found;
}

Error unknownSetting(const QString &key)
{
    QStringList names;
    for (const Known &known : knownSettings()) {
        names.append(known.key);
    }
    return {.code = ErrorCode::NotFound,
        .message = u"there is no setting \"%1\""_s.arg(key),
        .detail = u"settings: %1"_s.arg(names.join(u", "_s))};
}

Result<void> check(const Known &known, const QJsonValue &value)
{
    QString wanted;
    switch (known.kind) {
    case Kind::Text:
        wanted = value.isString() ? QString() : u"a text"_s;
        break;
    case Kind::Switch:
        wanted = value.isBool() ? QString() : u"true or false"_s;
        break;
    case Kind::Object:
        wanted = value.isObject() ? QString() : u"an object"_s;
        break;
    case Kind::Number: {
        const qint64 number = value.toInteger(known.least - 1);
        if (!value.isDouble() || number < known.least || number > known.most) {
            wanted = u"a whole number from %1 to %2"_s.arg(known.least).arg(known.most);
        }
        break;
    }
    }
    if (wanted.isEmpty()) {
        return {};
    }
    return Error{.code = ErrorCode::InvalidArgument,
        .message = u"%1 must be %2"_s.arg(known.key, wanted),
        .detail = {}};
}

QByteArray wrapped(const QJsonValue &value)
{
    return QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
}

} // namespace

QJsonValue SettingsTable::valueOf(const QString &key, const QJsonValue &fallback) const
{
    const auto stored = m_store.value(key);
    return stored ? QJsonDocument::fromJson(*stored).array().at(0) : fallback;
}

QList<rpc::Setting> SettingsTable::list() const
{
    QList<rpc::Setting> all;
    for (const Known &known : knownSettings()) {
        all.append(*get(known.key));
    }
    return all;
}

Result<rpc::Setting> SettingsTable::get(const QString &key) const
{
    const Known *known = findKnown(key);
    if (known == nullptr) {
        return unknownSetting(key);
    }
    return rpc::Setting{.key = known->key,
        .value = valueOf(known->key, known->fallback),
        .defaultValue = known->fallback,
        .description = known->description};
}

Result<rpc::Setting> SettingsTable::set(const QString &key, const QJsonValue &value)
{
    const Known *known = findKnown(key);
    if (known == nullptr) {
        return unknownSetting(key);
    }
    if (value.isNull()) {
        m_store.remove(known->key);
    } else {
        if (const auto valid = check(*known, value); !valid) {
            return valid.error();
        }
        m_store.set(known->key, wrapped(value));
    }
    return get(key);
}

QString SettingsTable::text(const QString &key) const
{
    const auto setting = get(key);
    return setting ? setting->value.toString() : QString();
}

qint64 SettingsTable::number(const QString &key) const
{
    const auto setting = get(key);
    return setting ? setting->value.toInteger() : 0;
}

QJsonObject SettingsTable::object(const QString &key) const
{
    const auto setting = get(key);
    return setting ? setting->value.toObject() : QJsonObject();
}

} // namespace earshot::service
