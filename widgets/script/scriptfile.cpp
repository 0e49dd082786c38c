// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/scriptfile.h"

#include <QJsonDocument>
#include <QStringDecoder>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

/// Nothing when the bytes are not UTF-8: writing such a file back would change it.
std::optional<QString> decoded(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::ConvertInitialBom);
    const QString text = decoder(bytes);
    if (decoder.hasError() || text.toUtf8() != bytes || text.contains(QChar(0))) {
        return std::nullopt;
    }
    return text;
}

} // namespace

ScriptFile::ScriptFile(rpc::ControlClient &client, DraftStore &drafts, QObject *parent)
    : QObject(parent)
    , m_client(client)
    , m_drafts(drafts)
    , m_subscription(client, this)
{
    connect(&m_client, &rpc::ControlClient::runnableChanged, this,
        [this](const rpc::RunnableChange &change) {
            if (m_subscription.isFor(change.subscription) && !m_saving && change.hash != m_hash) {
                refresh();
            }
        });
}

ScriptFile::~ScriptFile()
{
    keepDraft();
}

QString ScriptFile::draftKey() const
{
    return u"script:"_s + m_path;
}

void ScriptFile::setState(State state)
{
    m_state = state;
    emit changed();
}

void ScriptFile::open(const QString &path)
{
    if (path == m_path && m_state != State::None) {
        return;
    }
    close();
    m_path = path;
    if (!path.isEmpty()) {
        reload();
    }
}

void ScriptFile::close()
{
    keepDraft();
    ++m_generation;
    m_subscription.stop();
    m_path.clear();
    m_info = {};
    m_stored.clear();
    m_text.clear();
    m_hash.clear();
    m_theirs.reset();
    m_gone = false;
    m_readOnly.clear();
    setState(State::None);
}

void ScriptFile::reload()
{
    const quint64 generation = ++m_generation;
    m_theirs.reset();
    m_gone = false;
    setState(State::Loading);
    read(0, {},
        [this, generation](const Result<rpc::RunnableSource> &source, const QByteArray &bytes) {
            if (generation == m_generation) {
                onRead(source, bytes);
            }
        });
}

void ScriptFile::read(qint64 offset, QByteArray bytes,
    std::function<void(const Result<rpc::RunnableSource> &, const QByteArray &)> done)
{
    m_client.call<rpc::RunnableRead>({.path = m_path, .offset = offset}, this,
        [this, bytes = std::move(bytes), done = std::move(done), generation = m_generation](
            const Result<rpc::RunnableSource> &source) mutable {
            if (!source) {
                done(source, bytes);
                return;
            }
            bytes += source->source.data;
            const bool more = bytes.size() < source->source.total && !source->source.data.isEmpty();
            if (more && source->source.total <= kMaxBytes && generation == m_generation) {
                const auto next = bytes.size();
                read(next, std::move(bytes), std::move(done));
            } else {
                done(source, bytes);
            }
        });
}

void ScriptFile::onRead(const Result<rpc::RunnableSource> &source, const QByteArray &bytes)
{
    if (!source) {
        if (source.error().code == ErrorCode::NotFound) {
            // What was typed for it is still there, and can be saved as a new file.
            setState(State::Missing);
        } else {
            setState(State::Failed);
            emit failed(source.error());
        }
        return;
    }
    m_info = source->runnable;
    m_hash = source->hash;
    m_readOnly.clear();
    const auto text = decoded(bytes);
    if (source->source.total > kMaxBytes) {
        m_readOnly = tr("The file is larger than 2 MiB: only its start is shown.");
    } else if (!text) {
        m_readOnly = tr("The file is not UTF-8 text: it can only be read here.");
    }
    m_stored = text.value_or(QString::fromUtf8(bytes));
    m_text = m_stored;
    const auto draft = m_drafts.find(draftKey());
    if (draft && m_readOnly.isEmpty()) {
        const qsizetype end = draft->text.indexOf(u'\n');
        const QString based = draft->text.left(end);
        m_text = draft->text.sliced(end + 1);
        if (based != m_hash && m_text != m_stored) {
            m_theirs = m_stored;
            m_theirHash = m_hash;
        }
    }
    m_state = State::Loaded;
    emit loaded();
    emit changed();
    if (m_theirs) {
        emit conflicted();
    }
    watch();
}

