// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/references.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace earshot;
using namespace Qt::StringLiterals;

namespace {

class Values final : public ReferenceLookup
{
public:
    QHash<QString, QString> variables;
    QHash<QString, QJsonValue> resources;

    Result<QString> variable(const QString &path) const override
    {
        if (path == u"f/locked/v"_s) {
            return Error{ErrorCode::Unavailable, u"waiting for keychain"_s, {}};
        }
        const auto found = variables.constFind(path);
        return found != variables.cend() ? Result<QString>(*found)
                                         : Error{ErrorCode::NotFound, u"no such variable"_s, {}};
    }
    Result<QJsonValue> resource(const QString &path) const override
    {
        const auto found = resources.constFind(path);
        return found != resources.cend() ? Result<QJsonValue>(*found)
                                         : Error{ErrorCode::NotFound, u"no such resource"_s, {}};
    }
    std::optional<QString> reserved(const QString &name) const override
    {
        return name == u"WM_WORKSPACE"_s ? std::optional(u"main"_s) : std::nullopt;
    }
};

QJsonValue json(const char *text)
{
    return QJsonDocument::fromJson(text).array().at(0);
}

} // namespace

class TestReferences final : public QObject
{
    Q_OBJECT

    Values m_values;

    QString failure(const char *text)
    {
        const auto result = substitute(u"arg"_s, json(text), m_values);
        return result ? u"accepted"_s : result.error().message;
    }

private slots:
    void init()
    {
        m_values.variables = {{u"f/a/v"_s, u"secret"_s}, {u"f/a/n"_s, u"$var:f/a/v"_s}};
        m_values.resources
            = {{u"f/a/r"_s, QJsonObject{{u"host"_s, u"h"_s}, {u"password"_s, u"$var:f/a/v"_s}}},
                {u"f/a/outer"_s, QJsonObject{{u"inner"_s, u"$res:f/a/r"_s}}},
                {u"f/a/text"_s, u"plain"_s}, {u"f/a/number"_s, 5},
                {u"f/a/self"_s, QJsonArray{u"$res:f/a/other"_s}},
                {u"f/a/other"_s, QJsonObject{{u"x"_s, u"$res:f/a/self"_s}}}};
    }

