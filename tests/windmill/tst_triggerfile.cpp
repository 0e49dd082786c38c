// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsontext.h"
#include "model/triggerconfig.h"
#include "model/windmill/triggerfile.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace earshot;
using namespace earshot::windmill;
using namespace Qt::StringLiterals;

namespace {

QByteArray dataFile(const QString &name)
{
    QFile file(QFINDTESTDATA(QString(u"data/"_s + name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestTriggerFile final : public QObject
{
    Q_OBJECT

private slots:
    void readsWindmillsExample()
    {
        const QByteArray source = dataFile(u"gateway.websocket_trigger.yaml"_s);
        QVERIFY(!source.isEmpty());
        const auto trigger = readTriggerFile(source, u"gateway.websocket_trigger.yaml"_s);
        QVERIFY2(trigger, trigger ? "" : qPrintable(trigger.error().message));
        QCOMPARE(trigger->source, source);
        const auto config = parseTriggerConfig(u"f/discord/gateway"_s, trigger->json);
        QVERIFY2(config, config ? "" : qPrintable(config.error().message));
        QCOMPARE(config->runnable.path, u"f/discord/on_event"_s);
        QCOMPARE(config->heartbeat->message, u"{\"op\": 1, \"d\": {{state}}}"_s);
        QCOMPARE(config->initialMessages.size(), 2);
        QCOMPARE(config->retry->constantSeconds, 5);
        QVERIFY(config->inactiveKeys.isEmpty());
    }

    void anUnchangedDocumentGivesItsBytes()
    {
        const QByteArray source = "# my own notes\nurl: ws://h\nfilters:\n- {key: a, value: 1.0}\n";
        const auto trigger = readTriggerFile(source, u"a.yaml"_s);
        QVERIFY(trigger);
        QCOMPARE(*writeTriggerFile(trigger->json, TriggerFileFormat::Yaml, source), source);
        // Another order and other spaces say the same.
        const QByteArray same = "{\"filters\": [{\"value\":1.0,\"key\":\"a\"}],\"url\":\"ws://h\"}";
        QCOMPARE(*writeTriggerFile(same, TriggerFileFormat::Yaml, source), source);
        QByteArray changed = same;
        changed.replace("1.0", "1");
        QCOMPARE(*writeTriggerFile(changed, TriggerFileFormat::Yaml, source),
            QByteArray("filters:\n  - value: 1\n    key: a\nurl: ws://h\n"));
        const QByteArray json = "\xef\xbb\xbf{\"url\" : \"ws://h\"}";
        const auto asJson = readTriggerFile(json, u"A.JSON"_s);
        QVERIFY(asJson);
        QVERIFY(asJson->format == TriggerFileFormat::Json);
        QCOMPARE(*writeTriggerFile(asJson->json, TriggerFileFormat::Json, json), json);
    }

    void writesWhatBelongsIntoAFile()
    {
        const QByteArray json
            = "{\"url\":\"ws://h\",\"path\":\"f/a/b\",\"workspace_id\":\"w\",\"error\":null,"
              "\"server_id\":1,\"edited_at\":\"x\",\"updated_by\":\"x\",\"extra_perms\":{},"
              "\"last_server_ping\":1,\"permissioned_as\":\"u/a\",\"labels\":null,\"retry\":null,"
              "\"error_handler_path\":null,\"error_handler_args\":null,\"enabled\":false,"
              "\"url_runnable_args\":{\"labels\":null,\"path\":\"kept\"},"
              "\"heartbeat\":{\"interval_secs\":5,\"message\":\"m\",\"state_field\":null},"
              "\"initial_messages\":[{\"runnable_result\":{\"path\":\"f/a/i\",\"args\":null,"
              "\"is_flow\":false}}],\"delivery\":{\"concurrency\":1},\"future_key\":[1.0]}";
        QCOMPARE(*writeTriggerFile(json, TriggerFileFormat::Yaml),
            QByteArray("delivery:\n  concurrency: 1\nfuture_key:\n  - 1.0\nheartbeat:\n"
                       "  interval_secs: 5\n  message: m\ninitial_messages:\n  - runnable_result:\n"
                       "      args: {}\n      is_flow: false\n      path: f/a/i\nmode: disabled\n"
                       "url: ws://h\nurl_runnable_args:\n  labels: null\n  path: kept\n"));
        QCOMPARE(
            *writeTriggerFile("{\"enabled\":true,\"mode\":\"disabled\"}", TriggerFileFormat::Json),
            QByteArray("{\n  \"mode\": \"disabled\"\n}\n"));
        QCOMPARE(*writeTriggerFile("{\"enabled\":true,\"mode\":null}", TriggerFileFormat::Json),
            QByteArray("{\n  \"mode\": \"enabled\"\n}\n"));
    }

    void whatIsWrittenReadsBack()
    {
        const auto trigger
            = readTriggerFile(dataFile(u"gateway.websocket_trigger.yaml"_s), u"g.yaml"_s);
        QVERIFY(trigger);
        for (const auto format : {TriggerFileFormat::Yaml, TriggerFileFormat::Json}) {
            const auto bytes = writeTriggerFile(trigger->json, format);
            QVERIFY(bytes);
            const auto again = readTriggerFile(*bytes, triggerFileName(u"f/a/b"_s, format));
            QVERIFY(again);
            QVERIFY(again->format == format);
            QVERIFY(sameJson(again->json, trigger->json));
        }
    }

    void failures()
    {
        const auto duplicate = readTriggerFile("url: a\nurl: b", u"f/a/b.websocket_trigger.yaml"_s);
        QVERIFY(!duplicate);
        QCOMPARE(duplicate.error().message,
            u"f/a/b.websocket_trigger.yaml: not valid YAML: the key \"url\" is there twice (line "
            u"2, "
            "column 1)"_s);
        QCOMPARE(readTriggerFile("[1]", u"x.yml"_s).error().message,
            u"x.yml: a trigger file must hold an object"_s);
        QCOMPARE(readTriggerFile("{,}", u"x.json"_s).error().message,
            u"x.json: not valid JSON: a key in quotes was expected (line 1, column 2)"_s);
        QVERIFY(!readTriggerFile("url: x", u"x.json"_s));
        QVERIFY(!writeTriggerFile("[]", TriggerFileFormat::Yaml));
        QVERIFY(!writeTriggerFile("{", TriggerFileFormat::Yaml));
    }

    void pathsOfFiles_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("path");
        QTest::newRow("yaml") << u"/w/f/a/b.websocket_trigger.yaml"_s << u"f/a/b"_s;
        QTest::newRow("yml") << u"/w/u/a/b.c.websocket_trigger.yml"_s << u"u/a/b.c"_s;
        QTest::newRow("json") << u"/w/./x/../f/a/b/c.websocket_trigger.json"_s << u"f/a/b/c"_s;
        QTest::newRow("outside") << u"/v/f/a/b.websocket_trigger.yaml"_s << QString();
        QTest::newRow("beside") << u"/ww/f/a/b.websocket_trigger.yaml"_s << QString();
        QTest::newRow("other kind") << u"/w/f/a/b.schedule.yaml"_s << QString();
        QTest::newRow("other ending") << u"/w/f/a/b.websocket_trigger.toml"_s << QString();
        QTest::newRow("too high") << u"/w/a.websocket_trigger.yaml"_s << QString();
        QTest::newRow("nameless") << u"/w/f/a/.websocket_trigger.yaml"_s << QString();
    }
    void pathsOfFiles()
    {
        QFETCH(QString, file);
        QFETCH(QString, path);
        const auto result = triggerPathOfFile(file, u"/w/"_s);
        QCOMPARE(result.value_or(QString()), path);
        if (result) {
            const auto again = triggerPathOfFile(
                u"/w/"_s + triggerFileName(path, TriggerFileFormat::Yaml), u"/w"_s);
            QCOMPARE(*again, path);
        }
    }

    void relativeFiles()
    {
        const QString here = QDir::currentPath();
        QCOMPARE(triggerPathOfFile(u"f/a/b.websocket_trigger.yaml"_s, here).value(), u"f/a/b"_s);
        QCOMPARE(triggerPathOfFile(u"f/a/b.websocket_trigger.yaml"_s, u"."_s).value(), u"f/a/b"_s);
    }
};

QTEST_GUILESS_MAIN(TestTriggerFile)
#include "tst_triggerfile.moc"
