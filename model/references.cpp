// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/references.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

constexpr auto kVariablePrefix = "$var:"_L1;
constexpr auto kResourcePrefix = "$res:"_L1;

class Substitution
{
public:
    explicit Substitution(const ReferenceLookup &lookup)
        : m_lookup(lookup)
    { }

    Result<QJsonValue> value(const QString &name, const QJsonValue &value, int arrayDepth)
    {
        if (value.isString()) {
            return string(name, value.toString());
        }
        if (value.isObject()) {
            QJsonObject object = value.toObject();
            for (auto it = object.begin(); it != object.end(); ++it) {
                Result<QJsonValue> member = this->value(it.key(), it.value(), arrayDepth);
                if (!member) {
                    return member;
                }
                if (*member != it.value()) {
                    it.value() = *member;
                }
            }
            return QJsonValue(object);
        }
        if (value.isArray() && arrayDepth < kMaxReferenceArrayDepth) {
            QJsonArray array = value.toArray();
            if (array.size() > kMaxReferenceArrayItems) {
                return value;
            }
            for (auto &&item : array) {
                Result<QJsonValue> replaced = this->value(name, item, arrayDepth + 1);
                if (!replaced) {
                    return replaced;
                }
                item = *replaced;
            }
            return QJsonValue(array);
        }
        return value;
    }

    Result<QString> variable(const QString &name, const QString &path)
    {
        if (const Result<void> counted = count(name); !counted) {
            return counted.error();
        }
        Result<QString> value = m_lookup.variable(path);
        if (!value && value.error().code == ErrorCode::NotFound) {
            return notFound(u"Variable"_s, path, name, value.error());
        }
        return value;
    }

    Result<QJsonValue> resource(const QString &name, const QString &path)
    {
        if (const Result<void> counted = count(name); !counted) {
            return counted.error();
        }
        if (m_open.contains(path)) {
            return Error{ErrorCode::InvalidArgument,
                u"Resource %1 refers to itself: %2"_s.arg(
                    path, (m_open + QStringList{path}).join(u" → "_s)),
                {}};
        }
        if (m_open.size() >= kMaxResourceDepth) {
            return Error{ErrorCode::LimitExceeded,
                u"Resources refer to resources more than %1 deep: %2"_s.arg(kMaxResourceDepth)
                    .arg(m_open.join(u" → "_s)),
                {}};
        }
        const Result<QJsonValue> stored = m_lookup.resource(path);
        if (!stored) {
            return stored.error().code == ErrorCode::NotFound
                ? notFound(u"Resource"_s, path, name, stored.error())
                : stored.error();
        }
        m_open.append(path);
        Result<QJsonValue> interpolated = value(name, *stored, 0);
        m_open.removeLast();
        return interpolated;
    }

private:
    Result<QJsonValue> string(const QString &name, const QString &text)
    {
        if (text.startsWith(kVariablePrefix)) {
            const Result<QString> found = variable(name, text.sliced(kVariablePrefix.size()));
            return found ? Result<QJsonValue>(QJsonValue(*found)) : found.error();
        }
        if (text.startsWith(kResourcePrefix)) {
            const QString path = text.sliced(kResourcePrefix.size());
            if (path.split(u'/').size() < 2) {
                return Error{ErrorCode::InvalidArgument,
                    u"Argument `%1` is an invalid resource path: %2"_s.arg(name, path), {}};
            }
            return resource(name, path);
        }
        if (text.startsWith(u'$')) {
            if (const std::optional<QString> found = m_lookup.reserved(text.sliced(1))) {
                return QJsonValue(*found);
            }
        }
        return QJsonValue(text);
    }

    Result<void> count(const QString &name)
    {
        if (++m_count > kMaxReferences) {
            return Error{ErrorCode::LimitExceeded,
                u"Argument `%1` needs more than %2 variables and resources"_s.arg(name).arg(
                    kMaxReferences),
                {}};
        }
        return {};
    }

    static Error notFound(
        const QString &kind, const QString &path, const QString &name, const Error &cause)
    {
        return {ErrorCode::NotFound,
            u"%1 %2 not found for `%3`: %4"_s.arg(kind, path, name, cause.message), cause.detail};
    }

    const ReferenceLookup &m_lookup;
    QStringList m_open; ///< resources being interpolated, outermost first
    int m_count = 0;
};

bool isPathCharacter(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9')
        || c == u'_' || c == u'/' || c == u'.' || c == u'-';
}

struct TextReference
{
    qsizetype begin = 0;
    qsizetype end = 0;
    bool isResource = false;
    QString path;
};

std::optional<TextReference> nextReference(QStringView text, qsizetype from)
{
    for (qsizetype at = text.indexOf(u'$', from); at >= 0; at = text.indexOf(u'$', at + 1)) {
        const QStringView rest = text.sliced(at);
        const bool isResource = rest.startsWith(kResourcePrefix);
        if (!isResource && !rest.startsWith(kVariablePrefix)) {
            continue;
        }
        const qsizetype pathBegin = at + kVariablePrefix.size();
        qsizetype end = pathBegin;
        while (end < text.size() && isPathCharacter(text.at(end))) {
            ++end;
        }
        while (end > pathBegin && (text.at(end - 1) == u'.' || text.at(end - 1) == u'/')) {
            --end;
        }
        const QString path = text.sliced(pathBegin, end - pathBegin).toString();
        if (path.indexOf(u'/') > 0) {
            return TextReference{at, end, isResource, path};
        }
    }
    return std::nullopt;
}

} // namespace

Result<QJsonValue> substitute(
    const QString &name, const QJsonValue &value, const ReferenceLookup &lookup)
{
    return Substitution(lookup).value(name, value, 0);
}

Result<QJsonObject> substituteArgs(const QJsonObject &args, const ReferenceLookup &lookup)
{
    const Result<QJsonValue> replaced = Substitution(lookup).value({}, args, 0);
    return replaced ? Result<QJsonObject>(replaced->toObject()) : replaced.error();
}

Result<QString> substituteText(
    const QString &name, const QString &text, const ReferenceLookup &lookup)
{
    Substitution substitution(lookup);
    QString out;
    qsizetype done = 0;
    while (const std::optional<TextReference> found = nextReference(text, done)) {
        out += QStringView(text).sliced(done, found->begin - done);
        if (found->isResource) {
            const Result<QJsonValue> value = substitution.resource(name, found->path);
            if (!value) {
                return value.error();
            }
            // QJsonDocument has no scalars at its top, so the value travels in an array.
            out += value->isString() ? value->toString()
                                     : QString::fromUtf8(QJsonDocument(QJsonArray{*value})
                                                             .toJson(QJsonDocument::Compact)
                                                             .chopped(1)
                                                             .sliced(1));
        } else {
            const Result<QString> value = substitution.variable(name, found->path);
            if (!value) {
                return value.error();
            }
            out += *value;
        }
        done = found->end;
    }
    out += QStringView(text).sliced(done);
    return out;
}

QStringList referencesIn(QStringView text)
{
    QStringList names;
    qsizetype done = 0;
    while (const std::optional<TextReference> found = nextReference(text, done)) {
        const QString name = text.sliced(found->begin, found->end - found->begin).toString();
        if (!names.contains(name)) {
            names.append(name);
        }
        done = found->end;
    }
    return names;
}

} // namespace earshot