    void arguments_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("after");
        const auto row = [](const char *name, const char *before, const char *after) {
            QTest::newRow(name) << QByteArray(before) << QByteArray(after);
        };
        row("variable", "[\"$var:f/a/v\"]", "[\"secret\"]");
        row("only at the start", "[\"x $var:f/a/v\"]", "[\"x $var:f/a/v\"]");
        row("a variable is not searched", "[\"$var:f/a/n\"]", "[\"$var:f/a/v\"]");
        row("resource", "[\"$res:f/a/r\"]", "[{\"host\":\"h\",\"password\":\"secret\"}]");
        row("nested resource", "[\"$res:f/a/outer\"]",
            "[{\"inner\":{\"host\":\"h\",\"password\":\"secret\"}}]");
        row("object", "[{\"a\":{\"b\":{\"c\":\"$var:f/a/v\"}},\"n\":1}]",
            "[{\"a\":{\"b\":{\"c\":\"secret\"}},\"n\":1}]");
        row("array", "[[\"$var:f/a/v\",1]]", "[[\"secret\",1]]");
        row("array of arrays", "[[[\"$var:f/a/v\"]]]", "[[[\"secret\"]]]");
        row("third array", "[[[[\"$var:f/a/v\"]]]]", "[[[[\"$var:f/a/v\"]]]]");
        row("reserved", "[\"$WM_WORKSPACE\"]", "[\"main\"]");
        row("not reserved", "[\"$HOME\"]", "[\"$HOME\"]");
        row("scalars", "[[1,null,true,\"\"]]", "[[1,null,true,\"\"]]");
    }
    void arguments()
    {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, after);
        const auto result = substitute(u"arg"_s, json(before.constData()), m_values);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QCOMPARE(QJsonDocument(QJsonArray{*result}).toJson(QJsonDocument::Compact), after);
    }

    void arrayItems()
    {
        QJsonArray array;
        for (int i = 0; i < kMaxReferenceArrayItems; ++i) {
            array.append(u"$var:f/a/v"_s);
        }
        QCOMPARE(substitute(u"a"_s, array, m_values)->toArray().last().toString(), u"secret"_s);
        array.append(u"$var:f/a/v"_s);
        QCOMPARE(substitute(u"a"_s, array, m_values)->toArray(), array);
    }

    void failures()
    {
        QCOMPARE(
            failure("[\"$var:f/a/x\"]"), u"Variable f/a/x not found for `arg`: no such variable"_s);
        QCOMPARE(failure("[{\"k\":[\"$res:f/a/x\"]}]"),
            u"Resource f/a/x not found for `k`: no such resource"_s);
        QCOMPARE(failure("[\"$res:x\"]"), u"Argument `arg` is an invalid resource path: x"_s);
        QCOMPARE(failure("[\"$var:f/locked/v\"]"), u"waiting for keychain"_s);
        QCOMPARE(failure("[\"$res:f/a/self\"]"),
            u"Resource f/a/self refers to itself: f/a/self → f/a/other → f/a/self"_s);
        QCOMPARE(substitute(u"a"_s, u"$var:f/a/x"_s, m_values).error().code, ErrorCode::NotFound);
    }

    void namesOfArguments()
    {
        const auto args
            = substituteArgs(QJsonObject{{u"token"_s, u"$var:f/a/v"_s}, {u"n"_s, 1}}, m_values);
        QVERIFY(args);
        QCOMPARE(*args, (QJsonObject{{u"token"_s, u"secret"_s}, {u"n"_s, 1}}));
        const auto missing = substituteArgs(QJsonObject{{u"token"_s, u"$var:f/a/x"_s}}, m_values);
        QVERIFY(!missing);
        QCOMPARE(
            missing.error().message, u"Variable f/a/x not found for `token`: no such variable"_s);
    }

    void resourceDepth()
    {
        for (int i = 0; i <= kMaxResourceDepth; ++i) {
            m_values.resources.insert(u"f/d/%1"_s.arg(i), u"$res:f/d/%1"_s.arg(i + 1));
        }
        m_values.resources.insert(u"f/d/%1"_s.arg(kMaxResourceDepth - 1), u"end"_s);
        QCOMPARE(substitute(u"a"_s, u"$res:f/d/0"_s, m_values)->toString(), u"end"_s);
        m_values.resources.insert(
            u"f/d/%1"_s.arg(kMaxResourceDepth - 1), u"$res:f/d/%1"_s.arg(kMaxResourceDepth));
        const auto deep = substitute(u"a"_s, u"$res:f/d/0"_s, m_values);
        QVERIFY(!deep);
        QCOMPARE(deep.error().code, ErrorCode::LimitExceeded);
    }

    /// Ten resources of ten references each would have ten thousand million values.
    void resourceBomb()
    {
        for (int i = 0; i < 10; ++i) {
            QJsonArray array;
            for (int k = 0; k < 10; ++k) {
                array.append(u"$res:f/b/%1"_s.arg(i + 1));
            }
            m_values.resources.insert(u"f/b/%1"_s.arg(i), array);
        }
        m_values.resources.insert(u"f/b/10"_s, u"x"_s);
        const auto bomb = substitute(u"a"_s, u"$res:f/b/0"_s, m_values);
        QVERIFY(!bomb);
        QCOMPARE(bomb.error().code, ErrorCode::LimitExceeded);
        QVERIFY(bomb.error().message.contains(u"10000"_s));
    }

    void texts_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        const auto row = [](const char *name, const QString &before, const QString &after) {
            QTest::newRow(name) << before << after;
        };
        row("inside", u"wss://h/?t=$var:f/a/v&x=1"_s, u"wss://h/?t=secret&x=1"_s);
        row("twice", u"$var:f/a/v$var:f/a/v"_s, u"secretsecret"_s);
        row("quoted", u"{\"a\":\"$var:f/a/v\"}"_s, u"{\"a\":\"secret\"}"_s);
        row("end of a sentence", u"see $var:f/a/v."_s, u"see secret."_s);
        row("result is not searched", u"$var:f/a/n"_s, u"$var:f/a/v"_s);
        row("resource", u"r=$res:f/a/r"_s, u"r={\"host\":\"h\",\"password\":\"secret\"}"_s);
        row("text resource", u"$res:f/a/text!"_s, u"plain!"_s);
        row("number resource", u"$res:f/a/number"_s, u"5"_s);
        row("no path", u"$var: and $res: and $var:x"_s, u"$var: and $res: and $var:x"_s);
        row("leading slash", u"$var:/a/b"_s, u"$var:/a/b"_s);
        row("other words", u"$HOME $script:f/a/b $"_s, u"$HOME $script:f/a/b $"_s);
        row("nothing", QString(), QString());
    }
    void texts()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        const auto result = substituteText(u"url"_s, before, m_values);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QCOMPARE(*result, after);
    }

    void failingTexts()
    {
        const auto missing = substituteText(u"url"_s, u"ws://h/$var:f/a/x"_s, m_values);
        QVERIFY(!missing);
        QCOMPARE(
            missing.error().message, u"Variable f/a/x not found for `url`: no such variable"_s);
        QVERIFY(!substituteText(u"url"_s, u"$res:f/a/self"_s, m_values));
    }

    void lists()
    {
        QCOMPARE(referencesIn(u"{\"a\":\"$var:f/a/v\",\"b\":\"x$res:f/a/r $var:f/a/v\"}"),
            QStringList({u"$var:f/a/v"_s, u"$res:f/a/r"_s}));
    }
};

QTEST_GUILESS_MAIN(TestReferences)
#include "tst_references.moc"
