// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsontext.h"
#include "model/triggerconfig.h"
#include "model/windmill/jsontoyaml.h"
#include "model/windmill/triggerfile.h"
#include "model/windmill/yamltojson.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace earshot;
using namespace earshot::windmill;
using namespace Qt::StringLiterals;

namespace {

constexpr int kToolDeadlineMs = 100'000;

QString sourceFile(const QString &name)
{
    return qEnvironmentVariable("EARSHOT_SOURCE_DIR") + u'/' + name;
}

/// Answers of tests/windmill/yaml_peer.cjs, one per request.
QJsonArray askPeer(const QJsonArray &requests)
{
    QByteArray lines;
    for (const auto &request : requests) {
        lines += QJsonDocument(request.toObject()).toJson(QJsonDocument::Compact) + '\n';
    }
    QProcess node;
    node.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    node.start(u"node"_s, {sourceFile(u"tests/windmill/yaml_peer.cjs"_s)});
    node.write(lines);
    node.closeWriteChannel();
    node.waitForFinished(kToolDeadlineMs);
    QJsonArray answers;
    for (const QByteArray &line : node.readAllStandardOutput().split('\n')) {
        if (!line.isEmpty()) {
            answers.append(QJsonDocument::fromJson(line).object());
        }
    }
    return answers;
}

QByteArray compact(const QJsonValue &value)
{
    return QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact).chopped(1).sliced(1);
}

/// Values with what makes YAML hard: indicators, blanks, words and numbers that are strings.
class Generator
{
public:
    explicit Generator(quint32 seed)
        : m_random(seed)
    { }

    QJsonValue value(int depth)
    {
        const int kind = m_random.bounded(depth > 0 ? 8 : 6);
        switch (kind) {
        case 0:
            return QJsonValue::Null;
        case 1:
            return m_random.bounded(2) == 1;
        case 2:
            return qint64(m_random.generate()) - (Q_INT64_C(1) << 31);
        case 3:
            return double(m_random.bounded(1000)) / 8 - 50;
        case 6: {
            QJsonArray array;
            for (int i = m_random.bounded(4); i > 0; --i) {
                array.append(value(depth - 1));
            }
            return array;
        }
        case 7:
            return object(depth);
        default:
            return text();
        }
    }

    QJsonObject object(int depth)
    {
        QJsonObject object;
        for (int i = m_random.bounded(5); i > 0; --i) {
            object.insert(text().left(30), value(depth - 1));
        }
        return object;
    }

private:
    QString text()
    {
        static const QStringList pieces{u"a"_s, u"b c"_s, u" "_s, u"  "_s, u"\n"_s, u"\n\n"_s,
            u"\t"_s, u":"_s, u": "_s, u" #"_s, u"#"_s, u"-"_s, u"- "_s, u"?"_s, u"'"_s, u"\""_s,
            u"\\"_s, u"{"_s, u"}"_s, u"["_s, u"]"_s, u","_s, u"&x"_s, u"*x"_s, u"!t"_s, u"|"_s,
            u">"_s, u"%"_s, u"@"_s, u"`"_s, u"---"_s, u"..."_s, u"1"_s, u"0x1F"_s, u".5"_s,
            u"1e3"_s, u"true"_s, u"No"_s, u"null"_s, u"~"_s, u"<<"_s, u"=_"_s, u".inf"_s, u"é"_s,
            u"日本"_s, u"😀"_s, u"{{state}}"_s, u"$var:f/a/b"_s, u"\r"_s, u"\u0001"_s, u"\u0085"_s,
            u"\u00a0"_s, u"\u2028"_s, u"\u007f"_s, u"\u001b"_s};
        QString text;
        for (int i = m_random.bounded(6); i > 0; --i) {
            text += pieces.at(m_random.bounded(int(pieces.size())));
        }
        return text;
    }

    QRandomGenerator m_random;
};

QByteArray yamlOf(const QByteArray &json)
{
    const auto document = JsonText::parse(json);
    return document ? jsonToYaml(*document) : document.error().message.toUtf8();
}

struct Lint
{
    int exitCode = -1;
    QJsonObject report;
};

Lint lint(const QString &folder, const QString &home)
{
    QProcess wmill;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"HOME"_s, home);
    wmill.setProcessEnvironment(environment);
    wmill.setWorkingDirectory(folder);
    wmill.start(u"node"_s,
        {sourceFile(u"tests/tools/node_modules/.bin/wmill"_s), u"lint"_s, u"."_s, u"--json"_s});
    wmill.waitForFinished(kToolDeadlineMs);
    const QByteArray output = wmill.readAllStandardOutput();
    // A line for people may come first.
    const qsizetype begin = output.indexOf("{\n");
    return {wmill.exitCode(),
        QJsonDocument::fromJson(output.sliced(std::max<qsizetype>(begin, 0))).object()};
}

