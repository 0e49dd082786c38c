// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/redaction.h"

#include "model/jsontext.h"

#include <QSet>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

QString mask()
{
    return kMask.toString();
}

bool isReference(QStringView text)
{
    return text.startsWith("$var:"_L1) || text.startsWith("$res:"_L1);
}

QString maskQuery(QStringView query)
{
    QStringList parts;
    for (const QStringView part : query.split(u'&')) {
        const qsizetype equals = part.indexOf(u'=');
        const QStringView value = equals < 0 ? part : part.sliced(equals + 1);
        if (value.isEmpty() || isReference(value)) {
            parts.append(part.toString());
        } else if (equals < 0) {
            parts.append(mask());
        } else {
            parts.append(part.first(equals + 1).toString() + mask());
        }
    }
    return parts.join(u'&');
}

quint32 prefixOf(const char *bytes)
{
    quint32 prefix = 0;
    std::memcpy(&prefix, bytes, sizeof prefix);
    return prefix;
}

/// Any mixing will do that spreads four letters over the filter.
std::size_t filterSlot(quint32 prefix)
{
    return (prefix * 2654435761U) >> 16U;
}

QByteArray percentEncoded(
    const QByteArray &secret, const QByteArray &kept, bool lowerCase, bool plusForSpace)
{
    QByteArray encoded = secret.toPercentEncoding(kept);
    if (lowerCase) {
        for (qsizetype i = 0; i + 2 < encoded.size(); ++i) {
            if (encoded.at(i) == '%') {
                encoded.replace(i + 1, 2, encoded.sliced(i + 1, 2).toLower());
            }
        }
    }
    return plusForSpace ? encoded.replace("%20", "+") : encoded;
}

/// JSON as writers produce it that escape everything beyond ASCII, and as PHP does, the slash.
QByteArray asciiJson(const QString &secret, bool escapeSlash)
{
    QByteArray out;
    for (const QChar c : secret) {
        if (c.unicode() < 0x80) {
            out += c == u'/' && escapeSlash ? QByteArray("\\/")
                                            : toJsonString(QStringView(&c, 1)).chopped(1).sliced(1);
        } else {
            out += "\\u" + QByteArray::number(c.unicode(), 16).rightJustified(4, '0');
        }
    }
    return out;
}

void addForms(QSet<QByteArray> &forms, const QString &text)
{
    const QByteArray secret = text.toUtf8();
    if (secret.size() < Redactor::kMinSecretBytes) {
        return;
    }
    forms.insert(secret);
    forms.insert(toJsonString(text).chopped(1).sliced(1));
    forms.insert(asciiJson(text, false));
    forms.insert(asciiJson(text, true));
    for (const bool lowerCase : {false, true}) {
        for (const bool plus : {false, true}) {
            forms.insert(percentEncoded(secret, {}, lowerCase, plus));
            // What encodeURIComponent leaves as it is.
            forms.insert(percentEncoded(secret, "!'()*", lowerCase, plus));
        }
    }
    // Within a longer base64 text the secret begins at any of three places in a group of three
    // bytes; only the digits that depend on nothing but the secret can be searched for.
    for (qsizetype before = 0; before < 3; ++before) {
        const qsizetype skipped = before == 0 ? 0 : before + 1;
        const QByteArray padded = QByteArray(before, '\0') + secret;
        const qsizetype digits = padded.size() * 8 / 6;
        for (const auto alphabet : {QByteArray::Base64Encoding, QByteArray::Base64UrlEncoding}) {
            const QByteArray core = padded.toBase64(alphabet | QByteArray::OmitTrailingEquals)
                                        .sliced(skipped, digits - skipped);
            // Few digits would be found by chance.
            constexpr qsizetype kMinDigits = 5;
            if (core.size() >= kMinDigits) {
                forms.insert(core);
            }
        }
    }
}

using Edits = std::vector<std::pair<const JsonNode *, QByteArray>>;

void addEdit(const JsonNode &node, const QString &masked, Edits &edits)
{
    if (node.isString() && node.text != masked) {
        edits.emplace_back(&node, toJsonString(masked));
    }
}