void ScriptFile::watch()
{
    m_subscription.start({.path = {}, .file = m_info.file}, [this] { refresh(); });
}

void ScriptFile::forgetConnection()
{
    m_subscription.forget();
}

void ScriptFile::refresh()
{
    if (m_path.isEmpty()) {
        return;
    }
    if (m_state != State::Loaded) {
        reload();
        return;
    }
    read(0, {},
        [this, generation = m_generation](
            const Result<rpc::RunnableSource> &source, const QByteArray &bytes) {
            if (generation != m_generation || m_saving) {
                return;
            }
            if (source) {
                compare(*source, bytes);
            } else if (source.error().code == ErrorCode::NotFound && !m_gone) {
                m_gone = true;
                emit conflicted();
                emit changed();
            }
        });
}

void ScriptFile::compare(const rpc::RunnableSource &source, const QByteArray &bytes)
{
    const bool wasGone = std::exchange(m_gone, false);
    if (source.hash == m_hash) {
        if (wasGone) {
            emit conflicted();
            emit changed();
        }
        return;
    }
    const auto text = decoded(bytes);
    if (!text || m_text == m_stored || *text == m_text) {
        // Nothing of ours would be lost.
        m_theirs.reset();
        m_drafts.remove(draftKey());
        onRead(source, bytes);
        return;
    }
    m_theirs = *text;
    m_theirHash = source.hash;
    emit conflicted();
    emit changed();
}

void ScriptFile::setText(const QString &text)
{
    if (m_state != State::Loaded || text == m_text) {
        return;
    }
    m_text = text;
    emit changed();
}

void ScriptFile::takeTheirs()
{
    m_drafts.remove(draftKey());
    reload();
}

void ScriptFile::keepMine()
{
    if (m_theirs) {
        m_stored = *std::exchange(m_theirs, std::nullopt);
        m_hash = m_theirHash;
    } else if (m_gone) {
        m_hash.clear();
        m_stored.clear();
        m_gone = false;
    }
    keepDraft();
    emit conflicted();
    emit changed();
}

void ScriptFile::save(std::function<void(bool)> done)
{
    const auto finish = [done = std::move(done)](bool saved) {
        if (done) {
            done(saved);
        }
    };
    if (m_state != State::Loaded || !m_readOnly.isEmpty() || m_saving) {
        finish(false);
        return;
    }
    const rpc::RunnableWrite::Params params{
        .path = {}, .file = m_info.file, .content = m_text, .expectedHash = m_hash};
    if (QJsonDocument(rpc::toJson(params)).toJson(QJsonDocument::Compact).size() > kMaxSavedBytes) {
        emit failed({.code = ErrorCode::LimitExceeded,
            .message = tr("The script is too large to be saved from here."),
            .detail = tr("Copy the text into your own editor and save it there.")});
        finish(false);
        return;
    }
    keepDraft();
    m_saving = true;
    m_client.call<rpc::RunnableWrite>(params, this,
        [this, finish, text = m_text, generation = m_generation](
            const Result<rpc::RunnableWrite::Result> &answer) {
            m_saving = false;
            if (generation != m_generation) {
                finish(false);
                return;
            }
            if (!answer) {
                emit failed(answer.error());
                emit changed();
                finish(false);
                return;
            }
            if (!answer->written) {
                refresh();
                finish(false);
                return;
            }
            m_info = answer->runnable;
            m_hash = answer->hash;
            m_stored = text;
            m_gone = false;
            m_theirs.reset();
            keepDraft();
            emit saved();
            emit changed();
            finish(true);
        });
    emit changed();
}

void ScriptFile::keepDraft()
{
    if (m_path.isEmpty() || m_state != State::Loaded) {
        return;
    }
    const QString key = draftKey();
    if (hasEdits()) {
        m_drafts.put(key, {.text = QString(m_hash + u'\n' + m_text), .revision = 0});
    } else if (m_drafts.find(key)) {
        m_drafts.remove(key);
    } else {
        return;
    }
    if (const auto kept = m_drafts.save(); !kept) {
        emit failed(kept.error());
    }
}

} // namespace earshot::widgets