const QByteArray kMinimal = "{\"script_path\":\"f/a/b\",\"is_flow\":false,"
                            "\"url\":\"ws://localhost:1234\",\"filters\":[],"
                            "\"can_return_message\":false,\"can_return_error_result\":false}";

QByteArray with(const QString &key, const QByteArray &value)
{
    return setTopLevelMember(kMinimal, key, value).value();
}

} // namespace

/// Our files against the programs they are for: `wmill lint`, its validator, its YAML package.
class TestWindmillTools final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;

    bool store(const QString &path, const QByteArray &bytes)
    {
        const QString name = m_folder.filePath(u"workspace/"_s + path);
        QDir().mkpath(QFileInfo(name).path());
        QFile file(name);
        return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        QVERIFY2(QFile::exists(sourceFile(u"tests/tools/node_modules/.bin/wmill"_s))
                && QFile::exists(sourceFile(u"tests/tools/node_modules/yaml/package.json"_s)),
            "tests/tools is not installed: run `npm ci` there, or ./dev test");
    }

    void lintAcceptsWhatWeWrite()
    {
        QFile example(sourceFile(u"tests/windmill/data/gateway.websocket_trigger.yaml"_s));
        QVERIFY(example.open(QIODevice::ReadOnly));
        QFile everyKey(sourceFile(u"tests/model/data/every_key.json"_s));
        QVERIFY(everyKey.open(QIODevice::ReadOnly));
        const auto gateway = readTriggerFile(example.readAll(), example.fileName());
        QVERIFY(gateway);
        const QList<QByteArray> documents{kMinimal, gateway->json, everyKey.readAll(),
            with(u"filters"_s,
                "[{\"path\":\"a.b\",\"value\":1.0},{\"any_of\":[]},{\"none_of\":[{\"key\":\"x\","
                "\"value\":null}]}]"),
            with(u"heartbeat"_s, "{\"interval_secs\":1,\"message\":\"x\",\"state_field\":null}"),
            with(u"heartbeat"_s, "null"), with(u"initial_messages"_s, "null"),
            with(u"initial_messages"_s,
                "[{\"raw_message\":\"\\\"\\\"\"},{\"raw_message\":\"line\\nline: x\\n\"},"
                "{\"runnable_result\":{\"path\":\"f/a/i\",\"args\":null,\"is_flow\":false}}]"),
            with(u"error_handler_path"_s, "null"), with(u"error_handler_args"_s, "null"),
            with(u"retry"_s, "null"), with(u"labels"_s, "null"), with(u"mode"_s, "null"),
            with(u"enabled"_s, "false"), with(u"path"_s, "\"f/a/b\""),
            with(u"extra_perms"_s, "null"), with(u"some_future_key"_s, "{\"a\":[1.0,null]}"),
            with(u"delivery"_s, "{\"ack\":{\"at\":\"queued\"}}")};
        for (qsizetype i = 0; i < documents.size(); ++i) {
            const auto checked = parseTriggerConfig(u"f/a/t"_s, documents.at(i));
            QVERIFY2(checked, checked ? "" : qPrintable(checked.error().message));
            const auto bytes = writeTriggerFile(documents.at(i), TriggerFileFormat::Yaml);
            QVERIFY(bytes);
            QVERIFY(store(triggerFileName(u"f/a/t%1"_s.arg(i), TriggerFileFormat::Yaml), *bytes));
        }
        const Lint good = lint(m_folder.filePath(u"workspace"_s), m_folder.path());
        QCOMPARE(good.exitCode, 0);
        QCOMPARE(good.report.value("validatedFiles"_L1).toInt(), int(documents.size()));
        QCOMPARE(good.report.value("validFiles"_L1).toInt(), int(documents.size()));
        QCOMPARE(good.report.value("invalidFiles"_L1).toInt(), 0);

        // The check itself: a file that is not right must show.
        const QByteArray broken = removeTopLevelMember(kMinimal, u"url").value();
        QVERIFY(store(u"f/a/broken.websocket_trigger.yaml"_s,
            writeTriggerFile(broken, TriggerFileFormat::Yaml).value()));
        const Lint bad = lint(m_folder.filePath(u"workspace"_s), m_folder.path());
        QVERIFY(bad.exitCode != 0);
        QCOMPARE(bad.report.value("validatedFiles"_L1).toInt(), int(documents.size()) + 1);
        QCOMPARE(bad.report.value("invalidFiles"_L1).toInt(), 1);
        QVERIFY(compact(bad.report).contains("broken.websocket_trigger.yaml"));
    }

    /// The table of what windmill-yaml-validator accepts. It sees what a person wrote; where it
    /// refuses a null that Windmill itself takes, our export leaves the null out.
    void validator()
    {
        struct Row
        {
            QByteArray json;
            bool accepts;
            bool acceptsExport;
        };
        QList<Row> rows;
        const auto row
            = [&rows](const char *key, const char *value, bool accepts, bool acceptsExport) {
                  rows.append({with(QString::fromLatin1(key), value), accepts, acceptsExport});
              };
        rows.append({kMinimal, true, true});
        for (const char *key : {"script_path", "is_flow", "url", "filters", "can_return_message",
                 "can_return_error_result"}) {
            rows.append(
                {removeTopLevelMember(kMinimal, QString::fromLatin1(key)).value(), false, false});
        }
        row("filters", "[{\"key\":\"a\",\"value\":1}]", true, true);
        row("filter_logic", "\"xor\"", false, false);
        row("filter_logic", "null", false, false);
        row("initial_messages", "null", true, true);
        row("heartbeat", "null", true, true);
        row("url_runnable_args", "null", true, true);
        row("error_handler_path", "null", false, true);
        row("error_handler_args", "null", false, true);
        row("retry", "null", false, true);
        row("labels", "null", false, true);
        row("heartbeat", "{\"interval_secs\":1,\"message\":\"x\",\"state_field\":null}", false,
            true);
        row("initial_messages",
            "[{\"runnable_result\":{\"path\":\"a\",\"args\":null,\"is_flow\":false}}]", false,
            true);
        row("initial_messages",
            "[{\"raw_message\":\"a\",\"runnable_result\":{\"path\":\"a\",\"args\":{},\"is_flow\":"
            "false}}]",
            true, true);
        row("heartbeat", "{\"interval_secs\":0,\"message\":\"x\"}", false, false);
        row("heartbeat", "{\"interval_secs\":1.5,\"message\":\"x\"}", false, false);
        row("retry", "{}", true, true);
        row("retry", "{\"exponential\":{\"seconds\":0}}", false, false);
        row("retry", "{\"exponential\":{\"random_factor\":101}}", false, false);
        row("enabled", "true", true, true);
        row("mode", "\"bogus\"", true, true);
        row("unknown", "{\"a\":null}", true, true);
        row("error_handler_path", "\"script/f/a/b\"", true, true);
        QJsonArray requests;
        for (const Row &each : rows) {
            for (const QByteArray &text :
                {each.json, writeTriggerFile(each.json, TriggerFileFormat::Yaml).value()}) {
                requests.append(
                    QJsonObject{{u"op"_s, u"validate"_s}, {u"text"_s, QString::fromUtf8(text)}});
            }
        }
        const QJsonArray answers = askPeer(requests);
        QCOMPARE(answers.size(), requests.size());
        for (qsizetype i = 0; i < rows.size(); ++i) {
            const QJsonValue original = answers.at(2 * i)["errors"_L1];
            const QJsonValue exported = answers.at(2 * i + 1)["errors"_L1];
            const char *shown = rows.at(i).json.constData();
            QVERIFY2(original.isDouble() && exported.isDouble(), shown);
            QVERIFY2((original.toInt() == 0) == rows.at(i).accepts, shown);
            QVERIFY2((exported.toInt() == 0) == rows.at(i).acceptsExport, shown);
        }
    }

    void bothReadWhatTheOtherWrites()
    {
        constexpr int kDocuments = 300;
        Generator generator(20250301);
        QJsonArray values;
        QJsonArray requests;
        for (int i = 0; i < kDocuments; ++i) {
            const QJsonValue value = generator.object(4);
            values.append(value);
            requests.append(QJsonObject{
                {u"op"_s, u"parse"_s}, {u"text"_s, QString::fromUtf8(yamlOf(compact(value)))}});
            requests.append(QJsonObject{{u"op"_s, u"stringify"_s}, {u"value"_s, value}});
        }
        const QJsonArray answers = askPeer(requests);
        QCOMPARE(answers.size(), 2 * kDocuments);
        int identical = 0;
        for (int i = 0; i < kDocuments; ++i) {
            const QByteArray ours = yamlOf(compact(values.at(i)));
            const QJsonObject parsed = answers.at(2 * i).toObject();
            const QByteArray wrong = ours + "\n---- they read\n" + compact(parsed);
            QVERIFY2(sameJson(compact(parsed.value("value"_L1)), compact(values.at(i))),
                wrong.constData());
            const QByteArray theirs = answers.at(2 * i + 1)["text"_L1].toString().toUtf8();
            const auto read = yamlToJson(theirs);
            const QByteArray misread
                = theirs + "\n---- we read\n" + (read ? *read : read.error().message.toUtf8());
            QVERIFY2(read, misread.constData());
            QVERIFY2(sameJson(*read, compact(values.at(i))), misread.constData());
            identical += ours == theirs ? 1 : 0;
        }
        qInfo("%d of %d documents are written byte for byte alike", identical, kDocuments);
        QVERIFY(identical >= kDocuments / 3);
    }

    /// A trigger as people write them comes out as `wmill` would write it.
    void triggersAreWrittenAlike()
    {
        QFile example(sourceFile(u"tests/windmill/data/gateway.websocket_trigger.yaml"_s));
        QVERIFY(example.open(QIODevice::ReadOnly));
        const auto gateway = readTriggerFile(example.readAll(), example.fileName());
        QVERIFY(gateway);
        const QJsonArray answers = askPeer({QJsonObject{{u"op"_s, u"stringify"_s},
            {u"value"_s, QJsonDocument::fromJson(gateway->json).object()}}});
        QCOMPARE(answers.size(), 1);
        QCOMPARE(*writeTriggerFile(gateway->json, TriggerFileFormat::Yaml),
            answers.at(0)["text"_L1].toString().toUtf8());
    }

    void handWrittenDocuments()
    {
        const QStringList documents{
            u"a: yes\nb: 0x1F\nc: ~\nd: 1.0\ne: 0o17\nf: 007\ng: +1\nh: .5"_s,
            u"a: 2001-01-01\nb: 1_000\nc: 1:30\nd: '1'\ne: !!str 5\nf: TRUE\ng: nUll"_s,
            u"<<: {a: 1}\nb: &x [1]\nc: *x"_s, u"- a\n-\n- - b\n  - c\n-   d: 1\n    e: 2"_s,
            u"a: >\n  folded\n  text\n\n  more\n   indented\n"_s, u"a: |+\n  x\n\n\nb: 1"_s,
            u"a: \"x\n  y\n\n  z\""_s, u"a: 'x\n  y'"_s, u"a: x\n  y\n  z"_s,
            u"{a: 1, b: [x, y: 1], \"c\":2, d}"_s, u"? a\n: b\n? c"_s, u"a:\n- 1\n- 2\nb: x # c"_s,
            u"--- {a: 1}\n"_s, u"---\na: 1\n...\n"_s,
            u"a: http://x:80/#y\nb: x#y\nc: -1-2\nd: a:b"_s,
            u"\"a\\tb\": \"\\u00e9\\x41\\\\\\/\""_s, u"a: \"x\\\n  y\""_s, u"a: |1\n  x\n"_s,
            u"a: !!int 5\nb: !!float 5.5\nc: !!bool true"_s, u"a: [\n  1,\n  2,\n]"_s,
            // Refused by both.
            u"a: 1\na: 2"_s, u"a: b: c"_s, u"a: [1"_s, u"a: 'x"_s, u"a: *x"_s, u"a: 1\n b: 2"_s,
            u"@a: 1"_s, u"a: \"\\q\""_s, u"a: {b: 1, b: 2}"_s, u"- a\nb: 1"_s, u"a: 1\n- b"_s,
            u"a\nb: 1"_s, u"a: |x\n  y"_s, u"a: 1\n---\nb: 2"_s, u"[a]]"_s, u"a: }"_s};
        QJsonArray requests;
        for (const QString &document : documents) {
            requests.append(QJsonObject{{u"op"_s, u"parse"_s}, {u"text"_s, document}});
        }
        const QJsonArray answers = askPeer(requests);
        QCOMPARE(answers.size(), documents.size());
        for (qsizetype i = 0; i < documents.size(); ++i) {
            const QJsonObject theirs = answers.at(i).toObject();
            const auto ours = yamlToJson(documents.at(i).toUtf8());
            const QByteArray shown = documents.at(i).toUtf8() + "\n---- they\n" + compact(theirs)
                + "\n---- we\n" + (ours ? *ours : ours.error().message.toUtf8());
            QVERIFY2(ours.has_value() == theirs.contains("value"_L1), shown.constData());
            if (ours) {
                const QJsonValue value
                    = QJsonDocument::fromJson(QByteArray("[" + *ours + "]")).array().at(0);
                QVERIFY2(value == theirs.value("value"_L1), shown.constData());
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestWindmillTools)
#include "tst_windmilltools.moc"
