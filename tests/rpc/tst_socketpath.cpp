// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/socketpath.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace earshot;
using namespace earshot::rpc;
using namespace Qt::StringLiterals;

class TestSocketPath final : public QObject
{
    Q_OBJECT
private slots:
    void followsTheRule();
    void refusesALongPathInWords();
    void dataDirectoriesDoNotMeet();
    void createsAPrivateDirectory();
    void refusesASharedFallbackDirectory();
};

void TestSocketPath::followsTheRule()
{
    const QTemporaryDir runtime;
    SocketPlace place;
    place.dataDir = u"/home/ada/data"_s;
    place.runtimeDir = runtime.path();
    QCOMPARE(*socketPath(place), runtime.path() + u"/earshot/default.sock"_s);

    place.runtimeDir.clear();
    QCOMPARE(*socketPath(place), u"/home/ada/data/run/default.sock"_s);
    place.runtimeDir = u"/does/not/exist"_s;
    QCOMPARE(*socketPath(place), u"/home/ada/data/run/default.sock"_s);

    place.dataDir = u"/home/"_s + QString(100, u'x');
    QCOMPARE(*socketPath(place), u"/tmp/earshot-%1/default.sock"_s.arg(::getuid()));

    place.socket = u"/run/user/1/own.sock"_s;
    QCOMPARE(*socketPath(place), place.socket);
    place.socket = u"own.sock"_s;
    QCOMPARE(*socketPath(place), QDir::current().absoluteFilePath(u"own.sock"_s));
}

void TestSocketPath::refusesALongPathInWords()
{
    SocketPlace place;
    place.socket = u'/' + QString(kMaxSocketPathBytes - 1, u'a');
    QVERIFY(socketPath(place));
    place.socket += u'a';
    const auto path = socketPath(place);
    QVERIFY(!path);
    QCOMPARE(path.error().code, ErrorCode::InvalidArgument);
    QVERIFY(path.error().message.contains(QString::number(kMaxSocketPathBytes + 1)));
    // bytes count, not characters
    place.socket = u'/' + QString(60, u'ä');
    QVERIFY(!socketPath(place));
}

void TestSocketPath::dataDirectoriesDoNotMeet()
{
    qunsetenv("EARSHOT_SOCKET");
    qunsetenv("EARSHOT_DATA_DIR");
    const SocketPlace usual = SocketPlace::fromEnvironment();
    QCOMPARE(usual.profile, u"default"_s);
    const SocketPlace one = SocketPlace::fromEnvironment({}, u"/tmp/one"_s);
    const SocketPlace two = SocketPlace::fromEnvironment({}, u"/tmp/two"_s);
    QCOMPARE_NE(one.profile, two.profile);
    QCOMPARE(one.profile, SocketPlace::fromEnvironment({}, u"/tmp/x/../one/"_s).profile);
    QCOMPARE(SocketPlace::fromEnvironment({}, defaultDataDir()).profile, u"default"_s);
}

void TestSocketPath::createsAPrivateDirectory()
{
    const QTemporaryDir home;
    const QString socket = home.filePath(u"a/b/c.sock"_s);
    const auto mask = ::umask(0);
    const auto prepared = prepareSocketDirectory(socket);
    ::umask(mask);
    QVERIFY(prepared);
    struct stat info
    { };
    QCOMPARE(::stat(QFile::encodeName(home.filePath(u"a/b"_s)).constData(), &info), 0);
    QCOMPARE(info.st_mode & 0777, 0700U);
    QVERIFY(prepareSocketDirectory(socket));
}

void TestSocketPath::refusesASharedFallbackDirectory()
{
    const QString fallback = u"/tmp/earshot-%1"_s.arg(::getuid());
    const bool existed = QFileInfo::exists(fallback);
    QVERIFY(prepareSocketDirectory(fallback + u"/default.sock"_s));
    const QByteArray encoded = QFile::encodeName(fallback);
    QCOMPARE(::chmod(encoded.constData(), 0755), 0);
    const auto prepared = prepareSocketDirectory(fallback + u"/default.sock"_s);
    QCOMPARE(::chmod(encoded.constData(), 0700), 0);
    if (!existed) {
        QDir().rmdir(fallback);
    }
    QVERIFY(!prepared);
    QCOMPARE(prepared.error().code, ErrorCode::PermissionDenied);
}

QTEST_GUILESS_MAIN(TestSocketPath)
#include "tst_socketpath.moc"
