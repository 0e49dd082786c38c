// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QAnyStringView>
#include <QByteArray>
#include <QJsonValue>
#include <QString>
#include <QStringView>

#include <vector>

namespace earshot {

/// Bounds of a document a person writes (a trigger, a resource). Beyond each the document is
/// refused with LimitExceeded. The depth is the one Windmill's own JSON reader has.
inline constexpr qsizetype kMaxDocumentBytes = qsizetype(16) * 1024 * 1024;
inline constexpr int kMaxDocumentDepth = 128;
inline constexpr qsizetype kMaxDocumentValues = 250'000;

enum class JsonKind { Null, Bool, Number, String, Array, Object };

/// One value of a JsonText with the bytes it was written in: [begin, end).
struct JsonNode
{
    struct Key
    {
        QString name;
        qsizetype begin = 0; ///< of the opening quote
        qsizetype end = 0; ///< after the closing quote
    };

    JsonKind kind = JsonKind::Null;
    bool boolean = false;
    qsizetype begin = 0;
    qsizetype end = 0;
    QString text; ///< content of a String
    std::vector<JsonNode> items; ///< items of an Array, values of an Object
    std::vector<Key> keys; ///< of an Object, parallel to `items`

    [[nodiscard]] bool isNull() const noexcept { return kind == JsonKind::Null; }
    [[nodiscard]] bool isBool() const noexcept { return kind == JsonKind::Bool; }
    [[nodiscard]] bool isNumber() const noexcept { return kind == JsonKind::Number; }
    [[nodiscard]] bool isString() const noexcept { return kind == JsonKind::String; }
    [[nodiscard]] bool isArray() const noexcept { return kind == JsonKind::Array; }
    [[nodiscard]] bool isObject() const noexcept { return kind == JsonKind::Object; }
    /// Value of the key of an Object, or null when there is none. The last one if written twice.
    [[nodiscard]] const JsonNode *member(QAnyStringView key) const;
};

enum class DuplicateKeys { Refuse, Accept };

/// A JSON document that remembers how it was written: QJsonDocument turns `1.0` into `1`, sorts
/// keys and drops doubled ones, so it cannot say what a person wrote nor edit it in place. Strict
/// RFC 8259. For documents, not for messages.
class JsonText
{
public:
    /// Errors: Parse (with line and column, both from 1; columns count bytes) and LimitExceeded.
    [[nodiscard]] static Result<JsonText> parse(
        const QByteArray &json, DuplicateKeys duplicates = DuplicateKeys::Refuse);

    [[nodiscard]] const JsonNode &root() const noexcept { return m_root; }
    [[nodiscard]] const QByteArray &json() const noexcept { return m_json; }
    /// The bytes of a node exactly as written.
    [[nodiscard]] QByteArray raw(const JsonNode &node) const;

private:
    JsonText(QByteArray json, JsonNode root)
        : m_json(std::move(json))
        , m_root(std::move(root))
    { }

    QByteArray m_json;
    JsonNode m_root;
};

/// `line 3, column 5` of an offset into `text`.
[[nodiscard]] QString describePosition(QByteArrayView text, qsizetype offset);

/// The raw text of a top-level member of a JSON object; NotFound when there is none.
[[nodiscard]] Result<QByteArray> topLevelMember(const QByteArray &json, QStringView key);

/// `json` with one top-level member set to the JSON text `rawValue`; every other byte stays. A new
/// member goes last, spaced like the one before it.
[[nodiscard]] Result<QByteArray> setTopLevelMember(
    const QByteArray &json, QStringView key, const QByteArray &rawValue);

/// `json` without one top-level member; unchanged when there is none.
[[nodiscard]] Result<QByteArray> removeTopLevelMember(const QByteArray &json, QStringView key);

/// QString::fromUtf8 without its habit of dropping a U+FEFF at the start, which in a value is text.
[[nodiscard]] QString decodeUtf8(QByteArrayView utf8);

/// JSON string literal of a text, quotes included; only what must be escaped is.
[[nodiscard]] QByteArray toJsonString(QStringView text);

/// Whether two JSON texts say the same: key order and white space do not matter, the form of
/// numbers does (`1.0` is not `1`). False when either is not JSON.
[[nodiscard]] bool sameJson(const QByteArray &left, const QByteArray &right);

} // namespace earshot
