// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/presetform.h"
#include "model/triggerconfig.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

namespace {

/// JSON with ' for " and ~ for the quotes inside a text.
QByteArray fromQuoted(QByteArray text)
{
    return text.replace('\'', '"').replace('~', '"');
}

} // namespace

class TestPresetForm final : public QObject
{
    Q_OBJECT
private slots:
    void everyPresetGivesAValidTrigger_data();
    void everyPresetGivesAValidTrigger();
    void leavesOutEmptyBlanks();
    void keepsTemplatesOfTheTrigger();
    void recognisesCopiedAddresses_data();
    void recognisesCopiedAddresses();

private:
    static PresetForm formOf(const QByteArray &json)
    {
        return PresetForm::fromPreset(
            {.id = u"test"_s, .preset = QJsonDocument::fromJson(json).object()});
    }
};

void TestPresetForm::everyPresetGivesAValidTrigger_data()
{
    QTest::addColumn<QString>("fileName");
    const QDir folder(qEnvironmentVariable("EARSHOT_SOURCE_DIR") + u"/resources/presets"_s);
    const QStringList names = folder.entryList({u"*.json"_s}, QDir::Files);
    QVERIFY(names.size() >= 4);
    for (const QString &name : names) {
        QTest::newRow(qPrintable(name)) << folder.filePath(name);
    }
}

void TestPresetForm::everyPresetGivesAValidTrigger()
{
    QFETCH(QString, fileName);
    QFile file(fileName);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const PresetForm form = formOf(file.readAll());
    QHash<QString, QString> values;
    for (const PresetField &field : form.fields) {
        values.insert(field.name,
            field.name == "url"_L1                         ? u"wss://stream.example.com/x"_s
                : field.value.isEmpty() && !field.optional ? u"typed"_s
                                                           : field.value);
    }
    QVERIFY(!form.missing(values));
    const QString document = form.documentFor(values, u"f/a/script"_s, true);
    QVERIFY2(!document.contains(u"<<"_s), qPrintable(document));
    const auto problems = validateTriggerDocument(document.toUtf8());
    QVERIFY2(
        problems.isEmpty(), problems.isEmpty() ? "" : qPrintable(problems.constFirst().message));
    QVERIFY(validateTriggerPath(form.path));
    const auto config = parseTriggerConfig(u"f/a/b"_s, document.toUtf8());
    QVERIFY(config);
    QVERIFY(config->mode == TriggerMode::Enabled);
    QVERIFY(config->inactiveKeys.isEmpty());
}

void TestPresetForm::leavesOutEmptyBlanks()
{
    const PresetForm form = formOf(
        fromQuoted("{'fields':[{'name':'url'},{'name':'a','optional':true},"
                   "{'name':'b','optional':true}],'document':{'url':'<<url>>','initial_messages':"
                   "[{'raw_message':'<<a>>'},{'raw_message':'always'}],'filters':[{'key':'k','"
                   "value':'<<b>>'}]}}"));
    QVERIFY(form.missing({}));
    QCOMPARE(form.missing({})->name, u"url"_s);
    QVERIFY(form.missing({{u"url"_s, u"wss://"_s}}));
    const auto made = [&form](const QString &b) {
        return QJsonDocument::fromJson(
            form.documentFor(
                    {{u"url"_s, u"ws://x"_s}, {u"a"_s, {}}, {u"b"_s, b}}, u"f/s/s"_s, false)
                .toUtf8())
            .object();
    };
    QCOMPARE(made({}).value("initial_messages"_L1).toArray().size(), 1);
    QVERIFY(made({}).value("filters"_L1).toArray().isEmpty());
    const auto value = [&made](const QString &typed) {
        return made(typed).value("filters"_L1)[0].toObject().value("value"_L1);
    };
    QCOMPARE(value(u"order"_s), QJsonValue(u"order"_s));
    QCOMPARE(value(u"true"_s), QJsonValue(true));
    QCOMPARE(value(u"1, 2"_s), QJsonValue(u"1, 2"_s));
}

void TestPresetForm::keepsTemplatesOfTheTrigger()
{
    const PresetForm form = formOf(
        fromQuoted("{'fields':[{'name':'t','secret':'<<script>>_token'}],"
                   "'document':{'url':'ws://x','heartbeat':{'message':'{\\~d\\~: {{state}}}'},"
                   "'args':{'t':'$var:<<script>>_token'}}}"));
    const QString document = form.documentFor({{u"t"_s, u"hush"_s}}, u"f/s/s"_s, false);
    QVERIFY(document.contains(u"{{state}}"_s));
    QVERIFY(document.contains(u"$var:f/s/s_token"_s));
    QVERIFY(!document.contains(u"hush"_s));
    QCOMPARE(form.secretsFor({{u"t"_s, u"hush"_s}}, u"f/s/s"_s).value(u"f/s/s_token"_s), u"hush"_s);
}

void TestPresetForm::recognisesCopiedAddresses_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("url");
    QTest::newRow("address") << u" wss://example.com/x?y=1\n"_s << u"wss://example.com/x?y=1"_s;
    QTest::newRow("no socket") << u"https://example.com"_s << QString();
    QTest::newRow("no host") << u"wss://"_s << QString();
    QTest::newRow("in a sentence") << u"see wss://example.com"_s << QString();
    QTest::newRow("huge") << u"wss://example.com/"_s + QString(5'000, u'x') << QString();
}

void TestPresetForm::recognisesCopiedAddresses()
{
    QFETCH(QString, text);
    QFETCH(QString, url);
    QCOMPARE(webSocketUrlIn(text), url);
}

QTEST_GUILESS_MAIN(TestPresetForm)
#include "tst_presetform.moc"
