// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/jsonfields.h"

#include <QByteArray>
#include <QString>

/// Writes values of the API as compact JSON text without building a document first: what is pushed
/// thousands of times a second.
namespace earshot::rpc {

void appendJsonString(QByteArray *out, QStringView text);

template <typename T>
void appendJson(QByteArray *out, const T &value)
{
    if constexpr (HasFields<T>) {
        char separator = '{';
        auto visitor = [&](const char *name, auto member) {
            const auto &field = value.*member;
            using Member = std::remove_cvref_t<decltype(field)>;
            if constexpr (IsOptional<Member>::value) {
                if (!field) {
                    return;
                }
            }
            // Names are our own identifiers: nothing in them needs escaping.
            *out += separator;
            *out += '"';
            *out += name;
            *out += "\":";
            separator = ',';
            if constexpr (IsOptional<Member>::value) {
                appendJson(out, *field);
            } else {
                appendJson(out, field);
            }
        };
        T::fields(visitor);
        if (separator == '{') {
            *out += '{';
        }
        *out += '}';
    } else if constexpr (IsList<T>::value) {
        *out += '[';
        bool first = true;
        for (const auto &element : value) {
            if (!first) {
                *out += ',';
            }
            first = false;
            appendJson(out, element);
        }
        *out += ']';
    } else if constexpr (std::same_as<T, bool>) {
        *out += value ? "true" : "false";
    } else if constexpr (std::integral<T>) {
        *out += QByteArray::number(value);
    } else if constexpr (TextEnum<T>) {
        appendJsonString(out, toString(value));
    } else {
        static_assert(std::same_as<T, QString>, "a type that is never pushed");
        appendJsonString(out, value);
    }
}

} // namespace earshot::rpc
