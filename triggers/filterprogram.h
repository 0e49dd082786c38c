// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArrayView>
#include <QList>
#include <QString>
#include <QStringView>

#include <memory>

namespace earshot::triggers {

class MessageView;
struct FilterCode;

/// Why one top-level entry of a filter let a message pass or not, in a sentence for people.
struct FilterReason
{
    bool passed = false;
    QString text;

    friend bool operator==(const FilterReason &, const FilterReason &) = default;
};

struct FilterVerdict
{
    bool matches = false;
    /// Empty, or what is wrong with the message as a whole, such as not being a JSON object.
    QString message;
    QList<FilterReason> entries; ///< one per entry of the document, in its order

    friend bool operator==(const FilterVerdict &, const FilterVerdict &) = default;
};

/// A trigger's `filters` and `filter_logic`, compiled once and asked about every message. A value:
/// copies share the compiled code. Thread-safe. Asking takes time linear in the message and, except
/// for strings with escapes, allocates nothing.
///
/// A message is read as far as the answer needs: as soon as the verdict is the same whether the
/// rest is well-formed or not, the rest is not looked at.
class FilterProgram
{
public:
    /// A filter document may have this many bytes.
    static constexpr qsizetype kMaxDocumentBytes = qsizetype(1024) * 1024;

    /// Lets everything pass.
    FilterProgram() = default;

    /// `filtersJson` is the text of the array as it stands in the document, so that numbers keep
    /// their kind; no text and `null` mean no filters. Only the exact word `or` as logic means OR.
    /// Errors: Parse with the location of the entry, as in `filter #2 -> all_of[1]`; LimitExceeded.
    [[nodiscard]] static Result<FilterProgram> compile(
        QByteArrayView filtersJson, QStringView logic);

    /// No filters, or only empty groups: even text that is not JSON passes.
    [[nodiscard]] bool isUnfiltered() const noexcept { return m_code == nullptr; }

    [[nodiscard]] bool matches(QByteArrayView utf8Message) const;
    /// The same, using the view's fields if somebody has already scanned it.
    [[nodiscard]] bool matches(const MessageView &view) const;

    /// Slower than matches(), with the same verdict.
    [[nodiscard]] FilterVerdict explain(QByteArrayView utf8Message) const;

private:
    std::shared_ptr<const FilterCode> m_code; ///< null = unfiltered
    QList<FilterReason> m_emptyEntries; ///< of an unfiltered program, for explain()
};

} // namespace earshot::triggers
