// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/debugpanel.h"

#include "model/items/displaytext.h"
#include "widgets/appearance.h"

#include <QCheckBox>
#include <QClipboard>
#include <QGroupBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>
#include <initializer_list>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kReplyRole = Qt::UserRole + 1;

QLabel *sentence(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

} // namespace

DebugPanel::DebugPanel(rpc::ControlClient &client, QWidget *parent)
    : QWidget(parent)
    , m_client(client)
    , m_runs(client, this)
{
    auto *content = new QWidget(this);
    auto *inner = new QVBoxLayout(content);
    inner->setContentsMargins(8, 8, 8, 8);
    inner->addWidget(buildStep());
    inner->addWidget(buildReplies());
    inner->addWidget(buildAttach());
    inner->addStretch(1);
    auto *scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(content);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(scroll);
    connect(&m_client, &rpc::ControlClient::runsChanged, this, [this](const rpc::RunBatch &batch) {
        if (m_runs.isFor(batch.subscription) && !batch.rows.isEmpty()) {
            const auto last = std::find_if(batch.rows.crbegin(), batch.rows.crend(),
                [](const rpc::RunRow &row) { return isFinal(row.status); });
            if (last != batch.rows.crend()) {
                showLastRun(*last);
            }
        }
    });
    updateButtons();
}

QWidget *DebugPanel::buildStep()
{
    auto *box = new QGroupBox(tr("Step"), this);
    m_waiting = sentence({}, box);
    m_suspend = new QPushButton(box);
    m_step = new QPushButton(tr("Step"), box);
    m_step->setToolTip(tr("Run the oldest waiting message (F10)"));
    m_lastRun = new QPushButton(box);
    m_lastRun->setFlat(true);
    m_lastRun->setToolTip(tr("Show the run"));
    m_lastRun->hide();
    auto *row = new QHBoxLayout;
    row->addWidget(m_suspend);
    row->addWidget(m_step);
    row->addStretch(1);
    auto *layout = new QVBoxLayout(box);
    layout->addWidget(m_waiting);
    layout->addLayout(row);
    layout->addWidget(m_lastRun);
    connect(m_suspend, &QPushButton::clicked, this, [this] {
        setMode(m_summary.mode == TriggerMode::Suspended ? TriggerMode::Enabled
                                                         : TriggerMode::Suspended);
    });
    connect(m_step, &QPushButton::clicked, this, &DebugPanel::step);
    connect(m_lastRun, &QPushButton::clicked, this, [this] { emit runActivated(m_lastRunId); });
    return box;
}

