// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/rpc/enums.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QList>
#include <QString>
#include <QStringList>

#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>

/// Values of the API name their members once, in `template <typename F> static void fields(F &f)`,
/// and both directions of the JSON form follow from that list: a member cannot be written under
/// one name and read under another.
namespace earshot::rpc {

/// Accepts anything in place of a field visitor, for the concept below.
struct FieldProbe
{
    template <typename Member>
    void operator()(const char *, Member)
    { }
};

template <typename T>
concept HasFields = requires(FieldProbe &probe)
{
    T::fields(probe);
};

/// An enum whose texts are found by `toString(E)` and `readEnum(QStringView, E *)`.
template <typename T>
concept TextEnum = std::is_enum_v<T>;

template <typename T>
struct IsOptional : std::false_type
{ };
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type
{ };
template <typename T>
struct IsList : std::false_type
{ };
template <typename T>
struct IsList<QList<T>> : std::true_type
{ };

template <HasFields T>
[[nodiscard]] QJsonObject toJson(const T &value);

[[nodiscard]] inline Error wrongType(const QString &field, QLatin1StringView expected)
{
    return {ErrorCode::InvalidArgument, QStringLiteral("`%1` must be %2").arg(field, expected),
        QString()};
}

/// QByteArray members are base64 in JSON: they hold bytes, texts are QString.
template <typename T>
[[nodiscard]] QJsonValue valueToJson(const T &value)
{
    if constexpr (HasFields<T>) {
        return toJson(value);
    } else if constexpr (TextEnum<T>) {
        return toString(value);
    } else if constexpr (std::same_as<T, QByteArray>) {
        return QString::fromLatin1(value.toBase64());
    } else if constexpr (IsList<T>::value) {
        QJsonArray array;
        for (const auto &element : value) {
            array.append(valueToJson(element));
        }
        return array;
    } else {
        return QJsonValue(value);
    }
}

template <HasFields T>
QJsonObject toJson(const T &value)
{
    QJsonObject object;
    auto visitor = [&](const char *name, auto member) {
        using Member = std::remove_cvref_t<decltype(value.*member)>;
        if constexpr (IsOptional<Member>::value) {
            if (value.*member) {
                object.insert(QLatin1StringView(name), valueToJson(*(value.*member)));
            }
        } else {
            object.insert(QLatin1StringView(name), valueToJson(value.*member));
        }
    };
    T::fields(visitor);
    return object;
}

enum class FieldRule {
    Lenient, ///< results: an absent member keeps its default, an unknown one is ignored
    Strict, ///< parameters: only std::optional members may be absent, unknown ones are refused
};

template <HasFields T>
[[nodiscard]] Result<T> fromJson(
    const QJsonObject &object, FieldRule rule = FieldRule::Lenient, const QString &prefix = {});

template <typename T>
[[nodiscard]] Result<void> valueFromJson(
    const QJsonValue &json, T *value, FieldRule rule, const QString &field)
{
    using namespace Qt::StringLiterals;
    if constexpr (HasFields<T>) {
        if (!json.isObject()) {
            return wrongType(field, "an object"_L1);
        }
        auto nested = fromJson<T>(json.toObject(), rule, field + u'.');
        if (!nested) {
            return nested.error();
        }
        *value = *std::move(nested);
    } else if constexpr (TextEnum<T>) {
        if (!json.isString() || !readEnum(json.toString(), value)) {
            return Error{ErrorCode::InvalidArgument,
                u"`%1` has the unknown value `%2`"_s.arg(field, json.toVariant().toString()),
                QString()};
        }
    } else if constexpr (std::same_as<T, QByteArray>) {
        const auto decoded = QByteArray::fromBase64Encoding(
            json.toString().toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
        if (!json.isString() || decoded.decodingStatus != QByteArray::Base64DecodingStatus::Ok) {
            return wrongType(field, "base64 text"_L1);
        }
        *value = decoded.decoded;
    } else if constexpr (IsList<T>::value) {
        if (!json.isArray()) {
            return wrongType(field, "an array"_L1);
        }
        const QJsonArray array = json.toArray();
        T list;
        list.reserve(array.size());
        for (qsizetype i = 0; i < array.size(); ++i) {
            typename T::value_type element{};
            if (auto read
                = valueFromJson(array.at(i), &element, rule, u"%1[%2]"_s.arg(field).arg(i));
                !read) {
                return read.error();
            }
            list.append(std::move(element));
        }
        *value = std::move(list);
    } else if constexpr (std::same_as<T, bool>) {
        if (!json.isBool()) {
            return wrongType(field, "true or false"_L1);
        }
        *value = json.toBool();
    } else if constexpr (std::same_as<T, double>) {
        if (!json.isDouble()) {
            return wrongType(field, "a number"_L1);
        }
        *value = json.toDouble();
    } else if constexpr (std::integral<T>) {
        // toInteger() answers its default for 1.5 and for what does not fit 64 bits: ask twice.
        const qint64 number = json.toInteger(-1);
        if (!json.isDouble() || number != json.toInteger(1)
            || number > std::numeric_limits<T>::max() || number < std::numeric_limits<T>::min()) {
            return wrongType(field, "a whole number"_L1);
        }
        *value = static_cast<T>(number);
    } else if constexpr (std::same_as<T, QString>) {
        if (!json.isString()) {
            return wrongType(field, "text"_L1);
        }
        *value = json.toString();
    } else if constexpr (std::same_as<T, QJsonObject>) {
        if (!json.isObject()) {
            return wrongType(field, "an object"_L1);
        }
        *value = json.toObject();
    } else {
        static_assert(std::same_as<T, QJsonValue>, "a type the API has no JSON form for");
        *value = json;
    }
    return {};
}

template <HasFields T>
Result<T> fromJson(const QJsonObject &object, FieldRule rule, const QString &prefix)
{
    using namespace Qt::StringLiterals;
    T value{};
    std::optional<Error> error;
    qsizetype known = 0;
    auto visitor = [&](const char *name, auto member) {
        if (error) {
            return;
        }
        using Member = std::remove_cvref_t<decltype(value.*member)>;
        const QJsonValue json = object.value(QLatin1StringView(name));
        const QString field = prefix + QLatin1StringView(name);
        known += json.isUndefined() ? 0 : 1;
        Result<void> read;
        if constexpr (IsOptional<Member>::value) {
            // null says "not given" in languages that cannot leave a member out
            if (!json.isUndefined() && !json.isNull()) {
                typename Member::value_type inner{};
                read = valueFromJson(json, &inner, rule, field);
                value.*member = std::move(inner);
            }
        } else if (!json.isUndefined()) {
            read = valueFromJson(json, &(value.*member), rule, field);
        } else if (rule == FieldRule::Strict) {
            read = Error{ErrorCode::InvalidArgument, u"`%1` is missing"_s.arg(field), QString()};
        }
        if (!read) {
            error = read.error();
        }
    };
    T::fields(visitor);
    if (!error && rule == FieldRule::Strict && known != object.size()) {
        QStringList names;
        auto collect = [&](const char *name, auto) { names += QString::fromLatin1(name); };
        T::fields(collect);
        for (auto it = object.begin(); it != object.end(); ++it) {
            if (!names.contains(it.key())) {
                error = Error{ErrorCode::InvalidArgument,
                    u"`%1` is not known here"_s.arg(prefix + it.key()),
                    names.isEmpty() ? QString() : u"known: %1"_s.arg(names.join(", "_L1))};
                break;
            }
        }
    }
    if (error) {
        return *std::move(error);
    }
    return value;
}

} // namespace earshot::rpc
