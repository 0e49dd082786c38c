// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/expressionhost.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <optional>

using namespace earshot;
using namespace earshot::runner;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(ExpressionHost::Mode)

class TestExpressionHost : public QObject
{
    Q_OBJECT

private slots:
    void value_data();
    void value();
    void failure_data();
    void failure();
    void timeLimit();
    void missingHelper();
    void functionBody_data();
    void functionBody();

private:
    std::optional<Result<QJsonValue>> evaluate(ExpressionHost &host, const QString &expression,
        ExpressionHost::Mode mode = ExpressionHost::Mode::Value);

    SystemClock m_clock;
};

std::optional<Result<QJsonValue>> TestExpressionHost::evaluate(
    ExpressionHost &host, const QString &expression, ExpressionHost::Mode mode)
{
    std::optional<Result<QJsonValue>> answer;
    const QJsonObject bindings{
        {u"result"_s, QJsonObject{{u"n"_s, 3}, {u"list"_s, QJsonArray{1, 2}}}},
        {u"error"_s, QJsonObject{{u"message"_s, u"boom"_s}}}};
    host.evaluate(expression, bindings, mode,
        [&answer](const Result<QJsonValue> &result) { answer = result; });
    (void)QTest::qWaitFor([&answer] { return answer.has_value(); }, 30'000);
    return answer;
}

void TestExpressionHost::value_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<ExpressionHost::Mode>("mode");
    QTest::addColumn<QJsonValue>("value");
    constexpr auto kValue = ExpressionHost::Mode::Value;
    constexpr auto kPredicate = ExpressionHost::Mode::Predicate;
    QTest::newRow("path") << u"result.n"_s << kValue << QJsonValue(3);
    QTest::newRow("array stays one")
        << u"Array.isArray(result.list)"_s << kValue << QJsonValue(true);
    QTest::newRow("object") << u"({a: error.message})"_s << kValue
                            << QJsonValue(QJsonObject{{u"a"_s, u"boom"_s}});
    QTest::newRow("undefined") << u"result.none"_s << kValue << QJsonValue();
    QTest::newRow("NaN") << u"0/0"_s << kValue << QJsonValue();
    QTest::newRow("integral") << u"6 / 2"_s << kValue << QJsonValue(3);
    QTest::newRow("statements") << u"const a = 2; return a * result.n;"_s << kValue
                                << QJsonValue(6);
    QTest::newRow("semicolon in a string") << u"'a;b'"_s << kValue << QJsonValue(u"a;b"_s);
    QTest::newRow("text false is true") << u"'false'"_s << kPredicate << QJsonValue(true);
    QTest::newRow("empty text") << u"''"_s << kPredicate << QJsonValue(false);
    QTest::newRow("missing") << u"result.none"_s << kPredicate << QJsonValue(false);
}

void TestExpressionHost::value()
{
    QFETCH(QString, expression);
    QFETCH(ExpressionHost::Mode, mode);
    QFETCH(QJsonValue, value);
    ExpressionHost host(m_clock, QStringLiteral(RUNNERHOST));
    const auto answer = evaluate(host, expression, mode);
    QVERIFY(answer);
    QVERIFY2(
        answer->has_value(), qPrintable(answer->has_value() ? QString() : answer->error().message));
    QCOMPARE(**answer, value);
}

void TestExpressionHost::failure_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("text");
    QTest::newRow("syntax") << u"result.("_s << u"SyntaxError"_s;
    QTest::newRow("throws") << u"throw new Error('no')"_s << u"Error: no"_s;
    QTest::newRow("unknown name") << u"nothing.here"_s << u"nothing is not defined"_s;
    QTest::newRow("circular") << u"const a = {}; a.a = a; return a"_s << u"TypeError"_s;
}

void TestExpressionHost::failure()
{
    QFETCH(QString, expression);
    QFETCH(QString, text);
    ExpressionHost host(m_clock, QStringLiteral(RUNNERHOST));
    const auto answer = evaluate(host, expression);
    QVERIFY(answer && !answer->has_value());
    QVERIFY2(answer->error().message.contains(text), qPrintable(answer->error().message));
    // The helper is not harmed.
    QCOMPARE(**evaluate(host, u"1 + 1"_s), QJsonValue(2));
}

void TestExpressionHost::timeLimit()
{
    ExpressionHost host(m_clock, QStringLiteral(RUNNERHOST));
    QCOMPARE(**evaluate(host, u"1"_s), QJsonValue(1)); // the helper is up
    host.setTimeLimit(2'000);
    const auto answer = evaluate(host, u"while (true) {}"_s);
    QVERIFY(answer && !answer->has_value());
    QCOMPARE(answer->error().message, u"took too long to execute (>2000ms)"_s);
    QCOMPARE(int(answer->error().code), int(ErrorCode::Timeout));
    host.setTimeLimit(20'000);
    QCOMPARE(**evaluate(host, u"2"_s), QJsonValue(2));
}

void TestExpressionHost::missingHelper()
{
    ExpressionHost host(m_clock, u"/nonexistent/earshot"_s);
    const auto answer = evaluate(host, u"1"_s);
    QVERIFY(answer && !answer->has_value());
    QCOMPARE(int(answer->error().code), int(ErrorCode::Unavailable));
}

void TestExpressionHost::functionBody_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("body");
    QTest::newRow("plain") << u" a + b "_s << u"return a + b"_s;
    QTest::newRow("return") << u"return 1"_s << u"return 1"_s;
    QTest::newRow("identifier that begins like a word") << u"iffy"_s << u"return iffy"_s;
    QTest::newRow("if") << u"if (a) return 1"_s << u"if (a) return 1"_s;
    QTest::newRow("semicolon") << u"a; b"_s << u"a; b"_s;
    QTest::newRow("semicolon in a template") << u"`;`"_s << u"return `;`"_s;
    QTest::newRow("escaped quote") << u"'\\';'"_s << u"return '\\';'"_s;
}

void TestExpressionHost::functionBody()
{
    QFETCH(QString, expression);
    QFETCH(QString, body);
    QCOMPARE(ExpressionHost::functionBody(expression), body);
}

QTEST_GUILESS_MAIN(TestExpressionHost)
#include "tst_expressionhost.moc"
