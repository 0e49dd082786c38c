// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/triggerconfig.h"

#include "model/documentproblems.h"
#include "model/filtervalidation.h"
#include "model/triggerextensions.h"
#include "model/triggerkeys.h"
#include "model/triggerreader.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QUrl>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

using Where = MemberReader::Where;

constexpr qsizetype kMaxPathLength = 255;
constexpr int kMaxCount = std::numeric_limits<int>::max();

/// serde's words, which is what Windmill answers.
QString missingField(QLatin1StringView key)
{
    return u"missing field `%1`"_s.arg(key);
}

/// Reads the keys that are Windmill's.
class WindmillReader
{
public:
    WindmillReader(MemberReader &reader, TriggerConfig &config)
        : m_reader(reader)
        , m_config(config)
        , m_root{reader.document().root(), {}}
    { }

    void read()
    {
        for (const QLatin1StringView key : {"script_path"_L1, "is_flow"_L1, "url"_L1, "filters"_L1,
                 "can_return_message"_L1, "can_return_error_result"_L1}) {
            require(m_root, key);
        }
        readRunnable();
        readUrl();
        readFilters();
        m_reader.readBool(m_root, "can_return_message"_L1, m_config.canReturnMessage);
        m_reader.readBool(m_root, "can_return_error_result"_L1, m_config.canReturnErrorResult);
        readInitialMessages();
        m_reader.readObject(m_root, "url_runnable_args"_L1, m_config.urlArgs);
        readHeartbeat();
        readMode();
        readErrorHandler();
        readRetry();
        readLabels();
    }

private:
    bool require(const Where &where, QLatin1StringView key)
    {
        if (where.object.member(key)) {
            return true;
        }
        QString detail;
        if (where.prefix.isEmpty()) {
            QStringList names;
            for (const JsonNode::Key &present : where.object.keys) {
                names.append(present.name);
            }
            const QString near = nearestName(QString(key), names);
            if (!near.isEmpty() && !isKnown(near)) {
                detail = u"Did you mean %1 where you wrote %2?"_s.arg(key, near);
            }
        }
        const QString place
            = where.prefix.isEmpty() ? QString() : where.prefix.chopped(1) + u": "_s;
        m_reader.failMissing(where.object, key, place + missingField(key), detail);
        return false;
    }

    static bool isKnown(const QString &name)
    {
        const auto &table = triggerKeyTable();
        return std::any_of(table.begin(), table.end(),
            [&name](const TriggerKey &known) { return known.name == name; });
    }

    void readRunnable()
    {
        m_reader.readString(m_root, "script_path"_L1, m_config.runnable.path);
        m_reader.readBool(m_root, "is_flow"_L1, m_config.runnable.isFlow);
        const JsonNode *node = m_root.object.member(u"script_path");
        if (node && node->isString() && node->text.trimmed().isEmpty()) {
            m_reader.fail(*node, u"script_path cannot be empty"_s);
        }
    }

    void readUrl()
    {
        m_reader.readString(m_root, "url"_L1, m_config.url);
        const JsonNode *node = m_root.object.member(u"url");
        if (!node || !node->isString()) {
            return;
        }
        const QString url = m_config.url.trimmed();
        if (url.isEmpty()) {
            m_reader.fail(*node, u"WebSocket URL cannot be empty"_s);
            return;
        }
        // What a runnable, a variable or a resource gives is known at connect only.
        if (url.startsWith(u'$') || url.contains("$var:"_L1) || url.contains("$res:"_L1)) {
            return;
        }
        // The URL may hold a token, so no text shows more of it than the scheme.
        const QUrl parsed(url);
        const QString scheme = parsed.scheme();
        const QString hint = u"A WebSocket URL begins with ws:// or wss://"_s;
        if (!parsed.isValid() || scheme.isEmpty()) {
            m_reader.fail(*node, u"url is not a valid URL"_s, hint);
        } else if (scheme == "http"_L1 || scheme == "https"_L1) {
            m_reader.fail(
                *node, u"url must begin with ws:// or wss://, got %1://"_s.arg(scheme), hint);
        } else if (scheme != "ws"_L1 && scheme != "wss"_L1) {
            m_reader.fail(*node,
                u"URL scheme '%1' is not allowed, only http and https are permitted"_s.arg(scheme),
                hint);
        } else if (parsed.host().isEmpty()) {
            m_reader.fail(*node, u"url names no host"_s, hint);
        }
    }

