// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/runspage.h"

#include "model/items/displaytext.h"
#include "widgets/appearance.h"
#include "widgets/emptystate.h"
#include "widgets/messagetable.h"
#include "widgets/payloadview.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

using Model = items::RunListModel;

RunsPage::RunsPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_client(context.client)
    , m_clock(context.clock)
    , m_source(context.client)
    , m_model(m_source, context.clock)
    , m_subscription(context.client, this)
    , m_stack(new QStackedWidget(this))
    , m_table(new QTableView(this))
    , m_tabs(new QTabWidget(this))
    , m_message(new PayloadView(this))
    , m_result(new PayloadView(this))
    , m_logs(new PayloadView(this))
    , m_facts(new QLabel(this))
    , m_rerun(new QPushButton(tr("Run again"), this))
    , m_cancel(new QPushButton(tr("Cancel run"), this))
{
    styleTable(m_table);
    m_table->setModel(&m_model);
    m_table->setItemDelegate(
        new ToneDelegate(Model::ToneRole, Model::StatusColumn, Model::MessageColumn, m_table));
    m_table->setAccessibleName(tr("Runs"));
    const QFontMetrics metrics = m_table->fontMetrics();
    QHeaderView *header = m_table->horizontalHeader();
    header->resizeSection(Model::StatusColumn, metrics.horizontalAdvance(u"failed to startMM"_s));
    header->resizeSection(Model::TimeColumn, metrics.horizontalAdvance(u"00:00:00.000MM"_s));
    header->resizeSection(Model::DurationColumn, metrics.horizontalAdvance(u"999.99 msMM"_s));
    header->resizeSection(Model::MessageColumn, 240);

    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_result, tr("Result"));
    m_tabs->addTab(m_message, tr("Message"));
    m_tabs->addTab(m_logs, tr("Logs"));
    m_facts->setTextFormat(Qt::PlainText);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_facts->setMinimumWidth(10);
    m_rerun->setEnabled(false);
    m_rerun->setToolTip(tr("Run the same message again; no reply is sent"));
    m_cancel->setEnabled(false);

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(8, 6, 8, 6);
    bar->addWidget(m_facts, 1);
    bar->addWidget(m_rerun);
    bar->addWidget(m_cancel);
    auto *detail = new QWidget(this);
    auto *detailLayout = new QVBoxLayout(detail);
    detailLayout->setContentsMargins(0, 0, 0, 0);
    detailLayout->setSpacing(0);
    detailLayout->addLayout(bar);
    detailLayout->addWidget(m_tabs, 1);

    m_stack->addWidget(new EmptyState(
        tr("No run yet. Each message that passes the filters of this trigger makes one."), {},
        this));
    m_stack->addWidget(m_table);
    auto *splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_stack);
    splitter->addWidget(detail);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);

    const auto showTable = [this] { m_stack->setCurrentIndex(m_model.rowCount() > 0 ? 1 : 0); };
    connect(&m_model, &Model::rowsInserted, this, showTable);
    connect(&m_model, &Model::rowsRemoved, this, showTable);
    connect(&m_model, &Model::modelReset, this, showTable);
    connect(&m_model, &Model::failed, this, &RunsPage::failed);
    connect(&m_client, &rpc::ControlClient::runsChanged, this, [this](const rpc::RunBatch &batch) {
        if (!m_subscription.isFor(batch.subscription)) {
            return;
        }
        m_model.apply(batch.rows);
        if (batch.leftOut > 0) {
            m_model.reload();
        }
        for (const rpc::RunRow &run : batch.rows) {
            if (run.id == m_shown && run.status != m_shownStatus) {
                showRun(run.id);
            }
        }
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        [this](const QModelIndex &current) {
            if (const rpc::RunRow *run = m_model.runAt(current.row())) {
                showRun(run->id);
            }
        });
    connect(m_rerun, &QPushButton::clicked, this, [this] { act(true); });
    connect(m_cancel, &QPushButton::clicked, this, [this] { act(false); });
}

