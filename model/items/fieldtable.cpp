// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/fieldtable.h"

#include "model/triggerkeys.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace earshot::items {

namespace {

struct Row
{
    FieldSection section;
    FieldKind kind;
    const char *key;
    const char *label;
    const char *help;
    const char *unit = "";
    const char *partOf = "";
    const char *initial = "";
};

struct ChoiceRow
{
    const char *key;
    const char *value;
    const char *words;
};

using enum FieldKind;
using enum FieldSection;

constexpr const char *kSecondsUnit = QT_TRANSLATE_NOOP("Fields", "seconds");
constexpr const char *kBytesUnit = QT_TRANSLATE_NOOP("Fields", "bytes");
constexpr const char *kLater = QT_TRANSLATE_NOOP(
    "Fields", "Kept in the document and exported; this version does not act on it yet.");

constexpr std::array kRows{
    Row{Connect, Url, "url", QT_TRANSLATE_NOOP("Fields", "Address"),
        QT_TRANSLATE_NOOP("Fields",
            "ws:// or wss://, or a script that returns the address each time a connection is "
            "made. $var:path and $res:path are replaced.")},
    Row{Connect, Arguments, "url_runnable_args", QT_TRANSLATE_NOOP("Fields", "Its arguments"),
        QT_TRANSLATE_NOOP("Fields", "What the script that returns the address is given."), "",
        "url"},
    Row{Connect, Headers, "connection.headers", QT_TRANSLATE_NOOP("Fields", "Headers"),
        QT_TRANSLATE_NOOP("Fields",
            "Sent with the handshake. Write a secret as $var:path, so that it is not stored "
            "here.")},
    Row{Connect, Strings, "connection.subprotocols", QT_TRANSLATE_NOOP("Fields", "Subprotocols"),
        QT_TRANSLATE_NOOP("Fields", "Offered to the server in this order, one a line.")},
    Row{Connect, Text, "connection.origin", QT_TRANSLATE_NOOP("Fields", "Origin"),
        QT_TRANSLATE_NOOP("Fields", "The Origin header; some servers ask for it.")},
    Row{Connect, Text, "connection.proxy", QT_TRANSLATE_NOOP("Fields", "Proxy"),
        QT_TRANSLATE_NOOP("Fields",
            "system, none, or a URL beginning with http://, https://, socks5:// or socks5h://.")},
    Row{Connect, File, "connection.tls.ca_file", QT_TRANSLATE_NOOP("Fields", "Trusted authorities"),
        QT_TRANSLATE_NOOP(
            "Fields", "PEM file of the certificate authorities to trust instead of the system's.")},
    Row{Connect, File, "connection.tls.client_cert",
        QT_TRANSLATE_NOOP("Fields", "Client certificate"),
        QT_TRANSLATE_NOOP("Fields", "PEM file to show to the server.")},
    Row{Connect, File, "connection.tls.client_key", QT_TRANSLATE_NOOP("Fields", "Client key"),
        QT_TRANSLATE_NOOP("Fields", "PEM file of the client certificate's key.")},
    Row{Connect, Strings, "connection.tls.pin_sha256", QT_TRANSLATE_NOOP("Fields", "Pinned keys"),
        QT_TRANSLATE_NOOP("Fields",
            "SHA-256 of the public keys the server may have, one a line: 64 hexadecimal digits "
            "or base64.")},
    Row{Connect, Switch, "connection.block_private",
        QT_TRANSLATE_NOOP("Fields", "Refuse private addresses"),
        QT_TRANSLATE_NOOP("Fields", "Never connect to this machine or a local network.")},
    Row{Connect, Seconds, "connection.connect_timeout_secs",
        QT_TRANSLATE_NOOP("Fields", "Time to connect"),
        QT_TRANSLATE_NOOP("Fields", "How long connecting may take, handshake included."),
        kSecondsUnit},
    Row{Connect, Seconds, "connection.ping_interval_secs",
        QT_TRANSLATE_NOOP("Fields", "Ping every"),
        QT_TRANSLATE_NOOP("Fields", "WebSocket pings that keep the line open; 0 sends none."),
        kSecondsUnit},
    Row{Connect, Seconds, "connection.pong_timeout_secs",
        QT_TRANSLATE_NOOP("Fields", "Wait for the pong"),
        QT_TRANSLATE_NOOP("Fields", "Without an answer for so long, connect anew."), kSecondsUnit},
    Row{Connect, Seconds, "connection.idle_timeout_secs",
        QT_TRANSLATE_NOOP("Fields", "Silence allowed"),
        QT_TRANSLATE_NOOP(
            "Fields", "Connect anew after so long without a byte from the server; 0 never does."),
        kSecondsUnit},
    Row{Connect, Seconds, "connection.max_age_secs", QT_TRANSLATE_NOOP("Fields", "Renew after"),
        kLater, kSecondsUnit},
    Row{Connect, Choice, "reconnect.policy", QT_TRANSLATE_NOOP("Fields", "When it breaks"),
        QT_TRANSLATE_NOOP("Fields", "How to connect again after the connection was lost.")},
    Row{Connect, Json, "reconnect.close_codes", QT_TRANSLATE_NOOP("Fields", "Close codes"), kLater},
    Row{Connect, Json, "reconnect.handshake_status",
        QT_TRANSLATE_NOOP("Fields", "Refused handshakes"), kLater},
    Row{Connect, Seconds, "reconnect.give_up_after", QT_TRANSLATE_NOOP("Fields", "Give up after"),
        kLater, kSecondsUnit},

    Row{OnOpen, InitialMessages, "initial_messages",
        QT_TRANSLATE_NOOP("Fields", "Initial messages"),
        QT_TRANSLATE_NOOP("Fields",
            "Sent in this order when the connection is open, before anything is read: logins, "
            "subscriptions.")},
    Row{OnOpen, Text, "initial_messages[].raw_message", "", "", "", "initial_messages"},
    Row{OnOpen, Json, "initial_messages[].runnable_result", "", "", "", "initial_messages"},
    Row{OnOpen, Text, "initial_messages[].runnable_result.path", "", "", "", "initial_messages"},
    Row{OnOpen, Json, "initial_messages[].runnable_result.args", "", "", "", "initial_messages"},
    Row{OnOpen, Switch, "initial_messages[].runnable_result.is_flow", "", "", "",
        "initial_messages"},
    Row{OnOpen, Json, "session.subscriptions", QT_TRANSLATE_NOOP("Fields", "Subscriptions"),
        kLater},
    Row{OnOpen, Json, "session.resume", QT_TRANSLATE_NOOP("Fields", "Resume"), kLater},

    Row{ReadyWhen, Json, "session.ready_when", QT_TRANSLATE_NOOP("Fields", "Ready when"), kLater},
    Row{ReadyWhen, Seconds, "session.ready_timeout_secs",
        QT_TRANSLATE_NOOP("Fields", "Time to be ready"), kLater, kSecondsUnit},
    Row{ReadyWhen, Json, "session.variables", QT_TRANSLATE_NOOP("Fields", "Captured values"),
        kLater},
    Row{ReadyWhen, Json, "session.rules", QT_TRANSLATE_NOOP("Fields", "Rules"), kLater},

    Row{FieldSection::Heartbeat, Presence, "heartbeat",
        QT_TRANSLATE_NOOP("Fields", "Send a heartbeat"),
        QT_TRANSLATE_NOOP("Fields", "The same message again and again while connected."), "", "",
        "{\"interval_secs\": 30, \"message\": \"ping\"}"},
    Row{FieldSection::Heartbeat, Integer, "heartbeat.interval_secs",
        QT_TRANSLATE_NOOP("Fields", "Every"),
        QT_TRANSLATE_NOOP("Fields", "Time before the first one and between two."), kSecondsUnit},
    Row{FieldSection::Heartbeat, HeartbeatText, "heartbeat.message",
        QT_TRANSLATE_NOOP("Fields", "Message"),
        QT_TRANSLATE_NOOP(
            "Fields", "With a state field, every {{state}} in it becomes the state as JSON.")},
    Row{FieldSection::Heartbeat, Text, "heartbeat.state_field",
        QT_TRANSLATE_NOOP("Fields", "State field"),
        QT_TRANSLATE_NOOP("Fields",
            "Top-level field of incoming JSON objects whose latest value is the state, as s in a "
            "Discord gateway.")},
    Row{FieldSection::Heartbeat, Json, "session.heartbeat",
        QT_TRANSLATE_NOOP("Fields", "Jitter and acknowledgement"), kLater},

    Row{Match, Filters, "filters", QT_TRANSLATE_NOOP("Fields", "Which messages"),
        QT_TRANSLATE_NOOP("Fields",
            "A value matches when the message has it and maybe more: objects by their members, "
            "arrays by their items. Without conditions every message matches."),
        "", "", "[]"},
    Row{Match, Choice, "filter_logic", QT_TRANSLATE_NOOP("Fields", "Logic"), "", "", "filters"},

    Row{Run, Runnable, "script_path", QT_TRANSLATE_NOOP("Fields", "Script"),
        QT_TRANSLATE_NOOP("Fields", "Run for each message that matches; it gets it as msg.")},
    Row{Run, Switch, "is_flow", QT_TRANSLATE_NOOP("Fields", "It is a flow"), "", "", "script_path",
        "false"},
    Row{Run, Choice, "mode", QT_TRANSLATE_NOOP("Fields", "Mode"),
        QT_TRANSLATE_NOOP(
            "Fields", "Suspended listens, and keeps its runs waiting until you let them go.")},
    Row{Run, Switch, "enabled", QT_TRANSLATE_NOOP("Fields", "Enabled (older form)"),
        QT_TRANSLATE_NOOP("Fields", "Mode wins where both are given.")},
    Row{Run, Integer, "delivery.concurrency", QT_TRANSLATE_NOOP("Fields", "Runs at once"),
        QT_TRANSLATE_NOOP(
            "Fields", "1 is one after the other. With worker isolation one is the default.")},
    Row{Run, Text, "delivery.order_by", QT_TRANSLATE_NOOP("Fields", "Keep order by"),
        QT_TRANSLATE_NOOP("Fields",
            "Path into the message, as user.id: runs with the same value stay in order.")},
    Row{Run, Choice, "delivery.isolation", QT_TRANSLATE_NOOP("Fields", "Isolation"),
        QT_TRANSLATE_NOOP("Fields", "A worker keeps what the script's module holds in memory.")},
    Row{Run, Switch, "delivery.durable", QT_TRANSLATE_NOOP("Fields", "Record before running"),
        QT_TRANSLATE_NOOP("Fields", "So that an accepted message survives a crash.")},
    Row{Run, Switch, "delivery.repeat_safe", QT_TRANSLATE_NOOP("Fields", "Safe to repeat"),
        QT_TRANSLATE_NOOP("Fields", "A run that the service's end interrupted may run again.")},
    Row{Run, Choice, "delivery.binary", QT_TRANSLATE_NOOP("Fields", "Binary messages"),
        QT_TRANSLATE_NOOP("Fields", "Windmill ignores them.")},
    Row{Run, Json, "delivery.dedupe", QT_TRANSLATE_NOOP("Fields", "Ignore repeats"), kLater},
    Row{Run, Strings, "labels", QT_TRANSLATE_NOOP("Fields", "Labels"),
        QT_TRANSLATE_NOOP("Fields", "Names to group triggers by, one a line.")},

    Row{Reply, Switch, "can_return_message", QT_TRANSLATE_NOOP("Fields", "Reply with the result"),
        QT_TRANSLATE_NOOP("Fields",
            "Sends what a run returns back on the connection: text as it is, null not at all, "
            "anything else as JSON."),
        "", "", "false"},
    Row{Reply, Switch, "can_return_error_result",
        QT_TRANSLATE_NOOP("Fields", "Reply with errors too"),
        QT_TRANSLATE_NOOP(
            "Fields", "Sends {\"error\": …} of a failed run. Needs the reply to be on as well."),
        "", "", "false"},
    Row{Reply, Choice, "delivery.reply_order", QT_TRANSLATE_NOOP("Fields", "Order of replies"),
        kLater},
    Row{Reply, Json, "delivery.ack", QT_TRANSLATE_NOOP("Fields", "Acknowledgement"), kLater},

    Row{OnError, Presence, "retry", QT_TRANSLATE_NOOP("Fields", "Run again after a failure"),
        QT_TRANSLATE_NOOP("Fields", "First the constant attempts, then the growing ones."), "", "",
        "{\"constant\": {\"attempts\": 3, \"seconds\": 5}}"},
    Row{OnError, Integer, "retry.constant.attempts",
        QT_TRANSLATE_NOOP("Fields", "Constant attempts"),
        QT_TRANSLATE_NOOP("Fields", "With a fixed wait before each.")},
    Row{OnError, Integer, "retry.constant.seconds", QT_TRANSLATE_NOOP("Fields", "Fixed wait"), "",
        kSecondsUnit},
    Row{OnError, Integer, "retry.exponential.attempts",
        QT_TRANSLATE_NOOP("Fields", "Growing attempts"),
        QT_TRANSLATE_NOOP("Fields", "The wait is multiplier × base ^ attempt.")},
    Row{OnError, Integer, "retry.exponential.multiplier", QT_TRANSLATE_NOOP("Fields", "Multiplier"),
        ""},
    Row{OnError, Integer, "retry.exponential.seconds", QT_TRANSLATE_NOOP("Fields", "Base"), "",
        kSecondsUnit},
    Row{OnError, Integer, "retry.exponential.random_factor", QT_TRANSLATE_NOOP("Fields", "Vary by"),
        QT_TRANSLATE_NOOP("Fields", "0 to 100; spreads many retries over time."),
        QT_TRANSLATE_NOOP("Fields", "percent")},
    Row{OnError, Expression, "retry.retry_if.expr", QT_TRANSLATE_NOOP("Fields", "Only if"),
        QT_TRANSLATE_NOOP(
            "Fields", "JavaScript over result and error, as error.name === \"TimeoutError\".")},
    Row{OnError, Script, "error_handler_path", QT_TRANSLATE_NOOP("Fields", "Error handler"),
        QT_TRANSLATE_NOOP("Fields",
            "A script that runs when a run failed for good. A flow has a failure module of its "
            "own instead.")},
    Row{OnError, Arguments, "error_handler_args", QT_TRANSLATE_NOOP("Fields", "Its arguments"),
        QT_TRANSLATE_NOOP("Fields", "Added to error, path, trigger_path, job_id and started_at.")},
    Row{OnError, Integer, "delivery.pause_after_failures",
        QT_TRANSLATE_NOOP("Fields", "Suspend after"),
        QT_TRANSLATE_NOOP("Fields", "So many failures in a row suspend the trigger; 0 never does."),
        QT_TRANSLATE_NOOP("Fields", "failures")},

    Row{Limits, Seconds, "delivery.timeout_secs", QT_TRANSLATE_NOOP("Fields", "Time for a run"),
        QT_TRANSLATE_NOOP("Fields", "A run that takes longer is stopped and counts as failed."),
        kSecondsUnit},
    Row{Limits, Integer, "delivery.queue_limit", QT_TRANSLATE_NOOP("Fields", "Waiting messages"),
        QT_TRANSLATE_NOOP("Fields", "How many may wait for their run."),
        QT_TRANSLATE_NOOP("Fields", "messages")},
    Row{Limits, Choice, "delivery.overflow", QT_TRANSLATE_NOOP("Fields", "Beyond that"),
        QT_TRANSLATE_NOOP("Fields", "Every message that is dropped is counted and shown.")},
    Row{Limits, Bytes, "connection.max_message_bytes",
        QT_TRANSLATE_NOOP("Fields", "Largest message"),
        QT_TRANSLATE_NOOP("Fields", "A larger one closes the connection with 1009. At most 1 GiB."),
        kBytesUnit},
    Row{Limits, Json, "connection.send_rate", QT_TRANSLATE_NOOP("Fields", "Sending rate"), kLater},
};

constexpr std::array kChoices{
    ChoiceRow{"filter_logic", "and", QT_TRANSLATE_NOOP("Fields", "all conditions match")},
    ChoiceRow{"filter_logic", "or", QT_TRANSLATE_NOOP("Fields", "one condition matches")},
    ChoiceRow{"mode", "enabled", QT_TRANSLATE_NOOP("Fields", "enabled: listens and runs")},
    ChoiceRow{"mode", "disabled", QT_TRANSLATE_NOOP("Fields", "disabled: not connected")},
    ChoiceRow{"mode", "suspended", QT_TRANSLATE_NOOP("Fields", "suspended: runs wait")},
    ChoiceRow{"reconnect.policy", "backoff",
        QT_TRANSLATE_NOOP("Fields", "backoff: soon, then slower, never giving up")},
    ChoiceRow{"reconnect.policy", "windmill",
        QT_TRANSLATE_NOOP("Fields", "windmill: its timing, off after five failures")},
    ChoiceRow{"delivery.isolation", "process",
        QT_TRANSLATE_NOOP("Fields", "process: a new one for each message")},
    ChoiceRow{"delivery.isolation", "worker",
        QT_TRANSLATE_NOOP("Fields", "worker: one for all messages")},
    ChoiceRow{"delivery.binary", "ignore", QT_TRANSLATE_NOOP("Fields", "ignore")},
    ChoiceRow{"delivery.binary", "base64", QT_TRANSLATE_NOOP("Fields", "base64: as text in msg")},
    ChoiceRow{
        "delivery.reply_order", "completion", QT_TRANSLATE_NOOP("Fields", "as runs complete")},
    ChoiceRow{
        "delivery.reply_order", "arrival", QT_TRANSLATE_NOOP("Fields", "as messages arrived")},
    ChoiceRow{
        "delivery.overflow", "drop_newest", QT_TRANSLATE_NOOP("Fields", "drop the new message")},
    ChoiceRow{"delivery.overflow", "drop_oldest",
        QT_TRANSLATE_NOOP("Fields", "drop the one that waited longest")},
    ChoiceRow{"delivery.overflow", "stop", QT_TRANSLATE_NOOP("Fields", "stop the trigger")},
};

QString translated(const char *text)
{
    return *text == '\0' ? QString() : QCoreApplication::translate("Fields", text);
}

Field fieldOf(const Row &row)
{
    Field field{.key = QString::fromLatin1(row.key),
        .section = row.section,
        .kind = row.kind,
        .label = translated(row.label),
        .help = translated(row.help),
        .unit = translated(row.unit),
        .partOf = QString::fromLatin1(row.partOf),
        .initial = QString::fromLatin1(row.initial),
        .defaultValue = {},
        .required = false,
        .active = true,
        .choices = {}};
    const auto &keys = triggerKeyTable();
    const auto known = std::ranges::find(keys, field.key, &TriggerKey::name);
    if (known != keys.end()) {
        field.required = known->defaultValue == "required"_L1;
        field.active = known->activity == KeyActivity::Active;
        const bool hasDefault = !field.required && known->defaultValue != "none"_L1
            && known->defaultValue != "null"_L1 && known->defaultValue != "one of the two"_L1;
        field.defaultValue = hasDefault ? known->defaultValue : QString();
    }
    for (const ChoiceRow &choice : kChoices) {
        if (field.key == QLatin1StringView(choice.key)) {
            field.choices.append({QString::fromLatin1(choice.value), translated(choice.words)});
        }
    }
    return field;
}

} // namespace

