// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/livepage.h"

#include "model/items/displaytext.h"
#include "widgets/appearance.h"
#include "widgets/emptystate.h"
#include "widgets/messagetable.h"
#include "widgets/payloadview.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

using Model = items::LiveMessageModel;

LivePage::LivePage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_client(context.client)
    , m_clock(context.clock)
    , m_model(context.clock)
    , m_subscription(context.client, this)
    , m_runs(context.client, this)
    , m_stack(new QStackedWidget(this))
    , m_table(new MessageTable(this))
    , m_empty(new EmptyState({}, {}, this))
    , m_detail(new PayloadView(this))
    , m_pause(new QToolButton(this))
    , m_follow(new QToolButton(this))
    , m_hint(new QLabel(this))
    , m_input(new QLineEdit(this))
    , m_send(new QPushButton(tr("Send"), this))
{
    m_table->setModel(&m_model);
    m_table->setItemDelegate(
        new ToneDelegate(Model::ToneRole, Model::StateColumn, Model::PreviewColumn, m_table));
    m_table->setAccessibleName(tr("Live messages"));
    const QFontMetrics metrics = m_table->fontMetrics();
    QHeaderView *header = m_table->horizontalHeader();
    header->resizeSection(Model::DirectionColumn, metrics.horizontalAdvance(u"● eventMMM"_s));
    header->resizeSection(Model::TimeColumn, metrics.horizontalAdvance(u"00:00:00.000MM"_s));
    header->resizeSection(Model::SizeColumn, metrics.horizontalAdvance(u"999.9 kBMM"_s));
    header->resizeSection(Model::StateColumn, metrics.horizontalAdvance(u"failed to startMM"_s));

    m_pause->setText(tr("Pause"));
    m_pause->setCheckable(true);
    m_pause->setToolTip(tr("Stop showing; messages go on being received"));
    m_follow->setText(tr("Newest ↓"));
    m_follow->setToolTip(tr("Go to the end and follow it"));
    m_follow->hide();
    auto *clearButton = new QToolButton(this);
    clearButton->setText(tr("Clear"));
    clearButton->setToolTip(tr("Empty this list; nothing is deleted"));
    m_hint->setTextFormat(Qt::PlainText);
    m_input->setPlaceholderText(tr("Message to send on this connection"));
    m_input->setAccessibleName(tr("Message to send"));
    m_input->setFont(fixedFont());

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(8, 6, 8, 6);
    bar->setSpacing(6);
    bar->addWidget(m_pause);
    bar->addWidget(clearButton);
    bar->addWidget(m_hint, 1);
    bar->addWidget(m_follow);
    auto *sendBar = new QHBoxLayout;
    sendBar->setContentsMargins(8, 6, 8, 6);
    sendBar->setSpacing(6);
    sendBar->addWidget(m_input, 1);
    sendBar->addWidget(m_send);

    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_table);
    auto *splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_stack);
    splitter->addWidget(m_detail);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setChildrenCollapsible(false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(splitter, 1);
    layout->addLayout(sendBar);
    m_detail->setNote({}, tr("Select a message to see all of it."));

    connect(&m_client, &rpc::ControlClient::messagesArrived, this,
        [this](const rpc::MessageBatch &batch) {
            if (m_subscription.isFor(batch.subscription)) {
                m_leftOut += batch.leftOut;
                m_model.append(batch.rows);
                showHint();
            }
        });
    const auto showTable = [this] { m_stack->setCurrentIndex(m_model.rowCount() > 0 ? 1 : 0); };
    connect(&m_model, &Model::rowsInserted, this, showTable);
    connect(&m_model, &Model::modelReset, this, showTable);
    connect(&m_model, &Model::waitingChanged, this, &LivePage::showHint);
    connect(m_pause, &QToolButton::toggled, this, [this](bool paused) {
        m_model.setPaused(paused);
        showHint();
    });
    connect(clearButton, &QToolButton::clicked, this, [this] {
        m_model.clear();
        m_leftOut = 0;
        m_detail->setNote({}, tr("Select a message to see all of it."));
        showHint();
    });
    connect(m_table, &MessageTable::followingChanged, this, [this](bool following) {
        m_follow->setText(tr("Newest ↓"));
        m_follow->setVisible(!following);
    });
    connect(m_table, &MessageTable::rowsBelow, this,
        [this](int count) { m_follow->setText(tr("%n new ↓", nullptr, count)); });
    connect(m_follow, &QToolButton::clicked, m_table, &MessageTable::follow);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &LivePage::showCurrent);
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex &index) {
        if (const RunId run = index.data(Model::RunIdRole).toLongLong(); run > 0) {
            emit placeRequested({.page = Place::Page::Runs, .run = run});
        }
    });
    connect(m_empty, &EmptyState::triggered, this, &LivePage::enable);
    connect(&m_client, &rpc::ControlClient::runsChanged, this, [this](const rpc::RunBatch &batch) {
        if (m_runs.isFor(batch.subscription)) {
            m_model.applyRuns(batch.rows);
        }
    });
    connect(m_send, &QPushButton::clicked, this, &LivePage::send);
    connect(m_input, &QLineEdit::returnPressed, this, &LivePage::send);
}

