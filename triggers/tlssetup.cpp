// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/tlssetup.h"

#include <QCryptographicHash>
#include <QFile>
#include <QSet>
#include <QSslCertificate>
#include <QSslKey>
#include <QSslSocket>

using namespace Qt::StringLiterals;

namespace earshot::triggers {

namespace {

/// Certificates and keys are a few kilobytes; whole bundles of authorities are below 1 MiB.
constexpr qint64 kMaxFileBytes = qint64(4) * 1024 * 1024;

Error fileError(QLatin1StringView key, const QString &path, const QString &why)
{
    return Error{.code = ErrorCode::InvalidArgument,
        .message = u"connection.tls.%1: %2: %3"_s.arg(key, path, why),
        .detail = {}};
}

Result<QByteArray> readFile(QLatin1StringView key, const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return fileError(key, path, file.errorString());
    }
    const QByteArray content = file.read(kMaxFileBytes + 1);
    if (content.size() > kMaxFileBytes) {
        return fileError(key, path, u"larger than 4 MiB"_s);
    }
    return content;
}

Result<QList<QSslCertificate>> readCertificates(QLatin1StringView key, const QString &path)
{
    const auto content = readFile(key, path);
    if (!content) {
        return content.error();
    }
    auto certificates = QSslCertificate::fromData(*content, QSsl::Pem);
    if (certificates.isEmpty()) {
        certificates = QSslCertificate::fromData(*content, QSsl::Der);
    }
    if (certificates.isEmpty() || certificates.constFirst().isNull()) {
        return fileError(key, path, u"holds no certificate (PEM or DER)"_s);
    }
    return certificates;
}

Result<QSslKey> readKey(const QString &path)
{
    constexpr auto name = "client_key"_L1;
    const auto content = readFile(name, path);
    if (!content) {
        return content.error();
    }
    for (const QSsl::EncodingFormat format : {QSsl::Pem, QSsl::Der}) {
        for (const QSsl::KeyAlgorithm algorithm : {QSsl::Rsa, QSsl::Ec}) {
            QSslKey key(*content, algorithm, format, QSsl::PrivateKey);
            if (!key.isNull()) {
                return key;
            }
        }
    }
    return fileError(name, path,
        content->contains("ENCRYPTED") ? u"the key is protected by a password; remove it first"_s
                                       : u"holds no RSA or EC private key (PEM or DER)"_s);
}

/// The system's authorities, read once: that takes a third of a second, during which nothing else
/// would run. Without the duplicates the library finds by reading folder and bundle.
const QList<QSslCertificate> &systemAuthorities()
{
    static const QList<QSslCertificate> authorities = [] {
        QList<QSslCertificate> unique;
        QSet<QByteArray> seen;
        const auto all = QSslConfiguration::systemCaCertificates();
        for (const QSslCertificate &certificate : all) {
            const QByteArray digest = certificate.digest(QCryptographicHash::Sha256);
            if (!seen.contains(digest)) {
                seen.insert(digest);
                unique.append(certificate);
            }
        }
        return unique;
    }();
    return authorities;
}

} // namespace

Result<QSslConfiguration> tlsConfiguration(const TlsConfig &tls)
{
    if (!QSslSocket::supportsSsl()) {
        return Error{.code = ErrorCode::Unsupported,
            .message = u"wss:// needs OpenSSL, which was not found"_s,
            .detail = u"Install the package libssl3."_s};
    }
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    if (!tls.caFile.isEmpty()) {
        const auto own = readCertificates("ca_file"_L1, tls.caFile);
        if (!own) {
            return own.error();
        }
        // Setting a list switches off loading the system's on demand, so they are named here too.
        configuration.setCaCertificates(systemAuthorities() + *own);
    }
    if (tls.clientCert.isEmpty() != tls.clientKey.isEmpty()) {
        return Error{.code = ErrorCode::InvalidArgument,
            .message = u"connection.tls needs client_cert and client_key together"_s,
            .detail = {}};
    }
    if (!tls.clientCert.isEmpty()) {
        const auto chain = readCertificates("client_cert"_L1, tls.clientCert);
        if (!chain) {
            return chain.error();
        }
        const auto key = readKey(tls.clientKey);
        if (!key) {
            return key.error();
        }
        configuration.setLocalCertificateChain(*chain);
        configuration.setPrivateKey(*key);
    }
    return configuration;
}

Result<QList<QByteArray>> parsePins(const QStringList &pins)
{
    QList<QByteArray> digests;
    digests.reserve(pins.size());
    for (const QString &pin : pins) {
        QByteArray text = pin.trimmed().toLatin1();
        for (const char *prefix : {"sha256//", "sha256/"}) {
            if (text.startsWith(prefix)) {
                text = text.sliced(qsizetype(qstrlen(prefix)));
                break;
            }
        }
        QByteArray hex = text;
        hex.replace(':', "");
        QByteArray digest;
        if (hex.size() == 64) {
            digest = QByteArray::fromHex(hex);
        } else if (const auto decoded
            = QByteArray::fromBase64Encoding(text, QByteArray::AbortOnBase64DecodingErrors)) {
            digest = *decoded;
        }
        if (digest.size() != 32) {
            return Error{.code = ErrorCode::InvalidArgument,
                .message
                = u"connection.tls.pin_sha256: \"%1\" is not a SHA-256 in hex or base64"_s.arg(pin),
                .detail = {}};
        }
        digests.append(digest);
    }
    return digests;
}

QByteArray publicKeyDigest(const QSslCertificate &certificate)
{
    return QCryptographicHash::hash(certificate.publicKey().toDer(), QCryptographicHash::Sha256);
}

} // namespace earshot::triggers
