// SPDX-License-Identifier: GPL-3.0-or-later
// What the window does when the service comes and goes.
#include "widgets/emptystate.h"
#include "widgets/mainwindow.h"
#include "widgets/shell/noticebar.h"
#include "widgets/shell/pages.h"
#include "widgets/triggers/triggerspanel.h"

#include <QLabel>
#include <QStatusBar>

#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

void MainWindow::setServiceText(const QString &text)
{
    m_service->setText(text);
    m_offline->setSentence(text);
}

QString MainWindow::serviceText() const
{
    return m_service->text();
}

void MainWindow::onReady(const rpc::ServiceInfo &info)
{
    const quint64 connection = ++m_connection;
    m_stopping = false;
    m_service->setText(tr("service %1, process %2").arg(info.version).arg(info.pid));
    if (m_wasReady) {
        m_notice->say(items::Tone::Good, tr("Connected to the service again."), {}, {}, 8'000);
    }
    m_wasReady = true;
    checkVersion(info);
    m_subscription.start({}, [this, connection] {
        if (connection == m_connection) {
            listTriggers({}, {});
        }
    });
    m_pages->setReady();
    m_tick.start();
    m_panel->setConnected(true);
    onTriggersChanged();
    if (std::exchange(m_newWhenReady, false)) {
        newTrigger();
    }
}

void MainWindow::listTriggers(const QString &after, QList<rpc::TriggerSummary> found)
{
    rpc::TriggerList::Params params;
    if (!after.isEmpty()) {
        params.after = after;
    }
    params.limit = rpc::kMaxPageSize;
    m_client.call<rpc::TriggerList>(params, this,
        [this, found = std::move(found), connection = m_connection](
            const Result<rpc::Page<rpc::TriggerSummary>> &page) {
            if (connection != m_connection) {
                return;
            }
            if (!page) {
                showError(page.error());
                return;
            }
            const QList<rpc::TriggerSummary> all = found + page->items;
            if (page->more && !page->items.isEmpty()) {
                listTriggers(page->items.constLast().path, all);
                return;
            }
            m_model.setTriggers(all);
            onTriggersChanged();
        });
}

void MainWindow::onLost(const Error &error)
{
    ++m_connection;
    m_subscription.forget();
    m_pages->setLost();
    m_tick.stop();
    m_panel->setConnected(false);
    if (std::exchange(m_restarting, false)) {
        emit startRequested();
    }
    const QString text = m_stopping
        ? tr("The service was stopped. Waiting for it to come back.")
        : tr("No connection to the service: %1. Trying again.").arg(error.message);
    setServiceText(text);
    if (m_wasReady) {
        m_notice->say(
            items::Tone::Warning, text, tr("Start the service"), [this] { emit startRequested(); });
    }
    onTriggersChanged();
}

/// A window and a service of different versions: after an upgrade the service is the old one until
/// it is started anew.
void MainWindow::checkVersion(const rpc::ServiceInfo &info)
{
    if (info.version == QStringLiteral(EARSHOT_VERSION)) {
        return;
    }
    m_notice->say(items::Tone::Warning,
        tr("The service that runs is version %1, this window is %2. Restart the service to use "
           "one version.")
            .arg(info.version, QStringLiteral(EARSHOT_VERSION)),
        tr("Restart when runs are done"), [this] {
            m_restartWanted = true;
            restartWhenIdle();
        });
}

/// Once a second until nothing runs.
void MainWindow::restartWhenIdle()
{
    qint64 busy = 0;
    for (const rpc::TriggerSummary &trigger : m_model.triggers()) {
        busy += trigger.counters.running + trigger.counters.queued;
    }
    if (!m_restartWanted || !m_client.isReady()) {
        return;
    }
    if (busy > 0) {
        statusBar()->showMessage(
            tr("The service restarts when %n run(s) are done.", nullptr, static_cast<int>(busy)),
            2'000);
        return;
    }
    m_restartWanted = false;
    m_restarting = true;
    m_client.call<rpc::ServiceShutdown>({}, this, [this](const Result<rpc::Empty> &result) {
        if (!result) {
            showError(result.error());
        }
    });
}

} // namespace earshot::widgets