void RunsPage::setTrigger(const QString &path)
{
    m_subscription.stop();
    m_trigger = path;
    m_shown = 0;
    m_facts->clear();
    m_rerun->setEnabled(false);
    m_cancel->setEnabled(false);
    for (PayloadView *view : {m_result, m_message, m_logs}) {
        view->setNote({}, tr("Select a run to see what it got, gave and wrote."));
    }
    m_model.setTrigger(m_client.isReady() ? path : QString());
    if (m_client.isReady()) {
        subscribe();
    }
}

void RunsPage::onReady()
{
    m_model.setTrigger(m_trigger);
    subscribe();
}

void RunsPage::onLost()
{
    m_subscription.forget();
}

void RunsPage::subscribe()
{
    if (!m_trigger.isEmpty()) {
        // The page was asked for before: what happened between the two is in a second one.
        m_subscription.start({.trigger = m_trigger}, [this] { m_model.reload(); });
    }
}

void RunsPage::showPlace(const Place &place)
{
    if (place.run > 0) {
        showRun(place.run);
    }
}

void RunsPage::showRun(RunId id)
{
    m_shown = id;
    if (const QModelIndex index = m_model.indexOf(id);
        index.isValid() && m_table->currentIndex().row() != index.row()) {
        m_table->selectRow(index.row());
    }
    m_client.call<rpc::RunGet>({.id = id}, this, [this, id](const Result<rpc::RunDetail> &run) {
        if (id != m_shown) {
            return;
        }
        if (run) {
            showDetail(*run);
        } else {
            emit failed(run.error());
        }
    });
}

void RunsPage::showDetail(const rpc::RunDetail &detail)
{
    const rpc::RunRow &run = detail.run;
    m_shownStatus = run.status;
    const qint64 now = m_clock.wallMicros();
    QStringList facts{tr("Run %1").arg(run.id), items::statusText(run.status),
        items::timeText(run.receivedAtUs, now)};
    if (run.startedAtUs > 0 && run.finishedAtUs > 0) {
        facts += items::durationText(run.finishedAtUs - run.startedAtUs);
    }
    if (run.attempts > 1) {
        facts += tr("%n attempts", nullptr, run.attempts);
    }
    if (run.replied) {
        facts += tr("replied");
    } else if (!run.replyError.isEmpty()) {
        facts += tr("no reply: %1").arg(run.replyError);
    }
    m_facts->setText(facts.join(u" · "_s));
    m_facts->setToolTip(m_facts->text());
    m_rerun->setEnabled(isFinal(run.status));
    m_cancel->setEnabled(!isFinal(run.status));

    m_result->setBody(run.status == RunStatus::Success ? tr("Result") : tr("Error"),
        detail.result.toUtf8(), false, run.resultSize);
    if (detail.binary) {
        m_message->setBody(tr("Message, binary"), QByteArray::fromHex(detail.message.toLatin1()),
            true, run.messageSize);
    } else if (run.messageSize > 0) {
        m_message->setBody(tr("Message"), detail.message.toUtf8(), false, run.messageSize);
    } else {
        m_message->setBody(tr("Arguments"), detail.args.toUtf8(), false, detail.argsSize);
    }
    if (detail.logs.isEmpty()) {
        m_logs->setNote(tr("Logs"), tr("The script wrote nothing."));
    } else {
        m_logs->setBody(detail.logsTruncated ? tr("Logs, truncated") : tr("Logs"),
            detail.logs.toUtf8(), false, detail.logsSize);
    }
}

void RunsPage::act(bool rerun)
{
    if (rerun) {
        m_client.call<rpc::RunRerun>(
            {.id = m_shown}, this, [this](const Result<rpc::RunIdResult> &result) {
                if (result) {
                    showRun(result->id);
                } else {
                    emit failed(result.error());
                }
            });
        return;
    }
    m_client.call<rpc::RunCancel>(
        {.id = m_shown}, this, [this](const Result<rpc::RunCancel::Result> &result) {
            if (!result) {
                emit failed(result.error());
            }
        });
}

} // namespace earshot::widgets