    void readFilters()
    {
        if (const JsonNode *node = m_root.object.member(u"filters")) {
            const QByteArray raw = m_reader.document().raw(*node);
            if (!node->isArray()) {
                m_reader.fail(*node, filtertext::filtersIsNoArray().message);
            } else {
                m_config.filtersJson = raw;
                for (const Error &error : filterErrors(QJsonDocument::fromJson(raw).array())) {
                    m_reader.fail(*node, error.message, error.detail);
                }
            }
        }
        m_reader.readChoice<QString>(
            m_root, "filter_logic"_L1, {{"and", u"and"_s}, {"or", u"or"_s}}, m_config.filterLogic);
    }

    void readInitialMessages()
    {
        const JsonNode *node = m_root.object.member(u"initial_messages");
        if (!node || node->isNull()) {
            return;
        }
        if (!node->isArray()) {
            m_reader.mismatch(*node, u"initial_messages"_s, u"an array"_s);
            return;
        }
        for (std::size_t i = 0; i < node->items.size(); ++i) {
            readInitialMessage(node->items[i], u"initial_messages[%1]"_s.arg(i));
        }
    }

    void readInitialMessage(const JsonNode &node, const QString &field)
    {
        const JsonNode *raw = node.member(u"raw_message");
        const JsonNode *result = node.member(u"runnable_result");
        if (!raw && !result) {
            m_reader.fail(
                node, u"%1 must have exactly one key, raw_message or runnable_result"_s.arg(field));
        } else if (node.keys.size() != 1) {
            // Windmill saves such an entry and never sends it.
            m_config.inactiveKeys.append(field);
        } else if (raw) {
            if (raw->isString()) {
                m_config.initialMessages.append({.raw = raw->text, .runnable = {}, .args = {}});
            } else {
                m_reader.mismatch(*raw, field + u".raw_message"_s, u"a string"_s);
            }
        } else {
            readRunnableResult(*result, field + u".runnable_result"_s);
        }
    }

    void readRunnableResult(const JsonNode &node, const QString &field)
    {
        if (!node.isObject()) {
            m_reader.mismatch(node, field, u"an object"_s);
            return;
        }
        const Where where{node, field + u'.'};
        InitialMessage message;
        const bool hasPath = require(where, "path"_L1);
        const bool hasArgs = require(where, "args"_L1);
        const bool hasKind = require(where, "is_flow"_L1);
        m_reader.readString(where, "path"_L1, message.runnable.path);
        m_reader.readObject(where, "args"_L1, message.args);
        m_reader.readBool(where, "is_flow"_L1, message.runnable.isFlow);
        const JsonNode *path = node.member(u"path");
        if (path && path->isString() && path->text.trimmed().isEmpty()) {
            m_reader.fail(*path, u"%1.path cannot be empty"_s.arg(field));
        } else if (hasPath && hasArgs && hasKind) {
            m_config.initialMessages.append(message);
        }
    }

    void readHeartbeat()
    {
        const JsonNode *node = m_root.object.member(u"heartbeat");
        if (!node || node->isNull()) {
            return;
        }
        if (!node->isObject()) {
            m_reader.mismatch(*node, u"heartbeat"_s, u"an object"_s);
            return;
        }
        const Where where{*node, u"heartbeat."_s};
        HeartbeatConfig heartbeat;
        require(where, "interval_secs"_L1);
        require(where, "message"_L1);
        if (const JsonNode *interval = node->member(u"interval_secs")) {
            bool isInteger = false;
            const qint64 seconds = m_reader.document().raw(*interval).toLongLong(&isInteger);
            if (interval->isNumber() && isInteger && seconds < 1) {
                m_reader.fail(*interval, u"heartbeat interval_secs must be at least 1"_s);
            } else {
                m_reader.readInteger(
                    where, "interval_secs"_L1, 1, kMaxSeconds, heartbeat.intervalSecs);
            }
        }
        m_reader.readString(where, "message"_L1, heartbeat.message);
        const JsonNode *message = node->member(u"message");
        if (message && message->isString() && message->text.isEmpty()) {
            m_reader.fail(*message, u"heartbeat message cannot be empty"_s);
        }
        if (const JsonNode *field = node->member(u"state_field"); field && !field->isNull()) {
            QString name;
            m_reader.readString(where, "state_field"_L1, name);
            heartbeat.stateField = name;
        }
        if (heartbeat.intervalSecs >= 1 && !heartbeat.message.isEmpty()) {
            m_config.heartbeat = heartbeat;
        }
    }

