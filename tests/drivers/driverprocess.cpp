// SPDX-License-Identifier: GPL-3.0-or-later
#include "driverprocess.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::tests {

namespace {

QString sourceFolder()
{
    return QString::fromLocal8Bit(qgetenv("EARSHOT_SOURCE_DIR"));
}

QJsonObject runtimeFile(const QString &runtime)
{
    QFile file(sourceFolder() + u"/resources/runtimes/"_s + runtime + u".json"_s);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("no runtime file for %s", qPrintable(runtime));
    return QJsonDocument::fromJson(file.readAll()).object();
}

QStringList commandLine(const QString &runtime, const QString &key, const QString &script)
{
    const QJsonObject file = runtimeFile(runtime);
    QStringList command;
    for (const QJsonValue part : file.value(key).toArray()) {
        QString text = part.toString();
        text.replace("{interpreter}"_L1, interpreterOf(runtime));
        text.replace("{driver}"_L1,
            sourceFolder() + u"/resources/drivers/"_s + file.value("driver"_L1).toString());
        text.replace("{script}"_L1, script);
        command += text;
    }
    return command;
}

struct Pipe
{
    int readEnd = -1;
    int writeEnd = -1;

    Pipe()
    {
        int ends[2] = {-1, -1};
        if (pipe2(ends, O_CLOEXEC) != 0)
            qFatal("pipe2 failed");
        // Above the descriptors that the child gets, so that no dup2 overwrites one still needed.
        readEnd = fcntl(ends[0], F_DUPFD_CLOEXEC, 10);
        writeEnd = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
        ::close(ends[0]);
        ::close(ends[1]);
    }
};

std::vector<char *> pointersTo(QByteArrayList &list)
{
    std::vector<char *> pointers;
    for (QByteArray &item : list)
        pointers.push_back(item.data());
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

QString Response::type() const
{
    return head.value("type"_L1).toString();
}

QJsonValue Response::bodyJson() const
{
    return jsonOf(body);
}

DriverProcess::DriverProcess(
    const QString &runtime, const QString &script, const QStringList &environment, Mode mode)
    : m_folder(QFileInfo(script).absolutePath())
{
    const QString key = mode == Mode::ForkServer ? u"fork_server_argv"_s : u"argv"_s;
    QByteArrayList arguments;
    for (const QString &argument : commandLine(runtime, key, script))
        arguments += argument.toLocal8Bit();
    QByteArrayList variables{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
        "HOME=" + m_folder.toLocal8Bit(), "TMPDIR=" + m_folder.toLocal8Bit()};
    const QJsonObject own = runtimeFile(runtime).value("environment"_L1).toObject();
    for (auto it = own.begin(); it != own.end(); ++it)
        variables += (it.key() + u'=' + it.value().toString()).toLocal8Bit();
    for (const QString &variable : environment)
        variables += variable.toLocal8Bit();

    const Pipe requests;
    const Pipe responses;
    const Pipe output;
    const Pipe errors;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const QByteArray folder = m_folder.toLocal8Bit();
    posix_spawn_file_actions_addchdir_np(&actions, folder.constData());
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output.writeEnd, 1);
    posix_spawn_file_actions_adddup2(&actions, errors.writeEnd, 2);
    posix_spawn_file_actions_adddup2(&actions, requests.readEnd, 3);
    posix_spawn_file_actions_adddup2(&actions, responses.writeEnd, 4);
    std::vector<char *> argv = pointersTo(arguments);
    std::vector<char *> envp = pointersTo(variables);
    if (posix_spawn(&m_pid, argv[0], &actions, nullptr, argv.data(), envp.data()) != 0)
        m_pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    ::close(requests.readEnd);
    ::close(responses.writeEnd);
    ::close(output.writeEnd);
    ::close(errors.writeEnd);
    m_requestFd = requests.writeEnd;
    m_streams[0].fd = output.readEnd;
    m_streams[1].fd = errors.readEnd;
    m_streams[2].fd = responses.readEnd;
    // A driver that ended early is seen by its missing answer.
    std::signal(SIGPIPE, SIG_IGN);
}

DriverProcess::~DriverProcess()
{
    closeInput();
    if (m_pid > 0) {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
    for (Stream &stream : m_streams) {
        if (stream.fd >= 0)
            ::close(stream.fd);
    }
}

void DriverProcess::send(const QByteArray &bytes)
{
    qsizetype at = 0;
    while (at < bytes.size()) {
        const ssize_t written
            = ::write(m_requestFd, bytes.constData() + at, size_t(bytes.size() - at));
        if (written < 0 && errno != EINTR)
            return;
        at += std::max<ssize_t>(written, 0);
    }
}

void DriverProcess::sendRun(int id, const QByteArray &message, const QJsonObject &more)
{
    QJsonObject request = more;
    request.insert("type"_L1, "run"_L1);
    request.insert("id"_L1, id);
    if (!message.isNull())
        request.insert("msg_bytes"_L1, message.size());
    send(QJsonDocument(request).toJson(QJsonDocument::Compact) + '\n' + message);
}

void DriverProcess::closeInput()
{
    if (m_requestFd >= 0)
        ::close(std::exchange(m_requestFd, -1));
}

QByteArrayList DriverProcess::pipeNames() const
{
    QByteArrayList names;
    for (const int fd : {m_requestFd, m_streams[2].fd}) {
        struct stat status = {};
        if (::fstat(fd, &status) == 0)
            names += "pipe:[" + QByteArray::number(qulonglong(status.st_ino)) + ']';
    }
    return names;
}

bool DriverProcess::pump()
{
    pollfd entries[3];
    bool hasOpen = false;
    for (int i = 0; i < 3; ++i) {
        entries[i] = {m_streams[i].fd, POLLIN, 0};
        hasOpen = hasOpen || m_streams[i].fd >= 0;
    }
    if (!hasOpen || ::poll(entries, 3, kDeadlineMs) <= 0)
        return false;
    for (int i = 0; i < 3; ++i) {
        if (entries[i].revents == 0)
            continue;
        char buffer[65536];
        const ssize_t size = ::read(m_streams[i].fd, buffer, sizeof buffer);
        if (size > 0) {
            m_streams[i].text.append(buffer, size);
        } else {
            ::close(m_streams[i].fd);
            m_streams[i].fd = -1;
        }
    }
    return true;
}

bool DriverProcess::takeResponse(Response &response)
{
    QByteArray &text = m_streams[2].text;
    const qsizetype end = text.indexOf('\n');
    if (end < 0)
        return false;
    const QJsonObject head = QJsonDocument::fromJson(text.left(end)).object();
    const QJsonValue size = head.contains("send_bytes"_L1) ? head.value("send_bytes"_L1)
                                                           : head.value("result_bytes"_L1);
    const qsizetype bodySize = size.toInteger(0);
    if (text.size() < end + 1 + bodySize)
        return false;
    response = {head, text.mid(end + 1, bodySize)};
    text.remove(0, end + 1 + bodySize);
    return true;
}

Response DriverProcess::next()
{
    Response response;
    while (!takeResponse(response)) {
        if (m_streams[2].fd < 0 || !pump()) {
            qWarning() << "no response; stderr:" << errorOutput()
                       << "stdout:" << output().left(2000);
            return {};
        }
    }
    return response;
}

Response DriverProcess::nextOutcome()
{
    Response response;
    do {
        response = next();
    } while (response.type() == "started"_L1);
    return response;
}

bool DriverProcess::waitForEndOfResponses()
{
    while (m_streams[2].fd >= 0 && pump()) { }
    return m_streams[2].fd < 0;
}

int DriverProcess::waitForExit()
{
    while ((m_streams[0].fd >= 0 || m_streams[1].fd >= 0 || m_streams[2].fd >= 0) && pump()) { }
    if (m_streams[0].fd >= 0 || m_streams[1].fd >= 0 || m_streams[2].fd >= 0)
        return -1;
    int status = -1;
    if (m_pid <= 0 || ::waitpid(m_pid, &status, 0) != m_pid)
        return -1;
    m_pid = -1;
    return status;
}

bool DriverProcess::waitForOutput(const QByteArray &text)
{
    while (!output().contains(text) && !errorOutput().contains(text)) {
        if (!pump())
            return false;
    }
    return true;
}

QString interpreterOf(const QString &runtime)
{
    const QByteArray variable = "EARSHOT_" + runtime.toUpper().toLatin1();
    if (qEnvironmentVariableIsSet(variable.constData()))
        return qEnvironmentVariable(variable.constData());
    const QString tools = sourceFolder() + u"/tests/tools/node_modules/"_s;
    const QHash<QString, QString> brought{{u"bun"_s, tools + u"bun/bin/bun.exe"_s},
        {u"deno"_s, tools + u"deno/deno"_s}, {u"node"_s, tools + u"node/bin/node"_s},
        {u"python"_s, u"/usr/bin/python3"_s}};
    QString path = brought.value(runtime);
    if (!QFile::exists(path))
        path = QStandardPaths::findExecutable(runtime);
    if (path.isEmpty())
        qFatal("%s is not installed; ./dev test installs what the tests need", qPrintable(runtime));
    return path;
}

QJsonObject signatureOf(const QString &runtime, const QString &script)
{
    QStringList command = commandLine(runtime, u"signature_argv"_s, script);
    QProcess process;
    const QString program = command.takeFirst();
    process.start(program, command, QIODevice::ReadOnly);
    if (!process.waitForFinished(kDeadlineMs))
        return {};
    const QByteArray error = process.readAllStandardError();
    if (!error.isEmpty())
        qWarning() << error;
    return QJsonDocument::fromJson(process.readAllStandardOutput()).object();
}

QString writeScript(const QString &folder, const QString &name, const QByteArray &source)
{
    const QString path = folder + u'/' + name;
    QFile file(path);
    if (!QDir().mkpath(QFileInfo(path).absolutePath()) || !file.open(QIODevice::WriteOnly)
        || file.write(source) != source.size()) {
        qFatal("cannot write %s", qPrintable(path));
    }
    return path;
}

bool includesJson(const QJsonValue &actual, const QJsonValue &expected)
{
    if (expected.isObject() && actual.isObject()) {
        const QJsonObject wanted = expected.toObject();
        const QJsonObject given = actual.toObject();
        for (auto it = wanted.begin(); it != wanted.end(); ++it) {
            if (!given.contains(it.key()) || !includesJson(given.value(it.key()), it.value()))
                return false;
        }
        return true;
    }
    if (expected.isString() && expected.toString().endsWith(u'…'))
        return actual.toString().startsWith(expected.toString().chopped(1));
    return actual == expected;
}

QJsonValue jsonOf(const QByteArray &text)
{
    return QJsonDocument::fromJson('[' + text + ']').array().at(0);
}

QByteArray textOf(const QJsonValue &value)
{
    return QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
}

} // namespace earshot::tests
