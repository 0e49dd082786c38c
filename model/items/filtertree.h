// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/jsontext.h"

#include <QString>

#include <memory>
#include <vector>

namespace earshot::items {

/// One entry of a trigger's `filters` as the builder shows it. An entry remembers the bytes it was
/// written in and gives them back until something in it is changed.
struct FilterNode
{
    enum class Kind {
        Key, ///< {"key", "value"}
        Path, ///< {"path", "value"}
        AnyOf,
        AllOf,
        NoneOf,
        Other, ///< what the builder cannot show otherwise; kept as it is
    };

    Kind kind = Kind::Key;
    QString field = {}; ///< of Key and Path
    QByteArray value = {}; ///< JSON text, of Key and Path
    QByteArray source = {}; ///< as it was written; empty once it was changed
    FilterNode *parent = nullptr; ///< null for the invisible root
    std::vector<std::unique_ptr<FilterNode>> children = {};

    [[nodiscard]] bool isGroup() const
    {
        return kind == Kind::AnyOf || kind == Kind::AllOf || kind == Kind::NoneOf;
    }
    [[nodiscard]] bool isLeaf() const { return kind == Kind::Key || kind == Kind::Path; }
    /// Position among its parent's children.
    [[nodiscard]] int row() const;
    /// The bytes it was written in no longer say what it is, nor do those around it.
    void touch();
    [[nodiscard]] QByteArray json() const;

    FilterNode &insert(std::size_t index, std::unique_ptr<FilterNode> child);
    [[nodiscard]] std::unique_ptr<FilterNode> take(std::size_t index);
};

/// The word of a group in a document: `any_of`.
[[nodiscard]] QString groupWord(FilterNode::Kind kind);

/// The tree of an array of filters: an invisible AllOf that holds the entries. What is no array
/// has an empty tree with its bytes as source.
[[nodiscard]] std::unique_ptr<FilterNode> readFilters(const QByteArray &filters);
[[nodiscard]] std::unique_ptr<FilterNode> readFilter(const JsonText &text, const JsonNode &node);
/// JSON text of the array.
[[nodiscard]] QByteArray writeFilters(const FilterNode &root);

/// Whether two trees show the same.
[[nodiscard]] bool sameFilters(const FilterNode &left, const FilterNode &right);

} // namespace earshot::items