void LivePage::setTrigger(const QString &path)
{
    m_subscription.stop();
    m_runs.stop();
    m_trigger = path;
    m_leftOut = 0;
    ++m_shownGeneration;
    m_model.clear();
    m_detail->setNote({}, tr("Select a message to see all of it."));
    m_pause->setChecked(false);
    m_send->setEnabled(!path.isEmpty());
    m_input->setEnabled(!path.isEmpty());
    showHint();
    if (m_client.isReady()) {
        subscribe();
    }
}

void LivePage::onSummary(const rpc::TriggerSummary &summary)
{
    const bool off = summary.mode == TriggerMode::Disabled;
    const QString &error = summary.error.isEmpty() ? summary.session.error : summary.error;
    m_empty->setAction(off ? tr("Enable") : QString());
    if (summary.session.phase == rpc::SessionPhase::Ready) {
        m_empty->setSentence(tr("Connected. No message has come yet."));
    } else if (off && error.isEmpty()) {
        m_empty->setSentence(tr("This trigger is off. Enable it to connect and see its messages."));
    } else {
        m_empty->setSentence(
            tr("Not connected: %1.")
                .arg(error.isEmpty() ? items::stateText(summary, m_clock.wallMicros()) : error));
    }
}

void LivePage::enable()
{
    m_client.call<rpc::TriggerSetMode>({.path = m_trigger, .mode = TriggerMode::Enabled}, this,
        [this](const Result<rpc::TriggerSummary> &result) {
            if (!result) {
                emit failed(result.error());
            }
        });
}

void LivePage::onReady()
{
    // Another service counts its messages anew: what is shown has no successors.
    m_model.clear();
    subscribe();
}

void LivePage::onLost()
{
    m_subscription.forget();
    m_runs.forget();
}

void LivePage::subscribe()
{
    if (m_trigger.isEmpty()) {
        return;
    }
    m_subscription.start({.trigger = m_trigger}, [this] {
        // Subscribed first: what comes while the page is read is known twice, never lost.
        m_client.call<rpc::MessagePage>({.trigger = m_trigger, .limit = rpc::kMaxPageSize}, this,
            [this, trigger = m_trigger](const Result<rpc::Page<rpc::MessageRow>> &page) {
                if (page && trigger == m_trigger) {
                    QList<rpc::MessageRow> rows = page->items;
                    std::reverse(rows.begin(), rows.end());
                    m_model.prepend(rows);
                    m_runs.start({.trigger = m_trigger}, [this] { readRuns(); });
                }
            });
    });
}

/// Messages of the ring come without the outcome of their runs.
void LivePage::readRuns()
{
    m_client.call<rpc::RunList>({.trigger = m_trigger, .limit = rpc::kMaxPageSize}, this,
        [this, trigger = m_trigger](const Result<rpc::Page<rpc::RunRow>> &page) {
            if (page && trigger == m_trigger) {
                m_model.applyRuns(page->items);
            }
        });
}

void LivePage::showHint()
{
    QStringList parts;
    if (m_model.isPaused()) {
        parts += tr("paused, %1 waiting").arg(QLocale().toString(m_model.waitingCount()));
    }
    if (m_leftOut > 0) {
        parts += tr("%1 not shown: they came faster than can be read")
                     .arg(QLocale().toString(m_leftOut));
    }
    m_hint->setText(parts.join(u" · "_s));
}

void LivePage::showCurrent()
{
    const rpc::MessageRow *row = m_model.messageAt(m_table->currentIndex().row());
    if (!row) {
        return;
    }
    const quint64 generation = ++m_shownGeneration;
    const QString title = row->direction == rpc::Direction::Event ? tr("Event")
        : row->direction == rpc::Direction::In ? tr("Received, %1").arg(items::sizeText(row->size))
                                               : tr("Sent, %1").arg(items::sizeText(row->size));
    const bool binary = row->kind == rpc::PayloadKind::Binary;
    if (!binary && row->size <= row->preview.toUtf8().size()) {
        m_detail->setBody(title, row->preview.toUtf8(), false, row->size);
        return;
    }
    const QByteArray preview
        = binary ? QByteArray::fromHex(row->preview.toLatin1()) : row->preview.toUtf8();
    m_detail->setBody(title, preview, binary, row->size);
    m_client.call<rpc::MessageRead>({.id = row->id, .length = PayloadView::kMaxShown}, this,
        [this, title, generation](const Result<rpc::Chunk> &chunk) {
            if (generation != m_shownGeneration) {
                return;
            }
            if (chunk) {
                m_detail->setBody(title, chunk->data, chunk->binary, chunk->total);
            }
        });
}

void LivePage::send()
{
    const QString text = m_input->text();
    if (text.isEmpty() || m_trigger.isEmpty()) {
        return;
    }
    m_send->setEnabled(false);
    m_client.call<rpc::SessionSend>({.path = m_trigger, .text = text}, this,
        [this, text](const Result<rpc::SessionSend::Result> &result) {
            m_send->setEnabled(!m_trigger.isEmpty());
            if (!result) {
                emit failed(result.error());
            } else if (m_input->text() == text) {
                m_input->clear();
            }
        });
}

} // namespace earshot::widgets