QString sectionTitle(FieldSection section)
{
    static constexpr std::array<const char *, kFieldSections> kTitles{
        QT_TRANSLATE_NOOP("Fields", "Connect"), QT_TRANSLATE_NOOP("Fields", "On open"),
        QT_TRANSLATE_NOOP("Fields", "Ready when"), QT_TRANSLATE_NOOP("Fields", "Heartbeat"),
        QT_TRANSLATE_NOOP("Fields", "Match"), QT_TRANSLATE_NOOP("Fields", "Run"),
        QT_TRANSLATE_NOOP("Fields", "Reply"), QT_TRANSLATE_NOOP("Fields", "On error"),
        QT_TRANSLATE_NOOP("Fields", "Limits")};
    return translated(kTitles.at(std::size_t(section)));
}

QString sectionHelp(FieldSection section)
{
    static constexpr std::array<const char *, kFieldSections> kHelp{
        QT_TRANSLATE_NOOP("Fields", "Where to connect, and how to stay connected."),
        QT_TRANSLATE_NOOP("Fields", "What to say first."),
        QT_TRANSLATE_NOOP("Fields",
            "Logins that wait for an answer. Not active yet: a session is ready when it is open "
            "and the initial messages are sent."),
        QT_TRANSLATE_NOOP("Fields", "What to say again and again."),
        QT_TRANSLATE_NOOP("Fields", "Which messages to run the script for."),
        QT_TRANSLATE_NOOP("Fields", "What to run, and how many at once."),
        QT_TRANSLATE_NOOP("Fields", "What to send back."),
        QT_TRANSLATE_NOOP("Fields", "What to do when a run fails."),
        QT_TRANSLATE_NOOP("Fields", "How much is too much, and what happens then.")};
    return translated(kHelp.at(std::size_t(section)));
}