    void readMode()
    {
        const JsonNode *mode = m_root.object.member(u"mode");
        const JsonNode *enabled = m_root.object.member(u"enabled");
        if (enabled && !enabled->isNull()) {
            bool on = true;
            m_reader.readBool(m_root, "enabled"_L1, on);
            m_config.mode = on ? TriggerMode::Enabled : TriggerMode::Disabled;
        }
        if (mode && !mode->isNull()) {
            // Nothing may start to listen because its mode could not be read.
            m_config.mode = TriggerMode::Disabled;
            m_reader.readChoice<TriggerMode>(m_root, "mode"_L1,
                {{"enabled", TriggerMode::Enabled}, {"disabled", TriggerMode::Disabled},
                    {"suspended", TriggerMode::Suspended}},
                m_config.mode);
        }
    }

    void readErrorHandler()
    {
        const JsonNode *path = m_root.object.member(u"error_handler_path");
        if (path && !path->isNull()) {
            m_reader.readString(m_root, "error_handler_path"_L1, m_config.errorHandlerPath);
            const QString prefix = u"script/"_s;
            if (m_config.errorHandlerPath.startsWith(prefix)) {
                m_config.errorHandlerPath.remove(0, prefix.size());
            }
        }
        m_reader.readObject(m_root, "error_handler_args"_L1, m_config.errorHandlerArgs);
    }

    void readRetry()
    {
        const JsonNode *node = m_root.object.member(u"retry");
        if (!node || node->isNull()) {
            return;
        }
        if (!node->isObject()) {
            m_reader.mismatch(*node, u"retry"_s, u"an object"_s);
            return;
        }
        RetryConfig retry;
        if (const JsonNode *part = retryPart(*node, "constant"_L1)) {
            const Where where{*part, u"retry.constant."_s};
            m_reader.readInteger(where, "attempts"_L1, 0, kMaxCount, retry.constantAttempts);
            m_reader.readInteger(where, "seconds"_L1, 0, kMaxSeconds, retry.constantSeconds);
        }
        if (const JsonNode *part = retryPart(*node, "exponential"_L1)) {
            const Where where{*part, u"retry.exponential."_s};
            m_reader.readInteger(where, "attempts"_L1, 0, kMaxCount, retry.exponentialAttempts);
            m_reader.readInteger(where, "multiplier"_L1, 0, kMaxCount, retry.exponentialMultiplier);
            m_reader.readInteger(where, "seconds"_L1, 1, kMaxSeconds, retry.exponentialSeconds);
            m_reader.readInteger(where, "random_factor"_L1, 0, 100, retry.randomFactor);
        }
        if (const JsonNode *part = retryPart(*node, "retry_if"_L1)) {
            const Where where{*part, u"retry.retry_if."_s};
            require(where, "expr"_L1);
            m_reader.readString(where, "expr"_L1, retry.retryIf);
        }
        m_config.retry = retry;
    }

    const JsonNode *retryPart(const JsonNode &retry, QLatin1StringView key)
    {
        const JsonNode *part = retry.member(key);
        if (part && !part->isObject()) {
            m_reader.mismatch(*part, u"retry."_s + key, u"an object"_s);
            return nullptr;
        }
        return part;
    }

    void readLabels()
    {
        const JsonNode *node = m_root.object.member(u"labels");
        if (node && !node->isNull()) {
            QStringList labels;
            m_reader.readStrings(m_root, "labels"_L1, labels);
        }
    }

