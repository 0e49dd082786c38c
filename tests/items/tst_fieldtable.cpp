// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/fieldtable.h"
#include "model/triggerkeys.h"

#include <QSet>
#include <QTest>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

class TestFieldTable final : public QObject
{
    Q_OBJECT
private slots:
    void coversEveryKeyOnce();
    void rowsSayWhatTheyAre();
    void choicesAreTheKeysOwn();
    void findsTheRowOfAPath();
    void searches();
};

void TestFieldTable::coversEveryKeyOnce()
{
    QStringList inTable;
    for (const Field &field : fieldTable()) {
        inTable += field.key;
    }
    QStringList known;
    for (const TriggerKey &key : triggerKeyTable()) {
        known += key.name;
    }
    QCOMPARE(QSet<QString>(inTable.begin(), inTable.end()).size(), inTable.size());
    for (const QString &key : known) {
        QVERIFY2(inTable.contains(key), qPrintable(key + u" has no field"_s));
    }
    for (const QString &key : inTable) {
        QVERIFY2(known.contains(key), qPrintable(key + u" is no key"_s));
    }
}

void TestFieldTable::rowsSayWhatTheyAre()
{
    auto section = FieldSection::Connect;
    for (const Field &field : fieldTable()) {
        QVERIFY2(field.section >= section, qPrintable(field.key + u" is out of order"_s));
        section = field.section;
        if (!field.hasRow()) {
            const Field *row = findField(field.partOf);
            QVERIFY2(row && row->hasRow(), qPrintable(field.key));
            continue;
        }
        QVERIFY2(!field.label.isEmpty(), qPrintable(field.key));
        QVERIFY2(!field.label.endsWith(u'.'), qPrintable(field.key));
        QVERIFY2(field.help.isEmpty() || field.help.endsWith(u'.'), qPrintable(field.key));
    }
    for (int i = 0; i < kFieldSections; ++i) {
        QVERIFY(!sectionTitle(FieldSection(i)).isEmpty());
        QVERIFY(sectionHelp(FieldSection(i)).endsWith(u'.'));
    }
}

void TestFieldTable::choicesAreTheKeysOwn()
{
    for (const TriggerKey &key : triggerKeyTable()) {
        QStringList words;
        for (const QString &part : key.type.split(u'"')) {
            if (part.size() > 2 && part != " or "_L1) {
                words += part;
            }
        }
        if (!key.type.startsWith(u'"')) {
            continue;
        }
        const Field *field = findField(key.name);
        QVERIFY(field);
        QVERIFY2(field->kind == FieldKind::Choice, qPrintable(key.name));
        QStringList offered;
        for (const auto &[value, text] : field->choices) {
            offered += value;
            QVERIFY(!text.isEmpty());
        }
        words.removeAll(u", "_s);
        // "or" has two letters and is a value of filter_logic
        if (key.name == "filter_logic"_L1) {
            words = {u"and"_s, u"or"_s};
        }
        QCOMPARE(offered, words);
    }
}

void TestFieldTable::findsTheRowOfAPath()
{
    const auto keyAt = [](const QString &pointer) {
        const Field *field = fieldAt(fromPointer(pointer));
        return field ? field->key : QString();
    };
    QCOMPARE(keyAt(u"/url"_s), u"url"_s);
    QCOMPARE(keyAt(u"/url_runnable_args/x"_s), u"url"_s);
    QCOMPARE(keyAt(u"/is_flow"_s), u"script_path"_s);
    QCOMPARE(keyAt(u"/filters/0/any_of/2/value"_s), u"filters"_s);
    QCOMPARE(keyAt(u"/initial_messages/3/raw_message"_s), u"initial_messages"_s);
    QCOMPARE(keyAt(u"/connection/headers/X-Token"_s), u"connection.headers"_s);
    QCOMPARE(keyAt(u"/connection/tls"_s), u"connection.tls.ca_file"_s);
    QCOMPARE(keyAt(u"/heartbeat/message"_s), u"heartbeat.message"_s);
    QCOMPARE(keyAt(u"/heartbeat"_s), u"heartbeat"_s);
    QCOMPARE(keyAt(u"/retry/constant"_s), u"retry"_s);
    QCOMPARE(keyAt(u"/somebody's own"_s), QString());
    QCOMPARE(keyAt(QString()), QString());
}

void TestFieldTable::searches()
{
    const Field *field = findField(u"connection.ping_interval_secs");
    QVERIFY(field);
    QVERIFY(field->matches(QString()));
    QVERIFY(field->matches(u"PING line"_s));
    QVERIFY(field->matches(u"interval_secs"_s));
    QVERIFY(!field->matches(u"ping heartbeat"_s));
}

QTEST_GUILESS_MAIN(TestFieldTable)
#include "tst_fieldtable.moc"
