// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QJsonObject>
#include <QList>
#include <QPair>
#include <QString>
#include <QStringList>

#include <optional>

namespace earshot {

enum class TriggerMode { Enabled, Disabled, Suspended };
[[nodiscard]] QString toString(TriggerMode mode);
[[nodiscard]] std::optional<TriggerMode> triggerModeFromString(QStringView text);

/// A script or a flow by workspace path (`f/bots/echo`), or a script by absolute file name.
struct RunnableRef
{
    QString path;
    bool isFlow = false;
    friend bool operator==(const RunnableRef &, const RunnableRef &) = default;
};

/// One entry of `initial_messages`: text, or the result of a runnable.
struct InitialMessage
{
    std::optional<QString> raw;
    RunnableRef runnable; ///< used when `raw` is not set
    QJsonObject args;
    friend bool operator==(const InitialMessage &, const InitialMessage &) = default;
};

struct HeartbeatConfig
{
    int intervalSecs = 0;
    QString message;
    std::optional<QString> stateField;
    friend bool operator==(const HeartbeatConfig &, const HeartbeatConfig &) = default;
};

/// Windmill's retry object: `constant` is used up first, then `exponential`.
struct RetryConfig
{
    int constantAttempts = 0;
    int constantSeconds = 0;
    int exponentialAttempts = 0;
    int exponentialMultiplier = 1;
    int exponentialSeconds = 1;
    int randomFactor = 0; ///< percent, 0 to 100
    QString retryIf; ///< JavaScript over `result` and `error`; empty = always
    friend bool operator==(const RetryConfig &, const RetryConfig &) = default;
};

struct TlsConfig
{
    QString caFile;
    QString clientCert;
    QString clientKey;
    QStringList pinSha256; ///< SHA-256 of the certificate's public key, hex or base64
    friend bool operator==(const TlsConfig &, const TlsConfig &) = default;
};

/// `connection`: Earshot's own keys about the socket.
struct ConnectionConfig
{
    QList<QPair<QString, QString>> headers;
    QStringList subprotocols;
    QString origin;
    QString proxy = QStringLiteral("system"); ///< `system`, `none` or a URL
    TlsConfig tls;
    double connectTimeoutSecs = 30;
    qint64 maxMessageBytes = qint64(64) * 1024 * 1024;
    double pingIntervalSecs = 25; ///< 0 = no pings
    double pongTimeoutSecs = 20;
    double idleTimeoutSecs = 0; ///< 0 = no idle watchdog
    bool blockPrivate = false;
    friend bool operator==(const ConnectionConfig &, const ConnectionConfig &) = default;
};

enum class ReconnectPolicyKind { Backoff, Windmill };
enum class Overflow { DropNewest, DropOldest, Stop };
enum class Isolation { Process, Worker };
enum class BinaryHandling { Ignore, Base64 };

/// `delivery`: Earshot's own keys about runs.
struct DeliveryConfig
{
    int concurrency = 0; ///< 0 = the machine's limit (process) or one worker
    QString orderBy; ///< path into the message; empty = no key
    qint64 queueLimit = 100'000; ///< messages
    Overflow overflow = Overflow::DropNewest;
    Isolation isolation = Isolation::Process;
    double timeoutSecs = 300;
    bool durable = true;
    BinaryHandling binary = BinaryHandling::Ignore;
    int pauseAfterFailures = 0; ///< 0 = never
    bool repeatSafe = false;
    friend bool operator==(const DeliveryConfig &, const DeliveryConfig &) = default;
};

/// A trigger document as the service uses it. The document itself (JSON text with every key a
/// person wrote) is the truth; this is what was understood of it.
struct TriggerConfig
{
    QString path;
    RunnableRef runnable;
    /// `ws://…`, `wss://…`, `$script:<path>`, `$flow:<path>`; may hold `$var:` and `$res:`.
    QString url;
    QJsonObject urlArgs;
    /// Raw JSON text of `filters`: numbers keep the form they were written in (`1.0` is not `1`).
    QByteArray filtersJson = QByteArrayLiteral("[]");
    QString filterLogic = QStringLiteral("and");
    QList<InitialMessage> initialMessages;
    bool canReturnMessage = false;
    bool canReturnErrorResult = false;
    std::optional<HeartbeatConfig> heartbeat;
    TriggerMode mode = TriggerMode::Enabled;
    QString errorHandlerPath; ///< empty = none; a leading `script/` is removed
    QJsonObject errorHandlerArgs;
    std::optional<RetryConfig> retry;
    ConnectionConfig connection;
    ReconnectPolicyKind reconnectPolicy = ReconnectPolicyKind::Backoff;
    DeliveryConfig delivery;
    /// Dotted names of Earshot's keys that are kept but not acted on by this version.
    QStringList inactiveKeys;

    friend bool operator==(const TriggerConfig &, const TriggerConfig &) = default;
};

/// Which rules apply: saving refuses what Windmill refuses; listening takes what was stored and
/// leaves out what cannot be used, as Windmill does.
enum class Strictness { Save, Listen };

/// Reads a trigger document (`json`: the text of one JSON object). Every problem is an Error whose
/// message names the field; Windmill's texts where Windmill has one (windmill.md 1.2).
[[nodiscard]] Result<TriggerConfig> parseTriggerConfig(
    const QString &path, const QByteArray &json, Strictness strictness = Strictness::Save);

/// All problems at once, for editors: the same texts as parseTriggerConfig, in document order.
[[nodiscard]] QList<Error> validateTriggerDocument(const QByteArray &json);

/// `f/<folder>/<name>`, `u/<user>/<name>`: letters, digits, `_`, `-`, `.` in at least three
/// segments.
[[nodiscard]] Result<void> validateTriggerPath(QStringView path);

} // namespace earshot