QWidget *DebugPanel::buildReplies()
{
    auto *box = new QGroupBox(tr("Dry replies"), this);
    m_dry = new QCheckBox(tr("Hold replies back"), box);
    m_dry->setToolTip(tr("Replies are shown here; nothing is sent until you do it"));
    m_dryHint
        = sentence(tr("Replies then wait here: look at them, edit them, send or drop them."), box);
    m_replies = new QListWidget(box);
    m_replies->setAccessibleName(tr("Replies that wait"));
    m_replies->setTextElideMode(Qt::ElideRight);
    m_replies->setMinimumWidth(40);
    m_replies->setFixedHeight(m_replies->fontMetrics().height() * 6);
    m_reply = new QPlainTextEdit(box);
    stylePayload(m_reply);
    m_reply->setFrameShape(QFrame::StyledPanel);
    m_reply->setTabChangesFocus(true);
    m_reply->setAccessibleName(tr("Reply"));
    m_reply->setPlaceholderText(tr("Choose a reply to see, edit, send or drop it."));
    m_reply->setFixedHeight(m_reply->fontMetrics().height() * 6);
    m_send = new QPushButton(tr("Send"), box);
    m_drop = new QPushButton(tr("Drop"), box);
    auto *row = new QHBoxLayout;
    row->addWidget(m_send);
    row->addWidget(m_drop);
    row->addStretch(1);
    auto *layout = new QVBoxLayout(box);
    layout->addWidget(m_dry);
    layout->addWidget(m_dryHint);
    layout->addWidget(m_replies);
    layout->addWidget(m_reply);
    layout->addLayout(row);
    connect(m_dry, &QCheckBox::clicked, this, [this](bool on) {
        m_client.call<rpc::DebugSetDryReplies>({.path = m_trigger, .on = on}, this,
            [this, path = m_trigger](const Result<rpc::DebugState> &state) {
                if (path != m_trigger) {
                    return;
                }
                if (!state) {
                    emit failed(state.error());
                }
                showState(state ? *state : m_state);
            });
    });
    connect(m_replies, &QListWidget::currentRowChanged, this, [this] {
        const QSignalBlocker quiet(m_reply);
        const rpc::PendingReply *reply = currentReply();
        m_reply->setPlainText(
            reply != nullptr ? m_edited.value(reply->id, reply->text) : QString());
        // What is not shown whole, or no text, goes out as it is.
        m_reply->setReadOnly(
            reply == nullptr || reply->binary || reply->size != reply->text.toUtf8().size());
        updateButtons();
    });
    connect(m_reply, &QPlainTextEdit::textChanged, this, [this] {
        if (const rpc::PendingReply *reply = currentReply()) {
            m_edited.insert(reply->id, m_reply->toPlainText());
        }
    });
    connect(m_send, &QPushButton::clicked, this, &DebugPanel::sendReply);
    connect(m_drop, &QPushButton::clicked, this, &DebugPanel::dropReply);
    return box;
}

QWidget *DebugPanel::buildAttach()
{
    auto *box = new QGroupBox(tr("Debugger"), this);
    m_attach = new QPushButton(box);
    m_address = sentence({}, box);
    m_address->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_copyAddress = new QPushButton(tr("Copy address"), box);
    m_launch = new QPlainTextEdit(box);
    stylePayload(m_launch);
    m_launch->setFrameShape(QFrame::StyledPanel);
    m_launch->setReadOnly(true);
    m_launch->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_launch->setAccessibleName(tr("launch.json"));
    m_launch->setMinimumWidth(40);
    m_launch->setFixedHeight(m_launch->fontMetrics().height() * 8);
    m_copyLaunch = new QPushButton(tr("Copy launch.json"), box);
    auto *row = new QHBoxLayout;
    row->addWidget(m_attach);
    row->addWidget(m_copyAddress);
    row->addStretch(1);
    auto *layout = new QVBoxLayout(box);
    layout->addWidget(m_address);
    layout->addLayout(row);
    layout->addWidget(m_launch);
    layout->addWidget(m_copyLaunch);
    connect(m_attach, &QPushButton::clicked, this, &DebugPanel::toggleAttach);
    connect(m_copyAddress, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_state.address);
        emit said(tr("Address copied."));
    });
    connect(m_copyLaunch, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_state.launch);
        emit said(tr("Copied: put it into .vscode/launch.json of the workspace."));
    });
    return box;
}

void DebugPanel::setTrigger(const QString &path)
{
    if (path == m_trigger) {
        return;
    }
    m_trigger = path;
    ++m_generation;
    m_summary = {};
    m_edited.clear();
    m_lastRun->hide();
    m_refreshing = false;
    m_stepping = false;
    m_attaching = false;
    showState({});
    showReplies({});
    m_runs.stop();
    if (m_ready) {
        setReady(true);
    }
}

void DebugPanel::setReady(bool ready)
{
    m_ready = ready;
    m_refreshing = false;
    m_stepping = false;
    m_attaching = false;
    if (!ready) {
        m_runs.forget();
    } else if (!m_trigger.isEmpty()) {
        m_runs.start({.trigger = m_trigger}, [] {});
        refresh();
    }
    updateButtons();
}

void DebugPanel::setSummary(const rpc::TriggerSummary &summary)
{
    m_summary = summary;
    updateButtons();
    refresh();
}

