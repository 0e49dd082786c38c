// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/filtervalidation.h"

#include <QJsonDocument>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot;

class TestFilterValidation : public QObject
{
    Q_OBJECT

private slots:
    void validates_data();
    void validates();
    void namesEveryProblem();
};

void TestFilterValidation::validates_data()
{
    QTest::addColumn<QByteArray>("filters");
    QTest::addColumn<QString>("message"); // empty = acceptable
    const auto row = [](const char *name, const QByteArray &filters, const QString &message) {
        QTest::newRow(name) << filters << message;
    };
    const QString shape
        = u" is neither a {key, value} / {path, value} criterion nor an any_of/all_of/none_of group"_s;
    row("none", "[]", {});
    row("key", R"([{"key":"a","value":1}])", {});
    row("dotted key", R"([{"key":"a..b","value":1}])", {});
    row("empty key", R"([{"key":"","value":1}])", {});
    row("value null", R"([{"key":"a","value":null}])", {});
    row("path", R"([{"path":"a.b","value":1}])", {});
    row("extra keys", R"([{"key":"a","value":1,"note":"x"}])", {});
    row("a leaf with a group beside it", R"([{"key":"a","value":1,"any_of":3}])", {});
    row("groups", R"([{"any_of":[]},{"all_of":[{"none_of":[{"key":"a","value":1}]}]}])", {});

    row("scalar", R"([1])", u"filter #1"_s + shape);
    row("empty", R"([{"key":"a","value":1},{}])", u"filter #2"_s + shape);
    row("no value", R"([{"key":"a"}])", u"filter #1"_s + shape);
    row("no field", R"([{"value":1}])", u"filter #1"_s + shape);
    row("key is a number", R"([{"key":1,"value":1}])", u"filter #1"_s + shape);
    row("path is an array", R"([{"path":["a"],"value":1}])", u"filter #1"_s + shape);
    row("two groups", R"([{"any_of":[],"all_of":[]}])", u"filter #1"_s + shape);
    row("unknown group", R"([{"one_of":[]}])", u"filter #1"_s + shape);
    row("nested",
        R"([{"key":"a","value":1},{"all_of":[{"key":"a","value":1},{"any_of":[{"bogus":1}]}]}])",
        u"filter #2 -> all_of[1] -> any_of[0]"_s + shape);
    row("group is no array", R"([{"none_of":{"key":"a","value":1}}])",
        u"filter #1: none_of must be an array of filters"_s);
    row("nested group is no array", R"([{"any_of":[{"all_of":null}]}])",
        u"filter #1 -> any_of[0]: all_of must be an array of filters"_s);
    row("key and path", R"([{"key":"a","path":"a","value":1}])",
        u"filter #1 names its field with both key and path; use one or the other"_s);
    row("key and path, whatever they are", R"([{"key":1,"path":null}])",
        u"filter #1 names its field with both key and path; use one or the other"_s);
    row("empty segment", R"([{"path":"a..b","value":1}])",
        u"filter #1: path \"a..b\" has an empty segment"_s);
    row("empty first segment", R"([{"path":".a","value":1}])",
        u"filter #1: path \".a\" has an empty segment"_s);
    row("empty last segment", R"([{"path":"a.","value":1}])",
        u"filter #1: path \"a.\" has an empty segment"_s);
    row("empty path", R"([{"path":"","value":1}])", u"filter #1: path \"\" has an empty segment"_s);
    row("quotes in a path", R"([{"path":"a\"..\\","value":1}])",
        u"filter #1: path \"a\\\"..\\\\\" has an empty segment"_s);
}

void TestFilterValidation::validates()
{
    QFETCH(const QByteArray, filters);
    QFETCH(const QString, message);
    const QJsonArray array = QJsonDocument::fromJson(filters).array();
    const Result<void> result = validateFilters(array);
    QCOMPARE(result.has_value(), message.isEmpty());
    QCOMPARE(filterErrors(array).size(), message.isEmpty() ? 0 : 1);
    if (!result) {
        QCOMPARE(result.error().message, message);
        QCOMPARE(result.error().code, ErrorCode::InvalidArgument);
    }
}

void TestFilterValidation::namesEveryProblem()
{
    const QJsonArray array = QJsonDocument::fromJson(
        R"([1,{"any_of":[{"path":"","value":1},{"key":"a","value":1},{}]},{"all_of":2}])")
                                 .array();
    QStringList places;
    for (const Error &error : filterErrors(array)) {
        places.append(error.message.section(u' ', 0, 3));
    }
    const QStringList expected{u"filter #1 is neither"_s, u"filter #2 -> any_of[0]:"_s,
        u"filter #2 -> any_of[2]"_s, u"filter #3: all_of must"_s.section(u' ', 0, 3)};
    QCOMPARE(places, expected);
}

QTEST_GUILESS_MAIN(TestFilterValidation)
#include "tst_filtervalidation.moc"
