// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/triggerkeys.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace earshot;
using namespace Qt::StringLiterals;

namespace {

QByteArray sourceFile(const QString &name)
{
    QFile file(qEnvironmentVariable("EARSHOT_SOURCE_DIR") + u'/' + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The member of the JSON schema that describes a key of the table.
QJsonObject schemaOf(const QJsonObject &schema, const QString &dottedName)
{
    QJsonObject node = schema;
    for (QString part : dottedName.split(u'.')) {
        const bool isList = part.endsWith("[]"_L1);
        node = node.value("properties"_L1)[isList ? part.chopped(2) : part].toObject();
        node = isList ? node.value("items"_L1).toObject() : node;
    }
    return node;
}

} // namespace

class TestTriggerKeys final : public QObject
{
    Q_OBJECT

private slots:
    void referenceListsTheSame()
    {
        QList<TriggerKey> documented;
        KeyOrigin origin = KeyOrigin::Windmill;
        const QString page = QString::fromUtf8(sourceFile(u"docs/trigger-reference.md"_s));
        for (const QString &line : page.split(u'\n')) {
            if (line.startsWith("## Earshot's keys"_L1)) {
                origin = KeyOrigin::Earshot;
            }
            if (!line.startsWith("| `"_L1)) {
                continue;
            }
            const QStringList cells = line.split(u" | "_s);
            QCOMPARE(cells.size(), 5);
            QVERIFY2(cells.at(4).size() > 5, qPrintable(line));
            QVERIFY2(cells.at(3) == "yes"_L1 || cells.at(3) == "no"_L1, qPrintable(line));
            documented.append({cells.at(0).sliced(3).chopped(1), cells.at(1), cells.at(2), origin,
                cells.at(3) == "yes"_L1 ? KeyActivity::Active : KeyActivity::Inactive});
        }
        QCOMPARE(documented.size(), triggerKeyTable().size());
        for (qsizetype i = 0; i < documented.size(); ++i) {
            QVERIFY2(
                documented.at(i) == triggerKeyTable().at(i), qPrintable(documented.at(i).name));
        }
    }

    void schemaKnowsEveryKey()
    {
        const QJsonObject schema = QJsonDocument::fromJson(
            sourceFile(u"resources/schemas/websocket_trigger.schema.json"_s))
                                       .object();
        QVERIFY(!schema.isEmpty());
        QStringList required;
        for (const auto &name : schema.value("required"_L1).toArray()) {
            required.append(name.toString());
        }
        for (const TriggerKey &key : triggerKeyTable()) {
            const QJsonObject described = schemaOf(schema, key.name);
            QVERIFY2(!described.isEmpty(), qPrintable(key.name));
            if (!key.name.contains(u'.')) {
                QVERIFY2(required.contains(key.name) == (key.defaultValue == "required"_L1),
                    qPrintable(key.name));
            }
        }
    }

    void nearestNames()
    {
        const QStringList names{u"concurrency"_s, u"durable"_s, u"order_by"_s};
        QCOMPARE(nearestName(u"concurency", names), u"concurrency"_s);
        QCOMPARE(nearestName(u"durabel", names), u"durable"_s);
        QCOMPARE(nearestName(u"orderby", names), u"order_by"_s);
        QCOMPARE(nearestName(u"x", names), QString());
        QCOMPARE(nearestName(u"completely_different", names), QString());
        QCOMPARE(nearestName(QString(100'000, u'x'), names), QString());
    }
};

QTEST_GUILESS_MAIN(TestTriggerKeys)
#include "tst_triggerkeys.moc"
