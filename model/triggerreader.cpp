// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/triggerreader.h"

#include <QJsonDocument>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

constexpr qsizetype kShownValueLength = 40;

/// `"a", "b" or "c"`.
QString listed(const QStringList &names)
{
    if (names.size() < 2) {
        return names.join(QString());
    }
    return names.first(names.size() - 1).join(u", "_s) + u" or "_s + names.last();
}

QString kindName(const JsonNode &node)
{
    switch (node.kind) {
    case JsonKind::Null:
        return u"null"_s;
    case JsonKind::Bool:
        return u"a boolean"_s;
    case JsonKind::Number:
        return u"a number"_s;
    case JsonKind::String:
        return u"a string"_s;
    case JsonKind::Array:
        return u"an array"_s;
    case JsonKind::Object:
        return u"an object"_s;
    }
    return {};
}

std::optional<qint64> integerOf(const JsonText &document, const JsonNode &node)
{
    bool ok = false;
    const qint64 value = node.isNumber() ? document.raw(node).toLongLong(&ok) : 0;
    return ok ? std::optional(value) : std::nullopt;
}

} // namespace

void MemberReader::fail(const JsonNode &node, const QString &message, const QString &detail)
{
    m_errors.append(
        {.offset = node.begin, .error = Error{ErrorCode::InvalidArgument, message, detail}});
}

void MemberReader::failMissing(
    const JsonNode &object, QLatin1StringView key, const QString &message, const QString &detail)
{
    m_errors.append({.offset = object.begin,
        .error = Error{ErrorCode::InvalidArgument, message, detail},
        .missing = QString(key)});
}

void MemberReader::mismatch(const JsonNode &node, const QString &field, const QString &expected)
{
    QString value = kindName(node);
    if (!node.isArray() && !node.isObject()) {
        value = QString::fromUtf8(m_document.raw(node));
        if (value.size() > kShownValueLength) {
            value = value.first(kShownValueLength) + u'…';
        }
    }
    fail(node, u"%1 must be %2, got %3"_s.arg(field, expected, value));
}

void MemberReader::secretMismatch(
    const JsonNode &node, const QString &field, const QString &expected)
{
    fail(node, u"%1 must be %2, got %3"_s.arg(field, expected, kindName(node)));
}

void MemberReader::readBool(const Where &where, QLatin1StringView key, bool &target)
{
    if (const JsonNode *node = where.object.member(key)) {
        if (node->isBool()) {
            target = node->boolean;
        } else {
            mismatch(*node, where.name(key), u"true or false"_s);
        }
    }
}

void MemberReader::readString(const Where &where, QLatin1StringView key, QString &target)
{
    if (const JsonNode *node = where.object.member(key)) {
        if (node->isString()) {
            target = node->text;
        } else {
            secretMismatch(*node, where.name(key), u"a string"_s);
        }
    }
}

void MemberReader::readObject(const Where &where, QLatin1StringView key, QJsonObject &target)
{
    const JsonNode *node = where.object.member(key);
    if (!node || node->isNull()) {
        return;
    }
    if (node->isObject()) {
        target = toObject(*node);
    } else {
        fail(*node, where.name(key) + u" must be an object"_s);
    }
}

void MemberReader::readInteger(
    const Where &where, QLatin1StringView key, qint64 least, qint64 most, qint64 &target)
{
    const JsonNode *node = where.object.member(key);
    if (!node) {
        return;
    }
    const std::optional<qint64> value = integerOf(m_document, *node);
    if (!value || *value < least) {
        mismatch(*node, where.name(key), u"an integer of at least %1"_s.arg(least));
    } else if (*value > most) {
        mismatch(*node, where.name(key), u"an integer of at most %1"_s.arg(most));
    } else {
        target = *value;
    }
}

void MemberReader::readInteger(
    const Where &where, QLatin1StringView key, int least, int most, int &target)
{
    qint64 value = target;
    readInteger(where, key, qint64(least), qint64(most), value);
    target = int(value);
}

void MemberReader::readSeconds(const Where &where, QLatin1StringView key, Zero zero, double &target)
{
    const JsonNode *node = where.object.member(key);
    if (!node) {
        return;
    }
    bool ok = false;
    const double value = node->isNumber() ? m_document.raw(*node).toDouble(&ok) : 0;
    const bool positive = zero == Zero::Allowed ? value >= 0 : value > 0;
    if (!ok || !std::isfinite(value) || !positive || value > kMaxSeconds) {
        const QString range = zero == Zero::Allowed ? u"a number of seconds from 0 to %1"_s
                                                    : u"a number of seconds above 0, at most %1"_s;
        mismatch(*node, where.name(key), range.arg(kMaxSeconds));
    } else {
        target = value;
    }
}

void MemberReader::readStrings(const Where &where, QLatin1StringView key, QStringList &target)
{
    const JsonNode *node = where.object.member(key);
    if (!node) {
        return;
    }
    if (!node->isArray()) {
        mismatch(*node, where.name(key), u"an array of strings"_s);
        return;
    }
    QStringList values;
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        if (!node->items[i].isString()) {
            mismatch(node->items[i], u"%1[%2]"_s.arg(where.name(key)).arg(i), u"a string"_s);
            return;
        }
        values.append(node->items[i].text);
    }
    target = values;
}

QJsonObject MemberReader::toObject(const JsonNode &node) const
{
    return QJsonDocument::fromJson(m_document.raw(node)).object();
}

QList<MemberReader::Found> MemberReader::found() const
{
    QList<Found> sorted = m_errors;
    std::stable_sort(sorted.begin(), sorted.end(),
        [](const Found &left, const Found &right) { return left.offset < right.offset; });
    return sorted;
}

QList<Error> MemberReader::errors() const
{
    QList<Error> errors;
    for (const Found &one : found()) {
        errors.append(one.error);
    }
    return errors;
}

void MemberReader::failChoice(const JsonNode &node, const QString &field, const QStringList &names,
    std::initializer_list<const char *> later)
{
    for (const char *word : later) {
        if (node.isString() && node.text == QLatin1StringView(word)) {
            m_errors.append({.offset = node.begin,
                .error = Error{ErrorCode::Unsupported,
                    u"%1 \"%2\" is not available in this version; it offers %3"_s.arg(
                        field, node.text, listed(names)),
                    {}}});
            return;
        }
    }
    mismatch(node, field, listed(names));
}

} // namespace earshot