void DebugPanel::refresh()
{
    if (!m_ready || m_trigger.isEmpty() || m_refreshing) {
        return;
    }
    m_refreshing = true;
    m_client.call<rpc::DebugGetState>({.path = m_trigger}, this,
        [this, generation = m_generation](const Result<rpc::DebugState> &state) {
            if (generation != m_generation) {
                return;
            }
            m_refreshing = false;
            if (state) {
                showState(*state);
            }
        });
}

void DebugPanel::showState(const rpc::DebugState &state)
{
    m_state = state;
    m_dry->setChecked(state.dryReplies);
    if (m_launch->toPlainText() != state.launch) {
        m_launch->setPlainText(state.launch);
    }
    updateButtons();
    if (state.pendingReplies > 0 || !m_pending.isEmpty()) {
        listReplies();
    }
}

void DebugPanel::listReplies()
{
    m_client.call<rpc::ReplyList>({.path = m_trigger}, this,
        [this, generation = m_generation](const Result<rpc::Page<rpc::PendingReply>> &page) {
            if (generation == m_generation && page && page->items != m_pending) {
                showReplies(page->items);
            }
        });
}

void DebugPanel::showReplies(const QList<rpc::PendingReply> &replies)
{
    const rpc::PendingReply *shown = currentReply();
    const qint64 current = shown != nullptr ? shown->id : 0;
    m_pending = replies;
    {
        const QSignalBlocker quiet(m_replies);
        m_replies->clear();
        for (const rpc::PendingReply &reply : std::as_const(m_pending)) {
            auto *item = new QListWidgetItem(
                tr("run %1: %2").arg(reply.runId).arg(items::oneLine(reply.text.left(160))),
                m_replies);
            item->setData(kReplyRole, reply.id);
        }
    }
    int row = m_pending.isEmpty() ? -1 : 0;
    for (int at = 0; at < m_pending.size(); ++at) {
        row = m_pending.at(at).id == current ? at : row;
    }
    if (row == m_replies->currentRow()) {
        emit m_replies->currentRowChanged(row);
    } else {
        m_replies->setCurrentRow(row);
    }
    updateButtons();
}

const rpc::PendingReply *DebugPanel::currentReply() const
{
    const int row = m_replies->currentRow();
    return row >= 0 && row < m_pending.size() ? &m_pending.at(row) : nullptr;
}

void DebugPanel::sendReply()
{
    const rpc::PendingReply *reply = currentReply();
    if (reply == nullptr) {
        return;
    }
    rpc::ReplySend::Params params{.id = reply->id};
    if (m_edited.contains(reply->id) && m_edited.value(reply->id) != reply->text) {
        params.text = m_edited.value(reply->id);
    }
    m_client.call<rpc::ReplySend>(
        params, this, [this, id = reply->id](const Result<rpc::ReplySend::Result> &sent) {
            if (!sent) {
                emit failed(sent.error());
            } else {
                m_edited.remove(id);
                emit said(tr("Sent, %n bytes.", nullptr, static_cast<int>(sent->bytes)));
            }
            listReplies();
        });
}

void DebugPanel::dropReply()
{
    if (const rpc::PendingReply *reply = currentReply()) {
        m_client.call<rpc::ReplyDrop>(
            {.id = reply->id}, this, [this, id = reply->id](const Result<rpc::Empty> &dropped) {
                if (!dropped) {
                    emit failed(dropped.error());
                }
                m_edited.remove(id);
                listReplies();
            });
    }
}

void DebugPanel::setMode(TriggerMode mode)
{
    m_client.call<rpc::TriggerSetMode>({.path = m_trigger, .mode = mode}, this,
        [this, path = m_trigger](const Result<rpc::TriggerSummary> &summary) {
            if (!summary) {
                emit failed(summary.error());
            } else if (path == m_trigger) {
                setSummary(*summary);
            }
        });
}

