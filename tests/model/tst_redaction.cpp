// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/jsontext.h"
#include "model/redaction.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTest>
#include <QUrl>

using namespace earshot;
using namespace Qt::StringLiterals;

class TestRedaction final : public QObject
{
    Q_OBJECT

private slots:
    void urls_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("masked");
        QTest::newRow("plain") << u"ws://h:1/p"_s << u"ws://h:1/p"_s;
        QTest::newRow("query") << u"wss://h/p?token=abc&v=1&e="_s
                               << u"wss://h/p?token=•••&v=•••&e="_s;
        QTest::newRow("no path") << u"wss://h?token=abc"_s << u"wss://h?token=•••"_s;
        QTest::newRow("bare query") << u"wss://h/?abcdef"_s << u"wss://h/?•••"_s;
        QTest::newRow("user") << u"wss://u:p@h/"_s << u"wss://•••@h/"_s;
        QTest::newRow("at in password") << u"wss://u:p@q@h/@x"_s << u"wss://•••@h/@x"_s;
        QTest::newRow("fragment") << u"wss://h/#tok"_s << u"wss://h/#•••"_s;
        QTest::newRow("fragment with ?") << u"wss://h/#a?b=c"_s << u"wss://h/#•••"_s;
        QTest::newRow("reference") << u"wss://h/?t=$var:f/a/t"_s << u"wss://h/?t=$var:f/a/t"_s;
        QTest::newRow("runnable") << u"$script:f/a/b"_s << u"$script:f/a/b"_s;
        QTest::newRow("no scheme") << u"u:p@h/x?a=b"_s << u"•••@h/x?a=•••"_s;
        QTest::newRow("empty") << QString() << QString();
    }
    void urls()
    {
        QFETCH(QString, url);
        QFETCH(QString, masked);
        QCOMPARE(maskUrl(url), masked);
    }

    void urlsInTexts()
    {
        QCOMPARE(maskUrlsIn(u"cannot open \"wss://u:p@h/?t=abc\": refused (see http://x/?k=v)."_s),
            u"cannot open \"wss://•••@h/?t=•••\": refused (see http://x/?k=•••)."_s);
        QCOMPARE(maskUrlsIn(u"nothing here: //x?a=b"_s), u"nothing here: //x?a=b"_s);
        QCOMPARE(maskUrlsIn(u"a://b?c=d,e://f?g=h"_s), u"a://b?c=•••"_s);
    }

    void headers()
    {
        QCOMPARE(maskHeaderValue(u"authorization"_s, u"Bearer abc"_s), u"Bearer •••"_s);
        QCOMPARE(maskHeaderValue(u"Proxy-Authorization"_s, u"abc"_s), u"•••"_s);
        QCOMPARE(maskHeaderValue(u"Cookie"_s, u"a=b; c=d"_s), u"•••"_s);
        QCOMPARE(maskHeaderValue(u"X-API-Key"_s, u"abc def"_s), u"•••"_s);
        QCOMPARE(maskHeaderValue(u"X-Auth-Token"_s, u"$var:f/a/t"_s), u"$var:f/a/t"_s);
        QCOMPARE(maskHeaderValue(u"User-Agent"_s, u"abc"_s), u"abc"_s);
    }

    void documents()
    {
        const QByteArray json
            = "{ \"n\": 1.0, \"url\": \"wss://h/?t=abc\",\n \"connection\": "
              "{\"proxy\": \"http://u:p@x:1\", \"headers\": {\"Cookie\": \"a=b\", "
              "\"X\": \"y\", \"Token\": [\"a\", \"b\"]}}}";
        const QByteArray expected
            = "{ \"n\": 1.0, \"url\": \"wss://h/?t=•••\",\n \"connection\": "
              "{\"proxy\": \"http://•••@x:1\", \"headers\": {\"Cookie\": \"•••\", "
              "\"X\": \"y\", \"Token\": [\"•••\", \"•••\"]}}}";
        QCOMPARE(maskTriggerDocument(json), expected);
        QCOMPARE(maskTriggerDocument("[1]"), QByteArray());
        QCOMPARE(maskTriggerDocument("{\"url\":5,\"connection\":[{\"headers\":1}]}"),
            QByteArray("{\"url\":5,\"connection\":[{\"headers\":1}]}"));
    }

    void withoutSecretsNothingIsCopied()
    {
        const QByteArray text(1000, 'x');
        QCOMPARE(Redactor().redact(text).constData(), text.constData());
        QVERIFY(Redactor().isEmpty());
        QVERIFY(Redactor({u"abc"_s, QString()}).isEmpty());
        const Redactor redactor({u"canary-1"_s});
        QCOMPARE(redactor.redact(text).constData(), text.constData());
    }

    void forms_data()
    {
        QTest::addColumn<QString>("secret");
        QTest::newRow("word") << u"canary-7f3a9c"_s;
        QTest::newRow("specials") << u"a\"b\\c/d e+f&g=h%i\n'(!)*é😀~"_s;
        QTest::newRow("short") << u"ab/c"_s;
    }
    void forms()
    {
        QFETCH(QString, secret);
        const Redactor redactor({u"other-secret"_s, secret});
        const QByteArray utf8 = secret.toUtf8();
        const QByteArray before = "x";
        QCOMPARE(redactor.redact(before + utf8 + before), QByteArray("x•••x"));
        QCOMPARE(redactor.redact(QString(u"x"_s + secret + u"x"_s)), u"x•••x"_s);
        const QByteArray json
            = QJsonDocument(QJsonObject{{u"k"_s, secret}}).toJson(QJsonDocument::Compact);
        QCOMPARE(redactor.redact(json), QByteArray("{\"k\":\"•••\"}"));
        const QByteArray percent = QUrl::toPercentEncoding(secret);
        QCOMPARE(redactor.redact(QByteArray("?t=" + percent + "&")), QByteArray("?t=•••&"));
        QByteArray form = percent;
        QCOMPARE(redactor.redact(form.replace("%20", "+")), QByteArray("•••"));
        const QByteArray component = QUrl::toPercentEncoding(secret, "!'()*");
        QCOMPARE(redactor.redact(component), QByteArray("•••"));
        for (int prefix = 0; prefix < 6; ++prefix) {
            for (const auto alphabet :
                {QByteArray::Base64Encoding, QByteArray::Base64UrlEncoding}) {
                const QByteArray base64
                    = QByteArray(QByteArray(prefix, 'u') + utf8 + "tail").toBase64(alphabet);
                const QByteArray redacted = redactor.redact(base64);
                // Four bytes between others have five digits of their own at best.
                if (utf8.size() > 4) {
                    QVERIFY2(redacted.contains("•••"), base64.constData());
                }
            }
        }
    }

    void asciiJson()
    {
        const Redactor redactor({u"pä/ss😀"_s});
        QCOMPARE(
            redactor.redact(QByteArray("\"p\\u00e4/ss\\ud83d\\ude00\"")), QByteArray("\"•••\""));
        QCOMPARE(
            redactor.redact(QByteArray("\"p\\u00e4\\/ss\\ud83d\\ude00\"")), QByteArray("\"•••\""));
    }

    void linesOfAKeyFile()
    {
        const Redactor redactor({u"-----BEGIN-----\nMIIEvQIBADANBg\nx\n-----END-----\n"_s});
        QCOMPARE(redactor.redact(QByteArray("log: MIIEvQIBADANBg\n")), QByteArray("log: •••\n"));
        QCOMPARE(redactor.redact(QByteArray("x")), QByteArray("x"));
    }

    void overlapping()
    {
        const Redactor redactor({u"abcdef"_s, u"defghi"_s, u"abcd"_s});
        QCOMPARE(redactor.redact(QByteArray("1abcdefghi2")), QByteArray("1•••2"));
        QCOMPARE(redactor.redact(QByteArray("1abcdx2")), QByteArray("1•••x2"));
        QCOMPARE(redactor.redact(QByteArray("abcdefdefghi")), QByteArray("••••••"));
        QCOMPARE(redactor.redact(QByteArray("abc")), QByteArray("abc"));
    }

    /// Compared with the obvious way of doing it.
    void likeReplacing()
    {
        QRandomGenerator random(7);
        for (int round = 0; round < 300; ++round) {
            QStringList secrets;
            for (int i = 0; i < 5; ++i) {
                QString secret;
                for (int c = 0; c < 5; ++c) {
                    secret += QChar(u'a' + random.bounded(2));
                }
                secrets.append(secret);
            }
            QByteArray text;
            for (int c = 0; c < 60; ++c) {
                text += char('a' + random.bounded(2));
            }
            QByteArray hidden(text.size(), '0');
            for (const QString &secret : secrets) {
                const QByteArray bytes = secret.toUtf8();
                for (qsizetype at = text.indexOf(bytes); at >= 0;
                     at = text.indexOf(bytes, at + 1)) {
                    hidden.replace(at, bytes.size(), QByteArray(bytes.size(), '1'));
                }
            }
            QByteArray visible;
            for (qsizetype i = 0; i < text.size(); ++i) {
                if (hidden.at(i) == '0') {
                    visible += text.at(i);
                }
            }
            QByteArray redacted = Redactor(secrets).redact(text);
            QCOMPARE(redacted.replace("•••", ""), visible);
        }
    }
};

QTEST_GUILESS_MAIN(TestRedaction)
#include "tst_redaction.moc"
