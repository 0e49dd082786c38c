// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/triggerkeys.h"

#include <algorithm>
#include <array>
#include <vector>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

struct Row
{
    const char *name;
    const char *type;
    const char *defaultValue;
    KeyActivity activity = KeyActivity::Active;
};

constexpr std::array kWindmillRows{
    Row{"script_path", "string", "required"},
    Row{"is_flow", "boolean", "required"},
    Row{"url", "string", "required"},
    Row{"filters", "array of filters", "required"},
    Row{"can_return_message", "boolean", "required"},
    Row{"can_return_error_result", "boolean", "required"},
    Row{"filter_logic", "\"and\" or \"or\"", "\"and\""},
    Row{"initial_messages", "array or null", "null"},
    Row{"initial_messages[].raw_message", "string", "one of the two"},
    Row{"initial_messages[].runnable_result", "object", "one of the two"},
    Row{"initial_messages[].runnable_result.path", "string", "required"},
    Row{"initial_messages[].runnable_result.args", "object or null", "required"},
    Row{"initial_messages[].runnable_result.is_flow", "boolean", "required"},
    Row{"url_runnable_args", "object or null", "null"},
    Row{"heartbeat", "object or null", "null"},
    Row{"heartbeat.interval_secs", "integer", "required"},
    Row{"heartbeat.message", "string", "required"},
    Row{"heartbeat.state_field", "string", "none"},
    Row{"mode", "\"enabled\", \"disabled\" or \"suspended\"", "\"enabled\""},
    Row{"enabled", "boolean", "none"},
    Row{"error_handler_path", "string", "none"},
    Row{"error_handler_args", "object", "none"},
    Row{"retry", "object", "none"},
    Row{"retry.constant.attempts", "integer", "0"},
    Row{"retry.constant.seconds", "integer", "0"},
    Row{"retry.exponential.attempts", "integer", "0"},
    Row{"retry.exponential.multiplier", "integer", "1"},
    Row{"retry.exponential.seconds", "integer", "1"},
    Row{"retry.exponential.random_factor", "integer", "0"},
    Row{"retry.retry_if.expr", "string", "none"},
    Row{"labels", "array of strings", "none"},
};

constexpr std::array kEarshotRows{
    Row{"connection.headers", "object of strings", "{}"},
    Row{"connection.subprotocols", "array of strings", "[]"},
    Row{"connection.origin", "string", "\"\""},
    Row{"connection.proxy", "string", "\"system\""},
    Row{"connection.tls.ca_file", "string", "\"\""},
    Row{"connection.tls.client_cert", "string", "\"\""},
    Row{"connection.tls.client_key", "string", "\"\""},
    Row{"connection.tls.pin_sha256", "string or array of strings", "[]"},
    Row{"connection.connect_timeout_secs", "number", "30"},
    Row{"connection.max_message_bytes", "integer", "67108864"},
    Row{"connection.ping_interval_secs", "number", "25"},
    Row{"connection.pong_timeout_secs", "number", "20"},
    Row{"connection.idle_timeout_secs", "number", "0"},
    Row{"connection.block_private", "boolean", "false"},
    Row{"connection.max_age_secs", "number", "none", KeyActivity::Inactive},
    Row{"connection.send_rate", "object", "none", KeyActivity::Inactive},
    Row{"session.ready_when", "filter", "none", KeyActivity::Inactive},
    Row{"session.ready_timeout_secs", "number", "none", KeyActivity::Inactive},
    Row{"session.variables", "array", "none", KeyActivity::Inactive},
    Row{"session.rules", "array", "none", KeyActivity::Inactive},
    Row{"session.heartbeat", "object", "none", KeyActivity::Inactive},
    Row{"session.resume", "object", "none", KeyActivity::Inactive},
    Row{"session.subscriptions", "array", "none", KeyActivity::Inactive},
    Row{"reconnect.policy", "\"backoff\" or \"windmill\"", "\"backoff\""},
    Row{"reconnect.close_codes", "object", "none", KeyActivity::Inactive},
    Row{"reconnect.handshake_status", "object", "none", KeyActivity::Inactive},
    Row{"reconnect.give_up_after", "number", "none", KeyActivity::Inactive},
    Row{"delivery.concurrency", "integer", "the machine's limit"},
    Row{"delivery.order_by", "path", "none"},
    Row{"delivery.queue_limit", "integer", "100000"},
    Row{"delivery.overflow", "\"drop_newest\", \"drop_oldest\" or \"stop\"", "\"drop_newest\""},
    Row{"delivery.isolation", "\"process\" or \"worker\"", "\"process\""},
    Row{"delivery.timeout_secs", "number", "300"},
    Row{"delivery.durable", "boolean", "true"},
    Row{"delivery.binary", "\"ignore\" or \"base64\"", "\"ignore\""},
    Row{"delivery.pause_after_failures", "integer", "0"},
    Row{"delivery.repeat_safe", "boolean", "false"},
    Row{"delivery.reply_order", "\"completion\" or \"arrival\"", "\"completion\"",
        KeyActivity::Inactive},
    Row{"delivery.dedupe", "object", "none", KeyActivity::Inactive},
    Row{"delivery.ack", "object", "none", KeyActivity::Inactive},
};