    MemberReader &m_reader;
    TriggerConfig &m_config;
    Where m_root;
};

struct Reading
{
    TriggerConfig config;
    QList<DocumentProblem> problems;
};

Result<Reading> readDocument(const QByteArray &json, Strictness strictness)
{
    const Result<JsonText> document = JsonText::parse(
        json, strictness == Strictness::Save ? DuplicateKeys::Refuse : DuplicateKeys::Accept);
    if (!document) {
        return document.error();
    }
    if (!document->root().isObject()) {
        return Error{ErrorCode::Parse, u"a trigger must be a JSON object"_s, {}};
    }
    MemberReader reader(*document);
    Reading reading;
    WindmillReader(reader, reading.config).read();
    readExtensions(reader, reading.config);
    for (const MemberReader::Found &found : reader.found()) {
        reading.problems.append({.error = found.error, .pointer = reader.pointerOf(found)});
    }
    return reading;
}

bool isPathSegment(QStringView segment)
{
    if (segment.isEmpty() || segment == "."_L1 || segment == ".."_L1) {
        return false;
    }
    return std::all_of(segment.begin(), segment.end(), [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9')
            || c == u'_' || c == u'-' || c == u'.';
    });
}

} // namespace

QString toString(TriggerMode mode)
{
    switch (mode) {
    case TriggerMode::Enabled:
        return QStringLiteral("enabled");
    case TriggerMode::Disabled:
        return QStringLiteral("disabled");
    case TriggerMode::Suspended:
        return QStringLiteral("suspended");
    }
    return {};
}

std::optional<TriggerMode> triggerModeFromString(QStringView text)
{
    for (const TriggerMode mode :
        {TriggerMode::Enabled, TriggerMode::Disabled, TriggerMode::Suspended}) {
        if (text == toString(mode)) {
            return mode;
        }
    }
    return std::nullopt;
}

Result<TriggerConfig> parseTriggerConfig(
    const QString &path, const QByteArray &json, Strictness strictness)
{
    Result<Reading> reading = readDocument(json, strictness);
    if (!reading) {
        return reading.error();
    }
    if (strictness == Strictness::Save && !reading->problems.isEmpty()) {
        return reading->problems.first().error;
    }
    TriggerConfig config = std::move(reading->config);
    config.path = path;
    // Listening makes do without whatever it cannot read, but not without these two.
    if (config.url.trimmed().isEmpty()) {
        return Error{ErrorCode::InvalidArgument, u"WebSocket URL cannot be empty"_s, {}};
    }
    if (config.runnable.path.trimmed().isEmpty()) {
        return Error{ErrorCode::InvalidArgument, u"script_path cannot be empty"_s, {}};
    }
    return config;
}

QList<Error> validateTriggerDocument(const QByteArray &json)
{
    QList<Error> errors;
    for (const DocumentProblem &problem : documentProblems(json)) {
        errors.append(problem.error);
    }
    return errors;
}

QList<DocumentProblem> documentProblems(const QByteArray &json)
{
    const Result<Reading> reading = readDocument(json, Strictness::Save);
    return reading ? reading->problems
                   : QList<DocumentProblem>{{.error = reading.error(), .pointer = {}}};
}

Result<void> validateTriggerPath(QStringView path)
{
    const auto refuse = [path](const QString &reason) {
        constexpr qsizetype kShownLength = 80;
        return Error{ErrorCode::InvalidArgument,
            u"trigger path \"%1\" %2"_s.arg(path.left(kShownLength), reason),
            u"A path looks like f/folder/name or u/user/name"_s};
    };
    if (path.size() > kMaxPathLength) {
        return refuse(u"is longer than %1 characters"_s.arg(kMaxPathLength));
    }
    const QList<QStringView> segments = path.split(u'/');
    if (segments.size() < 3 || (segments.first() != u'f' && segments.first() != u'u')) {
        return refuse(u"must be f/<folder>/<name> or u/<user>/<name>"_s);
    }
    if (!std::all_of(segments.begin(), segments.end(), isPathSegment)) {
        return refuse(u"may hold only letters, digits, '_', '-' and '.' between its slashes"_s);
    }
    return {};
}

} // namespace earshot
