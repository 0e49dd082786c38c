// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/documentproblems.h"
#include "model/jsontext.h"
#include "model/triggerconfig.h"
#include "model/triggerkeys.h"

#include <QFile>
#include <QTest>

using namespace earshot;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kMinimal = "{\"script_path\":\"f/a/b\",\"is_flow\":false,"
                            "\"url\":\"ws://localhost:1234\",\"filters\":[],"
                            "\"can_return_message\":false,\"can_return_error_result\":false}";

QByteArray dataFile(const QString &name)
{
    QFile file(QFINDTESTDATA(QString(u"data/"_s + name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The minimal document with one member set.
QByteArray with(const QString &key, const QByteArray &value)
{
    return setTopLevelMember(kMinimal, key, value).value();
}

TriggerConfig parsed(const QByteArray &json)
{
    const auto config = parseTriggerConfig(u"f/a/t"_s, json);
    if (!config) {
        qWarning().noquote() << config.error().message;
        return {};
    }
    return *config;
}

QString refusal(const QByteArray &json)
{
    const auto config = parseTriggerConfig(u"f/a/t"_s, json);
    return config ? u"accepted"_s : config.error().message;
}

} // namespace

class TestTriggerConfig final : public QObject
{
    Q_OBJECT

private slots:
    void minimal()
    {
        const TriggerConfig config = parsed(kMinimal);
        TriggerConfig expected;
        expected.path = u"f/a/t"_s;
        expected.runnable = {u"f/a/b"_s, false};
        expected.url = u"ws://localhost:1234"_s;
        QCOMPARE(config, expected);
        QVERIFY(config.mode == TriggerMode::Enabled);
        QVERIFY(!config.heartbeat);
        QVERIFY(validateTriggerDocument(kMinimal).isEmpty());
    }

    void everyKey()
    {
        const TriggerConfig config = parsed(dataFile(u"every_key.json"_s));
        QCOMPARE(config.runnable, (RunnableRef{u"f/a/flow"_s, true}));
        QCOMPARE(config.url, u"$script:f/a/url"_s);
        QCOMPARE(config.urlArgs.value("big"_L1).toInteger(), Q_INT64_C(9007199254740993));
        QCOMPARE(config.filtersJson, QByteArray("[ {\"key\": \"op\", \"value\": 1.0} ]"));
        QCOMPARE(config.filterLogic, u"or"_s);
        QCOMPARE(config.initialMessages.size(), 3);
        QCOMPARE(config.initialMessages.at(0).raw, u"hi"_s);
        QVERIFY(!config.initialMessages.at(1).raw);
        QCOMPARE(config.initialMessages.at(1).runnable, (RunnableRef{u"f/a/i"_s, true}));
        QCOMPARE(config.initialMessages.at(1).args.value("a"_L1).toInt(), 1);
        QVERIFY(config.initialMessages.at(2).args.isEmpty());
        QVERIFY(config.canReturnMessage && config.canReturnErrorResult);
        QCOMPARE(*config.heartbeat, (HeartbeatConfig{41, u"{{state}}"_s, u"s"_s}));
        QVERIFY(config.mode == TriggerMode::Suspended);
        QCOMPARE(config.errorHandlerPath, u"f/ops/on_error"_s);
        QCOMPARE(config.errorHandlerArgs.value("channel"_L1).toString(), u"alerts"_s);
        QCOMPARE(*config.retry, (RetryConfig{3, 5, 2, 4, 6, 7, u"error.name == 'X'"_s}));
        ConnectionConfig connection;
        connection.headers = {{u"X-B"_s, u"2"_s}, {u"Authorization"_s, u"$var:f/a/t"_s},
            {u"X-M"_s, u"1"_s}, {u"X-M"_s, u"2"_s}};
        connection.subprotocols = QStringList{u"v1"_s, u"v2"_s};
        connection.origin = u"https://x"_s;
        connection.proxy = u"socks5://p:1"_s;
        connection.tls = {u"/ca"_s, u"/c"_s, u"/k"_s,
            {u"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"_s}};
        connection.connectTimeoutSecs = 1.5;
        connection.maxMessageBytes = 1024;
        connection.pingIntervalSecs = 0;
        connection.pongTimeoutSecs = 3;
        connection.idleTimeoutSecs = 60;
        connection.blockPrivate = true;
        QCOMPARE(config.connection, connection);
        QVERIFY(config.reconnectPolicy == ReconnectPolicyKind::Windmill);
        QCOMPARE(config.delivery,
            (DeliveryConfig{1, u"d.user.id"_s, 5, Overflow::DropOldest, Isolation::Worker, 10,
                false, BinaryHandling::Base64, 3, true}));
        QCOMPARE(config.inactiveKeys, QStringList());
    }

    void mode_data()
    {
        QTest::addColumn<QByteArray>("members");
        QTest::addColumn<TriggerMode>("mode");
        QTest::newRow("neither") << QByteArray("\"x\":1") << TriggerMode::Enabled;
        QTest::newRow("enabled false") << QByteArray("\"enabled\":false") << TriggerMode::Disabled;
        QTest::newRow("enabled true") << QByteArray("\"enabled\":true") << TriggerMode::Enabled;
        QTest::newRow("mode wins")
            << QByteArray(R"("mode":"disabled","enabled":true)") << TriggerMode::Disabled;
        QTest::newRow("mode wins, other order")
            << QByteArray(R"("enabled":false,"mode":"enabled")") << TriggerMode::Enabled;
        QTest::newRow("null mode")
            << QByteArray(R"("enabled":false,"mode":null)") << TriggerMode::Disabled;
        QTest::newRow("suspended") << QByteArray(R"("mode":"suspended")") << TriggerMode::Suspended;
    }
    void mode()
    {
        QFETCH(QByteArray, members);
        QFETCH(TriggerMode, mode);
        QVERIFY(parsed(kMinimal.chopped(1) + "," + members + "}").mode == mode);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("text");
        const auto row = [](const char *key, const char *value, const QString &text) {
            QTest::addRow("%s %s", key, value)
                << QString::fromLatin1(key) << QByteArray(value) << text;
        };
        row("url", "\"   \"", u"WebSocket URL cannot be empty"_s);
        row("url", "\"\"", u"WebSocket URL cannot be empty"_s);
        row("url", "5", u"url must be a string, got a number"_s);
        row("url", "\"ftp://secret@x\"",
            u"URL scheme 'ftp' is not allowed, only http and https are permitted"_s);
        row("url", "\"http://x\"", u"url must begin with ws:// or wss://, got http://"_s);
        row("url", "\"localhost\"", u"url is not a valid URL"_s);
        row("url", "\"ws://\"", u"url names no host"_s);
        row("script_path", "\" \"", u"script_path cannot be empty"_s);
        row("is_flow", "\"yes\"", u"is_flow must be true or false, got \"yes\""_s);
        row("can_return_message", "null", u"can_return_message must be true or false, got null"_s);
        row("url_runnable_args", "[1]", u"url_runnable_args must be an object"_s);
        row("url_runnable_args", "\"x\"", u"url_runnable_args must be an object"_s);
        row("heartbeat", "{\"interval_secs\":0,\"message\":\"x\"}",
            u"heartbeat interval_secs must be at least 1"_s);
        row("heartbeat", "{\"interval_secs\":-3,\"message\":\"x\"}",
            u"heartbeat interval_secs must be at least 1"_s);
        row("heartbeat", "{\"interval_secs\":1.5,\"message\":\"x\"}",
            u"heartbeat.interval_secs must be an integer of at least 1, got 1.5"_s);
        row("heartbeat", "{\"interval_secs\":\"1\",\"message\":\"x\"}",
            u"heartbeat.interval_secs must be an integer of at least 1, got \"1\""_s);
        row("heartbeat", "{\"interval_secs\":99999999999,\"message\":\"x\"}",
            u"heartbeat.interval_secs must be an integer of at most 2147483, got 99999999999"_s);
        row("heartbeat", "{\"interval_secs\":1,\"message\":\"\"}",
            u"heartbeat message cannot be empty"_s);
        row("heartbeat", "{\"interval_secs\":1}", u"heartbeat: missing field `message`"_s);
        row("heartbeat", "5", u"heartbeat must be an object, got 5"_s);
        row("filters", "{}", u"filters must be an array of filters"_s);
        row("filters", "[{\"key\":\"a\",\"path\":\"b\",\"value\":1}]",
            u"filter #1 names its field with both key and path; use one or the other"_s);
        row("filters",
            "[{\"key\":\"a\",\"value\":1},{\"all_of\":[{\"key\":\"x\",\"value\":1},"
            "{\"any_of\":[{\"bogus\":1}]}]}]",
            u"filter #2 -> all_of[1] -> any_of[0] is neither a {key, value} / {path, value} "
            "criterion nor an any_of/all_of/none_of group"_s);
        row("filters", "[{\"path\":\"a..b\",\"value\":1}]",
            u"filter #1: path \"a..b\" has an empty segment"_s);
        row("filter_logic", "\"xor\"", u"filter_logic must be \"and\" or \"or\", got \"xor\""_s);
        row("filter_logic", "null", u"filter_logic must be \"and\" or \"or\", got null"_s);
        row("mode", "\"bogus\"",
            u"mode must be \"enabled\", \"disabled\" or \"suspended\", got \"bogus\""_s);
        row("initial_messages", "{}", u"initial_messages must be an array, got an object"_s);
        row("initial_messages", "[{\"raw_mesage\":\"x\"}]",
            u"initial_messages[0] must have exactly one key, raw_message or runnable_result"_s);
        row("initial_messages", "[{\"raw_message\":{\"op\":1}}]",
            u"initial_messages[0].raw_message must be a string, got an object"_s);
        row("initial_messages", "[{\"runnable_result\":{\"path\":\"f/a/b\",\"is_flow\":false}}]",
            u"initial_messages[0].runnable_result: missing field `args`"_s);
        row("initial_messages",
            "[{\"runnable_result\":{\"path\":\"\",\"args\":{},\"is_flow\":false}}]",
            u"initial_messages[0].runnable_result.path cannot be empty"_s);
        row("error_handler_args", "[]", u"error_handler_args must be an object"_s);
        row("retry", "{\"exponential\":{\"seconds\":0}}",
            u"retry.exponential.seconds must be an integer of at least 1, got 0"_s);
        row("retry", "{\"exponential\":{\"random_factor\":101}}",
            u"retry.exponential.random_factor must be an integer of at most 100, got 101"_s);
        row("retry", "{\"constant\":null}", u"retry.constant must be an object, got null"_s);
        row("labels", "[1]", u"labels[0] must be a string, got 1"_s);
        row("connection", "[]", u"connection must be an object, got an array"_s);
        row("connection", "{\"headers\":{\"X\":5}}",
            u"connection.headers.X must be a string or an array of strings, got a number"_s);
        row("connection", "{\"headers\":{\"X Y\":\"5\"}}",
            u"connection.headers: \"X Y\" is not a header name; letters, digits and "
            "!#$%&'*+-.^_`|~ are allowed"_s);
        row("connection", "{\"headers\":{\"X\":\"a\\r\\nB: c\"}}",
            u"connection.headers.X must not hold line breaks or control characters"_s);
        row("connection", "{\"headers\":{\"sec-websocket-protocol\":\"a\"}}",
            u"connection.headers must not set sec-websocket-protocol: use connection.subprotocols"_s);
        row("connection", "{\"headers\":{\"Upgrade\":\"h2\"}}",
            u"connection.headers must not set Upgrade: the WebSocket handshake sets it"_s);
        row("connection", "{\"origin\":\"a\\nb\"}",
            u"connection.origin must not hold line breaks or control characters"_s);
        row("connection", "{\"subprotocols\":[\"a b\"]}",
            u"connection.subprotocols[0] must be a name without spaces or any of "
            "\"(),/:;<=>?@[\\]{}, got \"a b\""_s);
        row("connection", "{\"subprotocols\":[\"a\",\"a\"]}",
            u"connection.subprotocols[1] names \"a\" a second time"_s);
        row("connection", "{\"proxy\":\"ftp://u:secret@x\"}",
            u"connection.proxy must be \"system\", \"none\" or a URL beginning with http://, "
            "https://, socks5:// or socks5h://"_s);
        row("connection", "{\"tls\":{\"pin_sha256\":\"abc\"}}",
            u"connection.tls.pin_sha256 must be the SHA-256 of a public key: 64 hexadecimal digits "
            "or base64, got \"abc\""_s);
        row("connection", "{\"tls\":{\"client_key\":\"/k\"}}",
            u"connection.tls.client_key needs connection.tls.client_cert"_s);
        row("connection", "{\"connect_timeout_secs\":0}",
            u"connection.connect_timeout_secs must be a number of seconds above 0, at most "
            u"2147483, "
            "got 0"_s);
        row("connection", "{\"idle_timeout_secs\":-1}",
            u"connection.idle_timeout_secs must be a number of seconds from 0 to 2147483, got -1"_s);
        row("connection", "{\"max_message_bytes\":1e3}",
            u"connection.max_message_bytes must be an integer of at least 1, got 1e3"_s);
        row("reconnect", "{\"policy\":\"never\"}",
            u"reconnect.policy must be \"backoff\" or \"windmill\", got \"never\""_s);
        row("delivery", "{\"concurrency\":\"x\"}",
            u"delivery.concurrency must be an integer of at least 1, got \"x\""_s);
        row("delivery", "{\"concurrency\":0}",
            u"delivery.concurrency must be an integer of at least 1, got 0"_s);
        row("delivery", "{\"overflow\":\"latest_per_key\"}",
            u"delivery.overflow \"latest_per_key\" is not available in this version; it offers "
            "\"drop_newest\", \"drop_oldest\" or \"stop\""_s);
        row("delivery", "{\"binary\":\"file\"}",
            u"delivery.binary \"file\" is not available in this version; it offers \"ignore\" or "
            "\"base64\""_s);
        row("delivery", "{\"order_by\":\"a..b\"}",
            u"delivery.order_by path \"a..b\" has an empty segment"_s);
        row("delivery", "{\"durable\":1}", u"delivery.durable must be true or false, got 1"_s);
        row("delivery", "{\"timeout_secs\":1e400}",
            u"delivery.timeout_secs must be a number of seconds above 0, at most 2147483, got 1e400"_s);
    }
    void refuses()
    {
        QFETCH(QString, key);
        QFETCH(QByteArray, value);
        QFETCH(QString, text);
        QCOMPARE(refusal(with(key, value)), text);
    }

    void missingFields_data()
    {
        QTest::addColumn<QString>("key");
        for (const char *key : {"script_path", "is_flow", "url", "filters", "can_return_message",
                 "can_return_error_result"}) {
            QTest::newRow(key) << QString::fromLatin1(key);
        }
    }
    void missingFields()
    {
        QFETCH(QString, key);
        QCOMPARE(
            refusal(removeTopLevelMember(kMinimal, key).value()), u"missing field `%1`"_s.arg(key));
    }

    void aMistypedFieldIsPointedAt()
    {
        QByteArray json = kMinimal;
        json.replace("\"can_return_message\"", "\"can_retrun_message\"");
        const auto config = parseTriggerConfig({}, json);
        QVERIFY(!config);
        QCOMPARE(config.error().detail,
            u"Did you mean can_return_message where you wrote can_retrun_message?"_s);
    }

    void acceptsNulls_data()
    {
        QTest::addColumn<QString>("key");
        for (const char *key : {"url_runnable_args", "heartbeat", "initial_messages", "retry",
                 "labels", "error_handler_path", "error_handler_args", "mode", "enabled"}) {
            QTest::newRow(key) << QString::fromLatin1(key);
        }
    }
    void acceptsNulls()
    {
        QFETCH(QString, key);
        QCOMPARE(parsed(with(key, "null")), parsed(kMinimal));
    }

    void acceptsUrls_data()
    {
        QTest::addColumn<QByteArray>("url");
        QTest::newRow("odd runnable") << QByteArray("\"$foo\"");
        QTest::newRow("runnable without path") << QByteArray("\"$script\"");
        QTest::newRow("variable") << QByteArray("\"wss://h/?t=$var:f/a/t\"");
        QTest::newRow("variable host") << QByteArray("\"wss://$var:f/a/h:1/\"");
        QTest::newRow("user") << QByteArray("\"wss://u:p@h/\"");
        QTest::newRow("upper case") << QByteArray("\"WSS://H\"");
        QTest::newRow("spaces around") << QByteArray("\" ws://h \"");
        QTest::newRow("IPv6") << QByteArray("\"ws://[::1]:80/x?y#z\"");
    }
    void acceptsUrls()
    {
        QFETCH(QByteArray, url);
        QCOMPARE(refusal(with(u"url"_s, url)), u"accepted"_s);
    }

    void unknownKeysAreNoProblem()
    {
        QCOMPARE(parsed(with(u"totally_new"_s, "{\"a\":[1.0]}")), parsed(kMinimal));
    }

    void listsWhatIsNotActive()
    {
        const TriggerConfig config = parsed(kMinimal.chopped(1)
            + R"(,)"
              R"("connection": {"max_age_secs": 5, "origin": "x", "tls": {"verify": false}},)"
              R"("session": {"rules": [], "ready_when": {}},)"
              R"("reconnect": {"close_codes": {}, "policy": "backoff"},)"
              R"("delivery": {"ack": 1, "concurency": 2, "durable": true},)"
              R"("initial_messages": [{"raw_message": "a", "runnable_result": {}}, {"raw_message": "b"}]})");
        QCOMPARE(config.inactiveKeys,
            QStringList({u"initial_messages[0]"_s, u"connection.tls.verify"_s,
                u"connection.max_age_secs"_s, u"session.rules"_s, u"session.ready_when"_s,
                u"reconnect.close_codes"_s, u"delivery.ack"_s, u"delivery.concurency"_s}));
        QCOMPARE(config.initialMessages.size(), 1);
        QCOMPARE(describeInactiveKey(u"delivery.ack"_s),
            u"delivery.ack is kept but not active in this version"_s);
        QCOMPARE(describeInactiveKey(u"delivery.concurency"_s),
            u"delivery.concurency is not a key this version knows; it is kept but does nothing "
            u"(did "
            "you mean delivery.concurrency?)"_s);
        QCOMPARE(describeInactiveKey(u"delivery.zzzzzzzzz"_s),
            u"delivery.zzzzzzzzz is not a key this version knows; it is kept but does nothing"_s);
    }

    void listsEveryKnownInactiveKey()
    {
        for (const TriggerKey &key : triggerKeyTable()) {
            if (key.activity == KeyActivity::Inactive) {
                const QStringList parts = key.name.split(u'.');
                QCOMPARE(parts.size(), 2);
                const QByteArray object = "{" + toJsonString(parts.at(1)) + ":1}";
                QCOMPARE(parsed(with(parts.at(0), object)).inactiveKeys, QStringList{key.name});
            }
        }
    }

    void allProblemsInDocumentOrder()
    {
        QByteArray json = R"({"delivery":{"concurrency":0,"durable":1},"url":"","is_flow":1,)"
                          R"("filters":[{"key":"a"}],"script_path":"x","can_return_message":true})";
        QStringList texts;
        for (const Error &error : validateTriggerDocument(json)) {
            texts.append(error.message);
        }
        QCOMPARE(texts.size(), 6);
        QCOMPARE(texts.at(0), u"missing field `can_return_error_result`"_s);
        QVERIFY(texts.at(1).startsWith(u"delivery.concurrency"_s));
        QVERIFY(texts.at(2).startsWith(u"delivery.durable"_s));
        QVERIFY(texts.at(3).startsWith(u"WebSocket URL"_s));
        QVERIFY(texts.at(4).startsWith(u"is_flow"_s));
        QVERIFY(texts.at(5).startsWith(u"filter #1"_s));
        QCOMPARE(refusal(json), texts.first());
    }

    void notADocument()
    {
        QCOMPARE(refusal("[]"), u"a trigger must be a JSON object"_s);
        QCOMPARE(refusal("{"), u"not valid JSON: it ends inside an object (line 1, column 2)"_s);
        const QByteArray twice = kMinimal.chopped(1) + R"(,"url":"ws://x"})";
        QVERIFY(refusal(twice).contains(u"\"url\" is there twice"_s));
        QCOMPARE(validateTriggerDocument("{").size(), 1);
    }

    void documentSize()
    {
        const QByteArray large
            = kMinimal.chopped(1) + ",\"note\":\"" + QByteArray(kMaxDocumentBytes, 'x') + "\"}";
        const auto config = parseTriggerConfig({}, large);
        QVERIFY(!config);
        QCOMPARE(config.error().code, ErrorCode::LimitExceeded);
    }

    /// What was stored by another version must not keep a trigger from listening.
    void listeningMakesDo()
    {
        const auto config = parseTriggerConfig(u"f/a/t"_s,
            R"({"url":"ws://x","script_path":"f/a/b","filter_logic":"xor","heartbeat":{"interval_secs":0},)"
            R"("initial_messages":[{"bogus":1},{"raw_message":"b"},5],)"
            R"("delivery":{"concurrency":"x","durable":false},"mode":"bogus"})",
            Strictness::Listen);
        QVERIFY(config);
        QCOMPARE(config->filterLogic, u"and"_s);
        QVERIFY(!config->heartbeat);
        QCOMPARE(config->initialMessages.size(), 1);
        QCOMPARE(config->delivery.concurrency, 0);
        QVERIFY(!config->delivery.durable);
        QVERIFY(config->mode == TriggerMode::Disabled);
        QVERIFY(!parseTriggerConfig({}, "{\"url\":\"ws://x\"}", Strictness::Listen));
        QVERIFY(!parseTriggerConfig({}, "{\"script_path\":\"x\"}", Strictness::Listen));
    }

    void paths_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<bool>("ok");
        QTest::newRow("folder") << u"f/a/b"_s << true;
        QTest::newRow("user") << u"u/alice/b.c-d_e"_s << true;
        QTest::newRow("deep") << u"f/a/b/c/D"_s << true;
        QTest::newRow("empty") << QString() << false;
        QTest::newRow("short") << u"f/a"_s << false;
        QTest::newRow("group") << u"g/a/b"_s << false;
        QTest::newRow("absolute") << u"/f/a/b"_s << false;
        QTest::newRow("empty segment") << u"f//b"_s << false;
        QTest::newRow("trailing") << u"f/a/b/"_s << false;
        QTest::newRow("up") << u"f/a/../b"_s << false;
        QTest::newRow("dot") << u"f/./b"_s << false;
        QTest::newRow("space") << u"f/a/b c"_s << false;
        QTest::newRow("letter") << u"f/a/é"_s << false;
        QTest::newRow("NUL") << u"f/a/b\0"_s << false;
        QTest::newRow("at the limit") << u"f/a/"_s + QString(251, u'x') << true;
        QTest::newRow("long") << u"f/a/"_s + QString(252, u'x') << false;
    }
    void paths()
    {
        QFETCH(QString, path);
        QFETCH(bool, ok);
        QCOMPARE(validateTriggerPath(path).has_value(), ok);
    }

    void problemsHavePlaces_data()
    {
        QTest::addColumn<QString>("member");
        QTest::addColumn<QString>("pointer");
        const auto row = [](const char *name, const QString &member, const QString &pointer) {
            QTest::newRow(name) << member << pointer;
        };
        row("value", u"\"heartbeat\": {\"interval_secs\": 0, \"message\": \"x\"}"_s,
            u"/heartbeat/interval_secs"_s);
        row("missing", u"\"heartbeat\": {\"interval_secs\": 5}"_s, u"/heartbeat/message"_s);
        row("item", u"\"initial_messages\": [{\"raw_message\": \"a\"}, {\"raw_message\": 1}]"_s,
            u"/initial_messages/1/raw_message"_s);
        row("escaped", u"\"connection\": {\"headers\": {\"a/b~\": \"x\"}}"_s,
            u"/connection/headers/a~1b~0"_s);
        row("filter",
            u"\"filters\": [{\"key\": \"a\", \"value\": 1}, {\"any_of\": "
            "[{\"none_of\": [{\"path\": \"a..b\", \"value\": 1}]}]}]"_s,
            u"/filters/1/any_of/0/none_of/0"_s);
        row("choice", u"\"delivery\": {\"overflow\": \"latest_per_key\"}"_s,
            u"/delivery/overflow"_s);
    }
    void problemsHavePlaces()
    {
        QFETCH(QString, member);
        QFETCH(QString, pointer);
        QString base = u"\"url\": \"ws://x\", \"script_path\": \"f/a/b\", \"is_flow\": false, "
                       "\"can_return_message\": false, \"can_return_error_result\": false"_s;
        if (!member.startsWith(u"\"filters"_s)) {
            base += u", \"filters\": []"_s;
        }
        const QByteArray json = u"{%1, %2}"_s.arg(base, member).toUtf8();
        const auto problems = documentProblems(json);
        QCOMPARE(problems.size(), 1);
        QCOMPARE(problems.constFirst().pointer, pointer);
        QCOMPARE(QList<Error>{problems.constFirst().error}, validateTriggerDocument(json));
        QCOMPARE(documentProblems("{").constFirst().pointer, QString());
        QCOMPARE(documentProblems("{}").constFirst().pointer, u"/script_path"_s);
    }
};

QTEST_GUILESS_MAIN(TestTriggerConfig)
#include "tst_triggerconfig.moc"
