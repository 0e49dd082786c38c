// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/errorcodes.h"
#include "model/rpc/jsonrpcmessage.h"
#include "model/rpc/methods.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>

using namespace earshot;
using namespace earshot::rpc;
using namespace Qt::StringLiterals;

/// docs/rpc.md and the method table say the same.
class TestRpcDocument final : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void listsTheMethodsInOrder();
    void describesEachMethod_data();
    void describesEachMethod();
    void listsThePushes();
    void listsTheErrorCodes();

private:
    QString m_text;
};

void TestRpcDocument::initTestCase()
{
    QFile file(qEnvironmentVariable("EARSHOT_SOURCE_DIR") + u"/docs/rpc.md"_s);
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
    m_text = QString::fromUtf8(file.readAll());
}

void TestRpcDocument::listsTheMethodsInOrder()
{
    static const QRegularExpression heading(u"^### (\\S+)$"_s, QRegularExpression::MultilineOption);
    QStringList documented;
    auto matches = heading.globalMatch(m_text);
    while (matches.hasNext()) {
        documented += matches.next().captured(1);
    }
    QStringList table;
    for (const MethodInfo &method : methodTable()) {
        table += method.name;
        QCOMPARE(findMethod(method.name), &method);
    }
    QCOMPARE(documented, table);
    QVERIFY(!findMethod(u"service.nothing"));
}

void TestRpcDocument::describesEachMethod_data()
{
    QTest::addColumn<int>("index");
    for (int i = 0; i < methodTable().size(); ++i) {
        QTest::newRow(qPrintable(methodTable().at(i).name)) << i;
    }
}

void TestRpcDocument::describesEachMethod()
{
    QFETCH(int, index);
    const MethodInfo &method = methodTable().at(index);
    const qsizetype start = m_text.indexOf(u"### "_s + method.name + u'\n');
    QVERIFY(start >= 0);
    const QString section = m_text.mid(start, m_text.indexOf(u"\n#"_s, start + 4) - start);
    QCOMPARE(section.contains(u"**changes**"), method.hasSideEffects);

    static const QRegularExpression parameter(
        u"^\\* `(\\w+)` \\(([^)]*)\\)"_s, QRegularExpression::MultilineOption);
    QList<ParameterInfo> documented;
    auto matches = parameter.globalMatch(section);
    while (matches.hasNext()) {
        const auto match = matches.next();
        documented.append(
            {.name = match.captured(1), .required = !match.captured(2).contains(u"optional")});
    }
    QCOMPARE(documented, method.parameters);

    const qsizetype result = section.indexOf(u"\nResult: "_s);
    QVERIFY(result > 0);
    const qsizetype code = section.indexOf(u"```json\n"_s);
    QVERIFY(code > result);
    const QString resultText = section.mid(result, code - result);
    for (const QString &name : method.results) {
        QVERIFY2(resultText.contains(u'`' + name + u'`'), qPrintable(name));
    }

    const QStringList example = section.mid(code + 8).split(u'\n');
    const auto request = parseRequest(example.at(0).toUtf8());
    QVERIFY(std::holds_alternative<JsonRpcRequest>(request));
    const auto &call = std::get<JsonRpcRequest>(request);
    QCOMPARE(call.method, method.name);
    QStringList names;
    for (const ParameterInfo &info : method.parameters) {
        names += info.name;
        QVERIFY2(!info.required || call.params.contains(info.name), qPrintable(info.name));
    }
    for (const QString &name : call.params.keys()) {
        QVERIFY2(names.contains(name), qPrintable(name));
    }
    const auto answer = parseAnswer(example.at(1).toUtf8());
    QVERIFY(answer);
    const auto &response = std::get<JsonRpcResponse>(*answer);
    QCOMPARE(response.id, call.id);
    QVERIFY(response.result);
    for (const QString &name : response.result->keys()) {
        QVERIFY2(method.results.contains(name), qPrintable(name));
    }
}

void TestRpcDocument::listsThePushes()
{
    static const QRegularExpression row(
        u"^\\| `(\\w+\\.\\w+)` \\|"_s, QRegularExpression::MultilineOption);
    QStringList documented;
    auto matches = row.globalMatch(m_text);
    while (matches.hasNext()) {
        documented += matches.next().captured(1);
    }
    QCOMPARE(documented, pushNames());
}

void TestRpcDocument::listsTheErrorCodes()
{
    static const QRegularExpression row(
        u"^\\| (-\\d+) \\| `(\\w+)` \\|"_s, QRegularExpression::MultilineOption);
    QList<int> codes;
    auto matches = row.globalMatch(m_text);
    while (matches.hasNext()) {
        const auto match = matches.next();
        codes.append(match.captured(1).toInt());
        QCOMPARE(rpcName(codes.constLast()), match.captured(2));
    }
    for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code) {
        QVERIFY(codes.contains(rpcCode(static_cast<ErrorCode>(code))));
        QCOMPARE(errorCode(rpcCode(static_cast<ErrorCode>(code))), static_cast<ErrorCode>(code));
    }
    for (const int code : {kParseError, kInvalidRequest, kUnknownMethod, kHelloRequired}) {
        QVERIFY(codes.contains(code));
    }
}

QTEST_GUILESS_MAIN(TestRpcDocument)
#include "tst_rpcdocument.moc"
