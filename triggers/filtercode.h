// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "triggers/jsontext.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <optional>
#include <vector>

/// What a filter compiles to. Private to FilterProgram and its compiler.
namespace earshot::triggers {

struct WantedMember;

/// A value that a filter wants: the message's value has to be a superset of it.
struct WantedValue
{
    enum class Kind { Null, True, False, Number, String, Array, Object };

    Kind kind = Kind::Null;
    json::Number number;
    QByteArray text; ///< of a string, unescaped
    std::vector<WantedValue> items;
    std::vector<WantedMember> members;
};

struct WantedMember
{
    QByteArray key; ///< unescaped, unique in its object
    WantedValue value;
};

/// A test of one field. Further kinds of tests (text, array indices in a path) get an enum here.
struct FilterLeaf
{
    size_t key = 0; ///< index into FilterCode::keys
    std::vector<QByteArray> path; ///< below that key; empty for a `key` filter
    WantedValue wanted;
    QString field; ///< as written, for people
    QString wantedText; ///< JSON text, for people
};

struct FilterNode
{
    enum class Kind { Leaf, Any, All, None };

    Kind kind = Kind::Leaf;
    size_t leaf = 0;
    std::vector<FilterNode> children; ///< of groups; never empty
};

struct FilterCode
{
    std::vector<QByteArray> keys; ///< top-level keys, unescaped, unique
    std::vector<FilterLeaf> leaves;
    FilterNode root; ///< Any or All of the entries that are not empty groups
    /// One per entry of the document: its child of root, or nothing for an empty group.
    std::vector<std::optional<size_t>> entries;
    bool withoutFields = false; ///< the verdict when every leaf is false
};

/// The code, or nothing when everything passes. `entryCount` is set to the number of entries.
[[nodiscard]] Result<std::optional<FilterCode>> compileFilters(
    QByteArrayView filtersJson, bool useOr, size_t &entryCount);

/// Whether a readable value is a superset of the wanted one.
[[nodiscard]] bool isSuperset(QByteArrayView value, const WantedValue &wanted);

/// Where a leaf's path leads within the value of its key; nothing if there is no such field.
[[nodiscard]] std::optional<QByteArrayView> resolvePath(
    QByteArrayView value, const std::vector<QByteArray> &path);

} // namespace earshot::triggers
