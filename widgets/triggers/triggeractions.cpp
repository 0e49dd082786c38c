// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/triggers/triggeractions.h"

#include "model/items/displaytext.h"

#include <QAction>
#include <QActionGroup>
#include <QInputDialog>
#include <QLocale>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QWidget>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

/// Asks without a nested event loop; `then` runs when the button of `role` was pressed.
void ask(QWidget *parent, const QString &text, const QString &detail, const QString &action,
    std::function<void()> then)
{
    auto *box = new QMessageBox(
        QMessageBox::Warning, QObject::tr("Earshot"), text, QMessageBox::Cancel, parent);
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(detail);
    box->setAttribute(Qt::WA_DeleteOnClose);
    const QPushButton *button = box->addButton(action, QMessageBox::DestructiveRole);
    box->setDefaultButton(QMessageBox::Cancel);
    QObject::connect(button, &QPushButton::clicked, parent, std::move(then));
    box->open();
}

} // namespace

TriggerActions::TriggerActions(rpc::ControlClient &client, QWidget *window)
    : QObject(window)
    , m_client(client)
    , m_window(window)
    , m_create(new QAction(tr("New trigger…"), this))
    , m_enable(new QAction(tr("Enabled"), this))
    , m_suspend(new QAction(tr("Suspended"), this))
    , m_disable(new QAction(tr("Disabled"), this))
    , m_resume(new QAction(tr("Run waiting"), this))
    , m_test(new QAction(tr("Test connection"), this))
    , m_delete(new QAction(tr("Delete…"), this))
    , m_panic(new QAction(tr("Stop everything…"), this))
{
    m_create->setShortcut(QKeySequence::New);
    m_enable->setToolTip(tr("Connect and run the script for each message that matches"));
    m_suspend->setToolTip(tr("Connect, and let messages wait until they are resumed"));
    m_disable->setToolTip(tr("Disconnect"));
    m_resume->setToolTip(tr("Run the messages that wait"));
    m_test->setToolTip(tr("Connect once and show how long each stage takes"));
    m_panic->setToolTip(tr("Disconnect every trigger and stop every run at once"));
    auto *modes = new QActionGroup(this);
    for (QAction *action : {m_enable, m_suspend, m_disable}) {
        action->setCheckable(true);
        modes->addAction(action);
    }
    connect(m_create, &QAction::triggered, this, &TriggerActions::createTrigger);
    connect(m_enable, &QAction::triggered, this, [this] { setMode(TriggerMode::Enabled); });
    connect(m_suspend, &QAction::triggered, this, [this] { setMode(TriggerMode::Suspended); });
    connect(m_disable, &QAction::triggered, this, [this] { setMode(TriggerMode::Disabled); });
    connect(m_resume, &QAction::triggered, this, &TriggerActions::resumeWaiting);
    connect(m_test, &QAction::triggered, this, &TriggerActions::testConnection);
    connect(m_delete, &QAction::triggered, this, &TriggerActions::confirmDelete);
    connect(m_panic, &QAction::triggered, this, &TriggerActions::confirmPanic);
    setCurrent(nullptr, false);
}

void TriggerActions::fillFile(QMenu *menu)
{
    menu->addAction(m_create);
    menu->addSeparator();
    menu->addAction(m_panic);
}

void TriggerActions::fillTrigger(QMenu *menu)
{
    menu->addActions({m_enable, m_suspend, m_disable});
    menu->addSeparator();
    menu->addActions({m_resume, m_test});
    menu->addSeparator();
    menu->addAction(m_delete);
}

void TriggerActions::setCurrent(const rpc::TriggerSummary *trigger, bool connected)
{
    m_path = trigger ? trigger->path : QString();
    const bool usable = trigger && connected;
    for (QAction *action : {m_enable, m_suspend, m_disable, m_test, m_delete}) {
        action->setEnabled(usable);
    }
    m_create->setEnabled(connected);
    m_panic->setEnabled(connected);
    m_resume->setEnabled(usable && trigger->counters.suspended > 0);
    QAction *mode = !trigger                      ? nullptr
        : trigger->mode == TriggerMode::Enabled   ? m_enable
        : trigger->mode == TriggerMode::Suspended ? m_suspend
                                                  : m_disable;
    for (QAction *action : {m_enable, m_suspend, m_disable}) {
        // An exclusive group refuses to have nothing checked.
        action->actionGroup()->setExclusive(mode != nullptr);
        action->setChecked(action == mode);
    }
}

