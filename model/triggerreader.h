// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/jsontext.h"
#include "model/triggerconfig.h"

#include <QJsonObject>
#include <QLatin1StringView>
#include <QList>
#include <QString>

#include <initializer_list>
#include <optional>
#include <utility>

namespace earshot {

/// Collects the problems of a document with the place each was found, and reads members with texts
/// of one style. A member that is absent leaves the target as it is; so does one with a problem.
class MemberReader
{
public:
    explicit MemberReader(const JsonText &document)
        : m_document(document)
    { }

    struct Where
    {
        const JsonNode &object;
        QString prefix; ///< `delivery.`, empty at the top level
        [[nodiscard]] QString name(QLatin1StringView key) const { return prefix + key; }
    };

    void fail(const JsonNode &node, const QString &message, const QString &detail = {});
    /// `object` should have a member `key`.
    void failMissing(const JsonNode &object, QLatin1StringView key, const QString &message,
        const QString &detail);
    /// `{field} must be {expected}, got {the value}`.
    void mismatch(const JsonNode &node, const QString &field, const QString &expected);
    /// As mismatch, without showing the value: it may be a secret.
    void secretMismatch(const JsonNode &node, const QString &field, const QString &expected);

    void readBool(const Where &where, QLatin1StringView key, bool &target);
    void readString(const Where &where, QLatin1StringView key, QString &target);
    void readObject(const Where &where, QLatin1StringView key, QJsonObject &target);
    void readInteger(
        const Where &where, QLatin1StringView key, qint64 least, qint64 most, qint64 &target);
    void readInteger(const Where &where, QLatin1StringView key, int least, int most, int &target);
    /// A number of seconds; `least` 0 allows 0, otherwise the value must be positive.
    enum class Zero { Refused, Allowed };
    void readSeconds(const Where &where, QLatin1StringView key, Zero zero, double &target);
    void readStrings(const Where &where, QLatin1StringView key, QStringList &target);

    template <typename Value>
    struct Choice
    {
        const char *name;
        Value value;
    };
    /// One of some words. `later` are words that the key has in other versions.
    template <typename Value>
    void readChoice(const Where &where, QLatin1StringView key,
        std::initializer_list<Choice<Value>> choices, Value &target,
        std::initializer_list<const char *> later = {})
    {
        const JsonNode *node = where.object.member(key);
        if (!node) {
            return;
        }
        QStringList names;
        for (const Choice<Value> &choice : choices) {
            if (node->isString() && node->text == QLatin1StringView(choice.name)) {
                target = choice.value;
                return;
            }
            names.append(u'"' + QLatin1StringView(choice.name) + u'"');
        }
        failChoice(*node, where.name(key), names, later);
    }

    [[nodiscard]] QJsonObject toObject(const JsonNode &node) const;
    struct Found
    {
        qsizetype offset = 0; ///< where the value begins
        Error error = {};
        QString missing = {}; ///< member that the object there should have
    };
    /// In document order.
    [[nodiscard]] QList<Found> found() const;
    [[nodiscard]] QList<Error> errors() const;
    /// JSON pointer of the value that a problem is about.
    [[nodiscard]] QString pointerOf(const Found &found) const;
    [[nodiscard]] const JsonText &document() const noexcept { return m_document; }

private:
    void failChoice(const JsonNode &node, const QString &field, const QStringList &names,
        std::initializer_list<const char *> later);

    const JsonText &m_document;
    QList<Found> m_errors;
};

/// Seconds that still fit a timer's milliseconds.
inline constexpr int kMaxSeconds = 2'147'483;

} // namespace earshot