/// Levenshtein distance where swapping two neighbours counts as one step.
int editDistance(QStringView left, QStringView right)
{
    const auto rows = std::size_t(left.size()) + 1;
    const auto columns = std::size_t(right.size()) + 1;
    std::vector<std::vector<int>> cost(rows, std::vector<int>(columns));
    for (std::size_t i = 0; i < rows; ++i) {
        cost[i][0] = int(i);
    }
    for (std::size_t j = 0; j < columns; ++j) {
        cost[0][j] = int(j);
    }
    const auto at = [](QStringView text, std::size_t i) { return text.at(qsizetype(i) - 1); };
    for (std::size_t i = 1; i < rows; ++i) {
        for (std::size_t j = 1; j < columns; ++j) {
            const int change = at(left, i) == at(right, j) ? 0 : 1;
            cost[i][j]
                = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && at(left, i) == at(right, j - 1)
                && at(left, i - 1) == at(right, j)) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[rows - 1][columns - 1];
}

} // namespace

const QList<TriggerKey> &triggerKeyTable()
{
    static const QList<TriggerKey> table = [] {
        QList<TriggerKey> rows;
        const auto add = [&rows](const auto &source, KeyOrigin origin) {
            for (const Row &row : source) {
                rows.append({QString::fromLatin1(row.name), QString::fromLatin1(row.type),
                    QString::fromLatin1(row.defaultValue), origin, row.activity});
            }
        };
        add(kWindmillRows, KeyOrigin::Windmill);
        add(kEarshotRows, KeyOrigin::Earshot);
        return rows;
    }();
    return table;
}

const QStringList &extensionObjects()
{
    static const QStringList names{u"connection"_s, u"session"_s, u"reconnect"_s, u"delivery"_s};
    return names;
}

QString describeInactiveKey(const QString &dottedName)
{
    QStringList names = extensionObjects();
    for (const TriggerKey &key : triggerKeyTable()) {
        if (key.origin == KeyOrigin::Earshot) {
            names.append(key.name);
        }
    }
    if (names.contains(dottedName) || dottedName.contains(u'[')) {
        return u"%1 is kept but not active in this version"_s.arg(dottedName);
    }
    const QString unknown
        = u"%1 is not a key this version knows; it is kept but does nothing"_s.arg(dottedName);
    const QString near = nearestName(dottedName, names);
    return near.isEmpty() ? unknown : u"%1 (did you mean %2?)"_s.arg(unknown, near);
}

QString nearestName(QStringView name, const QStringList &candidates)
{
    // Longer than any key: whatever it is, it is no typing mistake, and the comparison would cost
    // its length for every candidate.
    constexpr qsizetype kLongestName = 64;
    if (name.size() > kLongestName) {
        return {};
    }
    QString best;
    // A third of the letters wrong is another word, not a typing mistake.
    int bestDistance = std::clamp(int(name.size() / 3), 1, 3) + 1;
    for (const QString &candidate : candidates) {
        const int distance = editDistance(name, candidate);
        if (distance < bestDistance) {
            best = candidate;
            bestDistance = distance;
        }
    }
    return best;
}

} // namespace earshot
