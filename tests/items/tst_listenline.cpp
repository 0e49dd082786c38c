// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/listenline.h"

#include <QTest>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

class TestListenLine final : public QObject
{
    Q_OBJECT
private slots:
    void writesEachOption();
    void saysWhatItLeavesOut();
    void refusesWhatIsNoDocument();
};

void TestListenLine::writesEachOption()
{
    const auto line = listenLine(
        u"{\"url\": \"wss://example.com/x?a=1&b=2\", \"script_path\": \"f/a/b\", \"is_flow\": "
        u"false,"
        " \"can_return_message\": true, \"can_return_error_result\": false,"
        " \"filters\": [{\"key\": \"n\", \"value\": 1.0}], \"filter_logic\": \"or\","
        " \"initial_messages\": [{\"raw_message\": \"it's\"}],"
        " \"heartbeat\": {\"interval_secs\": 41, \"message\": \"{}\", \"state_field\": \"s\"},"
        " \"connection\": {\"headers\": {\"X-A\": \"b c\"}, \"subprotocols\": [\"p\"]},"
        " \"delivery\": {\"isolation\": \"worker\", \"concurrency\": 2}}"_s,
        u"/home/ada/my bots/b.py"_s);
    QVERIFY(line);
    // 1.0 stays 1.0: for a filter 1 is another value
    QCOMPARE(line->text,
        u"earshot listen 'wss://example.com/x?a=1&b=2' --run '/home/ada/my bots/b.py' --reply "
        "--filter '{\"key\": \"n\", \"value\": 1.0}' --filter-logic or --initial 'it'\\''s' "
        "--heartbeat '41:{}' --state-field s --header 'X-A: b c' --subprotocol p "
        "--isolation worker --concurrency 2"_s);
    QVERIFY(line->leftOut.isEmpty());
}

void TestListenLine::saysWhatItLeavesOut()
{
    const auto line = listenLine(
        u"{\"url\": \"$script:f/a/url\", \"script_path\": \"f/a/b\", \"is_flow\": false,"
        " \"retry\": {\"constant\": {\"attempts\": 3}}, \"error_handler_path\": null, \"mode\": "
        "\"enabled\", \"filters\": []}"_s,
        u"b.py"_s);
    QVERIFY(line);
    QCOMPARE(line->leftOut, (QStringList{u"url"_s, u"retry"_s}));
}

void TestListenLine::refusesWhatIsNoDocument()
{
    QVERIFY(!listenLine(u"{"_s, u"b.py"_s));
}

QTEST_GUILESS_MAIN(TestListenLine)
#include "tst_listenline.moc"
