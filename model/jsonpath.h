// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArrayView>
#include <QString>
#include <QStringView>

#include <optional>
#include <vector>

namespace earshot {

/// What stands at a path of a JSON text, in the bytes it was written in.
struct JsonPathValue
{
    QByteArrayView raw; ///< without white space around it
    bool cut = false; ///< the text ends within the value
};

/// `$.d.author.id`, `$.items[0]["odd key"]`: where a value stands in a message. Finding it reads
/// the text once, in constant stack space, and needs neither the whole document nor a valid one:
/// what follows the value is not looked at. Thread-safe.
class JsonPath final
{
public:
    /// `$` and names and indices; the `$.` at the start may be left out.
    [[nodiscard]] static Result<JsonPath> parse(QStringView text);

    [[nodiscard]] std::optional<JsonPathValue> find(QByteArrayView json) const;
    /// Normal form: names that are plain words with a dot, others in brackets.
    [[nodiscard]] QString text() const;

    /// Appends one step to a path in text form.
    [[nodiscard]] static QString child(const QString &path, const QString &key);
    [[nodiscard]] static QString child(const QString &path, qsizetype index);

private:
    struct Step
    {
        QString key = {}; ///< null: `index` counts
        QByteArray rawKey = {}; ///< as it is written where nothing in it needs an escape
        qsizetype index = 0;
    };

    std::vector<Step> m_steps;
};

/// The text of a JSON string literal (quotes included, or cut within); others come back as written.
[[nodiscard]] QString jsonScalarText(QByteArrayView raw);
/// One past the value that begins at `at`; the size of the text where it ends within.
[[nodiscard]] qsizetype skipJsonValue(QByteArrayView json, qsizetype at);
/// One past the string literal whose quote is at `at`; size + 1 where it ends within.
[[nodiscard]] qsizetype skipJsonString(QByteArrayView json, qsizetype at);
[[nodiscard]] qsizetype skipJsonSpace(QByteArrayView json, qsizetype at);

} // namespace earshot
