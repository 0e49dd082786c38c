// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/triggerconfig.h"

#include <QByteArray>
#include <QList>
#include <QSslConfiguration>

class QSslCertificate;

namespace earshot::triggers {

/// A TLS configuration for `tls`: verification always on, the system's authorities plus `ca_file`,
/// the client certificate and key. Every file that cannot be used is an Error that names it.
[[nodiscard]] Result<QSslConfiguration> tlsConfiguration(const TlsConfig &tls);

/// Reads `pin_sha256`: 64 hex digits (colons allowed) or base64, optionally after `sha256/` or
/// `sha256//`. Each pin comes back as 32 bytes.
[[nodiscard]] Result<QList<QByteArray>> parsePins(const QStringList &pins);

/// SHA-256 of the certificate's public key (SubjectPublicKeyInfo), as curl and browsers pin it.
[[nodiscard]] QByteArray publicKeyDigest(const QSslCertificate &certificate);

} // namespace earshot::triggers