bool Field::matches(const QString &search) const
{
    const QString text = label + u'\n' + help + u'\n' + key;
    const QStringList words = search.split(u' ', Qt::SkipEmptyParts);
    return std::ranges::all_of(
        words, [&text](const QString &word) { return text.contains(word, Qt::CaseInsensitive); });
}

const QList<Field> &fieldTable()
{
    static const QList<Field> table = [] {
        QList<Field> fields;
        for (const Row &row : kRows) {
            fields.append(fieldOf(row));
        }
        return fields;
    }();
    return table;
}

const Field *findField(QStringView key)
{
    const auto &table = fieldTable();
    const auto found = std::ranges::find(table, key, &Field::key);
    return found == table.end() ? nullptr : &*found;
}

const Field *fieldAt(const JsonPath &path)
{
    for (qsizetype length = path.size(); length > 0; --length) {
        if (const Field *field = findField(path.first(length).join(u'.'))) {
            return field->hasRow() ? field : findField(field->partOf);
        }
    }
    // An object whose members have rows: the first of them.
    const QString prefix = path.join(u'.') + u'.';
    const auto &table = fieldTable();
    const auto found = std::ranges::find_if(table,
        [&prefix](const Field &field) { return field.hasRow() && field.key.startsWith(prefix); });
    return path.isEmpty() || found == table.end() ? nullptr : &*found;
}

} // namespace earshot::items
