// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/live/rowactions.h"

#include "model/items/payloadcodec.h"
#include "model/jsontext.h"
#include "model/messagefilter.h"
#include "widgets/prettyjson.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMenu>
#include <QWidget>

#include <algorithm>
#include <memory>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

struct RowActions::Job
{
    std::vector<items::LiveEntry> rows;
    std::size_t next = 0;
    Format format = Format::Raw;
    QStringList texts;
    qsizetype bytes = 0;
    quint64 number = 0;
};

RowActions::RowActions(rpc::ControlClient &client, QWidget *parent)
    : QObject(parent)
    , m_client(client)
{ }

void RowActions::setTrigger(const QString &path, const QString &url, const QString &runnable)
{
    m_trigger = path;
    m_url = url;
    m_runnable = runnable;
}

QString RowActions::formatted(const items::LiveEntry &entry, const QByteArray &body, bool binary,
    Format format, const QString &url)
{
    switch (format) {
    case Format::Raw:
        return binary ? QString::fromLatin1(body.toHex(' ')) : decodeUtf8(body);
    case Format::Pretty: {
        const QString text = decodeUtf8(body);
        return binary ? items::hexDump(body) : prettyJson(text).value_or(text);
    }
    case Format::Hex:
        return QString::fromLatin1(body.toHex(' '));
    case Format::Base64:
        return QString::fromLatin1(body.toBase64());
    case Format::Curl:
        return items::curlCommand(url, body, binary);
    case Format::Websocat:
        return items::websocatCommand(url, body, binary);
    case Format::Fixture:
        return QString::fromUtf8(
            items::fixtureLine(rpc::toString(entry.direction), entry.atUs, body, binary));
    }
    return {};
}

void RowActions::addFilters(QMenu *menu, const items::LiveEntry &entry)
{
    const bool event = entry.kind == rpc::PayloadKind::Event;
    const QString typePath = event || entry.kind == rpc::PayloadKind::Binary
        ? QString()
        : messageTypePath(entry.preview);
    QString term = event                         ? QString(u"what:"_s + rpc::toString(entry.what))
        : entry.kind == rpc::PayloadKind::Binary ? u"type:binary"_s
                                                 : QString();
    if (!typePath.isEmpty()) {
        const auto value = JsonPath::parse(typePath)->find(entry.preview);
        if (value && !value->cut) {
            term = MessageFilter::equalsTerm(typePath, value->raw.toByteArray());
        }
    }
    if (term.isEmpty() && entry.what != rpc::RowKind::Message) {
        term = u"what:"_s + rpc::toString(entry.what);
    }
    const QString label = items::oneLine(entry.type()).left(40).replace(u'&', u"&&"_s);
    QAction *only = menu->addAction(
        term.isEmpty() ? tr("Only this type") : tr("Only the type “%1”").arg(label), this,
        [this, term] { emit termRequested(term); });
    QAction *mute = menu->addAction(
        term.isEmpty() ? tr("Mute this type") : tr("Mute the type “%1”").arg(label), this,
        [this, term] { emit termRequested(QString(u'-' + term)); });
    only->setEnabled(!term.isEmpty());
    mute->setEnabled(!term.isEmpty());
    // The whole text of a message is a value too, while it is short.
    const bool same = !event && entry.isWhole() && entry.size > 0 && entry.size <= 200
        && entry.kind == rpc::PayloadKind::Text;
    const QString text = decodeUtf8(toJsonString(decodeUtf8(entry.preview)));
    menu->addAction(tr("Filter on this text"), this, [this, text] { emit termRequested(text); })
        ->setEnabled(same);
    menu->addAction(tr("Exclude this text"), this,
            [this, text] { emit termRequested(QString(u'-' + text)); })
        ->setEnabled(same);
    if (entry.runId != 0 || entry.run) {
        menu->addAction(tr("Only runs that end like this"), this,
                [this, status = entry.run] {
                    emit termRequested(QString(u"run:"_s + toString(*status)));
                })
            ->setEnabled(entry.run.has_value());
    }
}

void RowActions::fill(QMenu *menu, const std::vector<items::LiveEntry> &rows)
{
    if (rows.empty()) {
        return;
    }
    const items::LiveEntry entry = rows.front();
    addFilters(menu, entry);
    menu->addSeparator();
    const bool received = entry.direction == rpc::Direction::In;
    menu->addAction(tr("Make a trigger filter from this message…"), this,
            [this, entry] {
                Place place;
                place.page = Place::Page::Configure;
                place.trigger = m_trigger;
                place.message = entry.id;
                place.run = entry.runId;
                place.field = u"/filters"_s;
                emit placeRequested(place);
            })
        ->setEnabled(received);
    menu->addAction(tr("Run the script on this message"), this, [this, entry] { runScript(entry); })
        ->setEnabled(received && !m_runnable.isEmpty() && entry.kind == rpc::PayloadKind::Text);
    menu->addAction(tr("Open its run"), this,
            [this, entry] {
                Place place;
                place.page = Place::Page::Runs;
                place.run = entry.runId;
                emit placeRequested(place);
            })
        ->setEnabled(entry.runId != 0);
    menu->addAction(tr("Put into the send box"), this,
            [this, entry] {
                readBody(entry, [this](const Result<QByteArray> &body, bool binary) {
                    if (body) {
                        emit composeRequested(*body, binary);
                    } else {
                        emit failed(body.error());
                    }
                });
            })
        ->setEnabled(entry.kind != rpc::PayloadKind::Event);
    menu->addSeparator();
    const std::pair<QString, Format> formats[]{{tr("Copy"), Format::Raw},
        {tr("Copy pretty"), Format::Pretty}, {tr("Copy as hex"), Format::Hex},
        {tr("Copy as base64"), Format::Base64}, {tr("Copy as websocat command"), Format::Websocat},
        {tr("Copy as curl command"), Format::Curl}, {tr("Copy as test fixture"), Format::Fixture}};
    for (const auto &[label, format] : formats) {
        QAction *action
            = menu->addAction(label, this, [this, rows, wanted = format] { copy(rows, wanted); });
        if (format == Format::Raw) {
            action->setShortcut(QKeySequence::Copy);
        }
    }
    const QString typePath = messageTypePath(entry.preview);
    if (!typePath.isEmpty()) {
        menu->addAction(tr("Copy JSON path of the type (%1)").arg(typePath), this,
            [typePath] { QGuiApplication::clipboard()->setText(typePath); });
    }
}

