// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/workspaceeditor.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

#include <algorithm>
#include <array>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

/// What `wmill sync` writes beside a script.
constexpr std::array kCompanions
    = {".script.yaml"_L1, ".script.json"_L1, ".script.lock"_L1, ".lock"_L1};

Error refused(const QString &file, const QString &why)
{
    return {.code = ErrorCode::PermissionDenied,
        .message = u"%1 is not in the workspace: %2"_s.arg(file, why),
        .detail = {}};
}

Error ioError(const QString &file, const QString &doing, const QString &why)
{
    return {.code = ErrorCode::Io,
        .message = u"%1 cannot be %2: %3"_s.arg(file, doing, why),
        .detail = {}};
}

bool isBelow(const QString &path, const QString &folder)
{
    return path == folder || path.startsWith(QString(folder + u'/'));
}

/// A program without a runtime of its own says in its first line what runs it.
bool isProgram(const QString &file, const QByteArray &content)
{
    return content.startsWith("#!") && QFileInfo(file).suffix().isEmpty();
}

} // namespace

WorkspaceEditor::WorkspaceEditor(QString workspace)
    : m_workspace(std::move(workspace))
{ }

QString WorkspaceEditor::hashOf(const QByteArray &content)
{
    return QString::fromLatin1(
        QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex());
}

Result<QString> WorkspaceEditor::locate(const QString &file) const
{
    const QString root = m_workspace.isEmpty() ? QString() : QDir(m_workspace).canonicalPath();
    if (root.isEmpty()) {
        return Error{.code = ErrorCode::Unavailable,
            .message = m_workspace.isEmpty()
                ? u"there is no workspace folder"_s
                : u"the workspace folder %1 does not exist"_s.arg(m_workspace),
            .detail = u"start the service with --workspace FOLDER"_s};
    }
    if (file.isEmpty() || QDir::isAbsolutePath(file)) {
        return refused(file, u"name a file relative to it, like f/bots/echo.ts"_s);
    }
    const QStringList parts = file.split(u'/');
    for (const QString &part : parts) {
        if (part.isEmpty() || part == "."_L1 || part == ".."_L1) {
            return refused(file, u"empty parts, \".\" and \"..\" are not allowed"_s);
        }
        if (part.startsWith(u'.') || part == "node_modules"_L1) {
            return refused(file, u"hidden folders and installed packages are left alone"_s);
        }
        const bool odd = std::ranges::any_of(
            part, [](QChar character) { return character.category() == QChar::Other_Control; });
        if (odd || part.toUtf8().size() > 200) {
            return refused(file, u"a name has control characters or is too long"_s);
        }
    }
    const QString wanted = root + u'/' + file;
    // Whatever exists of it must really lie in the workspace, wherever its links lead.
    QString existing = wanted;
    while (!QFileInfo::exists(existing) && !QFileInfo(existing).isSymLink()) {
        existing = existing.left(existing.lastIndexOf(u'/'));
    }
    const QString real = QFileInfo(existing).canonicalFilePath();
    if (real.isEmpty() || !isBelow(real, root)) {
        return refused(file, u"a link leads out of it"_s);
    }
    if (existing != wanted && !QFileInfo(real).isDir()) {
        return refused(
            file, u"%1 is a file, not a folder"_s.arg(QDir(root).relativeFilePath(existing)));
    }
    if (QFileInfo(real).isDir() && existing == wanted) {
        return refused(file, u"it is a folder"_s);
    }
    return wanted;
}

Result<QByteArray> WorkspaceEditor::read(const QString &file) const
{
    const auto name = locate(file);
    if (!name) {
        return name.error();
    }
    QFile source(*name);
    if (!source.exists()) {
        return Error{.code = ErrorCode::NotFound,
            .message = u"there is no file %1 in the workspace %2"_s.arg(file, m_workspace),
            .detail = {}};
    }
    // A pipe or a device would hold up the service.
    if (!QFileInfo(*name).isFile()) {
        return ioError(file, u"read"_s, u"it is no ordinary file"_s);
    }
    if (!source.open(QIODevice::ReadOnly)) {
        return ioError(file, u"read"_s, source.errorString());
    }
    if (source.size() > kMaxSourceBytes) {
        return ioError(file, u"read"_s, u"it is larger than 16 MiB"_s);
    }
    return source.readAll();
}