void addConnectionEdits(const JsonNode &connection, Edits &edits)
{
    if (const JsonNode *proxy = connection.member(u"proxy"); proxy && proxy->isString()) {
        addEdit(*proxy, maskUrl(proxy->text), edits);
    }
    const JsonNode *headers = connection.member(u"headers");
    if (!headers) {
        return;
    }
    for (std::size_t i = 0; i < headers->keys.size(); ++i) {
        const QString &name = headers->keys[i].name;
        const JsonNode &header = headers->items[i];
        addEdit(header, maskHeaderValue(name, header.text), edits);
        for (const JsonNode &item : header.items) {
            addEdit(item, maskHeaderValue(name, item.text), edits);
        }
    }
}

} // namespace

QString maskUrl(const QString &url)
{
    if (url.startsWith("$script:"_L1) || url.startsWith("$flow:"_L1)) {
        return url;
    }
    const QStringView all(url);
    const qsizetype fragmentAt = all.indexOf(u'#');
    const QStringView noFragment = fragmentAt < 0 ? all : all.first(fragmentAt);
    const qsizetype queryAt = noFragment.indexOf(u'?');
    const QStringView base = queryAt < 0 ? noFragment : noFragment.first(queryAt);

    QString out;
    const qsizetype scheme = base.indexOf("://"_L1);
    const qsizetype authorityAt = scheme < 0 ? 0 : scheme + 3;
    const qsizetype slash = base.indexOf(u'/', authorityAt);
    const QStringView authority
        = base.sliced(authorityAt, (slash < 0 ? base.size() : slash) - authorityAt);
    const qsizetype at = authority.lastIndexOf(u'@');
    out += base.first(authorityAt);
    if (at >= 0) {
        out += isReference(authority.first(at)) ? authority.first(at).toString() : mask();
        out += u'@';
    }
    out += authority.sliced(at + 1);
    out += slash < 0 ? QStringView() : base.sliced(slash);
    if (queryAt >= 0) {
        out += u'?' + maskQuery(noFragment.sliced(queryAt + 1));
    }
    if (fragmentAt >= 0) {
        const bool empty = fragmentAt + 1 == all.size();
        out += u'#' + (empty ? QString() : mask());
    }
    return out;
}

QString maskUrlsIn(const QString &text)
{
    QString out;
    qsizetype done = 0;
    const auto isSchemeCharacter = [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9')
            || c == u'+' || c == u'-' || c == u'.';
    };
    const auto endsUrl = [](QChar c) {
        return c.isSpace() || c == u'"' || c == u'\'' || c == u'<' || c == u'>' || c == u'`';
    };
    for (qsizetype at = text.indexOf("://"_L1); at >= 0; at = text.indexOf("://"_L1, at)) {
        qsizetype begin = at;
        while (begin > done && isSchemeCharacter(text.at(begin - 1))) {
            --begin;
        }
        qsizetype end = at + 3;
        while (end < text.size() && !endsUrl(text.at(end))) {
            ++end;
        }
        // Punctuation of the sentence around it is no part of a URL.
        while (end > at + 3 && u".,;:)]}!"_s.contains(text.at(end - 1))) {
            --end;
        }
        out += QStringView(text).sliced(done, begin - done);
        out += maskUrl(text.sliced(begin, end - begin));
        done = end;
        at = end;
    }
    out += QStringView(text).sliced(done);
    return out;
}

bool isSecretHeader(QStringView name)
{
    static constexpr std::array kParts{"auth"_L1, "cookie"_L1, "token"_L1, "secret"_L1, "key"_L1,
        "password"_L1, "passwd"_L1, "credential"_L1, "session"_L1, "signature"_L1};
    return std::any_of(kParts.begin(), kParts.end(),
        [name](QLatin1StringView part) { return name.contains(part, Qt::CaseInsensitive); });
}

QString maskHeaderValue(const QString &name, const QString &value)
{
    if (!isSecretHeader(name) || value.isEmpty() || isReference(value)) {
        return value;
    }
    const qsizetype space = value.indexOf(u' ');
    const bool hasScheme = name.contains("authorization"_L1, Qt::CaseInsensitive) && space > 0
        && std::all_of(value.begin(), value.begin() + space,
            [](QChar c) { return c.isLetter() || c == u'-'; });
    return hasScheme ? value.first(space + 1) + mask() : mask();
}