void RowActions::readBody(const items::LiveEntry &entry,
    std::function<void(const Result<QByteArray> &body, bool binary)> done)
{
    const bool binary = entry.kind == rpc::PayloadKind::Binary;
    if (entry.isWhole() && !entry.preview.contains("\xef\xbf\xbd")) {
        done(binary ? QByteArray::fromHex(entry.preview) : entry.preview, binary);
        return;
    }
    if (entry.size > kMaxBytes) {
        done(Error{.code = ErrorCode::LimitExceeded,
                 .message = tr("A message of %1 is too large for the clipboard")
                                .arg(items::sizeText(entry.size)),
                 .detail = {}},
            binary);
        return;
    }
    readRest(entry, {}, std::move(done));
}

void RowActions::readRest(const items::LiveEntry &entry, QByteArray body,
    std::function<void(const Result<QByteArray> &body, bool binary)> done)
{
    const qint64 offset = body.size();
    const auto take = [this, entry, body = std::move(body), done = std::move(done)](
                          const Result<rpc::Chunk> &chunk) {
        if (!chunk) {
            done(chunk.error(), false);
            return;
        }
        const QByteArray all = body + chunk->data;
        if (all.size() < chunk->total && !chunk->data.isEmpty()) {
            readRest(entry, all, done);
        } else {
            done(all, chunk->binary);
        }
    };
    if (entry.isHistory()) {
        m_client.call<rpc::RunRead>({.id = entry.runId,
                                        .part = rpc::RunPart::Message,
                                        .offset = offset,
                                        .length = rpc::kMaxChunkBytes},
            this, take);
    } else {
        m_client.call<rpc::MessageRead>(
            {.id = entry.id, .offset = offset, .length = rpc::kMaxChunkBytes}, this, take);
    }
}

void RowActions::copy(const std::vector<items::LiveEntry> &rows, Format format)
{
    auto job = std::make_shared<Job>();
    job->rows = rows;
    std::sort(job->rows.begin(), job->rows.end(),
        [](const items::LiveEntry &left, const items::LiveEntry &right) {
            return left.atUs != right.atUs ? left.atUs < right.atUs : left.key() < right.key();
        });
    if (std::ssize(job->rows) > kMaxRows) {
        emit said(tr("Only the first %n rows are copied.", nullptr, static_cast<int>(kMaxRows)));
        job->rows.resize(kMaxRows);
    }
    job->format = format;
    job->number = ++m_copy;
    copyNext(job);
}

/// A later copy ends an earlier one that still reads.
void RowActions::copyNext(const std::shared_ptr<Job> &job)
{
    if (job->number != m_copy) {
        return;
    }
    if (job->next >= job->rows.size() || job->bytes > kMaxBytes) {
        QGuiApplication::clipboard()->setText(job->texts.join(u'\n'));
        emit said(tr("%n message(s) copied.", nullptr, static_cast<int>(job->texts.size())));
        return;
    }
    const items::LiveEntry entry = job->rows.at(job->next++);
    readBody(entry, [this, job, entry](const Result<QByteArray> &body, bool binary) {
        if (!body) {
            emit failed(body.error());
            if (job->rows.size() == 1) {
                return;
            }
        } else {
            job->texts += formatted(entry, *body, binary, job->format, m_url);
            job->bytes += job->texts.constLast().size();
        }
        // Not deeper with each row.
        QMetaObject::invokeMethod(
            this, [this, job] { copyNext(job); }, Qt::QueuedConnection);
    });
}

void RowActions::runScript(const items::LiveEntry &entry)
{
    readBody(entry,
        [this, runnable = m_runnable, trigger = m_trigger](const Result<QByteArray> &body, bool) {
            if (!body) {
                emit failed(body.error());
                return;
            }
            m_client.call<rpc::RunStart>({.runnable = runnable,
                                             .message = decodeUtf8(*body),
                                             .event = true,
                                             .trigger = trigger},
                this, [this](const Result<rpc::RunIdResult> &started) {
                    if (!started) {
                        emit failed(started.error());
                        return;
                    }
                    emit said(tr("Run %1 started.").arg(started->id));
                    Place place;
                    place.page = Place::Page::Runs;
                    place.run = started->id;
                    emit placeRequested(place);
                });
        });
}

} // namespace earshot::widgets