void DebugPanel::step()
{
    if (!m_step->isEnabled()) {
        return;
    }
    m_stepping = true;
    updateButtons();
    m_client.call<rpc::TriggerResume>({.path = m_trigger, .ids = {}, .count = 1}, this,
        [this, generation = m_generation](const Result<rpc::CountResult> &answer) {
            if (generation != m_generation) {
                return;
            }
            m_stepping = false;
            if (!answer) {
                emit failed(answer.error());
            } else if (answer->count == 0) {
                emit said(tr("No message waits."));
            }
            updateButtons();
        });
}

void DebugPanel::showLastRun(const rpc::RunRow &run)
{
    m_lastRunId = run.id;
    const QString took = run.startedAtUs != 0 && run.finishedAtUs != 0
        ? items::durationText(run.finishedAtUs - run.startedAtUs)
        : QString();
    m_lastRun->setText(m_lastRun->fontMetrics().elidedText(
        tr("Last run %1: %2 %3 %4")
            .arg(run.id)
            .arg(items::statusText(run.status), took, items::oneLine(run.result.left(80))),
        Qt::ElideRight, std::max(200, width() - 60)));
    m_lastRun->show();
}

void DebugPanel::toggleAttach()
{
    m_attaching = true;
    updateButtons();
    const auto shown = [this, generation = m_generation](const Result<rpc::DebugState> &state) {
        if (generation != m_generation) {
            return;
        }
        m_attaching = false;
        if (!state) {
            emit failed(state.error());
            showState(m_state);
            m_address->setText(state.error().detail.isEmpty()
                    ? state.error().message
                    : u"%1. %2"_s.arg(state.error().message, state.error().detail));
            return;
        }
        showState(*state);
    };
    if (m_state.attached) {
        m_client.call<rpc::DebugDetach>({.path = m_trigger}, this, shown);
    } else {
        m_client.call<rpc::DebugAttach>({.path = m_trigger}, this, shown);
    }
}

void DebugPanel::updateButtons()
{
    const bool any = m_ready && !m_trigger.isEmpty();
    const bool suspended = m_summary.mode == TriggerMode::Suspended;
    const auto waiting = static_cast<int>(m_summary.counters.suspended);
    m_suspend->setText(suspended ? tr("Enable again") : tr("Suspend"));
    m_suspend->setEnabled(any);
    m_step->setEnabled(any && waiting > 0 && !m_stepping);
    m_waiting->setText(suspended
            ? (waiting > 0 ? tr("%n messages wait.", nullptr, waiting)
                           : tr("Suspended: the next message will wait here."))
            : tr("Suspend the trigger: its messages then wait, and run one at a time."));
    m_dry->setEnabled(any);
    const bool holding = m_state.dryReplies || !m_pending.isEmpty();
    m_dryHint->setVisible(!holding);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_replies, m_reply, m_send, m_drop}) {
        widget->setVisible(holding);
    }
    const bool reply = any && currentReply() != nullptr;
    m_send->setEnabled(reply);
    m_drop->setEnabled(reply);
    m_attach->setText(m_state.attached ? tr("Detach") : tr("Attach…"));
    m_attach->setToolTip(m_state.attached
            ? tr("Run the script as configured again")
            : tr("Restart the script with its runtime's debugger, on this machine only"));
    m_attach->setEnabled(
        any && !m_attaching && (m_state.attached || m_summary.mode != TriggerMode::Disabled));
    m_copyAddress->setVisible(m_state.attached);
    m_copyLaunch->setVisible(m_state.attached);
    m_launch->setVisible(m_state.attached);
    if (m_state.attached) {
        m_address->setText(tr("%1 listens on %2. Runs have no time limit until you detach.")
                               .arg(m_state.runtime, m_state.address));
    } else if (m_summary.mode == TriggerMode::Disabled) {
        m_address->setText(tr("Enable or suspend the trigger to attach a debugger to its script."));
    } else if (m_attaching) {
        m_address->setText(tr("Starting…"));
    } else {
        m_address->setText(
            tr("Set breakpoints in the script with the debugger of your editor or browser."));
    }
}

} // namespace earshot::widgets