QByteArray maskTriggerDocument(const QByteArray &json)
{
    const Result<JsonText> document = JsonText::parse(json);
    if (!document || !document->root().isObject()) {
        return {};
    }
    Edits edits;
    if (const JsonNode *url = document->root().member(u"url"); url && url->isString()) {
        addEdit(*url, maskUrl(url->text), edits);
    }
    if (const JsonNode *connection = document->root().member(u"connection")) {
        addConnectionEdits(*connection, edits);
    }
    std::sort(edits.begin(), edits.end(),
        [](const auto &left, const auto &right) { return left.first->begin > right.first->begin; });
    QByteArray out = json;
    for (const auto &[node, text] : edits) {
        out.replace(node->begin, node->end - node->begin, text);
    }
    return out;
}

Redactor::Redactor(const QStringList &secrets)
{
    QSet<QByteArray> forms;
    constexpr qsizetype kMinLineLength = 8;
    for (const QString &secret : secrets) {
        addForms(forms, secret);
        const QString trimmed = secret.trimmed();
        if (trimmed != secret) {
            addForms(forms, trimmed);
        }
        // A key file is printed line by line as often as at once.
        for (const QString &line : trimmed.split(u'\n', Qt::SkipEmptyParts)) {
            const QString content = line.trimmed();
            if (content != trimmed && content.size() >= kMinLineLength) {
                addForms(forms, content);
            }
        }
    }
    if (forms.isEmpty()) {
        return;
    }
    auto patterns = std::make_shared<Patterns>();
    for (const QByteArray &form : std::as_const(forms)) {
        const quint32 prefix = prefixOf(form.constData());
        patterns->byPrefix[prefix].append(form);
        patterns->filter.set(filterSlot(prefix));
    }
    for (QList<QByteArray> &list : patterns->byPrefix) {
        std::sort(list.begin(), list.end(), [](const QByteArray &left, const QByteArray &right) {
            return left.size() > right.size();
        });
    }
    m_patterns = std::move(patterns);
}

qsizetype Redactor::longestAt(QByteArrayView text, qsizetype offset) const
{
    const quint32 prefix = prefixOf(text.data() + offset);
    if (!m_patterns->filter.test(filterSlot(prefix))) {
        return 0;
    }
    const auto list = m_patterns->byPrefix.constFind(prefix);
    if (list == m_patterns->byPrefix.constEnd()) {
        return 0;
    }
    const QByteArrayView rest = text.sliced(offset);
    for (const QByteArray &pattern : *list) {
        if (rest.startsWith(pattern)) {
            return pattern.size();
        }
    }
    return 0;
}

QByteArray Redactor::redact(const QByteArray &text) const
{
    if (!m_patterns || text.size() < kMinSecretBytes) {
        return text;
    }
    QByteArray out;
    qsizetype done = 0;
    const qsizetype last = text.size() - kMinSecretBytes;
    for (qsizetype at = 0; at <= last; ++at) {
        const qsizetype length = longestAt(text, at);
        if (length == 0) {
            continue;
        }
        // Secrets may overlap: what begins inside a hidden stretch lengthens it.
        qsizetype end = at + length;
        for (qsizetype inner = at + 1; inner < end && inner <= last; ++inner) {
            end = std::max(end, inner + longestAt(text, inner));
        }
        out += QByteArrayView(text).sliced(done, at - done);
        out += kMask.toUtf8();
        done = end;
        at = end - 1;
    }
    if (done == 0) {
        return text;
    }
    out += QByteArrayView(text).sliced(done);
    return out;
}

QString Redactor::redact(const QString &text) const
{
    if (!m_patterns) {
        return text;
    }
    const QByteArray utf8 = text.toUtf8();
    const QByteArray redacted = redact(utf8);
    return redacted == utf8 ? text : decodeUtf8(redacted);
}

} // namespace earshot
