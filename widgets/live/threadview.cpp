// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/live/threadview.h"

#include "widgets/appearance.h"
#include "widgets/live/plaindata.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kMaxFrames = 100;

QString shown(const QString &text)
{
    return visibleText(text.toUtf8());
}

} // namespace

ThreadView::ThreadView(rpc::ControlClient &client, QWidget *parent)
    : QWidget(parent)
    , m_client(client)
    , m_text(new QPlainTextEdit(this))
    , m_frames(new QListWidget(this))
    , m_openRun(new QPushButton(tr("Open the run"), this))
    , m_origin(new QPushButton(tr("Go to the message"), this))
{
    m_text->setReadOnly(true);
    m_text->setAccessibleName(tr("What became of the message"));
    stylePayload(m_text);
    m_frames->setAccessibleName(tr("Sent because of it"));
    m_frames->setFrameShape(QFrame::NoFrame);
    m_frames->setMaximumHeight(m_frames->fontMetrics().height() * 4);
    m_frames->setUniformItemSizes(true);
    auto *buttons = new QHBoxLayout;
    buttons->setContentsMargins(8, 4, 8, 4);
    buttons->addWidget(m_openRun);
    buttons->addWidget(m_origin);
    buttons->addStretch(1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(buttons);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_frames);
    connect(m_openRun, &QPushButton::clicked, this, [this] { emit runActivated(m_entry.runId); });
    connect(m_origin, &QPushButton::clicked, this, [this] { emit originActivated(m_entry.runId); });
    connect(m_frames, &QListWidget::itemActivated, this, [this](const QListWidgetItem *item) {
        emit entryActivated(item->data(Qt::UserRole).toLongLong());
    });
    clear();
}

void ThreadView::clear()
{
    ++m_generation;
    m_entry = {};
    m_sent.clear();
    m_reason.reset();
    m_run.reset();
    m_problem.clear();
    show();
}

void ThreadView::setEntry(const items::LiveEntry &entry, const std::vector<items::LiveEntry> &sent)
{
    m_entry = entry;
    m_sent = sent;
    m_reason.reset();
    m_run.reset();
    refresh();
    show();
}

void ThreadView::refresh()
{
    const quint64 generation = ++m_generation;
    m_problem.clear();
    if (m_entry.id != 0) {
        m_client.call<rpc::MessageExplain>({.id = m_entry.id}, this,
            [this, generation](const Result<rpc::MessageExplain::Result> &reason) {
                if (generation != m_generation) {
                    return;
                }
                if (reason) {
                    m_reason = *reason;
                } else {
                    m_problem = reason.error().message;
                }
                show();
            });
    }
    if (m_entry.runId != 0) {
        m_client.call<rpc::RunGet>(
            {.id = m_entry.runId}, this, [this, generation](const Result<rpc::RunDetail> &run) {
                if (generation != m_generation) {
                    return;
                }
                if (run) {
                    m_run = *run;
                } else {
                    m_problem = run.error().message;
                }
                show();
            });
    }
}

QString ThreadView::shownText() const
{
    return m_text->toPlainText();
}

void ThreadView::show()
{
    QStringList lines;
    const bool any = m_entry.key() != 0;
    if (any) {
        QStringList facts{items::rowKindText(m_entry.what), items::sizeText(m_entry.size)};
        if (const QString type = m_entry.type(); !type.isEmpty() && type != facts.constFirst()) {
            facts += type;
        }
        lines += facts.join(u" · "_s);
    }
    if (m_reason) {
        lines += {QString(), tr("Filters: %1").arg(shown(m_reason->text))};
        for (const rpc::FilterEntry &entry : m_reason->entries) {
            lines += u"  %1 %2"_s.arg(entry.passed ? u"✓"_s : u"✗"_s, shown(entry.text));
        }
    }
    if (m_run) {
        const rpc::RunRow &run = m_run->run;
        const qint64 took = run.startedAtUs > 0 && run.finishedAtUs > run.startedAtUs
            ? run.finishedAtUs - run.startedAtUs
            : 0;
        QStringList facts{tr("Run %1").arg(run.id), run.runnable, items::statusText(run.status)};
        if (took > 0) {
            facts += items::durationText(took);
        }
        if (run.attempts > 1) {
            facts += tr("%n attempts", nullptr, run.attempts);
        }
        lines += {QString(), facts.join(u" · "_s)};
        const auto part = [&](const QString &title, const QString &text, qint64 size) {
            if (!text.isEmpty()) {
                lines += {QString(), title, shown(text)};
                if (size > text.toUtf8().size()) {
                    lines += tr("… %1 in all: open the run").arg(items::sizeText(size));
                }
            }
        };
        part(tr("Arguments"), m_run->args, m_run->argsSize);
        part(tr("Preprocessed arguments"), m_run->preprocessedArgs, m_run->preprocessedArgsSize);
        part(tr("Output"), m_run->logs, m_run->logsSize);
        part(tr("Result"), m_run->result, run.resultSize);
        if (m_run->reply) {
            part(tr("Sent as reply"), *m_run->reply, m_run->replySize);
        }
        if (!run.replyError.isEmpty()) {
            lines += {QString(), tr("The reply was not sent: %1").arg(shown(run.replyError))};
        }
    } else if (m_entry.runId == 0 && m_entry.direction == rpc::Direction::In && any) {
        lines += {QString(), tr("No run was made of it.")};
    }
    if (!m_problem.isEmpty()) {
        lines += {QString(), shown(m_problem)};
    }
    const QString text = lines.join(u'\n');
    if (text != m_text->toPlainText()) {
        const int place = m_text->verticalScrollBar()->value();
        m_text->setPlainText(text);
        m_text->verticalScrollBar()->setValue(place);
    }
    m_frames->clear();
    for (const items::LiveEntry &sent : m_sent) {
        if (m_frames->count() >= kMaxFrames) {
            break;
        }
        auto *item = new QListWidgetItem(
            tr("↑ %1  %2").arg(items::rowKindText(sent.what), sent.summary().left(300)), m_frames);
        item->setData(Qt::UserRole, sent.key());
    }
    m_frames->setVisible(m_frames->count() > 0);
    m_openRun->setEnabled(m_entry.runId != 0);
    m_origin->setEnabled(m_entry.runId != 0 && m_entry.direction == rpc::Direction::Out);
}

} // namespace earshot::widgets