QString TriggerActions::templateDocument()
{
    return uR"({
  "url": "ws://localhost:8080",
  "script_path": "f/scripts/on_message",
  "is_flow": false,
  "mode": "disabled",
  "filters": [],
  "initial_messages": [],
  "can_return_message": false,
  "can_return_error_result": false
}
)"_s;
}

void TriggerActions::createTrigger()
{
    auto *dialog = new QInputDialog(m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("New trigger"));
    dialog->setLabelText(tr("Path of the trigger, such as f/bots/orders:"));
    dialog->setTextValue(u"f/"_s);
    dialog->setOkButtonText(tr("Create"));
    dialog->resize(420, dialog->sizeHint().height());
    connect(dialog, &QInputDialog::textValueSelected, this,
        [this](const QString &path) { create(path.trimmed()); });
    dialog->open();
}

void TriggerActions::create(const QString &path)
{
    m_client.call<rpc::TriggerSave>(
        {.path = path, .document = templateDocument(), .expectedRevision = 0}, this,
        [this](const Result<rpc::SavedTrigger> &saved) {
            if (saved) {
                emit created(saved->path);
            } else {
                emit failed(saved.error());
            }
        });
}

void TriggerActions::setMode(TriggerMode mode)
{
    setModeOf(m_path, mode);
}

void TriggerActions::setModeOf(const QString &path, TriggerMode mode)
{
    m_client.call<rpc::TriggerSetMode>(
        {.path = path, .mode = mode}, this, [this](const Result<rpc::TriggerSummary> &trigger) {
            if (!trigger) {
                emit failed(trigger.error());
            } else if (trigger->path == m_path) {
                setCurrent(&*trigger, true);
            }
        });
}

void TriggerActions::resumeWaiting()
{
    m_client.call<rpc::TriggerResume>(
        {.path = m_path}, this, [this](const Result<rpc::CountResult> &result) {
            if (!result) {
                emit failed(result.error());
            }
        });
}

QString TriggerActions::describe(const rpc::TestReport &report)
{
    QStringList lines;
    for (const rpc::TestStage &stage : report.stages) {
        lines += u"%1 %2: %3 ms%4"_s.arg(stage.ok ? u"✓"_s : u"✗"_s, stage.name,
            QLocale().toString(stage.ms, 'f', 1),
            stage.detail.isEmpty() ? QString() : u"  (%1)"_s.arg(stage.detail));
    }
    if (!report.error.isEmpty()) {
        lines += report.error;
    }
    return lines.join(u'\n');
}

void TriggerActions::testConnection()
{
    m_test->setEnabled(false);
    m_client.call<rpc::TriggerTestConnection>(
        {.path = m_path}, this,
        [this, path = m_path](const Result<rpc::TestReport> &report) {
            m_test->setEnabled(m_client.isReady());
            if (!report) {
                emit failed(report.error());
                return;
            }
            auto *box = new QMessageBox(
                report->ok ? QMessageBox::Information : QMessageBox::Warning, tr("Test connection"),
                report->ok ? tr("%1 can connect.").arg(path) : tr("%1 cannot connect.").arg(path),
                QMessageBox::Ok, m_window);
            box->setTextFormat(Qt::PlainText);
            box->setInformativeText(describe(*report));
            box->setAttribute(Qt::WA_DeleteOnClose);
            box->open();
        },
        120'000);
}

void TriggerActions::confirmDelete()
{
    ask(m_window, tr("Delete the trigger %1?").arg(m_path),
        tr("Its session is closed and what waits is cancelled. Finished runs stay."), tr("Delete"),
        [this, path = m_path] {
            m_client.call<rpc::TriggerDelete>(
                {.path = path}, this, [this](const Result<rpc::Empty> &result) {
                    if (!result) {
                        emit failed(result.error());
                    }
                });
        });
}

void TriggerActions::confirmPanic()
{
    ask(m_window, tr("Stop everything?"),
        tr("Every trigger is disconnected and every run is killed at once."), tr("Stop"), [this] {
            m_client.call<rpc::ServicePanic>(
                {}, this, [this](const Result<rpc::ServicePanic::Result> &result) {
                    if (!result) {
                        emit failed(result.error());
                    }
                });
        });
}

} // namespace earshot::widgets