Result<WorkspaceEditor::Outcome> WorkspaceEditor::write(
    const QString &file, const Change &change) const
{
    const auto name = locate(file);
    if (!name) {
        return name.error();
    }
    Outcome outcome;
    auto before = read(file);
    if (!before && before.error().code != ErrorCode::NotFound) {
        return before.error();
    }
    outcome.exists = before.has_value();
    if (change.create && outcome.exists) {
        return Error{.code = ErrorCode::AlreadyExists,
            .message = u"%1 exists already"_s.arg(file),
            .detail = u"choose another name"_s};
    }
    if (outcome.exists) {
        outcome.current = std::move(before).value();
    }
    if (change.expectedHash
        && (outcome.exists ? hashOf(outcome.current) : QString()) != *change.expectedHash) {
        return outcome;
    }
    if (!QDir().mkpath(QFileInfo(*name).path())) {
        return ioError(file, u"written"_s, u"its folder cannot be made"_s);
    }
    QSaveFile target(*name);
    if (!target.open(QIODevice::WriteOnly)) {
        return ioError(file, u"written"_s, target.errorString());
    }
    if (target.write(change.content) != change.content.size()) {
        return ioError(file, u"written"_s, target.errorString());
    }
    if (isProgram(file, change.content)) {
        auto permissions = target.permissions() | QFileDevice::ExeOwner | QFileDevice::ExeUser;
        permissions |= permissions.testFlag(QFileDevice::ReadGroup) ? QFileDevice::ExeGroup
                                                                    : QFileDevice::Permissions();
        permissions |= permissions.testFlag(QFileDevice::ReadOther) ? QFileDevice::ExeOther
                                                                    : QFileDevice::Permissions();
        if (!target.setPermissions(permissions)) {
            return ioError(file, u"made executable"_s, target.errorString());
        }
    }
    if (!target.commit()) {
        return ioError(file, u"written"_s, target.errorString());
    }
    outcome.written = true;
    outcome.exists = true;
    outcome.current = change.content;
    return outcome;
}

Result<void> WorkspaceEditor::rename(
    const QString &from, const QString &to, const QString &ending) const
{
    QList<std::pair<QString, QString>> moves;
    QStringList endings{ending};
    for (const QLatin1StringView companion : kCompanions) {
        endings.append(QString(companion));
    }
    for (const QString &end : std::as_const(endings)) {
        const auto source = locate(from + end);
        const auto target = locate(to + end);
        if (!source || !target) {
            return source ? target.error() : source.error();
        }
        if (QFileInfo::exists(*target)) {
            return Error{.code = ErrorCode::AlreadyExists,
                .message = u"%1 exists already"_s.arg(QString(to + end)),
                .detail = u"choose another name"_s};
        }
        if (end == ending || QFileInfo::exists(*source)) {
            moves.append({*source, *target});
        }
    }
    if (!QDir().mkpath(QFileInfo(moves.first().second).path())) {
        return ioError(to + ending, u"written"_s, u"its folder cannot be made"_s);
    }
    for (qsizetype at = 0; at < moves.size(); ++at) {
        QFile file(moves.at(at).first);
        if (!file.rename(moves.at(at).second)) {
            const Error error = ioError(from + ending, u"renamed"_s, file.errorString());
            for (qsizetype back = 0; back < at; ++back) {
                (void)QFile::rename(moves.at(back).second, moves.at(back).first);
            }
            return error;
        }
    }
    return {};
}

Result<void> WorkspaceEditor::remove(const QString &file, const QString &path) const
{
    const auto name = locate(file);
    if (!name) {
        return name.error();
    }
    QFile source(*name);
    if (!source.remove()) {
        return ioError(file, u"deleted"_s, source.errorString());
    }
    for (const QLatin1StringView companion : kCompanions) {
        if (const auto other = locate(path + companion); other && QFileInfo::exists(*other)) {
            QFile companionFile(*other);
            if (!companionFile.remove()) {
                return ioError(path + companion, u"deleted"_s, companionFile.errorString());
            }
        }
    }
    return {};
}

} // namespace earshot::service
