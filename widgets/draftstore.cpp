// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/draftstore.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

DraftStore::DraftStore(QString fileName)
    : m_fileName(std::move(fileName))
{
    load();
}

void DraftStore::load()
{
    QFile file(m_fileName);
    if (!file.open(QIODevice::ReadOnly)) {
        return;
    }
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(file.readAll(), &error).object();
    file.close();
    if (error.error != QJsonParseError::NoError) {
        QFile::remove(m_fileName + ".unreadable"_L1);
        QFile::rename(m_fileName, m_fileName + ".unreadable"_L1);
        return;
    }
    for (auto it = object.begin(); it != object.end(); ++it) {
        const QJsonObject draft = it.value().toObject();
        m_drafts.insert(it.key(),
            {.text = draft.value("text"_L1).toString(),
                .revision = draft.value("revision"_L1).toInteger()});
    }
}

std::optional<DraftStore::Draft> DraftStore::find(const QString &path) const
{
    const auto found = m_drafts.constFind(path);
    return found == m_drafts.constEnd() ? std::nullopt : std::optional(*found);
}

void DraftStore::put(const QString &path, const Draft &draft)
{
    Draft &stored = m_drafts[path];
    m_dirty = m_dirty || stored != draft;
    stored = draft;
}

void DraftStore::remove(const QString &path)
{
    m_dirty = m_drafts.remove(path) || m_dirty;
}

Result<void> DraftStore::save()
{
    if (!m_dirty) {
        return {};
    }
    QJsonObject object;
    for (auto it = m_drafts.cbegin(); it != m_drafts.cend(); ++it) {
        object.insert(it.key(), QJsonObject{{u"text"_s, it->text}, {u"revision"_s, it->revision}});
    }
    const auto failure = [this](const QString &why) {
        return Error{ErrorCode::Io, u"cannot keep unsaved edits in %1: %2"_s.arg(m_fileName, why),
            QString()};
    };
    if (!QDir().mkpath(QFileInfo(m_fileName).absolutePath())) {
        return failure(u"the directory cannot be created"_s);
    }
    QSaveFile file(m_fileName);
    // A document may hold a token: for this user's eyes only, from the first byte on.
    if (!file.open(QIODevice::WriteOnly)
        || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)
        || file.write(QJsonDocument(object).toJson()) < 0 || !file.commit()) {
        return failure(file.errorString());
    }
    m_dirty = false;
    return {};
}

} // namespace earshot::widgets
