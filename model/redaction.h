// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QHash>
#include <QList>
#include <QPair>
#include <QString>
#include <QStringList>
#include <QStringView>

#include <bitset>
#include <memory>

namespace earshot {

/// What stands where a secret was.
inline constexpr QStringView kMask = u"•••";

/// A URL for people: user information, query values and fragment masked; scheme, host, path and the
/// names in the query stay, and so do `$var:` and `$res:` references, which are no secrets. Works
/// on the text, so also on what is no valid URL.
[[nodiscard]] QString maskUrl(const QString &url);

/// A text with every `scheme://…` URL in it masked.
[[nodiscard]] QString maskUrlsIn(const QString &text);

/// Whether a header's value is to be hidden: Authorization, Cookie and whatever is named like a
/// key.
[[nodiscard]] bool isSecretHeader(QStringView name);
/// The value for people: masked when the header is a secret one (its scheme, as `Bearer`, stays).
[[nodiscard]] QString maskHeaderValue(const QString &name, const QString &value);

/// A trigger document for people: its URL, its proxy's user information and the values of secret
/// headers masked. What is no JSON object, or has a key twice, comes back empty.
[[nodiscard]] QByteArray maskTriggerDocument(const QByteArray &json);

/// Masks known secret values in whatever leaves the service: as they are, JSON-escaped, URL-encoded
/// and in base64 (also inside a longer base64 text), and the lines of a secret of several lines.
/// Immutable and cheap to copy, so it may be used on any thread; without secrets it returns its
/// argument. Redact before cutting a preview: half a secret is not found.
class Redactor
{
public:
    /// Secrets with fewer bytes are not searched for: they would hide ordinary text.
    static constexpr qsizetype kMinSecretBytes = 4;

    Redactor() = default;
    explicit Redactor(const QStringList &secrets);

    [[nodiscard]] bool isEmpty() const noexcept { return !m_patterns; }
    [[nodiscard]] QByteArray redact(const QByteArray &text) const;
    [[nodiscard]] QString redact(const QString &text) const;

private:
    static constexpr std::size_t kFilterBits = std::size_t(1) << 16U;
    struct Patterns
    {
        /// By the first four bytes; the longest first.
        QHash<quint32, QList<QByteArray>> byPrefix;
        /// Says in one step that no pattern begins here.
        std::bitset<kFilterBits> filter;
    };

    [[nodiscard]] qsizetype longestAt(QByteArrayView text, qsizetype offset) const;

    std::shared_ptr<const Patterns> m_patterns;
};

} // namespace earshot
